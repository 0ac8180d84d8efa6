"""Kernels that start and stop, again and again."""

import os
import tempfile
from pathlib import Path

import notebook  # noqa: F401 -- puts the tests' own helpers on the path
import psutil
from jupyter_client.manager import KernelManager
from processes import all_gone, ports_of, tree, until

TRANSPORTS = ("tcp", "ipc")
#: How a kernel ends: asked to; its process alone killed; all its processes killed, which leaves its temporary files.
WAYS = ("asked", "killed alone", "killed")


def cycles(folder, count, ways=WAYS):
    """@returns a sentence; raises when a process, socket or file is left"""
    temporary = folder / "tmp"
    temporary.mkdir()
    runtime = Path(tempfile.mkdtemp(prefix="run-"))  # short: the path of a socket has at most some hundred letters
    env = {**os.environ, "TMPDIR": str(temporary), "D2L_TS_HISTORY": str(folder / "history.jsonl")}
    open_files = []
    for i in range(count):
        one(i, ways[i % len(ways)], env, runtime)
        open_files.append(psutil.Process().num_fds())
    if "killed" in ways:
        sweep(env, runtime, temporary)
    assert not list(runtime.iterdir()), [path.name for path in runtime.iterdir()]
    runtime.rmdir()
    assert not list(temporary.iterdir()), [path.name for path in temporary.iterdir()]
    assert open_files[-1] <= open_files[min(5, count - 1)] + 3, f"open files of the client: {open_files}"
    return f"{count} times: no process, port, socket file or temporary file left"


def one(i, way, env, runtime):
    transport = TRANSPORTS[i % len(TRANSPORTS)]
    manager = KernelManager(kernel_name="d2l-ts", transport=transport)
    manager.connection_file = str(runtime / f"kernel-{i}.json")
    manager.start_kernel(env=env)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    reply = client.execute("1 + 1", reply=True, timeout=120)
    assert reply["content"]["status"] == "ok"
    assert (runtime / f"kernel-{i}.json").stat().st_mode & 0o077 == 0, "others can read the connection file"
    check_sockets(manager, transport, runtime)
    private = [*Path(env["TMPDIR"]).iterdir(), Path(env["D2L_TS_HISTORY"])]
    assert all(path.stat().st_mode & 0o077 == 0 for path in private), "others can read temporary files or the history"
    processes = tree(manager.provisioner.pid)
    client.stop_channels()
    if way == "killed alone":
        processes[0].kill()
        until(lambda: not manager.is_alive(), "the end of the kernel")
        all_gone([process.pid for process in processes])  # they tidy up, before the manager kills what is left
    manager.shutdown_wait_time = 120  # on a busy machine more than Jupyter's 5 s, after which it kills
    manager.shutdown_kernel(now=way != "asked")
    manager.context.destroy(linger=0)
    all_gone([process.pid for process in processes])
    assert not ports_of(processes), "a port is still open"


def check_sockets(manager, transport, runtime):
    """On tcp only this machine reaches the kernel, on ipc only this user."""
    listening = ports_of(tree(manager.provisioner.pid))
    if transport == "tcp":
        assert {address.ip for address in listening} == {"127.0.0.1"} and len(listening) == 5, listening
    else:
        files = [path for path in runtime.iterdir() if path.is_socket()]
        assert len(files) == 5 and not listening, (files, listening)
        assert all(path.stat().st_mode & 0o077 == 0 for path in files), "others can open the sockets"


def sweep(env, runtime, temporary):
    """Folders of kernels that were killed go when a later kernel has been there for a while."""
    manager = KernelManager(kernel_name="d2l-ts")
    manager.connection_file = str(runtime / "kernel-last.json")
    manager.start_kernel(env=env)
    until(lambda: len(list(temporary.glob("d2l-ts-*"))) == 1, "the sweep of temporary folders")
    manager.shutdown_kernel()
