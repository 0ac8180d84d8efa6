"""Clocks that jump, and time that passes without the kernel."""

import os
import signal
import time
from pathlib import Path

from notebook import Notebook
from processes import tree, until

YEAR = 365 * 24 * 3600 * 1000


def jump(folder):
    """The wall clock goes a year forward, then two back, in the kernel and in the cells."""
    clock = folder / "clock"
    clock.write_text("0")
    env = {"FAULTS_CLOCK": str(clock), "NODE_OPTIONS": f"--require={Path(__file__).with_name('clock.cjs')}"}
    notebook = Notebook(folder, env)
    module = folder / "module.ts"
    years = []
    for i, offset in enumerate((0, YEAR, -YEAR)):
        clock.write_text(str(offset))
        module.write_text(f"export const version: number = {i}")
        os.utime(module, (time.time() + offset / 1000,) * 2)
        assert notebook.run(f"import {{ version }} from './module'\nversion").result == str(i), "a module from another time"
        cell = notebook.run("await new Promise(r => setTimeout(r, 50))\nnew Date().getFullYear()")
        years.append(int(cell.result))
        msg_id = notebook.start("await new Promise(() => {})")
        until_running(notebook, msg_id)
        notebook.manager.interrupt_kernel()
        assert "KeyboardInterrupt" in notebook.settle(msg_id).error
    inputs = notebook.history()
    notebook.close()
    assert years[1] > years[0] > years[2], years
    assert [code[-8:] for code in inputs[::3]] == ["\nversion"] * 3, "the history is out of order"
    return "cells, timers, Stop, modules and the order of the history as before"


def until_running(notebook, msg_id):
    """The cell has begun: its text was published."""

    def begun():
        message = notebook.next_message()
        if message:
            notebook.stray.append(message)
        return any(
            m["msg_type"] == "execute_input" and m["parent_header"].get("msg_id") == msg_id for m in notebook.stray
        )

    until(begun, "the beginning of the cell")
    notebook.stray = [m for m in notebook.stray if m["parent_header"].get("msg_id") != msg_id]


def sleep(folder, seconds=5):
    """All of the kernel stands still, as on a laptop that sleeps, and then goes on."""
    notebook = Notebook(folder)
    notebook.run("let kept = 1")
    heart = notebook.kc.hb_channel
    heart.time_to_dead = 0.5
    heart.unpause()
    until(heart.is_beating, "a heart beat")
    msg_id = notebook.start("for (let i = 0; i < 20; i++) await new Promise(r => setTimeout(r, 20))\nkept += 1\nkept")
    pids = [process.pid for process in tree(notebook.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    until(lambda: not heart.is_beating(), "the gap in the heart beat")
    time.sleep(seconds)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    assert notebook.settle(msg_id).result == "2"
    until(heart.is_beating, "the heart beat after the gap")
    assert "TS2322" in notebook.run("kept = 'text'").error
    assert notebook.run("kept").result == "2"
    notebook.close()
    return "the cell goes on where it was; heart beat, check and variables are there again"


def stopped_compiler(folder):
    """A compiler that does not answer: Stop ends the wait for it."""
    notebook = Notebook(folder)
    notebook.run("let kept = 42")
    assert notebook.run("kept").result == "42"  # the compiler knows it by now, and has nothing else to do
    compiler = notebook.part("compiler")
    os.kill(compiler, signal.SIGSTOP)
    msg_id = notebook.start("kept = 0")
    until_running(notebook, msg_id)
    time.sleep(0.2)  # now it is with the compiler, or about to be: Stop has to do in both cases

    def stopped():
        notebook.manager.interrupt_kernel()
        return notebook.part("compiler") != compiler

    until(stopped, "the end of the compiler")
    assert "stopped before it ran" in notebook.settle(msg_id).error
    assert "TS2322" in notebook.run("kept = 'text'").error
    assert notebook.run("kept").result == "42"
    notebook.close()
    return "Stop ends the cell, which has not run; the next one has a new compiler"
