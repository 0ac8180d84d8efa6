"""What a TypeScript user expects of cells: values, types, redeclaration, imports, errors at their place."""

import pytest


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("1 + 2", "3"),
        ("'use of a string'", "'use of a string'"),
        ("const x: number = 3\nx * 2", "6"),
        ("({ a: 1 })", "{ a: 1 }"),
        ("await new Promise<number>(r => setTimeout(() => r(7), 5))", "7"),
        ("let total = 0\nfor await (const n of (async function* () { yield 1; yield 2 })()) total += n\ntotal", "3"),
        ("const { p, q: [r = 5, ...s] } = { p: 1, q: [undefined, 2, 3] }; [p, r, s]", "[ 1, 5, [ 2, 3 ] ]"),
        ("enum Colour { Red, Green = 4 }\nColour.Green", "4"),
        ("Colour[0]", "'Red'"),
        ("namespace Geo { export const pi = 3 }\nGeo.pi", "3"),
        ("function first<T>(xs: T[]): T | undefined { return xs[0] }\nfirst(['a'])", "'a'"),
        ("var seen = 0; for (var i = 0; i < 3; i++) { seen = i }\n[i, seen]", "[ 3, 2 ]"),
        ("class First { value = 1 }\nfunction after(c: First) { return c.value }\nafter(new First())", "1"),
        ("class Tight { value = 1 }function beside() { return new Tight().value }; beside()", "1"),
        ("hoisted()\nfunction hoisted() { return 'early' }", None),
        ("hoisted()", "'early'"),
        ("import { basename } from 'node:path'\nimport * as os from 'node:os'\nbasename('/a/b') + typeof os.cpus", "'bfunction'"),
        ("basename('/c/d')", "'d'"),
        ("(await import('node:path')).sep", "'/'"),
        ("require('node:path').sep", "'/'"),
        ("export const shown = 1\nshown", "1"),
        ("const f = (n: number): number => n < 2 ? n : f(n - 1) + f(n - 2)\nf(20)", "6765"),
        ("undefined", None),
        ("enum Last { A }", None),
        ("interface P { x: number }\nconst at: P = { x: 2 }\nat.x satisfies number", "2"),
        ("abstract class Shape { abstract area(): number }\nclass Sq extends Shape { constructor(private s: number) { super() } area() { return this.s ** 2 } }\nnew Sq(3).area()", "9"),
        ("function log(_t: object, key: string, d: PropertyDescriptor) { const f = d.value; d.value = (...a: unknown[]) => [key, f(...a)] }\nclass Deco { @log go(x: number) { return x } }\nnew Deco().go(4)", "[ 'go', 4 ]"),
        ("new Map([[1, { a: [1] }]])", "Map(1) { 1 => { a: [ 1 ] } }"),
        ("[Promise.resolve(3)]", "[ Promise { 3 } ]"),
    ],
)
def test_values(kernel, code, result):
    cell = kernel.run(code)
    assert (cell.error, cell.result) == ("", result)


@pytest.mark.parametrize(
    ("before", "after", "use", "result"),
    [
        ("const v = 1", "const v = 'text'", "v.length", "4"),
        ("let v = 1", "function v() { return 2 }", "v()", "2"),
        ("function v() {}", "class v { n = 3 }", "new v().n", "3"),
        ("class v {}", "enum v { A = 7 }", "v.A", "7"),
        ("import v from 'node:os'", "const v = [1]", "v[0] + 1", "2"),
        ("const v = 1", "import v from 'node:path'", "v.sep", "'/'"),
        ("type v = string; const w: v = 'a'", "type v = number", "const n: v = 3; n", "3"),
    ],
)
def test_a_later_cell_may_declare_a_name_again_as_anything(kernel, before, after, use, result):
    for code in (before, after):
        assert kernel.run(code).error == ""
    cell = kernel.run(use)
    assert (cell.error, cell.result) == ("", result)


def test_a_type_error_stops_the_cell_with_its_line_and_a_squiggle(kernel):
    cell = kernel.run("Object.assign(globalThis, { ran: true })\nconst n: number = 'a'")
    assert cell.status == "error"
    lines = cell.error.split("\n")
    assert lines[0].endswith(":2:7 - error TS2322: Type 'string' is not assignable to type 'number'.")
    assert lines[2:4] == ["2 const n: number = 'a'", "        ~"]
    assert kernel.run("(globalThis as { ran?: boolean }).ran").result is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("const flow: string = typed", "TS2322"),
        ("taker('q')", "TS2345"),
        ("new Kept().missing", "TS2339"),
        ("const t: Tag = 'c'", "TS2322"),
        ("fixed = 2", "TS2588"),
        ("x = ", "TS1109"),
        ("import nope from 'nope-pkg'", "%npm i nope-pkg"),
        ("await import('./nowhere')", "TS2307"),
        ("unknownName", "no cell that has run declares unknownName"),
    ],
)
def test_types_flow_from_cell_to_cell(kernel, code, error):
    setup = "const typed = 5\nfunction taker(n: number) { return n }\nclass Kept { here = 1 }\ntype Tag = 'a' | 'b'\nconst fixed = 1"
    assert kernel.run(setup).error == ""
    cell = kernel.run(code)
    assert cell.status == "error"
    assert error in cell.error


def test_methods_added_to_a_class_are_known_to_later_cells(kernel):
    kernel.run(
        "function addToClass<C extends new (...a: never[]) => object, M>(c: C, m: M & ThisType<InstanceType<C> & M>) "
        "{ Object.assign(c.prototype, m) }\nclass Net { width = 2 }"
    )
    assert kernel.run("addToClass(Net, { forward(x: number) { return x * this.width } })").error == ""
    assert kernel.run("new Net().forward(4).toFixed(1)").result == "'8.0'"
    assert "TS2345" in kernel.run("new Net().forward('a')").error
    assert kernel.run("class Deep extends Net { forward(x: number) { return x } }\nnew Deep().forward(1)").result == "1"


def test_an_exception_shows_the_cells_own_line_and_its_causes(kernel):
    cell = kernel.run(
        "interface Padding { a: string }\n\nfunction inner(): never {\n  throw new RangeError('boom', { cause: new Error('why') })\n}\n\ninner()"
    )
    count = cell.reply["content"]["execution_count"]
    assert cell.error.split("\n")[:3] == [
        "RangeError: boom",
        f"    at inner ([{count}]:4:9)",
        f"    at [{count}]:7:1",
    ]
    assert "4 |   throw new RangeError('boom'" in cell.error
    assert "caused by Error: why" in cell.error
    assert "runner" not in cell.error and "node:internal" not in cell.error


def test_a_thrown_value_that_is_no_error_is_shown(kernel):
    assert kernel.run("throw { code: 3 }").error == "Thrown: { code: 3 }"


def test_local_modules_are_compiled_and_read_again_when_saved(kernel, folder):
    (folder / "inner.ts").write_text("export const base: number = 40\n")
    (folder / "model.ts").write_text(
        "import { base } from './inner.js'\nexport const answer = base + 2\n"
        "export function fail(): never {\n  throw new Error('in module')\n}\n"
    )
    assert kernel.run("import { answer, fail } from './model'\nanswer").result == "42"
    assert "at fail (model.ts:4:9)" in kernel.run("fail()").error
    (folder / "inner.ts").write_text("export const base: string = 'new'\n")
    cell = kernel.run("import { answer } from './model.ts'\nanswer.toUpperCase()")
    assert (cell.error, cell.result) == ("", "'NEW2'")


def test_packages_of_the_folder_esm_commonjs_and_json(kernel, folder):
    for name, manifest, file, text in [
        ("esm-only", '{"name":"esm-only","type":"module","exports":"./index.js"}', "index.js", "export const kind = 'esm'"),
        ("old-style", '{"name":"old-style"}', "index.js", "module.exports = { kind: 'cjs' }"),
    ]:
        package = folder / "node_modules" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text(manifest)
        (package / file).write_text(text)
    (folder / "data.json").write_text('{"rows": 3}')
    code = "import { kind } from 'esm-only'\nimport old from 'old-style'\nimport data from './data.json'\n[kind, old.kind, data.rows]"
    assert kernel.run(code).result == "[ 'esm', 'cjs', 3 ]"


def test_type_checking_can_warn_or_be_off(kernel):
    assert kernel.run("%typecheck warn\nconst warned: string = 5\nwarned").result == "5"
    cell = kernel.run("%typecheck off\nconst unseen: string = 6\nunseen")
    assert (cell.result, cell.text("stderr")) == ("6", "")
    assert kernel.run("%typecheck block\nconst seen: string = 6").status == "error"
    assert "block, warn or off" in kernel.run("%typecheck maybe").error


def test_names_need_not_be_ascii_and_positions_stay_right(kernel):
    cell = kernel.run("const größe = '🙂'; const 数: number = größe")
    assert "const größe = '🙂'; const 数: number = größe\n" + " " * 28 + "~" in cell.error


def test_functions_of_different_cells_may_need_each_other(kernel):
    first = kernel.run("function even(n: number): boolean { return n === 0 || odd(n - 1) }")
    assert first.status == "ok" and "odd is declared by no cell yet" in first.text("stderr")
    second = kernel.run("function odd(n: number): boolean { return n !== 0 && even(n - 1) }\n[even(10), odd(7), even(3)]")
    assert (second.error, second.text("stderr"), second.result) == ("", "", "[ true, true, false ]")
    assert "TS2552" in kernel.run("function slip() { return Mth.sqrt(2) }").error
    assert "TS2304" in kernel.run("(() => 1)(); notYet()").error


FIRST_CELLS = {
    "console.log('x', 1)": "",
    "await new Promise(r => setTimeout(r, 1)); performance.now() > 0": "",
    "console.log(process.pid)": "",
    "Buffer.from('a').toString('hex')": "",
    "const t: string = setTimeout(() => {}, 1)": "TS2322",
    "console.nothing()": "TS2339",
    "const b: Buffer = 1": "TS2322",
    "no_such_name": "TS2304",
}


@pytest.mark.parametrize("code", FIRST_CELLS)
def test_a_first_cell_is_judged_as_any_other(fresh, code):
    """It is checked before Node's types are there, and its declarations are known with all of them."""
    error = fresh.run(code).error
    assert FIRST_CELLS[code] in error if FIRST_CELLS[code] else error == ""
    assert fresh.run(code).error.split("\n")[0] == error.split("\n")[0].replace("[1]", "[2]")


def test_a_first_cells_timer_is_nodes(fresh):
    fresh.run("const timer = setTimeout(() => {}, 1)")
    assert "TS2322" in fresh.run("const text: string = timer.refresh()").error
    assert fresh.run("timer.refresh() === timer").result == "true"


def test_require_finds_what_the_kernel_brings_from_any_folder(kernel):
    assert kernel.run("require('d2l-ts/package.json').name + typeof require('typescript/package.json').version").result == "'d2l-tsstring'"
    assert "package.json" in kernel.run("require.resolve('d2l-ts/package.json')").result
    assert kernel.run("import own from 'd2l-ts/package.json'\nown.name").result == "'d2l-ts'"
    assert kernel.run("typeof require('node:fs').readFileSync").result == "'function'"
    assert "Cannot find module 'no-such-package'" in kernel.run("require('no-such-package')").error
