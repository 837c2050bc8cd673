"""The night's moments from the Promise: schooldays, free evenings, extra minutes, changes of the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from device.night.promise import Promise
from device.night.timetable import PHASE_FROM, Plan, evening_of, plan

BERLIN = ZoneInfo("Europe/Berlin")
AGREED = Promise(zone=BERLIN)


def local(found: Plan, name: str) -> str:
    return f"{found.when(name):%d. %H:%M}"


def test_an_evening_before_school_and_a_free_one() -> None:
    wednesday, friday = plan(AGREED, date(2026, 3, 4)), plan(AGREED, date(2026, 3, 6))
    names = ("wind_down", "check_in", "lights_out", "asleep", "dawn", "morning", "noon")
    assert [local(wednesday, name) for name in names] == [
        "04. 20:00", "04. 20:15", "04. 20:45", "04. 21:15", "05. 06:15", "05. 06:45", "05. 12:00",
    ]  # fmt: skip
    assert local(friday, "lights_out") == "06. 21:30"


def test_extra_minutes_move_lights_out_and_what_follows_it_only() -> None:
    found = plan(AGREED, date(2026, 3, 4), extra=timedelta(minutes=10))
    assert [local(found, n) for n in ("wind_down", "choosing", "lights_out", "asleep", "dawn")] == [
        "04. 20:00", "04. 20:30", "04. 20:55", "04. 21:25", "05. 06:15",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("evening", "night_h"), [(date(2026, 3, 28), 8.25), (date(2026, 10, 24), 10.25), (date(2026, 3, 4), 10.0)]
)
def test_a_change_of_the_clock_keeps_the_wall_times_and_counts_real_hours(evening: date, night_h: float) -> None:
    found = plan(AGREED, evening)
    real_h = (found.when("morning").astimezone(UTC) - found.when("lights_out").astimezone(UTC)).total_seconds() / 3600
    assert real_h == night_h
    assert f"{found.when('morning'):%H:%M}" == "06:45"
    dawn = found.when("morning").astimezone(UTC) - found.when("dawn").astimezone(UTC)
    assert dawn == timedelta(minutes=30), "the dawn light takes its half hour whatever the clock does"


def test_the_moments_are_in_real_order_in_every_zone_and_every_night_of_a_year() -> None:
    for name in ("Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"):
        assert name in available_timezones()
        agreed = Promise(zone=ZoneInfo(name), wake=time(2, 30), bedtime_school=time(19), bedtime_free=time(19, 30))
        for number in range(366):
            found = plan(agreed, date(2026, 1, 1) + timedelta(days=number))
            times = [at.astimezone(UTC) for at, _ in found.moments]
            assert all(earlier < later for earlier, later in pairwise(times)), (name, number)


def test_where_the_night_is_follows_from_the_time_alone() -> None:
    found = plan(AGREED, date(2026, 3, 4))
    for at, name in found.moments:
        assert found.phase(at) == PHASE_FROM[name]
        assert found.phase(at - timedelta(seconds=1)) != PHASE_FROM[name]
    assert found.phase(found.moments[0][0] - timedelta(hours=2)) == "afternoon"


def test_an_evening_lasts_until_the_noon_after_it() -> None:
    def at(hour: int, day: int) -> datetime:
        return datetime(2026, 3, day, hour, tzinfo=BERLIN)

    assert evening_of(AGREED, at(12, 4)) == date(2026, 3, 4)
    assert evening_of(AGREED, at(3, 5)) == date(2026, 3, 4)
    assert evening_of(AGREED, at(11, 5)) == date(2026, 3, 4)


def test_a_bedtime_later_than_waking_is_no_trap() -> None:
    odd = replace(AGREED, bedtime_school=time(23, 50), wake=time(0, 10))
    found = plan(odd, date(2026, 3, 4))
    assert found.when("lights_out") < found.when("morning")


def test_without_a_check_in_there_is_no_moment_for_it() -> None:
    found = plan(replace(AGREED, check_in=None), date(2026, 3, 4))
    assert "check_in" not in [name for _, name in found.moments]
