"""A child who answers from a script, and keeps quiet where it says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from device.events import Deafen, Doing, Happening, Heard, Listen, Unheard
from device.pretend.clock import Clock

if TYPE_CHECKING:
    from device.night.language import Language

ANSWER_AFTER_S = 2.5
"""How long the pretend child thinks."""
LATER_S = 60.0
"""From one thing it says unasked to the next."""


class Child:
    """Answers Max's questions from a script, and keeps quiet where it has none."""

    def __init__(
        self, clock: Clock, language: Language, script: Mapping[str, str | Heard], later: Sequence[Heard] = ()
    ) -> None:
        """`script`: kind of question ("feeling", "helps", "choose", "choice", "wish") -> words, or a Heard. `later` is
        said unasked, one after another, once it has chosen."""
        self._clock, self._language, self._script = clock, language, dict(script)
        self._later = tuple(later)

    def do(self, doing: Doing, /) -> None:
        match doing:
            case Listen():
                self._clock.cancel("child")
                self._clock.put_at(self._answer(doing), "child")
            case Deafen():
                self._clock.cancel("child")

    def _answer(self, listen: Listen) -> Happening:
        kind = listen.id.split("-")[0]
        at = self._clock.now() + timedelta(seconds=ANSWER_AFTER_S)
        if kind == "choose":
            self._say_later(at)
        match self._script.pop(kind, None):
            case Heard() as heard:
                return replace(heard, at=at)
            case str(words):
                return heard_words(self._language, words, at, listen) or Unheard(at=at, window=listen.id, spoke=True)
        end = self._clock.now() + timedelta(seconds=listen.seconds)
        return Unheard(at=end, window=listen.id, spoke=False)

    def _say_later(self, after: datetime) -> None:
        for number, heard in enumerate(self._later, 1):
            self._clock.put_at(replace(heard, at=after + number * timedelta(seconds=LATER_S)), "later")
        self._later = ()

    def close(self) -> None:
        self._clock.cancel("child")
        self._clock.cancel("later")


def heard_words(language: Language, words: str, at: datetime, listen: Listen | None = None) -> Heard | None:
    """-> typed words as if they had been spoken, or None where they mean nothing to Max."""
    wanted = (listen.options, listen.few, listen.words) if listen else ()
    meaning = language.understand(words, *wanted)
    return Heard(at=at, text=words, intent=meaning.intent, slots=meaning.slots) if meaning else None
