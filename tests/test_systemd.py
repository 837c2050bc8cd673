"""The unit: what systemd itself thinks of it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "systemd" / "sleepsync.service"
BIN = "/opt/sleepsync/bin"


def settings() -> dict[str, str]:
    """-> the unit's keys; of repeated ones the last."""
    lines = (line for line in UNIT.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def analyze() -> str:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not on this machine")
    return tool


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit with its programs where they exist: systemd wants to see them."""
    for name in ("sleepsync", "python"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(BIN, str(tmp_path)))
    return unit


def test_systemd_finds_nothing_wrong(analyze: str, installed: Path) -> None:
    done = subprocess.run([analyze, "verify", "--man=no", str(installed)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_wrong_key_would_be_found(analyze: str, installed: Path) -> None:
    installed.write_text(installed.read_text().replace("WatchdogSec=10", "WatchdogSec=soon"))
    done = subprocess.run([analyze, "verify", "--man=no", str(installed)], capture_output=True, text=True, check=False)
    assert "Failed to parse sec value" in done.stderr


def test_the_box_is_locked_down(analyze: str, installed: Path) -> None:
    """2.1 of 10 where this was written; 9.6 is a plain unit."""
    wanted = [analyze, "security", "--offline=true", "--no-pager", "--threshold=25", str(installed)]
    done = subprocess.run(wanted, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_starts_at_boot_and_again_after_every_end() -> None:
    unit = settings()
    assert unit["WantedBy"] == "multi-user.target"
    assert unit["Restart"] == "always"
    assert unit["StartLimitIntervalSec"] == "0"


def test_it_tells_when_it_is_ready_and_is_watched() -> None:
    unit = settings()
    assert unit["Type"] == "notify"
    assert 5 <= int(unit["WatchdogSec"]) <= 15


def test_what_it_runs_is_in_the_package() -> None:
    unit = settings()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert unit["ExecStart"].split()[0].removeprefix(f"{BIN}/") in scripts
    python, flag, module, *_ = unit["ExecStopPost"].split()
    assert (python, flag) == (f"{BIN}/python", "-m")
    assert importlib.util.find_spec(module) is not None
