"""Sleep sounds: pink and brown noise, rain, the sea. Synthesised and never repeated, so that no loop can be heard.

Noise below 2 kHz (NUMBERS 3.1: pink -3, brown -6 dB an octave; rain and sea swell at 0.08-0.15 Hz; crest under 12 dB),
made at 8 kHz from frames of random phase that overlap by half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from device.acts.finishing import RATE_HZ, STORY_LUFS, Sound
from device.acts.loudness import k_weighting

AMBIENCE_LUFS = STORY_LUFS - 6
"""A sleep sound at its beginning: 42 dBA where the story begins at 48 (NUMBERS 3.1)."""
AMBIENCE_CEILING_DB = -17.0
"""Its highest true peak, dBTP, so that speech on top keeps -1."""
DUCK_DB = -12.0
"""What it loses while somebody speaks. The sea cost a voice .69 of DNSMOS P.808 at -9 dB, .50 at -12, .34 at -15."""
_FADE_DB = 60.0
"""How far a fade falls, evenly in dB, before it is silence."""
_RISE_S = 3.0
_LOW_HZ = 8000
_HALF = 8192
"""Samples at 8 kHz that a frame brings: about a second."""
_SWELLS_HZ = (0.083, 0.109, 0.147)
"""Three that never meet again in one night."""
_CREST = 3.1
"""Softly limited to this many times the root mean square (9.8 dB)."""
_LIMITED_DB = 1.0
"""What that takes from its loudness (measured on all four), given back beforehand."""


@dataclass(frozen=True, slots=True)
class _Layer:
    slope_db: float
    """An octave."""
    from_hz: float
    """High-pass; small loudspeakers only rattle below 60 Hz."""
    swell_db: float = 0.0
    """How far its level moves either way."""
    share_db: float = 0.0


_LAYERS = {
    "pink": (_Layer(-3, 60),),
    "brown": (_Layer(-6, 60),),
    "rain": (_Layer(-1, 350, swell_db=2), _Layer(-4, 80, swell_db=1, share_db=-8)),
    "sea": (_Layer(-6, 60, swell_db=3), _Layer(-2, 250, swell_db=6, share_db=-4)),
}
NAMES = tuple(_LAYERS)


class SleepSound:
    """One sleep sound from its beginning to its silence; `block` gives the next samples of it."""

    def __init__(self, name: str, fade_s: float, seed: int, level_db: float = 0.0) -> None:
        """`name` is one of NAMES; it fades over `fade_s` seconds from its beginning, or stays where that is 0."""
        self._random = np.random.default_rng(seed)
        self._layers = [_Noise(layer, self._random) for layer in _LAYERS[name]]
        shares = sum(10 ** (layer.share_db / 10) for layer in _LAYERS[name])
        self._rms = 10 ** ((AMBIENCE_LUFS + _LIMITED_DB + level_db) / 20) / np.sqrt(shares)
        self._up = soxr.ResampleStream(_LOW_HZ, RATE_HZ, 1, dtype="float32")
        self._ready: Sound = np.zeros(0, dtype=np.float32)
        self._played = 0
        self._fade_from, self._fade_s = 0, fade_s

    def fade(self, over_s: float) -> None:
        """From now on it falls to silence over so many seconds; an earlier fade goes on where it is quicker."""
        if not self._fade_s or self._left_s() > over_s:
            self._fade_from, self._fade_s = self._played, over_s

    def block(self, count: int) -> Sound | None:
        """-> the next `count` samples, float32 at 48 kHz; None after its silence."""
        if self._fade_s and self._left_s() <= 0:
            return None
        while len(self._ready) < count:
            low = np.sum([layer.frame() for layer in self._layers], axis=0)
            self._ready = np.concatenate([self._ready, self._up.resample_chunk(self._limited(low))])
        sound, self._ready = self._ready[:count], self._ready[count:]
        out = sound * self._envelope(count)
        self._played += count
        return out

    def skip(self, count: int) -> None:
        """Lets so many samples pass unheard: a fade goes on."""
        self._played += count

    def _limited(self, low: NDArray[Any]) -> Sound:
        top = min(_CREST * self._rms, 0.95 * 10 ** (AMBIENCE_CEILING_DB / 20))
        return np.asarray(top * np.tanh(low * self._rms / top), dtype=np.float32)

    def _left_s(self) -> float:
        return self._fade_s - (self._played - self._fade_from) / RATE_HZ

    def _envelope(self, count: int) -> Sound:
        at = self._played + np.arange(count)
        gain = np.minimum(at / (_RISE_S * RATE_HZ), 1.0) ** 2
        if self._fade_s:
            done = np.clip((at - self._fade_from) / (self._fade_s * RATE_HZ), 0, 1)
            gain *= np.where(done < 1, 10 ** (-_FADE_DB / 20 * done), 0.0)
        return gain.astype(np.float32)


class _Noise:
    """A layer, whose unmodulated K-weighted power is its share."""

    def __init__(self, layer: _Layer, random: np.random.Generator) -> None:
        self._layer, self._random = layer, random
        hz = np.fft.rfftfreq(2 * _HALF, 1 / _LOW_HZ)
        shape = np.maximum(hz, 1.0) ** (layer.slope_db / 6.02)
        shape *= (hz / layer.from_hz) ** 2 / (1 + (hz / layer.from_hz) ** 2) / np.sqrt(1 + (hz / 2000) ** 16)
        heard = np.sum(np.square(shape * np.abs(k_weighting(np.append(hz[:-1], hz[-2]), _LOW_HZ))))
        self._shape = shape * _HALF * np.sqrt(2 / heard) * 10 ** ((layer.share_db + 0.691) / 20)
        self._window = np.sin(np.pi * (np.arange(2 * _HALF) + 0.5) / (2 * _HALF))
        self._phases = random.uniform(0, 2 * np.pi, len(_SWELLS_HZ))
        self._tail = self._fresh()[_HALF:]
        self._made = 0

    def frame(self) -> NDArray[Any]:
        """-> the next _HALF samples at 8 kHz."""
        fresh = self._fresh()
        noise = (self._tail + fresh[:_HALF]) * self._swell()
        self._tail = fresh[_HALF:]
        self._made += _HALF
        return np.asarray(noise)

    def _fresh(self) -> NDArray[Any]:
        turns = np.exp(1j * self._random.uniform(0, 2 * np.pi, len(self._shape)))
        return np.asarray(np.fft.irfft(self._shape * turns, 2 * _HALF) * self._window)

    def _swell(self) -> NDArray[Any]:
        at = (self._made + np.arange(_HALF)) / _LOW_HZ
        waves = [np.sin(2 * np.pi * hz * at + phase) for hz, phase in zip(_SWELLS_HZ, self._phases, strict=True)]
        return np.asarray(10 ** (self._layer.swell_db / 20 * np.mean(waves, axis=0)))
