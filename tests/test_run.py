"""`sleepsync run` as a process: it survives its own death, and ends when it is told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import apsw
import pytest

from device import given as reading
from device.night.memory import from_dict
from device.night.night import Night
from device.night.tellings import running
from device.night.timetable import plan
from device.settings import Settings

pytestmark = pytest.mark.slow
SPEED = 60


class Device:
    """`run` in its own process; `start` waits until it is ready."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.data, self.options = folder, folder / "data", options
        self.out = (folder / "out.txt").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, data: Path | None = None) -> Device:
        notify = self.folder / "notify"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(notify))
            ready.settimeout(60)
            command = [sys.executable, "-P", "-m", "device", "run", "--board", "pretend", "--port", "0", *self.options]
            self.process = subprocess.Popen(
                [*command, "--data", str(data or self.data)], stdin=subprocess.PIPE, stdout=self.out,
                stderr=subprocess.STDOUT, cwd=self.folder, env={**os.environ, "NOTIFY_SOCKET": str(notify)},
            )  # fmt: skip
            assert ready.recv(4096) == b"READY=1"
        return self

    def type(self, words: str) -> None:
        assert self.process
        assert self.process.stdin
        self.process.stdin.write(f"{words}\n".encode())
        self.process.stdin.flush()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()
        self._let_go()

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        code = self.process.wait(20)
        self._let_go()
        return code

    def _let_go(self) -> None:
        assert self.process
        assert self.process.stdin
        self.process.stdin.close()

    def said(self) -> str:
        return (self.folder / "out.txt").read_text()

    def rows(self, sql: str) -> list[Any]:
        db = apsw.Connection(str(self.data / "ours.db"))
        try:
            db.set_busy_timeout(5000)
            return list(db.execute(sql))
        finally:
            db.close()

    def night(self) -> Night:
        return from_dict(json.loads(self.rows("SELECT body FROM night")[0][0]))

    def shown(self) -> datetime:
        anchor = json.loads((self.data / "pretend-clock.json").read_text())
        return datetime.fromisoformat(anchor["shown"]) + timedelta(seconds=(time.time() - anchor["wall"]) * SPEED)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    device = Device(tmp_path)
    yield device
    if device.process and device.process.poll() is None:
        device.kill()
    device.out.close()


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
        night, at = device.night(), device.shown()
        timetable = plan(promise, night.evening)
        allowed = {timetable.phase(at), timetable.phase(at - timedelta(minutes=2)), "lights_out"}
        assert night.phase in allowed | ({"story", "choosing"} if asked else set()), (night, at)
        assert not running(night) or night.phase == "story"
        before = device.rows("SELECT count(*) FROM happenings")[0][0]
        device.kill()
        assert device.rows("PRAGMA integrity_check") == [("ok",)]
        assert device.rows("SELECT count(*) FROM happenings")[0][0] >= before
        assert len(device.night().done) == len(set(device.night().done))
    lines = [line for line in device.said().splitlines() if line.startswith("Max:") and "tells “" not in line]
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
