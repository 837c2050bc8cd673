"""An evening's light and motor as a film: what `demo --frames` writes and the picture of the evening draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from device.events import Doing
from device.night.curves import Room

STEP = timedelta(milliseconds=20)
"""As often as the light is set while it changes (50 Hz)."""


def frames(doings: Iterable[tuple[datetime, Doing]], until: datetime) -> Iterator[tuple[datetime, float, float, float]]:
    """-> (at, ember, dawn, motor) up to `until`: every 20 ms while something changes, one row where it comes to rest.

    `doings` are in the order they were done; duties are linear, 0-1, before dithering.
    """
    changes: dict[datetime, Room] = {}
    room = Room()
    for at, doing in doings:
        before, room = room, room.after(doing, at)
        if room != before and at <= until:
            changes[at] = room
    for (at, shown), (following, _) in pairwise([*changes.items(), (until, room)]):
        yield from _film(shown, at, following)


def _film(room: Room, at: datetime, until: datetime) -> Iterator[tuple[datetime, float, float, float]]:
    """The rows of `room` from `at`, up to but without `until`, where the next change takes over."""
    rest = room.steady_after(at) or at
    while at < min(rest, until):
        yield _row(room, at)
        at += STEP
    if rest < until:
        yield _row(room, rest)


def _row(room: Room, at: datetime) -> tuple[datetime, float, float, float]:
    now = room.levels(at)
    return at, now.ember, now.dawn, now.motor
