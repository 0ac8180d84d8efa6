"""The launcher: sockets that listen before Node is up."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from conftest import PORTS, Client, command, connection_file
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from processes import part, ports_of, until

LAUNCHER = ["/usr/bin/perl", str(Path(__file__).resolve().parents[1] / "listen.pl")]
#: Stands in for Node: tells what it was given and stays.
STAND_IN = [sys.executable, "-c", "import os, sys\nprint(os.environ.get('D2L_TS_LISTENING'), flush=True); sys.stdin.read()"]

pytestmark = pytest.mark.skipif(not Path(LAUNCHER[0]).exists(), reason="without Perl the kernel opens its sockets itself")


def launch(file, env=None):
    pipe = subprocess.PIPE
    return subprocess.Popen([*LAUNCHER, *STAND_IN, str(file)], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **(env or {})})


def test_a_client_that_comes_before_the_kernel_is_not_refused(tmp_path):
    file = connection_file(tmp_path)
    program = launch(file)
    given = dict(pair.split("=") for pair in program.stdout.readline().split())
    assert list(given) == PORTS
    for name in PORTS:
        socket.create_connection(("127.0.0.1", json.loads(file.read_text())[f"{name}_port"]), timeout=5).close()
    assert program.communicate() == ("", "")


def test_a_client_that_comes_before_the_kernel_hears_all_of_its_start(tmp_path):
    manager = KernelManager(kernel_name="d2l-ts")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.kernel_info()
    heard = [client.get_iopub_msg(timeout=60) for _ in range(4)]
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    said = [(m["msg_type"], m["content"].get("execution_state")) for m in heard]
    assert said == [("iopub_welcome", None), ("status", "starting"), ("status", "busy"), ("status", "idle")]


@pytest.mark.parametrize("fields", [{"transport": "ipc", "ip": "/tmp/kernel"}, {"ip": "localhost"}, {"ip": "::1"}])
def test_other_addresses_are_left_to_the_kernel(tmp_path, fields):
    assert launch(connection_file(tmp_path, **fields)).communicate() == ("None\n", "")


def test_a_file_that_is_not_there_is_left_to_the_kernel(tmp_path):
    assert launch(tmp_path / "none.json").communicate() == ("None\n", "")


def test_an_unknown_locale_is_no_news_for_the_log(tmp_path):
    env = KernelSpecManager().get_kernel_spec("d2l-ts").env
    assert launch(connection_file(tmp_path), {**env, "LC_ALL": "xx_YY"}).communicate()[1] == ""


def test_a_port_that_is_taken_is_named(tmp_path):
    file = connection_file(tmp_path)
    port = json.loads(file.read_text())["control_port"]
    with socket.create_server(("127.0.0.1", port)):
        kernel = subprocess.run(command(file), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert kernel.returncode == 1
    assert f"cannot bind the control socket to tcp://127.0.0.1:{port}" in kernel.stderr


def test_only_the_kernel_holds_its_sockets(kernel):
    pid = kernel.manager.provisioner.pid
    runner = psutil.Process(until(lambda: part(pid, "runner"), "the runner"))
    ports = {getattr(kernel.manager, f"{name}_port") for name in PORTS}

    assert {address.port for address in ports_of([psutil.Process(pid)])} == ports
    assert not ports_of([runner])
    assert kernel.run("String(process.env.D2L_TS_LISTENING)").result == "'undefined'"


def test_without_the_launcher_the_kernel_opens_its_sockets_itself(tmp_path, monkeypatch):
    spec = KernelSpecManager().get_kernel_spec("d2l-ts").to_dict()
    assert spec["argv"][:2] == LAUNCHER
    folder = tmp_path / "kernels" / "bare"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({**spec, "argv": spec["argv"][2:]}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    client = Client(tmp_path, name="bare")
    assert client.run("1 + 1").result == "2"
    client.stop()
