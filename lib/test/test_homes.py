"""The library away from our kernel: in a plain script, in tslab's kernel and in Deno's, each really run."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"
PLOT = "application/vnd.d2l.plot+json"

LESSON = """
class Line extends d2l.DataModule {
  batchSize = 4;
  x = d2l.rand([40, 1]);
  getDataloader(train) {
    return this.getTensorloader([this.x, d2l.tf.mul(this.x, 2)], train, train ? [0, 32] : [32, 40]);
  }
}
class Net extends d2l.Module {
  lr = 0.5;
  net = new d2l.Linear(1, 1);
  loss(yHat, y) { return d2l.reduceMean(d2l.tf.squaredDifference(yHat, y)); }
}
"""
TRAIN = """
const model = new Net();
const trainer = new d2l.Trainer({ maxEpochs: 3 });
await trainer.fit(model, new Line());
"""


def deno():
    return next(MODULES.glob("@deno/*/deno*"), None)


@pytest.fixture
def home(tmp_path):
    """A project of a user's, with the library among its packages."""
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "d2l-ts").symlink_to(ROOT, target_is_directory=True)
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    return tmp_path


def run(home, monkeypatch, argv, language, cells):
    """The cells' outputs, from a kernel that is started by these arguments."""
    spec = home / "share" / "jupyter" / "kernels" / "other"
    spec.mkdir(parents=True, exist_ok=True)
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Other", "language": language}))
    monkeypatch.setenv("JUPYTER_PATH", str(home / "share" / "jupyter"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, kernel_name="other", timeout=120, resources={"metadata": {"path": str(home)}})
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def text(outputs):
    """What a cell printed and its value, as text."""
    printed = [o.text for o in outputs if o.output_type == "stream"]
    return "".join(printed + [o.data.get("text/plain", "") for o in outputs if o.output_type == "execute_result"])


def figures(outputs):
    return [o.data for o in outputs if o.output_type == "display_data" and "image/svg+xml" in o.data]


def check_curve(outputs):
    """One figure, updated in place, whose last frame has all points; and no progress left in it."""
    (figure,) = figures(outputs)
    assert "train_loss" in figure["image/svg+xml"]
    plot = figure[PLOT]
    plot = json.loads(plot) if isinstance(plot, str) else plot
    assert [len(line["x"]) for line in plot["data"]] == [6, 3]
    assert "x: epoch" in figure["text/plain"].splitlines()


def test_a_plain_script_prints_one_line_an_epoch_and_leaves_by_itself(home):
    script = home / "lesson.mjs"
    script.write_text(f"import * as d2l from 'd2l-ts';\n{LESSON}{TRAIN}console.log(d2l.zeros([2]));")
    done = subprocess.run(["node", script], capture_output=True, text=True, timeout=120, check=True)
    lines = done.stdout.splitlines()
    assert [line.split(":")[0].split(",")[0] for line in lines[:3]] == [f"epoch {n} of 3" for n in (1, 2, 3)]
    assert all("train_loss" in line and "val_loss" in line for line in lines[:3])
    assert lines[3:] == ["tensor([0, 0])"]
    assert done.stderr == ""


def test_commonjs_can_require_it(home):
    script = home / "lesson.cjs"
    script.write_text("const d2l = require('d2l-ts'); d2l.ready().then(() => console.log(d2l.ones([1])));")
    done = subprocess.run(["node", script], capture_output=True, text=True, timeout=120, check=True)
    assert "tensor([1])" in done.stdout


def tslab(home, monkeypatch, language, cells):
    program = [str(MODULES / "tslab" / "bin" / "tslab"), "kernel", "--config-path", "{connection_file}"]
    flag = ["--js"] if language == "javascript" else []
    first = "import * as d2l from 'd2l-ts';\nawait d2l.ready();"
    return run(home, monkeypatch, ["node", *program, *flag], language, [first, *cells])


def test_tslab_with_javascript(home, monkeypatch):
    outputs = tslab(home, monkeypatch, "javascript", [LESSON, TRAIN, "d2l.zeros([2, 2])"])
    check_curve(outputs[2])
    assert text(outputs[3]).strip() == "tensor([[0, 0],\n        [0, 0]])"


def test_tslab_with_typescript_which_it_checks(home, monkeypatch):
    lesson = LESSON.replace("(train) {", "(train: boolean) {")
    lesson = lesson.replace("loss(yHat, y)", "loss(yHat: d2l.tf.Tensor, y: d2l.tf.Tensor)")
    use = "const shape: number[] = model.net.weight.shape;\nconsole.log(shape);"
    outputs = tslab(home, monkeypatch, "typescript", [lesson, TRAIN, "d2l.zeros([2, 2])", use])
    check_curve(outputs[2])
    assert text(outputs[3]).strip() == "tensor([[0, 0],\n        [0, 0]])"
    assert text(outputs[4]).strip() == "[ 1, 1 ]"
    wrong = "const n: number = d2l.zeros([2]);"
    with pytest.raises(CellExecutionError, match="Type 'Tensor1D' is not assignable to type 'number'"):
        tslab(home, monkeypatch, "typescript", [wrong])


@pytest.mark.skipif(deno() is None, reason="the npm package of Deno has no binary for this system")
def test_deno(home, monkeypatch):
    (home / "deno.json").write_text('{ "nodeModulesDir": "manual" }')
    monkeypatch.setenv("DENO_DIR", str(home / "cache"))
    monkeypatch.setenv("DENO_NO_UPDATE_CHECK", "1")
    argv = [str(deno()), "jupyter", "--kernel", "--conn", "{connection_file}"]
    cells = ["import * as d2l from 'd2l-ts';", LESSON, TRAIN, "d2l.plot([0, 1, 2], [0, 1, 4]);"]
    # Deno's kernel publishes one value in fifteen after the cell's idle status, where no client reads on: it is asked
    # several times.
    values = ["d2l.zeros([2, 2])"] * 5
    outputs = run(home, monkeypatch, argv, "typescript", cells + values)
    check_curve(outputs[2])
    assert len(figures(outputs[3])) == 1
    shown = {text(o).strip() for o in outputs[4:]} - {""}
    assert shown == {"tensor([[0, 0],\n        [0, 0]])"}


def test_our_kernel_shows_tensors_and_keeps_none_that_a_cell_dropped(home, monkeypatch):
    argv = ["node", str(ROOT / "dist" / "kernel" / "main.js"), "run", "{connection_file}"]
    count = """
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    for (let i = 0; i < 20; i++) { runInNewContext('gc')(); await new Promise((done) => setTimeout(done, 10)); }
    console.log(d2l.tf.memory().numTensors);
    """
    again = ["let x = d2l.randn([64, 64]);\nlet y = d2l.tanh(x);"] * 60
    cells = ["import * as d2l from 'd2l-ts';", "d2l.zeros([2, 2])", *again, count]
    outputs = run(home, monkeypatch, argv, "typescript", cells)
    assert text(outputs[1]) == "tensor([[0, 0],\n        [0, 0]])"
    assert int(text(outputs[-1])) <= 4  # x and y, and the one that was shown
