"""A lamp on the Pi's hardware PWM, through the kernel's own files: fine and steady where software PWM is neither.

lgpio's PWM, as gpiozero drives it, has steps of one percent; the lowest of them looks 9 % bright (L*), too coarse
for the end of a sunset. The kernel offers the hardware after `dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4`
in config.txt.
"""

from __future__ import annotations

from pathlib import Path

from device.errors import BoardError

PERIOD_NS = 400_000
"""2.5 kHz, above the 1.25 kHz where flicker is of low risk (IEEE 1789); 4,000 steps on a Pi 4's 10 MHz clock."""

CHANNELS = {12: 0, 13: 1}
"""GPIO line -> channel of the chip, on every Raspberry Pi."""

_CHIPS = ("98000.pwm", "20c000.pwm")
"""The device on a Pi 5, and on all before; chip numbers change with the kernel (raspberrypi/linux#6818)."""


def find_chip(root: Path = Path("/sys/class/pwm")) -> Path | None:
    """-> the PWM chip behind lines 12 and 13, or None where the overlay is not loaded."""
    chips = sorted(root.glob("pwmchip*"))
    return next((chip for chip in chips if (chip / "device").resolve().name.endswith(_CHIPS)), None)


class HardwareLamp:
    """One channel; `value` is its linear duty, 0-1. Begins dark. Raises BoardError where it cannot be opened."""

    def __init__(self, chip: Path, line: int) -> None:
        channel = CHANNELS[line]
        self._folder = chip / f"pwm{channel}"
        try:
            if not self._folder.exists():
                (chip / "export").write_text(str(channel))
            self._write("duty_cycle", 0)
            self._write("period", PERIOD_NS)
            self._write("enable", 1)
        except OSError as fault:
            raise BoardError(
                f"The lamp on line {line} cannot be opened ({fault}). Is the user in the group gpio?"
            ) from fault

    @property
    def value(self) -> float:
        return int((self._folder / "duty_cycle").read_text()) / PERIOD_NS

    @value.setter
    def value(self, duty: float) -> None:
        self._write("duty_cycle", round(duty * PERIOD_NS))

    def close(self) -> None:
        """Leaves the lamp dark."""
        self._write("duty_cycle", 0)
        self._write("enable", 0)

    def _write(self, name: str, value: int) -> None:
        (self._folder / name).write_text(str(value))
