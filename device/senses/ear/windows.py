"""When the ear listens, and to what; a state machine without clock or sound. Times are monotonic seconds.

A window that is open hears the whole language (or the few), without a wake phrase. Otherwise only a sentence that
begins with "hey max" counts; while Max speaks, a small set does as well, unless he is saying it himself. In the dark,
from lights-out to dawn, only the few do: a voice alone makes a Stir, which raises the red light and no more, and a
phrase counts once a button was pressed or a second phrase was heard shortly after it, so that coughs, talk in sleep and
a television never make the box speak. One whole sentence that calls a grown-up, surely heard, counts at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from device.events import Listen, Option
from device.senses.ear.limits import LOUD_ROOM_DB
from device.senses.ear.listener import Nothing, Recognised

CONFIRM_S = 10.0
"""A phrase in the dark counts with a press or another phrase so long before it; a Stir ends so long after the voice."""
OVER_MAX = frozenset({"Stop", "Pause", "Louder", "Softer", "Slower", "TooScary", "Scared", "GrownUp", "Choice"})
"""What counts while Max speaks, without a wake phrase."""
OWN_LETTERS = 4
"""A phrase that shares a word of so many letters with what Max is saying may be Max."""
SURE = 0.55
"""Confidence from which one whole sentence that calls a grown-up is enough in the dark (DESIGN 8.2): five synthetic
voices reach .57 to .91."""
SENTENCE_WORDS = 4
"""A whole sentence has so many: "I need a grown-up"."""
ANSWERS = frozenset({"Yes", "No"})
"""They confirm nothing and wish nothing: other talk is heard as one of them most easily (HEARING 0)."""


@dataclass(frozen=True)
class Attention:
    """What is listened for."""

    kind: Literal["window", "called", "dark", "speaking"]
    id: str = ""
    seconds: float = 60.0
    """Where there is no window: afterwards the ear begins anew, with the noise of that time."""
    options: Sequence[Option] = ()
    few: bool = False
    words: bool = False
    over: bool = False
    """Whether Max speaks meanwhile."""


@dataclass(frozen=True)
class Understood:
    phrase: Recognised


@dataclass(frozen=True)
class Missed:
    """Nothing was understood; `window` is empty where a Stir ends."""

    window: str
    spoke: bool
    loud: bool = False


@dataclass(frozen=True)
class Stir:
    """A voice in the dark."""


Report: TypeAlias = Understood | Missed | Stir

CALLED, IN_THE_DARK = Attention("called"), Attention("dark", few=True)


class Windows:
    """Told what is wanted and what was heard; says what to listen for, and what is worth a report."""

    def __init__(self) -> None:
        self.dark = False
        self.saying: Sequence[str] = ()
        """What Max says just now."""
        self.choices: Sequence[Option] = ()
        """The answers, while it is a question."""
        self._window: Attention | None = None
        self._trusted_until_s = self._phrase_s = float("-inf")
        self._stir_until_s: float | None = None

    @property
    def attention(self) -> Attention:
        over = bool(self.saying)
        if self._window:
            return replace(self._window, over=over)
        if over:
            return Attention("speaking", options=self.choices, few=self.dark, over=True)
        return IN_THE_DARK if self.dark else CALLED

    def open(self, listen: Listen) -> None:
        """A window opens, in place of the one before."""
        self._window = Attention("window", listen.id, listen.seconds, listen.options, listen.few, listen.words)

    def close(self) -> None:
        """No window is open any more."""
        self._window = None

    def pressed(self, at_s: float) -> None:
        """Somebody is awake: their hand says so."""
        self._trusted_until_s = at_s + CONFIRM_S

    def voice(self, at_s: float) -> Sequence[Report]:
        """Somebody speaks, understood or not."""
        if self.attention is not IN_THE_DARK:
            return ()
        began = self._stir_until_s is None
        self._stir_until_s = at_s + CONFIRM_S
        return (Stir(),) if began else ()

    def heard(self, phrase: Recognised, at_s: float) -> Sequence[Report]:
        if self.saying and self._is_own(phrase):
            return ()
        counts = self._counts(phrase, at_s)
        self._window = None
        if not counts:
            return ()
        self._stir_until_s, self._phrase_s = None, float("-inf")
        return (Understood(phrase),)

    def missed(self, nothing: Nothing) -> Sequence[Report]:
        """The time of a window is over, or what was said in it was not understood."""
        window, self._window = self._window, None
        return (Missed(window.id, nothing.spoke, nothing.spoke and nothing.snr_db < LOUD_ROOM_DB),) if window else ()

    def tick(self, at_s: float) -> Sequence[Report]:
        """Time passes."""
        if self._stir_until_s is None or at_s < self._stir_until_s:
            return ()
        self._stir_until_s = None
        return (Missed("", True),)

    def _counts(self, phrase: Recognised, at_s: float) -> bool:
        if self._window:
            return True
        if self.saying:
            return phrase.wake or phrase.intent in OVER_MAX
        if not self.dark:
            return phrase.wake
        if phrase.intent in ANSWERS:
            return False
        if phrase.intent == "GrownUp" and phrase.confidence >= SURE and _is_whole(phrase):
            return True
        confirmed = at_s <= self._trusted_until_s or at_s - self._phrase_s <= CONFIRM_S
        self._phrase_s = at_s
        return confirmed

    def _is_own(self, phrase: Recognised) -> bool:
        """Whether it may be an echo of what Max says: a word that tells in common; with "hey max", or where a grown-up
        is called, the whole. A choice has Max's own words: of it only the level tells (`OverMax`)."""
        if phrase.intent == "Choice":
            return False
        said = re.findall(r"[\w']+", " ".join(self.saying).lower().replace("’", "'"))
        if phrase.wake or phrase.intent == "GrownUp":
            return f" {phrase.text} " in f" {' '.join(said)} "
        return any(len(word) >= OWN_LETTERS and word in said for word in phrase.text.split())


def _is_whole(phrase: Recognised) -> bool:
    return phrase.wake or len(phrase.text.split()) >= SENTENCE_WORDS
