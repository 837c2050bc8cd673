"""Where the night should be: after a start, a power cut, a step of the clock, or when tonight is started by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from device.events import Prepare
from device.night import requests, ritual, shelf, tellings
from device.night.night import Given, Night, Outcome, chain, plan_of
from device.night.timetable import evening_of, plan

OVER = frozenset({"asleep", "dawn", "morning", "noon"})
"""Once one of these has begun, no story goes on."""


def find(night: Night, given: Given, at: datetime) -> Outcome:
    """-> the night where it belongs now.

    What was begun before the cut is not said again; a story that was on its way goes on; the light is where it belongs.
    """
    evening = evening_of(given.promise, at)
    if night.evening != evening:
        yesterday = night.told if night.evening < evening else ()
        night = Night(evening=evening, seed=night.seed, failed=night.failed, yesterday=yesterday, places=night.places)
    night = replace(night, offered=night.offered or shelf.tonight(night, given))
    quiet = plan_of(night, given).phase(at) == "afternoon"  # in the evening stories are rendered as they are told
    prepare = Prepare(sentences=(ritual.likely if quiet else ritual.lines)(night, given), instead=True)
    return chain(night, lambda n: (n, (requests.lay(n, given, at), prepare)), lambda n: _take_up(n, given, at))


def _take_up(night: Night, given: Given, at: datetime) -> Outcome:
    plan = plan_of(night, given)
    latest = plan.latest(at)
    passed = tuple(name for when, name in plan.moments if when <= at and name not in night.done)
    night = replace(night, talk=None, question=None)
    going = night.telling is not None and not night.telling.paused
    if going and not OVER & {*night.done} and not {*passed} & {"lights_out", *OVER}:
        return tellings.resumed(replace(night, done=(*night.done, *passed)), given, at)
    if latest and latest in passed:
        night = replace(night, done=(*night.done, *passed[:-1]), phase=plan.phase(at), telling=None)
        return ritual.moment(night, given, at, latest)
    return ritual.relit(replace(night, phase=plan.phase(at)), given, at)


def start_tonight(night: Night, given: Given, at: datetime) -> Outcome:
    """-> this evening's wind-down begins now, whatever the hour."""
    agreed = plan(given.promise, night.evening).when("wind_down")
    fresh = Night(
        evening=night.evening,
        seed=night.seed,
        failed=night.failed,
        offered=night.offered,
        serial=night.serial,
        answered=night.answered,
        places=night.places,
        moved_s=(at - agreed).total_seconds(),
    )
    return find(fresh, given, at)
