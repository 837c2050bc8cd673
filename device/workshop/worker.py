"""The rendering child: `python -m device.workshop.worker DATA_DIR`. It may die of any text; the core does not.

Requests come as one JSON line each on standard input, the next after the answer; an empty line meanwhile asks it to
leave what nobody waits for, "stop" to leave anything. Answers go to standard output as frames: a kind (one letter), the
payload's length (uint32, network order), the payload:

    A  float32 samples at 24 kHz      D  done (JSON: what it took)      X  gave way, nothing is done
    L  the model cannot be loaded     E  this text cannot be spoken     W  done, but not stored: the sentence says why

After IDLE_S without a request it ends, so that the night holds no neural network.
"""

from __future__ import annotations

import json
import os
import resource
import select
import struct
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import VoiceError
from device.workshop import catalogue
from device.workshop.cache import RATE_HZ, Cache
from device.workshop.clauses import opening, pieces, tame
from device.workshop.espeak import Espeak
from device.workshop.heart import Heart
from device.workshop.piper import Piper, Samples
from device.workshop.pitch import dry, tempo
from device.workshop.voices import find

IDLE_S = 20.0
HEADER = struct.Struct("!cI")
_NICE = 10  # of what nobody waits for: after everything that plays, shines or listens
_MEMORY_BYTES = 700_000_000  # of data; a whole voice peaks at 500 MB, hostile text asked for 5 GB
_FILE_BYTES = 8_000_000  # half an hour of Opus
_CPU_S = 120  # for one text; the longest takes 3 s here, about 60 s on the slowest board
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

    def answer(self, line: bytes) -> None:
        """Renders one request and sends its frames."""
        request = Request(**json.loads(line))
        try:
            engine = self.engine(request.engine, request.model)
        except VoiceError as fault:
            return self._send(b"L", str(fault).encode())
        begun = time.process_time()
        parts: list[Samples] = []
        try:
            for part in self.render(engine, request):
                if _told_to_leave(request.ahead):
                    return self._send(b"X", b"")
                parts.append(part)
                if not request.ahead:
                    self._send(b"A", part.tobytes())
        except Exception as fault:  # an engine may raise anything over a hostile text
            return self._send(b"E", f"{request.model} cannot say {request.text[:60]!r}: {fault!r}".encode())
        sound = np.concatenate(parts)
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
            if folder and not getattr(self._engines.get(model), "prepared", True):
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
        return Piper(file, catalogue.prepared(model, self._data_dir))

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


def confine() -> None:
    """Sets the limits a runaway text meets. (Giving memory back at once costs 65 % more CPU for 50 MB less.)"""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _step_back() -> None:
    """Lowers the priority of this thread alone: Linux lets nobody but root raise it again."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def _allow_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + _CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def main(data_dir: str) -> int:
    confine()
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not look like a frame
    worker = Worker(Path(data_dir), out)
    with ThreadPoolExecutor(1, initializer=_step_back) as unhurried:
        for line in _lines(IDLE_S):
            _allow_cpu()
            if json.loads(line)["ahead"]:
                unhurried.submit(worker.answer, line).result()
            else:
                worker.answer(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
