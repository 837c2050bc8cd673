"""The motor in the pebble, wristband or pillow: this side follows the room's curve, a small process owns the line."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from device.acts.player import Player
from device.events import Doing, Failed, Finished, Now, Put, Recovered
from device.night.curves import Room
from device.settings import Board

HEARTBEAT_S = 0.5
CLOSE_S = 2.0
"""How long a process may take to end by itself."""
ANSWER_S = 0.4
"""A motor process that has not answered for this long is killed; a new one begins with the line low."""
START_S = 15.0
"""The same for its first answer: Python starts slowly on a busy card."""
_RETRY_S = (0.0, 1.0, 2.0, 5.0)
"""Waits between starts that fail one after the other; the last repeats."""
_STEADY_S = 60.0
"""A process that lived this long is started again at once."""


def command(board: Board, pretend: bool, record: str = "") -> tuple[str, ...]:
    """-> how the motor process is started. `record` names a file that gets every change."""
    extra = ("--pretend",) * pretend + (("--record", record) if record else ())
    return (sys.executable, "-P", "-m", "device.acts.motor", "--line", str(board.motor), *extra)


class Motor:
    """Keeps a motor process alive. Not thread-safe: one player calls it. Times are monotonic seconds."""

    def __init__(self, command: Sequence[str], failed: Callable[[str], None], recovered: Callable[[], None]) -> None:
        self._command, self._failed, self._recovered = command, failed, recovered
        self._process: subprocess.Popen[bytes] | None = None
        self._down = False
        self._fails, self._start_s = 0, 0.0
        self._asked_s: float | None = None
        """Since when an answer is awaited."""
        self._patience_s = START_S

    def send(self, kind: str, level: float) -> None:
        """Tells the process the level; starts it where there is none, kills it where it does not answer."""
        now_s = time.monotonic()
        if self._process is None and (now_s < self._start_s or not self._start(now_s)):
            return
        if reason := self._ask(f"{kind} {level:.4f}\n".encode(), now_s):
            self._lose(reason, now_s)

    def close(self) -> None:
        """Ends the process; it leaves the motor off."""
        if self._process and self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_S)
            self._end()

    def _start(self, now_s: float) -> bool:
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # Ctrl+C in the terminal is the core's to hear
            )
        except OSError as fault:
            self._lose(f"The motor's process cannot be started: {fault}", now_s)
            return False
        assert process.stdout
        os.set_blocking(process.stdout.fileno(), False)
        self._process, self._asked_s, self._patience_s = process, None, START_S
        return True

    def _ask(self, line: bytes, now_s: float) -> str:
        """Reads the answers so far and writes `line` -> what is wrong, or an empty string."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        answers = self._process.stdout.read() or b""
        if answers.startswith(b"!"):
            return answers[1:].decode().strip()
        if answers:
            self._asked_s, self._patience_s = None, ANSWER_S
            if self._down:
                self._down = False
                self._recovered()
        if self._process.poll() is not None:
            return f"The motor's process ended with {self._process.returncode}."
        if self._asked_s is not None and now_s - self._asked_s > self._patience_s:
            return "The motor's process does not answer."
        self._asked_s = self._asked_s or now_s
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError as fault:
            return f"The motor's process cannot be reached: {fault}"
        return ""

    def _lose(self, reason: str, now_s: float) -> None:
        """Kills the process; the next one starts after a wait that grows. Says so once."""
        self._end()
        if now_s - self._start_s > _STEADY_S:
            self._fails = 0
        self._start_s = now_s + _RETRY_S[min(self._fails, len(_RETRY_S) - 1)]
        self._fails += 1
        if not self._down:
            self._down = True
            self._failed(reason)

    def _end(self) -> None:
        if self._process:
            process, self._process = self._process, None
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    assert pipe
                    pipe.close()


class Wearable:
    """The Act of the motor, for Breathe, Buzz and Hush. It is the one that reports Finished for a Buzz.

    motor: the process's `command`, or None where the family has no wearable: then only Finished is reported.
    """

    def __init__(self, put: Put, now: Now, motor: Sequence[str] | None) -> None:
        self._put, self._now = put, now
        self._motor = Motor(motor, self._failed, self._recovered) if motor else None
        self._player = Player("wearable", now, self._show, lambda room: room.pulses, self._ended, HEARTBEAT_S)

    def do(self, doing: Doing, /) -> None:
        self._player.do(doing)

    def close(self) -> None:
        """The motor off, its process ended."""
        self._player.close()
        if self._motor:
            self._motor.close()

    def _show(self, room: Room, at: datetime) -> bool:
        if self._motor:
            self._motor.send("pulse" if room.pulses else "breath", room.levels(at).motor)
        return False

    def _ended(self, id: str) -> None:
        self._put(Finished(at=self._now(), id=id))

    def _failed(self, reason: str) -> None:
        self._put(Failed(at=self._now(), part="wearable", reason=reason))

    def _recovered(self) -> None:
        self._put(Recovered(at=self._now(), part="wearable"))
