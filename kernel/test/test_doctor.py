"""`d2l-ts doctor`: what is broken is named with its next step, what Jupyter can start is not called missing."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = shutil.which("node")


def run(package, *args, **env):
    """The backend that loads at once, where the test is not about that."""
    env = {"D2L_BACKEND": "cpu", **env}
    command = [NODE, str(package / "dist" / "bin" / "d2l-ts.cjs"), *args]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=120)


def lines(found):
    """The outcome of each check; a kernelspec and a plot renderer are what the last line of their name says."""
    return {line[6:].split(":")[0]: line for line in found.stdout.splitlines()}


def has(*names):
    """Each of the lines fails, and none but these."""
    return lambda found: {name for name, line in found.items() if line.startswith("FAIL")} == set(names)


@pytest.fixture
def package(tmp_path):
    """A copy of the package that may be broken; its node_modules has links that can be taken away."""
    copy = tmp_path / "package"
    for part in ["dist/bin", "dist/lib", "dist/kernel", "kernel"]:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "test"))
    shutil.copy(ROOT / "package.json", copy)
    (copy / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup.mjs", copy / "scripts")
    modules = copy / "node_modules"
    modules.mkdir()
    for entry in (ROOT / "node_modules").iterdir():
        (modules / entry.name).symlink_to(entry)
    return copy


@pytest.fixture
def prefix(package, tmp_path):
    """The kernel in a prefix that Jupyter does not search by itself, under a name of its own."""
    assert run(package, "install", "--prefix", str(tmp_path / "prefix"), "--name", "my-ts").returncode == 0
    return tmp_path / "prefix"


def spec(prefix):
    return prefix / "share" / "jupyter" / "kernels" / "my-ts" / "kernel.json"


def test_a_kernel_is_found_where_jupyter_finds_it(package, prefix):
    data = str(prefix / "share" / "jupyter")
    found = run(package, "doctor", JUPYTER_PATH=data)
    assert f"ok    kernelspec: {spec(prefix).parent}\n" in found.stdout
    assert (found.returncode, found.stdout.count("FAIL")) == (0, 0), found.stdout
    by_name = run(package, "doctor", "--prefix", str(prefix), "--name", "my-ts")
    assert f"ok    kernelspec: {spec(prefix).parent}\n" in by_name.stdout and by_name.returncode == 0
    assert f"ok    plot renderer: {data}" in by_name.stdout
    none = run(package, "doctor", "--name", "my-ts")  # Jupyter does not look there by itself
    assert none.returncode == 1
    assert 'FAIL  kernelspec: Jupyter lists no kernelspec called "my-ts": run node ' in none.stdout


def test_parts_that_are_missing_are_named(package):
    (package / "node_modules" / "koffi").unlink()
    (package / "node_modules" / "oxc-parser").unlink()
    (package / "dist" / "bin" / "runner.cjs").unlink()
    found = run(package, "doctor")
    failed = lines(found)
    assert found.returncode == 1 and has("cell parser", "own files", "library")(failed), found.stdout
    assert "run npm ci again with optional dependencies: oxc-parser" in failed["cell parser"]
    assert failed["own files"].endswith(f"{package}/dist/bin/runner.cjs is missing; run npm run build")
    assert "run npm ci again: " in failed["library"] and "koffi" in failed["library"]


def test_a_missing_library_is_named(package):
    shutil.rmtree(package / "dist" / "lib")
    found = run(package, "doctor")
    assert found.returncode == 1
    assert f"FAIL  own files: {package}/dist/lib/main.js is missing; run npm run build" in found.stdout


def test_a_tensorflow_that_is_not_where_it_was_said_to_be(package):
    found = run(package, "doctor", TF_LIB_DIR="/nowhere", D2L_BACKEND="")
    assert found.returncode == 1 and has("library")(lines(found)), found.stdout
    assert "wasm computes: TF_LIB_DIR is /nowhere" in found.stdout


def test_without_jupyter_the_rest_is_checked(package, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "node").symlink_to(NODE)
    found = run(package, "doctor", PATH=str(tmp_path / "bin"))
    assert "FAIL  Jupyter: jupyter is not on the PATH; activate the environment" in found.stdout
    assert "ok    cell: 1 + 1 is 2" in found.stdout and found.returncode == 1


def test_a_jupyter_that_lists_nothing_is_told_of(package, tmp_path):
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "jupyter"
    fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo jupyterlab : 0 && exit 0\nexit 1\n')
    fake.chmod(0o755)
    found = run(package, "doctor", PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert "ok    Jupyter: jupyterlab : 0" in found.stdout and found.returncode == 1
    assert "FAIL  kernelspec: jupyter kernelspec list does not run; install jupyter_client" in found.stdout


# name of a kernel → what is done to its spec, what is said of it
BROKEN = {
    "torn": (lambda text: text[:-1], "kernel.json cannot be read; run d2l-ts install again: node "),
    "d2l-ts": (lambda text: "{}", 'does not start this kernel but ""; run d2l-ts install again: node '),
    "moved": (lambda text: text.replace("/dist/bin/", "/gone/"), "/gone/d2l-ts.cjs, which is gone; run d2l-ts install again"),
    "no-node": (lambda text: text.replace(NODE, "/gone/node"), "starts /gone/node, which is gone; run d2l-ts install again"),
    "bad-node": (lambda text: text.replace(NODE, "no-such-node"), "no-such-node, which does not run; run d2l-ts install again"),
}


def test_specs_that_cannot_start_the_kernel_are_named_each_with_the_command_that_mends_it(package, prefix):
    text = spec(prefix).read_text()
    argv = json.loads(text)["argv"]
    text = json.dumps({**json.loads(text), "argv": [NODE, *argv[-3:]]})  # without a launcher
    kernels = spec(prefix).parent.parent
    for name, (breaks, _) in BROKEN.items():
        (kernels / name).mkdir()
        (kernels / name / "kernel.json").write_text(breaks(text))
    found = run(package, "doctor", "--prefix", str(prefix))
    assert found.returncode == 1 and f"ok    kernelspec: {kernels / 'my-ts'}" in found.stdout
    failed = [line for line in found.stdout.splitlines() if line.startswith("FAIL")]
    for name, (_, words) in BROKEN.items():
        (line,) = [line for line in failed if str(kernels / name) in line]
        named = "" if name == "d2l-ts" else f" --name {name}"
        assert words in line and f"install --prefix {prefix}{named}" in line
    assert len(failed) == len(BROKEN)


def test_a_renderer_that_lacks_a_part_is_named(package, prefix):
    folder = prefix / "share" / "jupyter" / "labextensions" / "d2l-ts-plot"
    (folder / "static" / "plotly.min.js").unlink()
    found = run(package, "doctor", "--prefix", str(prefix), "--name", "my-ts")
    assert found.returncode == 1 and has("plot renderer")(lines(found)), found.stdout
    assert f"{folder} lacks static/plotly.min.js; plots stand still until you run node " in found.stdout
