"""What makes a dry sentence sound like Max: warmth, less hiss, its scored level, soft edges, a ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from device.acts import loudness

Sound = NDArray[np.float32]

RATE_HZ = 48_000
"""Everything finished, played and recorded has this rate."""
STORY_LUFS = -22.0
"""How loud a sentence of level 0 dB is with the volume at the device's cap. Joe's peaks lie 19-21 dB above it."""
VOICE_LUFS = -22.5
"""How loud the workshop's voices are once warmed: joe -22.8, heart -22.0, its sentences within 0.5 LU (measured)."""
BLOCK = 512
"""Frames the loudspeaker takes at once: parts of a sentence end at a block's border, where they join without a gap."""
SPEECH_CEILING_DB = -2.5
"""Highest true peak of speech, dBTP. With a sleep sound under it (-17 dBTP at most) the sum keeps -1 dBTP."""
_LIMIT_BLOCK, _LIMIT_REACH = RATE_HZ // 1000, 6
"""The limiter looks at peaks of 1 ms and begins 6 ms before one."""
_WARM_DB, _WARM_HZ, _WARM_OCTAVES = 2.0, 195.0, 0.7
"""A bell over 150-250 Hz (NUMBERS 3.2)."""
_ROLL_OFF_HZ, _ROLL_OFF_DB = 6000.0, -3.0
"""Above it, dB an octave (NUMBERS 3.2)."""
_SIBILANT_HZ, _SIBILANT_SHARE, _SIBILANT_DBFS, _SIBILANT_DB = 4500.0, 0.2, -35.0, -6.0
"""Frames hiss that have more than this share of their energy above the edge and are louder than this there; they lose
at most so much. A soft hiss stays: to take it too cost joe .016 of DNSMOS P.808, and softened no sharp one."""
_FRAME_S = 0.043
_LATER_S, _BEFORE_S = 0.06, 0.2
"""What comes later changes the last 60 ms (half a frame, the limiter); what was 0.2 s before changes nothing."""
_BETWEEN_DB = 0.7
"""How far true peaks of a voice were seen above its samples once those were limited."""
_FADE_IN_S, _FADE_OUT_S = 0.004, 0.02


def finish(dry: NDArray[Any], rate_hz: int, level_db: float) -> Sound:
    """-> the dry sentence (mono floats at `rate_hz`) as it is played: float32 at 48 kHz.

    It has the loudness STORY_LUFS + level_db; peaks that would pass the ceiling are held under it.
    """
    if not len(dry):
        return np.zeros(0, dtype=np.float32)
    warm = _warmed(_sane(dry), rate_hz)
    gain_db = min(STORY_LUFS + level_db - loudness.integrated(warm, rate_hz), 30.0)
    sound: Sound = soxr.resample(warm, rate_hz, RATE_HZ) * np.float32(10 ** (gain_db / 20))
    return soften_edges(under_ceiling(sound, SPEECH_CEILING_DB))


def warmed_lufs(dry: NDArray[Any], rate_hz: int) -> float:
    """-> how loud the dry sentence is once warmed."""
    return loudness.integrated(_warmed(_sane(dry), rate_hz), rate_hz)


def finish_live(
    chunks: Iterable[NDArray[Any]], rate_hz: int, level_db: float, lufs: float = VOICE_LUFS
) -> Iterator[Sound]:
    """-> the same sentence in parts, each as soon as its chunks are there; they join without a seam.

    Its loudness rests on `lufs`, what is expected of the voice once warmed: the sentence's own is not known yet.
    `rate_hz` divides 48 kHz.
    """
    gain = np.float32(10 ** ((STORY_LUFS + level_db - lufs) / 20))
    top, up = 10 ** ((SPEECH_CEILING_DB - _BETWEEN_DB) / 20), RATE_HZ // rate_hz
    grid = np.lcm(_half(rate_hz), _LIMIT_BLOCK)  # where frames and limiter begin as they would in the whole
    dry, begin, done = np.zeros(0, dtype=np.float32), 0, 0

    def shaped() -> Sound:
        return _limited(soxr.resample(_warmed(dry, rate_hz), rate_hz, RATE_HZ) * gain, top)

    for chunk in chunks:
        dry = np.concatenate([dry, _sane(chunk)])
        certain = (begin + len(dry)) * up - int(_LATER_S * RATE_HZ)
        if (end := certain // BLOCK * BLOCK) <= done:
            continue
        part = shaped()[done - begin * up : end - begin * up]
        yield part if done else _risen(part)
        done = end
        fresh = max(done // up - int(_BEFORE_S * rate_hz), 0) // grid * grid
        dry, begin = dry[fresh - begin :], fresh
    if len(dry):
        part = _fallen(shaped()[done - begin * up :])
        yield part if done else _risen(part)


def under_ceiling(sound: Sound, ceiling_db: float) -> Sound:
    """-> the sound with its peaks held under the ceiling (dBTP), and softer as a whole by what still lies between."""
    top = 10 ** (ceiling_db / 20)
    if np.abs(sound).max() < 0.7 * top:  # below 12 kHz no true peak is 3.1 dB above its samples
        return sound
    held = _limited(sound, top)
    return held * np.float32(10 ** (min(ceiling_db - loudness.true_peak_db(held, RATE_HZ), 0.0) / 20))


def _limited(sound: Sound, top: float) -> Sound:
    """-> no sample above `top`: the gain falls before a peak and rises after it, along half a cosine's curve."""
    count = -(-len(sound) // _LIMIT_BLOCK)
    blocks = np.pad(np.abs(sound), (0, count * _LIMIT_BLOCK - len(sound))).reshape(count, _LIMIT_BLOCK)
    need = np.pad(np.minimum(1.0, top / np.maximum(blocks.max(axis=1), 1e-6)), 2 * _LIMIT_REACH, constant_values=1.0)
    least = np.lib.stride_tricks.sliding_window_view(need, 2 * _LIMIT_REACH + 1).min(axis=1)
    curve = np.hanning(2 * _LIMIT_REACH + 1)[1:-1]
    gains = np.convolve(least, curve / curve.sum(), mode="same")[_LIMIT_REACH : _LIMIT_REACH + count]
    centres = (np.arange(count) + 0.5) * _LIMIT_BLOCK
    return sound * np.interp(np.arange(len(sound)), centres, gains).astype(np.float32)


def soften_edges(sound: Sound) -> Sound:
    """-> the sound without a click at either end."""
    return _fallen(_risen(sound))


def _risen(sound: Sound) -> Sound:
    count = min(int(RATE_HZ * _FADE_IN_S), len(sound) // 2)
    return np.concatenate([sound[:count] * np.linspace(0, 1, count, dtype=np.float32), sound[count:]])


def _fallen(sound: Sound) -> Sound:
    rest = len(sound) - min(int(RATE_HZ * _FADE_OUT_S), len(sound) // 2)
    return np.concatenate([sound[:rest], sound[rest:] * np.linspace(1, 0, len(sound) - rest, dtype=np.float32)])


def _sane(dry: NDArray[Any]) -> Sound:
    return np.clip(np.nan_to_num(np.asarray(dry, dtype=np.float32)), -2.0, 2.0)


def _half(rate_hz: int) -> int:
    """-> samples of half a frame."""
    return int(rate_hz * _FRAME_S / 2)


def _warmed(dry: Sound, rate_hz: int) -> Sound:
    """-> warmed and de-essed, in half-overlapping frames whose windows add up to one."""
    half = _half(rate_hz)
    window = np.sin(np.pi * (np.arange(2 * half) + 0.5) / (2 * half)).astype(np.float32)
    count = -(-len(dry) // half) + 1
    padded = np.zeros((count + 1) * half, dtype=np.float32)
    padded[half : half + len(dry)] = dry
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)[::half]
    spectra = np.fft.rfft(frames * window)
    hz = np.fft.rfftfreq(2 * half, 1 / rate_hz)
    warm = np.fft.irfft(_without_hiss(spectra, hz) * _equaliser(hz), 2 * half) * window
    out = np.zeros_like(padded)
    out[:-half] += warm[:, :half].reshape(-1)
    out[half:] += warm[:, half:].reshape(-1)
    return out[half : half + len(dry)]


def _equaliser(hz: NDArray[Any]) -> Sound:
    octaves = np.log2(np.maximum(hz, 1.0) / _WARM_HZ)
    bell_db = _WARM_DB * np.exp(-0.5 * (octaves / _WARM_OCTAVES) ** 2)
    roll_db = _ROLL_OFF_DB * np.log2(np.maximum(hz / _ROLL_OFF_HZ, 1.0))
    return np.asarray(10 ** ((bell_db + roll_db) / 20), dtype=np.float32)


def _without_hiss(spectra: NDArray[Any], hz: NDArray[Any]) -> NDArray[Any]:
    power = np.square(np.abs(spectra))
    high = hz >= _SIBILANT_HZ
    hiss, half = power[:, high].sum(axis=1), spectra.shape[1] - 1
    share = hiss / np.maximum(power.sum(axis=1), 1e-12)
    mean_square = hiss / half**2  # the window halves the sum, and half of the spectrum is not there
    over = np.minimum(share / _SIBILANT_SHARE, mean_square / 10 ** (_SIBILANT_DBFS / 10))
    gain = np.clip(over, 1.0, 10 ** (-_SIBILANT_DB / 10)) ** -0.5
    return np.asarray(spectra * np.where(high, gain[:, None], 1.0), dtype=np.complex64)
