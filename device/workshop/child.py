"""The core's end of the rendering child: starts it when something is to be said, and survives its death."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from device.errors import VoiceError

_HEADER = struct.Struct("!cI")  # of worker.py, which names the kinds
_PATIENCE_S = 120.0
"""Longer than any piece takes on the slowest board; a child that is silent for so long is killed."""
_FAREWELL_S = 3.0
_COMMAND = [sys.executable, "-P", "-m", "device.workshop.worker"]


class DiedError(VoiceError):
    """The child ended, or fell silent, in the middle of a request."""


class UnloadableError(VoiceError):
    """The model is missing or damaged; every other text would fail as well."""


class UnstoredError(VoiceError):
    """What was rendered ahead could not be kept: the disk is full or closed to writing."""


class GaveWayError(VoiceError):
    """What was rendered ahead was left for somebody who waits."""


class Child:
    """One child at a time, started by a request, again after it ended. `say` is not for two threads at once."""

    def __init__(self, data_dir: Path, command: list[str] = _COMMAND) -> None:
        self._command, self._data_dir = [*command, str(data_dir)], data_dir
        self._process: subprocess.Popen[bytes] | None = None
        self.took: dict[str, float] = {}
        """Of the last answer: cpu_s and sound_s."""

    def say(self, request: dict[str, Any]) -> Iterator[Any]:
        """-> float32 chunks of a worker.Request. Raises VoiceError, or one of the kinds above."""
        process = self._ask(json.dumps(request).encode() + b"\n")
        kind = b"A"
        try:
            while kind == b"A":
                kind, payload = self._frame(process)
                if kind == b"A":
                    yield np.frombuffer(payload, np.float32)
        except GeneratorExit:
            self._leave(process)
            raise
        except DiedError:
            self.kill()
            raise
        if kind == b"D":
            self.took = json.loads(payload)
        else:
            faults = {b"L": UnloadableError, b"W": UnstoredError, b"X": GaveWayError}
            raise faults.get(kind, VoiceError)(payload.decode())

    def give_way(self, word: bytes = b"\n") -> None:
        """Asks it to leave what it renders ahead. From any thread."""
        process = self._process
        if process and process.stdin:
            with contextlib.suppress(OSError, ValueError):  # it has just ended: nothing to leave
                os.write(process.stdin.fileno(), word)

    @property
    def pid(self) -> int:
        """Of the process that runs now; 0 where none does."""
        return self._process.pid if self._process and self.alive else 0

    @property
    def alive(self) -> bool:
        """Whether it runs now; it ends by itself when nobody has asked for a while."""
        process = self._process
        return process is not None and process.poll() is None

    def close(self) -> None:
        """Lets it finish what it stores, and ends it."""
        process = self._process
        if process and process.stdin:
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_FAREWELL_S)
        self.kill()

    def kill(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()

    def _leave(self, process: subprocess.Popen[bytes]) -> None:
        """The listener has heard enough: the child stays, what is left of its answer is thrown away."""
        self.give_way(b"stop\n")
        try:
            while self._frame(process)[0] == b"A":
                pass
        except DiedError:
            self.kill()

    def _ask(self, line: bytes) -> subprocess.Popen[bytes]:
        for _ in range(2):  # it may end, idle, between the look and the write
            process = self._running()
            assert process.stdin is not None
            try:
                process.stdin.write(line)
            except OSError:
                self.kill()
            except ValueError as fault:  # `close` took the pipe away meanwhile
                raise DiedError("The rendering process was ended.") from fault
            else:
                return process
        raise DiedError("The rendering process cannot be started.")

    def _running(self) -> subprocess.Popen[bytes]:
        if not self.alive:
            self.kill()
            pipe = subprocess.PIPE
            with self._log() as log:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=pipe,
                    stdout=pipe,
                    stderr=log,
                    bufsize=0,
                    process_group=0,  # Ctrl+C in the terminal is the core's to hear
                )
        assert self._process is not None
        return self._process

    def _log(self) -> IO[bytes]:
        """-> where its complaints go, begun anew with each child: espeak can complain without end."""
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            return (self._data_dir / "workshop.log").open("wb")
        except OSError:
            return open(os.devnull, "wb")

    def _frame(self, process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
        try:
            kind, length = _HEADER.unpack(self._exactly(process, _HEADER.size))
            return kind, self._exactly(process, length)
        except ValueError as fault:  # `close` took the pipe away meanwhile
            raise DiedError("The rendering process was ended.") from fault

    def _exactly(self, process: subprocess.Popen[bytes], count: int) -> bytes:
        assert process.stdout is not None
        parts, until = [], time.monotonic() + _PATIENCE_S
        while count:
            if not select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                raise DiedError("The rendering process fell silent.")
            if not (part := os.read(process.stdout.fileno(), count)):
                raise DiedError(f"The rendering process ended with {process.wait()}.")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
