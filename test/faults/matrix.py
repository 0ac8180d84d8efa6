"""`npm run faults`: every fault on every part, and what came of it, as a table."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Callable

import clocks
import crowds
import cycles
import disks
import kills
import outages

INSIDE = "FAULTS_OWN_MOUNTS"
WAYS = (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"])


@dataclass
class Fault:
    what: str
    where: str
    run: Callable[[Path], str]
    outcome: str = ""
    survived: bool = False
    seconds: float = 0


def storm(operations, folder):
    count = kills.storm(folder, operations)
    told = ", ".join(f"{number} {what}" for what, number in sorted(count.items()) if number and "None" not in what)
    return f"{operations} operations, {told}; no hang, no orphan, no lost history"


def on_disk(fault, kind, folder):
    disk = (disks.Disk if INSIDE in os.environ else disks.StandIn)(folder / "disk")
    try:
        return fault(folder, disk, kind)
    finally:
        disk.close()


def faults(operations, count):
    yield Fault("kill -9", "runner, compiler, kernel", partial(storm, operations))
    yield Fault("kill -9", "Jupyter server", partial(outages.outages, rounds=10))
    yield Fault("kill -9", "another front end", crowds.dead_reader)
    yield Fault("cannot begin", "runner", kills.cannot_begin)
    yield Fault("does not answer", "compiler", clocks.stopped_compiler)
    for kind in disks.KINDS:
        places = {"history": disks.history, "checkpoint": disks.checkpoint, "download": disks.download, "home": disks.home}
        if INSIDE in os.environ and kind == "full":
            places["temporary files"] = disks.temporary
        for where, fault in places.items():
            yield Fault(f"disk {kind}", where, partial(on_disk, fault, kind))
    yield Fault("disk full", "the server's log", disks.full_log)
    yield Fault("emptied", "temporary files", disks.tidied_up)
    yield Fault("clock jumps", "kernel, runner, modules", clocks.jump)
    yield Fault("sleep", "all processes", clocks.sleep)
    yield Fault("8 at once", "kernels", crowds.kernels)
    yield Fault("does not read", "another front end", crowds.slow_reader)
    yield Fault(f"{count} starts and stops", "kernel", partial(cycles.cycles, count=count))


def try_out(fault):
    folder, begin = Path(tempfile.mkdtemp(prefix="faults-")), time.monotonic()
    try:
        fault.outcome, fault.survived = fault.run(folder), True
        shutil.rmtree(folder, ignore_errors=True)
    except Exception as error:
        traceback.print_exc()
        fault.outcome = f"{type(error).__name__}: {error} (what it left is in {folder})".replace("\n", " ")
    fault.seconds = time.monotonic() - begin


def table(tried):
    rows = [("fault", "component", "outcome", "", "s")]
    rows += [(f.what, f.where, f.outcome, "survived" if f.survived else "NOT SURVIVED", f"{f.seconds:.0f}") for f in tried]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def with_own_mounts():
    """Starts this again where it may mount small disks that nobody else sees, if the system lets it."""
    for way in WAYS:
        if shutil.which(way[0]) and subprocess.run([*way, "true"], capture_output=True).returncode == 0:
            os.execvpe(way[0], [*way, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
    print("no small disks can be mounted here: /dev/full stands in for a full one", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="npm run faults --", description=__doc__)
    parser.add_argument("pattern", nargs="?", default="", help="only faults with this in their row")
    parser.add_argument("--operations", type=int, default=500, help="how many the processes are killed under")
    parser.add_argument("--cycles", type=int, default=200, help="how often a kernel starts and stops")
    options = parser.parse_args()
    if INSIDE not in os.environ:
        with_own_mounts()
    chosen = [f for f in faults(options.operations, options.cycles) if options.pattern in f"{f.what} {f.where}"]
    if not chosen:
        parser.error(f'no fault has "{options.pattern}" in its row')
    for fault in chosen:
        try_out(fault)
        print(f"{'✔' if fault.survived else '✖'} {fault.what}: {fault.where} ({fault.seconds:.0f} s)", flush=True)
    lost = [fault for fault in chosen if not fault.survived]
    print(f"\n{table(chosen)}\n\n{len(chosen) - len(lost)} of {len(chosen)} survived")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
