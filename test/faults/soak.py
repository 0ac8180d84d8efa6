"""`npm run soak -- --minutes N`: one notebook works on and on; the memory of its processes must not grow."""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

from crowds import LESSON
from notebook import Notebook
from processes import megabytes

PARTS = ("kernel", "runner", "compiler")
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
#: Growth over the second half of the run that is no noise: this share of the size, and as many MB.
SHARE, MB = 0.1, 15


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
    return grown, grown > max(MB, SHARE * statistics.median(size for _, size in samples))


def main():
    parser = argparse.ArgumentParser(prog="npm run soak --", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    minutes = parser.parse_args().minutes
    notebook = Notebook(Path(tempfile.mkdtemp(prefix="soak-")))
    for code in [LESSON[0], LESSON[1], "let model = new Net()\nlet trainer = new d2l.Trainer({ maxEpochs: 1 })"]:
        assert notebook.run(code).status == "ok"
    rows, begin, rounds = [], time.monotonic(), 0
    print(f"{'minute':>7}{'rounds':>8}{'tensors':>9}" + "".join(f"{part:>10}" for part in PARTS) + "   (MB)", flush=True)
    pids = {part: notebook.part(part) for part in PARTS}
    while time.monotonic() < begin + 60 * minutes:
        until = begin + 60 * minutes * (len(rows) + 1) / max(12, min(60, minutes))
        while time.monotonic() < until:
            work(notebook, rounds)
            rounds += 1
        tensors = int(notebook.run("d2l.tf.memory().numTensors").result)
        row = {"minute": (time.monotonic() - begin) / 60, **{part: megabytes(pid) for part, pid in pids.items()}}
        rows.append(row)
        print(f"{row['minute']:7.1f}{rounds:8}{tensors:9}" + "".join(f"{row[part]:10.1f}" for part in PARTS), flush=True)
    assert pids == {part: notebook.part(part) for part in PARTS}, "a process has ended and another has taken its place"
    notebook.close()
    growing = 0
    for part in PARTS:
        grown, grows = verdict(rows, part)
        growing += grows
        print(f"{part}: {grown:+.1f} MB over the second half: {'GROWS' if grows else 'flat'}")
    return 1 if growing else 0


if __name__ == "__main__":
    sys.exit(main())
