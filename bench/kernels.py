"""The kernels that are measured: started and asked through jupyter_client, the peers found and made known to it."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parent.parent


class Kernel:
    def __init__(self, name, cwd):
        self.begin = time.perf_counter()
        self.manager = KernelManager(kernel_name=name)
        null = subprocess.DEVNULL
        env = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "D2L_TS_HISTORY": os.path.join(cwd, "history.jsonl")}
        self.manager.start_kernel(cwd=cwd, env=env, stdout=null, stderr=null)
        self.client = self.manager.client()
        self.client.start_channels()

    def reply(self, msg_id, timeout=60):
        while True:
            message = self.client.get_shell_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") == msg_id:
                return message["content"]

    def ready(self):
        self.client.wait_for_ready(timeout=60)

    def run(self, code):
        """Milliseconds from request to reply; everything published until idle."""
        begin = time.perf_counter()
        msg_id = self.client.execute(code)
        content = self.reply(msg_id)
        ms = (time.perf_counter() - begin) * 1e3
        if content["status"] != "ok":
            raise RuntimeError(f"{self.manager.kernel_name}: {code}: {content}")
        published = []
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            published.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return ms, published

    def memory(self):
        parent = psutil.Process(self.manager.provisioner.pid)
        return sum(p.memory_full_info().pss for p in [parent, *parent.children(recursive=True)]) / 2**20

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def install_peers(prefix):
    """Kernelspecs of the peers that are there, in a folder of their own."""
    tslab = ROOT / "node_modules" / "tslab" / "bin" / "tslab"
    specs = {"tslab": ["node", str(tslab), "kernel", "--config-path", "{connection_file}"]}
    own = next((ROOT / "node_modules" / "@deno").glob("*/deno*"), None)  # npm's launcher would cost a Node
    deno = os.environ.get("D2L_DENO") or own or shutil.which("deno")
    if deno:
        specs["deno"] = [str(deno), "jupyter", "--kernel", "--conn", "{connection_file}"]
    for name, argv in specs.items():
        folder = Path(prefix) / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": argv, "display_name": name, "language": "typescript"}
        (folder / "kernel.json").write_text(json.dumps(spec))
    os.environ["JUPYTER_PATH"] = prefix + os.pathsep + os.environ.get("JUPYTER_PATH", "")
    return ["d2l-ts", *specs, "python3"]
