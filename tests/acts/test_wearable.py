"""The wearable: whatever dies or hangs, the motor is soon off; what the core does to it, within two seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest

from device.acts.wearable import ANSWER_S, HEARTBEAT_S, Wearable, command
from device.events import Breathe, Buzz, Failed, Finished, Happening, Hush, Recovered
from device.settings import Board

SOON_S = 20


def now() -> datetime:
    return datetime.now(UTC)


class Line:
    """The motor's line as its process writes it down."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.command = command(Board(), pretend=True, record=str(path))

    def states(self) -> list[tuple[float, float]]:
        """-> (monotonic seconds, level) of each change."""
        rows = [row.split() for row in self.path.read_text().splitlines()] if self.path.exists() else []
        return [(float(at), float(level)) for at, level in (row for row in rows if len(row) == 2)]

    def levels(self) -> list[float]:
        return [level for _, level in self.states()]

    def on(self) -> bool:
        return bool(self.states()) and self.levels()[-1] > 0

    def start_s(self) -> float:
        """-> how long a motor process takes on this machine from nothing to a line that is low."""
        begun_s = time.monotonic()
        subprocess.run(command(Board(), pretend=True), stdin=subprocess.DEVNULL, check=True)
        return time.monotonic() - begun_s

    def off_after(self, since_s: float) -> float | None:
        """-> seconds from `since_s` to the first state at nothing, or None as long as there is none."""
        return next((at - since_s for at, level in self.states() if at >= since_s and level == 0), None)


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + SOON_S
    pause = Event()
    while not found():
        assert time.monotonic() < deadline, "it did not come"
        pause.wait(0.005)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "line")


@pytest.fixture
def inbox() -> SimpleQueue[Happening]:
    return SimpleQueue()


@pytest.fixture
def wearable(line: Line, inbox: SimpleQueue[Happening]) -> Iterator[Wearable]:
    act = Wearable(inbox.put, now, line.command)
    yield act
    act.close()


def breathe() -> Breathe:
    return Breathe(id="b", seconds=120, start=12, end=9)


def running_motor(line: Line) -> int:
    """-> the motor process that records into this line's file."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"device.acts.motor" in said and str(line.path).encode() in said:
            return int(folder.name)
    raise AssertionError("no motor process runs")


def test_pulses_reach_the_line_and_their_end_is_told(
    wearable: Wearable, line: Line, inbox: SimpleQueue[Happening]
) -> None:
    wearable.do(Breathe(id="b", seconds=0.1, start=9, end=6))
    until(line.states)
    wearable.do(Buzz(id="z", count=2, on_s=0.2, off_s=0.3, level=0.4))
    finished = inbox.get(timeout=SOON_S)
    assert isinstance(finished, Finished)
    assert finished.id == "z"
    assert max(line.levels()) == 0.4
    assert inbox.empty()


def test_a_hush_stops_the_motor(wearable: Wearable, line: Line, inbox: SimpleQueue[Happening]) -> None:
    wearable.do(breathe())
    until(line.on)
    hushed_s = time.monotonic()
    wearable.do(Hush(id="b"))
    until(lambda: line.off_after(hushed_s) is not None)
    wearable.close()
    assert not line.on()
    assert inbox.empty()


def test_closing_leaves_the_motor_off_and_no_process_behind(line: Line, inbox: SimpleQueue[Happening]) -> None:
    wearable = Wearable(inbox.put, now, line.command)
    wearable.do(breathe())
    until(line.on)
    wearable.close()
    assert not line.on()
    with pytest.raises(AssertionError, match="no motor process"):
        running_motor(line)


def test_a_family_without_a_wearable_still_hears_that_pulses_ended(inbox: SimpleQueue[Happening]) -> None:
    wearable = Wearable(inbox.put, now, None)
    wearable.do(Buzz(id="z", count=1, on_s=0.1, off_s=0.1, level=0.4))
    assert isinstance(inbox.get(timeout=SOON_S), Finished)
    wearable.close()


def test_a_process_that_cannot_start_is_reported_once(inbox: SimpleQueue[Happening]) -> None:
    wearable = Wearable(inbox.put, now, ["/nowhere/motor"])
    failed = inbox.get(timeout=SOON_S)
    wearable.do(Breathe(id="b", seconds=0.3, start=9, end=6))
    wearable.do(Buzz(id="z", count=1, on_s=0.1, off_s=0.1, level=0.4))
    assert isinstance(failed, Failed)
    assert failed.part == "wearable"
    assert isinstance(inbox.get(timeout=SOON_S), Finished)
    wearable.close()


def test_a_line_that_cannot_be_used_is_told_in_the_motors_own_words(inbox: SimpleQueue[Happening]) -> None:
    says = "print('! The motor line 17 cannot be used.', flush=True)"
    wearable = Wearable(inbox.put, now, [sys.executable, "-c", says])
    failed = inbox.get(timeout=SOON_S)
    wearable.close()
    assert isinstance(failed, Failed)
    assert failed.reason == "The motor line 17 cannot be used."


@pytest.mark.slow
def test_a_motor_process_that_is_killed_comes_back_and_goes_on(
    wearable: Wearable, line: Line, inbox: SimpleQueue[Happening]
) -> None:
    wearable.do(breathe())
    until(line.on)
    killed_s = time.monotonic()
    os.kill(running_motor(line), signal.SIGKILL)
    assert isinstance(inbox.get(timeout=SOON_S), Failed)
    assert isinstance(inbox.get(timeout=SOON_S), Recovered)
    off_s = line.off_after(killed_s)
    assert off_s is not None
    assert off_s <= HEARTBEAT_S + 2 * line.start_s()
    until(line.on)


@pytest.mark.slow
def test_a_motor_process_that_hangs_is_replaced_by_one_that_begins_low(
    wearable: Wearable, line: Line, inbox: SimpleQueue[Happening]
) -> None:
    wearable.do(breathe())
    until(line.on)
    hung_s = time.monotonic()
    os.kill(running_motor(line), signal.SIGSTOP)
    assert isinstance(inbox.get(timeout=SOON_S), Failed)
    assert isinstance(inbox.get(timeout=SOON_S), Recovered)
    off_s = line.off_after(hung_s)
    assert off_s is not None
    assert off_s <= HEARTBEAT_S + ANSWER_S + 2 * line.start_s()


CORE = """
import signal, sys
from datetime import UTC, datetime
from device.acts.wearable import Wearable
from device.events import Breathe
wearable = Wearable(print, lambda: datetime.now(UTC), sys.argv[1:])
wearable.do(Breathe(id="b", seconds=120, start=12, end=9))
signal.pause()
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_core_that_dies_or_hangs_leaves_the_motor_off_within_two_seconds(line: Line, how: signal.Signals) -> None:
    core = subprocess.Popen([sys.executable, "-c", CORE, *line.command], stdout=subprocess.DEVNULL)
    try:
        until(line.on)
        stopped_s = time.monotonic()
        core.send_signal(how)
        until(lambda: line.off_after(stopped_s) is not None)
        off_s = line.off_after(stopped_s)
        assert off_s is not None
        assert off_s <= 2
    finally:
        core.kill()
        core.wait()
