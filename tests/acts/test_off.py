"""The unit's stop step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from device.acts.off import off
from device.settings import Board
from tests.contracts.test_light import kernel


@pytest.fixture
def pinctrl(tmp_path: Path) -> Path:
    """The Pi's tool, which here writes down what it was asked."""
    tool = tmp_path / "pinctrl"
    tool.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    tool.chmod(0o755)
    return tool


def test_the_motor_is_driven_low_and_lamps_on_hardware_pwm_go_dark(tmp_path: Path, pinctrl: Path) -> None:
    chip = kernel(tmp_path)
    for channel in ("pwm0", "pwm1"):
        (chip / channel / "duty_cycle").write_text("200000")
    off(Board(), chip, str(pinctrl))
    assert (tmp_path / "asked").read_text() == "set 17 op dl\n"
    assert [(chip / channel / "duty_cycle").read_text() for channel in ("pwm0", "pwm1")] == ["0", "0"]


def test_lamps_without_hardware_pwm_are_driven_low_too(tmp_path: Path, pinctrl: Path) -> None:
    off(Board(), None, str(pinctrl))
    assert (tmp_path / "asked").read_text() == "set 12,13,17 op dl\n"


def test_lamps_go_dark_even_where_the_motors_line_cannot_be_reached(tmp_path: Path) -> None:
    chip = kernel(tmp_path)
    (chip / "pwm0" / "duty_cycle").write_text("200000")
    with pytest.raises(OSError, match="nowhere"):
        off(Board(), chip, "/nowhere/pinctrl")
    assert (chip / "pwm0" / "duty_cycle").read_text() == "0"


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO lines; they stay as they are")
def test_without_a_board_it_says_so_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "device.toml").write_text("not a setting")
    done = subprocess.run(
        [sys.executable, "-m", "device.acts.off", "--data", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("sleepsync: not everything could be turned off")
    assert "Traceback" not in done.stderr
