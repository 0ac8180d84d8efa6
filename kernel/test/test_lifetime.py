"""Stop, late output, death and restart: what a notebook survives."""

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import Client
from processes import all_gone, part, tree, until

STOPPABLE = {
    "a loop": "while (true) {}",
    "a pending promise": "await new Promise(() => {})",
    "a callback in sort": "[3, 2, 1].sort((): number => { while (true) {} })",
    "a loop that catches": "for (;;) { try { for (;;) {} } finally { 1 } }",
    "a loop of awaits": "for (;;) await new Promise(r => setTimeout(r, 20))",
    "a loop after an await": "await new Promise(r => setTimeout(r, 20)); while (true) {}",
    "a flood of microtasks": "for (;;) await null",
    "a loop in a timer": "setTimeout(() => { while (true) {} }, 10); await new Promise(() => {})",
}


@pytest.mark.parametrize("case", STOPPABLE)
def test_stop_ends_the_cell_and_keeps_the_variables(kernel, case):
    kernel.run("let kept = 0")
    msg_id = kernel.begin(f"kept = 41;\n{STOPPABLE[case]}")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id, timeout=20)
    assert cell.error.startswith("KeyboardInterrupt")
    assert kernel.run("kept + 1", timeout=20).result == "42"


def test_a_stopped_loop_of_awaits_does_not_go_on(kernel):
    kernel.run("let ticks = 0")
    msg_id = kernel.begin("for (;;) { ticks++; await new Promise(r => setTimeout(r, 10)) }")
    time.sleep(0.4)
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id)
    first = int(kernel.run("ticks").result)
    time.sleep(0.3)
    assert int(kernel.run("ticks").result) == first > 0


def test_stop_aborts_the_cells_that_wait(kernel):
    ids = [kernel.begin("await new Promise(() => {})"), kernel.start("1")]
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    assert [kernel.finish(i).status for i in ids] == ["error", "aborted"]


def test_stop_while_waiting_for_input(kernel):
    msg_id = kernel.start("await input('?')")
    kernel.kc.get_stdin_msg(timeout=20)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).status == "error"


def test_late_output_and_errors_go_to_their_own_cell(kernel):
    first = kernel.start("setTimeout(() => { console.log('late'); throw new Error('late error') }, 300); 'first'")
    kernel.finish(first)
    second = kernel.run("'second'")
    message = kernel.late("stream")
    assert (message["content"]["text"], message["parent_header"]["msg_id"]) == ("late\n", first)
    error = kernel.late("stream")
    assert error["content"]["name"] == "stderr" and "late error" in error["content"]["text"]
    assert error["parent_header"]["msg_id"] == first != second.reply["parent_header"]["msg_id"]


def test_a_forgotten_rejection_is_reported_in_its_cell(kernel):
    msg_id = kernel.start("void Promise.reject(new Error('forgotten')); 'done'")
    cell = kernel.finish(msg_id)
    message = next((m for m in cell.messages if m["msg_type"] == "stream"), None) or kernel.late("stream")
    assert "forgotten" in message["content"]["text"]
    assert message["parent_header"]["msg_id"] == msg_id
    assert kernel.run("1").result == "1"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("process.exit(3)", "exit code 3"),
        ("process.kill(process.pid, 'SIGKILL')", "SIGKILL"),
        ("process.abort()", "ran out of memory or aborted"),
    ],
)
def test_the_death_of_the_runner_costs_the_variables_not_the_kernel(kernel, code, why):
    kernel.run("const lost = 1")
    cell = kernel.run(f"console.log('before')\n{code}")
    assert (cell.status, cell.text()) == ("error", "before\n")
    assert why in cell.error and "variables are lost" in cell.error
    assert "TS2304" in kernel.run("lost").error
    assert kernel.run("const found = 2; found").result == "2"


def test_child_processes_write_into_the_cell(kernel):
    cell = kernel.run("import { spawnSync } from 'node:child_process'\nspawnSync('echo', ['from a child'], { stdio: 'inherit' })\nawait new Promise(r => setTimeout(r, 200))")
    assert "from a child" in cell.text()


def test_shutdown_leaves_no_process(fresh):
    fresh.start("while (true) {}")
    time.sleep(0.5)
    pids = [process.pid for process in tree(fresh.manager.provisioner.pid)[1:]]
    assert len(pids) >= 2
    reply = fresh.ask("control", "shutdown_request", {"restart": False})
    assert reply["content"] == {"status": "ok", "restart": False}
    all_gone([*pids, fresh.manager.provisioner.pid], seconds=5)


def test_a_killed_kernel_leaves_no_process(fresh):
    fresh.start("while (true) {}")
    time.sleep(0.5)
    pids = [process.pid for process in tree(fresh.manager.provisioner.pid)[1:]]
    os.kill(fresh.manager.provisioner.pid, signal.SIGKILL)
    all_gone(pids, seconds=5)


def test_restart_begins_anew(fresh):
    fresh.run("const old = 1")
    fresh.manager.restart_kernel()
    fresh.kc.wait_for_ready(timeout=60)
    assert "TS2304" in fresh.run("old").error


def test_a_kernel_ends_when_its_server_was_killed(tmp_path):
    starter = (
        "import sys, time\n"
        "from jupyter_client.manager import KernelManager\n"
        "manager = KernelManager(kernel_name='d2l-ts'); manager.start_kernel(cwd=sys.argv[1])\n"
        "client = manager.client(); client.start_channels(); client.wait_for_ready(timeout=60)\n"
        "print(manager.provisioner.pid, flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", starter, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    pid = int(server.stdout.readline())
    pids = [process.pid for process in tree(pid)]
    server.kill()
    server.wait()
    all_gone(pids, seconds=10)


def test_a_cell_that_looks_at_its_signal_may_end_by_itself(kernel):
    kernel.run("const signal = (globalThis as never as Record<symbol, () => AbortSignal>)[Symbol.for('d2l-ts.signal')]")
    msg_id = kernel.begin(
        "const stopped = signal()\nwhile (!stopped.aborted) await new Promise(r => setImmediate(r))\n"
        "display({ 'text/plain': 'last frame' })"
    )
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id)
    assert cell.error.startswith("KeyboardInterrupt")
    assert [c["data"]["text/plain"] for c in cell.all("display_data")] == ["last frame"]


def test_no_temporary_files_pile_up(tmp_path):
    env = {"TMPDIR": str(tmp_path), "D2L_TS_HISTORY": str(tmp_path / "history.jsonl")}
    for now in (False, True):
        client = Client(tmp_path, env)
        client.run("1 + 1")
        client.kc.stop_channels()
        client.manager.shutdown_kernel(now=now)
    assert len(list(tmp_path.glob("d2l-ts-*"))) <= 1, "only the one killed without warning may leave its folder"
    client = Client(tmp_path, env)
    until(lambda: len(list(tmp_path.glob("d2l-ts-*"))) == 1, "the sweep by the next kernel", seconds=20)
    client.stop()
    assert not list(tmp_path.glob("d2l-ts-*"))


def test_the_death_of_the_compiler_is_mended(fresh):
    fresh.run("const kept: number = 1")
    os.kill(part(fresh.manager.provisioner.pid, "compiler"), signal.SIGKILL)
    assert "TS2322" in fresh.run("const text: string = kept").error


def test_a_cleared_timer_is_forgotten(kernel):
    cell = kernel.run(
        "import { setFlagsFromString } from 'node:v8'\nimport { runInNewContext } from 'node:vm'\n"
        "setFlagsFromString('--expose-gc')\nconst collect = runInNewContext('gc') as () => void\n"
        "const gone = [new WeakRef<object>(setTimeout(() => {}, 1e8)), new WeakRef<object>(setInterval(() => {}, 1e8))]\n"
        "for (const timer of gone) clearTimeout(timer.deref() as NodeJS.Timeout)\n"
        "for (let i = 0; i < 5; i++) { await new Promise(r => setImmediate(r)); collect() }\n"
        "gone.map(timer => timer.deref() === undefined)"
    )
    assert cell.result == "[ true, true ]"
