"""`sleepsync rehearse`: shows the phrases, hears them from a microphone or from files, and keeps what was learnt."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device import given, live
from device.acts.book import Book
from device.acts.light import Indicator
from device.bedroom import is_board
from device.errors import BoardError, HearingError
from device.pins import factory
from device.senses.ear import rehearsed
from device.senses.ear.hear import Ear, listen_to, read
from device.senses.ear.listener import Listener, Nothing, Recognised
from device.senses.ear.microphone import Microphone
from device.senses.ear.posteriors import Samples
from device.senses.ear.process import TURN_S, confine
from device.senses.ear.rehearsal import LINES, PHRASES, Attempt, Hear, Rehearsal
from device.settings import Settings, load

Light = Callable[[bool], object]
SOUNDS = {".wav", ".flac", ".ogg", ".opus"}
"""What is taken of a folder."""


def rehearse(data: Path, files: Sequence[Path] | None, as_json: bool) -> int:
    """-> 0. Nothing is kept where it is broken off. Raises HearingError, SettingsError."""
    settings = load(data / "device.toml")
    talk = _Talk(as_json)
    with ExitStack() as opened:
        hear: Hear
        if files:
            hear = recorded = _Files(files)
        else:
            hear, recorded = opened.enter_context(_bedside(settings, data)), None
        rehearsal = Rehearsal(Ear(given.language(settings.child)), gated=recorded is None)
        talk.line("hello")
        for attempt in rehearsal.first(talk.asking(hear)):
            talk.about(attempt)
        if recorded is None or recorded.left >= len(rehearsal.weak()) > 0:
            talk.weak(rehearsal)
            for attempt in rehearsal.second(talk.asking(hear)):
                talk.about(attempt)
        else:
            talk.offer(rehearsal)
    return _learnt(rehearsal, data, talk)


def forget(data: Path) -> int:
    print(LINES["forgot" if rehearsed.forget(data) else "nothing"])
    return 0


def _learnt(rehearsal: Rehearsal, data: Path, talk: _Talk) -> int:
    """Keeps it and says so; where nobody said anything, nothing is kept."""
    if all(attempt.verdict == "silent" for attempt in rehearsal.attempts):
        raise HearingError("Nothing was heard at all, and nothing is kept. Is the microphone muted, or far away?")
    kept = rehearsal.kept()
    rehearsed.keep(kept, data)
    talk.end(rehearsal, kept)
    return 0


@dataclass
class _Files:
    """Hears a file for each phrase; what is left over is for the weak ones' second wordings, in their order."""

    files: Sequence[Path]
    _sounds: list[Samples] = field(default_factory=list)

    def __post_init__(self) -> None:
        """All are read before the first is heard: a wrong one is found at once. Raises HearingError."""
        files = list(_unfolded(self.files))
        self._sounds = [read(file)[0] for file in files]
        if len(files) < len(PHRASES):
            raise HearingError(
                f"{len(PHRASES)} phrases need {len(PHRASES)} sound files, and there are {len(files)}: "
                f'the first without one is "{PHRASES[len(files)][0]}".'
            )

    @property
    def left(self) -> int:
        return len(self._sounds)

    def __call__(self, say: str, listener: Listener) -> Recognised | Nothing:
        return listen_to(self._sounds.pop(0), listener)[0]


def _unfolded(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix.lower() in SOUNDS)
        else:
            yield path


@contextmanager
def _bedside(settings: Settings, data: Path) -> Iterator[Hear]:
    """The microphone, with its light on exactly while it is read. Raises HearingError where there is none to use."""
    _hold_mute(data)
    if not is_board() and not live.may_listen(data):
        raise HearingError("No microphone may be used here: start it at a terminal, plug one in and say yes when you "
                           "are asked (data folder: microphone.txt), or name sound files with --hear.")  # fmt: skip
    confine()
    with _light(settings) as light, closing(Microphone(settings.sound.microphone)) as microphone:
        try:
            yield lambda say, listener: from_microphone(listener, microphone, light)
        finally:
            microphone.close()
            light(False)


def from_microphone(listener: Listener, microphone: Microphone, light: Light) -> Recognised | Nothing:
    """-> what was heard in a window that is open from now; sound that came with the end of it is let go, because the
    next phrase is not shown yet. Raises HearingError where the microphone fails."""
    while True:
        sound = microphone.read()
        light(microphone.is_open)
        if result := listener.feed(sound):
            return result
        time.sleep(TURN_S)


def _hold_mute(data: Path) -> None:
    """The open worry jar is a promise that nobody listens. Raises HearingError, JournalError."""
    if not (data / "ours.db").exists():
        return
    with closing(Book(data, "ours")) as book:
        rows = book.read("SELECT body FROM night")
    if rows and json.loads(rows[0][0]).get("jar"):
        raise HearingError("The worry jar is open, and nothing listens until it is closed: press the story button.")


@contextmanager
def _light(settings: Settings) -> Iterator[Light]:
    shown = False
    with ExitStack() as opened:
        show: Light = live.show_microphone
        if is_board():
            try:
                show = opened.enter_context(closing(Indicator(settings.board.mic_led, factory(pretend=False)))).show
            except BoardError as fault:
                raise HearingError(f"{fault} Without its light the microphone stays off; "
                                   "stop the device first: systemctl stop sleepsync.") from fault  # fmt: skip

        def light(on: bool) -> None:
            nonlocal shown
            if on != shown:
                shown = on
                show(on)

        yield light


@dataclass
class _Talk:
    """What the child reads, or one JSON document at the end."""

    as_json: bool

    def line(self, key: str, more: str = "") -> None:
        self._print(f"{LINES[key]} {more}".rstrip())

    def asking(self, hear: Hear) -> Hear:
        def ask(say: str, listener: Listener) -> Recognised | Nothing:
            self._print(f'\n{LINES["say"]} "{say}"')
            return hear(say, listener)

        return ask

    def about(self, attempt: Attempt) -> None:
        self.line(attempt.verdict)

    def weak(self, rehearsal: Rehearsal) -> None:
        if rehearsal.weak():
            self._print("")
            self.line("again")

    def offer(self, rehearsal: Rehearsal) -> None:
        if weak := rehearsal.weak():
            self._print("")
            self.line("offer", ", ".join(f'"{PHRASES[phrase][1]}"' for phrase in weak))

    def end(self, rehearsal: Rehearsal, kept: rehearsed.Kept) -> None:
        if self.as_json:
            print(json.dumps(document(rehearsal, kept), ensure_ascii=False))
            return
        self._print("")
        if any(kept.wordings):
            pairs = zip(PHRASES, kept.wordings, strict=True)
            self.line("ours", ", ".join(f'"{says[wording]}"' for says, wording in pairs if wording))
        if any(attempt.loud for attempt in rehearsal.attempts):
            self.line("loud")
        self.line("slack" if kept.slack else "plain" if rehearsal.knows_enough() else "few")
        self.line("kept")

    def _print(self, text: str) -> None:
        if not self.as_json or sys.stdout.isatty():
            print(text, flush=True)


def document(rehearsal: Rehearsal, kept: rehearsed.Kept) -> dict[str, Any]:
    """-> what `rehearse --json` prints."""
    tried = [
        {"say": each.say, "verdict": each.verdict, "heard": each.heard, "loud": each.loud,
         "need": None if each.need is None else round(each.need, 2)}
        for each in rehearsal.attempts
    ]  # fmt: skip
    best = [says[wording] for says, wording in zip(PHRASES, kept.wordings, strict=True)]
    return {"tried": tried, "best": best, "slack": kept.slack, "offer": [PHRASES[n][1] for n in rehearsal.weak()]}
