"""The box itself calls a grown-up: knuckles on two boards, softly at first, louder for a minute, until it is ended."""

from __future__ import annotations

import numpy as np

from device.acts.finishing import RATE_HZ, Sound

GROW_S, GROW_DB = 60.0, 30.0
"""It begins so far below its cap and reaches it after so long, evenly in dB."""
BELL_PEAK_DB = -4.0
"""Its cap, dBFS: 1.5 dB below the highest peak speech may have, and above all else that sounds."""
EVERY_S = 3.0
"""From one double knock to the next: long enough to hear what Max says meanwhile."""
_APART_S = 0.42
_BOARDS_HZ = (523.0, 392.0)
"""High, then low. A sleeper wakes best to tones near 520 Hz, and doors let them through."""
_MODES = ((1.0, 1.0, 0.11), (2.57, 0.35, 0.045), (4.6, 0.12, 0.02))
"""Of a wooden board: frequency and strength against the lowest, and seconds until it is 1/e."""
_KNUCKLE, _KNUCKLE_S = 0.25, 0.012
"""The thud itself: low noise, gone before the tone is."""
_ATTACK_S = 0.004
_KNOCK_S = 0.8


class Bell:
    """The call from its beginning; `block` gives the next samples, without end."""

    def __init__(self) -> None:
        self._pair = _double_knock()
        self._played = 0

    def block(self, count: int) -> Sound:
        """-> the next `count` samples, float32 at 48 kHz."""
        at = self._played + np.arange(count)
        self._played += count
        below_db = GROW_DB * np.maximum(1 - at / (GROW_S * RATE_HZ), 0.0)
        return np.asarray(self._pair[at % len(self._pair)] * 10 ** (-below_db / 20), dtype=np.float32)


def _double_knock() -> Sound:
    """-> EVERY_S seconds: two knocks and the silence after them, at the cap."""
    sound = np.zeros(int(EVERY_S * RATE_HZ))
    for number, hz in enumerate(_BOARDS_HZ):
        begin = int(number * _APART_S * RATE_HZ)
        knock = _knock(hz)
        sound[begin : begin + len(knock)] += knock
    return np.asarray(sound / np.abs(sound).max() * 10 ** (BELL_PEAK_DB / 20), dtype=np.float32)


def _knock(hz: float) -> Sound:
    at_s = np.arange(int(_KNOCK_S * RATE_HZ)) / RATE_HZ
    board = np.sum([a * np.sin(2 * np.pi * hz * m * at_s) * np.exp(-at_s / tau) for m, a, tau in _MODES], axis=0)
    noise = np.convolve(np.random.default_rng(1).standard_normal(len(at_s)), np.hanning(96) / 8, mode="same")
    attack = np.minimum(at_s / _ATTACK_S, 1.0) * np.minimum((_KNOCK_S - at_s) / 0.05, 1.0)
    return np.asarray((board + _KNUCKLE * noise * np.exp(-at_s / _KNUCKLE_S)) * attack, dtype=np.float32)
