"""Which declaration a name in a kept type means: a type parameter's, a cell's, a module's or the language's own."""

import pytest
from test_types import package, run_all

ABC = "('abc').length"


@pytest.mark.parametrize("name", ["K", "T"])
@pytest.mark.parametrize(
    ("declared", "used", "expected"),
    [
        ("const o = { m<K extends string>(k: K): K { return k } }", f"o.m{ABC}", "3"),
        ("const a = <K extends string>(k: K): K => k", f"a{ABC}", "3"),
        ("const c: { <K extends string>(k: K): K } = k => k", f"c{ABC}", "3"),
        ("interface I { m<K extends string>(k: K): K }\nconst i: I = { m: k => k }", f"i.m{ABC}", "3"),
        ("const q: { m?<K extends string>(k: K): K } = { m: k => k }", f"q.m!{ABC}", "3"),
        ("const g = { *m<K extends string>(k: K) { yield k } }", "[...g.m('abc')][0]!.length", "3"),
        ("const s = { async m<K extends string>(k: K) { return k } }", "(await s.m('abc')).length", "3"),
        ("class C<K> { constructor(public k: K) {} }", "new C('abc').k.length", "3"),
        ("class M { m<K extends string>(k: K): K { return k } }", f"new M().m{ABC}", "3"),
        ("abstract class B { abstract m<K>(k: K): K }\nclass D extends B { m<L>(k: L): L { return k } }", f"new D().m{ABC}", "3"),
        ("type A<K> = { k: K }", "const x: A<string> = { k: 'abc' }\nx.k.length", "3"),
        ("function f<K = string>(k: K): K[] { return [k] }", "f('abc')[0]!.length", "3"),
        ("type E<X> = X extends (infer K)[] ? K : never", "const x: E<string[]> = 'abc'\nx.length", "3"),
        ("type P = { [K in 'x' | 'y']: K }", "const p: P = { x: 'x', y: 'y' }\np.y", "'y'"),
        ("namespace N { export type K = string; export interface W { k: K } }", "const w: N.W = { k: 'abc' }\nw.k.length", "3"),
        ("const m = new (class Inner<K> { constructor(public k: K) {} })('abc')", "m.k.length", "3"),
        ("const b = (K: string) => ({ K })", "b('abc').K.length", "3"),
        ("class F { m() { type K = string; const k: K = 'abc'; return k } }", "new F().m().length", "3"),
    ],
)
def test_names_of_a_declarations_own_are_not_the_cells(kernel, name, declared, used, expected):
    declared = declared.replace("K", name)
    used = used.replace(".K", f".{name}")
    run_all(kernel, [(f"type {name} = 5\n{declared}", None), (f"type {name} = 6", None), (used, expected), (f"const five: {name} = 5", "TS2322")])


@pytest.mark.parametrize(
    "cells",
    [
        [("type K = 5\nconst o = (K: K): K => K", None), ("type K = 6", None), ("const five: 5 = o(5)\nfive", "5")],
        [("type K = 5\ntype Q<T> = T extends { a: infer K } ? K : K", None), ("type K = 6", None), ("const q: Q<{ a: 's' }> = 's'\nconst r: Q<1> = 6;\n[q, r]", "[ 's', 6 ]")],
        [("const k = 'a'\nclass A { [k] = 1 }", None), ("const k = 'b'", None), ("new A().a", "1"), ("new A().b", "TS2339")],
        [("const k = 'a' as const\nclass A { static o = { k }; get [k]() { return 1 } }", None), ("const k = 5", None), ("A.o.k.length + new A().a", "2")],
        [("class D { a = 1 }", None), ("class H { d = new D(); static d = new D() }", None), ("class D { b = 2 }", None), ("[H.d.a, new H().d.b]", "[ 1, 2 ]")],
        [("const A = 5\nenum E { A = 1, B = A }", None), ("const A = 'x'", None), ("E.B satisfies 1", "1")],
    ],
)
def test_what_refers_outwards_stays_what_it_was(kernel, cells):
    run_all(kernel, cells)


@pytest.mark.parametrize(
    "cells",
    [
        [("interface Response { mine: string }", None), ("const r = await fetch('data:,x')", None), ("r.status", "200"), ("const m: Response = { mine: 's' }\nm.mine", "'s'"), ("r.mine", "TS2339")],
        [("interface Response { mine: string }", None), ("const get = async () => fetch('data:,x')\nconst all = [await get()]", None), ("[(await get()).status, all[0]!.status]", "[ 200, 200 ]")],
        [("interface Promise<T> { mine: T }", None), ("const p = (async () => 5)()", None), ("(await p) + 1", "6")],
        [("interface MapIterator<T> { mine: T }", None), ("const keys = new Map([[1, 2]]).keys()", None), ("[...keys]", "[ 1 ]")],
        [("const f = (x: Partial<{ a: number }>) => x.a ?? 5", None), ("type Partial<T> = string", None), ("f({})", "5")],
        [("function f(x: Partial<{ a: number }>) { return x.a ?? 5 }", None), ("type Partial<T> = string\nf({})", "5"), ("f({})", "5")],
        [("class C { m(x: Partial<{ a: number }>) { return x.a ?? 5 } }", None), ("type Partial<T> = string", None), ("new C().m({})", "5")],
        [("const make = () => new Map([[1, 2]])\nfunction use(m: Map<number, number>) { return m.get(1)!.toFixed() }", None), ("class Map { only = 1 }", None), ("use(make())", "'2'"), ("make().only", "TS2339"), ("new Map().only", "1")],
        [("class C { map = new Map([[1, 2]]) }", None), ("class Map { only = 1 }", None), ("new C().map.get(1)!.toFixed()", "'2'"), ("new C().map.only", "TS2339")],
        [("class Response { mine = 1 }", None), ("const r = await fetch('data:,x')", None), ("r.status", "200"), ("r.mine", "TS2339")],
        [("const t = setTimeout(() => {}, 1)", None), ("namespace NodeJS { export type T = 1 }", None), ("t.hasRef()", "true"), ("t.mine", "TS2339")],
        [("interface Response { mine: 1 }", None), ("let r = await fetch('data:,x')", None), ("r = await fetch('data:,y')\nr.status", "200"), ("r.status", "200")],
    ],
)
def test_a_name_of_the_language_stays_the_languages(kernel, cells):
    run_all(kernel, cells)


@pytest.mark.parametrize(
    "cells",
    [
        [("const u = 5", None), ("using u = { [Symbol.dispose]() {} }", None), ("u.toFixed()", "'5'")],
        [("class U { a = 1 }\nconst u = new U()", None), ("using u = { [Symbol.dispose]() {}, b: 's' }\nif (!u) throw 1\nconst v = u\nv.b", "'s'"), ("u.a.toFixed() + v.b", "'1s'")],
        [("let u = 5", None), ("await using u = null", None), ("u = 6\nu", "6")],
    ],
)
def test_a_name_of_using_takes_the_place_of_an_earlier_one_until_the_cell_has_ended(kernel, cells):
    run_all(kernel, cells)


@pytest.mark.parametrize("code", ["const { ...a, b } = {}", "const [...a, b] = []", "const a = 1; let { ...a, b } = {}"])
def test_a_text_that_cannot_be_read_is_not_blamed_for_an_earlier_name(kernel, code):
    run_all(kernel, [("const a = 5", None)])
    error = kernel.run(code).error
    assert "TS2462" in error or "rest element" in error.lower(), error
    assert "redeclare" not in error or code.startswith("const a"), error


def test_a_module_that_was_missing_when_it_was_added_to_is_found_when_it_is_there(kernel, folder):
    use = "declare module './added' { interface Late { more: number } }\n1"
    run_all(kernel, [(use, "TS2664")])
    (folder / "added.ts").write_text("export interface Late { a: number }\n")
    run_all(kernel, [(use, "1"), ("import type { Late } from './added'\nconst late: Late = { a: 1, more: 2 }\nlate.more", "2")])


LIB = "interface Options { v: number }\ndeclare function mk(): { o: Options }\nexport { mk }\n"


@pytest.fixture(scope="module")
def lib(folder):
    """A package with a type that it does not export."""
    package(folder, "lib7", LIB)
    (folder / "node_modules" / "lib7" / "index.js").write_text("exports.mk = () => ({ o: { v: 4 } })")


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("const k = mk()", "k"),
        ("const { o: p, ...rest } = mk(), k = { o: p }", "k"),
        ("const list = [1].map(mk), [k] = list", "k!"),
        ("const k = await (async () => mk())()", "k"),
        ("let k = mk()\nvoid (k = mk())", "k"),
        ("function make() { return mk() }", "make()"),
        ("const make = (n: number) => [mk(), n] as const\nconst made = make(1)", "made[0]"),
        ("for (var each of [mk()]) {}", "each"),
        ("class C { k = mk() }\nconst c = new C()", "c.k"),
    ],
)
@pytest.mark.parametrize("first", ["interface Other { mine: string }", "interface Options { mine: string }"])
def test_a_type_that_a_module_keeps_to_itself_is_known(kernel, lib, first, declared, value):
    use = f"{value}.o.v.toFixed()"
    run_all(kernel, [(first, None), (f"import {{ mk }} from 'lib7'\n{declared}", None), (use, "'4'"), (f"{value}.o.zzz", "TS2339")])


def test_it_stays_known_when_what_it_came_from_is_another(kernel, lib):
    made = "import { mk } from 'lib7'\nconst k = mk(), { o } = k"
    run_all(kernel, [(made, None), ("const mk = 5; interface Options { mine: 1 }", None), ("k.o.v + o.v", "8"), ("o.zzz", "TS2339")])


def test_it_is_listed_by_its_name(kernel, lib):
    run_all(kernel, [("import { mk } from 'lib7'\nconst k = mk()\nfunction f() { return k }", None)])
    assert kernel.run("%who").text() == "k  { o: Options; }\nf  (): { o: Options; }\n"


def test_types_of_local_modules_too(kernel, folder):
    (folder / "own.ts").write_text("interface Options { v: number }\nexport const mk = (): Options[] => [{ v: 4 }]\n")
    run_all(kernel, [("interface Options { mine: 1 }", None), ("import { mk } from './own'\nconst k = mk()", None), ("k[0]!.v", "4"), ("k[0]!.zzz", "TS2339")])


@pytest.mark.parametrize(
    "cells",
    [
        [("function mk() { interface Loc { v: number } return { v: 1 } as Loc }\ninterface Loc { z: 2 }\nconst k = mk()", None), ("k.v.toFixed()", "'1'"), ("k.z", "TS2339"), ("const l = mk()", None), ("l.v + mk().v", "2"), ("const m: Loc = { z: 2 }\nm.z", "2")],
        [("interface Loc { z: 2 }", None), ("const k = (() => { interface Loc { v: number } return { v: 1 } as Loc })()\nconst m: Loc = { z: 2 }", None), ("k.v + m.z", "3"), ("k.z", "TS2339")],
        [("interface Response { mine: string }", None), ("const m: Response = { mine: 's' }\nconst r = await fetch('data:,x')", None), ("m.mine + r.status", "'s200'")],
    ],
)
def test_a_type_of_a_functions_own_is_not_the_cells_of_that_name(kernel, cells):
    run_all(kernel, cells)
