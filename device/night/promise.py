"""The Promise: what the family agreed about the night. It has no consequence field, and never will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

FREE_EVENINGS = frozenset({4, 5})
"""Friday and Saturday (Monday is 0): no school on the day after."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Bedtimes, limits and the room to bend. Every duration counts back from lights-out unless it says otherwise."""

    zone: ZoneInfo
    child: str = "Benny"
    age: int = 12
    grown_up: str = "Elara"
    bedtime_school: time = time(20, 45)
    bedtime_free: time = time(21, 30)
    wake: time = time(6, 45)
    wind_down: timedelta = timedelta(minutes=45)
    check_in: timedelta | None = timedelta(minutes=30)
    """None where the child turned it off."""
    choosing: timedelta = timedelta(minutes=15)
    """When Max offers three stories, if nobody asked for one before."""
    settle: timedelta = timedelta(minutes=30)
    """From lights-out to dark and silent."""
    dawn: timedelta = timedelta(minutes=30)
    """How long the dawn light takes, before `wake`."""
    more_min: int = 15
    """How many minutes "five more" may add in one evening."""
    stories: int = 2
    wearable: str = "pebble"
    shares: tuple[str, ...] = ()
    """What the page shows the parents beyond tonight: "titles", "nights"."""

    def bedtime(self, evening: date) -> time:
        """-> the agreed lights-out of that evening, local time."""
        return self.bedtime_free if evening.weekday() in FREE_EVENINGS else self.bedtime_school
