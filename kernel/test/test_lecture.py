"""Lessons 02 to 07: executed with two epochs each; and what is kept in their files is what their prose says."""

import copy
import importlib.util

import nbformat
import pytest
from test_notebooks import DATA, NOTEBOOKS, PLOT, code, execute, needs_book, text

needs_pairs = pytest.mark.skipif(
    DATA is None or not (DATA / "fra-eng.zip").exists(), reason="fra-eng.zip is not on this machine: set D2L_DATA"
)
LESSONS = ["02-gru", "03-deep-rnn", "04-bidirectional", "05-seq2seq", "06-prediction-and-bleu", "07-make-it-yours"]
PAIRS = {"05-seq2seq", "06-prediction-and-bleu"}

spec = importlib.util.spec_from_file_location("check", NOTEBOOKS / "check.py")
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)


@pytest.fixture(scope="module")
def executed():
    """Each lesson once, when it is first asked for."""
    done = {}

    def get(name):
        if name not in done:
            done[name] = execute(f"{name}.ipynb", D2L_EPOCHS="2", D2L_DATA=str(DATA))
        return done[name]

    return get


def marked(names):
    return [pytest.param(name, marks=needs_pairs if name in PAIRS else needs_book) for name in names]


def complaints(lesson):
    """Errors, and what was written to stderr."""
    outputs = [output for cell in lesson.cells for output in cell.get("outputs", [])]
    return [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.mark.parametrize("name", marked(LESSONS))
def test_no_cell_fails_or_warns(executed, name):
    assert complaints(executed(name)) == []


@needs_pairs
def test_no_cell_fails_or_warns_on_wasm():
    """A lesson with many kinds of operations; npm run notebooks -- --backend wasm runs all of them."""
    lesson = execute("06-prediction-and-bleu.ipynb", D2L_BACKEND="wasm", D2L_EPOCHS="1", D2L_DATA=str(DATA))
    assert complaints(lesson) == []
    assert len(check.Lesson(lesson).rows("'mean score'")) == 4


@pytest.mark.parametrize("name", marked(LESSONS))
def test_every_training_leaves_one_figure_in_all_its_forms(executed, name):
    fits = [cell for cell in executed(name).cells if cell.cell_type == "code" and ".fit(" in cell.source]
    assert fits
    for cell in fits:
        figures = [o.data for o in cell.outputs if PLOT in o.get("data", {})]
        assert len(figures) == (2 if "for (" in cell.source else 1)
        for data in figures:
            assert data["image/svg+xml"].startswith("<svg")
            assert data["application/vnd.plotly.v1+json"] == data[PLOT]
            assert {curve["name"].split("_")[0] for curve in data[PLOT]["data"]} == {"train", "val"}


@needs_book
def test_the_shapes_of_the_recurrent_lessons(executed):
    assert "5 outputs of shape (2,32)" in text(code(executed("02-gru"), "outputs.length"))
    assert "outputs (5,2,32), 2 states" in text(code(executed("03-deep-rnn"), "states.length"))
    assert "5 outputs of shape (2,64)" in text(code(executed("04-bidirectional"), "outputs.length"))


@needs_book
def test_the_gates_are_shown_for_every_character(executed):
    lesson = check.Lesson(executed("02-gru"))
    heat = lesson.heat("showHeatmap")
    sentence = "the time traveller smiled at us"
    assert [len(row) for row in heat] == [len(sentence)] * 16
    assert all(0 < value < 1 for row in heat for value in row)
    assert "".join(token for token, _ in lesson.tokens("mean update gate")) == sentence


@needs_book
def test_equal_parameters_are_equal(executed):
    lstm, gru = check.Lesson(executed("02-gru")).rows("'val ppl'")
    assert (lstm[1], gru[1]) == ("8860", "8844")


@needs_book
def test_nothing_before_a_changed_step_changes(executed):
    for row in check.Lesson(executed("03-deep-rnn")).heat("showHeatmap(change"):
        assert row[:3] == [0, 0, 0] and min(row[3:]) > 0


@needs_pairs
def test_the_shapes_of_encoder_and_decoder(executed):
    lesson = executed("05-seq2seq")
    assert "outputs (9,4,16), state (2,4,16)" in text(code(lesson, "const encoder = new"))
    assert "outputs (4,9,10), state (2,4,16)" in text(code(lesson, "const decoder = new"))


@needs_pairs
def test_the_data_are_the_books(executed):
    lesson = executed("05-seq2seq")
    assert "167130 pairs" in text(code(lesson, "data.tokenize"))
    assert "194 English tokens, 214 French tokens" in text(code(lesson, "English tokens"))


@needs_pairs
def test_the_four_sentences_are_translated_and_marked(executed):
    lesson = check.Lesson(executed("06-prediction-and-bleu"))
    rows = lesson.rows("reference: fras[i]")
    assert [row[0] for row in rows] == ["go .", "i lost .", "he's calm .", "i'm home ."]
    assert all(0 <= float(row[3]) <= 1 for row in rows)
    assert lesson.text("bleu('a b b c d'").split() == ["0.681", "0.681", "library"]


def test_the_last_lesson_reads_the_file_it_is_given(tmp_path):
    book = tmp_path / "mine.txt"
    book.write_text("Ünïcode, Zeile für Zeile: ein Ei.\n" * 80, encoding="utf-8")
    lesson = execute("07-make-it-yours.ipynb", D2L_EPOCHS="1", D2L_TEXT=str(book))
    assert "Ünïcode, Zeile" in text(code(lesson, "text.slice(0, 300)"))
    assert "Zeile" in "".join(t for t, _ in check.Lesson(lesson).tokens("surprise in bits"))
    assert "the same writer" in text(code(lesson, "writer.save"))


@pytest.mark.parametrize("name", ["01-lstm", *LESSONS])
def test_the_outputs_kept_in_the_file_are_what_the_prose_says(name):
    check.check(NOTEBOOKS / f"{name}.ipynb")


def test_a_claim_that_does_not_hold_is_named():
    notebook = copy.deepcopy(nbformat.read(NOTEBOOKS / "04-bidirectional.ipynb", as_version=4))
    for output in code(notebook, "trainer.fit(cheat").outputs:
        output.data[PLOT]["data"][1]["y"][-1] = 7.5
    with pytest.raises(AssertionError, match="trainer.fit.cheat is 7.500, the lesson says 1 to 3"):
        check.bidirectional(check.Lesson(notebook))


@pytest.mark.parametrize("name", ["01-lstm", *LESSONS])
def test_lines_of_code_fit_a_slide(name):
    for cell in nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            assert max(map(len, cell.source.split("\n"))) <= 80
            assert cell.source.count("\n") < 26
