"""What a grown-up or the child asks on the page. Decided by the same rules as a spoken wish, once for each id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from device.events import Answer, Asked, At, Note
from device.night import place, reading, requests, tellings, wishes
from device.night.night import Given, Night, Outcome, chain
from device.night.ritual import DARK
from device.night.speech import say

Wish = Callable[[Night, Given, Asked], Outcome]


def decide(night: Night, given: Given, asked: Asked) -> Outcome:
    """-> the wish is carried out, and its Answer says so; a wish of the same id is only answered again."""
    if asked.id in night.answered:
        return night, (Answer(id=asked.id, ok=True),)
    wish = RIGHTS[asked.who].get(asked.what)
    if wish is None:
        return night, (Answer(id=asked.id, ok=False, text="unknown_wish"),)
    try:
        night, doings = wish(night, given, asked)
    except (KeyError, ValueError, TypeError):
        return night, (Answer(id=asked.id, ok=False, text="no_longer_open"),)
    return replace(night, answered=(*night.answered, asked.id)), (*doings, Answer(id=asked.id, ok=True))


def answer_request(night: Night, given: Given, asked: Asked) -> Outcome:
    return requests.answered(night, given, asked.at, str(asked.details["request"]), asked.details["yes"] is True)


def seen_ring(night: Night, given: Given, asked: Asked) -> Outcome:
    """-> the box stops calling and says that somebody is on the way."""
    ring = str(asked.details["ring"])
    if not any(c.id == ring for c in night.calls):
        raise KeyError(ring)
    return chain(night, lambda n: wishes.came(n, ring), lambda n: say(n, given, "call_seen"))


def late(night: Night, given: Given, asked: Asked) -> Outcome:
    """-> Max tells the child before he has to ask: at once in the evening, with the greeting otherwise."""
    night = replace(night, late_min=int(asked.details["minutes"]), away=False)
    return _told_of_it(night, given, "late")


def away(night: Night, given: Given, asked: Asked) -> Outcome:
    return _told_of_it(replace(night, away=True, late_min=0), given, "away")


def hush(night: Night, given: Given, asked: Asked) -> Outcome:
    return tellings.stopped(night)


def read(night: Night, given: Given, asked: Asked) -> Outcome:
    return reading.begin(night, given, asked.at, str(asked.details["story"]))


def you_finish(night: Night, given: Given, asked: Asked) -> Outcome:
    """-> Max takes over at the sentence the page shows, even where its reports were lost."""
    if night.telling is None or night.telling.aloud or night.phase != "story":
        raise ValueError("nobody reads now")
    id, seq = night.telling.id, night.telling.seq + 1
    report = At(at=asked.at, id=id, sentence=int(asked.details["sentence"]), seq=seq)
    return chain(night, lambda n: reading.shown(n, given, report), lambda n: reading.you_finish(n, given, asked.at))


def ill_finish(night: Night, given: Given, asked: Asked) -> Outcome:
    if night.telling is None:
        raise ValueError("nothing is told now")
    return reading.ill_finish(night, given)


def turn(night: Night, given: Given, asked: Asked) -> Outcome:
    return reading.turned(night, given, asked.at, str(asked.details["to"]))


def start_tonight(night: Night, given: Given, asked: Asked) -> Outcome:
    if not given.pretend:
        raise ValueError("a real evening begins when it was agreed")
    return place.start_tonight(night, given, asked.at)


def _told_of_it(night: Night, given: Given, key: str) -> Outcome:
    note = Note(kind=key, what={"minutes": night.late_min})
    if night.phase in DARK or night.phase == "afternoon" or night.alone:
        return night, (note,)
    minutes = night.late_min
    return chain(night, lambda n: (n, (note,)), lambda n: say(n, given, key, minutes=minutes))


READER: dict[str, Wish] = {"read": read, "you_finish": you_finish, "ill_finish": ill_finish, "turn": turn}
"""Whoever holds the phone may read."""
PARENT: dict[str, Wish] = {
    "answer_request": answer_request, "seen_ring": seen_ring, "late": late, "away": away, "hush": hush,
    "start_tonight": start_tonight,
}  # fmt: skip
RIGHTS: dict[str, dict[str, Wish]] = {
    "parent": {**PARENT, **READER},
    "grown_up": {"seen_ring": seen_ring, "hush": hush, **READER},
    "child": {"hush": hush, **READER},
}
