"""The ear's own process: `python -m device.senses.ear.process`. It owns microphone and recognisers, and may die.

Orders come as one JSON line each on standard input, the first of them the language: {"order": "language", "lists":
{...}}, then "listen" (id, seconds, options, few, words), "deafen", "dark" (dark), "pressed", "saying" (texts: what
Max says now), "mute" (mute). Reports go to standard output as JSON lines: "ready", "capture" (on, reason), "frames"
(count), "heard" (text, intent, slots, confidence, snr_db), "unheard" (window, spoke, loud), "voiced", "failed" (part,
reason). Not a sample and no word outside the closed language leaves it, and it writes no file but, once beside a Vosk
model, that a trial of it went well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from device.errors import HearingError
from device.senses.ear.hear import Ear, language, second
from device.senses.ear.listening import Listening, Second, Tell
from device.senses.ear.microphone import Microphone
from device.senses.ear.posteriors import Samples

TURN_S = 0.032
"""How often new sound is fetched: as often as there is a chunk of it."""
BEAT_S = 0.5
"""How often the frames are told: the proof that the ear lives."""
LEAK_KB = 100_000
"""A process that has grown by so much since it was ready ends at a quiet moment and is started again (HARDENING R13).
In its first eight utterances it grows by 17 MB alone, 28 with a tiny Vosk model, 43 with the cleaner."""
LOOK_S = 10.0
"""How often that is looked at."""
_MEMORY_BYTES = 1_000_000_000
"""Of data: a leak meets this limit before the whole board suffers from it."""


class Capture:
    """The microphone, told about: whether it gives sound and why not, and how many frames came."""

    def __init__(self, microphone: Microphone, tell: Tell) -> None:
        self._microphone, self._tell = microphone, tell
        self._on, self._reason, self._beat_s = False, "", 0.0
        self.mute = False

    def read(self, at_s: float) -> Samples | None:
        """-> the new sound, or None where there is none."""
        sound = self._sound()
        on = self._microphone.is_open and (self._on or sound is not None)
        if on != self._on:
            self._on, self._reason = on, ""
            self._tell({"report": "capture", "on": on, "reason": ""})
        if at_s - self._beat_s >= BEAT_S:
            self._beat_s = at_s
            self._tell({"report": "frames", "count": self._microphone.frames})
        return sound

    def _sound(self) -> Samples | None:
        if self.mute:
            self._microphone.close()
            return None
        try:
            sound = self._microphone.read()
            return sound if len(sound) else None
        except HearingError as fault:
            self._failed(str(fault))
            return None

    def _failed(self, reason: str) -> None:
        """A fault is told once, with the microphone off."""
        if reason != self._reason:
            self._reason, self._on = reason, False
            self._tell({"report": "capture", "on": False, "reason": reason})


class _Lines:
    """Standard input, line by line and without waiting for it."""

    def __init__(self, file: int) -> None:
        self._file, self._rest = file, b""
        self.ended = False

    def take(self, wait_s: float) -> list[dict[str, Any]]:
        """-> the orders that are there, after at most `wait_s`."""
        if not select.select([self._file], [], [], wait_s)[0]:
            return []
        read = os.read(self._file, 65536)
        self.ended = not read
        *whole, self._rest = (self._rest + read).split(b"\n")
        return [json.loads(line) for line in whole if line]


def confine() -> None:
    """No core dumps, which would hold sound, and a limit for what leaks."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))


def resident_kb() -> int:
    """-> memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


class Growth:
    """How much the process has grown since it was ready: what its recognisers need to begin with is no leak."""

    def __init__(self, at_s: float, resident_kb: Callable[[], int] = resident_kb) -> None:
        self._resident_kb = resident_kb
        self._looked_s, self._ready_kb = at_s, resident_kb()

    def leaks(self, at_s: float) -> bool:
        """-> whether it is too much; looks only every LOOK_S."""
        if at_s - self._looked_s < LOOK_S:
            return False
        self._looked_s = at_s
        return self._resident_kb() - self._ready_kb > LEAK_KB


def _second(folder: Path | None, ear: Ear, tell: Tell) -> Second | None:
    """-> who is asked again in loud rooms. What is damaged is told, and done without."""
    try:
        return second(ear, folder)
    except HearingError as fault:
        tell({"report": "failed", "part": "second ear", "reason": str(fault)})
        return None


def listen(lines: _Lines, microphone: Microphone, model: Path | None, slack: float, tell: Tell) -> None:
    """Listens until standard input ends, or until the process has grown too large."""
    first: list[dict[str, Any]] = []
    while not first and not lines.ended:
        first = lines.take(60.0)
    if not first:
        return
    ear = Ear(language().extended(**first[0]["lists"]), slack=slack)
    listening = Listening(ear, tell, _second(model, ear, tell))
    capture, growth = Capture(microphone, tell), Growth(monotonic())
    tell({"report": "ready"})
    orders = first[1:]
    while not lines.ended:
        for order in orders:
            capture.mute = order.get("mute", capture.mute)
            listening.told(order, monotonic())
        sound = capture.read(monotonic())
        if sound is not None:
            listening.hear(sound, monotonic())
        if listening.quiet and growth.leaks(monotonic()):
            return
        orders = lines.take(TURN_S)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m device.senses.ear.process", description=__doc__)
    parser.add_argument("--microphone", default="", help="part of its name; the system's own without it")
    parser.add_argument("--model", type=Path, help="folder of a Vosk model, for loud rooms")
    parser.add_argument("--slack", type=float, default=0.0, help="the child's own, from a rehearsal")
    wanted = parser.parse_args()
    confine()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the core too, which ends our input
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not look like a report

    def tell(report: dict[str, Any]) -> None:
        os.write(out, json.dumps(report).encode() + b"\n")

    microphone = Microphone(wanted.microphone)
    try:
        listen(_Lines(0), microphone, wanted.model, wanted.slack, tell)
    except HearingError as fault:
        tell({"report": "failed", "part": "ear", "reason": str(fault)})
        return 1
    except BrokenPipeError:
        return 0  # the core is gone
    finally:
        microphone.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
