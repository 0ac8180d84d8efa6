"""Magics, and what is asked about them."""

import pytest


def test_help_lists_every_magic(kernel):
    text = kernel.run("%help").text()
    for name in "help npm typecheck time timeit who reset cd env load html svg md bash writefile".split():
        assert f"%{name}" in text
    assert "there is no magic %nope" in kernel.run("%nope").error
    assert kernel.run("%help time").text().startswith("%time")


def test_time_and_timeit(kernel):
    cell = kernel.run("%time const timed = 6\ntimed * 7")
    assert cell.result == "42" and "wall time:" in cell.text()
    assert "wall time:" in kernel.run("%%time\nawait null\n1").text()
    assert "a loop (mean ± std of 7 rounds" in kernel.run("%timeit timed + 1").text()
    assert kernel.run("%timeit timed +").status == "error"


def test_who_and_env(kernel):
    kernel.run("const listed = [1, 2]\nfunction known(n: number) { return n }")
    lines = dict(line.split(None, 1) for line in kernel.run("%who").text().splitlines())
    assert lines["listed"] == "number[]"
    assert lines["known"] == "(n: number): number"
    assert kernel.run("%env MAGIC_TEST=yes\nprocess.env.MAGIC_TEST").result == "'yes'"
    assert kernel.run("%env MAGIC_TEST").text() == "MAGIC_TEST=yes\n"


def test_files_and_folders(kernel, folder):
    body = "export const written = 3\n"
    assert "wrote" in kernel.run(f"%%writefile made.ts\n{body}").text()
    assert (folder / "made.ts").read_text() == body
    kernel.run("%%writefile -a made.ts\nexport const more = 4")
    assert kernel.run("import { written, more } from './made'\nwritten + more").result == "7"
    (payload,) = kernel.run("%load made.ts").reply["content"]["payload"]
    assert (payload["source"], payload["text"]) == ("set_next_input", body + "export const more = 4\n")
    (folder / "deeper").mkdir()
    assert kernel.run("%cd deeper\nprocess.cwd()").result == repr(str(folder / "deeper"))
    assert kernel.run("import { more } from '../made'\nmore").result == "4"
    assert "there is no folder" in kernel.run("%cd nowhere").error
    kernel.run("%cd ..")


def test_bash_and_markup(kernel):
    cell = kernel.run("%%bash\necho out; echo err >&2; exit 0")
    assert (cell.text(), cell.text("stderr")) == ("out\n", "err\n")
    assert "exit code 3" in kernel.run("%%bash\nexit 3").error
    assert kernel.run("%%html\n<b>x</b>").all("display_data")[0]["data"]["text/html"] == "<b>x</b>"


def test_documentation_in_the_pager(kernel):
    (payload,) = kernel.run("Math.sqrt?").reply["content"]["payload"]
    assert payload["source"] == "page"
    assert "square root" in payload["data"]["text/plain"]
    kernel.run("/** Half of it. */\nfunction half(n: number) { return n / 2 }")
    (payload,) = kernel.run("half?").reply["content"]["payload"]
    assert "half(n: number): number" in payload["data"]["text/plain"] and "Half of it." in payload["data"]["text/plain"]
    assert kernel.run("no_such_name?").status == "error"


@pytest.mark.parametrize(("text", "matches"), [("%ti", ["%time", "%timeit"]), ("%%ht", ["%%html"]), ("%time\n%who", ["%who"])])
def test_magics_complete(kernel, text, matches):
    reply = kernel.ask("shell", "complete_request", {"code": text, "cursor_pos": len(text)})["content"]
    assert reply["matches"] == matches
    assert reply["cursor_start"] == text.rindex("%") - (1 if "%%" in text else 0)


def test_code_below_magics_completes_and_magics_are_explained(kernel):
    code = "%time\nMath.sqr"
    reply = kernel.ask("shell", "complete_request", {"code": code, "cursor_pos": len(code)})["content"]
    assert reply["matches"] == ["sqrt"]
    found = kernel.ask("shell", "inspect_request", {"code": "%timeit x", "cursor_pos": 3})["content"]
    assert "many times" in found["data"]["text/plain"]


def test_reset_forgets(fresh):
    for name in [f"gone{i}" for i in range(10)]:  # also what the cell just before has declared
        fresh.run(f"const {name} = 1")
        fresh.run("%reset")
        assert "TS2304" in fresh.run(name).error
