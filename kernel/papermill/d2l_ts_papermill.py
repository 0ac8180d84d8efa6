"""Parameters of papermill (`papermill in.ipynb out.ipynb -p alpha 0.5`) as a TypeScript cell.

papermill has entry points for engines and none for translators: what is named there is its own engine, and loading this
module tells papermill of the language.
"""

import json
import re

from papermill.engines import NBClientEngine as Engine
from papermill.models import Parameter
from papermill.translators import papermill_translators

__all__ = ["Engine", "TypeScript"]

DECLARATION = re.compile(
    r"^(?:export\s+)?(?:let|const|var)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?)\s*)?"
    r"=\s*(?P<default>.*?);?\s*(?://\s*(?P<help>.*))?$",
    re.MULTILINE,
)
# JavaScript's numbers are exact up to here.
SAFE = 2**53 - 1


def literal(value):
    """A value of JSON or YAML as TypeScript; an integer that a number cannot hold is a bigint."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(str(key))}: {literal(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE:
        return f"{value}n"
    return json.dumps(value, default=str)


class TypeScript:
    """What papermill asks a language for."""

    @staticmethod
    def codify(parameters, comment="Parameters"):
        # `let`: a parameter `let n = 3` is any number to the cells below, `const n = 3` only a 3.
        return "".join([f"// {comment}\n", *(f"let {name} = {literal(value)}\n" for name, value in parameters.items())])

    @staticmethod
    def inspect(parameters_cell):
        """The declarations of the cell tagged `parameters`, for `papermill --help-notebook`."""
        return [
            Parameter(found["name"], found["type"] or "None", found["default"], found["help"] or "")
            for found in DECLARATION.finditer(parameters_cell["source"])
        ]


papermill_translators.register("typescript", TypeScript)
