"""The debugger, spoken to as JupyterLab does: requests on control, events on iopub."""

import os
import time

import pytest
from conftest import Client

LIMIT = 60
FACTORIAL = """function factorial(n: number): number {
  if (n <= 1) return 1;
  const rest: number = factorial(n - 1);
  return n * rest;
}
interface Point {
  x: number;
}
const point: Point = { x: 3 };
const six = factorial(point.x);
console.log('six ' + six);
"""


class Debug:
    """A front end's debugger."""

    def __init__(self, client):
        self.client, self.seq, self.seen = client, 0, []

    def ask(self, command, **arguments):
        """The whole answer to a request."""
        self.seq += 1
        request = {"type": "request", "seq": self.seq, "command": command, "arguments": arguments}
        answer = self.client.ask("control", "debug_request", request)["content"]
        assert answer["type"] == "response" and answer["request_seq"] == self.seq, answer
        return answer

    def __call__(self, command, **arguments):
        """The body of the answer to a request that succeeds."""
        answer = self.ask(command, **arguments)
        assert answer["success"], answer
        return answer["body"]

    def start(self):
        capabilities = self("initialize", clientID="test", linesStartAt1=True, columnsStartAt1=True)
        self("attach")
        self.event("initialized")
        return capabilities

    def breakpoints(self, code, *lines):
        """Sets breakpoints in a cell and gives those that were set."""
        path = self("dumpCell", code=code)["sourcePath"]
        wanted = [line if isinstance(line, dict) else {"line": line} for line in lines]
        return self("setBreakpoints", source={"path": path}, breakpoints=wanted)["breakpoints"]

    def event(self, name):
        """The body of the next event of a kind; those of other kinds are kept."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            for event in self.seen:
                if event["event"] == name:
                    self.seen.remove(event)
                    return event["body"]
            message = self.client.late("debug_event", LIMIT)
            self.seen.append(message["content"])
        raise AssertionError(f"no event {name} came")

    def stopped(self):
        """Why and where it has stopped: the reason and the frames."""
        body = self.event("stopped")
        return body["reason"], self("stackTrace", threadId=body["threadId"])["stackFrames"]

    def go(self, command):
        """Continues or steps, and gives where it stops next."""
        self(command, threadId=1)
        self.event("continued")
        return self.stopped()[1]

    def scopes(self, frame):
        """name of the scope → name → variable."""
        scopes = self("scopes", frameId=frame["id"])["scopes"]
        return {s["name"]: self.children(s["variablesReference"]) for s in scopes}

    def children(self, reference):
        return {v["name"]: v for v in self("variables", variablesReference=reference)["variables"]}


def lines(frames):
    return [(f["name"], f["line"]) for f in frames]


@pytest.fixture
def debug(kernel):
    """A debugger that has started; it lets everything go at the end."""
    debug = Debug(kernel)
    debug.start()
    yield debug
    debug("disconnect")
    kernel.stray.clear()


def test_the_debugger_is_announced(kernel):
    reply = kernel.ask("control", "kernel_info_request", {})["content"]
    assert reply["debugger"] is True and "debugger" in reply["supported_features"]
    info = Debug(kernel)("debugInfo")
    assert info["isStarted"] is False and info["stoppedThreads"] == [] and info["breakpoints"] == []
    assert info["hashMethod"] == "Murmur2"


def test_a_breakpoint_shows_the_stack_and_the_variables_of_the_cell(kernel, debug):
    assert [b["line"] for b in debug.breakpoints(FACTORIAL, 2)] == [2]
    msg_id = kernel.start(FACTORIAL)
    reason, frames = debug.stopped()
    assert reason == "breakpoint"
    assert lines(frames) == [("factorial", 2), ("<cell>", 10)]
    path = debug("dumpCell", code=FACTORIAL)["sourcePath"]
    assert {f["source"]["path"] for f in frames} == {path}
    assert debug("source", source={"path": path})["content"] == FACTORIAL
    scopes = debug.scopes(frames[0])
    assert scopes["Locals"]["n"]["value"] == "3"
    assert scopes["Globals"]["point"]["value"] == "{x: 3}"
    assert debug.children(scopes["Globals"]["point"]["variablesReference"])["x"]["value"] == "3"
    assert "process" not in scopes["Globals"] and not [n for n in scopes["Globals"] if n.startswith("__")]
    assert list(debug.scopes(frames[1])) == ["Globals"]
    assert lines(debug.go("continue")) == [("factorial", 2), ("factorial", 3), ("<cell>", 10)]
    debug.breakpoints(FACTORIAL)
    debug("continue", threadId=1)
    cell = kernel.finish(msg_id)
    assert (cell.status, cell.text()) == ("ok", "six 6\n")
    assert debug("debugInfo")["stoppedThreads"] == []
