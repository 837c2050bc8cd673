"""The rendering child: `python -m device.workshop.worker DATA_DIR`. It may die of any text; the core does not.

Requests come as one JSON line each on standard input, the next after the answer; an empty line meanwhile asks it to
leave what nobody waits for, "stop" to leave anything. Answers go to standard output as frames: a kind (one letter), the
payload's length (uint32, network order), the payload:

    A  float32 samples at 24 kHz      D  done (JSON: what it took)      X  gave way, nothing is done
    L  the model cannot be loaded     E  this text cannot be spoken     W  done, but not stored: the sentence says why

After IDLE_S without a request it ends, so that the night holds no neural network.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import select
import shutil
import struct
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import VoiceError
from device.workshop import catalogue
from device.workshop.cache import RATE_HZ, Cache
from device.workshop.clauses import opening, pieces, tame
from device.workshop.confine import allow_cpu, confine, step_back
from device.workshop.espeak import Espeak
from device.workshop.heart import Heart
from device.workshop.piper import Piper, Samples
from device.workshop.pitch import dry, tempo
from device.workshop.voices import find

IDLE_S = 20.0
HEADER = struct.Struct("!cI")
_MEMORY_BYTES = 700_000_000  # of data; a whole voice peaks at 500 MB, hostile text asked for 5 GB
_FILE_BYTES = 8_000_000  # half an hour of Opus
_ARENA_MAX = -8  # of malloc.h
_CPU_S = 120  # for one text; the longest takes 3 s here, about 60 s on the slowest board
_MOST_S = 75.0  # of sound for one text: the 120 words it may have take less at every rate, numbers can take an hour
_PAUSE_S = {"sentence": 0.3, "clause": 0.12}  # at scale 1, where a text is cut: what the edges' trimming took away


@dataclass(frozen=True, slots=True)
class Request:
    text: str
    engine: str
    model: str
    scale: float
    pitch_st: float
    gain_db: float
    key: str
    """Name in the cache."""
    ahead: bool = False
    """Nobody waits: it gives way, and is stored before it is done."""
    quick: bool = False
    """The first clause is rendered alone."""


class Worker:
    """Keeps the engines it was asked for."""

    def __init__(self, data_dir: Path, out: int = 1) -> None:
        self._data_dir, self._out = data_dir, out
        self._cache = Cache(data_dir / "cache" / "speech")
        self._engines: dict[str, Any] = {}
        self._last: Any = None
        self._whole: set[str] = set()
        """Voices whose prepared files are damaged and cannot be thrown away."""
        self._sound = np.frombuffer(mmap.mmap(-1, int(_MOST_S * RATE_HZ) * 4), np.float32)
        """What is being rendered, apart from the heap: parts that are kept there hold up what is freed between them."""

    def answer(self, line: bytes) -> None:
        """Renders one request and sends its frames."""
        request = Request(**json.loads(line))
        try:
            engine = self.engine(request.engine, request.model)
        except VoiceError as fault:
            return self._send(b"L", str(fault).encode())
        if request.ahead or engine is not self._last:
            self._last = engine
            give_back()
        begun = time.process_time()
        count = 0
        try:
            for part in self.render(engine, request):
                if _told_to_leave(request.ahead):
                    return self._send(b"X", b"")
                part = part[: len(self._sound) - count]
                self._sound[count : count + len(part)] = part
                count += len(part)
                if not request.ahead:
                    self._send(b"A", part.tobytes())
                if count == len(self._sound):
                    break
        except Exception as fault:  # an engine may raise anything over a hostile text
            return self._send(b"E", f"{request.model} cannot say {request.text[:60]!r}: {fault!r}".encode())
        sound = self._sound[:count]
        took = {"cpu_s": round(time.process_time() - begun, 4), "sound_s": round(len(sound) / RATE_HZ, 3)}
        if not request.ahead:
            self._send(b"D", json.dumps(took).encode())
        fault_text = self._store(request.key, sound)
        if request.ahead:
            self._send(*((b"W", fault_text.encode()) if fault_text else (b"D", json.dumps(took).encode())))
        return None

    def render(self, engine: Any, request: Request) -> Iterator[Samples]:
        """-> the dry sound, chunk by chunk; a moment of silence where the text holds nothing to say."""
        seed = int(request.key[:8], 16)
        scale = tempo(request.scale, request.pitch_st)
        text = _cut(request, engine)
        for at, piece in enumerate(text):
            if at:
                yield _silence(_PAUSE_S["sentence" if text[at - 1][-1] in ".!?" else "clause"] * request.scale)
            yield from dry(engine.stream(piece, scale, seed + at), engine.rate_hz, request.pitch_st, request.gain_db)
        if not text:
            yield _silence(0.1)

    def engine(self, kind: str, model: str) -> Any:
        """-> the engine, loaded or loaded anew once its model has been prepared. Raises VoiceError."""
        if kind == "piper":
            folder = catalogue.prepared(model, self._data_dir)
            if folder and model not in self._whole and not getattr(self._engines.get(model), "prepared", True):
                del self._engines[model]
        if model not in self._engines:
            self._engines[model] = self._load(kind, model)
        return self._engines[model]

    def _load(self, kind: str, model: str) -> Any:
        file = find(model, self._data_dir)
        if file is None:
            raise VoiceError(f"The voice {model} is not installed: sleepsync voices install {model}")
        if kind != "piper":
            return Heart() if kind == "heart" else Espeak()
        self._engines = {name: engine for name, engine in self._engines.items() if not isinstance(engine, Piper)}
        catalogue.verify(model, file, self._data_dir)
        return self._prepared(model, file) or Piper(file)

    def _prepared(self, model: str, file: Path) -> Piper | None:
        """-> the voice made small; None where it is not, or is damaged: then it is thrown away, to be made anew."""
        if (folder := catalogue.prepared(model, self._data_dir)) is None:
            return None
        with suppress(VoiceError):
            if catalogue.intact(folder):
                return Piper(file, folder)
        print(f"{folder} is damaged: {model} speaks whole, and is prepared anew.", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            self._whole.add(model)
        return None

    def _store(self, key: str, sound: Samples) -> str:
        """-> an empty text, or why the sound was not stored."""
        try:
            self._cache.write(key, sound)
        except OSError as fault:
            return f"What Max said cannot be kept: {fault}"
        return ""

    def _send(self, kind: bytes, payload: bytes) -> None:
        rest = memoryview(HEADER.pack(kind, len(payload)) + payload)
        while rest:
            rest = rest[os.write(self._out, rest) :]


def give_back() -> None:
    """Gives freed memory back to the system, which is in other pieces than the next needs: 20 MB of two voices' peak.

    (After everything that is freed it costs 65 % more CPU.) Without glibc nothing is done.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def share_memory() -> None:
    """Lets the threads take memory from one heap: what one freed the other uses. Without glibc nothing is done."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def _cut(request: Request, engine: Any) -> list[str]:
    text = tame(request.text)
    first, rest = opening(text) if request.quick else ("", text)
    return [*([first] if first else []), *pieces(rest, engine.most_words)]


def _silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE_HZ), np.float32)


def _told_to_leave(ahead: bool) -> bool:
    """Whether the core wants no more of this request: an empty line while rendering ahead, "stop" at any time."""
    told = bool(select.select([0], [], [], 0)[0]) and os.read(0, 16)
    return told == b"" or bool(told and (ahead or b"stop" in told))


def _lines(idle_s: float) -> Iterator[bytes]:
    """-> the requests, until standard input ends or nothing was asked for `idle_s`."""
    with open(0, "rb", buffering=0, closefd=False) as asked:
        while select.select([asked], [], [], idle_s)[0]:
            if not (line := asked.readline()):
                return
            if line.startswith(b"{"):
                yield line


def main(data_dir: str) -> int:
    confine(_MEMORY_BYTES, _FILE_BYTES)
    share_memory()
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not look like a frame
    worker = Worker(Path(data_dir), out)
    with ThreadPoolExecutor(1, initializer=lambda: step_back(threading.get_native_id())) as unhurried:
        for line in _lines(IDLE_S):
            allow_cpu(_CPU_S)
            if json.loads(line)["ahead"]:
                unhurried.submit(worker.answer, line).result()
            else:
                worker.answer(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
