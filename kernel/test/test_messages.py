"""The protocol seen from outside: order, fields, counts, and what happens to bad input."""

import time

import pytest
import zmq


def kinds(cell):
    return [
        m["content"]["execution_state"] if m["msg_type"] == "status" else m["msg_type"] for m in cell.messages
    ]


def test_order_of_a_cell_with_output_and_value(kernel):
    cell = kernel.run("console.log('a'); display('b'); console.error('c'); 5")
    assert kinds(cell) == ["busy", "execute_input", "stream", "display_data", "stream", "execute_result", "idle"]
    assert [m["parent_header"]["msg_id"] for m in cell.messages] == [cell.reply["parent_header"]["msg_id"]] * 7


def test_error_is_published_once_with_the_fields_of_the_reply(kernel):
    cell = kernel.run("throw new TypeError('no')")
    assert kinds(cell) == ["busy", "execute_input", "error", "idle"]
    reply = cell.reply["content"]
    assert cell.all("error") == [{k: reply[k] for k in ("ename", "evalue", "traceback")}]
    assert (reply["ename"], reply["evalue"]) == ("TypeError", "no")


def test_counts_and_silence(kernel):
    first = kernel.run("1").reply["content"]["execution_count"]
    silent = kernel.run("console.log('still'); 2", silent=True)
    assert kinds(silent) == ["busy", "stream", "idle"]
    unstored = kernel.run("3", store_history=False)
    assert unstored.reply["content"]["execution_count"] == first
    assert kernel.run("4").reply["content"]["execution_count"] == first + 1


def test_kernel_info_and_kernelspec_agree(kernel):
    info = kernel.ask("control", "kernel_info_request", {})["content"]
    assert info["status"] == "ok"
    assert info["protocol_version"] == kernel.manager.kernel_spec.to_dict().get("kernel_protocol_version", "5.5")
    assert info["language_info"]["name"] == "typescript"
    assert info["language_info"]["file_extension"] == ".ts"


def test_user_expressions(kernel):
    cell = kernel.run("const ue = 20", user_expressions={"ok": "ue + 1", "bad": "nope()"})
    found = cell.reply["content"]["user_expressions"]
    assert found["ok"]["data"]["text/plain"] == "21"
    assert found["bad"]["status"] == "error"


def test_cells_behind_a_failed_one_are_aborted(kernel):
    ids = [kernel.start(code) for code in ("throw new Error('stop')", "1", "2")]
    cells = [kernel.finish(i) for i in ids]
    assert [c.status for c in cells] == ["error", "aborted", "aborted"]
    assert kernel.run("3").status == "ok"


def test_a_cell_sent_after_the_error_was_seen_runs(kernel):
    """One that came before is aborted; this one follows at once, many times, as a client that goes on does."""
    for _ in range(100):
        kernel.run("throw 1")
        assert kernel.run("1").status == "ok"


def test_cells_behind_a_failed_one_run_when_asked_to(kernel):
    ids = [kernel.start(code, stop_on_error=False) for code in ("throw new Error('go on')", "'ran'")]
    assert [kernel.finish(i).status for i in ids] == ["error", "ok"]


def test_other_requests_are_answered_while_a_cell_runs(kernel):
    running = kernel.start("const end = Date.now() + 1500; while (Date.now() < end); 'busy done'")
    time.sleep(0.3)
    begin = time.monotonic()
    reply = kernel.ask("shell", "complete_request", {"code": "Math.sq", "cursor_pos": 7})["content"]
    assert reply["matches"] == ["sqrt"]
    assert kernel.ask("control", "kernel_info_request", {})["content"]["status"] == "ok"
    assert kernel.kc.is_alive()
    assert time.monotonic() - begin < 1.2, "answered only after the cell"
    assert kernel.finish(running).result == "'busy done'"


def test_completion_knows_kinds_and_counts_code_points(kernel):
    kernel.run("const zebra = { stripes: 3, run() {} }")
    code = "'🙂'; zebra.st"
    reply = kernel.ask("shell", "complete_request", {"code": code, "cursor_pos": len(code)})["content"]
    assert (reply["matches"], reply["cursor_start"], reply["cursor_end"]) == (["stripes"], len(code) - 2, len(code))
    assert reply["metadata"]["_jupyter_types_experimental"][0]["type"] == "property"
    reply = kernel.ask("shell", "complete_request", {"code": "zeb", "cursor_pos": 3})["content"]
    assert "zebra" in reply["matches"]


def test_inspection_has_signature_and_documentation(kernel):
    kernel.run("/** Doubles a number. */\nfunction twice(n: number): number { return 2 * n }")
    reply = kernel.ask("shell", "inspect_request", {"code": "twice(3)", "cursor_pos": 2, "detail_level": 0})["content"]
    assert reply["found"]
    assert "twice(n: number): number" in reply["data"]["text/markdown"]
    arguments = kernel.ask("shell", "inspect_request", {"code": "Math.max(1, ", "cursor_pos": 12})["content"]
    assert "max(...values: number[]): number" in arguments["data"]["text/plain"]
    nothing = kernel.ask("shell", "inspect_request", {"code": "   ", "cursor_pos": 1})["content"]
    assert (nothing["found"], nothing["data"]) == (False, {})


def test_input_is_asked_for_and_refused(kernel):
    msg_id = kernel.start("const named = await input('Name: ', { password: true }); named")
    request = kernel.kc.get_stdin_msg(timeout=20)
    assert request["content"] == {"prompt": "Name: ", "password": True}
    kernel.kc.input("Ada")
    assert kernel.finish(msg_id).result == "'Ada'"
    assert "allow_stdin is false" in kernel.run("await input()", allow_stdin=False).error


def test_history_by_tail_range_and_search(kernel):
    kernel.run("'needle ' + 1")
    tail = kernel.ask("shell", "history_request", {"hist_access_type": "tail", "n": 1, "output": True, "raw": True})
    session, line, (code, output) = tail["content"]["history"][0]
    assert (code, output) == ("'needle ' + 1", "'needle 1'")
    wanted = {"hist_access_type": "range", "session": 0, "start": line, "stop": line + 1, "output": False, "raw": True}
    assert kernel.ask("shell", "history_request", wanted)["content"]["history"] == [[session, line, code]]
    search = {"hist_access_type": "search", "pattern": "*needle*", "unique": True, "output": False, "raw": True}
    assert kernel.ask("shell", "history_request", search)["content"]["history"] == [[session, line, code]]


def test_comms_open_answer_and_close(kernel):
    kernel.run(
        "comms.registerTarget('echo', (comm, data) => { comm.onMessage = (m, buffers) => "
        "comm.send({ got: m, opened: data }, { buffers }) })"
    )
    session, socket = kernel.kc.session, kernel.kc.shell_channel.socket
    session.send(socket, "comm_open", {"comm_id": "c1", "target_name": "echo", "data": {"a": 1}})
    session.send(socket, "comm_msg", {"comm_id": "c1", "data": {"b": 2}}, buffers=[b"\x00\x01\xff"])
    answer = kernel.late("comm_msg")
    assert answer["content"] == {"comm_id": "c1", "data": {"got": {"b": 2}, "opened": {"a": 1}}}
    assert [bytes(b) for b in answer["buffers"]] == [b"\x00\x01\xff"]
    info = kernel.ask("shell", "comm_info_request", {"target_name": "echo"})["content"]
    assert info["comms"] == {"c1": {"target_name": "echo"}}
    session.send(socket, "comm_open", {"comm_id": "c2", "target_name": "nobody", "data": {}})
    assert kernel.late("comm_close")["content"]["comm_id"] == "c2"
    opened = kernel.run("const mine = comms.open('widget', { v: 1 }); mine.send({ v: 2 }); mine.close()")
    assert [m["msg_type"] for m in opened.messages[2:5]] == ["comm_open", "comm_msg", "comm_close"]


def test_bad_messages_are_dropped_and_the_kernel_lives(kernel):
    socket = kernel.kc.shell_channel.socket
    session = kernel.kc.session
    good = session.serialize(session.msg("kernel_info_request", {}))
    forged = [*good[:1], b"0" * 64, *good[2:]]
    half = good[:3]
    not_json = [b"<IDS|MSG>", session.sign([b"{", b"{}", b"{}", b"{}"]), b"{", b"{}", b"{}", b"{}"]
    not_object = [b"<IDS|MSG>", session.sign([b"[]", b"{}", b"{}", b"{}"]), b"[]", b"{}", b"{}", b"{}"]
    for frames in (forged, half, not_json, not_object, [b"\xff" * 100], [b""]):
        socket.send_multipart(frames)
    session.send(socket, "no_such_request", {})
    session.send(socket, "execute_request", {"code": 5})
    kernel.shell_ok = kernel.run("'alive'")
    assert kernel.shell_ok.result == "'alive'"


@pytest.mark.parametrize("count", [100_000])
def test_a_flood_of_output_arrives_complete_and_in_order(kernel, count):
    cell = kernel.run(f"for (let i = 0; i < {count}; i++) console.log(i)")
    assert cell.text() == "".join(f"{i}\n" for i in range(count))


def test_a_large_display_and_a_burst_of_displays_arrive_whole(kernel):
    cell = kernel.run("display({ 'text/plain': 'x'.repeat(50_000_000) })")
    assert len(cell.all("display_data")[0]["data"]["text/plain"]) == 50_000_000
    cell = kernel.run("for (let i = 0; i < 10_000; i++) display({ 'text/plain': String(i) })")
    assert [c["data"]["text/plain"] for c in cell.all("display_data")] == [str(i) for i in range(10_000)]


def test_a_subscriber_is_welcomed_so_that_it_knows_it_loses_nothing(kernel):
    socket = zmq.Context.instance().socket(zmq.SUB)
    info = kernel.manager.get_connection_info()
    socket.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    assert socket.poll(5000)
    _, message = kernel.kc.session.feed_identities(socket.recv_multipart())
    assert kernel.kc.session.deserialize(message)["msg_type"] == "iopub_welcome"
    socket.close()
