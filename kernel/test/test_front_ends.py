"""What front ends other than JupyterLab depend on: consoles that ask before they run, files from Windows, papermill."""

import pytest


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
