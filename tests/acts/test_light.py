"""The two lamps, on mock pins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import pytest

from device.acts.light import Light, lamps
from device.errors import BoardError
from device.events import Breathe, Failed, Finished, Glow, Happening, Hush, Recovered
from device.night.curves import duty, lightness
from device.pins import factory
from device.settings import Board

BOARD = Board()
SOON_S = 10


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def pins() -> Iterator[Any]:
    mock = factory(pretend=True)
    yield mock
    mock.close()


@pytest.fixture
def inbox() -> SimpleQueue[Happening]:
    return SimpleQueue()


@pytest.fixture
def light(pins: Any, inbox: SimpleQueue[Happening]) -> Iterator[Light]:
    act = Light(inbox.put, now, lamps(BOARD, pins))
    yield act
    act.close()


def breathe(seconds: float = 0.4) -> Breathe:
    return Breathe(id="b", seconds=seconds, start=9, end=6)


def shown(pins: Any, line: int) -> list[float]:
    return [float(one.state) for one in pins.pin(line).states]


def test_the_light_goes_to_its_level_without_a_jump(light: Light, pins: Any, inbox: SimpleQueue[Happening]) -> None:
    light.do(Glow(ember=0.6, over_s=0.3))
    light.do(breathe())
    inbox.get(timeout=SOON_S)
    ember = shown(pins, BOARD.ember)
    assert ember[-1] == pytest.approx(duty(60))
    assert max(abs(lightness(new) - lightness(old)) for old, new in pairwise(ember)) <= 100 / 0.3 * 0.02 + 1e-6
    assert shown(pins, BOARD.dawn) == [0]


def test_it_is_the_light_that_says_a_breath_has_ended(light: Light, inbox: SimpleQueue[Happening]) -> None:
    light.do(breathe())
    match inbox.get(timeout=SOON_S):
        case Finished(id=id):
            assert id == "b"
        case other:
            pytest.fail(f"{other}")


def test_a_hushed_breath_is_not_finished(light: Light, inbox: SimpleQueue[Happening]) -> None:
    light.do(breathe(seconds=0.4))
    light.do(Hush(id="b"))
    light.do(Breathe(id="next", seconds=0.6, start=9, end=6))
    first = inbox.get(timeout=SOON_S)
    assert isinstance(first, Finished)
    assert first.id == "next"


def test_closing_leaves_both_lamps_dark_and_their_lines_free(pins: Any, inbox: SimpleQueue[Happening]) -> None:
    light = Light(inbox.put, now, lamps(BOARD, pins))
    light.do(Glow(ember=1, dawn=1, over_s=0))
    light.do(breathe())
    inbox.get(timeout=SOON_S)
    ember = shown(pins, BOARD.ember)
    light.close()
    assert ember[-1] == 1
    assert pins.pin(BOARD.ember).state == 0
    Light(inbox.put, now, lamps(BOARD, pins)).close()


class Broken:
    """A lamp that fails so many times, then works."""

    def __init__(self, times: int) -> None:
        self.times, self.set = times, 0.0

    @property
    def value(self) -> float:
        return self.set

    @value.setter
    def value(self, duty: float) -> None:
        self.times -= 1
        if self.times >= 0:
            raise OSError("Input/output error")
        self.set = duty

    def close(self) -> None:
        pass


def test_a_lamp_that_fails_is_reported_once_and_again_when_it_works(inbox: SimpleQueue[Happening]) -> None:
    ember = Broken(times=5)
    light = Light(inbox.put, now, (ember, Broken(0)))
    light.do(Glow(ember=1, over_s=0))
    failed, recovered = inbox.get(timeout=SOON_S), inbox.get(timeout=SOON_S)
    light.close()
    assert isinstance(failed, Failed)
    assert "Input/output error" in failed.reason
    assert isinstance(recovered, Recovered)
    assert inbox.empty()


def test_a_line_that_is_taken_names_lamp_and_remedy(pins: Any) -> None:
    held = lamps(BOARD, pins)
    with pytest.raises(BoardError, match=r"line 12 .* another program"):
        lamps(BOARD, pins)
    for lamp in held:
        lamp.close()


def test_a_clock_set_back_in_a_breath_lets_it_end_in_time(pins: Any, inbox: SimpleQueue[Happening]) -> None:
    set_back: list[timedelta] = [timedelta()]
    light = Light(inbox.put, lambda: now() - set_back[0], lamps(BOARD, pins))
    light.do(breathe(seconds=0.3))
    set_back[0] = timedelta(hours=3)
    assert isinstance(inbox.get(timeout=SOON_S), Finished)
    light.close()


def test_a_clock_set_forward_in_a_sunrise_does_not_flash(pins: Any, inbox: SimpleQueue[Happening]) -> None:
    set_forward: list[timedelta] = [timedelta()]
    light = Light(inbox.put, lambda: now() + set_forward[0], lamps(BOARD, pins))
    light.do(Glow(ember=1, over_s=1800))
    set_forward[0] = timedelta(hours=1)
    light.do(breathe())
    inbox.get(timeout=SOON_S)
    ember = shown(pins, BOARD.ember)
    light.close()
    assert ember[-1] == 1
    assert max(abs(lightness(new) - lightness(old)) for old, new in pairwise(ember)) <= 100 / 0.3 * 0.02 + 1e-6
