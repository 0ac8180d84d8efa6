"""Kernels that do not run where the notebook is: Jupyter Kernel Gateway, alone and behind a Jupyter server."""

import pytest
from processes import tree, until
from servers import Server, behind, kernel_gateway


@pytest.fixture
def gateway(tmp_path):
    server = Server(tmp_path / "gateway", kernel_gateway)
    yield server
    server.stop()


def kernels_of(server):
    """Processes that run our kernel below a server."""
    return [process for process in tree(server.process.pid)[1:] if "d2l-ts" in " ".join(process.cmdline())]


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
    until(lambda: not kernels_of(gateway), "the end of the gateway's kernels")
