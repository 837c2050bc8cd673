"""Every frame of an evening keeps the caps, and nothing ever jumps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from device.events import Breathe, Buzz, Deafen, Doing, Glow, Hush
from device.night.breath import pace
from device.night.curves import MOTOR_CAP, Levels, Room, duty, lightness

T0 = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
FRAME_S = 0.02


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def played(*told: tuple[float, Doing]) -> Room:
    room = Room()
    for seconds, doing in told:
        room = room.after(doing, after(seconds))
    return room


def film(told: list[tuple[float, Doing]], seconds: float) -> Iterator[Levels]:
    """Every 20 ms, each doing done as its time comes."""
    waiting, room = sorted(told, key=lambda one: one[0]), Room()
    for index in range(int(seconds / FRAME_S)):
        now_s = index * FRAME_S
        while waiting and waiting[0][0] <= now_s:
            room = room.after(waiting.pop(0)[1], after(now_s))
        yield room.levels(after(now_s))


def breathe(age: int = 12, motor: bool = True) -> Breathe:
    asked = pace(age)
    return Breathe(id="b", seconds=asked.seconds, start=asked.start, end=asked.glide_to, motor=motor)


def biggest_step(lamp: list[float]) -> float:
    return max(abs(lightness(new) - lightness(old)) for old, new in pairwise(lamp))


@pytest.mark.parametrize(("of_100", "expected"), [(0, 0), (1, 0.00111), (10, 0.0113), (50, 0.184), (100, 1)])
def test_lightness_becomes_duty_by_the_formula_of_the_eye(of_100: float, expected: float) -> None:
    assert duty(of_100) == pytest.approx(expected, rel=0.01)
    assert lightness(duty(of_100)) == pytest.approx(of_100)


def test_a_room_begins_dark_and_steady() -> None:
    assert Room().levels(T0) == Levels(0, 0, 0)
    assert Room().steady_after(T0) is None


def test_a_glow_goes_evenly_in_perceived_lightness() -> None:
    room = played((0, Glow(ember=0.8, over_s=100)))
    assert lightness(room.levels(after(25)).ember) == pytest.approx(20)
    assert lightness(room.levels(after(50)).ember) == pytest.approx(40)
    assert lightness(room.levels(after(500)).ember) == pytest.approx(80)


def test_a_glow_that_interrupts_goes_on_from_where_the_light_is() -> None:
    room = played((0, Glow(ember=1, over_s=100)), (50, Glow(ember=0, over_s=10)))
    assert lightness(room.levels(after(50)).ember) == pytest.approx(50)
    assert lightness(room.levels(after(55)).ember) == pytest.approx(25)


def test_a_sudden_glow_still_takes_a_moment() -> None:
    lamp = [levels.ember for levels in film([(0, Glow(ember=1, over_s=0))], 1)]
    assert biggest_step(lamp) <= 100 * FRAME_S / 0.3 + 1e-6


def test_levels_outside_the_scale_are_held_to_it() -> None:
    assert played((0, Glow(ember=7, dawn=-3, over_s=1))).levels(after(2)) == Levels(1, 0, 0)


def test_a_room_is_steady_when_its_last_change_is_over() -> None:
    room = played((0, Glow(ember=1, over_s=10)), (1, breathe()))
    assert room.steady_after(after(2)) == after(1 + pace(12).seconds)
    assert room.steady_after(after(1000)) is None


@pytest.mark.parametrize("age", range(4, 14))
def test_breathing_never_exceeds_the_light_it_began_with_nor_the_motors_cap(age: int) -> None:
    told: list[tuple[float, Doing]] = [(0, Glow(ember=0.5, over_s=0)), (1, breathe(age))]
    frames = list(film(told, pace(age).seconds + 3))
    assert max(levels.ember for levels in frames) <= duty(50) + 1e-9
    assert 0.35 <= max(levels.motor for levels in frames) <= MOTOR_CAP
    assert all(levels.dawn == 0 for levels in frames)


@pytest.mark.parametrize("age", range(4, 14))
def test_breathing_ends_at_the_lights_level_with_the_motor_exactly_off(age: int) -> None:
    room = played((0, Glow(ember=0.5, over_s=0)), (1, breathe(age)))
    ended = room.levels(after(1 + pace(age).seconds))
    assert ended.motor == 0
    assert ended.ember == pytest.approx(duty(50))


def test_breathing_starts_and_ends_without_a_jump_of_light_or_motor() -> None:
    told: list[tuple[float, Doing]] = [(0, Glow(ember=0.5, over_s=0)), (1, breathe())]
    frames = list(film(told, pace(12).seconds + 3))
    assert biggest_step([levels.ember for levels in frames]) < 4
    assert max(abs(new.motor - old.motor) for old, new in pairwise(frames)) < 0.02


def test_as_many_breaths_are_seen_as_the_pace_has() -> None:
    told: list[tuple[float, Doing]] = [(0, breathe())]
    motor = [levels.motor for levels in film(told, pace(12).seconds + 1)]
    begun = sum(old == 0 < new for old, new in pairwise(motor))
    assert begun == pace(12).cycles


def test_the_motor_rests_in_every_breath_and_fades_over_the_exercise() -> None:
    motor = [levels.motor for levels in film([(0, breathe())], pace(12).seconds)]
    longest = run = 0
    for level in motor:
        run = run + 1 if level > 0.05 else 0
        longest = max(longest, run)
    assert longest * FRAME_S < 7.9
    assert sum(motor) / len(motor) < 0.15
    fifth = len(motor) // 5
    tops = [max(motor[begin : begin + fifth]) for begin in range(0, 5 * fifth, fifth)]
    assert tops == sorted(tops, reverse=True)


def test_a_breath_without_the_motor_leaves_it_off() -> None:
    assert all(levels.motor == 0 for levels in film([(0, breathe(motor=False))], 30))


def test_a_rate_no_child_should_follow_is_held_to_the_slowest_and_fastest() -> None:
    for rate in (0.1, 500.0):
        hurried = Breathe(id="b", seconds=60, start=rate, end=rate)
        motor = [levels.motor for levels in film([(0, hurried)], 60)]
        assert 6 <= sum(old == 0 < new for old, new in pairwise(motor)) <= 12


@pytest.mark.parametrize("id", ["b", ""])
def test_a_hush_stops_the_motor_at_once_and_lets_the_light_settle(id: str) -> None:
    told: list[tuple[float, Doing]] = [(0, Glow(ember=0.5, over_s=0)), (1, breathe()), (8, Hush(id=id))]
    frames = list(film(told, 12))
    assert frames[399].motor > 0
    assert all(levels.motor == 0 for levels in frames[400:])
    assert biggest_step([levels.ember for levels in frames[300:]]) < 4
    assert frames[-1].ember == pytest.approx(duty(50))


def test_a_hush_for_somebody_else_leaves_the_breath_alone() -> None:
    room = played((0, breathe()))
    assert room.after(Hush(id="story"), after(5)) == room
    assert room.after(Deafen(), after(5)) == room


def test_a_second_breath_takes_over_without_a_jump() -> None:
    told: list[tuple[float, Doing]] = [(0, Glow(ember=0.5, over_s=0)), (1, breathe()), (11.5, breathe(4))]
    assert biggest_step([levels.ember for levels in film(told, 30)]) < 4


def test_a_sunset_goes_on_under_the_breath() -> None:
    room = played((0, Glow(ember=0.8, over_s=0)), (1, breathe()), (2, Glow(ember=0.2, over_s=30)))
    assert room.levels(after(200)).ember == pytest.approx(duty(20))


def test_a_buzz_is_so_many_pulses_and_then_nothing() -> None:
    buzz = Buzz(id="z", count=3, on_s=0.4, off_s=0.6, level=0.4)
    motor = [levels.motor for levels in film([(0, buzz)], 5)]
    assert sum(old == 0 < new for old, new in pairwise([0.0, *motor])) == 3
    assert max(motor) == 0.4
    assert sum(level > 0 for level in motor) * FRAME_S == pytest.approx(1.2, abs=0.1)
    assert motor[-1] == 0


def test_a_hush_ends_a_buzz() -> None:
    room = played((0, Buzz(id="z", count=10, on_s=1, off_s=1, level=0.5)), (0.5, Hush(id="z")))
    assert room.levels(after(0.5)).motor == 0
    assert room.steady_after(after(0.5)) is None


def test_whatever_is_asked_keeps_the_caps_and_never_jumps() -> None:
    rng = Random(3)
    for _ in range(20):
        told = [(rng.uniform(0, 40), _something(rng)) for _ in range(12)]
        frames = list(film(told, 60))
        assert all(0 <= levels.ember <= 1 and levels.dawn == 0 and 0 <= levels.motor <= MOTOR_CAP for levels in frames)
        assert biggest_step([levels.ember for levels in frames]) <= 2 * 100 * FRAME_S / 0.3


def _something(rng: Random) -> Doing:
    made: list[Doing] = [
        Glow(ember=rng.uniform(-1, 2), over_s=rng.choice([0, 0.1, 2, 30])),
        Breathe(id="b", seconds=rng.uniform(0, 90), start=rng.uniform(0, 99), end=rng.uniform(0, 99)),
        Buzz(
            id="z", count=rng.randint(0, 99), on_s=rng.uniform(0, 9), off_s=rng.uniform(0, 1), level=rng.uniform(0, 2)
        ),
        Hush(id=rng.choice(["", "b", "z"])),
    ]
    return rng.choice(made)


def test_pulses_never_come_faster_than_twice_a_second() -> None:
    hurried = Buzz(id="z", count=10, on_s=0.01, off_s=0, level=0.5)
    motor = [levels.motor for levels in film([(0, hurried)], 8)]
    begun = [index for index, (old, new) in enumerate(pairwise([0.0, *motor])) if old == 0 < new]
    assert min(later - earlier for earlier, later in pairwise(begun)) * FRAME_S >= 0.5


def test_what_has_ended_is_forgotten_and_shows_the_same() -> None:
    room = played((0, Glow(ember=0.5, over_s=0)), (1, breathe()))
    end = after(1 + pace(12).seconds)
    assert room.over(end - timedelta(seconds=0.1)).breath == room.breath
    assert room.over(end).breath is None
    assert room.over(end).levels(end) == room.levels(end)


def test_a_room_goes_on_where_it_was_when_the_clock_is_set() -> None:
    told = (
        (0, Glow(ember=0.5, dawn=0.2, over_s=60)),
        (1, breathe()),
        (2, Buzz(id="z", count=9, on_s=1, off_s=1, level=1)),
    )
    room, hour = played(*told), timedelta(hours=1)
    assert room.moved(-hour).levels(after(7) - hour) == room.levels(after(7))
