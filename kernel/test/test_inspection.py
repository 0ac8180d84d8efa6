"""What Shift+Tab, Tab and %who show: constructors, overloads, types, sources, by short names; nothing of private paths."""

import pytest
from conftest import Client

SETUP = """import * as d2l from 'd2l-ts'
/** A user's own.
 * @example
 * new Own(1)
 */
class Own<T> {
  /** Makes it.
   * @param a the first */
  constructor(public a: T, b?: number) {}
  #hidden = 1
  /** Goes. */
  go(n: number) { return n + this.#hidden }
}
/** A shape. */
interface U { a: number; 'two words': string }
type Alias = { z: U }
enum Hue { Red, Green = 4 }
const api = {
  /** Calls it. */
  call() {},
  inner: {
    /** The n. */
    n: 1,
  },
}
/** Over. */
function over(a: number): string
function over(a: string): number
function over(a: any): any { return a }
const maybe: { deep?: U } = {}
const tensor = d2l.zeros([2, 3])
namespace G { export interface I { a: 1 } }
/** Adds. */
const add = (a: number, b = 2): number => a + b"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    client = Client(tmp_path_factory.mktemp("inspection"))
    assert client.run(SETUP).error == ""
    yield client
    client.stop()


def split(marked):
    return {"code": marked.replace("|", "", 1), "cursor_pos": marked.index("|")}


def inspect(kernel, marked, detail=0):
    content = kernel.ask("shell", "inspect_request", {**split(marked), "detail_level": detail})["content"]
    return content["data"]["text/plain"] if content["found"] else None


def complete(kernel, marked):
    content = kernel.ask("shell", "complete_request", split(marked))["content"]
    code = split(marked)["code"]
    assert content["cursor_end"] == split(marked)["cursor_pos"]
    return [code[: content["cursor_start"]] + match for match in content["matches"]]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("new d2l.LSTM(|", ["class LSTM", "new LSTM(numInputs: number, numHiddens: number): LSTM", "Long short-term memory"]),
        ("new d2l.LSTM(1, |)", ["new LSTM(numInputs: number, numHiddens: number): LSTM"]),
        ("new Own(|", ["new Own<T>(a: T, b?: number): Own<T>", "A user's own.", "Makes it.", "@param — a the first"]),
        ("new Own<string>(|", ["new Own<T>(a: T, b?: number): Own<T>"]),
        ("const Held = class { constructor(public q: number) {} }\nnew Held(|", ["const Held: typeof Held\nnew Held(q: number): Held"]),
        ("new Map(|", ["new Map<K, V>("]),
        ("d2l.rand|n", ["function randn(shape: []): Scalar\nfunction randn(shape: [number]): Tensor1D\n"]),
        ("ove|r", ["function over(a: number): string\nfunction over(a: string): number\n", "Over."]),
        ("ad|d(1)", ["const add: (a: number, b?: number) => number", "Adds."]),
        ("tenso|r", ["const tensor: Tensor2D"]),
        ("U|", ["interface U { a: number; 'two words': string }", "A shape."]),
        ("const u: U|", ["interface U { a: number; 'two words': string }"]),
        ("let x: Partial<Alia|s>", ["type Alias = { z: U }"]),
        ("Hu|e", ["enum Hue { Red, Green = 4 }"]),
        ("PromiseLik|e", ["interface PromiseLike<T>"]),
        ("api.cal|l()", ["(method) call(): void", "Calls it."]),
        ("api.inner.n|", ["(property) n: number", "The n."]),
        ("new Own(1).g|o", ["(method) go(n: number): number", "Goes."]),
    ],
)
def test_hovering_tells_the_signature_and_the_documentation(kernel, code, lines):
    text = inspect(kernel, code)
    assert [line for line in lines if line not in (text or "")] == [], text


@pytest.mark.parametrize("code", ["// hello wor|", "/* Ow|n */ 1", "'Ow|n'", "import os from 'node:o|s'", "`Ow|n`", "nothingLikeIt|"])
def test_comments_and_strings_tell_nothing(kernel, code):
    assert inspect(kernel, code) is None


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("Ow|n", "constructor(public a: T, b?: number) {}"),
        ("new Own(1).g|o", "go(n: number) { return n + this.#hidden }"),
        ("ap|i", "/** Calls it. */\n  call() {},"),
        ("ove|r", "function over(a: any): any { return a }"),
        ("d2l.LST|M", "super(numInputs, numHiddens"),
        ("d2l.zero|s", "return tf.zeros([...shape], dtype)"),
        ("Math.ma|x", "max(...values: number[]): number;"),
        ("class Fresh { x = 1 }\nFres|h", "class Fresh { x = 1 }"),
    ],
)
def test_more_detail_is_the_source(kernel, code, source):
    assert source in inspect(kernel, code, detail=1)


def test_a_functions_source_is_that_of_the_cell_that_ran_last(kernel):
    for body in ("1", "2"):
        kernel.run(f"function again(): number {{ return {body} }}")
    assert "return 2" in inspect(kernel, "agai|n", detail=1)


def test_examples_are_code(kernel):
    content = kernel.ask("shell", "inspect_request", {"code": "Own", "cursor_pos": 3, "detail_level": 0})["content"]
    assert "*@example*\n```typescript\nnew Own(1)\n```" in content["data"]["text/markdown"]


def test_a_question_mark_knows_types_and_members(kernel):
    page = kernel.run("U?").reply["content"]["payload"][0]["data"]["text/plain"]
    assert page.startswith("interface U { a: number; 'two words': string }")
    assert "Goes." in kernel.run("Own.prototype.go?").reply["content"]["payload"][0]["data"]["text/plain"]
    assert "nothing is known of Nowhere" in kernel.run("Nowhere?").error


@pytest.mark.parametrize(
    ("code", "matches"),
    [
        ("maybe.deep!['two|", ["maybe.deep!['two words']"]),
        ("maybe.deep!['two|']", ["maybe.deep!['two words"]),
        ('maybe.deep!["tw|', ['maybe.deep!["two words"]']),
        ("class Z { #private = 1; f() { this.#pr| } }", ["class Z { #private = 1; f() { this.#private"]),
        ("let g: G.|", ["let g: G.I"]),
        ("let k: U['|", ["let k: U['a']", "let k: U['two words']"]),
        ("// ap|", []),
        ("`ap|`", []),
        ("`${ap|}`", ["`${api"]),
        ("let l: PromiseLi|", ["let l: PromiseLike"]),
        ("let l: Alia|", ["let l: Alias"]),
    ],
)
def test_completion(kernel, code, matches):
    assert complete(kernel, code) == matches


def test_members_of_a_value_without_a_type_are_those_it_has(kernel):
    kernel.run(
        "let touched = 0\nclass Base { get trap() { touched++; return 1 } method() {} }\n"
        "const dyn: any = Object.assign(new Base(), { only: { deeper: 1 } })\nconst un: unknown = { known: 1 }\n"
        "const proxy: any = new Proxy({ p: 1 }, { ownKeys() { touched++; return [] }, get() { touched++ } })"
    )
    assert complete(kernel, "dyn.on|") == ["dyn.only"]
    assert complete(kernel, "dyn?.only!.d|") == ["dyn?.only!.deeper"]
    assert complete(kernel, "dyn.|") == ["dyn.constructor", "dyn.method", "dyn.only", "dyn.trap"]
    assert complete(kernel, "(un as any).kn|") == []
    assert complete(kernel, "dyn.trap.to|") + complete(kernel, "proxy.|") == []
    assert kernel.run("touched").result == "0"
    msg_id = kernel.begin("await new Promise(() => {})")
    assert complete(kernel, "dyn.on|") == []
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id)


def test_the_librarys_classes_come_first(kernel):
    found = [match.removeprefix("d2l.") for match in complete(kernel, "d2l.|")]
    assert found[:2] == ["Adam", "AttentionDecoder"]
    assert found.index("Trainer") < found.index("zeros")
    kernel.run("const parts = { _inner: 1, outer: 2 }")
    assert complete(kernel, "parts.|") == ["parts.outer", "parts._inner"]


def test_no_private_path_is_shown(kernel, tmp_path):
    """Types that have no name in the cell, of the library, of a package and of a local module."""
    folder = tmp_path / "nb"
    folder.mkdir()
    (folder / "util.ts").write_text("export class Thing { n = 1; private p = 1 }\nexport const thing = new Thing()\nexport const wrong: Thing = 'x' as never\n")
    client = Client(folder)
    try:
        client.run("const { thing } = await import('./util')\nconst lib = await import('d2l-ts')\nconst t = lib.zeros([2])\nconst url = new (await import('node:url')).URL('http://a')")
        shown = [client.run("%who").text()]
        for code in ("thing|", "lib|", "t|", "url|", "lib.zeros|"):
            shown += [inspect(client, code) or "", inspect(client, code, 1) or ""]
        shown += [client.run(code).error for code in ("thing.nope", "const s: string = thing", "const s: number = t", "import { nope } from './util'", "lib.nope", "class Thing { n = 2 }\nconst x: Thing = thing as Thing; x.q")]
        assert "thing  Thing" in shown[0]
        assert "const t: Tensor1D" in shown[5]
        private = ["/tmp/", "dist/", "import(\"/", str(folder), "node_modules"]
        assert [text[max(0, text.index(part) - 60) :][:120] for text in shown for part in private if part in text] == []
    finally:
        client.stop()
