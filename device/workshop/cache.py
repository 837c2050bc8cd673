"""Rendered sentences on disk, as Ogg Opus: one file for each text, model, scale and pitch, bounded.

Behind the Opus stream, which players read as ever, each file ends with its CRC-32: libsndfile decodes a stream that was
cut or changed without a word.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
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
FIRST_FRAMES, _MOST_FRAMES = RATE_HZ // 4, 2 * RATE_HZ
"""Of the blocks a sentence is decoded in: a quarter of a second, then each twice as long. (Whole, 6 s of speech took
48 ms.)"""
_SUM_BYTES = 4
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

    def has(self, name: str) -> bool:
        """Whether it is there, whole."""
        return self._opus(name) is not None

    def read(self, name: str) -> Any:
        """-> float32[n], or None where it is not there; what is damaged is removed."""
        blocks = self.blocks(name)
        return None if blocks is None else np.concatenate(list(blocks))

    def blocks(self, name: str) -> Iterator[Any] | None:
        """-> the same block by block, the first of them soon, for somebody who waits."""
        opus = self._opus(name)
        return None if opus is None else _decoded(opus)

    def _opus(self, name: str) -> bytes | None:
        """-> the Ogg Opus stream of an entry; None where it cannot be read, or is not what was written."""
        file = self.path(name)
        try:
            stored = file.read_bytes()
        except OSError:
            return None
        opus, checksum = stored[:-_SUM_BYTES], stored[-_SUM_BYTES:]
        whole = bool(opus) and _sum(opus) == checksum
        with suppress(OSError):  # a disk closed to writing
            if whole:
                os.utime(file)  # the last to be thrown away
            else:
                file.unlink()
        return opus if whole else None

    def write(self, name: str, sound: npt.NDArray[np.float32]) -> None:
        """Stores a sound. Raises OSError where the disk is full or closed to writing."""
        file, opus = self.path(name), io.BytesIO()
        soundfile.write(opus, sound, RATE_HZ, format="OGG", subtype="OPUS")
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        try:
            with part.open("wb") as stream:
                stream.write(opus.getbuffer())
                stream.write(_sum(opus.getbuffer()))
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(part, file)
        except OSError as fault:
            raise OSError(f"{part} cannot be written: {fault.strerror}") from fault
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
            with suppress(OSError):  # a folder, perhaps: not ours
                file.unlink(missing_ok=True)
                excess, gone = excess - size, gone + 1
        return gone


def _decoded(opus: bytes) -> Iterator[Any]:
    count = FIRST_FRAMES
    with soundfile.SoundFile(io.BytesIO(opus)) as opened:
        while len(block := opened.read(count, dtype="float32")):
            yield block
            count = min(2 * count, _MOST_FRAMES)


def _sum(opus: bytes | memoryview) -> bytes:
    return zlib.crc32(opus).to_bytes(_SUM_BYTES)


def _seen(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None
