"""The evening as a small picture: a path that sinks from wind-down to lights-out, runs through the night, and rises."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_LEFT, _NIGHT, _DAWN, _RIGHT = 18.0, 196.0, 300.0, 342.0
"""x of wind-down, lights-out, dawn and morning: the evening has the room, the night is long enough without it."""
_TOP, _LOW = 26.0, 90.0
_STEP = 4
"""x from one point of the drawn line to the next."""


@dataclass(frozen=True)
class Station:
    """A moment of the timetable on the path."""

    name: str
    at: datetime
    x: float
    y: float


@dataclass(frozen=True)
class Picture:
    """Numbers for `templates/picture.svg`, in its 360 x 148 units."""

    stations: tuple[Station, ...]
    path: str
    """The whole line, as points."""
    walked: str
    """The part that is behind us."""
    x: float
    y: float
    """Where we are."""


def draw(moments: Sequence[tuple[str, datetime]], now: datetime) -> Picture:
    """-> tonight's picture from its moments (name, at), in any order; none give an empty path."""
    ordered = sorted(moments, key=lambda moment: moment[1])
    xs = _places(ordered)
    x = _between([at.timestamp() for _, at in ordered], xs, now.timestamp())
    stations = tuple(Station(name, at, here, _height(here)) for (name, at), here in zip(ordered, xs, strict=True))
    return Picture(stations, _line(_LEFT, _RIGHT), _line(_LEFT, x), x, _height(x))


def _places(moments: Sequence[tuple[str, datetime]]) -> list[float]:
    """-> an x for each moment: the four known ones have their place, the others lie between by their time."""
    fixed = {"wind_down": _LEFT, "lights_out": _NIGHT, "dawn": _DAWN, "morning": _RIGHT}
    anchors = [(at.timestamp(), fixed[name]) for name, at in moments if name in fixed]
    times, places = [time for time, _ in anchors], [place for _, place in anchors]
    return [_between(times, places, at.timestamp()) for _, at in moments]


def _between(times: Sequence[float], places: Sequence[float], time: float) -> float:
    if not times or time <= times[0]:
        return places[0] if places else _LEFT
    if time >= times[-1]:
        return places[-1]
    after = bisect_right(times, time)
    share = (time - times[after - 1]) / (times[after] - times[after - 1])
    return places[after - 1] + share * (places[after] - places[after - 1])


def _height(x: float) -> float:
    if x <= _NIGHT:
        return _TOP + (_LOW - _TOP) * _ease((x - _LEFT) / (_NIGHT - _LEFT))
    if x <= _DAWN:
        return _LOW
    return _LOW - (_LOW - _TOP - 14) * _ease((x - _DAWN) / (_RIGHT - _DAWN))


def _ease(share: float) -> float:
    return share * share * (3 - 2 * share)


def _line(start: float, end: float) -> str:
    xs = [start + _STEP * step for step in range(int((end - start) / _STEP) + 1)]
    return " ".join(f"{x:.1f},{_height(x):.1f}" for x in (*xs, end))
