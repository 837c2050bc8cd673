"""What can be read off a recorded telling itself: where each sentence begins and ends, how loud it is, how fast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from device.acts import loudness
from device.acts.loudness import Floats
from device.errors import SoundError
from device.events import Sentence

_HOP_S = 0.01
_ABOVE_HZ = 4000
"""Speech is looked for above this: a sleep sound, which rises by 12 dB when nobody speaks, has nothing there."""
_OVER_FLOOR_DB, _FAINTEST_DB = 8.0, -74.0
"""Up there speech lies so far above what sounds under it, and above digital silence."""
_SOFT_BEFORE_S, _SOFT_AFTER_S = 0.06, 0.12
"""How far a sentence's soft edges, such as a hum, may reach beyond what is heard up there."""
_FLOOR_PERCENT, _FLOOR_REACH = 25, 1000
"""What sounds under it: the quietest quarter of the 10 s around."""
_GAP_S = 0.12
"""A shorter silence is a stop consonant's."""
_REACH_S = 1.5
"""A sentence is looked for so near to its place in the score."""


class Spoken(NamedTuple):
    """A sentence as it was heard."""

    text: str
    begin_s: float
    end_s: float
    level_lufs: float

    @property
    def words(self) -> int:
        return len(self.text.split())


def read(path: Path) -> tuple[Floats, int]:
    """-> (float32[n], rate in Hz) of a mono file. Raises SoundError."""
    try:
        sound, rate_hz = soundfile.read(path, dtype="float32")
    except (OSError, soundfile.LibsndfileError) as fault:
        raise SoundError(f"{path} cannot be read: {fault}") from fault
    return sound, int(rate_hz)


def spoken(sound: Floats, rate_hz: int, sentences: Sequence[Sentence], begin_s: float = 0.0) -> list[Spoken]:
    """-> each sentence of a score that begins at `begin_s` in the sound; one that was not heard is left out."""
    runs = list(_runs(sound, rate_hz))
    begins = np.array([run[0] for run in runs] or [np.inf])
    found: list[tuple[str, float]] = []
    for sentence in sentences:
        at_s = begin_s + sentence.at_s
        nearest = float(begins[np.abs(begins - at_s).argmin()])
        if abs(nearest - at_s) <= _REACH_S and (not found or nearest > found[-1][1]):
            found.append((sentence.text, nearest))
    heard = []
    for (text, begin), (_, following) in pairwise([*found, ("", np.inf)]):
        end = max(end for start, end in runs if begin <= start < following)
        part = sound[max(int((begin - _SOFT_BEFORE_S) * rate_hz), 0) : int((end + _SOFT_AFTER_S) * rate_hz)]
        heard.append(Spoken(text, begin, end, loudness.integrated(part, rate_hz)))
    return heard


def words_a_minute(heard: Sequence[Spoken], end_s: float, window_s: float = 60.0) -> list[tuple[float, float]]:
    """-> (seconds, words a minute with the pauses counted in) in windows that begin with each sentence.

    `end_s` is where the last pause ends; windows that would pass it are left out.
    """
    begins = [each.begin_s for each in heard] + [end_s]
    rows = []
    for first, begin in enumerate(begins[:-1]):
        after = next((n for n in range(first + 1, len(begins)) if begins[n] - begin >= window_s), None)
        if after is None:
            break
        words = sum(each.words for each in heard[first:after])
        rows.append(((begin + begins[after]) / 2, 60 * words / (begins[after] - begin)))
    return rows


def loudness_by_time(sound: Floats, rate_hz: int, window_s: float = 30.0) -> list[tuple[float, float]]:
    """-> (seconds, LUFS of the speech around, pauses gated out)."""
    length_s, step_s = len(sound) / rate_hz, window_s / 6
    return [
        (at_s + window_s / 2, loudness.integrated(sound[int(at_s * rate_hz) :][: int(window_s * rate_hz)], rate_hz))
        for at_s in np.arange(0, max(length_s - window_s, step_s), step_s).tolist()
    ]


def waveform(sound: Floats, columns: int) -> list[float]:
    """-> the highest point of each of so many equal parts, 0-1."""
    edges = np.linspace(0, len(sound), columns, endpoint=False).astype(int)
    return [float(peak) for peak in np.maximum.reduceat(np.abs(sound), edges)]


def _runs(sound: Floats, rate_hz: int) -> Iterator[tuple[float, float]]:
    """-> (begin, end) in seconds of each run of speech between silences."""
    hop = int(rate_hz * _HOP_S)
    low = soxr.resample(soxr.resample(sound, rate_hz, 2 * _ABOVE_HZ), 2 * _ABOVE_HZ, rate_hz)
    high = sound - np.pad(low, (0, max(len(sound) - len(low), 0)))[: len(sound)]
    frames = high[: len(high) // hop * hop].reshape(-1, hop)
    level_db = 10 * np.log10(np.maximum(np.square(frames, dtype=np.float64).mean(axis=1), 1e-12))
    loud = np.flatnonzero(level_db > np.maximum(_floor_db(level_db) + _OVER_FLOOR_DB, _FAINTEST_DB))
    if not loud.size:
        return
    breaks = np.flatnonzero(np.diff(loud) > _GAP_S / _HOP_S)
    for first, last in zip([0, *(breaks + 1)], [*breaks, loud.size - 1], strict=True):
        yield float(loud[first] * _HOP_S), float((loud[last] + 1) * _HOP_S)


def _floor_db(level_db: Floats) -> Floats:
    """-> for each hop what sounds under the speech, looked at once a second."""
    at = np.arange(0, len(level_db), 100)
    floor = [np.percentile(level_db[max(n - _FLOOR_REACH // 2, 0) : n + _FLOOR_REACH // 2], _FLOOR_PERCENT) for n in at]
    return np.interp(np.arange(len(level_db)), at, floor)
