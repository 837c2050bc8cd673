"""The power fails at every happening of an evening: it is taken up where it belongs, nothing said twice."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache

import pytest

from device.events import Doing, Happening, Say, Tell
from device.night import tellings
from device.night.memory import from_dict, to_dict
from device.night.night import Night, plan_of
from tests.nights.bedroom import Bedroom, given

STORY = {"feeling": "okay", "helps": "breathe", "choose": "tell me a story about the moon"}


@cache
def cuts() -> tuple[tuple[datetime, Night], ...]:
    """-> when each thing of an evening with a story happened, and the night as it was written down then."""
    written: list[tuple[datetime, Night]] = []

    def watch(happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        written.append((happening.at, from_dict(json.loads(json.dumps(to_dict(night))))))

    room = Bedroom(STORY)
    room.house.watchers.append(watch)
    room.until("06:50", day=1)
    return tuple(written)


def back(at: datetime, night: Night) -> Bedroom:
    """-> the bedroom once the power is back."""
    return Bedroom(night=night, begin=at.astimezone(given().promise.zone))


def test_an_evening_is_long_enough_to_be_cut_often() -> None:
    assert len(cuts()) > 100


def test_each_cut_leads_to_the_phase_of_the_timetable_or_to_the_story_that_was_running() -> None:
    for at, night in cuts():
        room = back(at, night)
        expected = (
            "story" if tellings.running(night) and "asleep" not in night.done else plan_of(night, given()).phase(at)
        )
        begun = set(room.night.done) - set(night.done)
        assert begun or room.phase == expected, (at, night.phase)


def test_a_moment_that_had_begun_is_not_said_again() -> None:
    for at, night in cuts():
        room = back(at, night)
        assert len(room.all(Say)) <= len(set(room.night.done) - set(night.done)), at
        assert len(room.night.done) == len(set(room.night.done))


def test_a_story_goes_on_at_its_sentence() -> None:
    stories = [(at, night) for at, night in cuts() if tellings.running(night) and "asleep" not in night.done]
    assert stories
    for at, night in stories:
        telling, (told,) = night.telling, back(at, night).all(Tell)
        assert telling
        assert told.story == telling.story
        assert told.begin == max(telling.sentence - telling.lead, 0)


def test_a_story_outlives_a_short_cut_in_which_another_moment_passed() -> None:
    room = Bedroom({}).until("20:29")
    room.hear("tell me a story about the moon")
    night = room.until("20:29:30").night
    later = Bedroom(night=night, begin=room.at("20:31"))
    assert later.phase == "story"
    assert len(later.all(Tell)) == 1
    assert "choosing" in later.night.done


@pytest.mark.parametrize(("clock", "phase"), [("20:46", "lights_out"), ("23:30", "asleep"), ("06:20", "dawn")])
def test_a_story_does_not_outlive_its_evening(clock: str, phase: str) -> None:
    room = Bedroom({}).until("20:29")
    room.hear("tell me a story about the moon")
    later = Bedroom(night=room.night, begin=room.at(clock, day=int(clock < "12")))
    assert (later.phase, later.all(Tell)) == (phase, [])


def test_a_cut_across_noon_remembers_what_was_told_yesterday() -> None:
    at, night = cuts()[-1]
    assert night.told
    assert back(at + timedelta(hours=12), night).night.yesterday == night.told


def test_after_any_cut_the_morning_comes() -> None:
    for at, night in cuts()[::25]:
        assert back(at, night).until("06:46", day=1).phase == "morning"
