"""What the compiler believes of a name is what the name holds: after errors, Stop, narrowing, a type declared anew, saved files."""

import time

import pytest
from conftest import Client


def outcome(cell):
    """What a cell came to in one word: its value, or the code of its first problem."""
    if not cell.error:
        return cell.result
    first = cell.error.split("\n")[0]
    return first.split("error ")[1].split(":")[0] if "error TS" in first else first


def run_all(kernel, cells):
    """Cells one after the other, each with what it should come to."""
    kernel.run("%reset")
    for code, expected in cells:
        assert (code, outcome(kernel.run(code))) == (code, expected)


FAILS = "SyntaxError: Expected property name or '}' in JSON at position 1"


@pytest.mark.parametrize(
    "cells",
    [
        [("const kind = 'old'", None), ("JSON.parse('{')\nconst kind = 5", FAILS), ("kind.length", "3"), ("kind.toFixed()", "TS2551")],
        [("JSON.parse('{'); const nothing = 's'", FAILS), ("nothing", "TS2304")],
        [("class First { a = 1 }\nthrow 1\nclass Second {}", "Thrown: 1"), ("new First().a", "1"), ("Second", "TS2304")],
        [("let reached = 's'\nthrow 1\nfunction early() { return 1 }", "Thrown: 1"), ("early() + reached.length", "2")],
        [("throw 1\ninterface Kept { a: number }", "Thrown: 1"), ("const k: Kept = { a: 1 }\nk.a", "1")],
        [("class Net { a = 1 }", None), ("throw 1; class Net { b = 2 }", "Thrown: 1"), ("new Net().a", "1")],
    ],
)
def test_a_name_whose_declaration_was_not_reached_is_what_it_was(kernel, cells):
    run_all(kernel, cells)


def test_members_that_a_cell_did_not_come_to_add_are_not_known(kernel):
    setup = "import * as d2l from 'd2l-ts'\nclass Net {}\nclass Deep extends d2l.Module {}"
    run_all(
        kernel,
        [
            (setup, None),
            ("throw 1; d2l.addToClass(Net, { never() {} })", "Thrown: 1"),
            ("new Net().never()", "TS2339"),
            ("d2l.addToClass(Net, { done() { return 1 } }); throw 1", "Thrown: 1"),
            ("new Net().done()", "1"),
            ("d2l.addToClass(d2l.Module, { extra() { return 2 } }); throw 1", "Thrown: 1"),
            ("new Deep().extra()", "2"),
        ],
    )


@pytest.mark.parametrize("wait", ["while (true) {}", "await new Promise(() => {})"])
def test_after_stop_too(kernel, wait):
    run_all(kernel, [("const kind = 'old'", None)])
    msg_id = kernel.begin(f"const reached = 's'\n{wait}\nconst kind = 5")
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    assert "KeyboardInterrupt" in kernel.finish(msg_id).error
    assert outcome(kernel.run("kind.length + reached.length")) == "4"


def test_a_queued_cell_knows_the_names_of_the_one_before(kernel):
    run_all(kernel, [("const a = 1; const b = 's'", None)])
    first = "const a = 's'; await new Promise(r => setTimeout(r, 200)); const b = [1, 2]"
    ids = [kernel.start(code) for code in (first, "[a.length, b.length, b[0]!.toFixed()]")]
    assert [kernel.finish(i).result for i in ids] == [None, "[ 1, 2, '1' ]"]


def test_completion_knows_the_names_of_a_cell_that_runs(kernel):
    run_all(kernel, [("1", "1")])
    msg_id = kernel.begin("const trainer = { epochs: 3 }\nawait new Promise(() => {})")
    reply = kernel.ask("shell", "complete_request", {"code": "trainer.ep", "cursor_pos": 10})["content"]
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id)
    assert reply["matches"] == ["epochs"]


@pytest.mark.parametrize(
    "cells",
    [
        [("const K = class { v = 3 }", None), ("new K().v", "3"), ("const k = new K()\nk.v.toFixed()", "'3'"), ("k.w", "TS2339")],
        [("const N = class Inner<T> { constructor(public w: T) {} }", None), ("const n = new N('a')", None), ("n.w.length", "1")],
        [("let L = class { v = 1 }", None), ("L = class { v = 2 }\nnew L().v", "2")],
        [("const mark = Symbol()\nconst o = { [mark]: 1 }", None), ("o[mark].toFixed()", "'1'"), ("const u: unique symbol = mark", "TS2322")],
        [("const mixed = <B extends new (...a: any[]) => object>(b: B) => class extends b { extra = 1 }", None), ("new (mixed(class { own = 's' }))().extra.toFixed()", "'1'")],
        [("const h = (() => { class Local<T> { shut(x: T) { return x } } return new Local<number>() })()", None), ("h.shut(2)", "2"), ("h.shut('a')", "TS2345")],
        [("const r = (() => { interface Row { a: number; next?: Row } return { a: 1 } as Row })()", None), ("r.a.toFixed()", "'1'"), ("r.next?.next?.a.length", "TS2339")],
        [("const make = () => { interface Row { a: number } return { a: 1 } as Row }\nlet row = make()", None), ("row = make()\nrow.a", "1"), ("row.a.length", "TS2339")],
    ],
)
def test_classes_and_types_without_a_name_of_their_own_are_known(kernel, cells):
    run_all(kernel, cells)


@pytest.mark.parametrize(
    "cells",
    [
        [("const v: unknown = 'abc'\nif (typeof v !== 'string') throw 1", None), ("v.length", "3")],
        [("const f = [1].find(x => x > 0)\nif (f === undefined) throw 1", None), ("f + 1", "2"), ("(() => f + 1)()", "2")],
        [("const u: unknown = 5", None), ("if (typeof u !== 'number') throw 1", None), ("u.toFixed()", "'5'")],
        [("import assert from 'node:assert'\nconst a = [1].find(x => x > 0)\nassert(a)", None), ("a.toFixed()", "'1'")],
        [("function must(x: unknown): asserts x { if (!x) throw 1 }", None), ("const m = [1].at(0)\nmust(m)", None), ("m.toFixed()", "'1'")],
        [("const e: { k: 'a'; x: 1 } | { k: 'b' } = { k: 'a', x: 1 } as any\nswitch (e.k) { case 'b': throw 1 }", None), ("e.x", "1")],
        [("const w: unknown = 'abc'\nif (typeof w !== 'number') throw 1", "Thrown: 1"), ("w.toFixed()", "TS18046")],
        [("const y: unknown = 'abc'\nif (typeof y === 'string') { y.length }", None), ("y.length", "TS18046")],
    ],
)
def test_what_a_condition_makes_of_a_constant_holds_in_later_cells(kernel, cells):
    run_all(kernel, cells)


ADD = "Object.assign(Array.prototype, { lastOne(this: unknown[]) { return this.at(-1) } })"


@pytest.mark.parametrize(
    "cells",
    [
        [(f"declare global {{ interface Array<T> {{ lastOne(): T | undefined }} }}\nvoid {ADD}", None), ("[1].lastOne()", "1"), ("[1].lastOne().x", "TS2532")],
        [("declare global { interface Array<T> { lastOne(): T } }", None), ("declare global { interface Array<T> { lastOne(): string } }", None), ("[1].lastOne().trim() satisfies string", "TypeError: [1].lastOne is not a function")],
        [("declare global { var shared: number }", None), ("shared satisfies number", "ReferenceError: shared is not defined")],
        [("declare module 'node:os' { interface CpuInfo { extra: number } }", None), ("import os from 'node:os'\nos.cpus().map(c => c.extra satisfies number).length > 0", "true")],
        [("declare global { interface Array<T> { gone(): T } }", None), ("%reset", None), ("[1].gone()", "TS2339")],
        [("const global = 1\nglobal", "1"), ("global", "1"), ("global.toFixed()", "'1'")],
    ],
)
def test_what_a_cell_adds_to_the_language_or_a_module_stays(kernel, cells):
    run_all(kernel, cells)


@pytest.mark.parametrize(
    "cells",
    [
        [("class P { x = 1 }\nconst p = new P()\nconst l = [p]", None), ("class P { y = 2 }", None), ("p.x + l[0]!.x", "2"), ("p.y", "TS2339"), ("new P().y", "2"), ("const q = p", None), ("class P { z = 3 }", None), ("q.x + p.x", "2")],
        [("interface I { x: number }\nconst i: I = { x: 1 }\nfunction f(a: I) { return a.x }", None), ("interface I { y: string }", None), ("i.x + f(i)", "2"), ("i.y", "TS2339")],
        [("type T = { x: number }\nlet t: T = { x: 1 }", None), ("type T = string", None), ("t.x", "1"), ("const s: T = 'a'\ns", "'a'")],
        [("class A { a = 1 }\nclass B extends A { b = 2 }\nconst b = new B()", None), ("class A { c = 1 }", None), ("b.a + new B().a", "2"), ("b.c", "TS2339")],
        [("class N { x = 1 }\ntype Opts = { n: N }\nconst o: Opts = { n: new N() }", None), ("class N { y = 2 }", None), ("o.n.x", "1"), ("const o2: Opts = { n: new N() }\no2.n.y", "2")],
        [("class M { x = 1 }\nfunction make() { return new M() }\nconst how = { make: () => new M(), m: new M() }", None), ("class M { y = 2 }", None), ("[make().y, how.make().y, how.m.x]", "[ 2, 2, 1 ]")],
        [("class S { private n = 1; get() { return this.n } }\nlet s = new S()", None), ("class S { private n = 1; get() { return this.n } }\ns = new S()\ns.get()", "1"), ("s.get()", "1")],
        [("class L { private n = 1 }\nlet l = new L()", None), ("class L { private n = 1; more = 2 }", None), ("l = new L()\nl.more", "2"), ("l.more", "2"), ("(() => l.more)()", "2")],
        [("class L { x = 1 }\nlet l = new L()\nconst old = l", None), ("class L { y = 2 }\nl = new L()\nl.y", "2"), ("l.y", "2"), ("l = old as never", "L { x: 1 }")],
        [("class L { x = 1 }\nlet l = new L()\nconst old = l", None), ("class L { y = 2 }", None), ("l = old\nl.x", "1"), ("l.x", "1")],
        [("class L { x = 1 }\nlet l: L | undefined = new L()", None), ("class L { y = 2 }", None), ("throw 1; l = new L()", "Thrown: 1"), ("l!.x", "1")],
        [("class W { private n = 1 }\nfunction train(w: W) { return typeof w }", None), ("class W { private n = 1; more = 2 }", None), ("train(new W())", "'object'")],
        [("const m = new Map([[1, 2]])", None), ("class Map { only = 1 }", None), ("m.get(1)", "2"), ("new Map().only", "1")],
        [("class C { x = 1 }", None), ("interface C { y: number }", None), ("new C().x", "1")],
        [("type V = string", None), ("const V = 5", None), ("const n: V = 'a'\nn.length + V", "6")],
        [("const mark = Symbol()\nconst marked = { [mark]: 1 }", None), ("const mark = Symbol()", None), ("marked[mark]", "TS7053")],
        [("enum Co { R, G }\nconst co = Co.G as Co\nfunction called(c: Co) { return Co[c] }", None), ("enum Co { R, G, B }\nco === Co.G", "true"), ("[co === Co.G, called(Co.B)]", "[ true, 'B' ]")],
        [("enum E { Red = 1 }\nconst e = E.Red as E", None), ("enum E { Blue = 7 }", None), ("const again: E = e", "TS2322"), ("E.Blue", "7")],
    ],
)
def test_a_type_declared_anew_leaves_the_values_of_the_old_one_as_they_are(kernel, cells):
    run_all(kernel, cells)


def test_a_cell_that_declares_a_type_anew_sees_the_old_ones_values_as_they_are(kernel):
    run_all(kernel, [("class P { x = 1 }\nconst p = new P()", None), ("class P { y = 2 }\n[p.x, new P().y]", "[ 1, 2 ]")])
    error = kernel.run("class P { z = 3 }\np.z").error
    assert "TS2339" in error
    assert "P$1 is the P that this value was made with; a cell has declared P anew since" in error


@pytest.mark.parametrize(
    "cells",
    [
        [("interface Opt { a: number }\ninterface Opt { b: number }", None), ("const x: Opt = { a: 1, b: 2 }\nx.a + x.b", "3"), ("const y: Opt = { a: 1 }", "TS2741")],
        [("namespace A.B { export const c = 1 }", None), ("A.B.c satisfies 1", "1")],
        [("namespace N { export namespace M { export const z = 4 } }\nimport Q = N.M", None), ("const z: 4 = Q.z\nz", "4")],
    ],
)
def test_parts_of_one_name_in_one_cell_are_one_declaration(kernel, cells):
    run_all(kernel, cells)


def package(folder, name, types):
    root = folder / "node_modules" / name
    root.mkdir(parents=True)
    (root / "package.json").write_text(f'{{"name":"{name}","types":"index.d.ts","main":"index.js"}}')
    (root / "index.d.ts").write_text(types)
    (root / "index.js").write_text("exports.n = 4")


def test_what_was_missing_once_is_found_when_it_is_there(kernel, folder):
    use = "import { b } from './later'\nb"
    assert outcome(kernel.run(use)) == "TS2307"
    kernel.run("%%writefile later.ts\nexport const b = 5")
    assert outcome(kernel.run(use)) == "5"
    (folder / "later.ts").unlink()
    assert outcome(kernel.run(use)) == "TS2307"
    (folder / "later.ts").write_text("export const b = 'made anew'\n")
    assert outcome(kernel.run(f"{use}.length")) == "9"
    assert outcome(kernel.run("import './effect'")) == "TS2882"
    (folder / "effect.ts").write_text("export {}\n")
    assert kernel.run("import './effect'").error == ""
    assert outcome(kernel.run("(await import('./lazy')).q")) == "TS2307"
    (folder / "lazy.ts").write_text("export const q = 1\n")
    assert outcome(kernel.run("(await import('./lazy')).q.toFixed()")) == "'1'"


def test_a_package_installed_in_a_terminal_is_found(kernel, folder):
    use = "import pkg from 'came-later'\npkg.n.toFixed()"
    assert outcome(kernel.run(use)) == "TS2307"
    package(folder, "came-later", "declare const pkg: { n: number }\nexport default pkg\n")
    assert outcome(kernel.run(use)) == "'4'"


def test_data_is_read_again_when_saved(kernel, folder):
    use = "import data from './rows.json'\ndata.rows"
    assert outcome(kernel.run(use)) == "TS2307"
    (folder / "rows.json").write_text('{"rows": 3}')
    assert outcome(kernel.run(f"{use}.toFixed()")) == "'3'"
    (folder / "rows.json").write_text('{"rows": "three"}')
    assert outcome(kernel.run(f"{use}.length")) == "5"


def test_a_module_that_a_module_lacks_is_found_when_it_is_there(kernel, folder):
    (folder / "outer.ts").write_text("import { deep } from './deep'\nexport const outer = deep\n")
    assert "deep" in kernel.run("import { outer } from './outer'\nouter").error
    (folder / "deep.ts").write_text("export const deep = 3\n")
    assert outcome(kernel.run("import { outer } from './outer'\nouter.length")) == "TS2339"


def test_modules_outside_of_the_folder_are_read_again_when_saved(tmp_path):
    (tmp_path / "nb").mkdir()
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "util.ts").write_text("export const area = (n: number): number => n * n\n")
    kernel = Client(tmp_path / "nb")
    try:
        use = "import { area } from '../shared/util'\narea(2)"
        assert outcome(kernel.run(f"{use}.toFixed(1)")) == "'4.0'"
        (shared / "util.ts").write_text("import { word } from './word'\nexport const area = (n: number): string => word + n\n")
        (shared / "word.ts").write_text("export const word = 'a'\n")
        assert outcome(kernel.run(f"{use}.toUpperCase()")) == "'A2'"
        (shared / "word.ts").write_text("export const word = 1\n")
        assert outcome(kernel.run(use)) == "3"
    finally:
        kernel.stop()
