"""The motor's process: its caps, and that it is off whenever nobody speaks to it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from device.acts.motor import BUDGET_S, CAP, LONGEST_S, Governor, obey

FRAME_S = 0.02


def on_time(governor: Governor, kind: str, level: float, begin_s: float, seconds: float) -> float:
    """-> how long the motor was on while it was asked for `level`, with a low every 5 s."""
    on = 0.0
    for index in range(int(seconds / 0.1)):
        at_s = begin_s + index / 10
        on += 0.1 * (governor.allow(kind, 0.0 if index % 50 == 0 else level, at_s) > 0)
    governor.allow(kind, 0.0, begin_s + seconds)
    return on


def test_no_level_is_above_the_cap_or_below_nothing() -> None:
    governor = Governor()
    assert governor.allow("breath", 0.9, 0) == CAP
    assert governor.allow("breath", -1, 1) == 0


def test_the_motor_is_cut_after_eight_seconds_without_a_low() -> None:
    governor = Governor()
    levels = [governor.allow("breath", 0.3, index * FRAME_S) for index in range(1000)]
    assert sum(level > 0 for level in levels) * FRAME_S == pytest.approx(LONGEST_S, abs=2 * FRAME_S)
    assert levels[-1] == 0


def test_after_a_low_it_may_run_again() -> None:
    governor = Governor()
    for index in range(1000):
        governor.allow("breath", 0.3, index * FRAME_S)
    governor.allow("breath", 0.0, 20)
    assert governor.allow("breath", 0.3, 20.02) == 0.3


@pytest.mark.parametrize("kind", list(BUDGET_S))
def test_a_night_has_a_budget_and_more_is_refused(kind: str) -> None:
    governor = Governor()
    assert on_time(governor, kind, 0.3, 0, 1000) == pytest.approx(BUDGET_S[kind], abs=1)
    assert governor.allow(kind, 0.3, 2000) == 0


def test_breathing_leaves_the_morning_its_pulses() -> None:
    governor = Governor()
    on_time(governor, "breath", 0.3, 0, 1000)
    assert governor.allow("pulse", 0.4, 2000) == 0.4


def test_the_next_evening_has_its_own_budget() -> None:
    governor = Governor()
    on_time(governor, "breath", 0.3, 0, 1000)
    assert governor.allow("breath", 0.3, 24 * 3600) == 0.3


def test_no_hour_has_more_than_ten_minutes() -> None:
    governor = Governor()
    both = on_time(governor, "breath", 0.5, 0, 1000) + on_time(governor, "pulse", 0.5, 1000, 1000)
    assert both <= 600


class Remembers:
    """A motor that remembers its levels."""

    def __init__(self) -> None:
        self.levels = [0.0]

    @property
    def value(self) -> float:
        return self.levels[-1]

    @value.setter
    def value(self, level: float) -> None:
        self.levels.append(level)


def told(*lines: bytes) -> tuple[Remembers, list[str]]:
    """-> the motor and the answers, after these lines were said and the input ended."""
    reader, writer = os.pipe()
    for line in lines:
        os.write(writer, line)
    os.close(writer)
    motor, answers = Remembers(), list[str]()
    obey(reader, motor, answers.append)
    os.close(reader)
    return motor, answers


def test_each_level_is_set_and_answered() -> None:
    motor, answers = told(b"breath 0.1\nbreath 0.2\n", b"pul", b"se 0.4\n")
    assert motor.levels == [0, 0.1, 0.2, 0.4]
    assert answers == ["0.100", "0.200", "0.400"]


@pytest.mark.parametrize(
    "line", [b"\n", b"0.3\n", b"breath nan\n", b"breath inf\n", b"dance 0.3\n", b"\xff\xfe 1\n", b"x" * 9000]
)
def test_what_cannot_be_read_moves_nothing(line: bytes) -> None:
    motor, answers = told(line)
    assert motor.levels == [0]
    assert answers == []


def test_silence_turns_the_motor_off_and_so_does_chatter() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"breath 0.3\n")
    motor, ticks = Remembers(), iter(range(100))

    def chatter() -> float:
        if motor.value == 0 and len(motor.levels) > 2:
            os.close(writer)
            return 1e9
        os.write(writer, b"nonsense\n")
        return next(ticks) / 4

    with pytest.raises(OSError, match="Bad file descriptor"):
        obey(reader, motor, lambda _: None, chatter)
    os.close(reader)
    assert motor.levels[:3] == [0, 0.3, 0]


def test_heartbeats_keep_it_on() -> None:
    reader, writer = os.pipe()
    motor, ticks = Remembers(), count()

    def beat() -> float:
        """A tenth of a second later each time; there is always one heartbeat waiting, until there are no more."""
        tick = next(ticks)
        if tick == 60:
            os.close(writer)
        elif tick < 60 and not select.select([reader], [], [], 0)[0]:
            os.write(writer, b"breath 0.3\n")
        return tick / 10

    obey(reader, motor, lambda _: None, beat)
    os.close(reader)
    assert set(motor.levels[1:]) == {0.3}


class Process:
    """The real process on a mock line that writes down its states."""

    def __init__(self, record: Path) -> None:
        self.record = record
        command = [sys.executable, "-m", "device.acts.motor", "--line", "17", "--pretend", "--record", str(record)]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.stdin: Any = self.popen.stdin
        self.stdout: Any = self.popen.stdout

    def ask(self, line: str) -> str:
        self.stdin.write(f"{line}\n".encode())
        self.stdin.flush()
        return str(self.stdout.readline().decode().strip())

    def states(self) -> list[tuple[float, float]]:
        """-> (monotonic seconds, level) of each change."""
        rows = [line.split() for line in self.record.read_text().splitlines()]
        return [(float(at), float(level)) for at, level in rows]

    def close(self) -> None:
        self.popen.kill()
        self.popen.wait()
        self.stdin.close()
        self.stdout.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path / "line")
    yield started
    started.close()


def test_the_process_obeys_and_is_off_when_its_input_ends(process: Process) -> None:
    assert process.ask("breath 0.3") == "0.300"
    assert process.ask("breath 0.9") == "0.500"
    process.stdin.close()
    assert process.popen.wait(timeout=20) == 0
    assert [level for _, level in process.states()][-1] == 0


def test_a_termination_leaves_the_motor_off(process: Process) -> None:
    process.ask("breath 0.3")
    process.popen.send_signal(signal.SIGTERM)
    process.popen.wait(timeout=20)
    assert [level for _, level in process.states()][-1] == 0


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO lines; they stay as they are")
def test_on_a_board_the_line_is_driven_low_before_anything_is_loaded(tmp_path: Path) -> None:
    tool = tmp_path / "pinctrl"
    tool.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    tool.chmod(0o755)
    command = [sys.executable, "-m", "device.acts.motor", "--line", "17"]
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(command, env=path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (tmp_path / "asked").read_text() == "set 17 op dl\n"
    assert done.returncode == 1
    assert done.stdout.startswith("! The board's lines cannot be opened")


@pytest.mark.slow
def test_without_heartbeats_the_motor_is_off_after_a_second(process: Process) -> None:
    process.ask("breath 0.3")
    while process.states()[-1][1]:
        assert process.popen.poll() is None
    (on_s, _), (off_s, _) = next(pair for pair in pairwise(process.states()) if pair[0][1] and not pair[1][1])
    assert off_s - on_s <= 2
    assert process.ask("breath 0.2") == "0.200"
