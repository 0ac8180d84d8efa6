"""A cell means what the same text means as a program that shares names with its neighbours."""

import pytest


def run_all(kernel, *cells):
    """Runs cells; the last one, with those before it in order."""
    for code in cells[:-1]:
        assert kernel.run(code).error == ""
    return kernel.run(cells[-1])


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("let a = 1\nlet a = 2", "TS2451"),
        ("break", "TS1105"),
        ("continue", "TS1104"),
        ("class D { constructor() {} constructor() {} }", "TS2392"),
        ("class C { m() { this.#nope } }", "TS2339"),
        ("const [q, q] = [1, 2]", "TS2451"),
        ("const b = 1\nvar b = 2", "TS2451"),
        ("enum En { A }\nconst En = 1", "TS2567"),
        ("super.x", "TS2660"),
        ("{ let i; let i }", "TS2451"),
        ("return 5", "TS1108"),
        ("with ({}) {}", "TS1101"),
        ("const e = <div>x</div>", "this cell has JSX, which is off; %jsx react"),
    ],
)
def test_an_early_error_is_named_by_the_compiler(kernel, code, error):
    assert error in kernel.run(code).error


@pytest.mark.parametrize("code", ["let a = 1\nlet a = 2", "break", "const b = 1\nvar b = 2", "import x from 'node:os'\nlet x = 1", "class C { m() { this.#no } }"])
def test_an_early_error_is_one_without_a_type_check_too(kernel, code):
    cell = kernel.run(f"%typecheck off\n{code}")
    kernel.run("%typecheck block")
    assert cell.reply["content"]["ename"] == "SyntaxError" and "JSX" not in cell.error


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("import type { Dirent } from 'node:fs'\n5", "5"),
        ("export type A1 = 1\n5", "5"),
        ("export interface I1 { a: 1 }\n'x'", "'x'"),
        ("import { type Stats } from 'node:fs'\n6", "6"),
        ("type T1 = 1; 7;;", "7"),
        ("var kept: number = 5\nvar kept: number\nkept", "5"),
        ("for (let i = 0; i < 3; i++) { var acc: number | undefined; acc = (acc || 0) + 1 }\nacc", "3"),
        ("if (Date.now() < 0) var maybe = 'set';\n[maybe!]", "[ undefined ]"),
        ("if (Date.now() < 0) var pick = 'left'\nelse var pick = 'right'\npick", "'right'"),
        ("if (Date.now() > 0) var { one, two: [three] } = { one: 1, two: [3] } as any; else var one: any = 5, three: any = 6\n;[one, three]", "[ 1, 3 ]"),
        ("do var dd = Math.random(); while (dd < 0.5)\ndd >= 0.5", "true"),
        ("label: for (var lab = 4; ; ) { break label }\nlab", "4"),
        ("for (var x1 = 0, n1 = 2; x1 < n1; x1++);\nx1", "2"),
        ("for (var [k1, v1] of Object.entries({ a: 1 }));\n[k1!, v1!]", "[ 'a', 1 ]"),
        ("switch (1 as number) { case 1: var sw = 'one' }\nsw!", "'one'"),
        ("try { throw 1 } catch (e) { var tr = e }\ntr", "1"),
        ("const named = () => 1, { anonymous = class {} } = {} as any\n[named.name, anonymous.name]", "[ 'named', 'anonymous' ]"),
        ("let klass = class { static name = 'own' }\nklass.name", "'own'"),
        ("function self() { self = (() => 5) as any; return 1 }\n[self(), self()]".replace("self =", "(self as any) ="), "[ 1, 5 ]"),
        ("const before = later()\nfunction later() { return 'hoisted' }\nbefore", "'hoisted'"),
        ("#!/usr/bin/env tsx\n1", "1"),
        ("{ a: 1 }", "{ a: 1 }"),
        ("{ a: 1, b: [2] }", "{ a: 1, b: [ 2 ] }"),
        ('{ "a": 1 }', "{ a: 1 }"),
        ("const oo = { p: 1 }; oo", "{ p: 1 }"),
        ("{ ...oo, c: 1 }", "{ p: 1, c: 1 }"),
        ("{ let inner = 2; inner }", None),
        ("{ }", "{}"),
        ("namespace G1 { export const pi = 3 }\nnamespace G1 { export const tau = pi * 2 }\nG1.tau", "6"),
        ("namespace G2 { export let n = 1; export function up() { return ++n } }\n[G2.up(), G2.n]", "[ 2, 2 ]"),
        ("namespace G3.In { export const x = 1; export class K { y = x } }\nnamespace G3.In { export const z = new K().y + 1 }\nG3.In.z", "2"),
        ("namespace G4 { export const { a, b: [c] } = { a: 1, b: [2] }; export const s = { a, c } }\nG4.s", "{ a: 1, c: 2 }"),
        ("function Fn() { return Fn.extra }\nnamespace Fn { export let extra = 4 }\nFn()", "4"),
        ("class Cl { static v = 1 }\nnamespace Cl { export const w = Cl.v + 1 }\nCl.w", "2"),
        ("namespace G5 { export namespace Deep { export const x = 1 }\nexport enum E { A = 3 }\nexport const y = Deep.x + E.A }\n[G5.y, G5.E.A]", "[ 4, 3 ]"),
        ("namespace G6 { const hidden = 1; export const f = (hidden: number) => hidden; export const g = () => hidden }\n[G6.f(5), G6.g()]", "[ 5, 1 ]"),
        ("enum Merged { A = 1 }\nenum Merged { B = 2 }\n[Merged.A, Merged.B]", "[ 1, 2 ]"),
        ("namespace G8 { export const x = 5; export enum E { x = 1, y = x } }\nG8.E.y", "1"),
        ("function G9(x?: any): any { return 'called' }\nlet g9: any = G9\nnamespace G9 { export const y = 2 }\ng9()", "'called'"),
        ("{ a: 1 } // c", "{ a: 1 }"),
        ("/* c */ { a: 1, b: 2 };\n// done", "{ a: 1, b: 2 }"),
        ("{ a: 1 }.a", "1"),
        ("/* c */ { const c1 = 1; c1 } // block", None),
        ("namespace N7 { export const M = 1 }\nimport Q7 = N7.M\nQ7", "1"),
        ("using held = { n: 4, [Symbol.dispose]() { Object.assign(globalThis, { disposed: this.n }) } }\nheld.n", "4"),
        ("(globalThis as any).disposed", "4"),
        ("const order: string[] = []; const closer = (n: string) => ({ async [Symbol.asyncDispose]() { order.push(n) } })", None),
        ("await using u1 = closer('first'), u2 = closer('second')", None),
        ("order", "[ 'second', 'first' ]"),
        ("await Promise.resolve(1) satisfies number", "1"),
        ("const fn = function () { return typeof fn }\nfn()", "'function'"),
        ("(0, eval)('1 + 1')", "2"),
        ("var __d2l: any = 'mine', __d2lRun: any = 'too';\n[__d2l, __d2lRun]", "[ 'mine', 'too' ]"),
    ],
)
def test_values(kernel, code, result):
    cell = kernel.run(code)
    assert (cell.error, cell.result) == ("", result)


def test_what_a_cell_uses_ends_with_it(kernel):
    assert run_all(kernel, "using gone = null\nconst f = () => gone", "f()").error == ""
    assert "TS2304" in kernel.run("gone").error
    assert kernel.run("'gone' in globalThis").result == "false"


def test_a_cells_var_starts_afresh(kernel):
    assert run_all(kernel, "var late: string | undefined\nlate = 'x'", "var late: string | undefined\nlate").result is None
    assert run_all(kernel, "var plain = 5", "plain++\nplain").result == "6"


def test_names_are_dead_until_their_cell_has_come_to_them(kernel):
    kernel.run("const k = 'old'")
    code = "const read = (): string => k\nlet found: string\ntry { found = read() } catch (e) { found = String(e) }\nconst k: string = 'new'\n;[found, read()]"
    assert kernel.run(code).result == "[ \"ReferenceError: Cannot access 'k' before initialization\", 'new' ]"


def test_functions_of_earlier_cells_read_the_old_value_until_then(kernel):
    kernel.run("let data = [1]\nfunction show() { return data.length }")
    assert kernel.run("const n = show()\nlet data = [1, 2, 3]\n;[n, show()]").result == "[ 1, 3 ]"


def test_a_name_that_cannot_be_declared_is_an_error_of_its_cell(fresh):
    fresh.run("Object.defineProperty(globalThis, 'fixed', { value: 1 })")
    assert "cannot declare fixed" in fresh.run("const before = 1, fixed = 2").error
    fresh.run("Object.freeze(globalThis)")
    assert fresh.run("1 + 1").result == "2"
    assert "cannot declare later" in fresh.run("const later = 1").error


def test_v8s_own_syntax_errors_show_the_cells_text(kernel):
    cell = kernel.run("%typecheck off\nconst zz = 1; delete zz")
    kernel.run("%typecheck block")
    assert "__d2l" not in cell.error and "2 | const zz = 1; delete zz" in cell.error


def test_a_declaration_that_was_not_reached_did_not_happen(kernel):
    kernel.run("const was = 'old', also = 1")
    assert kernel.run("JSON.parse('{')\nconst was = 5\nclass also {}").status == "error"
    assert kernel.run("[was, also]").result == "[ 'old', 1 ]"
    assert kernel.run("%typecheck off\nJSON.parse('{')\nconst never = 5\nvar neverVar = 5").status == "error"
    assert kernel.run("'never' in globalThis || 'neverVar' in globalThis").result == "false"
    kernel.run("%typecheck block")


def test_a_constant_stays_one(kernel):
    cell = run_all(kernel, "const fixed = 1", "%typecheck off\nfixed = 2")
    kernel.run("%typecheck block")
    assert cell.reply["content"]["ename"] == "TypeError"
    assert run_all(kernel, "const fixed = 3", "fixed").result == "3"


@pytest.mark.parametrize(
    ("cells", "result"),
    [
        (["const URL = 'mine'", "[URL, new globalThis.URL('http://a/b').pathname]"], "[ 'mine', '/b' ]"),
        (["const process = { pid: 1 }", "process.pid"], "1"),
        (["const clearTimeout = 3, Set = 1, Error = 'e', Promise = 'p'", "[Set, Error, Promise, clearTimeout]"], "[ 1, 'e', 'p', 3 ]"),
        (["const JSON = 'j', Object = 1, Array = 2, Map = 3, Symbol = 4", "[JSON, Object, Array, Map, Symbol]"], "[ 'j', 1, 2, 3, 4 ]"),
        (["function fetch(this: unknown, x: number) { return [this, x, typeof fetch] }", "fetch(1)"], "[ undefined, 1, 'function' ]"),
        (["let performance = 1\nperformance += 1", "performance++\n;({ performance })"], "{ performance: 3 }"),
        (["import { setTimeout } from 'node:timers/promises'", "await setTimeout(1, 'done')"], "'done'"),
        (["class Event { here = 1 }", "class Sub extends Event {}\nnew Sub().here"], "1"),
        (["const Buffer = 5", "((Buffer: string) => Buffer)('inner') + Buffer"], "'inner5'"),
        (["var escape = () => 'mine'", "let out = []\nout.push(1)\nescape()"], "'mine'"),
        (["enum Intl { A = 2 }", "Intl.A"], "2"),
        (["const console = { log: () => 'quiet' }", "console.log()"], "'quiet'"),
        (["const globalThis_ = globalThis\nconst structuredClone = 1", "[structuredClone, typeof globalThis_.structuredClone]"], "[ 1, 'function' ]"),
    ],
)
def test_a_cell_may_take_a_globals_name_and_nobody_else_notices(fresh, cells, result):
    cell = run_all(fresh, *cells)
    assert (cell.error, cell.result) == ("", result)
    # Node, the library of the kernel, errors, output: all as before.
    for code, after in [("await new globalThis.Promise(r => globalThis.setTimeout(() => r(1), 1))", "1"), ("[1, { a: 1 }]", "[ 1, { a: 1 } ]")]:
        assert (code, fresh.run(code).result) == (code, after)
    assert "TypeError" in fresh.run("(null as any).x").error
    assert fresh.run("globalThis.console.log('said')").text() == "said\n"


@pytest.mark.parametrize(
    "code",
    [
        "Array.prototype[Symbol.iterator] = function () { throw 1 } as any",
        "Object.assign(Array.prototype, { map() { throw 1 }, push() { throw 1 }, join() { throw 1 }, forEach() { throw 1 } })",
        "Promise.prototype.then = function () { throw 1 } as any",
        "Promise.race = Promise.all = Promise.resolve = (() => { throw 1 }) as any",
        "Object.assign(Object.prototype, { toJSON() { throw 1 } })",
        "Object.defineProperty(Object.prototype, 'get', { get() { throw 1 }, configurable: true })",
        "Map.prototype.get = Map.prototype.set = Set.prototype.add = WeakMap.prototype.get = () => { throw 1 }",
        "String.prototype.split = String.prototype.replace = RegExp.prototype.exec = (() => { throw 1 }) as any",
        "JSON.stringify = JSON.parse = (() => { throw 1 }) as any",
        "Symbol.prototype.toString = Error.prototype.toString = (() => { throw 1 }) as any",
        "Object.assign(globalThis, { Map: 1, Set: 1, Promise: 1, Error: 1, JSON: 1, Array: 1, AbortController: 1, performance: 1, setTimeout: 1, clearTimeout: 1, queueMicrotask: 1 })",
        "process.send = process.cwd = (() => { throw 1 }) as any",
        "Object.getPrototypeOf(async function () {}).constructor.prototype.then = 1",
        "Object.setPrototypeOf(Array.prototype, null)",
    ],
)
def test_patched_prototypes_and_globals_do_not_reach_the_kernel(fresh, code):
    fresh.run("const kept = 'kept'")
    cell = fresh.run(f"{code}; kept")
    assert (cell.error, cell.result) == ("", "'kept'")
    assert fresh.run("kept").result == "'kept'"
    assert fresh.run("throw 5").status == "error"
    assert fresh.run("globalThis.console.log('x' + 1)").status == "ok"
    assert fresh.run("kept").result == "'kept'"


@pytest.mark.parametrize("code", ["process.nextTick = (() => { throw 1 }) as any"])
def test_what_breaks_node_itself_ends_with_a_reset(fresh, code):
    fresh.run(code)
    fresh.run("1 + 1")
    fresh.run("%reset")
    assert fresh.run("1 + 1").result == "2"


def test_a_function_can_be_sent_away(kernel):
    assert run_all(kernel, "const vm = require('node:vm')\nfunction fact(n: number): number { return n ? n * fact(n - 1) : 1 }", "vm.runInNewContext('(' + fact + ')(5)')").result == "120"
    code = (
        "import { Worker } from 'node:worker_threads'\n"
        "const lazy = async () => (await import('node:path')).sep\n"
        "const text = `(${lazy})().then((x) => require('node:worker_threads').parentPort.postMessage(x))`\n"
        "await new Promise((done, fail) => new Worker(text, { eval: true }).on('message', done).on('error', fail))"
    )
    assert kernel.run(code).result == "'/'"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("(await eval(\"import('node:os')\")).EOL", "'\\n'"),
        ("(await Function('s', 'return import(s)')('node:path')).sep", "'/'"),
        ("(await (0, eval)(\"import('node:path')\")).sep", "'/'"),
        ("const spec = 'node:path'\n;(await import(spec)).sep", "'/'"),
        ("import.meta.filename!.endsWith('cell.ts') && import.meta.dirname === process.cwd() && import.meta.url.startsWith('file:')", "true"),
        ("import.meta.resolve('node:os')", "'node:os'"),
        ("import.meta.resolve('./not-there.txt').endsWith('/not-there.txt')", "true"),
        ("const { url } = import.meta\nurl === import.meta.url", "true"),
    ],
)
def test_import_and_import_meta(fresh, code, result):
    cell = fresh.run(code)
    assert (cell.error, cell.result) == ("", result)


def package(folder, name, text, file="index.js", **manifest):
    import json

    (folder / "node_modules" / name).mkdir(parents=True, exist_ok=True)
    (folder / "node_modules" / name / "package.json").write_text(json.dumps({"name": name, **manifest}))
    (folder / "node_modules" / name / file).write_text(text)


def test_imports_of_commonjs(kernel, folder):
    package(folder, "made", "const made = module.exports = { default: 7 }\nfor (const k of ['partition', 'sum']) made[k] = () => k\nObject.defineProperty(made, 'lazy', { enumerable: true, get() { globalThis.lazyRead = true; return 1 } })")
    package(folder, "babel", "exports.__esModule = true; exports.default = () => 'the default'; exports.other = 1")
    assert kernel.run("import { partition } from 'made'\npartition()").result == "'partition'"
    assert kernel.run("import * as made from 'made'\n[made.sum(), made.partition(), 'lazyRead' in globalThis]").result == "[ 'sum', 'partition', false ]"
    assert kernel.run("import run, { other } from 'babel'\n[run(), other]").result == "[ 'the default', 1 ]"
    cell = kernel.run("import { nothere } from 'made'\n5")
    assert cell.status == "error" and "'made' does not provide an export named 'nothere'" in cell.error


def test_a_transpiled_default_is_the_same_however_it_is_imported(kernel, folder):
    package(folder, "es", "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = () => 'the default'; exports.other = 1", types="index.d.ts")
    (folder / "node_modules" / "es" / "index.d.ts").write_text("export default function d(): string\nexport const other: number\n")
    (folder / "user.ts").write_text("import d, { other } from 'es'\nexport const used = [d(), other]\n")
    for code in [
        "import d from 'es'\nd()",
        "import * as es from 'es'\nes.default()",
        "const { default: d2, other } = await import('es')\nother && d2()",
        "import { used } from './user'\nused[0]",
    ]:
        cell = kernel.run(code)
        assert (code, cell.error, cell.result) == (code, "", "'the default'")


def test_a_name_that_a_module_does_not_export_is_an_error_at_the_import(kernel, folder):
    (folder / "some.ts").write_text("export const here = 1\n")
    for code in ["import { nothere } from 'node:fs'", "import { nothere } from './some'", "export { nothere } from './some'"]:
        cell = kernel.run(f"%typecheck off\n{code}\n1")
        assert cell.status == "error" and "does not provide an export named 'nothere'" in cell.error
    kernel.run("%typecheck block")


def test_json_of_every_form(kernel, folder):
    (folder / "data.json").write_text('{"default": 5, "rows": 3, "a-b": 4}')
    (folder / "list.json").write_text("\ufeff[1, 2]")
    (folder / "attributes.ts").write_text(
        "import a from './data.json' with { type: 'json' }\nexport { rows as b } from './data.json' with { type: 'json' }\n"
        "import { b as again } from './attributes'\nconst c = await import('./data.json', { with: { type: 'json' } })\n"
        "export const attributed = [a.rows, again, c.rows]\n"
    )
    (folder / "cfg.ts").write_text("import cfg, { rows } from './data.json'\nimport * as all from './data.json'\nexport { rows, cfg }\nexport const same = all.rows === rows\n")
    for code, result in [
        ("import { rows } from './data.json'\nrows", "3"),
        ("import * as d from './data.json'\nd.rows", "3"),
        ("import data from './data.json'\n[data.rows, data['a-b']]", "[ 3, 4 ]"),
        ("import { 'a-b' as ab } from './data.json'\nab", "4"),
        ("import list from './list.json'\nlist[1]", "2"),
        ("import { rows, cfg, same } from './cfg'\n[rows, cfg.rows, same]", "[ 3, 3, true ]"),
        ("(await import('./data.json')).rows", "3"),
        ("import imported from './data.json' with { type: 'json' }\nimported.rows", "3"),
        ("import { attributed } from './attributes'\nattributed", "[ 3, 3, 3 ]"),
    ]:
        cell = kernel.run(code)
        assert (code, cell.error, cell.result) == (code, "", result)
    (folder / "data.json").write_text('{"rows": "many"}')
    assert kernel.run("import { rows } from './data.json'\nrows.toUpperCase()").result == "'MANY'"
    (folder / "bad.json").write_text("{")
    assert "bad.json" in kernel.run("import bad from './bad.json'").error


def test_imports_stay_bound_to_their_module(kernel, folder):
    (folder / "counter.ts").write_text("export let count = 0\nexport function inc() { count++ }\n")
    assert kernel.run("import { count, inc } from './counter'\ninc()\ncount").result == "1"
    assert kernel.run("inc()\ncount").result == "2"
    assert kernel.run("const count = 'free'\ncount").result == "'free'"
    (folder / "side.ts").write_text("Object.assign(globalThis, { loaded: ((globalThis as any).loaded ?? 0) + 1 })\nexport const s = 1\n")
    assert kernel.run("export * from './side'\n;(globalThis as any).loaded").result == "1"
    assert kernel.run("export { s as t } from './side'\n1").result == "1"


def test_import_meta_of_modules_is_where_the_file_lies(kernel, folder):
    (folder / "lib").mkdir(exist_ok=True)
    (folder / "lib" / "other.ts").write_text("export const o = 1\n")
    (folder / "lib" / "where.ts").write_text(
        'export const words = "see import.meta.url for more"\nconst { url } = import.meta\nexport const name = "./other"\n'
        "export const all = [url === import.meta.url, import.meta.dirname, import.meta.filename, import.meta.resolve('./other')]\n"
        "export const dynamic = async () => (await import(`${name}`)).o\n"
    )
    cell = kernel.run("import { words, all, dynamic } from './lib/where'\n[words, ...all, await dynamic()].join()")
    here = folder.resolve() / "lib"
    assert (cell.error, cell.result) == ("", f"'see import.meta.url for more,true,{here},{here}/where.ts,file://{here}/other.ts,1'")


def test_local_javascript_is_read_again_when_saved(kernel, folder):
    def save(name, text):
        (folder / name).write_text(text)

    save("esm.js", "import { d } from './deep.mjs'\nexport const v = d + 1\n")
    save("deep.mjs", "export const d = 1\n")
    save("old.cjs", "const { e } = require('./inner.cjs')\nmodule.exports = { w: e + 1 }\n")
    save("inner.cjs", "exports.e = 10\n")
    code = "import { v } from './esm.js'\nimport { w } from './old.cjs'\n;[v, w]"
    assert kernel.run(code).result == "[ 2, 11 ]"
    assert kernel.run(code).result == "[ 2, 11 ]"
    save("deep.mjs", "export const d = 5\n")
    save("inner.cjs", "exports.e = 50\n")
    assert kernel.run(code).result == "[ 6, 51 ]"
    assert kernel.run(code).result == "[ 6, 51 ]"
    save("old.cjs", "module.exports = { w: 'whole' }\n")
    assert kernel.run(code).result == "[ 6, 'whole' ]"
    save("m.cjs", "exports.x = 1\n")
    save("behind.ts", "import { x as y } from './m.cjs'\nexport { x as z } from './m.cjs'\nexport const x: number = y\n")
    assert kernel.run("import { x, z } from './behind'\n;[x, z]").result == "[ 1, 1 ]"
    save("m.cjs", "exports.x = 2\n")
    assert kernel.run("import { x, z } from './behind'\n;[x, z]").result == "[ 2, 2 ]"


def test_namespaces_of_local_modules_are_whole_too(kernel, folder):
    (folder / "spaces.ts").write_text("export namespace S { export let n = 1 }\nexport namespace S { export const up = () => ++n }\n")
    assert kernel.run("import { S } from './spaces'\n;[S.up(), S.n]").result == "[ 2, 2 ]"


def test_a_module_that_is_missing_is_named_with_who_imports_it(kernel, folder):
    (folder / "top.ts").write_text("import { x } from './later'\nexport const y = x\n")
    assert "cannot find module './later' from top.ts" in kernel.run("%typecheck off\nimport { y } from './top'").error
    (folder / "later.ts").write_text("export const x = 5\n")
    assert kernel.run("import { y } from './top'\ny").result == "5"
    kernel.run("%typecheck block")
    assert "install it with %npm i nopkg" in kernel.run("require('nopkg')").error
