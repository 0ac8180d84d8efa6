"""Stop, of code that waits for something else than a timer, and of floods: it ends, and goes on nowhere."""

import re
import time

import pytest
from conftest import ANSI

IMPORTS = (
    "import * as fsp from 'node:fs/promises'\nimport * as timers from 'node:timers'\n"
    "import { setInterval as every, setTimeout as sleep, setImmediate as turn, scheduler } from 'node:timers/promises'\n"
    "import { execFile } from 'node:child_process'\nimport { promisify } from 'node:util'\n"
    "import { createServer } from 'node:http'\nimport { once, EventEmitter } from 'node:events'\nimport { createReadStream } from 'node:fs'\n"
)
LOOPS = {
    "an interval": "for await (const _ of every(20)) n++",
    "a sleep": "for (;;) { await sleep(20); n++ }",
    "a scheduler": "for (;;) { await (scheduler as any).wait(20); n++ }",
    "turns": "for (;;) { await turn(); n++ }",
    "node:timers' setTimeout": "for (;;) { await new Promise(r => timers.setTimeout(r, 20)); n++ }",
    "node:timers' setImmediate": "for (;;) { await new Promise(r => timers.setImmediate(r)); n++ }",
    "node:timers' setInterval": "timers.setInterval(() => n++, 20); await new Promise(() => {})",
    "files": "for (;;) { await fsp.stat('.'); n++ }",
    "files, by then": "const loop = (): Promise<void> => fsp.stat('.').then(() => { n++; return loop() }); await loop()",
    "files, beside the cell's own wait": "void (async () => { for (;;) { await fsp.stat('.'); n++ } })(); await new Promise(() => {})",
    "two loops": "const one = async () => { for (;;) { await fsp.stat('.'); n++ } }; await Promise.all([one(), one()])",
    "children": "for (;;) { await promisify(execFile)('true'); n++ }",
    "the web": (
        "const server = createServer((_, answer) => answer.end('x')).listen(0, '127.0.0.1'); await once(server, 'listening')\n"
        "const url = `http://127.0.0.1:${(server.address() as any).port}`\n"
        "for (;;) { await (await fetch(url)).text(); n++ }"
    ),
    "a stream": "for (;;) for await (const chunk of createReadStream('/dev/zero', { highWaterMark: 1024 })) n += chunk.length / 1024",
    "a generator": "async function* files() { for (;;) yield await fsp.stat('.') }\nfor await (const _ of files()) n++",
    "one that catches": "for (;;) { try { await fsp.stat('.'); n++ } catch { await null } }",
    "one that catches and does not wait": "for (;;) { try { await fsp.stat('.'); n++ } catch {} }",
    "one that catches beside the cell's own wait": (
        "void (async () => { for (;;) { try { await fsp.stat('.'); n++ } catch {} } })(); await new Promise(() => {})"
    ),
    "events": "const bell = new EventEmitter(); const ring = () => { bell.emit('ring'); timers.setTimeout(ring, 10) }; timers.setTimeout(ring, 10)\nfor (;;) { await once(bell, 'ring'); n++ }",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_stopped_loop_does_not_go_on(kernel, loop):
    kernel.run(f"{IMPORTS}let n = 0; const kept = 41")
    msg_id = kernel.begin(LOOPS[loop])
    time.sleep(0.4)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id, timeout=15)
    assert cell.error.startswith("KeyboardInterrupt")
    first = float(kernel.run("n").result)
    time.sleep(0.4)
    assert float(kernel.run("n").result) == first > 0
    assert kernel.run("await fsp.stat('.'); await sleep(1); for await (const _ of every(1)) break; kept + 1").result == "42"


def test_the_last_words_of_a_stopped_cell_are_its_own(kernel):
    msg_id = kernel.begin("import { stat } from 'node:fs/promises'\ntry { for (;;) await stat('.') } finally { display('tidied') }")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    cell = kernel.finish(msg_id, timeout=15)
    assert [c["data"]["text/plain"] for c in cell.all("display_data")] == ["'tidied'"]


def test_another_cells_work_goes_on(kernel):
    kernel.run(
        "import { stat } from 'node:fs/promises'\nlet beside = 0; let run = true\n"
        "void (async () => { while (run) { await stat('.'); beside++; await new Promise(r => setTimeout(r, 1)) } })(); 0"
    )
    msg_id = kernel.begin("import { stat } from 'node:fs/promises'\nfor (;;) await stat('.')")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id, timeout=15)
    first = int(kernel.run("beside").result)
    kernel.run("await new Promise(r => setTimeout(r, 200))")
    assert int(kernel.run("beside").result) > first
    kernel.run("run = false")


def test_connections_of_a_stopped_cell_serve_the_next(kernel):
    kernel.run(
        "import { createServer } from 'node:http'\nimport { once } from 'node:events'\n"
        "const server = createServer((_, answer) => answer.end('x')).listen(0, '127.0.0.1'); await once(server, 'listening')\n"
        "const url = `http://127.0.0.1:${(server.address() as any).port}`"
    )
    msg_id = kernel.begin("for (;;) await (await fetch(url)).text()")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id, timeout=15)
    code = "let got = ''; for (let i = 0; i < 300; i++) got += await (await fetch(url)).text(); got.length"
    assert kernel.run(code, timeout=30).result == "300"


EARLY = ["for (;;) await null", "const f = () => process.nextTick(f); f(); await new Promise(() => {})"]


@pytest.mark.parametrize("code", EARLY)
def test_stop_of_the_first_cell_of_a_process(kernel, code):
    kernel.run("%reset")
    kernel.run("var kept = 41")
    msg_id = kernel.start(code)
    time.sleep(0.6)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id, timeout=15).error.startswith("KeyboardInterrupt")
    assert kernel.run("kept + 1").result == "42"


BUSY = {
    "ticks": "const f = () => process.nextTick(f); f(); await new Promise(() => {})",
    "microtasks": "const f = () => queueMicrotask(f); f(); await new Promise(() => {})",
    "immediates": "const f = () => setImmediate(f); f(); await new Promise(() => {})",
    "a thread's messages": (
        "import { Worker } from 'node:worker_threads'\n"
        "const worker = new Worker('for (;;) require(\"node:worker_threads\").parentPort.postMessage(1)', { eval: true })\n"
        "worker.on('message', () => display(1)); await new Promise(() => {})"
    ),
    "errors": "setInterval(() => { throw new Error('again') }, 0); await new Promise(() => {})",
    "a wait for another thread": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "recursion that catches": "const f = (): void => { try { f() } finally { f() } }; f()",
    "WebAssembly": (
        "const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11])\n"
        "const { instance } = await (globalThis as any).WebAssembly.instantiate(code); instance.exports.f()"
    ),
}


@pytest.mark.parametrize("busy", BUSY)
def test_stop_of_what_keeps_the_process_busy(kernel, busy):
    kernel.run("var kept = 41")
    msg_id = kernel.start(BUSY[busy])
    time.sleep(0.6)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id, timeout=15).error.startswith("KeyboardInterrupt")
    after = kernel.run("await new Promise(r => setTimeout(r, 10)); kept + 1", timeout=15)
    assert (after.error, after.result) == ("", "42")


LISTENERS = [
    "process.removeAllListeners()",
    "process.removeAllListeners('uncaughtException')",
    "process.removeAllListeners('SIGINT')",
    "for (const event of process.eventNames()) process.removeAllListeners(event as any)",
    "delete (process as any).send; (process as any).channel?.close?.()",
]


@pytest.mark.parametrize("code", LISTENERS)
def test_what_a_cell_takes_from_the_process_is_not_the_kernels(kernel, code):
    kernel.run("var kept = 41")
    assert kernel.run(f"{code}; setTimeout(() => {{ throw new Error('late') }}, 1); await new Promise(r => setTimeout(r, 50)); kept").result == "41"
    msg_id = kernel.begin("await new Promise(() => {})")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id, timeout=15).error.startswith("KeyboardInterrupt")
    assert kernel.run("kept + 1").result == "42"


@pytest.mark.parametrize("fd", [3, 6])
def test_a_cell_that_closes_what_the_kernel_speaks_through_is_told(kernel, fd):
    kernel.run(f"import {{ closeSync }} from 'node:fs'\ncloseSync({fd})", timeout=20)
    cells = [kernel.run("1", timeout=20) for _ in range(2)]
    assert cells[1].result == "1"


def test_promises_look_the_same_after_a_stop(kernel):
    msg_id = kernel.begin("await new Promise(() => {})")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id, timeout=15)
    code = "const p = Promise.resolve(1); class Own extends Promise<number> {}; [p, Own.resolve(2), p.constructor === Promise, Promise.all([p]) instanceof Promise]"
    shown = kernel.run(code).result
    assert "Promise { 1 }" in shown and "Own [Promise] { 2 }" in shown and shown.count("true") == 2
    for printed in ("p", "{ deep: [p] }"):
        assert "Promise { 1 }" in re.sub(ANSI, "", kernel.run(f"console.log({printed})").text())


FLOODS = {
    "large displays": "for (;;) display({ 'text/plain': 'x'.repeat(100_000) })",
    "small displays": "for (;;) display(1)",
    "displays and microtasks": "for (;;) { display(1); await null }",
    "displays and turns": "for (;;) { display(1); await new Promise(r => setImmediate(r)) }",
    "displays of a timer": "setInterval(() => { for (let i = 0; i < 100; i++) display('x'.repeat(10_000)) }, 1); await new Promise(() => {})",
    "updates": "const place = display(0); for (let i = 0; ; i++) place.update(i)",
    "text": "for (;;) console.log('x'.repeat(100_000))",
    "text on two streams": "for (;;) { console.log(1); console.error(2) }",
    "comms": "const talk = comms.open('t'); for (;;) talk.send({ x: 'y'.repeat(1000) })",
    "clearing": "for (;;) clearOutput()",
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_not_far_ahead_of_its_reader(kernel, flood):
    """What comes after Stop is bounded: seconds of a flood would be tens of thousands of messages, or a gigabyte."""
    kernel.run("var kept = 41")
    msg_id = kernel.start(FLOODS[flood])
    end, stopped, after, size = time.monotonic() + 3, False, 0, 0
    while True:
        message = kernel.kc.get_iopub_msg(timeout=30)
        if message["parent_header"].get("msg_id") != msg_id:
            continue
        if message["content"].get("execution_state") == "idle":
            break
        if stopped:
            after += 1
            size += len(str(message["content"]))
        elif time.monotonic() > end:
            stopped = True
            kernel.manager.interrupt_kernel()
    assert kernel.shell_reply(msg_id)["content"]["ename"] == "KeyboardInterrupt"
    assert after < 10_000 and size < 50_000_000
    assert kernel.run("kept + 1").result == "42"


def test_stop_near_the_end_of_a_cell_leaves_a_kernel_that_goes_on(kernel):
    """A Stop may meet the next cell, which was sent meanwhile; but each is answered, and the one after runs."""
    import random

    delay = random.Random(1)
    for _ in range(40):
        msg_id = kernel.start("const t = Date.now(); while (Date.now() - t < 50); 3")
        time.sleep(0.05 + delay.random() * 0.025)
        kernel.manager.interrupt_kernel()
        kernel.finish(msg_id, timeout=15)
        kernel.run("1 + 1", timeout=15)
        assert kernel.run("1 + 2", timeout=15).result == "3"


def test_stop_with_a_frozen_promise(fresh):
    fresh.run("Object.freeze(Promise.prototype)")
    msg_id = fresh.begin("await new Promise(() => {})")
    fresh.manager.interrupt_kernel()
    assert fresh.finish(msg_id, timeout=15).error.startswith("KeyboardInterrupt")
    assert fresh.run("1 + 1").result == "2"


def test_a_deaf_runner_is_ended_by_a_later_stop(fresh):
    fresh.run("for (const name of Object.getOwnPropertyNames(Function.prototype)) try { (Function.prototype as any)[name] = () => { throw 1 } } catch {}")
    msg_id = fresh.start("1 + 1")
    time.sleep(1)
    fresh.manager.interrupt_kernel()
    time.sleep(6)
    fresh.manager.interrupt_kernel()
    assert fresh.finish(msg_id, timeout=15).status in ("ok", "error")
    fresh.run("%reset")
    assert fresh.run("1 + 1").result == "2"
