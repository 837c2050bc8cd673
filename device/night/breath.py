"""Breathing together: how fast at which age, and when the motor may join in.

Children breathe faster than grown-ups (at rest about 22 a minute at six, 19 from eight to twelve; Fleming 2011), and
slow breathing suits them at 6.5 to 9.5 a minute, so each age has its own glide. Paced breathing calms the heart at
every age from five to seventeen (Petersen & Goerges 2020). No holds, no counting, never "deeper".
"""

from __future__ import annotations

from dataclasses import dataclass

from device.events import Phase

IN_SHARE = 0.4
"""Share of one breath that is the in-breath (in:out 40:60)."""

SLOWEST, FASTEST = 6.0, 12.0
"""Breaths a minute; nothing outside is ever shown, whatever a doing asks for."""

_AWAKE: frozenset[Phase] = frozenset({"afternoon", "wind_down", "check_in", "choosing", "story", "morning"})


@dataclass(frozen=True, slots=True)
class Pace:
    """One exercise for one age."""

    start: float
    """Breaths a minute at the beginning."""
    glide_to: float
    """Breaths a minute at the end."""
    cycles: int
    """Whole breaths from beginning to end."""

    @property
    def in_s(self) -> float:
        """Length of an in-breath at the end, in seconds."""
        return IN_SHARE * 60 / self.glide_to

    @property
    def out_s(self) -> float:
        """Length of an out-breath at the end, in seconds."""
        return (1 - IN_SHARE) * 60 / self.glide_to

    @property
    def seconds(self) -> float:
        """Length of the whole exercise: its cycles at the mean rate, because the rate glides evenly."""
        return self.cycles * 120 / (self.start + self.glide_to)


_PACES = ((5, Pace(12, 9, 8)), (8, Pace(11, 8, 10)), (10, Pace(10, 7, 12)), (99, Pace(9, 6, 15)))
"""(up to this age in years, its pace); cycles from the middle of the ranges, 4-5 at the "about 45 s" it names."""


def pace(age: int) -> Pace:
    """-> the exercise for a child of `age` years: between 45 s at four and 2 min at twelve."""
    return next(found for oldest, found in _PACES if age <= oldest)


def motor_allowed(kind: str, phase: Phase, age: int) -> bool:
    """-> whether the motor of this wearable (`settings.Board.wearable`) may run.

    What is held or worn (with its cord) is put away at lights-out and comes back in the morning, when the child
    is up: at dawn he still sleeps. The pillow motor lies under the mattress and may run at any time.
    """
    match kind:
        case "pillow":
            return True
        case "pebble":
            return phase in _AWAKE
        case "wristband":
            return age >= 8 and phase in _AWAKE
        case _:
            return False
