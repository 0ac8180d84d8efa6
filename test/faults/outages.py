"""kill -9 of the Jupyter server, at random moments, while its notebooks work."""

import json
import random
import time

import notebook  # noqa: F401 -- puts the tests' own helpers on the path
import psutil
from processes import all_gone
from servers import Server, jupyter_server

CELLS = [
    "await new Promise(r => setTimeout(r, 3000)); {i}",
    "for (;;) await new Promise(r => setTimeout(r, 5)) // {i}",
    "let n{i} = 0\nwhile (true) n{i}++",
    "for (;;) {{ console.log('line {i}'); await new Promise(r => setTimeout(r, 1)) }}",
]


def outages(folder, rounds=10, seed=20260101):
    """@returns a sentence; raises when a kernel outlives its server or its history does not"""
    rng, entered = random.Random(seed), []
    for i in range(rounds):
        server = Server(folder / "server", jupyter_server)
        remote = server.start_kernel()
        assert remote.run(f"const a{i} = {i}; a{i} // {i}") == str(i)
        code = rng.choice(CELLS).format(i=i)
        entered += [f"const a{i} = {i}; a{i} // {i}", code]
        begin(remote, code)
        processes = psutil.Process(server.process.pid).children(recursive=True)
        assert len(processes) >= 3, processes
        time.sleep(rng.uniform(0, 0.5))
        server.kill()
        all_gone([process.pid for process in processes])
    lines = [json.loads(line) for line in (folder / "server" / "history.jsonl").read_text().splitlines()]
    inputs = [line["input"] for line in lines if "input" in line]
    assert inputs == entered, (inputs, entered)
    return f"{rounds} times: its kernels end, also those in a loop; every cell is in the history"


def begin(remote, code):
    """Sends a cell and waits until it has begun."""
    msg_id = remote.start(code)
    while True:
        message = json.loads(remote.socket.recv())
        if message["msg_type"] == "execute_input" and message["parent_header"].get("msg_id") == msg_id:
            return
