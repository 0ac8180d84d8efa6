"""Disks that are full or read-only, where the kernel and the library write."""

import hashlib
import http.server
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager

from notebook import Notebook

KINDS = ("full", "read-only")
#: A cell that does not fit into what is left of a file's last block: half of its line in the history gets onto the disk.
LONG = f"'meanwhile' // {'long ' * 4000}"
SWEEP = 6  # seconds after its start a kernel has looked for what others left in the folder for temporary files


class Disk:
    """A small file system of its own. It needs the right to mount; the matrix runs where nobody else sees it."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=True)

    @contextmanager
    def spoilt(self, kind, *_paths):
        if kind == "full":
            with (self.folder / "filler").open("wb", buffering=0) as file:
                try:
                    while file.write(bytes(4096)):
                        pass
                except OSError:
                    pass
            yield
            (self.folder / "filler").unlink()
        else:
            self.remount("ro")
            yield
            self.remount("rw")

    def remount(self, mode):
        subprocess.run(["mount", "-o", f"remount,{mode}", self.folder], check=True)

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


class StandIn:
    """Where nothing can be mounted: what is going to be written leads to /dev/full, or below a file in place of a folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    @contextmanager
    def spoilt(self, kind, *paths):
        places = paths if kind == "full" else [self.folder]
        for place in places:
            if place.exists():
                place.rename(f"{place}.aside")
            place.symlink_to("/dev/full" if kind == "full" else "/dev/null")
        yield
        for place in places:
            place.unlink(missing_ok=True)
            aside = place.with_name(f"{place.name}.aside")
            if aside.exists():
                aside.rename(place)

    def close(self):
        pass


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def history(folder, disk, kind):
    """A history that cannot be written for a while has all cells in the end."""
    file = disk.folder / "history.jsonl"
    env = {"D2L_TS_HISTORY": str(file)}
    notebook = Notebook(folder, env)
    notebook.run("'before'")
    with disk.spoilt(kind, file):
        assert notebook.run(LONG).result == "'meanwhile'"
        assert "history is kept in memory until" in notebook.said()
    notebook.run("'after'")
    notebook.close()
    later = Notebook(folder, env)
    inputs = later.history()
    later.close()
    assert inputs == ["'before'", LONG, "'after'"], [text[:20] for text in inputs]
    return "said in the log; written when it could be"


def checkpoint(folder, disk, kind):
    """The model that was saved before stays as it was."""
    notebook = Notebook(folder)
    path = disk.folder / "model.safetensors"
    notebook.run(f"import * as d2l from 'd2l-ts'\nconst model = new d2l.Linear(40, 30)\nmodel.save('{path}')")
    before = listing(disk.folder)
    with disk.spoilt(kind, part(notebook, path)):
        error = notebook.run(f"model.save('{path}')").error
        assert f"could not write {path}" in error and "untouched" in error, error
    assert listing(disk.folder) == before != {}
    cell = notebook.run(f"new d2l.Linear(40, 30).load('{path}')\nmodel.save('{path}')\n'well'")
    assert cell.result == "'well'", cell.error
    notebook.close()
    return "a sentence in the cell; the old file intact, saved again later"


def download(folder, disk, kind):
    """What was there before a download stays, and no half file bears its name."""
    notebook, body = Notebook(folder), bytes(range(256)) * 4096
    old = disk.folder / "data.bin"
    old.write_bytes(b"old")
    with web_server(body) as url:
        get = f"d2l.download('{url}/data.bin', '{disk.folder}', '{hashlib.sha1(body).hexdigest()}')"
        with disk.spoilt(kind, part(notebook, old)):
            error = notebook.run(f"import * as d2l from 'd2l-ts'\n{get}").error
            assert "could not" in error, error
        assert listing(disk.folder) == {"data.bin": b"old"}
        assert notebook.run(get).status == "ok"
    assert listing(disk.folder) == {"data.bin": body}
    notebook.close()
    return "a sentence in the cell; the old file intact, fetched later"


def temporary(folder, disk, kind):
    """The folder for temporary files: cells run without their check for as long as it has no room."""
    notebook = Notebook(folder, {"TMPDIR": str(disk.folder)})
    notebook.run("let kept: number = 41")
    with disk.spoilt(kind):
        cell = notebook.run(f"kept += 1\nkept // {LONG}")
        assert cell.result == "42" and "without a type check" in cell.text("stderr"), cell.error
    assert "TS2322" in notebook.run("kept = 'text'").error
    notebook.close()
    return "cells run and say that they are not checked; checked again later"


def home(folder, disk, kind):
    """A home without room for anything."""
    with disk.spoilt(kind, disk.folder / ".local"):
        notebook = Notebook(folder, {"HOME": str(disk.folder), "XDG_DATA_HOME": "", "D2L_TS_HISTORY": f"{disk.folder}/.local/h"})
        assert notebook.run("1 + 1").result == "2"
        assert "history is kept in memory" in notebook.said()
        notebook.close()
    return "the kernel starts and works; the log says that history is not kept"


def tidied_up(folder, wait=SWEEP):
    """Somebody empties the folder for temporary files, as systems do with what is some days old."""
    temporary = folder / "tmp"
    temporary.mkdir()
    notebook = Notebook(folder, {"TMPDIR": str(temporary)})
    notebook.run("let kept: number = 41")
    shutil.rmtree(temporary)
    assert "TS2322" in notebook.run("kept = 'text'").error
    assert notebook.run("kept + 1").result == "42"
    time.sleep(wait)
    assert notebook.run("kept").result == "41"
    notebook.close()
    return "laid out again; cells are checked, the variables are there"


def full_log(folder):
    """The server's log is on a full disk."""
    (folder / "kernel.log").symlink_to("/dev/full")
    notebook = Notebook(folder)
    for _ in range(3):
        notebook.kc.shell_channel.send(notebook.kc.session.msg("unknown_request", {}))  # something to log
    assert notebook.run("1 + 1").result == "2"
    notebook.close()
    return "the kernel goes on without a log"


def part(notebook, path):
    """What a file is called while it is written."""
    return path.with_name(f"{path.name}.{notebook.part('runner')}.part")


@contextmanager
def web_server(body):
    """A web server whose every file is this one."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                pass  # the reader had no room for it

        def log_message(self, *_):
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{web.server_port}"
    finally:
        web.shutdown()
        web.server_close()
