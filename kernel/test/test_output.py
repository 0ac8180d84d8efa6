"""What is printed: bytes, encodings, line ends, warnings, tables and colours, as Node has them."""

import re
import time

import pytest
from conftest import ANSI, Client

BYTES = {
    "one character in two writes": ("process.stdout.write(Buffer.from([0xe2, 0x82])); process.stdout.write(Buffer.from([0xac, 0x0a]))", "€\n"),
    "a character byte by byte": ("for (const byte of Buffer.from('🙂ä')) process.stdout.write(Buffer.from([byte]))", "🙂ä"),
    "with text of another stream between": (
        "process.stdout.write(Buffer.from([0xe2, 0x82])); process.stderr.write('!'); process.stdout.write(Buffer.from([0xac]))",
        "€",
    ),
    "hex": ("process.stdout.write('e282ac', 'hex')", "€"),
    "base64": ("process.stdout.write('4oKs', 'base64')", "€"),
    "utf-8 by name": ("process.stdout.write('€', 'utf-8')", "€"),
    "a view": ("process.stdout.write(new Uint8Array(Buffer.from('xyz')).subarray(1))", "yz"),
    "half a character at the end": ("process.stdout.write(Buffer.from([0x61, 0xe2, 0x82]))", "a\ufffd"),
    "piped": (
        "import { Readable } from 'node:stream'\nimport { finished } from 'node:stream/promises'\n"
        "const pieces = Readable.from([Buffer.from([0xe2, 0x82]), Buffer.from([0xac])]); pieces.pipe(process.stdout); await finished(pieces)",
        "€",
    ),
    "from a child, piped": (
        "import { spawn } from 'node:child_process'\n"
        "const kid = spawn('bash', ['-c', \"printf '\\\\xe2\\\\x82'; sleep 0.2; printf '\\\\xac'\"]); kid.stdout.pipe(process.stdout)\n"
        "await new Promise(r => kid.on('close', r))",
        "€",
    ),
    "from a child, inherited": (
        "import { spawnSync } from 'node:child_process'\n"
        "spawnSync('bash', ['-c', \"printf '\\\\xe2\\\\x82'; sleep 0.2; printf '\\\\xac'\"], { stdio: 'inherit' }); await new Promise(r => setTimeout(r, 200))",
        "€",
    ),
    "from a script": ("%%bash\nprintf '\\xe2\\x82'; sleep 0.2; printf '\\xac'", "€"),
    "a callback is called": ("await new Promise<void>(r => process.stdout.write('x', () => { console.log('y'); r() }))", "xy\n"),
    "and after an encoding": ("await new Promise<void>(r => process.stdout.write('78', 'hex', () => r()))", "x"),
}


@pytest.mark.parametrize("case", BYTES)
def test_bytes_are_the_characters_they_are(kernel, case):
    code, text = BYTES[case]
    cell = kernel.run(code)
    assert (cell.status, cell.text()) == ("ok", text)


def test_half_a_character_is_not_the_next_cells(kernel):
    assert kernel.run("process.stdout.write(Buffer.from([0xe2, 0x82]))").text() == "\ufffd"
    assert kernel.run("process.stdout.write(Buffer.from([0x61]))").text() == "a"


@pytest.mark.parametrize("wrong", ["5", "null", "undefined", "{}"])
def test_what_is_no_text_is_an_error(kernel, wrong):
    cell = kernel.run(f"process.stdout.write({wrong} as any)")
    assert cell.reply["content"]["ename"] == "TypeError" and "string or bytes" in cell.error


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_of_all_systems(kernel, folder, end):
    assert kernel.run(end.join(["%%bash", "echo hi", "echo ho"])).text() == "hi\nho\n"
    kernel.run(end.join(["%%writefile out.txt", "one", "two"]))
    assert (folder / "out.txt").read_bytes() == b"one\ntwo\n"
    assert kernel.run(end.join(["%time 1 + 1", "", "'last'"])).result == "'last'"
    assert kernel.run(end.join(["const text = `a", "b`", "text"])).result == "'a\\nb'"
    for code in (["const x = 1", "", "throw new Error('here')"], ["const y: number = 1", "const z: string = y"]):
        content = kernel.run(end.join(code)).reply["content"]
        assert content["status"] == "error" and "\r" not in "".join(content["traceback"])


WARNINGS = {
    "process.emitWarning('careful')": "Warning: careful\n",
    "process.emitWarning('careful', 'OwnWarning', 'X1')": "[X1] OwnWarning: careful\n",
    "import { EventEmitter } from 'node:events'\nconst e = new EventEmitter(); for (let i = 0; i < 11; i++) e.on('x', () => {})": "MaxListenersExceededWarning",
    "new (globalThis as any).Buffer(5)": "[DEP0005] DeprecationWarning",
}


@pytest.mark.parametrize("code", WARNINGS)
def test_warnings_are_told_in_their_cell(kernel, code):
    msg_id = kernel.start(f"{code}; await new Promise(r => setTimeout(r, 50))")
    assert WARNINGS[code] in kernel.finish(msg_id).text("stderr")


def test_of_experiments_nothing_is_told(kernel):
    cell = kernel.run("process.emitWarning('new', 'ExperimentalWarning'); await new Promise(r => setTimeout(r, 50))")
    assert (cell.status, cell.text("stderr")) == ("ok", "")


TABLES = {
    "null": None,
    "5": None,
    "'s'": None,
    "undefined": None,
    "new Map([['a', 1], ['b', 2]])": [["(iteration index)", "Key", "Values"], ["0", "a", "1"], ["1", "b", "2"]],
    "new Map([['a', 1]]).entries()": [["(iteration index)", "Key", "Values"], ["0", "a", "1"]],
    "new Map([['a', 1]]).keys()": [["(iteration index)", "Values"], ["0", "a"]],
    "new Set([7, 'x'])": [["(iteration index)", "Values"], ["0", "7"], ["1", "x"]],
    "new Int32Array([7, 8])": [["(index)", "Values"], ["0", "7"], ["1", "8"]],
    "[1, { a: 2 }, null]": [["(index)", "a", "Values"], ["0", "", "1"], ["1", "2", ""], ["2", "", "null"]],
    "{ a: 1 }": [["(index)", "Values"], ["a", "1"]],
    "{ x: { a: 1 }, y: { b: 2 } }": [["(index)", "a", "b"], ["x", "1", ""], ["y", "", "2"]],
    "[{ a: 1, b: 2 }], ['b']": [["(index)", "b"], ["0", "2"]],
    "[[1, 2], [3, 4]]": [["(index)", "0", "1"], ["0", "1", "2"], ["1", "3", "4"]],
    "[]": [["(index)"]],
}


def rows(html):
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    return [row for row in cells if row]


@pytest.mark.parametrize("data", TABLES)
def test_console_table_has_the_rows_that_node_has(kernel, data):
    cell = kernel.run(f"console.table(...([{data}] as unknown as [any]))")
    assert cell.status == "ok", cell.error
    shown = [rows(c["data"]["text/html"]) for c in cell.all("display_data")]
    if TABLES[data] is None:
        assert not shown and re.sub(ANSI, "", cell.text()) == f"{data.strip(chr(39))}\n"
    else:
        assert shown == [TABLES[data]]


def test_console_table_of_what_is_no_list_of_columns(kernel):
    assert "must be an array" in kernel.run("console.table([1], 'a' as any)").error


COLOURED = ["console.log([1])", "throw new Error('red')", "const n: string = 5", "notThere", "%typecheck warn\nconst w: string = 5"]


@pytest.mark.parametrize(
    ("env", "colours"),
    [({"NO_COLOR": "1"}, False), ({"NO_COLOR": "", "FORCE_COLOR": "0"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True), ({}, True)],
)
def test_colours_by_the_environment(tmp_path, env, colours):
    client = Client(tmp_path, {"D2L_TS_HISTORY": str(tmp_path / "h"), **env})
    try:
        for code in COLOURED:
            cell = client.run(code)
            said = cell.text() + cell.text("stderr") + "".join(cell.reply["content"].get("traceback", []))
            assert said and ("\x1b[" in said) == colours, code
    finally:
        client.stop()


def test_colours_of_the_readers_own_are_left_alone(kernel):
    assert kernel.run("process.stdout.write('\\x1b[31mred\\x1b[39m\\n')").text() == "\x1b[31mred\x1b[39m\n"


def test_colours_may_be_turned_off_in_a_notebook(fresh):
    fresh.run("%env NO_COLOR=1")
    for code in COLOURED:
        cell = fresh.run(code)
        said = cell.text() + cell.text("stderr") + "".join(cell.reply["content"].get("traceback", []))
        assert said and "\x1b[" not in said, code


def test_printing_goes_on_after_a_stop(kernel):
    msg_id = kernel.begin("import { stat } from 'node:fs/promises'\nfor (;;) { await stat('.'); console.log('x') }")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).error.startswith("KeyboardInterrupt")
    assert kernel.run("console.log('y'); process.stdout.write('z')").text() == "y\nz"


def test_what_a_process_has_written_comes_before_the_end_of_its_cell(kernel):
    code = "require('node:child_process').spawnSync('sh', ['-c', 'for i in $(seq 20000); do echo $i; done'], { stdio: 'inherit' }).status"
    cell = kernel.run(code)
    assert cell.text() == "".join(f"{i}\n" for i in range(1, 20001))


def test_a_descriptor_waits_for_its_reader(fresh):
    cell = fresh.run("import * as fs from 'node:fs'\nfor (let i = 0; i < 20000; i++) fs.writeSync(1, 'line ' + i + '\\n')")
    assert cell.error == "" and cell.text().endswith("line 19999\n")


def test_a_group_ends_with_its_cell(kernel):
    kernel.run("console.group('g'); console.group('h'); JSON.parse('{')")
    assert kernel.run("console.log('x')").text() == "x\n"
    assert kernel.run("new console.Console(process.stdout).log('own')").text() == "own\n"


def test_an_error_named_like_the_end_of_a_cell_is_shown(kernel):
    cell = kernel.run("setTimeout(() => { throw Object.assign(new Error('mine'), { name: 'KeyboardInterrupt' }) }, 1); await new Promise(r => setTimeout(r, 50))")
    assert "mine" in cell.text("stderr")


def test_the_compiler_goes_where_a_cell_goes(kernel, folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "here.ts").write_text("export const here = 'sub'\n")
    kernel.run("process.chdir('sub')")
    cell = kernel.run("import { here } from './here'\nhere")
    assert (cell.error, cell.result) == ("", "'sub'")
    assert kernel.run("%%bash\npwd").text().strip().endswith("/sub")
    kernel.run("process.chdir('..')")
