"""Three buttons, on mock pins that a test presses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any

import pytest

from device.errors import BoardError
from device.events import Happening, Pressed
from device.pins import factory
from device.senses.buttons import BOUNCE_S, Buttons
from device.settings import Board

BOARD = Board()
NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
Build = Callable[[float], Buttons]


@pytest.fixture
def pins() -> Iterator[Any]:
    mock = factory(pretend=True)
    yield mock
    mock.close()


@pytest.fixture
def inbox() -> SimpleQueue[Happening]:
    return SimpleQueue()


@pytest.fixture
def build(pins: Any, inbox: SimpleQueue[Happening]) -> Iterator[Build]:
    built: list[Buttons] = []

    def make(long_s: float) -> Buttons:
        built.append(Buttons(inbox.put, lambda: NOW, BOARD, pins, long_s))
        return built[-1]

    yield make
    for buttons in built:
        buttons.close()


@pytest.mark.parametrize("button", ["story", "grown_up", "light"])
def test_a_short_press_is_told_when_the_button_is_let_go(
    build: Build, pins: Any, inbox: SimpleQueue[Happening], button: str
) -> None:
    build(60)
    pin = pins.pin(getattr(BOARD, button))
    pin.drive_low()
    assert inbox.empty()
    pin.drive_high()
    assert inbox.get(timeout=5) == Pressed(at=NOW, button=button)  # type: ignore[arg-type]
    assert inbox.empty()


def test_a_long_press_is_told_while_it_lasts_and_only_once(
    build: Build, pins: Any, inbox: SimpleQueue[Happening]
) -> None:
    build(0.05)
    pins.pin(BOARD.grown_up).drive_low()
    assert inbox.get(timeout=5) == Pressed(at=NOW, button="grown_up", long=True)
    pins.pin(BOARD.grown_up).drive_high()
    assert inbox.empty()


def test_a_short_press_after_a_long_one_is_short_again(build: Build, pins: Any, inbox: SimpleQueue[Happening]) -> None:
    build(0.2)
    pin = pins.pin(BOARD.story)
    pin.drive_low()
    assert inbox.get(timeout=5) == Pressed(at=NOW, button="story", long=True)
    pin.drive_high()
    pin.drive_low()
    pin.drive_high()
    assert inbox.get(timeout=5) == Pressed(at=NOW, button="story")


def test_buttons_pressed_together_are_told_apart(build: Build, pins: Any, inbox: SimpleQueue[Happening]) -> None:
    build(60)
    for drive in ("drive_low", "drive_high"):
        for line in (BOARD.story, BOARD.light):
            getattr(pins.pin(line), drive)()
    assert {inbox.get(timeout=5), inbox.get(timeout=5)} == {
        Pressed(at=NOW, button="story"),
        Pressed(at=NOW, button="light"),
    }


def test_the_lines_are_pulled_up_and_debounced(build: Build, pins: Any) -> None:
    build(60)
    for line in (BOARD.story, BOARD.grown_up, BOARD.light):
        assert pins.pin(line).pull == "up"
        assert pins.pin(line).bounce == BOUNCE_S


def test_a_line_that_is_taken_names_button_and_line(build: Build) -> None:
    build(60)
    with pytest.raises(BoardError, match="story button on line 5"):
        build(60)


def test_closing_frees_the_lines(build: Build) -> None:
    build(60).close()
    build(60)
