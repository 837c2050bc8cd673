"""What a child may say to a story that is told, or was: go on, again, slower, skip, another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from device.events import Hush
from device.night import tellings
from device.night.night import Given, Night, Outcome, Place
from device.night.speech import say

SLOWEST = 2
"""Most steps of "slower": what is then left of the words a minute is about four fifths."""


def go_on(night: Night, given: Given, at: datetime) -> Outcome:
    """-> what was stopped goes on: tonight's telling, or the story that was left last."""
    if night.telling:
        return tellings.resumed(night, given, at) if night.telling.paused else (night, ())
    left = [slug for slug in night.places if slug in given.library]
    return from_place(night, given, at, left[-1]) if left else say(night, given, "go_on_nothing")


def from_place(night: Night, given: Given, at: datetime, slug: str) -> Outcome:
    """-> a story goes on where it stopped, on another evening perhaps, and Max says so."""
    place = night.places[slug]
    if not tellings.fits(night, given, at, slug, place):
        return say(night, given, "no_time")
    return tellings.begin(night, given, at, slug, opening="from_place", place=place)


def again(night: Night, given: Given, at: datetime, words: bool) -> Outcome:
    """-> the sentence before once more, where a story runs and its `words` are meant; otherwise a story once more."""
    telling = night.telling
    if telling and words and tellings.running(night):
        return tellings.resumed(
            replace(night, telling=replace(telling, sentence=max(telling.sentence - 1, 0))), given, at
        )
    slug = telling.story if telling else night.told[-1] if night.told else None
    return tellings.begin(night, given, at, slug) if slug else (night, ())


def slower(night: Night, given: Given, at: datetime, steps: int) -> Outcome:
    """-> the rest of the running telling by so many steps slower (or quicker, never quicker than planned)."""
    telling = night.telling
    if telling is None or not tellings.running(night):
        return night, ()
    wanted = min(max(telling.slower + steps, 0), SLOWEST)
    if wanted == telling.slower:
        return say(night, given, "slower_no" if steps > 0 else "faster_no", then="resume")
    return tellings.retold(night, given, at, replace(telling, slower=wanted), tellings.place_of(telling, given))


def skipped(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the next scene; at the end of a part its question, or the story's end."""
    telling = night.telling
    assert telling is not None
    here = tellings.place_of(telling, given).scene
    left = enumerate(tellings.part(telling, given)[telling.own :])
    later = next((n for n, each in left if each.scene != here), 0)
    if later:
        return tellings.retold(night, given, at, telling, tellings.place_of(telling, given, later))
    night, doings = tellings.part_ended(night, given)
    return night, (Hush(id=telling.id), *doings)


def other_way(night: Night, given: Given, at: datetime) -> Outcome:
    """-> "what happens if ...": back to the last question, and on with another of its answers."""
    telling = night.telling
    asked = given.library[telling.story].scene(telling.asked).options if telling and telling.asked else ()
    others = [option.to for option in asked if telling and option.to != telling.went]
    if telling is None or not others:
        return say(night, given, "no_other_way", then="resume" if telling else "")
    place = Place(others[0], 0, tellings.place_of(telling, given).told)
    if not tellings.fits(night, given, at, telling.story, place):
        return say(night, given, "no_time", then="resume")
    return tellings.retold(night, given, at, replace(telling, went=others[0]), place)
