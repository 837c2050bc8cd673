"""The pin factory gpiozero's devices are handed: built once a process, by name, failing loudly."""

from __future__ import annotations

from typing import Any

from device.errors import BoardError


def factory(pretend: bool) -> Any:
    """-> a gpiozero factory: lgpio on a Raspberry Pi, or mock pins that remember their states. Raises BoardError.

    gpiozero by itself tries four libraries and only warns; a lamp that is silently not there helps nobody.
    """
    if pretend:
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        return MockFactory(pin_class=MockPWMPin)
    try:
        from gpiozero.pins.lgpio import LGPIOFactory

        return LGPIOFactory()
    except Exception as fault:  # lgpio raises its own error class, which derives from Exception alone
        raise BoardError(
            f"The board's lines cannot be opened ({fault}). Is this a Raspberry Pi, and is the user in the group gpio?"
        ) from fault
