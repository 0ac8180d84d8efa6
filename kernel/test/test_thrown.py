"""Whatever a cell throws, shows or returns: one reply, one idle, an error in the cell or a value, and life goes on."""

import pytest

FAULTY_GETTERS = ["message", "stack", "cause", "name", "code", "constructor"]
THROWN = {
    "a proxy whose traps throw": "new Proxy(new Error('p'), { get() { throw new Error('trap') } })",
    "a proxy whose every trap throws": (
        "new Proxy({}, new Proxy({}, { get() { return () => { throw new Error('trap') } } }))"
    ),
    "a revoked proxy": "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()",
    "a custom inspect that throws": "{ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('i') } }",
    "a name that is a number": "Object.assign(new Error('m'), { name: 5 })",
    "a message that is an object": "Object.assign(new Error('m'), { message: { a: 1 } })",
    "a stack that is a list": "Object.assign(new Error('m'), { stack: [1, 2] })",
    "an error of another realm": "require('node:vm').runInNewContext('new TypeError(\"other\")')",
    "an error without a prototype": "Object.setPrototypeOf(new Error('bare'), null)",
    "a symbol": "Symbol('s')",
    "a big integer": "10n",
    "undefined": "undefined",
    "null": "null",
    "an object without a prototype": "Object.create(null)",
    "a long string": "'x'.repeat(1e6)",
    "a long message": "new Error('y'.repeat(1e6))",
    "a deep object": "(() => { let o: any = {}; for (let i = 0; i < 20_000; i++) o = { o }; return o })()",
    "a function": "() => 1",
    "an aggregate of many": "new AggregateError(Array.from({ length: 50_000 }, (_, i) => new Error('e' + i)))",
    "an aggregate of one that is a proxy": (
        "new AggregateError([new Proxy(new Error('p'), { get() { throw 1 } }), undefined])"
    ),
    "a chain of causes": (
        "(() => { let e = new Error('0'); for (let i = 0; i < 20_000; i++) e = new Error('c', { cause: e }); return e })()"
    ),
    "a cause that is itself": "(() => { const e: any = new Error('m'); e.cause = e; return e })()",
    **{
        f"a getter {name} that throws": f"Object.defineProperty(new Error('m'), '{name}', {{ get() {{ throw new Error('g') }} }})"
        for name in FAULTY_GETTERS
    },
}
PLACES = {
    "the cell": "throw bad()",
    "after an await": "await null; throw bad()",
    "a promise": "await Promise.reject(bad())",
    "a display method": "({ [Symbol.for('Jupyter.display')]() { throw bad() } })",
    "a promise of a display method": "display({ [Symbol.for('Jupyter.display')]: async () => { throw bad() } })",
    "a toJSON": "json({ toJSON() { throw bad() } })",
    "a getter of a bundle": "display({ get 'text/plain'() { throw bad() } }, { raw: true })",
}
LATE = {
    "a timer": "setTimeout(() => { throw bad() }, 1); await new Promise(r => setTimeout(r, 50))",
    "a forgotten promise": "void Promise.reject(bad()); await new Promise(r => setTimeout(r, 50))",
    "an emitter": "setImmediate(() => process.emit('SIGUSR1' as any)); process.once('SIGUSR1', () => { throw bad() }); await new Promise(r => setTimeout(r, 50))",
}
# Where only what is shown is at stake: the value itself, and inside of others.
SHOWN = {
    "a value": "bad()",
    "displayed": "display(bad())",
    "printed": "console.log(bad())",
    "in a list": "[bad()]",
    "as JSON": "json({ bad: bad() })",
    "as text": "display({ 'text/html': bad() }, { raw: true })",
    "as a table": "table([{ a: bad() }])",
    "as metadata": "display(1, { metadata: { bad: bad() } })",
    "as an id": "display(1, { displayId: bad() as any })",
    "as a prompt": "await input(bad() as any)",
    "in a comm": "comms.open('t', { bad: bad() } as any)",
}


def pairs(places):
    """A third of all pairs, in which each place and each value comes."""
    return [(p, t) for i, p in enumerate(places) for j, t in enumerate(THROWN) if (i + j) % 3 == 0]


@pytest.fixture(scope="module")
def typeless(kernel):
    kernel.run("%typecheck off\nconst kept = 41")
    return kernel


def check(kernel, code, timeout=30):
    """What holds for every cell there is."""
    cell = kernel.run(code, timeout=timeout, allow_stdin=False)
    content = cell.reply["content"]
    errors = cell.all("error")
    assert content["status"] in ("ok", "error")
    assert len(errors) == (content["status"] == "error")
    for error in [*errors, *([content] if errors else [])]:
        assert isinstance(error["ename"], str) and error["ename"]
        assert isinstance(error["evalue"], str) and len(error["evalue"]) < 20_000
        assert all(isinstance(line, str) for line in error["traceback"])
        assert sum(map(len, error["traceback"])) < 200_000
    after = kernel.run("[1 + 1, kept]")
    assert after.result == "[ 2, 41 ]", f"after {code}: {after.error}"
    return cell


@pytest.mark.parametrize(("place", "thrown"), pairs(PLACES))
def test_whatever_is_thrown_is_the_cells_error(typeless, place, thrown):
    assert check(typeless, f"const bad = (): any => ({THROWN[thrown]});\n{PLACES[place]}").status == "error"


@pytest.mark.parametrize(("place", "thrown"), pairs(LATE))
def test_whatever_is_thrown_late_is_told(typeless, place, thrown):
    cell = check(typeless, f"const bad = (): any => ({THROWN[thrown]});\n{LATE[place]}")
    assert cell.status == "ok"
    assert cell.text("stderr").strip() or typeless.late("stream")


@pytest.mark.parametrize(("place", "shown"), pairs(SHOWN))
def test_whatever_is_shown_is_shown_or_the_cells_error(typeless, place, shown):
    check(typeless, f"const bad = (): any => ({THROWN[shown]});\n{SHOWN[place]}")


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("throw Object.assign(new Error('m'), { name: 5 })", "Error", "m"),
        ("throw require('node:vm').runInNewContext('new TypeError(\"other\")')", "TypeError", "other"),
        ("throw require('node:vm').runInNewContext('null.x')", "SyntaxError", None),
        ("throw Object.defineProperty(new RangeError('m'), 'message', { get() { throw 1 } })", "RangeError", ""),
        ("throw 'text'", "Thrown", "text"),
        ("throw new DOMException('gone', 'AbortError')", "AbortError", "gone"),
    ],
)
def test_what_an_error_is_called(typeless, code, name, value):
    content = check(typeless, code).reply["content"]
    if name != "SyntaxError":
        assert (content["ename"], content["evalue"]) == (name, value)


def test_a_stack_function_that_throws(fresh):
    cell = fresh.run("Error.prepareStackTrace = () => { throw new Error('pst') }\nthrow new TypeError('u')")
    assert (cell.reply["content"]["ename"], cell.reply["content"]["evalue"]) == ("TypeError", "u")
    assert fresh.run("setTimeout(() => { throw new Error('late') }, 1); await new Promise(r => setTimeout(r, 50)); 1").result == "1"
    assert fresh.run("Error.prepareStackTrace = () => [1] as any\nthrow new Error('v')").reply["content"]["evalue"] == "v"


def test_the_cause_and_its_members_are_counted(typeless):
    error = check(typeless, "throw new AggregateError(Array.from({ length: 50_000 }, (_, i) => new Error('e' + i)))").error
    assert "one of them: Error: e0" in error and "and 49995 more" in error


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("display({ 'application/json': { n: 10n } })", "BigInt"),
        ("json({ n: 10n })", "BigInt"),
        ("const c: any = {}; c.c = c; json(c)", "circular"),
        ("display('x', { displayId: 5n as any })", "displayId must be a string, got 5n"),
        ("display('x', { displayId: 5 as any })", "displayId must be a string, got 5"),
        ("await input(5n as any)", "the prompt must be a string, got 5n"),
        ("let deep: any = []; for (let i = 0; i < 20_000; i++) deep = [deep]; json(deep)", ""),
        ("let deep: any = []; for (let i = 0; i < 2_000; i++) deep = [deep]; json(deep)", "nested more than 500 levels"),
        ("json({ toJSON() { throw new Error('x') } })", "x"),
        ("json(() => 1)", "cannot be written as JSON"),
        ("display({ 'text/html': 5 })", "text/html must be a string, got 5"),
        ("display({ 'image/png': { a: 1 } })", "image/png must be a string"),
        ("display(5, { raw: true })", "takes a bundle of MIME types, got 5"),
        ("display(1, { metadata: 5 as any })", "metadata that is an object, got 5"),
        ("comms.open('t', { n: 10n })", "BigInt"),
        ("comms.open(5 as any)", "its target must be a string"),
        ("comms.open('t', {}, { buffers: ['x' as any] })", "buffers must be bytes"),
    ],
)
def test_what_is_no_json_is_an_error_of_the_cell(kernel, code, words):
    kernel.run("%typecheck off\nvar kept = 41")
    cell = check(kernel, code) if "input" not in code else kernel.run(code)
    assert cell.status == "error" and words in cell.error


def test_json_is_what_json_makes_of_it(typeless):
    cell = check(typeless, "json({ f: () => 1, u: undefined, d: new Date(0), n: NaN, s: Symbol(), a: [() => 1], m: new Map([[1, 2]]) })")
    data = cell.all("execute_result")[0]["data"]["application/json"]
    assert data == {"d": "1970-01-01T00:00:00.000Z", "n": None, "a": [None], "m": {}}


def test_text_may_be_a_list_of_lines_and_bytes_are_base64(typeless):
    cell = check(typeless, "display({ 'text/plain': ['a\\n', 'b'], 'image/png': new Uint8Array([1, 2, 3]), 'text/html': undefined })")
    assert cell.all("display_data")[0]["data"] == {"text/plain": "a\nb", "image/png": "AQID"}


def test_a_text_beyond_all_bounds_costs_itself(typeless):
    cell = typeless.run("display({ 'text/plain': '\\u0001'.repeat(2 ** 27) }); 1", timeout=120)
    assert (cell.status, cell.result) == ("ok", "1")
    assert "could not be sent" in cell.text("stderr")
    assert typeless.run("kept").result == "41"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("new Proxy({}, { get: (_t, k) => () => 'any ' + String(k) })", "{}"),
        ("new Proxy({ a: 1 }, { get() { throw 1 } })", "{ a: 1 }"),
        ("(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()", "<Revoked Proxy>"),
        ("({ [Symbol.for('Jupyter.display')]: () => 'str', a: 1 })", None),
        ("({ [Symbol.for('Jupyter.display')]: () => [1], a: 1 })", None),
        ("({ get [Symbol.for('Jupyter.display')]() { throw 1 }, a: 1 })", None),
        ("new Proxy([1, 2], {})", "[ 1, 2 ]"),
    ],
)
def test_odd_values_are_shown_plainly(typeless, code, result):
    for show in ("({})", "display({})"):
        cell = check(typeless, show.format(code).replace("({})", f"({code})"))
        [shown] = [c["data"] for c in cell.all("execute_result") + cell.all("display_data")]
        assert list(shown) == ["text/plain"]
        assert shown["text/plain"] == result if result else "a: 1" in shown["text/plain"]


def test_a_proxy_of_what_has_a_display_is_displayed(typeless):
    cell = check(typeless, "new Proxy({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>' }) }, {})")
    assert cell.all("execute_result")[0]["data"]["text/html"] == "<b>"
