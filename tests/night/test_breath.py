"""Paces by age, and when the motor may run."""

from __future__ import annotations

from typing import get_args

import pytest

from device.events import Phase
from device.night.breath import FASTEST, SLOWEST, motor_allowed, pace

AGES = range(4, 14)
AT_NIGHT: tuple[Phase, ...] = ("lights_out", "settling", "asleep", "stirring", "dawn")


@pytest.mark.parametrize("age", AGES)
def test_breathing_glides_down_within_a_safe_range(age: int) -> None:
    asked = pace(age)
    assert SLOWEST <= asked.glide_to < asked.start <= FASTEST


@pytest.mark.parametrize("age", AGES)
def test_an_exercise_is_short_and_made_of_whole_breaths(age: int) -> None:
    asked = pace(age)
    assert 40 <= asked.seconds <= 180
    assert asked.seconds * (asked.start + asked.glide_to) / 120 == pytest.approx(asked.cycles)


def test_older_children_breathe_slower_and_longer() -> None:
    paces = [pace(age) for age in (4, 6, 9, 12)]
    assert [one.start for one in paces] == [12, 11, 10, 9]
    assert sorted(one.seconds for one in paces) == [one.seconds for one in paces]


@pytest.mark.parametrize(("age", "in_s", "out_s"), [(5, 2.7, 4.0), (8, 3.0, 4.5), (10, 3.4, 5.1), (12, 4.0, 6.0)])
def test_the_last_breaths_are_as_long_as_the_table_says(age: int, in_s: float, out_s: float) -> None:
    assert pace(age).in_s == pytest.approx(in_s, abs=0.05)
    assert pace(age).out_s == pytest.approx(out_s, abs=0.05)


@pytest.mark.parametrize("kind", ["pebble", "wristband", "none"])
def test_nothing_held_or_worn_moves_from_lights_out_until_the_child_is_up(kind: str) -> None:
    assert not any(motor_allowed(kind, phase, 12) for phase in AT_NIGHT)


def test_a_pebble_may_breathe_in_the_evening_and_a_pillow_may_wake() -> None:
    assert motor_allowed("pebble", "check_in", 4)
    assert motor_allowed("pillow", "dawn", 4)


def test_a_wristband_is_from_eight_years() -> None:
    assert not motor_allowed("wristband", "check_in", 7)
    assert motor_allowed("wristband", "check_in", 8)


def test_without_a_wearable_nothing_moves() -> None:
    assert not any(motor_allowed("none", phase, 10) for phase in get_args(Phase))
