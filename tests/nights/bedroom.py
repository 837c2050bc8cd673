"""A bedroom for tests: the real night and library on a clock that is pushed, and a few ways to be in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from device import given as reading
from device.events import Answer, Asked, Button, Doing, Glow, Happening, Hush, Pressed, Say, Tell
from device.house import House
from device.night.language import Language
from device.night.night import Given, Night
from device.night.timetable import evening_of
from device.pretend.acts import Room, Telling, Timetable
from device.pretend.child import Child, heard_words
from device.pretend.clock import Clock
from device.settings import Child as ChildSettings
from device.settings import Evening, Place, Settings
from device.workshop.voices import voice

WEDNESDAY = date(2026, 3, 4)
Kind = TypeVar("Kind", bound=Doing)


@cache
def given(age: int = 12, check_in: bool = True) -> Given:
    settings = Settings(
        child=ChildSettings(age=age), place=Place(zone="Europe/London"), evening=Evening(check_in=check_in)
    )
    return reading.given(settings, Path("/nonexistent"), voice("max"))


@cache
def language() -> Language:
    return reading.language(ChildSettings(), [story.title for story in given().library.values()])


class Bedroom:
    """Begins in the afternoon; `script` is what the child answers to Max's questions."""

    def __init__(self, script: dict[str, Any] | None = None, *, day: date = WEDNESDAY, known: Given | None = None,
                 night: Night | None = None, begin: datetime | None = None) -> None:  # fmt: skip
        self.given = known or given()
        self.zone: ZoneInfo = self.given.promise.zone
        begin = begin or datetime.combine(day, time(17), self.zone)
        self.clock = Clock(begin.astimezone(UTC))
        self.done: list[tuple[datetime, Doing]] = []
        self.phases: list[str] = []
        self.house = House(self.given, night or Night(evening=evening_of(self.given.promise, begin)), self.clock.now)
        self.child = Child(self.clock, language(), script or {})
        self.house.acts += [Telling(self.clock), Room(self.clock), Timetable(self.clock), self.child]
        self.house.watchers.append(self._watch)
        self.house.start(1)

    def _watch(self, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        assert not night.failed, night.failed
        self.done += [(happening.at.astimezone(self.zone), doing) for doing in doings]
        if not self.phases or self.phases[-1] != night.phase:
            self.phases.append(night.phase)

    @property
    def night(self) -> Night:
        return self.house.night

    @property
    def phase(self) -> str:
        return self.house.night.phase

    def at(self, clock: str, day: int = 0) -> datetime:
        return datetime.combine(WEDNESDAY + timedelta(days=day), time.fromisoformat(clock), self.zone)

    def until(self, clock: str, day: int = 0) -> Bedroom:
        """Lives on up to this time; what is due then has happened."""
        self.clock.put_at(_Alarm(at=self.at(clock, day).astimezone(UTC)), "test")
        return self._live(lambda due: isinstance(due, _Alarm))

    def until_phase(self, phase: str) -> Bedroom:
        return self._live(lambda due: self.night.phase == phase)

    def _live(self, there: Callable[[Happening], bool]) -> Bedroom:
        while (due := self.clock.push()) is not None:
            if not isinstance(due, _Alarm):
                self.house.step(due)
            if there(due):
                return self
        raise AssertionError("the night ended before that")

    def hear(self, words: str) -> tuple[Doing, ...]:
        """-> what is done about words that are spoken now."""
        heard = heard_words(language(), words, self.clock.now())
        assert heard, f"Max does not know {words!r}"
        return self.happens(heard)

    def press(self, button: Button) -> tuple[Doing, ...]:
        return self.happens(Pressed(at=self.clock.now(), button=button))

    def ask(self, what: str, id: str = "ask-0001", **details: Any) -> Answer:
        """-> the answer to a wish of the parents from the page."""
        doings = self.happens(Asked(at=self.clock.now(), id=id, who="parent", what=what, details=details))
        return next(doing for doing in doings if isinstance(doing, Answer))

    def happens(self, happening: Happening) -> tuple[Doing, ...]:
        before = len(self.done)
        self.house.step(happening)
        return tuple(doing for _, doing in self.done[before:])

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [doing for _, doing in self.done if isinstance(doing, kind)]

    def said(self) -> list[str]:
        """-> Max's lines so far."""
        return [words(say) for say in self.all(Say)]

    def last_glow(self) -> Glow:
        return self.all(Glow)[-1]


class _Alarm(Happening):
    """The test wants to look."""


def words(said: Say | Tell) -> str:
    return " ".join(sentence.text for sentence in said.sentences)


def hushed(doings: tuple[Doing, ...]) -> bool:
    return any(isinstance(doing, Hush) for doing in doings)


def with_promise(known: Given, **changes: Any) -> Given:
    return replace(known, promise=replace(known.promise, **changes))
