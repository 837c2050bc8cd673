"""Who speaks over Max: his own voice comes back into the microphone, softer than a voice beside it.

How loud he comes back is learnt while he speaks, so nothing need be known about the room, the volume or an echo
canceller. Only what stands clearly above it is somebody's voice, and all else is softened before the recogniser hears.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from device.senses.ear import limits
from device.senses.ear.listener import Phones, Speech
from device.senses.ear.posteriors import Samples, Scores
from device.senses.ear.voice import CHUNK


class OverMax:
    """Phones and Speech for a `Listener` while Max speaks; it lives longer than a listener, because it learns."""

    def __init__(self, phones: Phones, voice: Speech) -> None:
        self._phones, self._voice = phones, voice
        self._levels: deque[float] = deque(maxlen=limits.ECHO_CHUNKS)
        self._above_db = float("inf")

    def louder(self, step_db: float) -> None:
        """Max becomes so much louder from now on: known at once, it need not be learnt."""
        self._levels = deque((level_db + step_db for level_db in self._levels), self._levels.maxlen)

    def reset(self) -> None:
        self._voice.reset()

    def probability(self, chunk: Samples, /) -> float:
        """int16[CHUNK] -> how probably somebody else speaks, 0-1."""
        probability = self._voice.probability(chunk)
        level_db = _levels_db(chunk)[0]
        self._levels.append(level_db)
        if len(self._levels) >= limits.ECHO_KNOWN_CHUNKS:
            echo_db = float(np.percentile(self._levels, limits.ECHO_PERCENTILE))
            self._above_db = max(echo_db + limits.OVER_ECHO_DB, limits.OVER_LEAST_DB)
        return probability if level_db > self._above_db else 0.0

    def scores(self, samples: Samples, /) -> Scores:
        """-> scores of what is near a loud chunk; the rest is as good as silent."""
        loud = _levels_db(samples) > self._above_db
        near = np.zeros(len(loud), bool)
        for chunk in np.flatnonzero(loud):
            near[max(chunk - limits.OVER_BEFORE_CHUNKS, 0) : chunk + limits.OVER_AFTER_CHUNKS + 1] = True
        gain = np.repeat(np.where(near, 1.0, limits.OVER_REST), CHUNK)
        gain = np.append(gain, np.full(len(samples) - len(gain), limits.OVER_REST))
        return self._phones.scores(np.round(samples * gain).astype(np.int16))


def _levels_db(samples: Samples) -> NDArray[np.float64]:
    """int16[n] -> the level of each whole chunk, in dB of full scale."""
    whole = samples[: len(samples) // CHUNK * CHUNK].reshape(-1, CHUNK).astype(np.float64) / 32768
    return np.asarray(10 * np.log10((whole**2).mean(axis=1) + 1e-10))
