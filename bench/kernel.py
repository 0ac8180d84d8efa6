"""Our kernel beside tslab, Deno and ipykernel, through the same client in the same run, one round of each in turn.

npm run bench -- kernel [cold warm names library packages complete memory flood growth interrupt]
  [--kernels d2l-ts tslab deno python3] [--rounds N] [--json FILE]
tslab and Deno come with the project, ipykernel with JupyterLab; D2L_DENO names another Deno.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cells
from cells import code_for
from kernels import Kernel, install_peers


def cold(name, cwd):
    """From the start of the process to the reply of a first typed expression, and of one that prints."""
    found = {}
    for key, code in (
        ("cold_ms", code_for(cells.EXPRESSION, name)),
        ("cold_print_ms", code_for(cells.PRINT, name)),
    ):
        kernel = Kernel(name, cwd)
        kernel.reply(kernel.client.kernel_info())
        kernel.reply(kernel.client.execute(code))
        found[key] = (time.perf_counter() - kernel.begin) * 1e3
        kernel.stop()
    return found


def warm_cells(kernel, name, count=200):
    """Each a typed declaration of a name of its own, after some that nobody counts."""
    text = code_for(cells.CELLS, name)
    return [kernel.run(text.format(i=i))[0] for i in range(count + 10)][10:]


def warm(name, cwd):
    kernel = Kernel(name, cwd)
    kernel.ready()
    times = warm_cells(kernel, name)
    kernel.stop()
    return {"warm_ms": statistics.median(times)}


def names(name, cwd):
    """The same with two hundred names of earlier cells in scope, and a cell that uses all of them."""
    kernel = Kernel(name, cwd)
    kernel.ready()
    for text in code_for(cells.NAMES, name):
        kernel.run("\n".join(text.format(i=i) for i in range(50)))
    warmed = warm_cells(kernel, name)
    every = code_for(cells.USE_NAMES, name)
    using = [kernel.run(every.format(i=i))[0] for i in range(25)][5:]
    kernel.stop()
    return {"warm_200_names_ms": statistics.median(warmed), "use_200_names_ms": statistics.median(using)}


def library(name, cwd):
    """The first import of our library, and cells after it."""
    if name != "d2l-ts":
        return {}
    kernel = Kernel(name, cwd)
    kernel.ready()
    first, _ = kernel.run("import * as d2l from 'd2l-ts'")
    times = warm_cells(kernel, name)
    kernel.stop()
    return {"first_d2l_ms": first, "warm_d2l_ms": statistics.median(times)}


def packages(name, cwd):
    """Cells after the imports of packages with large types, which npm installs beside the notebook."""
    if name != "d2l-ts" or not npm_packages(cwd):
        return {}
    kernel = Kernel(name, cwd)
    kernel.ready()
    kernel.run("\n".join(f"import * as {package} from '{package}'" for package in cells.PACKAGES))
    times = warm_cells(kernel, name)
    kernel.stop()
    return {"warm_packages_ms": statistics.median(times)}


def npm_packages(cwd):
    """Whether they are there; installed by the first who asks."""
    if all((Path(cwd) / "node_modules" / package).exists() for package in cells.PACKAGES):
        return True
    npm = [shutil.which("npm"), "install", "--no-audit", "--no-fund", "--prefix", cwd, *cells.PACKAGES, "@types/d3"]
    done = subprocess.run(npm, capture_output=True, text=True, cwd=cwd)
    if done.returncode:
        print(f"packages: left out, npm could not install them: {done.stderr.strip()[:200]}", file=sys.stderr)
    return done.returncode == 0


def growth(name, cwd):
    """Hundreds out of five thousand cells; of a kernel that gets slow only as many as it runs in two minutes."""
    kernel = Kernel(name, cwd)
    kernel.ready()
    end, times = time.monotonic() + 120, []
    while len(times) < 5010 and time.monotonic() < end:
        times.append(kernel.run(code_for(cells.CELLS, name).format(i=len(times)))[0])
    kernel.stop()
    ranges = {f"cells_{n - 99}_{n}_ms": times[10:][n - 100 : n] for n in (100, 1000, 5000)}
    return {key: statistics.median(hundred) for key, hundred in ranges.items() if len(hundred) == 100}


def complete(name, cwd):
    kernel = Kernel(name, cwd)
    kernel.ready()
    setup, text = code_for(cells.MEMBERS, name)
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
    kernel.run(code_for(cells.EXPRESSION, name))
    time.sleep(1.5)
    found = kernel.memory()
    kernel.stop()
    return {"memory_mb": found}


def flood(name, cwd):
    kernel = Kernel(name, cwd)
    kernel.ready()
    begin = time.perf_counter()
    _, published = kernel.run(code_for(cells.FLOOD, name))
    seconds = time.perf_counter() - begin
    lines = sum(m["content"]["text"].count("\n") for m in published if m["msg_type"] == "stream")
    kernel.stop()
    return {"flood_s": seconds, "flood_lines": lines}


def interrupt(name, cwd):
    """From Stop to the failed cell's reply; nothing for a case in which the kernel or its variables are lost."""
    found = {}
    for case, code in (cells.PYTHON_LOOPS if name == "python3" else cells.LOOPS).items():
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


MEASURES = {
    f.__name__: f for f in (cold, warm, names, library, packages, complete, memory, flood, growth, interrupt)
}
ROUNDS = {"cold": 9, "growth": 1}  # of the others three


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
            for _ in range(args.rounds or ROUNDS.get(measure, 3)):
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
    print(f"{'median (min–max)':22}" + "".join(f"{name:>34}" for name in found))
    for key in keys:
        cells = [described(key, values) for values in found.values()]
        print(f"{key:22}" + "".join(f"{cell:>34}" for cell in cells))


def described(key, values):
    """A kernel's figure; of a warm cell in other circumstances also how many plain warm cells it costs."""
    v = values.get(key)
    if not v:
        return "–"
    text = f"{statistics.median(v):.2f} ({min(v):.1f}–{max(v):.1f})"
    plain = values.get("warm_ms")
    if plain and key != "warm_ms" and key.startswith(("warm_", "use_", "first_", "cells_")):
        text += f", {statistics.median(v) / statistics.median(plain):.2f} × warm"
    return text


if __name__ == "__main__":
    main()
