"""Clocks one can push, and one that runs fast and goes on through a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue

import pytest

from device.events import Finished, Happening
from device.pretend.clock import Clock, FastClock

START = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
PATIENCE_S = 20
FAST = 3600.0


def due(seconds: float, id: str = "") -> Finished:
    return Finished(at=START + timedelta(seconds=seconds), id=id or f"{seconds}")


@pytest.fixture
def inbox() -> SimpleQueue[Happening]:
    return SimpleQueue()


@pytest.fixture
def fast(inbox: SimpleQueue[Happening]) -> Iterator[FastClock]:
    with closing(FastClock((time.time(), START), FAST, inbox.put)) as clock:
        yield clock


def pushed(clock: Clock) -> list[str]:
    return [happening.id for happening in iter(clock.push, None) if isinstance(happening, Finished)]


def test_what_is_due_first_comes_first_and_the_clock_stands_at_its_time() -> None:
    clock = Clock(START)
    for seconds in (30, 10, 20):
        clock.put_at(due(seconds), "night")
    assert clock.now() == START
    assert clock.push() == due(10)
    assert clock.now() == START + timedelta(seconds=10)
    assert pushed(clock) == ["20", "30"]
    assert clock.push() is None
    assert clock.now() == START + timedelta(seconds=30)


def test_what_is_due_together_comes_in_the_order_it_was_laid() -> None:
    clock = Clock(START)
    for id in "cab":
        clock.put_at(due(5, id), "night")
    assert pushed(clock) == ["c", "a", "b"]


def test_only_its_group_is_taken_back() -> None:
    clock = Clock(START)
    for seconds, group in ((1, "telling"), (2, "moments"), (3, "telling"), (4, "moments")):
        clock.put_at(due(seconds), group)
    clock.cancel("telling")
    assert pushed(clock) == ["2", "4"]


def test_what_was_due_before_now_comes_now_and_no_clock_runs_backwards() -> None:
    clock = Clock(START)
    clock.put_at(due(-60), "late")
    assert clock.push() == due(-60)
    assert clock.now() == START


def test_a_fast_clock_puts_what_is_due_by_itself_in_order(fast: FastClock, inbox: SimpleQueue[Happening]) -> None:
    fast.put_at(due(900), "night")
    fast.put_at(due(300), "night")
    assert [inbox.get(timeout=PATIENCE_S) for _ in range(2)] == [due(300), due(900)]
    assert fast.now() >= START + timedelta(seconds=900)


def test_a_fast_clock_does_not_put_what_was_taken_back(fast: FastClock, inbox: SimpleQueue[Happening]) -> None:
    fast.put_at(due(24 * 3600), "telling")
    fast.cancel("telling")
    fast.put_at(due(600, "after"), "night")
    assert inbox.get(timeout=PATIENCE_S) == due(600, "after")
    assert inbox.empty()


def test_something_earlier_wakes_a_clock_that_waits_for_something_late(
    fast: FastClock, inbox: SimpleQueue[Happening]
) -> None:
    fast.put_at(due(1e8), "night")
    fast.put_at(due(60, "soon"), "night")
    assert inbox.get(timeout=PATIENCE_S) == due(60, "soon")


def test_after_a_restart_it_shows_what_it_would_have_shown(inbox: SimpleQueue[Happening]) -> None:
    anchor = (time.time() - 10, START)
    with closing(FastClock(anchor, 60, inbox.put)) as clock:
        before = clock.now()
    with closing(FastClock(anchor, 60, inbox.put)) as again:
        after = again.now()
    assert START + timedelta(seconds=600) <= before <= after
    assert after - START <= timedelta(seconds=(time.time() - anchor[0]) * 60)
