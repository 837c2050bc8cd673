"""The three buttons of the box. Each closes its line to ground; the Pi's own pull-up holds it open."""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

from gpiozero import Button as Line

from device.errors import BoardError
from device.events import Button, Now, Pressed, Put
from device.settings import Board

LONG_S = 1.5
BOUNCE_S = 0.03
"""How long a switch may chatter; the kernel waits for it to rest."""


class Buttons:
    """The Sense that puts Pressed: a short press when it is let go, a long one as soon as it has lasted `long_s`.

    factory: from device.pins. Raises BoardError where a line cannot be used.
    """

    def __init__(self, put: Put, now: Now, board: Board, factory: Any, long_s: float = LONG_S) -> None:
        self._put, self._now, self._long_s = put, now, long_s
        self._lines: list[Line] = []
        try:
            for button in get_args(Button):
                self._lines.append(self._listen(button, getattr(board, button), factory))
        except BoardError:
            self.close()
            raise

    def close(self) -> None:
        for line in self._lines:
            line.close()

    def _listen(self, button: Button, number: int, factory: Any) -> Line:
        try:
            line = Line(number, bounce_time=BOUNCE_S, hold_time=self._long_s, pin_factory=factory)
        except Exception as fault:
            raise BoardError(
                f"The {button} button on line {number} cannot be used ({fault}). Does another program hold it?"
            ) from fault
        lasted: list[bool] = []
        line.when_pressed = lasted.clear
        line.when_held = partial(self._held, button, lasted)
        line.when_released = partial(self._released, button, lasted)
        return line

    def _held(self, button: Button, lasted: list[bool]) -> None:
        lasted.append(True)
        self._put(Pressed(at=self._now(), button=button, long=True))

    def _released(self, button: Button, lasted: list[bool]) -> None:
        if not lasted:
            self._put(Pressed(at=self._now(), button=button))
