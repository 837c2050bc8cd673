"""When the night's moments are, and where the night should be at any time. Computed from the Promise, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from device.events import Phase
from device.night.promise import Promise

NOON = time(12)
"""An evening's day ends at the noon after it."""

PHASE_FROM: dict[str, Phase] = {
    "wind_down": "wind_down",
    "check_in": "check_in",
    "choosing": "choosing",
    "lights_out": "settling",
    "asleep": "asleep",
    "dawn": "dawn",
    "morning": "morning",
    "noon": "afternoon",
}
"""The phase each moment leads to, when nobody asks for anything."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One evening's moments, in order, in the family's zone."""

    evening: date
    moments: tuple[tuple[datetime, str], ...]

    def when(self, name: str) -> datetime:
        """-> the time of a moment. Raises KeyError where this evening has none of that name."""
        return {name: at for at, name in self.moments}[name]

    def after(self, at: datetime) -> tuple[tuple[datetime, str], ...]:
        """-> the moments still to come."""
        return tuple(moment for moment in self.moments if moment[0] > at)

    def latest(self, at: datetime) -> str | None:
        """-> the name of the last moment not after `at`."""
        return next((name for when, name in reversed(self.moments) if when <= at), None)

    def phase(self, at: datetime) -> Phase:
        name = self.latest(at)
        return PHASE_FROM[name] if name else "afternoon"


def plan(promise: Promise, evening: date, extra: timedelta = timedelta(), moved: timedelta = timedelta()) -> Plan:
    """-> the moments of `evening`: lights-out and what follows it later by `extra`, the whole evening by `moved`."""
    agreed = _local(promise, evening, promise.bedtime(evening)) + moved
    out = agreed + extra
    wake = _local(promise, evening, promise.wake)
    while wake <= out:
        evening_after = wake.astimezone(promise.zone).date() + timedelta(days=1)
        wake = _local(promise, evening_after, promise.wake)
    moments = [
        (agreed - promise.wind_down, "wind_down"),
        (agreed - promise.choosing, "choosing"),
        (out, "lights_out"),
        (min(out + promise.settle, wake - promise.dawn), "asleep"),
        (wake - promise.dawn, "dawn"),
        (wake, "morning"),
        (_next_noon(promise, wake), "noon"),
    ]
    if promise.check_in is not None:
        moments.append((agreed - promise.check_in, "check_in"))
    return Plan(evening, tuple(sorted((at.astimezone(promise.zone), name) for at, name in moments)))


def evening_of(promise: Promise, at: datetime) -> date:
    """-> the evening whose day `at` belongs to: from noon to noon."""
    local = at.astimezone(promise.zone)
    return local.date() if local.time() >= NOON else local.date() - timedelta(days=1)


def _local(promise: Promise, day: date, clock: time) -> datetime:
    """-> an absolute time (UTC), so that arithmetic counts real minutes across a change to summer time."""
    return datetime.combine(day, clock, promise.zone).astimezone(UTC)


def _next_noon(promise: Promise, after: datetime) -> datetime:
    day = after.astimezone(promise.zone).date()
    noon = _local(promise, day, NOON)
    return noon if noon > after else _local(promise, day + timedelta(days=1), NOON)
