"""The core's side of the ear: keeps its process alive, hands it what to listen for, and puts what it reports.

The core never sees a sample. Whatever becomes of process and microphone, every listening window closes.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from device.events import (
    Deafen,
    Doing,
    Failed,
    Happening,
    Heard,
    Listen,
    Now,
    Option,
    Pressed,
    Put,
    Recovered,
    Unheard,
    Voiced,
    Volume,
)  # fmt: skip
from device.night.night import Night
from device.night.ritual import DARK
from device.senses.ear.saying import Saying

START_S = 30.0
"""How long it may take until it is ready: it reads its language and a recogniser from a slow card."""
SILENT_S = 5.0
"""A process that has told nothing for so long hangs; it tells its frames every 0.5 s, and thinks for 1 s at most."""
LATE_S = 12.0
"""A window that somebody speaks into may close so much later: the longest utterance and its end."""
_TURN_S = 0.25
_RETRY_S = (0.0, 1.0, 2.0, 5.0, 30.0)
"""Waits between starts that fail one after the other; the last repeats."""
_STEADY_S = 60.0
"""A process that lived this long is started again at once."""


def command(microphone: str = "", model: Path | None = None, slack: float = 0.0) -> tuple[str, ...]:
    """-> how the ear's process is started. `model`: folder of the second ear's, where one is installed; `slack`: the
    child's own, where there was a rehearsal."""
    options = ["--microphone", microphone, "--slack", str(slack), *(("--model", str(model)) if model else ())]
    return (sys.executable, "-P", "-m", "device.senses.ear.process", *options)


class Ear:
    """The Act of Listen and Deafen; the Sense of Heard, Unheard and Voiced. It puts Failed and Recovered for the parts
    "ear" and "microphone". A watcher of the house too (`watch`): in the dark the ear is stricter."""

    def __init__(
        self,
        put: Put,
        now: Now,
        command: Sequence[str],
        lists: Mapping[str, Sequence[str]],
        light: Callable[[bool], object] = lambda on: None,
    ) -> None:
        """`lists`: what joins the language, as for `Language.extended`; `light` shows whether frames are read."""
        self._put, self._now, self._command, self._light = put, now, command, light
        self._lists = {name: list(values) for name, values in lists.items()}
        self._lock, self._closing = threading.RLock(), threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: int | None = None
        self._window: Listen | None = None
        self._opened_s = 0.0
        self._saying = Saying()
        self._dark = self._mute = self._capturing = False
        self._failures: dict[str, str] = {}
        self._thread = threading.Thread(target=self._keep, name="ear", daemon=True)
        self._thread.start()

    def do(self, doing: Doing, /) -> None:
        match doing:
            case Listen():
                with self._lock:
                    self._window, self._opened_s = doing, monotonic()
                    self._order("listen", **_window(doing, doing.seconds))
            case Deafen():
                with self._lock:
                    self._window = None
                    self._order("deafen")

    def watch(self, happening: Happening, night: Night, doings: Sequence[Doing]) -> None:
        """Hears of every happening: what Max says, whether louder or in the dark, and whether a hand pressed a button.

        Where he becomes softer, that is learnt: at his softest he does not, whatever he is told."""
        if self._saying.hear(happening, doings):
            self._tell_saying()
        if (dark := night.phase in DARK) != self._dark:
            self._dark = dark
            self._order("dark", dark=dark)
        if night.jar != self._mute:
            self.mute(night.jar)
        if isinstance(happening, Pressed):
            self._order("pressed")
        for doing in doings:
            if isinstance(doing, Volume) and doing.step_db > 0:
                self._order("louder", step_db=doing.step_db)

    def mute(self, mute: bool) -> None:
        """Closes the microphone, or opens it again."""
        self._mute = mute
        self._order("mute", mute=mute)

    @property
    def frames(self) -> int | None:
        """How many samples were read, for the watchdog; None while no microphone is open."""
        return self._frames if self._capturing else None

    @property
    def process_id(self) -> int | None:
        """The ear's process while it lives, for who measures memory."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def close(self) -> None:
        """Ends the process, and with it capture."""
        self._closing.set()
        self._thread.join()

    # --- the process -------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        fails = 0
        while not self._closing.is_set():
            begun_s = monotonic()
            reason = self._live()
            self._captures(False, "")
            if self._closing.is_set():
                return
            fails = 0 if monotonic() - begun_s > _STEADY_S else fails + 1
            if reason:
                self._failed("ear", reason)
            again_s = monotonic() + _RETRY_S[min(max(fails - 1, 0), len(_RETRY_S) - 1)]
            while monotonic() < again_s and not self._closing.wait(_TURN_S):
                self._close_late()

    def _live(self) -> str:
        """One life of the process -> what ended it, as a sentence; empty where it left in order to grow small."""
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)
        except OSError as fault:
            return f"The ear cannot be started ({fault}). Max hears the buttons only."
        assert process.stdin is not None
        assert process.stdout is not None
        os.set_blocking(process.stdin.fileno(), False)
        with self._lock:
            self._process = process
            self._brief()
        try:
            return self._follow(process, process.stdout.fileno())
        finally:
            with self._lock:
                self._process = None
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe.close()

    def _brief(self) -> None:
        """Tells a new process all that the last one knew."""
        self._order("language", lists=self._lists)
        self._order("dark", dark=self._dark)
        self._tell_saying()
        self._order("mute", mute=self._mute)
        if self._window:
            left_s = self._window.seconds - (monotonic() - self._opened_s)
            self._order("listen", **_window(self._window, max(left_s, 0.1)))

    def _tell_saying(self) -> None:
        self._order("saying", texts=self._saying.texts, options=_plain(self._saying.options))

    def _follow(self, process: subprocess.Popen[bytes], out: int) -> str:
        """Takes reports until the process ends or must be ended."""
        rest, told_s, patience_s = b"", monotonic(), START_S
        while not self._closing.is_set():
            if select.select([out], [], [], _TURN_S)[0]:
                if not (read := os.read(out, 65536)):
                    code = process.wait()
                    gone = f"The ear ended by itself (code {code}) and is started again; the buttons work meanwhile."
                    return gone if code else ""
                *lines, rest = (rest + read).split(b"\n")
                for line in lines:
                    patience_s = SILENT_S if self._reported(json.loads(line)) else patience_s
                told_s = monotonic()
            elif monotonic() - told_s > patience_s:
                return "The ear hangs. It is ended and started again; the buttons work meanwhile."
            self._close_late()
        return ""

    def _order(self, order: str, **more: Any) -> None:
        """Tells the process, where there is one; a process that does not take it is ended."""
        with self._lock:
            process = self._process
            if process is None or process.stdin is None:
                return
            line = json.dumps({"order": order, **more}).encode() + b"\n"
            try:
                if os.write(process.stdin.fileno(), line) < len(line):
                    process.kill()
            except OSError:
                process.kill()

    # --- what it reports ---------------------------------------------------------------------------------------

    def _reported(self, report: Mapping[str, Any]) -> bool:
        """Takes one report. -> whether it shows that the ear listens."""
        match report["report"]:
            case "ready":
                self._recovered("ear")
            case "capture":
                self._captures(report["on"], report["reason"])
            case "frames":
                self._frames = report["count"]
            case "heard":
                self._window = None
                self._order("deafen")  # it answers a window, too, that was opened while it was on its way
                said = {name: report[name] for name in ("text", "intent", "slots", "confidence", "snr_db")}
                self._put(Heard(at=self._now(), **said))
            case "unheard":
                self._unheard(report["window"], report["spoke"], report["loud"])
            case "voiced":
                self._put(Voiced(at=self._now()))
            case "failed":
                self._failed(report["part"], report["reason"])
                return False
        return True

    def _captures(self, on: bool, reason: str) -> None:
        if on != self._capturing:
            self._capturing = on
            self._light(on)
        if on:
            self._recovered("microphone")
        elif reason:
            self._failed("microphone", reason)

    def _unheard(self, id: str, spoke: bool, loud: bool = False) -> None:
        with self._lock:
            if id and (self._window is None or self._window.id != id):
                return  # another window was opened meanwhile, or it was closed
            self._window = self._window if not id else None
        self._put(Unheard(at=self._now(), window=id, spoke=spoke, loud=loud))

    def _close_late(self) -> None:
        """Closes the window that nobody closes: no microphone, no process, or one that forgot it."""
        window = self._window
        if window and monotonic() - self._opened_s > window.seconds + (LATE_S if self._capturing else 0.0):
            self._order("deafen")
            self._unheard(window.id, False)

    def _failed(self, part: str, reason: str) -> None:
        """A fault is told once, until it is over or another."""
        if self._failures.get(part) != reason:
            self._failures[part] = reason
            self._put(Failed(at=self._now(), part=part, reason=reason))

    def _recovered(self, part: str) -> None:
        if self._failures.pop(part, None):
            self._put(Recovered(at=self._now(), part=part))


def _window(listen: Listen, seconds: float) -> dict[str, Any]:
    wanted = {"id": listen.id, "seconds": seconds, "few": listen.few, "words": listen.words}
    return {**wanted, "options": _plain(listen.options)}


def _plain(options: Sequence[Option]) -> list[dict[str, Any]]:
    return [asdict(option) for option in options]
