"""How a telling slows, softens and sinks: the curves, and the silences that follow from them. All numbers, no story.

Curves run over the fraction of the telling's time, 0 to 1. Their knots are the middles of the four parts of the
narration table that the project works from: invite, wander, settle, drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

Curve: TypeAlias = Sequence[tuple[float, float]]

_SLOW_WPM: Curve = ((0.0, 128.0), (0.125, 128.0), (0.375, 113.0), (0.625, 97.0), (0.8, 83.0), (1.0, 78.0))
_FAST_WPM: Curve = ((0.0, 134.0), (0.125, 134.0), (0.375, 123.0), (0.625, 109.0), (0.8, 97.0), (1.0, 88.0))
"""Words a minute, pauses counted in, of the slowest and the quickest telling: about 130 falling to 75-95."""

_LEVEL_DB: Curve = ((0.0, 0.0), (0.125, 0.0), (0.375, -2.0), (0.625, -5.0), (0.8, -8.0), (1.0, -11.0))

_PITCH_FALLS = (0.25, 0.5, 0.7, 0.85)
"""Where in a story the voice sinks by half a semitone each."""

LITTLE = 6
"""Years; up to here a telling begins at 115 words a minute instead of 130."""

_LITTLE_START = 115 / 130

_SHORTEST_PAUSE_S = 0.15
_SHORTEST_UNIT_S = 0.35
"""Silence after an ordinary sentence that even the quickest telling keeps."""


class Spoken(NamedTuple):
    """What the silences are computed from, for one sentence."""

    words: float
    voice_s: float
    weight: float
    """Of the silence that follows, against that after an ordinary sentence."""
    authored_s: float = 0.0
    """Silence the story asks for."""


class Timing(NamedTuple):
    """Where a sentence stands in the telling, and the silence after it."""

    told: float
    """Fraction of the whole telling's time when it begins."""
    pause_s: float


def at(curve: Curve, where: float) -> float:
    """-> the curve's value there, evenly between its knots and level outside them."""
    for (left, low), (right, high) in pairwise(curve):
        if where <= right:
            return low + (high - low) * max(0.0, where - left) / (right - left)
    return curve[-1][1]


def level_db(told: float) -> float:
    """-> loudness against the beginning, in tenths of a decibel; never rises."""
    return round(at(_LEVEL_DB, told), 1) or 0.0


def drift_st(place: float) -> float:
    """-> how far the voice has sunk at that place of a story, in half semitones: 0 to -2."""
    return -0.5 * sum(place >= fall for fall in _PITCH_FALLS)


def span_s(spoken: Sequence[Spoken], age: int, told: float = 0.0) -> tuple[float, float]:
    """-> the shortest and the longest time these sentences can take from `told` on without hurry or drag."""
    count = 60.0 * sum(sentence.words for sentence in spoken)
    least = sum(one.voice_s + max(_SHORTEST_UNIT_S * one.weight, one.authored_s) for one in spoken)
    shortest = max(count / _mean(1.0, told, age <= LITTLE), least)
    return shortest, max(count / _mean(0.0, told, age <= LITTLE), shortest)


def timings(spoken: Sequence[Spoken], seconds: float, age: int, told: float = 0.0) -> list[Timing]:
    """-> the silences that make these sentences last `seconds`, or as near as `span_s` allows."""
    if not spoken:
        return []
    shortest, longest = span_s(spoken, age, told)
    seconds = min(max(seconds, shortest), longest)
    begins = _begins(spoken, seconds, age, told)
    units = _units(spoken, begins, seconds, age, told)
    pauses = _fitted(spoken, units, seconds - sum(one.voice_s for one in spoken))
    return [Timing(begin, pause) for begin, pause in zip(begins, pauses, strict=True)]


def _wpm(told: float, little: bool, quickness: float) -> float:
    wpm = at(_SLOW_WPM, told) + quickness * (at(_FAST_WPM, told) - at(_SLOW_WPM, told))
    end = at(_SLOW_WPM, 1.0) + quickness * (at(_FAST_WPM, 1.0) - at(_SLOW_WPM, 1.0))
    start = at(_SLOW_WPM, 0.0) + quickness * (at(_FAST_WPM, 0.0) - at(_SLOW_WPM, 0.0))
    if not little:
        return wpm
    return end + (wpm - end) * (start * _LITTLE_START - end) / (start - end)


@lru_cache(maxsize=64)
def _mean(quickness: float, told: float, little: bool) -> float:
    """-> words a minute from `told` to the end, evenly over time."""
    steps = 50
    return sum(_wpm(told + (1 - told) * (step + 0.5) / steps, little, quickness) for step in range(steps)) / steps


def _quickness(spoken: Sequence[Spoken], seconds: float, age: int, told: float) -> float:
    slow, fast = _mean(0.0, told, age <= LITTLE), _mean(1.0, told, age <= LITTLE)
    wanted = 60.0 * sum(sentence.words for sentence in spoken) / seconds if seconds else fast
    return min(max((wanted - slow) / (fast - slow), 0.0), 1.0)


def _begins(spoken: Sequence[Spoken], seconds: float, age: int, told: float) -> list[float]:
    """-> where each sentence begins, as a fraction of the whole telling, if all keep to the curve."""
    quickness = _quickness(spoken, seconds, age, told)
    begins = [told]
    for sentence in spoken:
        slot_s = 60.0 * sentence.words / _wpm(begins[-1], age <= LITTLE, quickness)
        begins.append(begins[-1] + (1 - told) * slot_s / max(seconds, 1e-9))
    stretch = (1 - told) / max(begins[-1] - told, 1e-9)
    return [told + (begin - told) * stretch for begin in begins[:-1]]


def _units(spoken: Sequence[Spoken], begins: Sequence[float], seconds: float, age: int, told: float) -> list[float]:
    """-> the silence of weight 1 after each sentence: the curve's need, smooth and never shrinking."""
    quickness = _quickness(spoken, seconds, age, told)
    parts = max(1, min(6, len(spoken) // 8))
    needs, weights = [0.0] * parts, [0.0] * parts
    for sentence, begin in zip(spoken, begins, strict=True):
        part = min(int(parts * (begin - told) / (1 - told)), parts - 1) if told < 1 else 0
        needs[part] += 60.0 * sentence.words / _wpm(begin, age <= LITTLE, quickness) - sentence.voice_s
        weights[part] += sentence.weight
    known = [part for part in range(parts) if weights[part]]
    values = _rising(
        [max(needs[part] / weights[part], _SHORTEST_UNIT_S) for part in known], [weights[part] for part in known]
    )
    knots = [(told + (1 - told) * (part + 0.5) / parts, value) for part, value in zip(known, values, strict=True)]
    return [at(knots, begin) if len(knots) > 1 else knots[0][1] for begin in begins]


def _rising(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """-> the nearest values that never fall (pooling neighbours that do)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (left, left_weight, many), (right, right_weight, more) = pools[-2:]
            both = left_weight + right_weight
            pools[-2:] = [((left * left_weight + right * right_weight) / both, both, many + more)]
    return [value for value, _, many in pools for _ in range(many)]


def _fitted(spoken: Sequence[Spoken], units: Sequence[float], silence_s: float) -> list[float]:
    """-> pauses in proportion to unit and weight, none below what the story asks for, that add up to `silence_s`."""
    shares = [unit * sentence.weight for unit, sentence in zip(units, spoken, strict=True)]
    least = [max(sentence.authored_s, _SHORTEST_PAUSE_S) for sentence in spoken]
    low, high = 0.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        total = sum(max(middle * share, floor) for share, floor in zip(shares, least, strict=True))
        low, high = (middle, high) if total < silence_s else (low, middle)
    return [max(high * share, floor) for share, floor in zip(shares, least, strict=True)]
