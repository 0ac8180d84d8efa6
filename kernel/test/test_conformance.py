"""jupyter_kernel_test, every optional sample filled in: what the Jupyter project itself expects of a kernel."""

import jupyter_kernel_test as jkt


class TypeScriptKernel(jkt.KernelTests):
    kernel_name = "d2l-ts"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [
        {"text": "[1,2,3].ma", "matches": {"map"}},
        {"text": "Math.sqr", "matches": {"sqrt"}},
        {"text": "consol", "matches": {"console"}},
        {"text": "process.versio", "matches": {"version", "versions"}},
    ]
    complete_code_samples = [
        "1",
        "const a: number = 1",
        "function f(x: number): number {\n  return x * 2;\n}",
        "interface I { a: string }",
        "for await (const x of xs) x",
    ]
    incomplete_code_samples = [
        "function f(x: number) {",
        "const s = `abc",
        "foo(1,",
        "if (true) {\n  1",
        "[1, 2,",
        "/* a comment",
        "1 +",
    ]
    invalid_code_samples = ["const const = 1", "let 1x = 3", ")", "'open"]
    code_page_something = "Math.sqrt?"
    code_generate_error = 'throw new Error("boom")'
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[1, 2, 3].map(x => x * x)", "result": "[ 1, 4, 9 ]"},
        {"code": '"a" + "b"', "result": "'ab'"},
        {"code": "await Promise.resolve(7)", "result": "7"},
    ]
    code_display_data = [
        {"code": "display(html`<b>x</b>`)", "mime": "text/html"},
        {"code": "display(md`**x**`)", "mime": "text/markdown"},
        {"code": "display(latex`\\\\frac{1}{2}`)", "mime": "text/latex"},
        {"code": "display(svg`<svg xmlns='http://www.w3.org/2000/svg'/>`)", "mime": "image/svg+xml"},
        {"code": "display(json({ a: 1 }))", "mime": "application/json"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.sqrt"
    code_clear_output = "clearOutput()"


class IopubWelcome(jkt.IopubWelcomeTests):
    kernel_name = "d2l-ts"
    support_iopub_welcome = True
