"""The shapes light and motor move in: a pure function from what was done to how bright it is now.

A `Room` is told every doing and answers for any time with linear duties (0-1) of the two lamps and the motor.
Light moves in L* (perceived lightness, 0-100, where 100 is the lamp's cap) and never jumps: a new doing takes the
light up where it is. Nothing here repeats faster than twice a second (patterns of 3-30 Hz can cause seizures).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from device.events import Breathe, Buzz, Doing, Glow, Hush
from device.night.breath import FASTEST, IN_SHARE, SLOWEST

MOTOR_CAP = 0.5
"""Largest duty of the motor: a choice on the careful side, there is no trial with sleeping children to take it from."""
EASE_S = 0.3
"""Shortest time any change of light takes."""

_DIP = 0.4
"""How far the light falls on an out-breath, as a share of its L*. It only ever dips, so that no cap is passed."""
_MOTOR_LOW, _MOTOR_HIGH = 0.10, 0.45
"""Duty at the beginning and at the top of an in-breath."""
_FALL_SHARE = 0.75
"""Share of the out-breath in which the motor falls to nothing; then it rests, so that it is never on for 8 s."""
_ONSET_S = 0.3
"""The motor reaches its lowest duty in this time instead of with a knock."""
_SETTLE_S = 1.0
"""How long the light takes back to its level when breathing is broken off."""
_PULSE_ON_S = (0.1, 1.0)
_PULSE_PERIOD_S = 0.5
_PULSE_COUNT = 10
"""The longest pulse and run of pulses; waking asks for 3 of 0.4 s."""


def duty(lightness: float) -> float:
    """-> the linear duty 0-1 that looks `lightness` bright (L* 0-100). CIE 1976."""
    return lightness / 903.3 if lightness <= 8 else float(((lightness + 16) / 116) ** 3)


def lightness(duty: float) -> float:
    """-> L* 0-100 of a linear duty 0-1."""
    return duty * 903.3 if duty <= 8 / 903.3 else 116 * math.cbrt(duty) - 16


@dataclass(frozen=True, slots=True)
class Levels:
    """Linear duties, 0-1."""

    ember: float = 0.0
    dawn: float = 0.0
    motor: float = 0.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """From one L* to another, evenly."""

    at: datetime
    start: float
    goal: float
    seconds: float

    def value(self, at: datetime) -> float:
        passed = (at - self.at).total_seconds()
        if passed >= self.seconds:
            return self.goal
        return self.start + (self.goal - self.start) * max(0.0, passed) / self.seconds

    def end(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds if self.start != self.goal else 0)


@dataclass(frozen=True, slots=True)
class Breath:
    """A breathing exercise. Its rate glides evenly, stretched a little so that it ends with a whole breath."""

    id: str
    at: datetime
    seconds: float
    start: float
    glide_to: float
    motor: bool

    def end(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds)

    def dip(self, at: datetime) -> float:
        """-> the factor on the light's L*: 1 at both ends and at the top of a breath."""
        passed = (at - self.at).total_seconds()
        if not 0 <= passed < self.seconds:
            return 1.0
        inward, share, period_s = self._where(passed)
        full = (1 - math.cos(math.pi * share)) / 2 if inward else (1 + math.cos(math.pi * share)) / 2
        edge = min(1.0, passed / period_s, (self.seconds - passed) / period_s)
        return 1 - _DIP * edge * (1 - full)

    def vibration(self, at: datetime) -> float:
        """-> duty of the motor: rises with the in-breath, falls with the out-breath, fades over the whole."""
        passed = (at - self.at).total_seconds()
        if not self.motor or not 0 <= passed < self.seconds:
            return 0.0
        inward, share, period_s = self._where(passed)
        fade = 1 - passed / self.seconds
        if inward:
            onset = min(1.0, share * IN_SHARE * period_s / _ONSET_S)
            return fade * onset * (_MOTOR_LOW + (_MOTOR_HIGH - _MOTOR_LOW) * share)
        return fade * _MOTOR_HIGH * (1 + math.cos(math.pi * min(1.0, share / _FALL_SHARE))) / 2

    def _where(self, passed_s: float) -> tuple[bool, float, float]:
        """-> (is it the in-breath, how far through it 0-1, seconds this breath takes)."""
        slope = (self.glide_to - self.start) / self.seconds
        total = self.seconds * (self.start + self.glide_to) / 120
        stretch = (round(total) or total) / total
        phase = stretch * (self.start * passed_s + slope * passed_s**2 / 2) / 60 % 1
        period_s = 60 / (stretch * (self.start + slope * passed_s))
        if phase < IN_SHARE:
            return True, phase / IN_SHARE, period_s
        return False, (phase - IN_SHARE) / (1 - IN_SHARE), period_s


@dataclass(frozen=True, slots=True)
class Pulses:
    """A run of pulses of the motor."""

    id: str
    at: datetime
    count: int
    on_s: float
    period_s: float
    level: float

    def end(self) -> datetime:
        return self.at + timedelta(seconds=self.count * self.period_s)

    def vibration(self, at: datetime) -> float:
        passed = (at - self.at).total_seconds()
        if not 0 <= passed < self.count * self.period_s:
            return 0.0
        return self.level if passed % self.period_s < self.on_s else 0.0


@dataclass(frozen=True, slots=True)
class Room:
    """Light and motor as the doings so far have set them. Begins dark and still."""

    ember: Ramp | None = None
    dawn: Ramp | None = None
    settle: Ramp | None = None
    """What is left, in L*, of a breath that was broken off."""
    breath: Breath | None = None
    pulses: Pulses | None = None

    def after(self, doing: Doing, at: datetime) -> Room:
        """-> the room once `doing` was done at `at`.

        A Glow during a Breathe moves the level the breath dips from. A new Breathe takes the place of a running one.
        A Hush stops the motor at once and the breath with it, where it names it or names nothing; it leaves the
        light's level alone.
        """
        match doing:
            case Glow(ember=ember, dawn=dawn, over_s=over_s):
                over_s = max(EASE_S, over_s)
                return replace(self, ember=_to(self.ember, ember, at, over_s), dawn=_to(self.dawn, dawn, at, over_s))
            case Breathe():
                return replace(self._still(at), breath=_breath(doing, at))
            case Buzz():
                return replace(self, pulses=_pulses(doing, at))
            case Hush(id=id):
                room = self._still(at) if self.breath and id in ("", self.breath.id) else self
                return replace(room, pulses=None) if room.pulses and id in ("", room.pulses.id) else room
            case _:
                return self

    def levels(self, at: datetime) -> Levels:
        """-> linear duties 0-1 at `at`; the motor's never above MOTOR_CAP."""
        shaken = max(
            self.breath.vibration(at) if self.breath else 0.0,
            self.pulses.vibration(at) if self.pulses else 0.0,
        )
        return Levels(duty(self._ember(at)), duty(_value(self.dawn, at)), min(MOTOR_CAP, shaken))

    def over(self, at: datetime) -> Room:
        """-> the room without a breath or pulses that have ended by `at`; what it shows is the same."""
        breath = self.breath if self.breath and self.breath.end() > at else None
        pulses = self.pulses if self.pulses and self.pulses.end() > at else None
        return replace(self, breath=breath, pulses=pulses)

    def moved(self, by: timedelta) -> Room:
        """-> the same room on a clock that was set by `by`: everything goes on where it was."""
        ember, dawn, settle, breath, pulses = self._parts()
        return Room(
            ember=ember and replace(ember, at=ember.at + by),
            dawn=dawn and replace(dawn, at=dawn.at + by),
            settle=settle and replace(settle, at=settle.at + by),
            breath=breath and replace(breath, at=breath.at + by),
            pulses=pulses and replace(pulses, at=pulses.at + by),
        )

    def steady_after(self, at: datetime) -> datetime | None:
        """-> when the last change is over, or None where nothing changes after `at`."""
        last = max((part.end() for part in self._parts() if part), default=at)
        return last if last > at else None

    def _parts(self) -> tuple[Ramp | None, Ramp | None, Ramp | None, Breath | None, Pulses | None]:
        return self.ember, self.dawn, self.settle, self.breath, self.pulses

    def _ember(self, at: datetime) -> float:
        """L* of the ember lamp, the breath in it."""
        breathing = _value(self.ember, at) * (self.breath.dip(at) if self.breath else 1.0)
        return min(100.0, max(0.0, breathing + _value(self.settle, at)))

    def _still(self, at: datetime) -> Room:
        """The room without its breath; the light goes on from where the breath left it."""
        left = self._ember(at) - _value(self.ember, at)
        return replace(self, breath=None, settle=Ramp(at, left, 0.0, _SETTLE_S) if left else None)


def _value(ramp: Ramp | None, at: datetime) -> float:
    return ramp.value(at) if ramp else 0.0


def _to(ramp: Ramp | None, goal: float, at: datetime, over_s: float) -> Ramp:
    return Ramp(at, _value(ramp, at), 100 * min(1.0, max(0.0, goal)), over_s)


def _breath(doing: Breathe, at: datetime) -> Breath:
    start, end = (min(FASTEST, max(SLOWEST, rate)) for rate in (doing.start, doing.end))
    return Breath(doing.id, at, max(0.0, doing.seconds), start, end, doing.motor)


def _pulses(doing: Buzz, at: datetime) -> Pulses:
    shortest, longest = _PULSE_ON_S
    on_s = min(longest, max(shortest, doing.on_s))
    period_s = max(_PULSE_PERIOD_S, on_s + max(shortest, doing.off_s))
    level = min(MOTOR_CAP, max(0.0, doing.level))
    return Pulses(doing.id, at, max(0, min(_PULSE_COUNT, doing.count)), on_s, period_s, level)
