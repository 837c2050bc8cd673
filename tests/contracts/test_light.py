"""One contract for every kind of lamp: mock pins, the kernel's PWM files, and a real board where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from device.acts.light import Lamp, Light, lamps
from device.acts.pwm import PERIOD_NS, find_chip
from device.errors import BoardError
from device.events import Breathe, Glow, Happening
from device.night.curves import duty
from device.pins import factory
from device.settings import Board


def kernel(root: Path, device: str = "fe20c000.pwm") -> Path:
    """-> a PWM chip as the kernel shows it, its two channels already exported."""
    (root / "devices" / device).mkdir(parents=True)
    chip = root / "class" / "pwmchip3"
    for channel in ("pwm0", "pwm1"):
        (chip / channel).mkdir(parents=True)
    (chip / "device").symlink_to(root / "devices" / device)
    return chip


@pytest.fixture(params=["pins", "kernel", "board"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Lamp, Lamp]]:
    pins: Any = factory(pretend=True)
    chip = {"pins": None, "kernel": tmp_path, "board": find_chip()}[request.param]
    if request.param == "board" and chip is None:
        pytest.skip("this machine has no hardware PWM on lines 12 and 13")
    yield lamps(Board(), pins, kernel(tmp_path) if request.param == "kernel" else chip)
    pins.close()


def test_lamps_begin_dark(pair: tuple[Lamp, Lamp]) -> None:
    assert [lamp.value for lamp in pair] == [0, 0]


def test_a_lamp_takes_the_finest_step_a_sunset_needs(pair: tuple[Lamp, Lamp]) -> None:
    pair[0].value = duty(1)
    assert pair[0].value == pytest.approx(duty(1), rel=0.15)


def test_a_light_breathes_on_them_and_leaves_them_where_it_was_told(pair: tuple[Lamp, Lamp]) -> None:
    inbox: SimpleQueue[Happening] = SimpleQueue()
    light = Light(inbox.put, lambda: datetime.now(UTC), pair)
    light.do(Glow(ember=0.5, over_s=0))
    light.do(Breathe(id="b", seconds=0.5, start=9, end=6))
    inbox.get(timeout=10)
    assert [lamp.value for lamp in pair] == [pytest.approx(duty(50), rel=0.01), 0]
    light.close()


def test_the_kernels_lamp_is_off_and_disabled_when_closed(tmp_path: Path) -> None:
    chip = kernel(tmp_path)
    ember, dawn = lamps(Board(), factory(pretend=True), chip)
    ember.value = 1
    assert (chip / "pwm0" / "duty_cycle").read_text() == str(PERIOD_NS)
    for lamp in (ember, dawn):
        lamp.close()
    assert (chip / "pwm0" / "duty_cycle").read_text() == "0"
    assert (chip / "pwm0" / "enable").read_text() == "0"


@pytest.mark.parametrize("device", ["1f00098000.pwm", "fe20c000.pwm", "3f20c000.pwm"])
def test_the_chip_is_known_by_its_device_whatever_its_number(tmp_path: Path, device: str) -> None:
    chip = kernel(tmp_path, device)
    assert find_chip(tmp_path / "class") == chip


def test_a_fans_chip_is_not_taken_for_the_lamps(tmp_path: Path) -> None:
    kernel(tmp_path, "107d517a80.pwm")
    assert find_chip(tmp_path / "class") is None


def test_a_channel_that_cannot_be_opened_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="lamp on line 12"):
        lamps(Board(), factory(pretend=True), tmp_path / "nothing")
