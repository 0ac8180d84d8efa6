"""What cells start: Stop reaches it, and nothing of it outlives the kernel unless it was asked to."""

import os
import signal
import sys
import time

import pytest
from conftest import Client
from processes import all_gone, alive, until

SPAWN = "import { spawn } from 'node:child_process'\n"
# A child with a child of its own, by their process ids.
FAMILY = SPAWN + (
    "const kid = spawn('bash', ['-c', 'sleep 300 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] })\n"
    "const grandchild = await new Promise<string>(r => kid.stdout!.once('data', b => r(String(b).trim())));\n"
    "`${kid.pid} ${grandchild}`"
)
BLOCKED = SPAWN + "import { execSync, spawnSync, execFileSync } from 'node:child_process'\n"


def pids(cell):
    return [int(number) for number in cell.result.strip("'").split()]


def number_in(path):
    return until(lambda: path.exists() and path.read_text().strip(), f"{path}", 20)


@pytest.fixture
def own(tmp_path):
    client = Client(tmp_path, {"D2L_TS_HISTORY": str(tmp_path / "history.jsonl")})
    yield client
    client.kc.stop_channels()
    if client.manager.is_alive():
        client.manager.shutdown_kernel(now=True)


ENDS = {
    "shutdown": lambda client: client.manager.shutdown_kernel(now=False),
    "restart": lambda client: client.manager.restart_kernel(),
    "a kill of the kernel": lambda client: os.kill(client.manager.provisioner.pid, signal.SIGKILL),
    "%reset": lambda client: client.run("%reset"),
    "process.exit": lambda client: client.run("process.exit(1)"),
    "a kill of the runner": lambda client: client.run("process.kill(process.pid, 'SIGKILL')"),
    "the end of the kernel during a loop": lambda client: (
        client.begin("while (true) {}"),
        os.kill(client.manager.provisioner.pid, signal.SIGKILL),
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_a_cell_has_started_ends_with_its_process(own, end):
    family = pids(own.run(FAMILY))
    assert len(family) == 2 and all(alive(pid) for pid in family)
    ENDS[end](own)
    all_gone(family, seconds=10)


@pytest.mark.parametrize("end", ["shutdown", "restart", "a kill of the kernel", "%reset", "process.exit"])
def test_what_a_script_leaves_running_ends_with_the_kernel(own, tmp_path, end):
    cell = own.run("%%bash\nsleep 302 &\necho $! > job\necho started", timeout=20)
    assert (cell.status, cell.text()) == ("ok", "started\n")
    job = int(number_in(tmp_path / "job"))
    assert alive(job)
    ENDS[end](own)
    all_gone([job], seconds=10)


def test_what_is_detached_was_asked_to_live_on(own):
    cell = own.run(SPAWN + "const kid = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }); kid.unref(); `${kid.pid}`")
    [pid] = pids(cell)
    own.manager.shutdown_kernel(now=False)
    time.sleep(0.5)
    try:
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


STOPPED = {
    "execSync": BLOCKED + "execSync('sleep 45')",
    "execSync after an await": BLOCKED + "await null; await new Promise(r => setTimeout(r, 10)); execSync('sleep 45')",
    "a pipeline": BLOCKED + "execSync('sleep 45 | cat')",
    "spawnSync": BLOCKED + "spawnSync('sleep', ['45'], { stdio: 'inherit' })",
    "one that catches": BLOCKED + "for (;;) { try { execFileSync('sleep', ['45']) } catch {} }",
    "one that does not hear": BLOCKED + "execSync(\"trap '' INT; sleep 45\", { shell: '/bin/bash' })",
    "a timer": BLOCKED + "setTimeout(() => execSync('sleep 45'), 1); await new Promise(() => {})",
}


@pytest.mark.parametrize("case", STOPPED)
def test_stop_ends_what_waits_for_a_child(kernel, case):
    kernel.run("let kept = 0")
    msg_id = kernel.begin(f"kept = 41\n{STOPPED[case]}")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id, timeout=15)
    assert cell.error.startswith("KeyboardInterrupt")
    assert kernel.run("kept + 1", timeout=15).result == "42"


SCRIPTS = {
    "a sleep": "sleep 45; echo end",
    "a pipeline": "(sleep 45; echo x) | cat",
    "one that does not hear": "trap '' INT\nsleep 45; echo end",
    "one that goes on": "trap 'echo caught' INT\nwhile true; do sleep 1; done",
    "one that ends well": "trap 'exit 0' INT\nsleep 45 & wait",
    "a flood": "yes",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_stop_ends_a_script(kernel, script):
    kernel.run("var kept = 41")
    msg_id = kernel.start(f"%%bash\necho begun; echo $$ > leader\n{SCRIPTS[script]}")
    time.sleep(1)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id, timeout=15)
    assert cell.error.startswith("KeyboardInterrupt") and cell.text().startswith("begun\n")
    assert "end\n" not in cell.text()
    assert kernel.run("kept + 1").result == "42"


def test_stop_leaves_no_process_of_a_script(kernel, folder):
    msg_id = kernel.start("%%bash\necho $$ > leader\n(trap '' INT; sleep 50) | cat")
    leader = int(number_in(folder / "leader"))
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id, timeout=15)
    until(lambda: not group(leader), "the end of the group", 10)


def group(leader):
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def test_stop_ends_the_child_that_a_cell_awaits(kernel):
    msg_id = kernel.begin(SPAWN + "const kid = spawn('sleep', ['45'])\nconsole.log(kid.pid)\nawait new Promise(r => kid.on('exit', r))")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id, timeout=15)
    all_gone([int(cell.text().split()[-1])], seconds=10)
    assert kernel.run("kid.signalCode").result == "'SIGINT'"


def test_stop_leaves_the_child_of_an_earlier_cell(kernel):
    [pid] = pids(kernel.run(SPAWN + "const server = spawn('sleep', ['60']); `${server.pid}`"))
    msg_id = kernel.begin("await new Promise(() => {})")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id, timeout=15)
    assert alive(pid)
    kernel.run("server.kill()")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_stop_cannot_reach_says_so_and_a_second_one_ends_it(kernel, folder):
    os.mkfifo(folder / "pipe")
    msg_id = kernel.begin("import { readFileSync } from 'node:fs'\nreadFileSync('pipe')")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    until(lambda: "Stop again" in kernel.late("stream", 15)["content"]["text"], "a word about it", 15)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id, timeout=30)
    assert "variables are lost" in cell.error
    assert kernel.run("1").result == "1"


def test_a_program_that_is_not_there(kernel):
    assert "cannot run" in kernel.run("%%bash").error or kernel.run("%%bash\ntrue").status == "ok"
    assert "exit code 3" in kernel.run("%%bash\nexit 3").error
    assert "SIGTERM" in kernel.run("%%bash\nkill $$").error
