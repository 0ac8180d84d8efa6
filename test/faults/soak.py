"""`npm run soak -- --minutes N`: one notebook works on and on; the memory of its processes must not grow."""

import argparse
import itertools
import json
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import websocket
from crowds import LESSON
from notebook import Notebook
from processes import megabytes, until

PARTS = ("kernel", "runner", "compiler")
START = """
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
let model = new Net()
let trainer = new d2l.Trainer({ maxEpochs: 1 })"""
#: What one round of work is; {i} makes every text a new one.
CELLS = [
    "let x = {i}; x + 1 // {i}",
    "for (let j = 0; j < 500; j++) console.log('line', j, {i})",
    "class Counter {{ value = {i} }}\nfunction twice(c: Counter) {{ return 2 * c.value }}\ntwice(new Counter())",
    "const data = d2l.randn([128, 128])\nconst product = d2l.matmul(data, data)\nproduct.shape // {i}",
    "model = new Net(); trainer = new d2l.Trainer({{ maxEpochs: 3 }}); await trainer.fit(model, new Line()) // {i}",
    "d2l.plot([0, 1, 2], [0, {i}, 4], {{ xlabel: 'x' }})",
    "null.{i}x // an error",
    "throw new Error('number {i}')",
]
ASKED = [("complete", "d2l.ma"), ("complete", "trainer."), ("inspect", "d2l.Trainer")]
#: How many cells fill most of what is kept of the latest ones, for late output and for stacks.
KEPT = 1200
#: Lets the runner throw its garbage away, and tells what is left.
COLLECT = """
for (let j = 0; j < 10; j++) {{ collect(); await new Promise(r => setTimeout(r, 20)) }}
`${{d2l.tf.memory().numTensors}} ${{process.memoryUsage().heapUsed / 2 ** 20}}` // {i}"""
#: Growth over the second half of the run that is no noise, in MB. The heap is measured without garbage; the allocators
#: of TensorFlow and V8 keep more or less of what was freed.
LIMITS = {"kernel": 30, "runner": 40, "compiler": 30, "heap": 12}


class Kernel:
    """The kernel's own process, asked by Node's inspector to throw its garbage away: it cannot do that by itself."""

    def __init__(self, notebook):
        os.kill(notebook.pid, signal.SIGUSR1)
        found = until(lambda: re.search(r"Debugger listening on (ws://\S+)", notebook.said()), "the inspector")
        self.socket = websocket.create_connection(found[1], timeout=60, suppress_origin=True)

    def collect(self):
        for i in range(3):
            self.socket.send(json.dumps({"id": i, "method": "HeapProfiler.collectGarbage"}))
            while json.loads(self.socket.recv()).get("id") != i:
                pass


def work(notebook, i):
    for code in CELLS:
        cell = notebook.settle(notebook.start(code.format(i=i)))
        assert cell.reply, "the kernel has ended"
        assert cell.status == "ok" or "an error" in code or "throw" in code, cell.error
    for kind, code in ASKED:
        content = {"code": code, "cursor_pos": len(code), "detail_level": 0}
        message = notebook.kc.session.msg(f"{kind}_request", content)
        notebook.kc.shell_channel.send(message)
        notebook.settle(message["header"]["msg_id"])
    notebook.stray.clear()


def slope(samples):
    """MB a minute, by the median of the slopes between all pairs (Theil and Sen): peaks do not count."""
    pairs = itertools.combinations(samples, 2)
    return statistics.median((b - a) / (t - s) for (s, a), (t, b) in pairs if t > s)


def verdict(rows, part):
    """@returns the growth over the second half of the run in MB, and whether it is one"""
    samples = [(row["minute"], row[part]) for row in rows[len(rows) // 2 :]]
    grown = slope(samples) * (samples[-1][0] - samples[0][0])
    return grown, grown > LIMITS[part]


def prepare():
    """A notebook at work, whose memories are full."""
    notebook = Notebook(Path(tempfile.mkdtemp(prefix="soak-")), {"NODE_OPTIONS": "--inspect-port=0"})
    for code in [LESSON[0], LESSON[1], START]:
        cell = notebook.run(code)
        assert cell.status == "ok", cell.error
    for i in range(KEPT):
        notebook.settle(notebook.start(f"{i} // so many"))
        notebook.stray.clear()
    return notebook


def measure(notebook, kernel, begin, rounds):
    tensors, heap = notebook.run(COLLECT.format(i=rounds)).result.strip("'").split()
    kernel.collect()
    row = {"minute": (time.monotonic() - begin) / 60, "heap": float(heap)}
    row.update({part: megabytes(notebook.part(part)) for part in PARTS})
    print(f"{row['minute']:7.1f}{rounds:8}{tensors:>9}" + "".join(f"{row[part]:10.1f}" for part in LIMITS), flush=True)
    return row


def main():
    parser = argparse.ArgumentParser(prog="npm run soak --", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    minutes = parser.parse_args().minutes
    notebook = prepare()
    kernel = Kernel(notebook)
    pids = {part: notebook.part(part) for part in PARTS}
    print(f"{'minute':>7}{'rounds':>8}{'tensors':>9}" + "".join(f"{part:>10}" for part in LIMITS) + "   (MB)", flush=True)
    rows, begin, rounds = [], time.monotonic(), 0
    while time.monotonic() < begin + 60 * minutes:
        end = begin + 60 * minutes * (len(rows) + 1) / max(12, min(60, minutes))
        while time.monotonic() < end:
            work(notebook, rounds)
            rounds += 1
        rows.append(measure(notebook, kernel, begin, rounds))
    assert pids == {part: notebook.part(part) for part in PARTS}, "a process has ended and another has taken its place"
    kernel.socket.close()  # Node does not end before its debugger has gone
    notebook.close()
    growing = 0
    for part in LIMITS:
        grown, grows = verdict(rows, part)
        growing += grows
        print(f"{part}: {grown:+.1f} MB over the second half: {'GROWS' if grows else 'flat'}")
    return 1 if growing else 0


if __name__ == "__main__":
    sys.exit(main())
