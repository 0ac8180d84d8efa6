"""Executes one notebook on its own kernel: python execute.py NOTEBOOK TARGET. A failing cell is shown without our stack."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError


def main(source, target):
    notebook = nbformat.read(source, as_version=4)
    # No timing metadata: the same outputs must give the same file.
    client = NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
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
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
