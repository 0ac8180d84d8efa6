"""The debugger, spoken to as JupyterLab does: requests on control, events on iopub."""

import os
import time

import pytest
from conftest import Cell
from processes import until

LIMIT = 60
FACTORIAL = """function factorial(n: number): number {
  if (n <= 1) return 1;
  const rest: number = factorial(n - 1);
  return n * rest;
}
interface Point {
  x: number;
}
const point: Point = { x: 3 };
const six = factorial(point.x);
console.log('six ' + six);
"""


class Debug:
    """A front end's debugger."""

    def __init__(self, client):
        self.client, self.seq, self.seen = client, 0, []

    def ask(self, command, **arguments):
        """The whole answer to a request."""
        self.seq += 1
        request = {"type": "request", "seq": self.seq, "command": command, "arguments": arguments}
        answer = self.client.ask("control", "debug_request", request)["content"]
        assert answer["type"] == "response" and answer["request_seq"] == self.seq, answer
        return answer

    def __call__(self, command, **arguments):
        """The body of the answer to a request that succeeds."""
        answer = self.ask(command, **arguments)
        assert answer["success"], answer
        return answer["body"]

    def start(self):
        capabilities = self("initialize", clientID="test", linesStartAt1=True, columnsStartAt1=True)
        self("attach")
        self.event("initialized")
        return capabilities

    def breakpoints(self, code, *lines):
        """Sets breakpoints in a cell and gives those that were set."""
        path = self("dumpCell", code=code)["sourcePath"]
        wanted = [line if isinstance(line, dict) else {"line": line} for line in lines]
        return self("setBreakpoints", source={"path": path}, breakpoints=wanted)["breakpoints"]

    def event(self, name):
        """The body of the next event of a kind; those of other kinds are kept."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            for event in self.seen:
                if event["event"] == name:
                    self.seen.remove(event)
                    return event["body"]
            message = self.client.late("debug_event", LIMIT)
            self.seen.append(message["content"])
        raise AssertionError(f"no event {name} came")

    def stopped(self):
        """Why and where it has stopped: the reason and the frames."""
        body = self.event("stopped")
        return body["reason"], self("stackTrace", threadId=body["threadId"])["stackFrames"]

    def go(self, command):
        """Continues or steps, and gives where it stops next."""
        self(command, threadId=1)
        self.event("continued")
        return self.stopped()[1]

    def finish(self, msg_id):
        """The cell, with what came while we waited for an event."""
        before = [m for m in self.client.stray if m["parent_header"].get("msg_id") == msg_id]
        if any(m["content"].get("execution_state") == "idle" for m in before):
            return Cell(self.client.shell_reply(msg_id, LIMIT), before, 0)
        cell = self.client.finish(msg_id, LIMIT)
        cell.messages[:0] = before
        return cell

    def scopes(self, frame):
        """name of the scope → name → variable."""
        scopes = self("scopes", frameId=frame["id"])["scopes"]
        return {s["name"]: self.children(s["variablesReference"]) for s in scopes}

    def children(self, reference):
        return {v["name"]: v for v in self("variables", variablesReference=reference)["variables"]}


def lines(frames):
    return [(f["name"], f["line"]) for f in frames]


@pytest.fixture
def debug(kernel):
    """A debugger that has started; it lets everything go at the end."""
    debug = Debug(kernel)
    debug.start()
    yield debug
    debug("disconnect")
    kernel.stray.clear()


def test_the_debugger_is_announced(kernel):
    reply = kernel.ask("control", "kernel_info_request", {})["content"]
    assert reply["debugger"] is True and "debugger" in reply["supported_features"]
    info = Debug(kernel)("debugInfo")
    assert info["isStarted"] is False and info["stoppedThreads"] == [] and info["breakpoints"] == []
    assert info["hashMethod"] == "Murmur2"


def test_a_breakpoint_shows_the_stack_and_the_variables_of_the_cell(kernel, debug):
    assert [b["line"] for b in debug.breakpoints(FACTORIAL, 2)] == [2]
    msg_id = kernel.start(FACTORIAL)
    reason, frames = debug.stopped()
    assert reason == "breakpoint"
    assert lines(frames) == [("factorial", 2), ("<cell>", 10)]
    path = debug("dumpCell", code=FACTORIAL)["sourcePath"]
    assert {f["source"]["path"] for f in frames} == {path}
    assert debug("source", source={"path": path})["content"] == FACTORIAL
    scopes = debug.scopes(frames[0])
    assert scopes["Locals"]["n"]["value"] == "3"
    assert scopes["Globals"]["point"]["value"] == "{x: 3}"
    assert debug.children(scopes["Globals"]["point"]["variablesReference"])["x"]["value"] == "3"
    assert "process" not in scopes["Globals"] and not [n for n in scopes["Globals"] if n.startswith("__")]
    assert list(debug.scopes(frames[1])) == ["Globals"]
    assert lines(debug.go("continue")) == [("factorial", 2), ("factorial", 3), ("<cell>", 10)]
    debug.breakpoints(FACTORIAL)
    debug("continue", threadId=1)
    cell = debug.finish(msg_id)
    assert (cell.status, cell.text()) == ("ok", "six 6\n")
    assert debug("debugInfo")["stoppedThreads"] == []


STEPS = """let total: number = 0;
// nothing to do here
const add = (n: number): number => {
  total += n;
  return total;
};
add(1);
await new Promise((resolve) => setTimeout(resolve, 5));
add(2);
const done: string = `total ${total}`;
console.log(done);
"""


def test_steps_over_into_and_out_of_functions_and_past_an_await(kernel, debug):
    [breakpoint] = debug.breakpoints(STEPS, 7)
    assert breakpoint["verified"] and breakpoint["line"] == 7
    msg_id = kernel.start(STEPS)
    assert lines(debug.stopped()[1]) == [("<cell>", 7)]
    assert lines(debug.go("stepIn")) == [("add", 4), ("<cell>", 7)]
    frames = debug.go("next")
    assert lines(frames) == [("add", 5), ("<cell>", 7)]
    assert debug("evaluate", expression="total + n", frameId=frames[0]["id"])["result"] == "2"
    assert lines(debug.go("stepOut")) == [("<cell>", 8)]
    assert lines(debug.go("next")) == [("<cell>", 9)]  # past the await
    assert lines(debug.go("next")) == [("<cell>", 10)]
    assert lines(debug.go("next")) == [("<cell>", 11)]
    debug("next", threadId=1)  # off the end of the cell
    cell = debug.finish(msg_id)
    assert (cell.status, cell.text()) == ("ok", "total 3\n")
    assert kernel.run("total").result == "3"  # and the next cell does not stop at its beginning


def test_a_line_without_code_gives_its_breakpoint_to_the_next(kernel, debug):
    set_ = debug.breakpoints(STEPS, 2, 99)
    assert [(b["verified"], b["line"]) for b in set_] == [(True, 3), (False, 99)]
    [info] = debug("debugInfo")["breakpoints"]
    assert [b["line"] for b in info["breakpoints"]] == [3, 99]
    debug.breakpoints(STEPS)
    assert debug("debugInfo")["breakpoints"] == []


def test_a_function_of_an_earlier_cell_stops_when_a_later_cell_calls_it(kernel, debug):
    earlier = "\nfunction half(x: number): number {\n  const result = x / 2;\n  return result;\n}\n"
    kernel.run(earlier)
    later = "const quarter: number = half(half(8));\nquarter"
    kernel.run(later)
    debug.breakpoints(earlier, 4)
    msg_id = kernel.start(later)
    frames = debug.stopped()[1]
    assert lines(frames) == [("half", 4), ("<cell>", 1)]
    assert frames[0]["source"]["path"] == debug("dumpCell", code=earlier)["sourcePath"]
    assert frames[1]["source"]["path"] == debug("dumpCell", code=later)["sourcePath"]
    assert debug.scopes(frames[0])["Locals"]["result"]["value"] == "4"
    assert debug.scopes(debug.go("continue")[0])["Locals"]["result"]["value"] == "2"
    debug("continue", threadId=1)
    assert debug.finish(msg_id).result == "2"


def test_lines_of_a_cell_with_magics_are_those_of_the_notebook(kernel, debug):
    code = "%typecheck warn\n\nlet counted = 1;\ncounted += 1;\ncounted"
    debug.breakpoints(code, 4)
    msg_id = kernel.start(code)
    assert lines(debug.stopped()[1]) == [("<cell>", 4)]
    debug("continue", threadId=1)
    assert debug.finish(msg_id).result == "2"
    kernel.run("%typecheck block")


def test_a_condition_is_typescript(kernel, debug):
    code = "for (let i = 0; i < 5; i++) {\n  console.log(`at ${i}`);\n}"
    debug.breakpoints(code, {"line": 2, "condition": "(i as number) === 3"})
    msg_id = kernel.start(code)
    frames = debug.stopped()[1]
    assert debug.scopes(frames[0])["Locals"]["i"]["value"] == "3"
    debug("continue", threadId=1)
    assert debug.finish(msg_id).text() == "at 0\nat 1\nat 2\nat 3\nat 4\n"


VALUES = """class Account {
  #secret = 42;
  constructor(public owner: string, private history: number[] = [1, 2]) {}
  inspect(): void {
    const local: [string, number] = ['a', 1];
    const { owner } = this;
    console.log(local, owner);
  }
}
const many: number[] = Array.from({ length: 12345 }, (_, i) => i * 2);
const pixels = new Float32Array(300);
const ages = new Map<string, number>([['Ada', 36]]);
const text: string = 'two\\nlines';
const [no, nothing, yes, ratio, big] = [undefined, null, true, 0.5, 10n];
const when = new Date(0);
const square = (x: number): number => x * x;
new Account('Ada').inspect();
"""


def test_values_are_shown_with_their_parts(kernel, debug):
    debug.breakpoints(VALUES, 6)
    msg_id = kernel.start(VALUES)
    frames = debug.stopped()[1]
    scopes = debug.scopes(frames[0])
    shown = {name: v["value"] for name, v in scopes["Globals"].items()}
    assert shown["text"] == '"two\\nlines"' and shown["yes"] == "true" and shown["ratio"] == "0.5"
    assert shown["no"] == "undefined" and shown["nothing"] == "null" and shown["big"] == "10n"
    assert shown["ages"] == 'Map(1) {"Ada" => 36}' and shown["square"].startswith("(x) => x * x")
    assert shown["when"].startswith("Thu Jan 01 1970") and shown["Account"] == "class Account"
    assert shown["pixels"].startswith("Float32Array(300) [0, 0")
    assert scopes["Globals"]["ratio"]["type"] == "float" and scopes["Globals"]["yes"]["type"] == "bool"
    locals_ = scopes["Locals"]
    assert locals_["local"]["value"] == 'Array(2) ["a", 1]'
    assert locals_["owner"]["value"] in ("not assigned yet", "undefined")  # as V8 of node 22 or 20 has it
    parts = debug.children(locals_["this"]["variablesReference"])
    assert (parts["#secret"]["value"], parts["owner"]["value"]) == ("42", '"Ada"')
    assert parts["history"]["evaluateName"] == "this.history"
    groups = debug.children(scopes["Globals"]["many"]["variablesReference"])
    assert list(groups) == ["[0 … 9999]", "[10000 … 12344]"]
    groups = debug.children(groups["[10000 … 12344]"]["variablesReference"])
    assert list(groups)[-1] == "[12300 … 12344]"
    elements = debug.children(groups["[12300 … 12344]"]["variablesReference"])
    assert elements["12344"]["value"] == "24688" and elements["12344"]["evaluateName"] == "many[12344]"
    entries = debug.children(scopes["Globals"]["ages"]["variablesReference"])["[[Entries]]"]
    assert debug.children(entries["variablesReference"])["0"]["value"] == '{"Ada" => 36}'
    debug("continue", threadId=1)
    debug.finish(msg_id)
    late = debug("variables", variablesReference=locals_["this"]["variablesReference"])
    assert late["variables"] == []  # a question about a pause that is over


def test_expressions_are_evaluated_in_the_frame_and_may_change_it(kernel, debug):
    debug.breakpoints(FACTORIAL, 4)
    msg_id = kernel.start(FACTORIAL)
    frames = debug.stopped()[1]
    assert lines(frames)[0] == ("factorial", 4)
    inner, outer = frames[0]["id"], frames[1]["id"]
    assert debug("evaluate", expression="n", frameId=inner)["result"] == "2"
    assert debug("evaluate", expression="n", frameId=outer)["result"] == "3"
    assert debug("evaluate", expression="(rest as number) * 2", frameId=inner)["result"] == "2"
    assert debug("evaluate", expression="{ n, y: point }", frameId=inner)["result"] == "{n: 2, y: Object}"
    failed = debug.ask("evaluate", expression="missing.x", frameId=inner)
    assert not failed["success"] and failed["message"] == "ReferenceError: missing is not defined"
    assert not debug.ask("evaluate", expression="const = 1", frameId=inner)["success"]
    hover = debug.ask("evaluate", expression="point.x = 7", frameId=inner, context="hover")
    assert not hover["success"]  # looking changes nothing
    debug("evaluate", expression="point.x = 8", frameId=inner)
    debug.breakpoints(FACTORIAL)
    debug("continue", threadId=1)
    debug.finish(msg_id)
    assert kernel.run("point.x").result == "8"


def test_variables_are_listed_and_rendered_while_nothing_is_paused(kernel, debug):
    kernel.run("const shape: number[] = [2, 3];\nconst title = html`<b>hi</b>`;")
    variables = {v["name"]: v for v in debug("inspectVariables")["variables"]}
    assert variables["shape"]["value"] == "Array(2) [2, 3]"
    assert debug.children(variables["shape"]["variablesReference"])["1"]["value"] == "3"
    assert debug("richInspectVariables", variableName="title")["data"]["text/html"] == "<b>hi</b>"
    assert debug("richInspectVariables", variableName="shape")["data"]["text/plain"] == "[ 2, 3 ]"
    assert debug("evaluate", expression="shape.length as number")["result"] == "2"


def test_tensors_are_shown_by_type_and_shape(kernel, debug):
    kernel.run("import * as d2l from 'd2l-ts'\nconst W = d2l.ones([2, 3]);")
    variables = {v["name"]: v for v in debug("inspectVariables")["variables"]}
    assert variables["W"]["value"] == "Tensor float32 [2,3]"


def test_exceptions_stop_where_they_are_thrown(kernel, debug):
    code = "function risky(n: number): number {\n  if (n > 1) throw new RangeError('too big');\n  return n;\n}\ntry { risky(2) } catch { console.log('caught') }\nrisky(3);"
    [exception_filter] = [f["filter"] for f in debug.start()["exceptionBreakpointFilters"]]
    debug("setExceptionBreakpoints", filters=[exception_filter])
    msg_id = kernel.start(code)
    for line in (5, 6):
        body = debug.event("stopped")
        assert (body["reason"], body["text"]) == ("exception", "RangeError: too big")
        frames = debug("stackTrace", threadId=1)["stackFrames"]
        assert lines(frames) == [("risky", 2), ("<cell>", line)]
        debug("continue", threadId=1)
    assert "RangeError: too big" in debug.finish(msg_id).error
    debug("setExceptionBreakpoints", filters=[])
    assert "RangeError" in kernel.run("risky(4)").error


def test_a_debugger_statement_and_a_pause_of_a_busy_loop(kernel, debug):
    msg_id = kernel.start("let spins: number = 0;\ndebugger;\nwhile (spins >= 0) spins++;\nspins")
    assert lines(debug.stopped()[1]) == [("<cell>", 2)]
    debug("continue", threadId=1)
    variables = {v["name"]: v["value"] for v in debug("inspectVariables")["variables"]}  # the loop does not hinder it
    assert int(variables["spins"]) >= 0
    debug("pause", threadId=1)
    reason, frames = debug.stopped()
    assert (reason, lines(frames)) == ("pause", [("<cell>", 3)])
    debug("evaluate", expression="spins = -10", frameId=frames[0]["id"])
    debug("continue", threadId=1)
    assert int(debug.finish(msg_id).result) < 0


def test_the_debugger_starts_while_a_cell_is_in_a_loop(kernel):
    begun = "require('node:fs').writeSync(1, 'begun');"  # is seen at once, also from a loop
    msg_id = kernel.start(f"let turning: boolean = true; {begun}\nwhile (turning) {{}}\n'over'")
    assert kernel.late("stream", LIMIT)["content"]["text"] == "begun"
    debug = Debug(kernel)
    debug.start()
    debug("pause", threadId=1)
    frames = debug.stopped()[1]
    assert lines(frames) == [("<cell>", 2)]
    debug("evaluate", expression="turning = false", frameId=frames[0]["id"])
    debug("disconnect")
    assert debug.finish(msg_id).result == "'over'"


@pytest.mark.parametrize("how", ["before an await", "past an await"])
def test_stop_ends_a_paused_cell_and_the_next_one_pauses_again(kernel, debug, how):
    debug.breakpoints(STEPS, 7, 9)
    msg_id = kernel.start(STEPS)
    assert lines(debug.stopped()[1]) == [("<cell>", 7)]
    if how == "past an await":
        assert lines(debug.go("continue")) == [("<cell>", 9)]
    kernel.manager.interrupt_kernel()
    debug.event("continued")
    assert debug.finish(msg_id).error.startswith("KeyboardInterrupt")
    assert debug("debugInfo")["stoppedThreads"] == []
    assert kernel.run("total").result == ("0" if how == "before an await" else "1")  # it went not a line further
    msg_id = kernel.start(STEPS)
    assert lines(debug.stopped()[1]) == [("<cell>", 7)]
    debug.breakpoints(STEPS)
    debug("continue", threadId=1)
    assert debug.finish(msg_id).text() == "total 3\n"


def test_a_paused_cell_leaves_the_other_channels_alone(kernel, debug):
    debug.breakpoints(STEPS, 7)
    msg_id = kernel.start(STEPS)
    debug.stopped()
    assert kernel.ask("shell", "kernel_info_request", {})["content"]["status"] == "ok"
    found = kernel.ask("shell", "complete_request", {"code": "Math.sqr", "cursor_pos": 8})["content"]
    assert found["matches"] == ["sqrt"]
    assert kernel.ask("control", "kernel_info_request", {})["content"]["status"] == "ok"
    debug("continue", threadId=1)
    assert debug.finish(msg_id).status == "ok"


def test_disconnecting_lets_a_paused_cell_run_to_its_end(kernel):
    debug = Debug(kernel)
    debug.start()
    debug.breakpoints(STEPS, 7, 9)
    msg_id = kernel.start(STEPS)
    debug.stopped()
    debug("disconnect")
    assert debug.finish(msg_id).text() == "total 3\n"
    info = debug("debugInfo")
    assert (info["isStarted"], info["stoppedThreads"], info["breakpoints"]) == (False, [], [])
    assert kernel.run(STEPS).text() == "total 3\n"  # nothing stops any more
    assert not debug.ask("setBreakpoints", source={"path": "/x.ts"}, breakpoints=[{"line": 1}])["success"]
    assert debug("stackTrace", threadId=1)["stackFrames"] == []
    assert not debug.ask("next", threadId=1)["success"]
    unknown = debug.ask("launch")
    assert not unknown["success"] and "launch" in unknown["message"]


@pytest.mark.parametrize("end", ["process.exit(3)", "process.kill(process.pid, 'SIGKILL')"])
def test_breakpoints_outlive_the_runner(kernel, debug, end):
    debug.breakpoints(STEPS, 9)
    cell = kernel.run(end)
    assert "variables are lost" in cell.error and cell.text("stderr") == ""
    msg_id = kernel.start(STEPS)
    assert lines(debug.stopped()[1]) == [("<cell>", 9)]
    kernel.manager.interrupt_kernel()
    assert debug.finish(msg_id).status == "error"
    kernel.run("%reset")
    msg_id = kernel.start(STEPS)
    assert lines(debug.stopped()[1]) == [("<cell>", 9)]
    debug("continue", threadId=1)
    assert debug.finish(msg_id).text() == "total 3\n"


def test_a_runner_that_dies_while_it_is_paused(kernel, debug):
    debug.breakpoints(STEPS, 9)
    msg_id = kernel.start(STEPS)
    frames = debug.stopped()[1]
    debug.ask("evaluate", expression="process.kill(process.pid, 'SIGKILL')", frameId=frames[0]["id"])
    debug.event("continued")
    assert "variables are lost" in debug.finish(msg_id).error
    assert debug("debugInfo")["stoppedThreads"] == []
    assert kernel.run("1 + 1").result == "2"


def test_local_modules_are_stepped_into(kernel, debug, folder):
    module = folder / "shapes.ts"
    module.write_text("export interface Box { w: number }\n\nexport function area(box: Box): number {\n  const side: number = box.w;\n  return side * side;\n}\n")
    code = "import { area } from './shapes';\nconst nine = area({ w: 3 });\nnine"
    debug.breakpoints(code, 2)
    msg_id = kernel.start(code)
    assert lines(debug.stopped()[1]) == [("<cell>", 2)]
    frames = debug.go("stepIn")
    assert lines(frames) == [("area", 4), ("<cell>", 2)]
    path = frames[0]["source"]["path"]
    assert path == str(module) and debug("source", source={"path": path})["content"] == module.read_text()
    assert path in [m["path"] for m in debug("modules")["modules"]]
    [breakpoint] = debug("setBreakpoints", source={"path": path}, breakpoints=[{"line": 5}])["breakpoints"]
    assert breakpoint["verified"] and breakpoint["line"] == 5
    frames = debug.go("continue")
    assert lines(frames)[0] == ("area", 5)
    assert debug.scopes(frames[0])["Locals"]["side"]["value"] == "3"
    debug("continue", threadId=1)
    assert debug.finish(msg_id).result == "9"


# node starts these threads when they are first needed
POOL = "import { stat } from 'node:fs/promises'\nawait Promise.all(Array.from({ length: 16 }, () => stat('.')))"


def threads(client):
    pid = int(client.run("process.pid").result)
    return len(os.listdir(f"/proc/{pid}/task"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads by /proc")
def test_nothing_runs_before_somebody_debugs_and_a_restart_ends_a_pause(fresh):
    fresh.run(POOL)
    before = threads(fresh)
    debug = Debug(fresh)
    debug("debugInfo")  # what JupyterLab asks of every kernel
    assert threads(fresh) == before
    debug.start()
    assert threads(fresh) == before + 1
    runner = int(fresh.run("process.pid").result)
    debug.breakpoints(STEPS, 9)
    fresh.start(STEPS)
    debug.stopped()
    fresh.manager.restart_kernel(now=False)
    fresh.kc.wait_for_ready(timeout=LIMIT)
    until(lambda: not os.path.exists(f"/proc/{runner}"), "the end of the paused runner", LIMIT)
    debug = Debug(fresh)
    assert debug("debugInfo")["isStarted"] is False
    assert fresh.run(STEPS).text() == "total 3\n"
    path = debug("dumpCell", code=STEPS)["sourcePath"]
    fresh.manager.restart_kernel(now=False)
    fresh.kc.wait_for_ready(timeout=LIMIT)
    debug.start()  # as JupyterLab does it: the path is the old one, the text is not sent again
    [early] = debug("setBreakpoints", source={"path": path}, breakpoints=[{"line": 9}])["breakpoints"]
    assert (early["verified"], early["line"]) == (False, 9)
    msg_id = fresh.start(STEPS)
    assert lines(debug.stopped()[1]) == [("<cell>", 9)]
    debug("disconnect")
    assert debug.finish(msg_id).text() == "total 3\n"
