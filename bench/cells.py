"""What the kernels are asked to run: in Python, and (under "") in TypeScript."""

CELLS = {"python3": "v{i}: int = {i}", "": "const v{i}: number = {i}"}
EXPRESSION = {"python3": "1 + 1", "": "1 + 1 as number"}
MEMBERS = {"python3": ("pts = [{'name': 'x'}]", "pts.ap"), "": ("const pts = [{ name: 'x', age: 3 }]", "pts.ma")}
PRINT = {"python3": "print('hello')", "": "console.log('hello')"}
# What Stop must end, and what must be there after it.
LOOPS = {
    "loop": "while (true) {}",
    "await": "await new Promise(() => {})",
    "callback": "[3, 2, 1].sort(() => { while (true) {} })",
    "steps": "for (;;) await new Promise(r => setTimeout(r, 20))",
}
PYTHON_LOOPS = {
    "loop": "while True: pass",
    "await": "import asyncio; await asyncio.Event().wait()",
    "callback": "def forever(x):\n  while True: pass\nsorted([3, 2, 1], key=forever)",
    "steps": "import asyncio\nwhile True: await asyncio.sleep(0.02)",
}
# Four cells of fifty names each.
NAMES = {
    "python3": ("n{i} = {i}", "def f{i}(x: int) -> int: return x + {i}", "class C{i}: x = {i}", "l{i} = [{{'a': {i}}}]"),
    "": (
        "const n{i} = {i}",
        "function f{i}(x: number): number {{ return x + {i} }}",
        "class C{i} {{ x = {i} }}",
        "const l{i} = [{{ a: {i}, b: 'b' }}]",
    ),
}
ALL_NAMES = ", ".join(f"n{i}, f{i}, C{i}, l{i}" for i in range(50))
# Another text each time: a compiler remembers.
USE_NAMES = {"python3": f"len([{ALL_NAMES}]) + {{i}}", "": f"[{ALL_NAMES}].length + {{i}}"}
PACKAGES = ["zod", "rxjs", "d3"]
FLOOD = {"python3": "for i in range(100000): print(i)", "": "for (let i = 0; i < 100000; i++) console.log(i)"}


def code_for(table, name):
    """A table's text for a kernel."""
    return table.get(name, table[""])
