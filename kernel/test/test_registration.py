"""The kernel startup handshake (JEP 66) in both of its dialects: the kernel chooses its ports and reports them."""

import hashlib
import hmac
import json
import subprocess

import pytest
import zmq
from conftest import command
from jupyter_client import BlockingKernelClient
from jupyter_client.session import Session

KEY = b"secret"
PORTS = [f"{name}_port" for name in ("shell", "iopub", "stdin", "control", "hb")]


class Registry:
    """The socket of one who starts kernels."""

    def __init__(self, folder, pattern, **fields):
        self.socket = zmq.Context.instance().socket(pattern)
        self.socket.linger = 0
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.file = folder / "registration.json"
        given = {"transport": "tcp", "key": KEY.decode(), "signature_scheme": "hmac-sha256", "registration_port": port}
        self.file.write_text(json.dumps({**given, **fields}))
        self.file.chmod(0o600)
        self.kernel = subprocess.Popen(command(self.file), cwd=folder, stderr=subprocess.PIPE, text=True)

    def receive(self):
        assert self.socket.poll(60_000), "no message came"
        return self.socket.recv_multipart()

    def end(self):
        """What the kernel says when it gives up."""
        _, log = self.kernel.communicate(timeout=60)
        return log

    def close(self):
        self.socket.close()
        self.kernel.kill()
        self.kernel.wait()
        self.kernel.stderr.close()


@pytest.fixture
def registry(tmp_path):
    made = []

    def make(pattern, **fields):
        made.append(Registry(tmp_path, pattern, **fields))
        return made[-1]

    yield make
    for one in made:
        one.close()


def sign(content):
    return hmac.new(KEY, content, hashlib.sha256).hexdigest().encode()


def check_service(ports):
    """A client that has heard of the ports has a kernel."""
    client = BlockingKernelClient()
    client.load_connection_info({"transport": "tcp", "ip": "127.0.0.1", "key": KEY.decode(), "signature_scheme": "hmac-sha256", **ports})
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute("1 + 1")
    assert client.get_shell_msg(timeout=60)["content"]["status"] == "ok"
    client.session.send(client.control_channel.socket, "connect_request", {})
    assert client.get_control_msg(timeout=60)["content"] == ports
    client.stop_channels()


def reported_to_jupyter(registry):
    """The dialect of the protocol's documentation: a dealer, one signed frame, ports as strings."""
    identity, delimiter, signature, content = registry.receive()
    assert (delimiter, signature) == (b"<IDS|MSG>", sign(content))
    return identity, json.loads(content)


def test_the_handshake_of_jupyters_documentation(registry):
    one = registry(zmq.ROUTER, kernel_id="the-one", registration_ip="127.0.0.1")
    identity, content = reported_to_jupyter(one)
    assert content.pop("kernel_id") == "the-one"
    assert sorted(content) == sorted(PORTS) and all(isinstance(port, str) for port in content.values())
    one.socket.send_multipart([identity, b"<IDS|MSG>", sign(b"ACK"), b"ACK"])
    check_service({name: int(port) for name, port in content.items()})


def test_the_handshake_of_positron_and_ark(registry):
    one = registry(zmq.REP, ip="127.0.0.1")
    session = Session(key=KEY)
    _, frames = session.feed_identities(one.receive())
    message = session.deserialize(frames)
    assert message["msg_type"] == "handshake_request"
    assert sorted(message["content"]) == sorted(PORTS)
    reply = session.msg("handshake_reply", {"status": "ok", "capabilities": {}}, parent=message)
    reply["metadata"] = None  # as Positron's supervisor sends it
    one.socket.send_multipart(session.serialize(reply))
    check_service(message["content"])


def test_ports_that_are_refused_end_the_kernel(registry):
    one = registry(zmq.REP, ip="127.0.0.1")
    session = Session(key=KEY)
    one.receive()
    one.socket.send_multipart(session.serialize(session.msg("handshake_reply", {"status": "error", "error": "no room"})))
    assert "refused the kernel's ports" in (log := one.end()) and "no room" in log
    assert one.kernel.returncode == 1


def test_an_answer_with_another_key_ends_the_kernel(registry):
    one = registry(zmq.ROUTER, kernel_id="the-one", registration_ip="127.0.0.1")
    identity, _ = reported_to_jupyter(one)
    one.socket.send_multipart([identity, b"<IDS|MSG>", b"0" * 64, b"ACK"])
    assert "signature does not match" in one.end() and one.kernel.returncode == 1


def test_silence_ends_the_kernel(registry):
    one = registry(zmq.REP, ip="127.0.0.1")
    one.receive()
    assert "nobody at tcp://127.0.0.1:" in one.end() and one.kernel.returncode == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"registration_port": "x"}, 'registration_port must be a port number, got "x"'),
        ({"transport": "ipc"}, 'transport must be tcp, got "ipc"'),
        ({"registration_ip": "127.0.0.1"}, "kernel_id must be a string"),
    ],
)
def test_a_registration_file_that_is_wrong_is_named(registry, fields, words):
    one = registry(zmq.REP, **fields)
    assert words in (log := one.end()) and str(one.file) in log
    assert one.kernel.returncode == 1
