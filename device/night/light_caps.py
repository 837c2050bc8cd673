"""How bright the lamps may be, by age and phase: melanopic light at the pillow.

Grown-ups are advised at most 10 lx melanopic EDI in the evening and 1 lx at night (Brown 2022). In three- and
four-year-olds 5 to 40 lx already took away 78 % of the melatonin (Hartstein 2022), so the caps are per age. What
the lamps give at the pillow is an estimate from their LEDs' typical values, not a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass

from device.events import Glow, Phase
from device.night.curves import Levels, lightness


@dataclass(frozen=True, slots=True)
class Lamp:
    lux: float
    """At the pillow, at full duty (1 m away, indirect)."""
    mder: float
    """Melanopic EDI for each lux of its colour."""


EMBER = Lamp(lux=6.0, mder=0.02)
"""Amber (590 nm) and red dies on one line: the brightest a reading child needs."""
DAWN = Lamp(lux=100.0, mder=0.46)
"""Warm white (2700 K): the most a dawn is asked for."""

UNLOCKED: frozenset[Phase] = frozenset({"afternoon", "dawn", "morning"})
"""Where the dawn lamp may shine; everywhere else it is exactly 0."""

_LUX: dict[Phase, float] = {
    "afternoon": 6.0, "wind_down": 6.0, "check_in": 4.0, "choosing": 4.0, "story": 1.5, "lights_out": 0.3,
    "settling": 0.3, "asleep": 0.3, "stirring": 2.0, "dawn": 6.0, "morning": 6.0,
}  # fmt: skip
"""Lux the ember lamp aims for at most in each phase: enough to read, then for a ritual, then to find the door."""
_YOUNG_LUX = 4.0
"""For four- to six-year-olds, the whole evening."""


def medi_cap(age: int, phase: Phase) -> float:
    """-> the most melanopic EDI in lux at the pillow."""
    if phase in UNLOCKED:
        return 50.0
    if phase in ("asleep", "stirring"):
        return 0.2
    return 1.0 if age <= 6 else 3.0 if age <= 9 else 5.0


def medi(levels: Levels) -> float:
    """-> melanopic EDI in lux at the pillow."""
    return levels.ember * EMBER.lux * EMBER.mder + levels.dawn * DAWN.lux * DAWN.mder


def within(levels: Levels, age: int, phase: Phase) -> bool:
    """-> whether these levels keep the caps, the dawn lamp's lock among them."""
    return medi(levels) <= medi_cap(age, phase) and (phase in UNLOCKED or levels.dawn == 0)


def glow(age: int, phase: Phase, ember: float = 0.0, dawn: float = 0.0, over_s: float = 2.0) -> Glow:
    """-> the Glow for `ember` and `dawn` as fractions 0-1 of the phase's cap, in L*. A locked lamp stays dark."""
    top_ember, top_dawn = _top(age, phase)
    return Glow(ember=_share(ember, top_ember), dawn=_share(dawn, top_dawn), over_s=over_s)


def _top(age: int, phase: Phase) -> tuple[float, float]:
    """-> the largest duties of ember and dawn lamp."""
    lux = min(_LUX[phase], _YOUNG_LUX if age <= 6 else EMBER.lux, medi_cap(age, phase) / EMBER.mder)
    return lux / EMBER.lux, 1.0 if phase in UNLOCKED else 0.0


def _share(fraction: float, top_duty: float) -> float:
    """-> the L* of a Glow, 0-1."""
    return min(1.0, max(0.0, fraction)) * lightness(top_duty) / 100
