"""The questions pygame does not ask SDL: which loudspeakers there are, which device is open, whether it lives.

SDL goes on taking samples, at the right pace, from a device that was unplugged; only its status tells.
"""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

_AUDIO = 0x10
_STOPPED = 0
_IDS = range(1, 17)
"""SDL holds no more devices at once."""


class Sdl:
    """The SDL that pygame has loaded into this process. Its wheel carries a copy under a name of its own."""

    def __init__(self) -> None:
        """Raises OSError where pygame has not loaded one."""
        maps = Path("/proc/self/maps")
        paths = re.findall(r"/\S*libSDL2-[^/\s]*\.so\S*", maps.read_text()) if maps.exists() else []
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
