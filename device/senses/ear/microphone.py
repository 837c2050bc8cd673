"""The microphone, by SDL: 16 kHz, mono, int16, taken when asked for; it is opened again after it was unplugged.

SDL is the copy in pygame's wheel, called directly: importing pygame costs the ear's process 26 MB and its package
resources, and gives no way to ask whether a device still lives.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from device.errors import HearingError
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.sound_devices import chosen

STALLED_S = 2.0
"""A microphone that gave nothing for so long has stopped without a word (HARDENING R9)."""
SETTLED_S = 6.0
"""One that was just opened may take so long until its first sound: a sound server hands out what it had planned before
(PulseAudio: up to 2 s) and closing it then would only begin that again."""
AGAIN_S = 2.0
"""Between two tries to open one that is not there."""
_BLOCK = 512
"""Samples the driver hands over at once (32 ms)."""
_MOST = 4 * RATE_HZ
"""Samples read at once at most: what piled up while the ear was thinking comes in a few turns."""
_AUDIO = 0x10
_CAPTURE = 1
_INT16 = 0x8010
_STOPPED = 0


class _Spec(ctypes.Structure):
    """SDL_AudioSpec."""

    _fields_ = (
        ("freq", ctypes.c_int), ("format", ctypes.c_uint16), ("channels", ctypes.c_uint8), ("silence", ctypes.c_uint8),
        ("samples", ctypes.c_uint16), ("padding", ctypes.c_uint16), ("size", ctypes.c_uint32),
        ("callback", ctypes.c_void_p), ("userdata", ctypes.c_void_p),
    )  # fmt: skip


class Microphone:
    """The microphone whose name has this in it, or the system's own where it is empty; where there is one like it whose
    echo is cancelled, that. One thread uses it."""

    def __init__(self, name: str = "", clock: Callable[[], float] = monotonic) -> None:
        self._name, self._clock = name, clock
        self._sdl: Any = None
        self._device = 0
        self._try_s = self._silent_until_s = 0.0
        self.frames = 0
        """Samples read since this object was made."""

    @property
    def is_open(self) -> bool:
        return self._device != 0

    def read(self) -> Samples:
        """-> int16[n] that came since the last call, none where nothing did. Opens the microphone where it is closed.

        Raises HearingError where it cannot be opened or has stopped; then it is tried again after AGAIN_S."""
        if not self._device:
            if self._clock() < self._try_s:
                return np.zeros(0, np.int16)
            self._try_s = self._clock() + AGAIN_S
            with quiet():
                self._open()
        sound = self._taken()
        now_s = self._clock()
        if len(sound):
            self._silent_until_s = now_s + STALLED_S
        if now_s > self._silent_until_s or self._sdl.SDL_GetAudioDeviceStatus(self._device) == _STOPPED:
            self.close()
            raise HearingError("The microphone stopped giving sound. Check its plug; it is found again by itself.")
        return sound

    def close(self) -> None:
        """Ends capture. `read` opens it again."""
        if self._device:
            with quiet():
                self._sdl.SDL_CloseAudioDevice(self._device)
                self._sdl.SDL_QuitSubSystem(_AUDIO)
            self._device = 0

    def _taken(self) -> Samples:
        buffer = np.empty(_MOST, np.int16)
        size = self._sdl.SDL_DequeueAudio(self._device, buffer.ctypes.data_as(ctypes.c_void_p), buffer.nbytes)
        self.frames += size // 2
        return buffer[: size // 2].copy()

    def _open(self) -> None:
        self._sdl = self._sdl or _library()
        if self._sdl.SDL_InitSubSystem(_AUDIO):
            raise self._missing()
        try:
            name = self._full_name()
            wanted = _Spec(freq=RATE_HZ, format=_INT16, channels=1, samples=_BLOCK)
            self._device = self._sdl.SDL_OpenAudioDevice(name, _CAPTURE, ctypes.byref(wanted), None, 0)
            if not self._device:
                raise self._missing()
        except HearingError:
            self._sdl.SDL_QuitSubSystem(_AUDIO)
            raise
        self._silent_until_s = self._clock() + SETTLED_S
        self._sdl.SDL_PauseAudioDevice(self._device, 0)

    def _full_name(self) -> bytes | None:
        """-> as SDL calls it; asking anew each time, because what is plugged in again may have another number."""
        count = self._sdl.SDL_GetNumAudioDevices(_CAPTURE)
        names = [self._sdl.SDL_GetAudioDeviceName(number, _CAPTURE) or b"" for number in range(count)]
        readable = [name.decode(errors="replace") for name in names]
        meant = chosen(self._name, readable)
        if meant is not None:
            return bytes(names[readable.index(meant)]) if meant else None
        there = ", ".join(f'"{name}"' for name in readable) or "none"
        raise HearingError(
            f'There is no microphone "{self._name}"; there is {there}. Plug it in, or change [sound] microphone.'
        )

    def _missing(self) -> HearingError:
        fault = (self._sdl.SDL_GetError() or b"").decode(errors="replace")
        return HearingError(f"There is no microphone to open ({fault}). Plug one in; it is found by itself.")


def found() -> list[str]:
    """-> the names of all microphones there are. Raises HearingError where there is no sound system to ask."""
    sdl = _library()
    with quiet():
        if sdl.SDL_InitSubSystem(_AUDIO):
            return []
        try:
            names = [sdl.SDL_GetAudioDeviceName(n, _CAPTURE) for n in range(sdl.SDL_GetNumAudioDevices(_CAPTURE))]
        finally:
            sdl.SDL_QuitSubSystem(_AUDIO)
    return [name.decode(errors="replace") for name in names if name]


def _library() -> Any:
    """-> the SDL of pygame's wheel, or the system's. Raises HearingError."""
    found = find_spec("pygame")
    package = Path(found.origin).parent if found and found.origin else Path("/nowhere")
    paths = [*(package.parent / "pygame.libs").glob("libSDL2-*"), *(package / ".dylibs").glob("libSDL2-*")]
    path = next((str(path) for path in paths), ctypes.util.find_library("SDL2-2.0"))
    if path is None:
        raise HearingError("SDL, which reads the microphone, is not installed. Install sleepsync again.")
    sdl = ctypes.CDLL(path)
    sdl.SDL_GetAudioDeviceName.restype = sdl.SDL_GetError.restype = ctypes.c_char_p
    sdl.SDL_OpenAudioDevice.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
    sdl.SDL_DequeueAudio.argtypes = (ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32)
    return sdl


@contextmanager
def quiet() -> Iterator[None]:
    """ALSA writes on standard error about every device it does not find; we say it ourselves, in a sentence."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
