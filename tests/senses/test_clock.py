"""The clock on a fake wall: moments at their time, steps noticed, nothing lost and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from time import monotonic
from zoneinfo import ZoneInfo

import pytest

from device.events import Happening, Hush, Lay, Moment, Stepped
from device.senses.clock import Clock

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 24, 19, 29, 59, 800_000, tzinfo=BERLIN)
BEDTIME = datetime(2026, 11, 24, 19, 30, tzinfo=BERLIN)


class Wall:
    """A wall clock that runs on from where it is put."""

    def __init__(self, begin: datetime) -> None:
        self.zone = begin.tzinfo
        self.put_to(begin)

    def put_to(self, at: datetime) -> None:
        self.base, self.since = at.astimezone(UTC), monotonic()

    def step(self, step: timedelta) -> None:
        self.put_to(self() + step)

    def __call__(self) -> datetime:
        passed = timedelta(seconds=monotonic() - self.since)
        return (self.base + passed).astimezone(self.zone)


class Room:
    """A wall, a clock on it and what the clock put."""

    def __init__(self, begin: datetime) -> None:
        self.put: SimpleQueue[Happening] = SimpleQueue()
        self.wall = Wall(begin)
        self.clock = Clock(self.put.put, self.wall)

    def next(self) -> Happening:
        return self.put.get(timeout=10)

    def lay(self, *moments: tuple[datetime, str]) -> None:
        self.clock.do(Lay(moments=moments))

    def nothing_came(self) -> bool:
        """Over an instant in which what was wrongly laid for the past or the next instant would come."""
        try:
            self.put.get(timeout=0.15)
        except Empty:
            return True
        return False


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room(EVENING)
    yield room
    room.clock.close()


def test_a_moment_comes_at_its_time_and_carries_what_was_due(room: Room) -> None:
    room.lay((BEDTIME, "lights_out"))
    match room.next():
        case Moment(name="lights_out", due=due, at=at):
            assert due == BEDTIME
            assert timedelta(0) <= at - due < timedelta(seconds=5)
        case other:
            pytest.fail(f"{other}")
    assert room.nothing_came()


def test_moments_come_in_their_order_whatever_the_order_of_laying(room: Room) -> None:
    later = BEDTIME + timedelta(milliseconds=50)
    room.lay((later, "second"), (BEDTIME, "first"))
    assert [room.next().name for _ in range(2)] == ["first", "second"]  # type: ignore[attr-defined]


def test_what_is_past_is_not_laid(room: Room) -> None:
    room.lay((EVENING - timedelta(seconds=1), "wind_down"))
    assert room.nothing_came()


def test_laying_again_replaces_all_that_was_laid(room: Room) -> None:
    room.lay((BEDTIME, "lights_out"))
    room.lay((BEDTIME, "wind_down"))
    assert isinstance(first := room.next(), Moment)
    assert first.name == "wind_down"
    assert room.nothing_came()


def test_other_doings_are_not_for_the_clock(room: Room) -> None:
    room.clock.do(Hush())
    assert room.nothing_came()


@pytest.mark.parametrize("step", [timedelta(seconds=40), timedelta(hours=1), timedelta(days=3653)])
def test_a_step_over_bedtime_is_noticed_and_bedtime_still_comes_once(room: Room, step: timedelta) -> None:
    room.lay((BEDTIME + timedelta(seconds=30), "lights_out"))
    room.wall.step(step)
    stepped = room.next()
    assert isinstance(stepped, Stepped)
    assert stepped.step_s == pytest.approx(step.total_seconds(), abs=0.5)
    moment = room.next()
    assert isinstance(moment, Moment)
    assert moment.name == "lights_out"
    assert moment.at > moment.due
    assert room.nothing_came()


def test_a_step_towards_bedtime_brings_it_at_the_new_time(room: Room) -> None:
    room.lay((BEDTIME + timedelta(hours=5), "dawn"))
    room.wall.put_to(BEDTIME + timedelta(hours=5) - timedelta(seconds=1))
    assert isinstance(room.next(), Stepped)
    moment = room.next()
    assert isinstance(moment, Moment)
    assert timedelta(0) <= moment.at - moment.due < timedelta(seconds=5)


def test_a_step_back_delays_what_was_laid_and_repeats_nothing(room: Room) -> None:
    room.lay((BEDTIME, "lights_out"), (BEDTIME + timedelta(milliseconds=600), "settling"))
    assert isinstance(room.next(), Moment)
    room.wall.step(timedelta(hours=-2))
    stepped = room.next()
    assert isinstance(stepped, Stepped)
    assert stepped.step_s == pytest.approx(-7200, abs=0.5)
    assert room.nothing_came()


def test_a_difference_under_a_second_is_no_step(room: Room) -> None:
    room.wall.step(timedelta(seconds=0.4))
    room.clock.look()
    assert room.nothing_came()


def test_a_step_is_told_once(room: Room) -> None:
    room.wall.step(timedelta(minutes=5))
    room.clock.look()
    room.clock.look()
    assert isinstance(room.next(), Stepped)
    assert room.nothing_came()


def test_a_thousand_steps_lose_no_moment_and_repeat_none(room: Room) -> None:
    """Where the watch would take 500 s, each step is looked at as it comes; every tenth one passes a moment."""
    for number in range(1000):
        ahead = timedelta(minutes=1 + number % 10)
        room.lay((room.wall() + timedelta(minutes=10), f"moment {number}"))
        room.wall.step(ahead if number % 2 == 0 else -ahead)
        room.clock.look()
        assert isinstance(room.next(), Stepped)
        if number % 10 == 8:
            room.wall.step(timedelta(minutes=2))
            room.clock.look()
            assert isinstance(room.next(), Stepped)
            assert getattr(room.next(), "name", "") == f"moment {number}"
    assert room.put.empty()


@pytest.mark.parametrize(
    ("begin", "due"),
    [
        # Put back at 3:00: the second 2:30 is an instant after the second 2:29:59.8.
        ("2026-10-25T02:29:59.800+01:00", "2026-10-25T02:30:00+01:00"),
        # Put forward at 2:00: 3:00 is an instant after 1:59:59.8.
        ("2026-03-29T01:59:59.800+01:00", "2026-03-29T03:00:00+02:00"),
    ],
)
def test_an_hour_that_comes_twice_or_never_is_one_instant(begin: str, due: str) -> None:
    room = Room(datetime.fromisoformat(begin).astimezone(BERLIN))
    try:
        room.lay((datetime.fromisoformat(due).astimezone(BERLIN), "dawn"))
        assert isinstance(room.next(), Moment)
    finally:
        room.clock.close()


def test_the_first_half_past_two_is_past_when_the_second_has_begun() -> None:
    room = Room(datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1))
    try:
        room.lay((datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0), "dawn"))
        room.wall.step(timedelta(minutes=25))
        room.clock.look()
        assert isinstance(room.next(), Stepped)
        assert room.nothing_came()
    finally:
        room.clock.close()
