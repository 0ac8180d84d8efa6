"""The lecture, executed from top to bottom on the kernel as nbconvert does it, with fewer epochs."""

import os
import re
from base64 import b64decode
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
PLOT = "application/vnd.d2l.plot+json"
PLACES = [os.environ.get("D2L_DATA"), ROOT.parent / "shared/data", ROOT / "data", Path.home() / ".cache/d2l-ts"]
DATA = next((Path(p) for p in PLACES if p and (Path(p) / "timemachine.txt").exists()), None)
needs_book = pytest.mark.skipif(DATA is None, reason="timemachine.txt is not on this machine: set D2L_DATA")


def execute(name, **env):
    """The notebook with fresh outputs; what is stored in the file is thrown away first."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}})
    client.execute(env={**os.environ, **env})
    return notebook


def code(notebook, start):
    """The code cell that contains `start`."""
    return next(c for c in notebook.cells if c.cell_type == "code" and start in c.source)


def text(cell):
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
    return printed + "".join(o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result")


@pytest.fixture(scope="module")
def lstm():
    return execute("01-lstm.ipynb", D2L_EPOCHS="2", D2L_DATA=str(DATA))


@needs_book
def test_no_cell_of_the_lstm_lesson_warns_or_fails(lstm):
    for cell in lstm.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


@needs_book
def test_the_lesson_reads_the_real_book(lstm):
    shown = text(code(lstm, "new d2l.TimeMachine"))
    assert "173428 characters, 28 different ones" in shown
    assert 'X: "the time machine by h g wells i "' in shown


@needs_book
@pytest.mark.parametrize("start", ["trainer.fit(model", "trainer.fit(concise"])
def test_training_leaves_one_figure_with_its_picture(lstm, start):
    figures = [o for o in code(lstm, start).outputs if PLOT in o.get("data", {})]
    assert len(figures) == 1
    data = figures[0].data
    assert data["image/svg+xml"].startswith("<svg")
    curves = {curve["name"].split()[0]: curve for curve in data[PLOT]["data"]}
    assert set(curves) == {"train_ppl", "val_ppl"}
    # Two points an epoch from training, one from validation; after two epochs letters are no longer guessed blindly.
    assert len(curves["train_ppl"]["x"]) == 4 and len(curves["val_ppl"]["x"]) == 2
    assert curves["val_ppl"]["y"][-1] < 20


@needs_book
@pytest.mark.parametrize("start", ["\nmodel.predict", "concise.predict"])
def test_the_models_continue_the_prefix_by_fifty_characters(lstm, start):
    cell = next(c for c in lstm.cells if c.cell_type == "code" and start.strip() == c.source[: len(start.strip())])
    written = text(cell).strip("'")
    assert written.startswith("time traveller")
    assert len(written) == len("time traveller") + 50


@needs_book
def test_the_lesson_exports_to_html_with_its_figures(lstm):
    page, _ = HTMLExporter().from_notebook_node(lstm)
    pictures = [b64decode(found).decode() for found in re.findall(r'<img [^>]*src="data:image/svg\+xml;base64,([\w+/=]+)"', page)]
    assert len(pictures) == 3
    assert sum("train_ppl" in picture for picture in pictures) == 2


def test_the_first_page_names_what_computes():
    notebook = execute("00-start-here.ipynb")
    versions = text(code(notebook, "backendInfo"))
    for part in ["d2l-ts", "Node.js", "TypeScript", "engine"]:
        assert part in versions
    device = text(code(notebook, "device in use"))
    assert "device in use: " in device and "computes on" in device


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.name)
def test_notebooks_are_kept_executed_and_made_for_slides(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "d2l-ts"
    for cell in notebook.cells:
        assert cell.metadata.slideshow.slide_type in {"slide", "subslide", "fragment", "skip", "notes", "-"}
        if cell.cell_type == "code":
            assert cell.execution_count is not None, f"execute it: npm run notebooks -- --in-place\n{cell.source}"
    for image in (c.source for c in notebook.cells if c.cell_type == "markdown" and "](img/" in c.source):
        name = image.split("](img/")[1].split(")")[0]
        assert (NOTEBOOKS / "img" / name).exists()
