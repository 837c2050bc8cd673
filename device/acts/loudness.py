"""How loud a sound is, by ITU-R BS.1770-5 and EBU R 128: momentary, short-term, integrated, true peak."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

SILENCE_LUFS = -120.0
"""What digital silence reads."""
_OFFSET_DB = -0.691
"""BS.1770: makes a 997 Hz sine read its own level."""
_STEPS_BLOCK = 20
"""Filtered at a time: 2 s."""
_TAIL = 0.25
"""Seconds after which the filters have died away (38 Hz, Q 0.5: below 1e-25)."""


def momentary(sound: Floats, rate_hz: int) -> Floats:
    """-> LUFS over 400 ms, every 100 ms; `sound` is float[n] or float[n, channels]."""
    return _sliding(sound, rate_hz, 4)


def short_term(sound: Floats, rate_hz: int) -> Floats:
    """-> LUFS over 3 s, every 100 ms."""
    return _sliding(sound, rate_hz, 30)


def integrated(sound: Floats, rate_hz: int) -> float:
    """-> LUFS of the whole, gated at -70 LUFS and 10 LU below the rest. A sound under 400 ms is one block."""
    if not len(sound):
        return SILENCE_LUFS
    if len(sound) < 4 * (rate_hz // 10):
        return float(_lufs(np.array([_energies(sound, rate_hz).sum() / len(sound)]))[0])
    blocks = momentary(sound, rate_hz)
    blocks = blocks[blocks > -70]
    if not blocks.size:
        return SILENCE_LUFS
    return _mean(blocks[blocks > _mean(blocks) - 10])


def true_peak_db(sound: Floats, rate_hz: int) -> float:
    """-> dBTP: the highest point of the sound four times oversampled."""
    over = soxr.resample(np.pad(sound, [(64, 64)] + [(0, 0)] * (sound.ndim - 1)), rate_hz, 4 * rate_hz)
    return float(20 * np.log10(max(float(np.abs(over).max()), 1e-6)))


def k_weighting(hz: Floats, rate_hz: int) -> NDArray[np.complex128]:
    """-> the response at these frequencies of BS.1770's two filters (a head's shelf, then a high-pass) at any rate."""
    z = np.exp(-2j * np.pi * hz / rate_hz)
    k = np.tan(np.pi * 1681.974450955533 / rate_hz)
    high, q = 10 ** (3.999843853973347 / 20), 0.7071752369554196
    band = high**0.4996667741545416
    shelf = (high + band * k / q + k * k) + 2 * (k * k - high) * z + (high - band * k / q + k * k) * z * z
    shelf = shelf / ((1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z)
    k, q = np.tan(np.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    norm = 1 + k / q + k * k
    low_cut = (1 - z) ** 2 / (1 + 2 * (k * k - 1) / norm * z + (1 - k / q + k * k) / norm * z * z)
    return np.asarray(shelf * low_cut, dtype=np.complex128)


def _sliding(sound: Floats, rate_hz: int, steps: int) -> Floats:
    energies = _energies(sound, rate_hz)[: len(sound) // (rate_hz // 10)]
    sums = np.concatenate([[0.0], np.cumsum(energies)])
    return _lufs(np.maximum(sums[steps:] - sums[:-steps], 0) / (steps * (rate_hz // 10)))


def _energies(sound: Floats, rate_hz: int) -> Floats:
    """-> sum of squares of the weighted sound, all channels, of each 100 ms; the last may be shorter."""
    hop, tail = rate_hz // 10, int(rate_hz * _TAIL)
    block, columns = _STEPS_BLOCK * hop, np.asarray(sound, dtype=np.float32).reshape(len(sound), -1)
    response = k_weighting(np.fft.rfftfreq(block + tail, 1 / rate_hz), rate_hz).astype(np.complex64)[:, None]
    energies: list[Floats] = []
    carry: Floats = np.zeros((tail, columns.shape[1]), dtype=np.float32)
    for begin in range(0, len(columns), block):
        part = columns[begin : begin + block]
        weighted = np.fft.irfft(np.fft.rfft(part, block + tail, axis=0) * response, block + tail, axis=0)
        weighted[:tail] += carry
        carry = weighted[block:]
        power = np.square(weighted[: len(part)], dtype=np.float64).sum(axis=1)
        energies.append(np.add.reduceat(power, np.arange(0, len(part), hop)))
    return np.concatenate(energies)


def _lufs(power: Floats) -> Floats:
    return np.maximum(_OFFSET_DB + 10 * np.log10(np.maximum(power, 1e-20)), SILENCE_LUFS)


def _mean(lufs: Floats) -> float:
    return float(10 * np.log10(np.mean(10 ** (lufs / 10))))
