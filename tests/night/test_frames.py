"""The film of an evening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from device.events import Breathe, Buzz, Doing, Glow, Hush, Unring
from device.night.curves import Room, duty
from device.night.frames import STEP, frames

T0 = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


EVENING: list[tuple[datetime, Doing]] = [
    (after(0), Glow(ember=0.6, over_s=2)),
    (after(0), Unring(id="nobody")),
    (after(10), Glow(ember=0.2, over_s=30)),
    (after(20), Unring(id="nobody")),
    (after(25.013), Breathe(id="b", seconds=60, start=9, end=6)),
    (after(40.007), Hush(id="b")),
    (after(50), Buzz(id="z", count=2, on_s=0.4, off_s=0.6, level=0.4)),
]


def test_every_row_is_what_the_room_would_show() -> None:
    for at, *levels in frames(EVENING, after(100)):
        room = Room()
        for told, doing in EVENING:
            room = room.after(doing, told) if told <= at else room
        shown = room.levels(at)
        assert levels == [shown.ember, shown.dawn, shown.motor]


def test_times_rise_and_rows_are_20_ms_apart_while_something_changes() -> None:
    times = [at for at, *_ in frames(EVENING, after(100))]
    assert all(earlier < later for earlier, later in pairwise(times))
    gaps = [later - earlier for earlier, later in pairwise(times) if earlier > after(10) and later <= after(41)]
    assert max(gaps) <= STEP


def test_nothing_is_written_while_nothing_changes() -> None:
    times = [at for at, *_ in frames(EVENING, after(100))]
    assert not [at for at in times if after(2) < at < after(10)]
    assert times[-1] == after(52)


def test_the_film_ends_where_it_is_told_to() -> None:
    rows = list(frames([(T0, Glow(ember=1, over_s=100))], after(10)))
    assert rows[-1][0] == after(10) - STEP


def test_a_ramp_ends_exactly_at_its_level() -> None:
    rows = list(frames([(T0, Glow(ember=0.6, over_s=2.001))], after(10)))
    assert rows[-1][0] == after(2.001)
    assert rows[-1][1] == pytest.approx(duty(60))
