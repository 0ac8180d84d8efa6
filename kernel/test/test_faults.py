"""What a notebook survives: the quick part of `npm run faults`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import command, connection_file
from jupyter_client import BlockingKernelClient

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "faults"))

import clocks  # noqa: E402
import crowds  # noqa: E402
import cycles  # noqa: E402
import disks  # noqa: E402
import kills  # noqa: E402

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")


def test_processes_killed_at_random_moments(tmp_path):
    count = kills.storm(tmp_path, operations=40)
    assert count["runner killed"] and count["compiler killed"] and count["kernel killed"], count


def test_a_runner_that_cannot_begin(tmp_path):
    kills.cannot_begin(tmp_path)


@needs_dev_full
@pytest.mark.parametrize("fault", [disks.history, disks.checkpoint, disks.download])
def test_a_full_disk(tmp_path, fault):
    fault(tmp_path, disks.StandIn(tmp_path / "disk"), "full")


def test_a_home_that_cannot_be_written(tmp_path):
    disks.home(tmp_path, disks.StandIn(tmp_path / "disk"), "read-only")


@needs_dev_full
def test_a_log_on_a_full_disk(tmp_path):
    disks.full_log(tmp_path)


def test_temporary_files_that_vanish(tmp_path):
    disks.tidied_up(tmp_path, wait=0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize(("mode", "key", "words"), [(0o644, "secret", "chmod 600"), (0o600, "", "no key"), (0o600, "secret", "")])
def test_doors_that_stand_open_are_named_in_the_log(tmp_path, mode, key, words):
    file = connection_file(tmp_path, key=key)
    file.chmod(mode)
    kernel = subprocess.Popen(command(file), cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
    finally:
        client.stop_channels()
        kernel.terminate()
        _, log = kernel.communicate(timeout=60)
    assert words in log and bool(words) == bool(log), log


def test_programs_that_a_cell_starts_do_not_hear_of_the_temporary_folder(kernel):
    program = "import { execFileSync } from 'node:child_process'\nexecFileSync('node', ['-p', 'process.env.D2L_TS_SCRATCH'])"
    assert kernel.run(f"{program}.toString().trim()").result == "'undefined'"


def test_a_clock_that_jumps(tmp_path):
    clocks.jump(tmp_path)


def test_a_laptop_that_sleeps(tmp_path):
    clocks.sleep(tmp_path, seconds=1)


def test_a_compiler_that_does_not_answer(tmp_path):
    clocks.stopped_compiler(tmp_path)


def test_a_reader_that_does_not_read(tmp_path):
    crowds.slow_reader(tmp_path, megabytes_printed=5)


def test_starts_and_stops_leave_nothing(tmp_path):
    cycles.cycles(tmp_path, count=5, ways=("asked", "killed alone"))
