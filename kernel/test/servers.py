"""Jupyter's servers on this machine's own address, and a notebook that reaches its kernel through them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import websocket

TOKEN = "a-token-for-the-tests"
LIMIT = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process. `argv` makes its command line from a port."""

    def __init__(self, folder, argv):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        places = {name: str(folder / name.split("_")[1].lower()) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
        # Neither a kernel of our name in the user's home nor the server's extensions, which take seconds to load.
        alone = {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_NO_CONFIG": "1"}
        self.env = {**os.environ, **places, **alone, "D2L_TS_HISTORY": str(folder / "history.jsonl")}
        for _ in range(3):  # somebody else may take the port before the server does
            self.port = free_port()
            self.url = f"http://127.0.0.1:{self.port}"
            with (folder / "server.log").open("ab") as log:
                self.process = subprocess.Popen(argv(self.port), cwd=folder, env=self.env, stdout=log, stderr=log)
            if self.answers():
                return
        raise AssertionError((folder / "server.log").read_text()[-2000:])

    def answers(self):
        """Waits for the first answer. @returns False when the process has ended without"""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.request("GET", "/api")
                return True
            except urllib.error.HTTPError:
                raise  # it is there, and not as we want it
            except OSError:
                time.sleep(0.1)
        return False

    def request(self, method, path, body=None):
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=LIMIT) as response:
            text = response.read()
        return json.loads(text) if text else None

    def start_kernel(self):
        return Remote(self, self.request("POST", "/api/kernels", {"name": "d2l-ts"})["id"])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(LIMIT)
        finally:
            self.process.kill()


class Remote:
    """A kernel behind a server, spoken to as a browser does."""

    def __init__(self, server, kernel_id):
        self.server, self.id, self.session = server, kernel_id, uuid.uuid4().hex
        address = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel_id}/channels?session_id={self.session}&token={TOKEN}"
        self.socket = websocket.create_connection(address, timeout=LIMIT)

    def send(self, msg_type, content):
        header = {"msg_id": uuid.uuid4().hex, "session": self.session, "username": "", "msg_type": msg_type, "version": "5.3"}
        header["date"] = "2026-01-01T00:00:00Z"
        message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
        self.socket.send(json.dumps(message))
        return header["msg_id"]

    def start(self, code):
        return self.send("execute_request", {"code": code, "silent": False, "store_history": True, "allow_stdin": False})

    def finish(self, msg_id):
        """Everything that answers a request, until its reply and the idle status."""
        messages = []
        while {"idle", "reply"} - {self.kind(message) for message in messages}:
            message = json.loads(self.socket.recv())
            if message["parent_header"].get("msg_id") == msg_id:
                messages.append(message)
        return messages

    @staticmethod
    def kind(message):
        return "reply" if message["msg_type"].endswith("_reply") else message["content"].get("execution_state")

    def run(self, code):
        """@returns the cell's value as text"""
        messages = self.finish(self.start(code))
        values = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"]
        return values[0] if values else None

    def stop(self):
        self.socket.close()
        self.server.request("DELETE", f"/api/kernels/{self.id}")


def jupyter_server(port):
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": TOKEN,
    }
    return [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())]


def behind(gateway):
    """A Jupyter server whose kernels run where a gateway is."""

    def argv(port):
        client = {"GatewayClient.url": gateway.url, "GatewayClient.auth_token": TOKEN}
        return [*jupyter_server(port), *(f"--{name}={value}" for name, value in client.items())]

    return argv


def kernel_gateway(port):
    options = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "auth_token": TOKEN}
    named = (f"--KernelGatewayApp.{name}={value}" for name, value in options.items())
    return [sys.executable, "-m", "kernel_gateway", *named]
