"""A speaker whose sound is numbers: each frame's samples say which phone it is, so that the ear's rules can be tested
exactly and fast. It stands in for recogniser and Silero, whose own work the slow tests hear on real recordings."""

from __future__ import annotations

import numpy as np

from device.senses.ear.posteriors import ANYTHING, FRAME, PAUSE, RATE_HZ, SYMBOLS, Samples, Scores
from device.senses.ear.pronounce import Pronunciations

WORDS = Pronunciations()
_STEP = 100
_SURE, _UNSURE = -0.1, -6.0


def spoken(text: str, frames_a_phone: int = 4) -> Samples:
    """-> int16[n]: the words, spoken without a breath."""
    phones = [phone for word in text.split() for phone in WORDS[word][0]]
    return np.repeat(np.array(phones, np.int16) + 1, frames_a_phone * FRAME) * np.int16(_STEP)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


class PuppetPosteriors:
    """Hears exactly what a puppet said."""

    def scores(self, samples: Samples) -> Scores:
        heard = samples[: len(samples) // FRAME * FRAME : FRAME] // _STEP - 1
        scores = np.full((len(heard), SYMBOLS), _UNSURE, np.float32)
        scores[np.arange(len(heard)), np.where(heard < 0, PAUSE, heard)] = _SURE
        scores[:, ANYTHING] = scores.max(axis=1) - 1
        return scores


class PuppetVoice:
    """Speech is whatever is not silence."""

    def reset(self) -> None:
        """There is nothing to forget."""

    def probability(self, chunk: Samples) -> float:
        return float(np.count_nonzero(chunk) > len(chunk) // 2)
