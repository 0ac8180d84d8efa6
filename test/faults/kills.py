"""kill -9 of a kernel's processes, at random moments, while a notebook works."""

import os
import random
import re
import signal
import threading
from collections import Counter

from notebook import Notebook
from processes import until

CELLS = [
    "const n{i} = {i}; n{i}",
    "let s{i} = 0; for (let j = 0; j < 2e6; j++) s{i} += j % 2; s{i} - 1e6 + {i}",
    "await new Promise(r => setTimeout(r, 30)); {i}",
    "for (let j = 0; j < 50; j++) console.log('line', j); {i}",
    "class C{i} {{ value = {i} }}\nnew C{i}().value",
    "display('shown'); ({i})",
]
SHARES = {"runner": 0.25, "compiler": 0.2, "kernel": 0.06}
#: What the notebook says of a runner that was killed, at work or while it started.
TOLD = re.compile("variables are lost|could not begin")


def storm(folder, operations, seed=20260110):
    """Works through a notebook while its processes are killed. @returns how many of each were, and what was seen of it"""
    rng, notebook, count = random.Random(seed), Notebook(folder), Counter()
    entered = []
    for i in range(operations):
        notebook.look()
        victim = rng.choices([*SHARES, None], [*SHARES.values(), 1 - sum(SHARES.values())])[0]
        killer = Killer(notebook, victim, rng.uniform(0, 0.08))
        if rng.random() < 0.2:
            ask(notebook, rng)
        else:
            code = rng.choice(CELLS).format(i=i) + f" // {i}"
            cell = run(notebook, code, killer, count)
            if cell.all("execute_input"):
                entered.append(code)
            if cell.reply and cell.status == "ok":
                assert cell.result == str(i), f"{code} gave {cell.result}"
        killer.thread.join()
        count[f"{victim} killed"] += killer.killed
        if victim == "kernel" and killer.killed:
            until(lambda: not notebook.alive, "the end of the kernel")
            notebook.revive()
        elif victim == "runner" and killer.killed and not killer.told:
            notebook.told(TOLD)  # it died between two cells
            count["told beside the cells"] += 1
    check_all_is_well(notebook, entered)
    notebook.close()
    return count


class Killer:
    """Kills one of the processes after a while."""

    def __init__(self, notebook, victim, delay):
        self.notebook, self.victim, self.killed, self.told = notebook, victim, False, False
        self.thread = threading.Timer(delay, self.kill)
        self.thread.start()

    def kill(self):
        pid = self.victim and self.notebook.part(self.victim)
        if pid:
            self.killed = True
            os.kill(pid, signal.SIGKILL)


def run(notebook, code, killer, count):
    """One cell, which ends well, or says why not, or dies with the kernel."""
    cell = notebook.settle(notebook.start(code))
    if cell.reply is None:
        assert killer.victim == "kernel"
        count["cells ended by the kernel's death"] += 1
    elif cell.status == "error":
        assert killer.victim == "runner" and TOLD.search(cell.error), cell.error
        killer.told = True
        count["cells ended by the runner's death"] += 1
    said = cell.text("stderr")
    killer.told |= bool(TOLD.search(said))  # it died while the cell was checked; the cell has run in the next one
    count["cells run unchecked, and so told"] += "without a type check" in said
    return cell


def ask(notebook, rng):
    """A question of the kind that front ends ask while a cell is edited."""
    kind, code = rng.choice([("complete", "Math.ma"), ("inspect", "Math.max"), ("is_complete", "for (;;) {")])
    content = {"code": code, "cursor_pos": len(code), "detail_level": 0}
    message = notebook.kc.session.msg(f"{kind}_request", content)
    notebook.kc.shell_channel.send(message)
    notebook.settle(message["header"]["msg_id"])


def cannot_begin(folder):
    """A runner that ends before it has begun, each time: one message for each cell, and no loop of starts."""
    notebook = Notebook(folder)
    notebook.run("%env NODE_OPTIONS=--require=/nonexistent.js")
    os.kill(notebook.part("runner"), signal.SIGKILL)
    notebook.told(re.compile("could not begin"))
    assert "could not begin" in notebook.run("1 + 1").error
    told = [m for m in notebook.stray if m["msg_type"] == "stream" and "could not begin" in m["content"]["text"]]
    assert len(told) <= 1, f"told {len(told)} times"
    notebook.run("%env NODE_OPTIONS=")
    assert notebook.run("1 + 1").result == "2"
    notebook.close()
    return "one sentence for each cell; the first cell that can run does"


def check_all_is_well(notebook, entered):
    """The kernel works as on its first day, and its history has every cell that was entered, once and in order."""
    assert notebook.run("const last: number = 41; last + 1").result == "42"
    assert "TS2322" in notebook.run("const wrong: number = 'text'").error
    inputs = [code for code in notebook.history() if " // " in code]
    missing = [code for code in entered if code not in inputs]
    assert not missing, f"lost from the history: {missing}"
    assert len(inputs) == len(set(inputs)), "cells are twice in the history"
    known = set(entered)
    assert [code for code in inputs if code in known] == entered, "the history is out of order"
