"""A rehearsal: a child says twenty phrases once, and what is learnt of it: a slack of that child's, and better words.

The slack is the largest that one of the child's own right phrases needs to be taken and MOST_SLACK allows: of twenty
the largest estimates what 95 % need. What needs more is another word's work. It never makes the ear stricter: twenty
phrases said wide awake say little about a tired evening. And it goes no further than was measured: at a limit of 5.15
instead of 4.4, 99.5 instead of 98.5 % of right sentences pass (195 clips of children and adults), and 2.3 instead of
1.4 % of other talk (220; see `limits`). Loud rooms teach nothing, since there losses do not show errors.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from math import ceil
from typing import Literal, TypeAlias

from device.events import Option
from device.night.language import Language, Meaning
from device.senses.ear import limits
from device.senses.ear.hear import Ear
from device.senses.ear.listener import Listener, Nothing, Recognised
from device.senses.ear.rehearsed import MOST_SLACK, Kept

Verdict: TypeAlias = Literal["understood", "other", "unheard", "silent"]
Hear: TypeAlias = Callable[[str, Listener], Recognised | Nothing]
"""Takes what is to be said and an open window. -> what came of it."""

WINDOW_S = 8.0
"""Without a word for so long, the next phrase is shown."""
ENOUGH = 10
"""Right phrases, below which nothing is learnt of their losses."""

_DATA = tomllib.loads(resources.files(__package__).joinpath("rehearsal.en.toml").read_text("utf-8"))
PHRASES: tuple[tuple[str, ...], ...] = tuple(tuple(wordings) for wordings in _DATA["phrases"])
OPTIONS = tuple(Option(words, words) for words in _DATA["options"])
LINES: Mapping[str, str] = _DATA["lines"]


@dataclass(frozen=True)
class Attempt:
    """What came of one wording, said once."""

    phrase: int
    wording: int
    verdict: Verdict
    heard: str = ""
    """Which sentence of the closed language it was taken for. Shown at once, and never kept."""
    need: float | None = None
    """`limits.slack_for`, where the best reading was what was to be said."""
    loud: bool = False

    @property
    def say(self) -> str:
        return PHRASES[self.phrase][self.wording]


class Rehearsal:
    """Takes attempts with `first`, then `second`, and says what is learnt."""

    def __init__(self, ear: Ear, gated: bool = True) -> None:
        """`gated`: as in a bedroom, a loud room is held against the speaker."""
        self._ear, self._gated = ear, gated
        self._task = ear.task(OPTIONS)
        self.attempts: list[Attempt] = []

    def first(self, hear: Hear) -> Iterator[Attempt]:
        """-> each phrase in its first wording, as it is said."""
        for phrase in range(len(PHRASES)):
            yield self._attempt(phrase, 0, hear)

    def second(self, hear: Hear) -> Iterator[Attempt]:
        """-> the weak ones in their second wording."""
        for phrase in self.weak():
            yield self._attempt(phrase, 1, hear)

    def weak(self) -> list[int]:
        """-> phrases whose first wording was said, and would not be understood with the slack either."""
        slack = slack_of(self.attempts)
        first = [attempt for attempt in self.attempts if attempt.wording == 0 and attempt.verdict != "silent"]
        return [each.phrase for each in first if each.verdict == "other" or _beyond(each.need, slack)]

    def knows_enough(self) -> bool:
        """-> whether enough was right to learn from."""
        return len(_needs(self.attempts)) >= ENOUGH

    def kept(self) -> Kept:
        """-> all that stays of it: numbers."""
        best = [self._best(phrase) for phrase in range(len(PHRASES))]
        needs = tuple(None if each.need is None else round(each.need, 2) for each in best)
        slack = min(ceil(100 * slack_of(self.attempts)) / 100, MOST_SLACK)
        return Kept(slack, tuple(each.wording for each in best), needs)

    def _best(self, phrase: int) -> Attempt:
        """-> the wording with the largest margin; the first where none was heard as itself."""
        tried = [attempt for attempt in self.attempts if attempt.phrase == phrase]
        return min(tried, key=lambda each: float("inf") if each.need is None else each.need)

    def _attempt(self, phrase: int, wording: int, hear: Hear) -> Attempt:
        said = PHRASES[phrase][wording]
        result = hear(said, self._ear.listen(self._task, WINDOW_S, self._gated))
        attempt = judged(phrase, wording, result, self._ear.language, self._phones)
        self.attempts.append(attempt)
        return attempt

    def _phones(self, text: str) -> int:
        """-> how many a sentence has, in its words' first pronunciations: others differ by one or two."""
        return sum(len(self._ear.dictionary[word][0]) for word in text.split())


def judged(
    phrase: int, wording: int, result: Recognised | Nothing, language: Language, phones: Callable[[str], int]
) -> Attempt:
    """-> what came of it. What was nearest and refused counts for the slack where it was the right one."""
    wanted = _means(language, PHRASES[phrase][wording])
    text = result.text if isinstance(result, Recognised) else result.nearest
    meaning = language.understand(text, OPTIONS) if text else None
    right = meaning is not None and _key(meaning) == wanted
    need = limits.slack_for(result.loss, meaning.strictness, phones(text)) if meaning and right else None
    loud = result.snr_db < limits.LOUD_ROOM_DB
    if isinstance(result, Nothing):
        return Attempt(phrase, wording, "unheard" if result.spoke else "silent", "", need, result.spoke and loud)
    return Attempt(phrase, wording, "understood" if right else "other", text, need, loud)


def slack_of(attempts: Sequence[Attempt]) -> float:
    """-> the child's slack; 0 where too few phrases were right. Each counts as it was first said, in quiet rooms."""
    needs = _needs(attempts)
    if len(needs) < ENOUGH:
        return 0.0
    return max((need for need in needs if 0 < need <= MOST_SLACK), default=0.0)


def _needs(attempts: Sequence[Attempt]) -> list[float]:
    return [each.need for each in attempts if each.wording == 0 and each.need is not None and not each.loud]


def _beyond(need: float | None, slack: float) -> bool:
    return need is None or need > slack


def _means(language: Language, text: str) -> tuple[object, ...]:
    meaning = language.understand(text, OPTIONS)
    assert meaning is not None, text
    return _key(meaning)


def _key(meaning: Meaning) -> tuple[object, ...]:
    return meaning.intent, dict(meaning.slots), meaning.wake
