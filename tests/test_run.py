"""`sleepsync run` as a process: it survives its own death, and ends when it is told to."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from device import given as reading
from device.night.tellings import running
from device.night.timetable import plan
from device.settings import Settings
from tests.launching import Device, launched

pytestmark = pytest.mark.slow
SPEED = 60


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    with launched(tmp_path) as device:
        yield device


def shown(device: Device) -> datetime:
    """-> the time on the sped-up clock of the device."""
    anchor = json.loads((device.data / "pretend-clock.json").read_text())
    return datetime.fromisoformat(anchor["shown"]) + timedelta(seconds=(time.time() - anchor["wall"]) * SPEED)


@pytest.mark.timeout(400)
def test_killed_ten_times_it_goes_on_where_the_night_should_be(device: Device) -> None:
    device.options = ("--speed", str(SPEED))
    chance, promise = Random(7), reading.promise(Settings())
    asked = False
    for _ in range(10):
        device.start()
        until = time.monotonic() + chance.uniform(1.0, 6.0)
        while time.monotonic() < until:
            time.sleep(0.2)
            if not asked and "wind_down" in device.night().done and device.night().talk is None:
                device.type("tell me a story about the moon")
                asked = True
        night, at = device.night(), shown(device)
        timetable = plan(promise, night.evening)
        allowed = {timetable.phase(at), timetable.phase(at - timedelta(minutes=6)), "lights_out"}
        assert night.phase in allowed | ({"story", "choosing"} if asked else set()), (night, at)
        assert not running(night) or night.phase == "story"
        before = device.rows("SELECT count(*) FROM happenings")[0][0]
        device.kill()
        assert device.rows("PRAGMA integrity_check") == [("ok",)]
        assert device.rows("SELECT count(*) FROM happenings")[0][0] >= before
        assert len(device.night().done) == len(set(device.night().done))
    lines = [line for line in device.lines() if line.startswith("Max:") and "tells “" not in line]
    assert len(lines) == len(set(lines)), lines
    assert "Traceback" not in device.said()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(device: Device, number: int) -> None:
    device.start()
    assert device.end(number) == 0
    assert "Traceback" not in device.said()
    assert "ALSA lib" not in device.said()


def test_an_ended_standard_input_ends_nothing(device: Device) -> None:
    device.start()
    assert device.process
    assert device.process.stdin
    device.process.stdin.close()
    with pytest.raises(subprocess.TimeoutExpired):
        device.process.wait(2)
    assert device.end() == 0


def test_settings_that_cannot_be_read_are_said_once_and_the_evening_goes_on(device: Device) -> None:
    device.data.mkdir()
    (device.data / "device.toml").write_text("[child]\nage = 99\n")
    device.start()
    time.sleep(1)
    assert device.end() == 0
    assert device.said().count("ages 4 to 13") == 1


def test_a_file_in_the_way_of_the_folder_is_said_and_the_evening_goes_on(device: Device) -> None:
    device.data.write_text("not a folder")
    device.start()
    time.sleep(1)
    assert device.end() == 0
    assert "cannot be written" in " ".join(device.said().split())


def test_a_stray_file_in_the_working_folder_shadows_nothing(device: Device) -> None:
    for name in ("nt.py", "json.py", "flask.py", "gpiozero.py"):
        (device.folder / name).write_text("raise SystemExit('shadowed')\n")
    device.start()
    time.sleep(2)
    assert device.end() == 0
    assert "shadowed" not in device.said()
    assert "ended by itself" not in device.said()
