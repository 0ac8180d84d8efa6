"""Garbage on every socket, from a fixed seed: logged, answered where the protocol allows, never fatal."""

import random

import zmq

ROUNDS = 300


def mutated(frames, rng):
    frames = [bytearray(f) for f in frames]
    for _ in range(rng.randint(1, 4)):
        kind = rng.randrange(5)
        at = rng.randrange(len(frames))
        if kind == 0 and frames[at]:
            frames[at][rng.randrange(len(frames[at]))] ^= 1 << rng.randrange(8)
        elif kind == 1:
            frames[at] = frames[at][: rng.randint(0, len(frames[at]))]
        elif kind == 2:
            frames.insert(at, bytearray(rng.randbytes(rng.randint(0, 200))))
        elif kind == 3 and len(frames) > 1:
            del frames[at]
        else:
            frames[at] = bytearray(rng.randbytes(rng.randint(0, 50)))
    return [bytes(f) for f in frames]


def odd_content(rng):
    values = [None, 5, "text", [], {}, True, -1, 1e308, "\u0000", "🙂" * 3, {"a": [1]}]
    keys = ["code", "cursor_pos", "detail_level", "hist_access_type", "n", "comm_id", "target_name", "data", "restart", "silent"]
    return {key: rng.choice(values) for key in rng.sample(keys, rng.randint(0, 5))}


def send(socket, frames):
    try:
        socket.send_multipart(frames, zmq.NOBLOCK)
    except zmq.Again:  # the kernel's socket has hung up on this peer
        return 0
    return 1


def test_mutated_frames_and_odd_contents_do_not_kill_the_kernel(fresh):
    rng = random.Random(20260101)
    session = fresh.kc.session
    info = fresh.manager.get_connection_info()
    context = zmq.Context.instance()
    sockets = []
    for port in ("shell_port", "control_port", "stdin_port", "hb_port", "iopub_port"):
        socket = context.socket(zmq.XSUB if port == "iopub_port" else zmq.DEALER)
        socket.linger = 0
        socket.connect(f"tcp://{info['ip']}:{info[port]}")
        sockets.append(socket)
    types = ["kernel_info", "complete", "inspect", "history", "is_complete", "comm_info", "connect", "usage", "debug", "nothing"]
    sent = {"mutated": 0, "odd": 0}
    for i in range(ROUNDS):
        good = session.serialize(session.msg("kernel_info_request", {}))
        sent["mutated"] += send(rng.choice(sockets), mutated(good, rng))
        message = session.msg(f"{rng.choice(types)}_request", odd_content(rng))
        sent["odd"] += send(rng.choice(sockets[:2]), session.serialize(message))
        if i % 100 == 99:
            assert fresh.run(f"{i} + 1", timeout=30).result == str(i + 1)
    for socket in sockets:
        socket.close()
    print(f"fuzz: {sent}")
    assert min(sent.values()) > ROUNDS / 2
    assert fresh.run("'still here'").result == "'still here'"
    assert fresh.ask("control", "kernel_info_request", {})["content"]["status"] == "ok"
