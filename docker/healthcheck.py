"""Exits 0 when this container's Jupyter server answers; where it listens stands in its runtime file."""

import json
import os
import ssl
import sys
import urllib.request
from pathlib import Path

data = Path(os.environ.get("JUPYTER_DATA_DIR") or Path.home() / ".local/share/jupyter")
runtime = Path(os.environ.get("JUPYTER_RUNTIME_DIR") or data / "runtime")
files = sorted(runtime.glob("jpserver-*.json"), key=lambda file: file.stat().st_mtime)
if not files:
    sys.exit("no server has written its runtime file yet")
server = json.loads(files[-1].read_text())
# Not the url in the file: that names the container's host, which need not resolve inside.
url = f"http{'s' if server['secure'] else ''}://127.0.0.1:{server['port']}{server['base_url']}api"
tls = urllib.request.HTTPSHandler(context=ssl._create_unverified_context())
direct = urllib.request.ProxyHandler({})
urllib.request.build_opener(direct, tls).open(url, timeout=3).read()
