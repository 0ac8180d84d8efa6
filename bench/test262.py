"""test262's tests as cells of a real kernel, through jupyter_client; test262.ts chooses them and starts this.

Cells of one kernel share a global scope, and tests leave things in it. So what fails is tried again in a fresh kernel, and
only what fails alone counts as failed; after some hundred tests all are begun afresh anyway.
"""

import argparse
import json
import queue
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from jupyter_client.manager import KernelManager
from kernels import install_peers

BATCH = 250
LIMIT_S = 20
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Runner:
    """A kernel that is asked for one cell after the other. Only its replies are listened to: nothing here is shown."""

    def __init__(self, name, cwd):
        self.name, self.cwd, self.manager = name, cwd, None
        self.fresh()

    def fresh(self):
        """A kernel without a name in it. Ours has a magic for that, which keeps the kernel and the compiler."""
        if self.manager and self.name == "d2l-ts" and self.ask("%reset") is None:
            return
        self.close()
        self.manager = KernelManager(kernel_name=self.name)
        self.manager.start_kernel(cwd=self.cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        self.client.kernel_info(reply=True, timeout=60)
        if self.name == "d2l-ts":
            self.ask("%typecheck off")

    def ask(self, code):
        """What the cell failed with, in words; none when it passed."""
        msg_id = self.client.execute(code, store_history=False, allow_stdin=False)
        end = time.monotonic() + LIMIT_S
        while True:
            try:
                reply = self.client.get_shell_msg(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                self.close()
                return f"no reply within {LIMIT_S} s"
            if reply["parent_header"].get("msg_id") == msg_id:
                break
        content = reply["content"]
        if content["status"] == "ok":
            return None
        return ANSI.sub("", f"{content.get('ename')}: {content.get('evalue')}")

    def passes(self, text):
        """As `ask`, with a second try alone."""
        if self.manager and self.ask(text) is None:
            return None, False
        self.fresh()
        return self.ask(text), True

    def close(self):
        if self.manager:
            self.client.stop_channels()
            self.manager.shutdown_kernel(now=True)
        self.manager = None


def run(name, tests, cwd, jobs):
    """name of test → what it failed with; and how many passed only alone."""
    batches = queue.SimpleQueue()
    for i in range(0, len(tests), BATCH):
        batches.put(tests[i : i + BATCH])
    failed, alone = {}, []

    def work():
        runner = None
        while True:
            try:
                batch = batches.get_nowait()
            except queue.Empty:
                break
            runner = runner or Runner(name, cwd)
            runner.fresh()
            for test in batch:
                error, again = runner.passes(test["text"])
                if error is not None:
                    failed[test["name"]] = error
                elif again:
                    alone.append(test["name"])
        if runner:
            runner.close()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed, alone


def folder_of(name):
    return "/".join(name.split("/")[:2]) if name.count("/") > 1 else name.split("/")[0]


def report(tests, found):
    """Passes and failures by folder, only the folders in which something fails, and the sums."""
    print(f"{'failed / tests':48}" + "".join(f"{name:>18}" for name in found))
    folders = {}
    for test in tests:
        folders.setdefault(folder_of(test["name"]), []).append(test["name"])
    for folder, names in {**folders, "all": [t["name"] for t in tests]}.items():
        counts = [sum(name in failed for name in names) for failed in found.values()]
        if any(counts) or folder == "all":
            print(f"{folder:48}" + "".join(f"{f'{n} / {len(names)}':>18}" for n in counts))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tests")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--failures")
    parser.add_argument("--json")
    args = parser.parse_args()
    tests = json.loads(Path(args.tests).read_text())
    found, rows = {}, []
    with tempfile.TemporaryDirectory() as prefix, tempfile.TemporaryDirectory() as cwd:
        peers = [name for name in install_peers(prefix) if name == "deno"] if args.peer else []
        for name in ["d2l-ts", *peers]:
            begin = time.monotonic()
            failed, alone = run(name, tests, cwd, args.jobs)
            seconds = round(time.monotonic() - begin)
            found[name] = failed
            rows.append({"kernel": name, "tests": len(tests), "passed": len(tests) - len(failed), "seconds": seconds})
            print(f"{name}: {seconds} s; {len(alone)} passed only in a kernel of their own")
    report(tests, found)
    for name, error in sorted(found["d2l-ts"].items()):
        print(f"FAIL  {name}: {' '.join(error.split())[:160]}")
    if args.failures:
        lines = [f"{name}\n    {error}" for name, error in sorted(found["d2l-ts"].items())]
        Path(args.failures).write_text("\n".join(lines) + "\n")
    if args.json:
        Path(args.json).write_text(json.dumps({"rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
