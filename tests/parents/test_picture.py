"""The path of the evening."""

from datetime import datetime, timedelta

import pytest

from device.parents.picture import draw
from tests.parents.bedroom import TONIGHT

MOMENTS = [(moment["name"], datetime.fromisoformat(moment["at"])) for moment in TONIGHT["moments"]]
FIRST, LAST = MOMENTS[0][1], MOMENTS[-1][1]


def test_we_walk_from_left_to_right_and_never_back() -> None:
    xs = [draw(MOMENTS, FIRST + (LAST - FIRST) * step / 50).x for step in range(51)]
    assert xs == sorted(xs)
    assert xs[0] < 20
    assert xs[-1] > 340


@pytest.mark.parametrize(("name", "at"), MOMENTS)
def test_at_each_moment_we_stand_on_its_place(name: str, at: datetime) -> None:
    picture = draw(MOMENTS, at)
    station = next(station for station in picture.stations if station.name == name)
    assert (picture.x, picture.y) == pytest.approx((station.x, station.y))


def test_the_path_sinks_into_the_night_and_rises_with_the_dawn() -> None:
    heights = {station.name: station.y for station in draw(MOMENTS, FIRST).stations}
    assert heights["wind_down"] < heights["choosing"] < heights["lights_out"] == heights["dawn"] > heights["morning"]


def test_before_and_after_the_night_we_wait_at_its_ends() -> None:
    early, late = draw(MOMENTS, FIRST - timedelta(hours=9)), draw(MOMENTS, LAST + timedelta(hours=9))
    assert (early.x, late.x) == (draw(MOMENTS, FIRST).x, draw(MOMENTS, LAST).x)


def test_a_night_without_moments_is_still_a_picture() -> None:
    picture = draw([], FIRST)
    assert picture.stations == ()
    assert picture.path


def test_moments_may_come_in_any_order_and_at_the_same_time() -> None:
    same = [("wind_down", FIRST), ("check_in", FIRST), ("lights_out", LAST)]
    assert draw(same[::-1], FIRST).x == draw(same, FIRST).x
