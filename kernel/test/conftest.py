"""A kernel as users meet it: started by jupyter_client, spoken to over ZeroMQ."""

import json
import os
import queue
import socket
import time

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ANSI = r"\x1b\[[0-9;]*m"
PORTS = ["shell", "iopub", "stdin", "control", "hb"]


def connection_file(folder, **fields):
    """A connection file as Jupyter writes it, with ports that are free."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    ports = {f"{name}_port": s.getsockname()[1] for name, s in zip(PORTS, sockets, strict=True)}
    for s in sockets:
        s.close()
    file = folder / "connection.json"
    given = {"transport": "tcp", "ip": "127.0.0.1", "key": "secret", "signature_scheme": "hmac-sha256", **ports, **fields}
    file.write_text(json.dumps(given))
    file.chmod(0o600)
    return file


def command(file):
    """What Jupyter starts for a connection file."""
    argv = KernelSpecManager().get_kernel_spec("d2l-ts").argv
    return [part.replace("{connection_file}", str(file)) for part in argv]


class Cell:
    """What one execute_request came to."""

    def __init__(self, reply, messages, seconds):
        self.reply, self.messages, self.seconds = reply, messages, seconds

    @property
    def status(self):
        return self.reply["content"]["status"]

    def all(self, kind):
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def text(self, name="stdout"):
        return "".join(c["text"] for c in self.all("stream") if c["name"] == name)

    @property
    def result(self):
        results = self.all("execute_result")
        return results[0]["data"]["text/plain"] if results else None

    @property
    def error(self):
        import re

        errors = self.all("error")
        return re.sub(ANSI, "", "\n".join(errors[0]["traceback"])) if errors else ""


class Client:
    def __init__(self, cwd, env=None, name="d2l-ts", **options):
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(cwd=str(cwd), env={**os.environ, **(env or {})}, **options)
        self.stray = []
        self.connect()

    def connect(self):
        self.kc = self.manager.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=60)

    def start(self, code, **options):
        return self.kc.execute(code, **options)

    def begin(self, code, timeout=60):
        """Starts a cell and waits until it runs: Stop ends one that is still being checked before it has done anything."""
        msg_id = self.start(f"console.log('begun')\n{code}")
        while True:
            message = self.kc.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != msg_id:
                self.stray.append(message)
            elif message["msg_type"] == "stream":
                return msg_id

    def finish(self, msg_id, timeout=60):
        """Everything published for a request until its idle, and its reply."""
        begin, messages = time.monotonic(), []
        while True:
            message = self.kc.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != msg_id:
                self.stray.append(message)
                continue
            messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        return Cell(self.shell_reply(msg_id, timeout), messages, time.monotonic() - begin)

    def shell_reply(self, msg_id, timeout=60):
        while True:
            reply = self.kc.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == msg_id:
                return reply

    def run(self, code, timeout=60, **options):
        return self.finish(self.start(code, **options), timeout)

    def ask(self, channel, msg_type, content):
        """A request of any type on shell or control; the reply's content."""
        message = self.kc.session.msg(msg_type, content)
        socket = getattr(self.kc, f"{channel}_channel")
        socket.send(message)
        while True:
            reply = socket.get_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply

    def late(self, msg_type, seconds=5):
        """The next message of a type that comes outside a running cell."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in self.stray:
                if message["msg_type"] == msg_type:
                    self.stray.remove(message)
                    return message
            try:
                self.stray.append(self.kc.get_iopub_msg(timeout=0.1))
            except queue.Empty:
                pass
        raise AssertionError(f"no {msg_type} came within {seconds} s")

    def stop(self):
        self.kc.stop_channels()
        self.manager.shutdown_kernel(now=False)


@pytest.fixture(scope="session", autouse=True)
def history(tmp_path_factory):
    """Kernels of the tests leave the reader's own history alone, and start with none."""
    os.environ["D2L_TS_HISTORY"] = str(tmp_path_factory.mktemp("history") / "history.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def kernel(folder):
    client = Client(folder, {"D2L_TS_HISTORY": str(folder / "history.jsonl")})
    yield client
    client.stop()


@pytest.fixture
def fresh(tmp_path):
    """A kernel of the test's own."""
    client = Client(tmp_path, {"D2L_TS_HISTORY": str(tmp_path / "history.jsonl")})
    yield client
    client.stop()
