"""Holds the executed lessons to what their prose says: python check.py NOTEBOOK..., after a run with full settings.

The bounds hold for several seeds, with some room: they tell a lesson that works from one that does not.
"""

import re
import sys
from pathlib import Path

import nbformat

PLOT = "application/vnd.d2l.plot+json"


class Lesson:
    """An executed notebook, asked by the text of its cells."""

    def __init__(self, notebook):
        self.code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    def cell(self, part):
        found = [cell for cell in self.code if part in cell.source]
        assert found, f"no cell contains {part!r}: change the claim with the lesson"
        return found[0]

    def text(self, part):
        """What the cell printed and the plain text of what it showed."""
        outputs = self.cell(part).outputs
        return "".join(o.get("text") or "".join(o.get("data", {}).get("text/plain", "")) for o in outputs)

    def curves(self, part, figure=0):
        """The curves of a figure of the cell by name, as lists of y."""
        figures = [o.data[PLOT] for o in self.cell(part).outputs if PLOT in o.get("data", {})]
        return {curve["name"].split()[0]: curve.get("y") for curve in figures[figure]["data"]}

    def heat(self, part):
        return next(o.data[PLOT] for o in self.cell(part).outputs if PLOT in o.get("data", {}))["data"][0]["z"]

    def last(self, part, curve, figure=0):
        return self.curves(part, figure)[curve][-1]

    def rows(self, part):
        """The lines of a table as lists of cells, cut where its rule is."""
        lines = self.text(part).splitlines()
        rule = next(i for i, line in enumerate(lines) if re.fullmatch(r"-+(  -+)*", line))
        spans = [match.span() for match in re.finditer("-+", lines[rule])]
        return [[line[a:b].strip() for a, b in spans] for line in lines[rule + 1 :] if line.strip()]

    def tokens(self, part):
        """Tokens and values of coloured text."""
        return [(token, float(value)) for token, value in re.findall(r'"([^"]+)" ([\d.e−-]+)', self.text(part))]


def within(value, low, high, what):
    assert low <= value <= high, f"{what} is {value:.3f}, the lesson says {low} to {high}"


def perplexity(lesson, part, low, high, curve="val_ppl"):
    within(lesson.last(part, curve), low, high, f"{curve} of {part}")


def lstm(lesson):
    perplexity(lesson, "await trainer.fit(model", 6, 7.8)
    perplexity(lesson, "await trainer.fit(concise", 6, 7.4)


def gru(lesson):
    perplexity(lesson, "await trainer.fit(model", 6, 7.2)
    perplexity(lesson, "await trainer.fit(concise", 6, 7.2)
    for gate in ["mean update gate", "mean reset gate"]:
        tokens = lesson.tokens(gate)[1:]
        first = [value for (_, value), (before, _) in zip(tokens[1:], tokens) if before == " "]
        assert sum(first) / len(first) < 0.9 * sum(value for _, value in tokens) / len(tokens), f"{gate} at first letters"
    long, gated = lesson.rows("'val ppl'")
    assert abs(int(long[1]) - int(gated[1])) < 50, "the race is not at equal parameters"
    assert float(gated[3]) < float(long[3]), "the GRU is not ahead"


def deep(lesson):
    for row in lesson.heat("showHeatmap(change"):
        assert max(row[:3]) == 0 < min(row[3:]), "what changes with step 4"
    perplexity(lesson, "await trainer.fit(model", 6.4, 7.6)
    perplexity(lesson, "await trainer.fit(deep", 6, 7)
    perplexity(lesson, "await trainer.fit(deep", 3.7, 4.6, "train_ppl")


def bidirectional(lesson):
    assert "5 outputs of shape (2,64)" in lesson.text("new BiRNNScratch(28, 32)")
    perplexity(lesson, "await trainer.fit(plain", 9, 12)
    perplexity(lesson, "await trainer.fit(cheat", 1, 3)
    steps = lesson.curves("perplexityByStep)")
    assert max(steps["bidirectional"][1:-1]) < min(steps["plain"]), "the leak"
    assert steps["bidirectional"][-1] > steps["plain"][-1], "the last step"
    perplexity(lesson, "longer.fit(oneSide", 6, 9)
    perplexity(lesson, "longer.fit(bothSides", 3, 5)


def seq2seq(lesson):
    assert "outputs (9,4,16), state (2,4,16)" in lesson.text("const encoder = new")
    assert "outputs (4,9,10), state (2,4,16)" in lesson.text("const decoder = new")
    perplexity(lesson, "trainer.fit(model", 0.18, 0.27, "train_loss")
    taught = lesson.curves("trainer.fit(model")
    assert taught["val_loss"][-1] > min(taught["val_loss"]) + 0.3, "the validation loss does not turn"
    perplexity(lesson, "trainer.fit(free", 0.36, 0.56, "train_loss")
    share = lesson.curves("unseen.forced.byStep")
    assert share["teacher"][0] == share["free"][0], "the first word"
    assert all(a > b for a, b in list(zip(share["teacher"], share["free"]))[2:]), "teacher forcing is not ahead"
    for _, known, fresh in lesson.rows("'validation, free'"):
        within(float(known[:-1]), 74, 88, "right words in training sentences")
        within(float(fresh[:-1]), 34, 46, "right words in validation sentences")


def prediction(lesson):
    assert lesson.text("bleu('a b b c d'").split() == ["0.681", "0.681", "library"]
    scores = [float(row[-1]) for row in lesson.rows("reference: fras[i]")]
    assert len(scores) == 4 and sum(score == 1 for score in scores) >= 3, f"BLEU {scores}, three of four should be 1"
    known, fresh = [float(row[-1]) for row in lesson.rows("exact,")]
    within(known, 0.55, 0.8, "corpus BLEU on training sentences")
    within(fresh, 0.08, 0.3, "corpus BLEU on validation sentences")
    beams = lesson.rows("'mean score'")
    assert float(beams[-1][1].replace("−", "-")) >= float(beams[0][1].replace("−", "-")), "more beams, worse score"
    within(float(beams[-1][2]) - float(beams[0][2]), -0.04, 0.04, "what beams change")


def yours(lesson):
    perplexity(lesson, "trainer.fit(writer", 5, 8)
    assert "the same writer" in lesson.text("writer.save(path)")


CLAIMS = {
    "01-lstm": lstm,
    "02-gru": gru,
    "03-deep-rnn": deep,
    "04-bidirectional": bidirectional,
    "05-seq2seq": seq2seq,
    "06-prediction-and-bleu": prediction,
    "07-make-it-yours": yours,
}


def check(path):
    """Raises AssertionError, naming the claim, when a lesson's outputs are not what it says."""
    claims = CLAIMS.get(Path(path).stem)
    if claims:
        claims(Lesson(nbformat.read(path, as_version=4)))


def main(paths):
    failed = 0
    for path in paths:
        try:
            check(path)
        except AssertionError as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
