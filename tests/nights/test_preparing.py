"""Rendering ahead belongs to the day: from wind-down to lights-out it is left to what is asked for."""

from __future__ import annotations

from device.events import Prepare, Sentence
from device.night import tellings
from tests.nights.bedroom import Bedroom


def stories(room: Bedroom) -> set[Sentence]:
    return {s for slug in room.night.offered for s in tellings.likely(room.night, room.given, slug)}


def test_by_day_max_and_the_three_stories_of_tonight_are_rendered() -> None:
    room = Bedroom()
    (prepare,) = room.all(Prepare)
    assert stories(room) < set(prepare.sentences)


def test_at_wind_down_what_is_left_of_the_stories_is_let_go() -> None:
    room = Bedroom().until("21:29")
    prepare = room.all(Prepare)[-1]
    assert prepare.instead
    assert prepare.sentences
    assert prepare.warm_s > 0
    assert not stories(room) & set(prepare.sentences)
    assert [prepare for prepare in room.all(Prepare)[1:] if stories(room) & set(prepare.sentences)] == []


def test_a_device_that_is_started_in_the_evening_renders_no_story_ahead() -> None:
    room = Bedroom(begin=Bedroom().at("20:15"))
    assert room.phase != "afternoon"
    assert room.all(Prepare)
    assert not stories(room) & {s for prepare in room.all(Prepare) for s in prepare.sentences}


def test_a_power_cut_in_the_afternoon_costs_no_rendering() -> None:
    before = Bedroom()
    room = Bedroom(night=before.night, begin=before.at("17:30"))
    assert stories(room) < set(room.all(Prepare)[0].sentences)
