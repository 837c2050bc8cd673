"""From an engine's raw samples to a dry sentence: edges trimmed, pitch moved, one rate and one gain. Chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from device.workshop.piper import Samples

RATE_HZ = 24000
"""Of every sound the workshop gives."""
_BLOCK_S = 0.005
_QUIET_DB = -48.0  # against the loudest block so far: breath and room of the recordings lie below
_FLOOR = 3e-4  # nothing below -70 dBFS is speech
_BEFORE, _AFTER = 3, 8  # quiet blocks kept at the edges, so that consonants stay whole


def tempo(scale: float, pitch_st: float) -> float:
    """-> the length scale to render with, so that `scale` is left after the pitch was moved by resampling."""
    return scale * 2 ** (pitch_st / 12)


def dry(chunks: Iterable[Samples], rate_hz: int, pitch_st: float, gain_db: float) -> Iterator[Samples]:
    """-> float32 chunks at RATE_HZ, moved by `pitch_st`, louder by `gain_db`, silence cut off at both ends."""
    gain = np.float32(10 ** (gain_db / 20))
    resampler = soxr.ResampleStream(rate_hz * 2 ** (pitch_st / 12), RATE_HZ, 1, dtype="float32")
    for chunk in trimmed(chunks, rate_hz):
        if len(part := resampler.resample_chunk(chunk)):
            yield np.clip(part * gain, -1, 1)
    if len(part := resampler.resample_chunk(np.zeros(0, np.float32), last=True)):
        yield np.clip(part * gain, -1, 1)


def trimmed(chunks: Iterable[Samples], rate_hz: int) -> Iterator[Samples]:
    """-> the chunks without the silence before and after; silence between is held back until sound follows."""
    block = max(1, int(rate_hz * _BLOCK_S))
    held = np.zeros(0, np.float32)
    loudest, begun = 0.0, False
    for chunk in chunks:
        held = np.concatenate([held, chunk])
        levels = np.sqrt(np.mean(held[: len(held) // block * block].reshape(-1, block) ** 2, axis=1))
        loudest = max(loudest, float(levels.max(initial=0.0)))
        loud = np.flatnonzero(levels > max(_FLOOR, loudest * 10 ** (_QUIET_DB / 20)))
        if not len(loud):
            continue
        begin = 0 if begun else max(0, int(loud[0]) - _BEFORE) * block
        end = (int(loud[-1]) + 1) * block
        begun = True
        yield held[begin:end]
        held = held[end:]
    if begun:
        yield held[: _AFTER * block] * np.linspace(1, 0, len(held[: _AFTER * block]), dtype=np.float32)
