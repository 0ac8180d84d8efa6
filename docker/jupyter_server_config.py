"""What JupyterLab, and the server that a JupyterHub starts, do in the container unless told otherwise."""

from pathlib import Path

c = get_config()  # noqa: F821
# A published port reaches the container by its outer address. The token stays: nobody enters without it.
c.ServerApp.ip = "0.0.0.0"
# The port is published by its number, so another one would be of no use.
c.ServerApp.port_retries = 0
c.ServerApp.root_dir = str(Path.home() / "notebooks")
