"""espeak-ng as the last resort: always there, a robot. In the worker only: some texts kill it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np

from device.errors import VoiceError
from device.workshop.clauses import SENTENCE_WORDS
from device.workshop.piper import Samples

_SYNCHRONOUS = 2  # mode 1 returns before the audio is there
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_VOICE = b"en+edward"  # the softest of 104 variants, by DNSMOS
_WPM = 175  # espeak's own pace, our scale 1
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """One for a process: started twice, the library runs wild. Raises VoiceError."""

    most_words = SENTENCE_WORDS

    def __init__(self) -> None:
        try:
            import espeakng_loader

            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = espeakng_loader.get_data_path()
        except (ImportError, OSError, RuntimeError) as fault:
            raise VoiceError(f"espeak-ng cannot be loaded: {fault}. Install espeakng-loader again.") from fault
        self.rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), 0)
        if self.rate_hz <= 0 or self._library.espeak_SetVoiceByName(_VOICE) != 0:
            raise VoiceError(f"espeak-ng does not start with the data in {data}. Install espeakng-loader again.")
        self._library.espeak_SetParameter(_PITCH, 45, 0)
        self._library.espeak_SetParameter(_RANGE, 40, 0)
        self._parts: list[Samples] = []
        self._callback = _CALLBACK(self._take)  # kept: the library calls it from C
        self._library.espeak_SetSynthCallback(self._callback)

    def stream(self, text: str, scale: float, seed: int) -> Iterator[Samples]:
        """-> the samples of `text`. There is no chance in it: `seed` is part of the engines' common call."""
        self._parts.clear()
        self._library.espeak_SetParameter(_RATE, max(80, round(_WPM / scale)), 0)
        spoken = text.encode()
        self._library.espeak_Synth(spoken, ctypes.c_size_t(len(spoken) + 1), 0, 1, 0, _UTF8, None, None)
        yield from self._parts

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
        if count > 0:
            self._parts.append(np.ctypeslib.as_array(samples, (count,)) * np.float32(1 / 32768))
        return 0
