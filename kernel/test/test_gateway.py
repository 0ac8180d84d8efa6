"""Kernels that do not run where the notebook is: Jupyter Kernel Gateway, alone and behind a Jupyter server."""

import time

import psutil
import pytest
from servers import Server, behind, kernel_gateway


@pytest.fixture
def gateway(tmp_path):
    server = Server(tmp_path / "gateway", kernel_gateway)
    yield server
    server.stop()


def kernels_of(server):
    """Processes that run our kernel below a server."""
    found = psutil.Process(server.process.pid).children(recursive=True)
    return [process for process in found if "d2l-ts" in " ".join(process.cmdline())]


def test_a_cell_runs_through_a_gateway_and_through_a_server_before_it(gateway, tmp_path):
    direct = gateway.start_kernel()
    assert direct.run("const x: number = 41; x + 1") == "42"
    direct.stop()
    front = Server(tmp_path / "front", behind(gateway))
    try:
        remote = front.start_kernel()
        assert remote.run("const y: number = 20; y + 1") == "21"
        assert not kernels_of(front) and kernels_of(gateway), "the kernel runs where the gateway is"
        remote.stop()
    finally:
        front.stop()
    end = time.monotonic() + 60
    while kernels_of(gateway) and time.monotonic() < end:
        time.sleep(0.1)
    assert not kernels_of(gateway)
