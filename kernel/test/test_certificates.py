"""NODE_EXTRA_CA_CERTS reaches the cells although no process of the kernel's is slowed down by it."""

import http.server
import ssl
import threading
from pathlib import Path

import pytest
from conftest import Client

PEM = Path(__file__).parent / "data" / "localhost.pem"


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


@pytest.fixture
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}/"
    server.shutdown()


def assert_hello(kernel, address):
    cell = kernel.run(f"await (await fetch('{address}')).text()")
    assert (cell.error, cell.result) == ("", "'hello'")


def test_cells_and_their_processes_trust_them(tmp_path, address):
    kernel = Client(tmp_path, {"NODE_EXTRA_CA_CERTS": str(PEM)})
    try:
        assert_hello(kernel, address)
        get = "const got = await new Promise<number>(r => https.get(url, m => r(m.statusCode!)))"
        assert kernel.run(f"import https from 'node:https';\nconst url = '{address}';\n{get}; got").result == "200"
        assert kernel.run("process.env.NODE_EXTRA_CA_CERTS").result == f"'{PEM}'"
        kernel.run("process.exit()")  # the next runner is given them too
        assert_hello(kernel, address)
    finally:
        kernel.stop()


def test_without_them_the_connection_is_refused(tmp_path, address):
    kernel = Client(tmp_path, {"NODE_EXTRA_CA_CERTS": ""})
    try:
        assert "self-signed certificate" in kernel.run(f"await fetch('{address}')").error
        assert kernel.run("process.env.NODE_EXTRA_CA_CERTS").result is None
    finally:
        kernel.stop()


def test_a_file_that_is_not_there_is_said(tmp_path):
    kernel = Client(tmp_path, {"NODE_EXTRA_CA_CERTS": str(tmp_path / "no.pem")})
    try:
        said = kernel.run("Math.max(1, 2)").text("stderr") or kernel.late("stream")["content"]["text"]
        assert "NODE_EXTRA_CA_CERTS are ignored: ENOENT" in said
    finally:
        kernel.stop()
