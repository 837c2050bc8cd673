"""Rendered sentences on disk, as Ogg Opus: one file for each text, model, scale and pitch, bounded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from device.errors import VoiceError
from device.workshop.voices import Way

RATE_HZ = 24000
"""Of every sound the workshop gives; mono."""
MOST_BYTES = 200_000_000
"""About 13 hours at the 34 kbit/s Opus takes by default."""
FIRST_FRAMES, _MOST_FRAMES = RATE_HZ // 4, 2 * RATE_HZ
"""Of the blocks a sentence is decoded in: a quarter of a second, then each twice as long. (Whole, 6 s of speech took
48 ms.)"""
_MADE_AS = 2  # changes when the same request would sound different


def key(text: str, way: Way) -> str:
    """-> the name of what this text sounds like."""
    return hashlib.sha256(json.dumps([_MADE_AS, text, *astuple(way)]).encode()).hexdigest()


class Cache:
    """A folder of `ab/abcdef....opus`. Two processes may share it: files appear whole or not at all."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self._most_bytes = folder, most_bytes

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.opus"

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

    def blocks(self, name: str) -> Iterator[Any] | None:
        """-> the same block by block, the first of them soon, for somebody who waits.

        Raises VoiceError in the middle of a damaged file, and removes it.
        """
        file = self.path(name)
        try:
            opened = soundfile.SoundFile(file)
        except soundfile.LibsndfileError:
            file.unlink(missing_ok=True)
            return None
        if opened.samplerate != RATE_HZ or opened.channels != 1 or not opened.frames:
            opened.close()
            return None
        return _decoded(opened, file)

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

    def holds(self) -> tuple[int, int]:
        """-> how many files, and their bytes together."""
        sizes = [seen.st_size for file in self.folder.glob("*/*") if (seen := _seen(file))]
        return len(sizes), sum(sizes)

    def shrink(self) -> int:
        """Throws away what was not heard for longest until the folder is within its bound -> how many files."""
        files = sorted((seen.st_mtime, seen.st_size, file) for file in self.folder.glob("*/*") if (seen := _seen(file)))
        excess, gone = sum(size for _, size, _ in files) - self._most_bytes, 0
        for _, size, file in files:
            if excess <= 0:
                break
            file.unlink(missing_ok=True)
            excess, gone = excess - size, gone + 1
        return gone


def _decoded(opened: soundfile.SoundFile, file: Path) -> Iterator[Any]:
    count = FIRST_FRAMES
    try:
        with opened:
            while len(block := opened.read(count, dtype="float32")):
                yield block
                count = min(2 * count, _MOST_FRAMES)
        os.utime(file)  # the last to be thrown away
    except soundfile.LibsndfileError as fault:
        file.unlink(missing_ok=True)
        raise VoiceError(f"{file} is damaged: {fault}. It is rendered again the next time.") from fault
    except OSError:
        return  # only its date was not kept


def _seen(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None
