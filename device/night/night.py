"""What the night is: one frozen state, and what is given to it from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from device.events import Doing, Phase
from device.night.promise import Promise
from device.night.timetable import Plan, plan
from device.tales.story import Story
from device.tales.voice import Voice

Kind: TypeAlias = Literal["feeling", "helps", "choose", "choice", "wish", "weave"]
"""What an open question is about."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the house knows and the night only reads."""

    promise: Promise
    library: Mapping[str, Story]
    """By slug."""
    voice: Voice
    lines: Mapping[str, tuple[tuple[str, ...], ...]]
    """What Max says: key -> variants, each a few sentences with {slots}."""
    pretend: bool = False
    """Whether tonight may be started by hand, at any hour."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Something that runs and ends with Finished: a Say, or breathing."""

    id: str
    then: str = ""
    """The step of the ritual that follows it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of Max's with an open listening window."""

    id: str
    kind: Kind
    missed: int = 0
    """How often the answer was not understood."""
    again: int = 0
    """How often it was asked again, because what was heard was something else."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a story is left, or goes on."""

    scene: str = ""
    """Empty for the first."""
    number: int = 0
    """`Sentence.number` within the scene."""
    told: float = 0.0
    """Fraction of the telling's time that is over."""


START = Place()


@dataclass(frozen=True, slots=True)
class Telling:
    """A story on its way, told in parts from question to question. Holds what its score is made from, not the score."""

    id: str
    story: str
    """Slug."""
    scene: str
    """Where the part that is being told begins."""
    seconds: float
    """What the rest of the story has, from the beginning of this part."""
    told: float = 0.0
    """Fraction of the whole that was told before this part."""
    since: int = 0
    """`Sentence.number` in `scene` that the part begins with."""
    lead: int = 0
    """Sentences of Max's own before the story's first."""
    sentence: int = 0
    """Index in the part, as last reached."""
    paused: bool = False
    aloud: bool = True
    """False while a person reads it."""
    read: bool = False
    """Whether a person has read in it: the page may show it."""
    seq: int = 0
    """Of the page's last report; from the first on, the page leads and not the clock."""
    handing: bool = False
    """Max ends with the sentence that sounds, and a person goes on."""
    light: float = 1.0
    """Of the story's cap, as it glows now: from here it only sinks."""
    slower: int = 0
    """How many steps slower it is told than planned."""
    asked: str = ""
    """Scene of the last question, and which scene followed it."""
    went: str = ""

    @property
    def own(self) -> int:
        """Index of the story's own sentence, as last reached."""
        return max(self.sentence - self.lead, 0)


@dataclass(frozen=True, slots=True)
class Request:
    """Something the Promise has no room for, asked of a grown-up."""

    id: str
    at: datetime
    what: str
    state: Literal["open", "yes", "no"] = "open"


@dataclass(frozen=True, slots=True)
class Call:
    """A grown-up is being called."""

    id: str
    at: datetime
    why: str
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Night:
    """Where the night is. Small enough to be written down at each change and taken up again after a power cut."""

    evening: date
    seed: int = 0
    phase: Phase = "afternoon"
    serial: int = 0
    """How many ids this night has given out."""
    extra_min: int = 0
    moved_s: float = 0.0
    """How much later than agreed this evening is: only where somebody started it by hand on a pretend board."""
    done: tuple[str, ...] = ()
    """Moments that have been begun: each at most once, through any crash."""
    told: tuple[str, ...] = ()
    """Stories told tonight, by slug."""
    yesterday: tuple[str, ...] = ()
    """What was told the evening before."""
    offered: tuple[str, ...] = ()
    """The three of tonight, by slug."""
    alone: bool = False
    reading: bool = False
    """A person reads tonight: the box keeps quiet."""
    night_light: bool = False
    put_away: bool = False
    """What was held or worn is put away: its motor is still until tomorrow."""
    jar: bool = False
    """The worry jar is open: the microphone is off until the story button closes it, or the evening goes on."""
    late_min: int = 0
    away: bool = False
    telling: Telling | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    """Slug -> where a story stopped that was not told to its end; the latest last. Kept across evenings."""
    talk: Talk | None = None
    question: Question | None = None
    requests: tuple[Request, ...] = ()
    calls: tuple[Call, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    """Part -> sentence, of what does not work now."""
    answered: tuple[str, ...] = ()
    """Ids of wishes from the page already decided."""


Outcome: TypeAlias = tuple[Night, tuple[Doing, ...]]
Step: TypeAlias = Callable[[Night], Outcome]


def chain(night: Night, *steps: Step) -> Outcome:
    """-> the outcome of one step after the other."""
    doings: tuple[Doing, ...] = ()
    for step in steps:
        night, more = step(night)
        doings += more
    return night, doings


def named(night: Night, kind: str) -> tuple[Night, str]:
    """-> a fresh id such as "say-7". Unique within the evening, the same again for the same history."""
    serial = night.serial + 1
    return replace(night, serial=serial), f"{kind}-{night.evening:%m%d}-{serial}"


def plan_of(night: Night, given: Given) -> Plan:
    """-> tonight's plan, with the minutes already given."""
    extra, moved = timedelta(minutes=night.extra_min), timedelta(seconds=night.moved_s)
    return plan(given.promise, night.evening, extra, moved)
