"""What belongs to a kernel, by the operating system's own account."""

import re
import time
from pathlib import Path

import psutil

PARTS = {"runner": "runner.", "compiler": "--api"}


def alive(pid):
    """Whether a process still does something; one that has ended but was not waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def tree(pid):
    """A process and all that it has started."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def part(pid, name):
    """The process id of a kernel's part: `kernel`, `runner` or `compiler`; None while it has none."""
    if name == "kernel":
        return pid
    for child in tree(pid)[1:]:
        try:
            if PARTS[name] in " ".join(child.cmdline()) and alive(child.pid):
                return child.pid
        except psutil.Error:
            pass  # it has ended meanwhile
    return None


def ports_of(processes):
    """The addresses at which processes listen."""
    found = []
    for process in processes:
        try:
            found += [c.laddr for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        except psutil.Error:
            pass  # it has ended
    return found


def until(condition, what, seconds=60):
    """Waits for a state, not for a time. @returns what the condition came to"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what}: did not come within {seconds} s")


def all_gone(pids, seconds=60):
    until(lambda: not any(alive(pid) for pid in pids), f"the end of all processes of {sorted(pids)}", seconds)


def megabytes(pid):
    """The memory that a process has taken; on Linux without the files it has mapped, which other processes share."""
    try:
        status = Path(f"/proc/{pid}/status")
        if status.exists():
            return int(re.search(r"RssAnon:\s+(\d+) kB", status.read_text())[1]) / 2**10
        return psutil.Process(pid).memory_info().rss / 2**20
    except (psutil.Error, OSError):
        return 0.0  # it has ended
