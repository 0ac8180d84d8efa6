"""Executes one notebook on its own kernel: python execute.py NOTEBOOK TARGET.

A cell that fails is shown without our stack; one that warns fails the run too, for a lesson has no warning in it.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError


def warnings(notebook):
    """What cells wrote to stderr, with the first line of each."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                yield f"the cell that begins with\n  {cell.source.splitlines()[0]}\nwarns:\n{output.text}"


def main(source, target):
    notebook = nbformat.read(source, as_version=4)
    # No timing metadata: the same outputs must give the same file.
    client = NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
        # What a cell prints in a row is one output, as JupyterLab keeps it.
        coalesce_streams=True,
        resources={"metadata": {"path": str(source.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError) as error:
        print(error, file=sys.stderr)
        return 1
    except AssertionError:
        # On a signal nbclient ends the kernel twice, and the second time finds none.
        if client.km is not None:
            raise
        return 130
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    found = list(warnings(notebook))
    print("\n".join(found), file=sys.stderr, end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
