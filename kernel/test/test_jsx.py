"""JSX in cells: off until a package is named that makes the elements."""

import json

import pytest

RUNTIME = """
function jsx(type, props) {
  if (typeof type === 'function') return type(props);
  const children = [props.children ?? []].flat(Infinity).join('');
  return `<${type}${props.class ? ` class="${props.class}"` : ''}>${children}</${type}>`;
}
exports.jsx = jsx;
exports.jsxs = jsx;
exports.Fragment = ({ children }) => [children].flat(Infinity).join('');
"""
TYPES = """
export namespace JSX {
  type Element = string;
  interface ElementChildrenAttribute { children: unknown }
  interface IntrinsicElements { b: { class?: string; children?: unknown }; p: { children?: unknown } }
}
export declare function jsx(type: unknown, props: unknown): JSX.Element;
export { jsx as jsxs };
export declare function Fragment(props: { children?: unknown }): JSX.Element;
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the kernel runs: a folder that has a small package like preact."""
    folder = tmp_path_factory.mktemp("jsx")
    package = folder / "node_modules" / "tiny"
    package.mkdir(parents=True)
    entry = {"types": "./runtime.d.ts", "default": "./runtime.js"}
    (package / "package.json").write_text(json.dumps({"name": "tiny", "exports": {"./jsx-runtime": entry}}))
    (package / "runtime.js").write_text(RUNTIME)
    (package / "runtime.d.ts").write_text(TYPES)
    return folder


def test_off_it_is_an_error_that_says_how_to_turn_it_on(kernel):
    kernel.run("%jsx off")
    assert "%jsx react" in kernel.run("<b>no</b>").error
    assert kernel.run("const a = <number>1; a").result == "1"


def test_on_elements_are_made_and_their_types_checked(kernel):
    assert kernel.run("%jsx tiny\n%jsx").text() == "JSX: tiny\n"
    kernel.run("const Name = ({ of }: { of: string }) => <b class='n'>{of}</b>")
    assert kernel.run("<p>hello <Name of='you' />{[1, 2].map(n => <b>{n}</b>)}</p>").result == (
        "'<p>hello <b class=\"n\">you</b><b>1</b><b>2</b></p>'"
    )
    assert "TS2322" in kernel.run("<Name of={1} />").error
    assert kernel.run("<><b>x</b></>").result == "'<b>x</b>'"


def test_names_of_earlier_cells_stay_when_it_is_turned_on_and_off(kernel):
    kernel.run("%jsx off\nconst kept: number = 2")
    kernel.run("%jsx tiny")
    assert kernel.run("<b>{kept}</b>").result == "'<b>2</b>'"
    kernel.run("%jsx off")
    assert kernel.run("<number>kept").result == "2"


def test_a_name_that_is_no_package_is_refused(kernel):
    assert 'takes the name of a package or off, got "a b"' in kernel.run("%jsx a b").error


def test_a_console_knows_when_it_is_complete(kernel):
    def status(code):
        return kernel.ask("shell", "is_complete_request", {"code": code})["content"]["status"]

    assert [status("<b>x</b>"), status("const f = () => {")] == ["complete", "incomplete"]


def test_a_package_that_comes_later_is_found(kernel, folder):
    kernel.run("%jsx later")
    assert "TS2875" in kernel.run("<b>x</b>").error
    (folder / "node_modules" / "tiny").rename(folder / "node_modules" / "later")
    try:
        assert kernel.run("<b>x</b>").result == "'<b>x</b>'"
    finally:
        (folder / "node_modules" / "later").rename(folder / "node_modules" / "tiny")
