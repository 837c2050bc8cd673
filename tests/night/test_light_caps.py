"""No light keeps a child awake: melanopic caps by age and phase, and the dawn lamp's lock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest

from device.events import Breathe, Phase
from device.night.breath import pace
from device.night.curves import Levels, Room, duty
from device.night.light_caps import DAWN, EMBER, UNLOCKED, glow, medi, medi_cap, within

T0 = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
PHASES: tuple[Phase, ...] = get_args(Phase)
EVENING = PHASES[1 : PHASES.index("dawn")]


@pytest.mark.parametrize("age", range(4, 14))
def test_every_frame_of_a_whole_evening_keeps_the_cap_and_the_lock(age: int) -> None:
    room, at = Room(), T0
    asked = pace(age)
    for phase in EVENING:
        room = room.after(glow(age, phase, ember=1, dawn=1, over_s=20), at)
        room = room.after(Breathe(id=phase, seconds=30, start=asked.start, end=asked.glide_to), at)
        for frame in range(60 * 50):
            levels = room.levels(at + timedelta(seconds=frame / 50))
            assert levels.dawn == 0
            assert within(levels, age, phase)
        at += timedelta(seconds=60)


@pytest.mark.parametrize("phase", PHASES)
def test_a_full_glow_is_the_phases_cap_and_half_looks_half_as_bright(phase: Phase) -> None:
    assert glow(12, phase, ember=0.5).ember == pytest.approx(glow(12, phase, ember=1).ember / 2)
    assert EMBER.lux * duty(100 * glow(12, phase, ember=1).ember) <= 6


def test_the_light_only_falls_from_wind_down_to_lights_out() -> None:
    evening: tuple[Phase, ...] = ("wind_down", "check_in", "choosing", "story", "lights_out")
    tops = [glow(9, phase, ember=1).ember for phase in evening]
    assert all(later <= earlier for earlier, later in pairwise(tops))
    assert tops[-1] < tops[0]


def test_the_youngest_get_less_light() -> None:
    assert glow(5, "wind_down", ember=1).ember < glow(7, "wind_down", ember=1).ember
    assert medi_cap(5, "story") < medi_cap(8, "story") < medi_cap(11, "story")


def test_a_dawn_lamp_would_break_every_cap_of_the_evening() -> None:
    assert not any(within(Levels(dawn=0.001), 12, phase) for phase in EVENING)
    assert medi(Levels(dawn=1)) == pytest.approx(DAWN.lux * DAWN.mder)


def test_dawn_may_use_both_lamps() -> None:
    for phase in UNLOCKED:
        full = glow(6, phase, ember=1, dawn=1)
        assert full.dawn == 1
        assert within(Levels(ember=duty(100 * full.ember), dawn=1), 6, phase)
