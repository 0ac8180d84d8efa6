"""The ways to a kernel: Unix sockets beside TCP, without a key, and encrypted by CurveZMQ."""

import os
import queue

import pytest
import zmq
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session
from processes import until


@pytest.fixture
def start(tmp_path):
    """Starts a kernel with settings of its own."""
    managers = []

    def start(**settings):
        manager = KernelManager(kernel_name="d2l-ts", **settings)
        manager.start_kernel(cwd=str(tmp_path))
        managers.append(manager)
        return manager

    yield start
    for manager in managers:
        manager.shutdown_kernel(now=True)


def check_service(manager):
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute("1 + 1")
    assert client.get_shell_msg(timeout=60)["content"]["status"] == "ok"
    until(client.hb_channel.is_beating, "the first heart beat", seconds=10)
    client.stop_channels()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no Unix sockets in ZeroMQ")
def test_unix_sockets(start, tmp_path):
    manager = start(transport="ipc", ip=str(tmp_path / "k"))
    check_service(manager)
    assert (tmp_path / f"k-{manager.shell_port}").is_socket()


def test_without_a_key(start):
    check_service(start(session=Session(key=b"")))


def test_encrypted(start):
    manager = start(transport_encryption="required")
    assert manager.curve_publickey and manager.curve_secretkey
    check_service(manager)


def test_a_client_without_the_keys_gets_no_answer(start):
    manager = start(transport_encryption="required")
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)  # the kernel is up, and what follows is not silence before its start
    with zmq.Context() as context, context.socket(zmq.DEALER) as plain:
        plain.linger = 0
        plain.connect(f"tcp://127.0.0.1:{manager.shell_port}")
        plain.send_multipart(client.session.serialize(client.session.msg("kernel_info_request", {})))
        assert not plain.poll(1000)
    with pytest.raises(queue.Empty):  # nor was it taken in
        client.get_shell_msg(timeout=0.2)
    client.stop_channels()
