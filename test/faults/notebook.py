"""A notebook's side of a kernel that may die at any moment."""

import queue
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "kernel" / "test"))

from conftest import Cell, Client  # noqa: E402
from processes import all_gone, alive, part, tree, until  # noqa: E402

LIMIT = 120  # seconds; a loaded machine is slow, a hang is for ever


class Notebook(Client):
    """A client that outlives its kernel, and remembers its processes and what it said."""

    def __init__(self, folder, env=None):
        self.folder, self.seen = folder, set()
        self.log = (folder / "kernel.log").open("ab")
        super().__init__(folder, {"D2L_TS_HISTORY": str(folder / "history.jsonl"), **(env or {})}, stderr=self.log)

    @property
    def pid(self):
        return self.manager.provisioner.pid

    @property
    def alive(self):
        return self.manager.is_alive() and alive(self.pid)

    def said(self):
        """What the kernel wrote into the server's log."""
        return (self.folder / "kernel.log").read_text()

    def part(self, name):
        return part(self.pid, name)

    def look(self):
        """Remembers the processes there are, for the check at the end."""
        self.seen |= {process.pid for process in tree(self.pid)}

    def settle(self, msg_id):
        """The cell that a request came to; its reply is None where the kernel has died of it."""
        messages, reply, idle, begin = [], None, False, time.monotonic()
        dead = False
        while reply is None or not idle:
            message = self.next_message()
            if message is None:
                if dead:
                    return Cell(None, messages, time.monotonic() - begin)
                dead = not self.alive  # one more look: the last words may be on their way
                assert time.monotonic() < begin + LIMIT, f"no answer within {LIMIT} s"
            elif message["parent_header"].get("msg_id") != msg_id:
                self.stray.append(message)
            elif message["msg_type"].endswith("_reply"):
                reply = message
            else:
                messages.append(message)
                idle |= message["content"].get("execution_state") == "idle"
        return Cell(reply, messages, time.monotonic() - begin)

    def next_message(self):
        """A message from iopub or shell, None when for a moment there is none."""
        for channel, wait in ((self.kc.iopub_channel, 0.02), (self.kc.shell_channel, 0.001)):
            try:
                return channel.get_msg(timeout=wait)
            except queue.Empty:
                pass
        return None

    def told(self, pattern):
        """Waits until the notebook is told something outside of its cells."""

        def come():
            message = self.next_message()
            if message:
                self.stray.append(message)
            return [m for m in self.stray if m["msg_type"] == "stream" and pattern.search(m["content"]["text"])]

        self.stray.remove(until(come, f'a word in the notebook: "{pattern.pattern}"')[0])

    def revive(self):
        """What a server does when its kernel has died."""
        self.kc.stop_channels()
        self.manager.restart_kernel(now=True)
        self.connect()

    def history(self):
        """All inputs of all sessions."""
        reply = self.ask("shell", "history_request", {"hist_access_type": "tail", "n": 10**6, "raw": True, "output": False})
        return [entry[2] for entry in reply["content"]["history"]]

    def close(self):
        """Shuts the kernel down; nothing of it or of those before it may be left."""
        self.look()
        self.stop()
        self.log.close()
        all_gone(self.seen)
