"""Controls that outlive their cell: the view's part is played here, message by message."""

import json
import time

import pytest

CONTROLS = "application/vnd.d2l.controls+json"
STDERR = "application/vnd.jupyter.stderr"

PANEL = """
let temperature = 1;
const panel = (run: (value: number) => unknown) => (globalThis as any)[Symbol.for('d2l-ts.panel')].open({
  bundle: () => ({ 'application/vnd.d2l.controls+json': { value: temperature }, 'text/plain': `temperature = ${temperature}` }),
  set: (values: { temperature: number }) => { temperature = values.temperature; },
  run: () => run(temperature),
});
"""


class View:
    """What the extension does for one output: opens a comm, sends values, hears `done`."""

    def __init__(self, kernel, shown):
        self.kernel, self.controls = kernel, shown[0]["transient"]["display_id"]
        self.places = [one["transient"]["display_id"] for one in shown[1:]]
        self.id = f"view-{time.monotonic_ns()}"
        kernel.kc.session.send(
            kernel.kc.shell_channel.socket,
            "comm_open",
            {"comm_id": self.id, "target_name": "d2l-ts.panel", "data": {"id": shown[0]["data"][CONTROLS]["id"]}},
        )

    def send(self, value):
        data = {"values": {"temperature": value}}
        self.kernel.kc.session.send(self.kernel.kc.shell_channel.socket, "comm_msg", {"comm_id": self.id, "data": data})

    def until(self, kind, **data):
        """The displays that came until a message of the comm."""
        shown = []
        while True:
            message = self.kernel.stray.pop(0) if self.kernel.stray else self.kernel.kc.get_iopub_msg(timeout=30)
            content = message["content"]
            if message["msg_type"] == kind and content["comm_id"] == self.id:
                assert data.items() <= content["data"].items()
                return shown
            if message["msg_type"] in ("display_data", "update_display_data"):
                shown.append((message["msg_type"], content["transient"]["display_id"], content["data"]))

    def turn(self, value):
        self.send(value)
        return self.until("comm_msg", done=True)


@pytest.fixture
def panel(kernel):
    def open(body):
        kernel.stray.clear()
        cell = kernel.run(f"{PANEL}\npanel({body});")
        assert cell.status == "ok", cell.error
        view = View(kernel, cell.all("display_data"))
        view.until("comm_msg", ready=1)
        return cell, view

    return open


def test_what_a_panel_prints_shows_and_returns_is_replaced_in_place(panel):
    cell, view = panel("(t) => { console.log(`at ${t}`); display(html`<b>${t}</b>`); return `T ${t}`; }")
    shown = [one["data"] for one in cell.all("display_data")]
    assert [one["text/plain"] for one in shown] == ["temperature = 1", "at 1\n", "<b>1</b>", "T 1"]
    assert cell.all("stream") == []
    updates = view.turn(2)
    assert [(kind, place) for kind, place, _ in updates] == [
        ("update_display_data", place) for place in [view.controls, *view.places]
    ]
    assert [data["text/plain"] for _, _, data in updates] == ["temperature = 2", "at 2\n", "<b>2</b>", "T 2"]


def test_fewer_outputs_leave_no_old_ones_and_more_are_added(panel):
    _, view = panel("(t) => { for (let i = 0; i < t; i++) display(i); }")
    assert [kind for kind, _, _ in view.turn(2)] == ["update_display_data"] * 2 + ["display_data"]
    assert [data["text/plain"] for _, _, data in view.turn(1)[1:]] == ["0", ""]


def test_the_newest_of_many_values_wins(kernel, panel):
    _, view = panel("async (t) => { await new Promise((ready) => setTimeout(ready, 200)); return `T ${t}`; }")
    for value in range(2, 12):
        view.send(value)
    first, second = view.until("comm_msg", done=True), view.until("comm_msg", done=True)
    assert first[-1][2]["text/plain"] == "T 2"
    assert second[-1][2]["text/plain"] == "T 11"


def test_an_error_is_shown_in_place_and_the_next_value_works(panel):
    _, view = panel("(t) => { if (t > 1) throw new RangeError('too hot'); return t; }")
    error = view.turn(2)[-1][2]
    assert "too hot" in error[STDERR] and "RangeError" in error["text/plain"]
    assert view.turn(0.5)[-1][2]["text/plain"] == "0.5"


def test_the_first_error_is_the_cells_own(kernel):
    for body in ["() => { console.log('seen'); throw new Error('early'); }", "async () => { throw new Error('early'); }"]:
        cell = kernel.run(f"{PANEL}\npanel({body});")
        assert cell.status == "error" and "early" in cell.error
        assert all(CONTROLS not in one["data"] for one in cell.all("display_data"))


@pytest.mark.parametrize(
    "body",
    ["() => { for (;;); }", "async () => { await null; for (;;); }", "() => new Promise(() => {})"],
    ids=["loop", "loop after an await", "a promise nobody keeps"],
)
def test_stop_ends_what_a_panel_runs_and_the_panel_goes_on(kernel, panel, body, tmp_path):
    started = tmp_path / "started"
    begin = f"require('node:fs').writeFileSync({json.dumps(str(started))}, '')"
    _, view = panel(f"(t) => {{ if (t !== 2) return `T ${{t}}`; {begin}; return ({body})(); }}")
    kernel.run("const kept = 1;")
    view.send(2)
    while not started.exists():
        time.sleep(0.02)
    kernel.ask("control", "interrupt_request", {})
    assert "stopped" in view.until("comm_msg", done=True)[-1][2]["text/plain"]
    assert view.turn(3)[-1][2]["text/plain"] == "T 3"
    assert kernel.run("kept").result == "1"


def test_a_panel_of_another_life_is_closed(kernel, panel):
    cell, view = panel("(t) => t")
    kernel.run("process.exit(0)")
    view.until("comm_close")
    late = View(kernel, cell.all("display_data"))
    late.until("comm_close")
