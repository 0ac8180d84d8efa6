"""The command line: install, uninstall, doctor, and what it says when it cannot."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "dist" / "bin" / "d2l-ts.cjs"


def cli(*args, **env):
    return subprocess.run(["node", str(MAIN), *args], capture_output=True, text=True, env={**os.environ, **env}, timeout=60)


def test_install_puts_everything_into_a_prefix_and_uninstall_takes_it_away(tmp_path):
    assert cli("install", "--prefix", str(tmp_path), "--name", "mine").returncode == 0
    folder = tmp_path / "share" / "jupyter" / "kernels" / "mine"
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["display_name"] == "TypeScript" and spec["interrupt_mode"] == "message"
    assert all(Path(path).exists() for path in spec["argv"] if os.path.isabs(path))
    assert {"logo-svg.svg", "logo-32x32.png", "logo-64x64.png"} <= set(os.listdir(folder))
    assert (tmp_path / "share" / "jupyter" / "labextensions" / "d2l-ts-plot" / "package.json").exists()
    assert "removed" in cli("uninstall", "--prefix", str(tmp_path), "--name", "mine").stdout
    assert not folder.exists()
    assert "no such kernel" in cli("uninstall", "--prefix", str(tmp_path), "--name", "mine").stdout


def test_install_for_the_user_goes_where_jupyter_looks(tmp_path):
    out = cli("install", "--user", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path / "data"), JUPYTER_DATA_DIR="")
    assert out.returncode == 0
    assert (tmp_path / "data" / "jupyter" / "kernels" / "d2l-ts" / "kernel.json").exists()


def test_wrong_use_is_answered_with_the_next_step(tmp_path):
    for args, words in [
        (("frobnicate",), "unknown command"),
        (("install", "--user", "--prefix", "x"), "choose one of"),
        (("install", "--prefix", str(tmp_path), "--name", "a b"), "letters, digits"),
        (("run",), "connection file"),
        (("run", str(tmp_path / "none.json")), "cannot read the connection file"),
    ]:
        out = cli(*args)
        assert (out.returncode, words in out.stderr) == (1, True), out.stderr
        assert "    at " not in out.stderr


def test_doctor_names_what_is_wrong(tmp_path):
    cli("install", "--user", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path), JUPYTER_DATA_DIR="")
    found = cli("doctor", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path), JUPYTER_DATA_DIR="")
    assert "ok    TypeScript compiler: Version 7" in found.stdout
    spec = tmp_path / "jupyter" / "kernels" / "d2l-ts" / "kernel.json"
    spec.write_text(spec.read_text().replace('node"', 'gone-node"'))
    broken = cli("doctor", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path), JUPYTER_DATA_DIR="")
    assert broken.returncode == 1
    assert "which is gone; run d2l-ts install again" in broken.stdout


def test_doctor_is_there_when_zeromq_does_not_load(tmp_path):
    hook = tmp_path / "hook.cjs"
    hook.write_text(
        "const Module = require('node:module'), load = Module._load\n"
        "Module._load = (name, ...rest) => { if (name === 'zeromq') throw new Error('no binary'); return load(name, ...rest) }"
    )
    found = cli("doctor", NODE_OPTIONS=f"--require={hook}")
    assert found.returncode == 1
    assert "FAIL  ZeroMQ: run npm ci again: the prebuilt zeromq binary does not load (no binary)" in found.stdout
    assert "ok    TypeScript compiler" in found.stdout


def test_the_renderer_lies_beside_the_kernel(tmp_path):
    data = tmp_path / "data"
    assert cli("install", "--user", HOME=str(tmp_path), JUPYTER_DATA_DIR=str(data)).returncode == 0
    assert (data / "kernels" / "d2l-ts" / "kernel.json").exists()
    assert (data / "labextensions" / "d2l-ts-plot" / "package.json").exists()
    assert "removed" in cli("uninstall", "--user", HOME=str(tmp_path), JUPYTER_DATA_DIR=str(data)).stdout
    assert not (data / "labextensions" / "d2l-ts-plot").exists()
