"""Runs one cell on a kernel behind a Jupyter server, as a browser does: python cell.py URL TOKEN CODE [--interrupt].

Prints what the cell printed and its result, or the name of its error; --interrupt presses Stop once the cell has printed.
"""

import json
import sys
import urllib.parse
import urllib.request
import uuid

import websocket

PATIENCE = 120


def request(base, token, path, method="GET", body=None):
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(base + path, data=data, headers=headers, method=method)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(call, timeout=PATIENCE) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def execute(socket, code, on_output):
    identity = uuid.uuid4().hex
    header = {"msg_id": identity, "msg_type": "execute_request", "session": identity, "username": "", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    socket.send(json.dumps({**message, "buffers": []}))
    said = []
    while True:
        answer = json.loads(socket.recv())
        if answer["parent_header"].get("msg_id") != identity:
            continue
        kind, content = answer["msg_type"], answer["content"]
        if kind == "stream":
            said.append(content["text"])
            on_output()
        elif kind == "execute_result":
            said.append(content["data"]["text/plain"])
        elif kind == "error":
            said.append(content["ename"])
        elif kind == "status" and content["execution_state"] == "idle":
            return "".join(said).strip()


def main(base, token, code, *options):
    base = base.rstrip("/")
    kernel = request(base, token, "/api/kernels", "POST", {"name": "d2l-ts"})["id"]
    address = urllib.parse.urlsplit(base)
    channels = f"ws://{address.netloc}{address.path}/api/kernels/{kernel}/channels"
    socket = websocket.create_connection(channels, PATIENCE, header=[f"Authorization: token {token}"])
    stop = lambda: "--interrupt" in options and request(base, token, f"/api/kernels/{kernel}/interrupt", "POST", {})
    print(execute(socket, code, stop))
    if "--interrupt" in options:
        print(execute(socket, "'still here'", lambda: None))
    socket.close()
    if "--keep" not in options:
        request(base, token, f"/api/kernels/{kernel}", "DELETE")


if __name__ == "__main__":
    main(*sys.argv[1:])
