"""What front ends other than JupyterLab depend on: consoles that ask before they run, files from Windows, papermill."""

import collections
import importlib.metadata
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

MAIN = Path(__file__).resolve().parents[2] / "dist" / "bin" / "d2l-ts.cjs"


def cli(*args):
    subprocess.run(["node", str(MAIN), *args], check=True, capture_output=True, timeout=60)


def completeness(kernel, code):
    return kernel.ask("shell", "is_complete_request", {"code": code})["content"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("%%bash", "incomplete"),
        ("%%bash\nls", "incomplete"),
        ("%%bash\nls\n", "complete"),
        ("%%bash\r\nls\r\n", "complete"),
        ("%time", "complete"),
        ("%time\nfor (;;) {", "incomplete"),
        ("api?", "complete"),
        ("x??", "complete"),
        ("/a(/", "invalid"),
        ("let a = 1\nlet a = 2", "invalid"),
        ("if (x) {", "incomplete"),
    ],
)
def test_a_console_is_told_whether_to_run_a_text(kernel, code, status):
    assert completeness(kernel, code)["status"] == status


def test_a_cell_magic_is_typed_line_by_line(kernel):
    """As `jupyter console` does it: Enter asks; what goes on gets a new line, what is complete is run."""
    text = "%%bash"
    for line in ["echo one", "echo two", ""]:
        reply = completeness(kernel, text)
        assert reply["status"] == "incomplete"
        text += "\n" + reply["indent"] + line
    assert completeness(kernel, text)["status"] == "complete"
    assert kernel.run(text).text() == "one\ntwo\n"


def test_magics_with_line_ends_of_windows(kernel, folder):
    assert kernel.run("%%bash\r\necho hi").text() == "hi\n"
    assert "wrote" in kernel.run("%%writefile crlf.txt\r\none").text()
    assert (folder / "crlf.txt").read_text() == "one\n"
    assert kernel.run("%env CRLF=yes\r\n\r\nprocess.env.CRLF").result == "'yes'"


@pytest.mark.parametrize("code", ["import 'inner-pkg'", "import a from 'inner-pkg'", "import 'inner-pkg/deep/file.js'"])
def test_a_package_that_is_missing_is_answered_with_the_command_that_installs_it(kernel, code):
    assert "%npm i inner-pkg" in kernel.run(code).error.splitlines()[-1]


@pytest.fixture
def translator(tmp_path, monkeypatch):
    """What papermill finds in a prefix into which the kernel was installed; of papermill there is only what it needs."""
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    cli("install", "--prefix", str(tmp_path))
    (entry,) = [e for d in importlib.metadata.distributions(path=[str(packages)]) for e in d.entry_points]
    assert (entry.group, entry.module) == ("papermill.engine", "d2l_ts_papermill")
    languages = {}
    engines = types.SimpleNamespace(NBClientEngine=type("NBClientEngine", (), {}))
    fields = ["name", "inferred_type_name", "default", "help"]
    models = types.SimpleNamespace(Parameter=collections.namedtuple("Parameter", fields))
    translators = types.SimpleNamespace(papermill_translators=types.SimpleNamespace(register=languages.__setitem__))
    stubs = {"engines": engines, "models": models, "translators": translators}
    monkeypatch.setitem(sys.modules, "papermill", types.SimpleNamespace(__path__=[]))
    for name, module in stubs.items():
        monkeypatch.setitem(sys.modules, f"papermill.{name}", module)
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.delitem(sys.modules, "d2l_ts_papermill", raising=False)
    assert entry.load() is engines.NBClientEngine
    yield languages["typescript"]
    cli("uninstall", "--prefix", str(tmp_path))
    assert os.listdir(packages) in ([], ["__pycache__"])


def test_parameters_of_papermill_replace_those_of_the_notebook(kernel, translator):
    kernel.run("const alpha: number = 0.1\nlet name = 'none'\nconst sizes = [1]")
    values = {"alpha": 0.5, "name": 'a "b"\n${c}', "sizes": [], "on": True, "none": None}
    values |= {"deep": {"a b": [1, -2.5, {"c": False}]}, "not_a_number": float("nan"), "huge": 2**53 + 1}
    assert kernel.run(translator.codify(values, comment="Parameters")).error == ""
    assert kernel.run("[alpha * 2, name, sizes, on, none, deep['a b'], not_a_number, huge]").result == (
        "[ 1, 'a \"b\"\\n${c}', [], true, null, [ 1, -2.5, { c: false } ], NaN, 9007199254740993n ]"
    )
    assert kernel.run("alpha = 3\nalpha === 3").result == "true"  # a number, not only 0.5


def test_papermill_lists_the_parameters_of_a_notebook(translator):
    source = "// settings\nconst alpha: number = 0.1 // the rate\nlet mode: 'a' | 'b' = 'a';\nconst sizes = [1, 2]\nf()"
    found = [tuple(p) for p in translator.inspect({"source": source})]
    assert found == [
        ("alpha", "number", "0.1", "the rate"),
        ("mode", "'a' | 'b'", "'a'", ""),
        ("sizes", "None", "[1, 2]", ""),
    ]
