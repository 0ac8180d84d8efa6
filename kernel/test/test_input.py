"""Questions to the reader: asked one after the other, answered by their own answers, also through readline."""

import time

import pytest

READLINE = "import * as readline from 'node:readline/promises'\n"
OPEN = "const rl = readline.createInterface({ input: process.stdin, output: process.stdout })\n"


def question(kernel):
    return kernel.kc.get_stdin_msg(timeout=20)


def answer(kernel, value, to=None):
    message = kernel.kc.session.msg("input_reply", {"value": value}, parent=to)
    kernel.kc.stdin_channel.send(message)


def converse(kernel, code, *answers):
    msg_id = kernel.start(code, allow_stdin=True)
    prompts = []
    for value in answers:
        asked = question(kernel)
        prompts.append(asked["content"]["prompt"])
        answer(kernel, value)
    return kernel.finish(msg_id), prompts


def no_question(kernel, seconds=0.3):
    try:
        kernel.kc.get_stdin_msg(timeout=seconds)
    except Exception:  # noqa: BLE001 - queue.Empty
        return True
    return False


def test_two_questions_at_once_are_asked_in_turn(kernel):
    cell, prompts = converse(kernel, "await Promise.all([input('p '), input('q '), input('r ')])", "1", "2", "3")
    assert (cell.result, prompts) == ("[ '1', '2', '3' ]", ["p ", "q ", "r "])


def test_stop_of_a_question_is_a_stop(kernel):
    msg_id = kernel.start("const answers = await Promise.all([input('a'), input('b')])", allow_stdin=True)
    question(kernel)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).error.startswith("KeyboardInterrupt")
    assert no_question(kernel), "the second question was the stopped cell's"


def test_an_answer_that_comes_too_late_answers_nothing(kernel):
    msg_id = kernel.start("await input('old')", allow_stdin=True)
    old = question(kernel)
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id)
    msg_id = kernel.start("await input('new')", allow_stdin=True)
    new = question(kernel)
    answer(kernel, "OLD", to=old)
    time.sleep(0.3)
    answer(kernel, "NEW", to=new)
    assert kernel.finish(msg_id).result == "'NEW'"


def test_an_answer_twice_counts_once(kernel):
    msg_id = kernel.start("[await input('one'), await input('two')]", allow_stdin=True)
    first = question(kernel)
    answer(kernel, "1", to=first)
    answer(kernel, "1 again", to=first)
    answer(kernel, "2", to=question(kernel))
    assert kernel.finish(msg_id).result == "[ '1', '2' ]"


def test_an_answer_nobody_asked_for(kernel):
    answer(kernel, "nobody asked")
    time.sleep(0.2)
    assert converse(kernel, "await input('?')", "asked")[0].result == "'asked'"


@pytest.mark.parametrize(
    ("code", "answers", "result"),
    [
        (f"{OPEN}const name = await rl.question('Name? '); rl.close(); name", ["Ada"], "'Ada'"),
        (f"{OPEN}const two = [await rl.question('A? '), await rl.question('B? ')]; rl.close(); two", ["1", "2"], "[ '1', '2' ]"),
        (f"{OPEN}const left = await rl.question('A? '); left", ["open"], "'open'"),
        (
            f"{OPEN}const lines: string[] = []\nfor await (const line of rl) {{ if (line === 'end') break; lines.push(line) }}\nlines",
            ["a", "b", "end"],
            "[ 'a', 'b' ]",
        ),
        ("await new Promise(r => process.stdin.once('data', b => { process.stdin.pause(); r(String(b)) }))", ["x"], "'x\\n'"),
        (
            "import { createInterface } from 'node:readline'\nconst old = createInterface({ input: process.stdin })\n"
            "await new Promise(r => old.question('Q? ', a => { old.close(); r(a) }))",
            ["called"],
            "'called'",
        ),
    ],
)
def test_readline_asks_the_reader(fresh, code, answers, result):
    cell, _ = converse(fresh, READLINE + code, *answers)
    assert cell.result == result
    assert no_question(fresh), "one more line was read than was wanted"
    assert converse(fresh, "await input('still ')", "there")[0].result == "'there'"


def test_readline_of_an_earlier_cell(kernel):
    kernel.run(READLINE + "const kept = readline.createInterface({ input: process.stdin, output: process.stdout })")
    assert no_question(kernel)
    assert converse(kernel, "await kept.question('Q? ')", "1")[0].result == "'1'"
    assert converse(kernel, "await kept.question('Q? ')", "2")[0].result == "'2'"
    kernel.run("kept.close()")


def test_readline_asks_no_more_than_it_is_asked(kernel):
    msg_id = kernel.start(
        READLINE + OPEN + "const it = await rl.question('Q? '); await new Promise(r => setTimeout(r, 500)); rl.close(); it", allow_stdin=True
    )
    question(kernel)
    answer(kernel, "once")
    assert no_question(kernel, 0.4)
    assert kernel.finish(msg_id).result == "'once'"


def test_readline_where_nobody_can_be_asked(kernel):
    for code in (READLINE + OPEN + "await rl.question('Name? ')", "for await (const chunk of process.stdin) console.log(chunk)"):
        cell = kernel.run(code, allow_stdin=False, timeout=20)
        assert cell.status == "error" and "input(" in cell.error and "allow_stdin" in cell.error
    assert kernel.run("process.stdin.unref(); 1").result == "1"


def test_readline_after_a_stop(kernel):
    msg_id = kernel.start(READLINE + "const r1 = readline.createInterface({ input: process.stdin, output: process.stdout })\nawait r1.question('old? ')", allow_stdin=True)
    question(kernel)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).error.startswith("KeyboardInterrupt")
    code = READLINE + "const r2 = readline.createInterface({ input: process.stdin, output: process.stdout })\nconst said = await r2.question('new? '); r2.close(); said"
    assert converse(kernel, code, "again")[0].result == "'again'"


@pytest.mark.parametrize("name", ["prompt", "confirm", "alert"])
def test_a_browsers_dialogues_have_a_hint(kernel, name):
    assert "input(" in kernel.run(f"{name}('Name?')").error
