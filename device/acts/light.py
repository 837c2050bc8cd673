"""The two lamps: ember (red-amber, all evening) and dawn (warm white, mornings)."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from gpiozero import LED, PWMLED

from device.acts.player import FRAME_S, Player
from device.acts.pwm import CHANNELS, HardwareLamp
from device.errors import BoardError
from device.events import Doing, Failed, Finished, Now, Put, Recovered
from device.night.curves import EASE_S, Room, duty, lightness
from device.settings import Board

log = logging.getLogger(__name__)

SOFTWARE_HZ = 1000
"""PWM of a line without hardware PWM."""

_STEP = 100 / EASE_S * FRAME_S
"""The largest change of L* in one frame, whatever the clock or the doings do: a lamp never flashes."""


class Lamp(Protocol):
    """A lamp whose `value` is its linear duty, 0-1: gpiozero's PWMLED or a HardwareLamp."""

    value: float

    def close(self) -> None: ...


def lamps(board: Board, factory: Any, chip: Path | None = None) -> tuple[Lamp, Lamp]:
    """-> (ember, dawn), dark. On `chip` (see `pwm.find_chip`) where the lines have hardware PWM. Raises BoardError."""
    ember = _lamp(board.ember, factory, chip)
    try:
        return ember, _lamp(board.dawn, factory, chip)
    except BoardError:
        ember.close()
        raise


def _lamp(line: int, factory: Any, chip: Path | None) -> Lamp:
    if chip and line in CHANNELS:
        return HardwareLamp(chip, line)
    try:
        lamp: Lamp = PWMLED(line, frequency=SOFTWARE_HZ, pin_factory=factory)
    except Exception as fault:
        raise BoardError(f"The lamp on line {line} cannot be used ({fault}). Does another program hold it?") from fault
    return lamp


class Indicator:
    """A small light that is on or off: the microphone's. Raises BoardError where the line cannot be used."""

    def __init__(self, line: int, factory: Any) -> None:
        try:
            self._led = LED(line, pin_factory=factory)
        except Exception as fault:
            raise BoardError(f"The light on line {line} cannot be used ({fault}).") from fault

    def show(self, on: bool) -> None:
        self._led.value = on

    def close(self) -> None:
        self._led.close()


class Light:
    """The Act of both lamps, for Glow and Breathe. It is the one that reports Finished for a Breathe."""

    def __init__(self, put: Put, now: Now, lamps: tuple[Lamp, Lamp]) -> None:
        self._put, self._now = put, now
        self._lamps = lamps
        self._shown = [0.0, 0.0]
        self._broken = False
        self._player = Player("light", now, self._show, lambda room: room.breath, self._ended)

    def do(self, doing: Doing, /) -> None:
        self._player.do(doing)

    def close(self) -> None:
        """Both lamps dark, their lines free."""
        self._player.close()
        for lamp in self._lamps:
            try:
                lamp.value = 0
                lamp.close()
            except Exception as fault:
                log.warning("a lamp could not be closed: %s", fault)

    def _ended(self, id: str) -> None:
        self._put(Finished(at=self._now(), id=id))

    def _show(self, room: Room, at: datetime) -> bool:
        """Sets what has changed; True while a lamp is still on its way, or does not answer."""
        levels = room.levels(at)
        try:
            on_its_way = [self._set(index, goal) for index, goal in enumerate((levels.ember, levels.dawn))]
        except Exception as fault:
            if not self._broken:
                self._broken = True
                self._put(Failed(at=self._now(), part="light", reason=f"A lamp does not answer: {fault}"))
            return True
        if self._broken:
            self._broken = False
            self._put(Recovered(at=self._now(), part="light"))
        return any(on_its_way)

    def _set(self, index: int, goal: float) -> bool:
        shown = self._shown[index]
        if goal == shown:
            return False
        far = lightness(goal) - lightness(shown)
        held = goal if abs(far) <= _STEP else duty(lightness(shown) + (_STEP if far > 0 else -_STEP))
        self._lamps[index].value = held
        self._shown[index] = held
        return held != goal
