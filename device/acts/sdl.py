"""The questions pygame does not ask SDL: which loudspeakers there are, which device is open, whether it lives.

SDL goes on taking samples, at the right pace, from a device that was unplugged; only its status tells.
"""

from __future__ import annotations

import ctypes
import re
from contextlib import suppress
from pathlib import Path

_AUDIO = 0x10
_STOPPED = 0
_IDS = range(1, 17)
"""SDL holds no more devices at once."""


_SAY_NOTHING = ctypes.CDLL(None).getpid
"""As ALSA's error handler: SDL tells of the same fault, and the telling says it in a sentence.

A C function that takes no notice of what it is given: one of Python's would wait for the interpreter's lock, which
whoever opens the device holds.
"""


def quieten_alsa() -> None:
    """ALSA's library no longer writes its own lines on standard error, in this process.

    To be called before SDL's sound begins: it then takes the library that is loaded here.
    """
    for path in (*_loaded("libasound"), "libasound.so.2"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(path).snd_lib_error_set_handler(_SAY_NOTHING)


class Sdl:
    """The SDL that pygame has loaded into this process. Its wheel carries a copy under a name of its own."""

    def __init__(self) -> None:
        """Raises OSError where pygame has not loaded one."""
        paths = _loaded(r"libSDL2-")
        self._library = ctypes.CDLL(paths[0] if paths else None)
        try:
            self._library.SDL_GetAudioDeviceName.restype = ctypes.c_char_p
        except AttributeError as fault:
            raise OSError(f"SDL is not in this process: {fault}") from fault

    def loudspeakers(self) -> list[str]:
        """-> their names, as this moment has them."""
        self._library.SDL_InitSubSystem(_AUDIO)
        try:
            names = [self._library.SDL_GetAudioDeviceName(i, 0) for i in range(self._library.SDL_GetNumAudioDevices(0))]
        finally:
            self._library.SDL_QuitSubSystem(_AUDIO)
        return [name.decode(errors="replace") for name in names if name]

    def working(self) -> set[int]:
        """-> ids of the devices that are open and not gone."""
        return {id for id in _IDS if self.works(id)}

    def works(self, id: int) -> bool:
        return bool(self._library.SDL_GetAudioDeviceStatus(id) != _STOPPED)


def _loaded(name: str) -> list[str]:
    """-> the files of the libraries in this process whose name begins so."""
    maps = Path("/proc/self/maps")
    return sorted(set(re.findall(rf"/\S*{name}[^/\s]*\.so\S*", maps.read_text()))) if maps.exists() else []
