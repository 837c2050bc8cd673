"""Rendered sentences on disk, as Ogg Opus: one file for each text, model, scale and pitch, bounded."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from device.workshop.voices import Way

RATE_HZ = 24000
"""Of every sound the workshop gives; mono."""
MOST_BYTES = 200_000_000
"""About 13 hours at the 34 kbit/s Opus takes by default."""
_MADE_AS = 1  # changes when the same request would sound different


def key(text: str, way: Way) -> str:
    """-> the name of what this text sounds like."""
    return hashlib.sha256(json.dumps([_MADE_AS, text, *astuple(way)]).encode()).hexdigest()


class Cache:
    """A folder of `ab/abcdef....opus`. Two processes may share it: files appear whole or not at all."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes

    def path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.opus"

    def read(self, name: str) -> Any:
        """-> float32[n], or None where it is not there; what cannot be decoded is removed."""
        file = self.path(name)
        if not file.is_file():
            return None
        try:
            sound, rate_hz = soundfile.read(file, dtype="float32")
            os.utime(file)  # the last to be thrown away
        except soundfile.LibsndfileError:
            file.unlink(missing_ok=True)
            return None
        except OSError:
            return None
        return sound if rate_hz == RATE_HZ and sound.ndim == 1 and len(sound) else None

    def write(self, name: str, sound: npt.NDArray[np.float32]) -> None:
        """Stores a sound. Raises OSError where the disk is full or closed to writing."""
        file = self.path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        try:
            soundfile.write(part, sound, RATE_HZ, format="OGG", subtype="OPUS")
            os.replace(part, file)
        except soundfile.LibsndfileError as fault:
            raise OSError(f"{part} cannot be written: {fault}") from fault
        finally:
            part.unlink(missing_ok=True)

    def shrink(self) -> int:
        """Throws away what was not heard for longest until the folder is within its bound -> how many files."""
        files = sorted(
            (seen.st_mtime, seen.st_size, file) for file in self._folder.glob("*/*") if (seen := _seen(file))
        )
        excess, gone = sum(size for _, size, _ in files) - self._most_bytes, 0
        for _, size, file in files:
            if excess <= 0:
                break
            file.unlink(missing_ok=True)
            excess, gone = excess - size, gone + 1
        return gone


def _seen(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None
