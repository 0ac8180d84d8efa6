"""Our kernel beside tslab, Deno and ipykernel, through the same client in the same run, one round of each in turn.

npm run bench -- kernel [cold warm complete memory flood growth interrupt] [--kernels d2l-ts tslab deno python3] [--rounds N] [--json FILE]
tslab and Deno come with the project, ipykernel with JupyterLab; D2L_DENO names another Deno.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parent.parent
CELLS = {"python3": "v{i}: int = {i}"}
EXPRESSION = {"python3": "1 + 1"}
MEMBERS = {"python3": ("pts = [{'name': 'x'}]", "pts.ap"), "": ("const pts = [{ name: 'x', age: 3 }]", "pts.ma")}
PRINT = {"python3": "print('hello')"}
# What Stop must end, and what must be there after it.
LOOPS = {
    "loop": "while (true) {}",
    "await": "await new Promise(() => {})",
    "callback": "[3, 2, 1].sort(() => { while (true) {} })",
    "steps": "for (;;) await new Promise(r => setTimeout(r, 20))",
}
PYTHON_LOOPS = {
    "loop": "while True: pass",
    "await": "import asyncio; await asyncio.Event().wait()",
    "callback": "def forever(x):\n  while True: pass\nsorted([3, 2, 1], key=forever)",
    "steps": "import asyncio\nwhile True: await asyncio.sleep(0.02)",
}
FLOOD = {"python3": "for i in range(100000): print(i)", "": "for (let i = 0; i < 100000; i++) console.log(i)"}


class Kernel:
    def __init__(self, name, cwd):
        self.begin = time.perf_counter()
        self.manager = KernelManager(kernel_name=name)
        null = subprocess.DEVNULL
        env = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "D2L_TS_HISTORY": os.path.join(cwd, "history.jsonl")}
        self.manager.start_kernel(cwd=cwd, env=env, stdout=null, stderr=null)
        self.client = self.manager.client()
        self.client.start_channels()

    def reply(self, msg_id, timeout=60):
        while True:
            message = self.client.get_shell_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") == msg_id:
                return message["content"]

    def ready(self):
        self.client.wait_for_ready(timeout=60)

    def run(self, code):
        """Milliseconds from request to reply; everything published until idle."""
        begin = time.perf_counter()
        msg_id = self.client.execute(code)
        content = self.reply(msg_id)
        ms = (time.perf_counter() - begin) * 1e3
        if content["status"] != "ok":
            raise RuntimeError(f"{self.manager.kernel_name}: {code}: {content}")
        published = []
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            published.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return ms, published

    def memory(self):
        parent = psutil.Process(self.manager.provisioner.pid)
        return sum(p.memory_full_info().pss for p in [parent, *parent.children(recursive=True)]) / 2**20

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def cold(name, cwd):
    """From the start of the process to the reply of a first typed expression, and of one that prints."""
    found = {}
    for key, code in (
        ("cold_ms", EXPRESSION.get(name, "1 + 1 as number")),
        ("cold_print_ms", PRINT.get(name, "console.log('hello')")),
    ):
        kernel = Kernel(name, cwd)
        kernel.reply(kernel.client.kernel_info())
        kernel.reply(kernel.client.execute(code))
        found[key] = (time.perf_counter() - kernel.begin) * 1e3
        kernel.stop()
    return found


def warm(name, cwd):
    kernel = Kernel(name, cwd)
    kernel.ready()
    times = [kernel.run(CELLS.get(name, "const v{i}: number = {i}").format(i=i))[0] for i in range(210)][10:]
    kernel.stop()
    return {"warm_ms": statistics.median(times)}


def growth(name, cwd):
    """The first and the last hundred of a thousand cells."""
    kernel = Kernel(name, cwd)
    kernel.ready()
    times = [kernel.run(CELLS.get(name, "const v{i}: number = {i}").format(i=i))[0] for i in range(1010)][10:]
    kernel.stop()
    return {"cells_1_100_ms": statistics.median(times[:100]), "cells_901_1000_ms": statistics.median(times[-100:])}


def complete(name, cwd):
    kernel = Kernel(name, cwd)
    kernel.ready()
    setup, text = MEMBERS.get(name, MEMBERS[""])
    kernel.run(setup)

    def timed(ask):
        begin = time.perf_counter()
        content = kernel.reply(ask())
        return (time.perf_counter() - begin) * 1e3, content

    completions = [timed(lambda: kernel.client.complete(text, len(text))) for _ in range(25)][5:]
    hovers = [timed(lambda: kernel.client.inspect("pts", 2)) for _ in range(25)][5:]
    kernel.stop()
    found = {"complete_ms": statistics.median(ms for ms, _ in completions)} if completions[0][1].get("matches") else {}
    if hovers[0][1].get("found"):
        found["hover_ms"] = statistics.median(ms for ms, _ in hovers)
    return found


def memory(name, cwd):
    kernel = Kernel(name, cwd)
    kernel.ready()
    kernel.run(EXPRESSION.get(name, "1 + 1"))
    time.sleep(1.5)
    found = kernel.memory()
    kernel.stop()
    return {"memory_mb": found}


def flood(name, cwd):
    kernel = Kernel(name, cwd)
    kernel.ready()
    begin = time.perf_counter()
    _, published = kernel.run(FLOOD.get(name, FLOOD[""]))
    seconds = time.perf_counter() - begin
    lines = sum(m["content"]["text"].count("\n") for m in published if m["msg_type"] == "stream")
    kernel.stop()
    return {"flood_s": seconds, "flood_lines": lines}


def interrupt(name, cwd):
    """From Stop to the failed cell's reply; nothing for a case in which the kernel or its variables are lost."""
    found = {}
    for case, code in (PYTHON_LOOPS if name == "python3" else LOOPS).items():
        kernel = Kernel(name, cwd)
        kernel.ready()
        kernel.run("kept = 1" if name == "python3" else "let kept = 1")
        msg_id = kernel.client.execute(code)
        time.sleep(0.5)
        begin = time.perf_counter()
        try:
            kernel.manager.interrupt_kernel()
            kernel.reply(msg_id, timeout=5)
            ms = (time.perf_counter() - begin) * 1e3
            if kernel.reply(kernel.client.execute("kept"), timeout=5)["status"] != "ok":
                raise RuntimeError("the variables are lost")
            found[f"stop_{case}_ms"] = ms
        except Exception as error:
            print(f"{name} stop of {case}: {str(error) or type(error).__name__}", file=sys.stderr)
        kernel.stop()
    return found


MEASURES = {f.__name__: f for f in (cold, warm, complete, memory, flood, growth, interrupt)}
ROUNDS = {"cold": 9, "warm": 3, "complete": 3, "memory": 3, "flood": 3, "growth": 1, "interrupt": 3}


def install_peers(prefix):
    """Kernelspecs of the peers that are there, in a folder of their own."""
    tslab = ROOT / "node_modules" / "tslab" / "bin" / "tslab"
    specs = {"tslab": ["node", str(tslab), "kernel", "--config-path", "{connection_file}"]}
    own = next((ROOT / "node_modules" / "@deno").glob("*/deno*"), None)  # npm's launcher would cost a Node
    deno = os.environ.get("D2L_DENO") or own or shutil.which("deno")
    if deno:
        specs["deno"] = [str(deno), "jupyter", "--kernel", "--conn", "{connection_file}"]
    for name, argv in specs.items():
        folder = Path(prefix) / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": argv, "display_name": name, "language": "typescript"}
        (folder / "kernel.json").write_text(json.dumps(spec))
    os.environ["JUPYTER_PATH"] = prefix + os.pathsep + os.environ.get("JUPYTER_PATH", "")
    return ["d2l-ts", *specs, "python3"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("measures", nargs="*", default=[])
    parser.add_argument("--kernels", nargs="*")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as prefix, tempfile.TemporaryDirectory() as cwd:
        names = install_peers(prefix)
        names = [n for n in names if not args.kernels or n in args.kernels]
        found = {name: {} for name in names}
        for measure in args.measures or [m for m in MEASURES]:
            for _ in range(args.rounds or ROUNDS[measure]):
                for name in names:
                    try:
                        for key, value in MEASURES[measure](name, cwd).items():
                            found[name].setdefault(key, []).append(value)
                    except Exception as error:  # a peer that fails is a result, not the end of the run
                        if name == "d2l-ts":
                            raise
                        print(f"{name} {measure}: {str(error) or type(error).__name__}", file=sys.stderr)
        report(found)
        if args.json:
            rows = [{"kernel": n, **{k: round(statistics.median(v), 2) for k, v in f.items()}} for n, f in found.items()]
            Path(args.json).write_text(json.dumps({"rows": rows}, indent=2) + "\n")


def report(found):
    keys = list(dict.fromkeys(key for values in found.values() for key in values))
    print(f"{'median (min–max)':22}" + "".join(f"{name:>26}" for name in found))
    for key in keys:
        cells = []
        for values in found.values():
            v = values.get(key)
            cells.append(f"{statistics.median(v):.2f} ({min(v):.1f}–{max(v):.1f})" if v else "–")
        print(f"{key:22}" + "".join(f"{cell:>26}" for cell in cells))


if __name__ == "__main__":
    main()
