"""`python -m device.acts.off`: the unit's stop step. Motor and lamps off, after whatever end the core came to.

A process that is killed turns nothing off: a line it let go floats, and the hardware PWM goes on by itself. This
runs afterwards, in a process of its own, and drives the lines low where it can be done to last (`pinctrl`).
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

from device.acts.pwm import CHANNELS, HardwareLamp, find_chip
from device.acts.wearable import command
from device.errors import SleepSyncError
from device.settings import Board, default_data_dir, load

PATIENCE_S = 3.0


def off(board: Board, chip: Path | None, pinctrl: str | None) -> None:
    """Turns off both lamps and the motor. Raises BoardError, OSError or SubprocessError.

    chip: the hardware PWM of the lamps, or None. pinctrl: the Raspberry Pi's own tool, or None where it is missing:
    then the line is opened low and let go, and the driver's pull-down has to hold it.
    """
    lines = {board.motor, board.ember, board.dawn}
    with contextlib.ExitStack() as last:
        if chip:
            for line in lines & CHANNELS.keys():
                last.callback(_dark, chip, line)
            lines -= CHANNELS.keys()
        if pinctrl:
            pins = ",".join(map(str, sorted(lines)))
            subprocess.run([pinctrl, "set", pins, "op", "dl"], check=True, timeout=PATIENCE_S, capture_output=True)
        else:
            subprocess.run(command(board, pretend=False), check=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL)


def _dark(chip: Path, line: int) -> None:
    HardwareLamp(chip, line).close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m device.acts.off", description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data_dir(), metavar="DIR")
    given = parser.parse_args()
    try:
        board = load(given.data / "device.toml").board
    except SleepSyncError:
        board = Board()  # an unreadable file must not leave a motor on
    try:
        off(board, find_chip(), shutil.which("pinctrl"))
    except (SleepSyncError, OSError, subprocess.SubprocessError) as fault:
        print(f"sleepsync: not everything could be turned off: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
