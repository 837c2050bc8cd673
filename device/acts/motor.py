"""The motor's own small process: `python -m device.acts.motor --line 17` owns the line and obeys standard input.

One line for each level: `breath 0.31` or `pulse 0.4`; it answers each with the level the motor really has, or once
with `! sentence` where the line cannot be used. The motor is off at the start, after 1 s of silence, when standard
input ends, when the parent is gone, on SIGTERM, and whenever the Governor says so, whatever the core asks for.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from device.errors import BoardError
from device.pins import factory

CAP = 0.5
"""Largest duty."""
SILENCE_S = 1.0
"""Heartbeats come every 0.5 s; after this long without one the motor is off."""
LONGEST_S = 8.0
"""Longest time on without reaching a low: the motor rests in every breath, the slowest too."""
NIGHT_S = 12 * 3600
BUDGET_S = {"breath": 300.0, "pulse": 60.0}
"""Seconds on in NIGHT_S, by what for: 5 min of breathing and the pulses of many mornings. By dose this is a
twenty-fifth of what the EU lets a grown-up's hand work with (A(8) 2.5 m/s2), even at a strong 1 m/s2."""
_LOW = 0.05
"""Below this duty the motor does not turn: it counts as off."""
_HZ = 1000
"""Above what is heard as a buzz of its own; the motor smooths it."""


class Governor:
    """The caps, however wrong the core is. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._used: dict[str, dict[int, float]] = {kind: defaultdict(float) for kind in BUDGET_S}
        """Seconds on in each minute of the clock."""
        self._kind, self._level, self._at_s = "breath", 0.0, 0.0
        self._on_since_s: float | None = None

    def allow(self, kind: str, level: float, at_s: float) -> float:
        """-> the level the motor may have from now on."""
        self._count(at_s)
        level = min(CAP, max(0.0, level))
        if level < _LOW:
            self._on_since_s = None
        elif self._on_since_s is None:
            self._on_since_s = at_s
        if self._on_since_s is not None and (at_s - self._on_since_s >= LONGEST_S or self._spent(kind, at_s)):
            level = 0.0
        self._kind, self._level, self._at_s = kind, level, at_s
        return level

    def _count(self, at_s: float) -> None:
        """Adds the time since the last level, where the motor was on."""
        if self._level >= _LOW:
            self._used[self._kind][int(at_s // 60)] += at_s - self._at_s

    def _spent(self, kind: str, at_s: float) -> bool:
        used, oldest = self._used[kind], (at_s - NIGHT_S) // 60
        for minute in [minute for minute in used if minute < oldest]:
            del used[minute]
        return sum(used.values()) >= BUDGET_S[kind]


def obey(lines: int, motor: Any, answer: Callable[[str], None], now: Callable[[], float] = time.monotonic) -> None:
    """Sets `motor.value` to what file descriptor `lines` says, within the caps, until it ends or the parent is gone."""
    governor, parent, rest = Governor(), os.getppid(), b""
    silent_at = now() + SILENCE_S
    while os.getppid() == parent:
        if not select.select([lines], [], [], max(0.0, silent_at - now()))[0] or now() >= silent_at:
            motor.value = governor.allow("breath", 0.0, now())
            silent_at = now() + SILENCE_S
            continue
        if not (read := os.read(lines, 4096)):
            return
        *whole, rest = (rest[-99:] + read).split(b"\n")
        for kind, level in filter(None, map(_parse, whole)):
            motor.value = governor.allow(kind, level, now())
            silent_at = now() + SILENCE_S
            answer(f"{motor.value:.3f}")


def _parse(line: bytes) -> tuple[str, float] | None:
    """-> what a line asks for, or None: what cannot be read moves nothing and is no heartbeat."""
    try:
        kind, level = line.decode().split()
        value = float(level)
    except ValueError:
        return None
    return (kind, value) if kind in BUDGET_S and math.isfinite(value) else None


def _answer(text: str) -> None:
    """Says it on standard output; never waits for a parent that does not read."""
    with contextlib.suppress(BlockingIOError, BrokenPipeError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode())


class _Recorded:
    """A motor that also writes each change into a file, `monotonic_s level`: how tests see it from outside."""

    def __init__(self, motor: Any, path: Path) -> None:
        self._motor, self._file = motor, path.open("a", buffering=1)
        self.value = 0.0

    @property
    def value(self) -> float:
        return float(self._motor.value)

    @value.setter
    def value(self, level: float) -> None:
        self._motor.value = level
        self._file.write(f"{time.monotonic():.3f} {level:.3f}\n")

    def close(self) -> None:
        self._motor.close()
        self._file.close()


def _open(line: int, pretend: bool, record: Path | None) -> Any:
    if not pretend and (pinctrl := shutil.which("pinctrl")):
        # A motor process that was killed may have left the line high, and gpiozero takes its time to load.
        subprocess.run([pinctrl, "set", str(line), "op", "dl"], check=False, timeout=SILENCE_S)
    from gpiozero import PWMOutputDevice

    pins = factory(pretend)
    try:
        motor = PWMOutputDevice(line, frequency=_HZ, initial_value=0, pin_factory=pins)
    except Exception as fault:
        raise BoardError(f"The motor's line {line} cannot be used ({fault}). Does another program hold it?") from fault
    return _Recorded(motor, record) if record else motor


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m device.acts.motor", description=__doc__)
    parser.add_argument("--line", type=int, required=True, help="BCM number")
    parser.add_argument("--pretend", action="store_true", help="mock pins")
    parser.add_argument("--record", type=Path, help="file that gets every change")
    given = parser.parse_args()
    os.set_blocking(sys.stdout.fileno(), False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the core too, which ends our input
    try:
        motor = _open(given.line, given.pretend, given.record)
    except BoardError as fault:
        _answer(f"! {fault}")
        return 1
    try:
        obey(sys.stdin.fileno(), motor, _answer)
    finally:
        motor.value = 0
        motor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
