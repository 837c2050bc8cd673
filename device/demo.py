"""One evening for whoever just cloned it: on a clock that does not wait, with a child who answers from a script."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device.events import Asked, Doing, Finished, Happening, Heard, Prepare, Tell
from device.house import House
from device.night.frames import frames
from device.night.night import Given, Night
from device.night.timetable import evening_of, plan
from device.plain import plain
from device.pretend.acts import Room, Telling, Timetable
from device.pretend.child import Child, heard_words
from device.pretend.clock import Clock
from device.tales.story import Paragraph, Story

if TYPE_CHECKING:
    from device.night.language import Language

EVENINGS = ("ordinary", "stormy", "late", "silent", "baddream", "alone", "away")
BEGIN = time(17)
"""The fast demo's evening begins in the afternoon, while nothing happens."""
DATE = date(2026, 3, 4)
"""A Wednesday, on which the fast demo happens unless it is told another."""
REQUEST = "tell me a story about the moon"


@dataclass
class Record:
    """A watcher that remembers the evening as the JSON document wants it."""

    given: Given
    doings: list[tuple[datetime, Doing]] = field(default_factory=list)
    """In UTC: within one zone Python reckons by what the clock on the wall shows."""
    phases: list[dict[str, str]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    until: datetime = datetime.min.replace(tzinfo=UTC)  # noqa: RUF009  (immutable)
    """When the record ends."""
    failed: dict[str, str] = field(default_factory=dict)
    _begun: datetime | None = None
    _slug: str = ""
    _minutes: float = 0.0

    def __call__(self, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        at = self.local(happening.at)
        if not self.phases or self.phases[-1]["name"] != night.phase:
            self.phases.append({"name": night.phase, "at": at})
        if isinstance(happening, Heard):
            said = {"text": happening.text, "intent": happening.intent, "slots": dict(happening.slots)}
            self.heard.append({"at": at, **said})
        self.failed, self.until = dict(night.failed), happening.at
        self.doings += [(happening.at, doing) for doing in doings]
        self._time_story(happening, night, doings)

    def _time_story(self, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        """The evening's first story counts: from its first word to its last."""
        if self._begun is None and (told := next((d for d in doings if isinstance(d, Tell) and d.aloud), None)):
            self._begun, self._slug = happening.at, told.story
        elif self._begun and not self._minutes and isinstance(happening, Finished) and night.telling is None:
            self._minutes = (happening.at - self._begun).total_seconds() / 60

    def local(self, at: datetime) -> str:
        """-> ISO 8601 in the family's zone, to the millisecond."""
        return at.astimezone(self.given.promise.zone).isoformat(timespec="milliseconds")

    @property
    def story(self) -> dict[str, Any] | None:
        if not self._begun:
            return None
        return {"title": self.given.library[self._slug].title, "minutes": round(self._minutes, 2)}


def fast(
    given: Given,
    language: Language,
    day: date,
    evening: str,
    request: str | Heard | None,
    seed: int,
    later: Sequence[Heard] = (),
) -> Record:
    """-> a whole evening, from afternoon to the morning's end, without waiting. The same for the same arguments.

    `later` is said after the request, a minute apart."""
    begin = datetime.combine(day, BEGIN, given.promise.zone)
    clock, record = Clock(begin.astimezone(UTC)), Record(given)
    house = House(given, Night(evening=evening_of(given.promise, begin)), clock.now)
    house.acts += [
        Telling(clock),
        Room(clock),
        Timetable(clock),
        Child(clock, language, script(evening, request, given), later),
    ]
    house.watchers.append(record)
    for happening in interruptions(evening, given, language, day):
        clock.put_at(happening, "script")
    house.start(seed)
    end = plan(given.promise, house.night.evening).when("noon") - timedelta(hours=1)
    while (due := clock.push()) and due.at < end:
        house.step(due)
    return record


def script(evening: str, request: str | Heard | None, given: Given) -> Mapping[str, str | Heard]:
    """-> what the child answers to each kind of question: the ordinary child picks "breathe"."""
    if evening in ("silent", "alone"):
        return {"choose": request} if request else {}
    older = given.promise.age >= 10
    feeling = ("angry" if older else "stormy") if evening == "stormy" else ("okay" if older else "breezy")
    return {"feeling": feeling, "helps": "breathe", "choose": request or REQUEST}


def interruptions(evening: str, given: Given, language: Language, day: date) -> Sequence[Happening]:
    """-> what happens in this evening beside Max's questions."""
    moments = plan(given.promise, day)
    afternoon = moments.when("wind_down") - timedelta(hours=2)
    match evening:
        case "late":
            return (Asked(at=afternoon, id="demo-late", who="parent", what="late", details={"minutes": 40}),)
        case "away":
            return (Asked(at=afternoon, id="demo-away", who="parent", what="away"),)
        case "alone":
            asked = heard_words(language, "leave me alone tonight", moments.when("wind_down") + timedelta(minutes=2))
            return (asked,) if asked else ()
        case "baddream":
            woke = heard_words(language, "I had a bad dream", moments.when("asleep") + timedelta(hours=4))
            return (woke,) if woke else ()
    return ()


def document(record: Record, given: Given, day: date, seed: int, recorded: str | None) -> dict[str, Any]:
    """-> the night in the JSON shape of `demo --json`."""
    return {
        "seed": seed, "date": day.isoformat(), "zone": given.promise.zone.key, "phases": record.phases,
        "heard": record.heard, "doings": [{"at": record.local(at), **_plain(doing)} for at, doing in record.doings],
        "story": record.story, "recorded": recorded,
    }  # fmt: skip


def until_last_word(record: Record) -> list[tuple[datetime, Doing]]:
    """-> what is recorded: from wind-down to the story's last word, or to good night where none was told."""
    told = [n for n, (_, doing) in enumerate(record.doings) if isinstance(doing, Tell) and doing.aloud]
    return record.doings[: told[-1] + 1] if told else record.doings


def write_frames(record: Record, out: Path) -> None:
    """Writes every change of light and motor as CSV: ISO time, linear duties 0-1 before dithering."""
    with out.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("at", "lamp_ember", "lamp_dawn", "motor"))
        for at, *levels in frames(record.doings, record.until):
            rows.writerow((record.local(at), *(f"{level:.5f}" for level in levels)))


def summary(record: Record, document: Mapping[str, Any]) -> list[str]:
    """-> the evening in a few lines, for people."""
    child = record.given.promise.child
    rows = [(phase["at"], phase["name"].replace("_", " ")) for phase in document["phases"]]
    rows += [(heard["at"], f'    {child}: "{heard["text"]}"') for heard in document["heard"]]
    story = document["story"]
    told = f"{story['title']}, {story['minutes']} minutes." if story else "No story was told."
    recorded = [f"Recorded in {document['recorded']}."] if document["recorded"] else []
    return [*(f"{at[11:16]}  {what}" for at, what in sorted(rows)), told, *recorded]


def taste(story: Story, words: int) -> Story:
    """-> a story's beginning and its end, in about so many words, for an evening of three minutes."""
    scenes = dict.fromkeys((story.scenes[0], story.scenes[-1]))
    paragraphs = [p for scene in scenes for p in scene.paragraphs if not p.may_go]
    first, last = list[Paragraph](), list[Paragraph]()
    while paragraphs and words > 0:
        ahead = len(first) <= len(last)
        (first if ahead else last).append(paragraph := paragraphs.pop(0 if ahead else -1))
        words -= paragraph.words
    scene = replace(story.scenes[0], paragraphs=(*first, *reversed(last)), options=(), silent="")
    return replace(story, scenes=(scene,))


def _plain(doing: Doing) -> dict[str, Any]:
    """-> a doing as JSON; what is only prepared is counted, since it is not part of what the room sees or hears."""
    if isinstance(doing, Prepare):
        return {"do": "Prepare", "sentences": len(doing.sentences)}
    return plain(doing)
