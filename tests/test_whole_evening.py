"""The whole way through a real sound server: a request goes into the microphone, the story comes out of the
loudspeaker and back into the microphone, and "stop" spoken over it ends it. Needs Debian's `pulseaudio`."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

import numpy as np
import pytest
import soundfile

from device.events import Sentence
from device.workshop.render import Workshop
from device.workshop.voices import voice
from tests import test_virtual_sound
from tests.test_virtual_sound import Room

pytestmark = [*test_virtual_sound.pytestmark, pytest.mark.timeout(400)]
PATIENCE_S = 60.0
RATE_HZ = 16_000
BLOCK_S = 0.05
SOUND_DB = -60.0
"""Of full scale; what no sound goes into holds zeros."""
SILENT_S = 2.0
"""So long is it quiet after a stop within this time of the phrase's end, and before the request."""
ECHO_DB = -20.0
"""What the loudspeaker plays comes back into the microphone, so much softer."""
WELL_BEGUN = 3
"""A telling's sentence by which the ear knows how loud Max comes back."""
LEFT = timedelta(minutes=35)
"""Until lights-out: room for any story."""


class Monitor:
    """What comes out of the loudspeaker, listened to all the time."""

    def __init__(self) -> None:
        wanted = f"parec -d speaker.monitor --format=s16le --rate={RATE_HZ} --channels=1 --latency-msec=20"
        self._parec = subprocess.Popen(wanted.split(), stdout=subprocess.PIPE)
        self._blocks: SimpleQueue[tuple[float, bool]] = SimpleQueue()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        assert self._parec.stdout
        while block := self._parec.stdout.read(2 * round(BLOCK_S * RATE_HZ)):
            peak = np.abs(np.frombuffer(block, np.int16).astype(np.float64)).max() / 32768
            self._blocks.put((monotonic(), bool(peak > 10 ** (SOUND_DB / 20))))

    def sound_after(self, at_s: float) -> float:
        """-> when the first sound at or after that time came."""
        while True:
            when_s, sounds = self._blocks.get(timeout=PATIENCE_S)
            if sounds and when_s >= at_s:
                return when_s

    def until(self, there: Callable[[], bool]) -> None:
        """Listens on until it is so."""
        until_s = monotonic() + PATIENCE_S
        while not there():
            if self._blocks.get(timeout=PATIENCE_S)[0] > until_s:
                raise Empty

    def quiet(self, seconds: float, at_s: float) -> float:
        """-> when a silence of so many seconds began, at or after that time."""
        began_s, until_s = at_s, monotonic() + PATIENCE_S
        while (block := self._blocks.get(timeout=PATIENCE_S))[0] < until_s:
            when_s, sounds = block
            if sounds:
                began_s = max(when_s, at_s)
            elif when_s - began_s >= seconds:
                return began_s
        raise Empty

    def close(self) -> None:
        self._parec.kill()
        self._parec.wait()
        self._thread.join()
        assert self._parec.stdout
        self._parec.stdout.close()


class Device:
    """`sleepsync run` in an evening that is now, at a terminal where the microphone was allowed before."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._data.mkdir()
        (self._data / "device.toml").write_text(_settings(datetime.now(UTC)))
        (self._data / "microphone.txt").write_text("yes\n")
        self._keys, terminal = pty.openpty()
        command = [sys.executable, "-P", "-m", "device", "run", "--board", "pretend", "--port", "0"]
        self._process = subprocess.Popen(
            [*command, "--data", str(self._data)], stdin=terminal, stdout=subprocess.PIPE, cwd=folder
        )
        os.close(terminal)
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line.decode(errors="replace"))

    def until(self, words: str) -> None:
        while words not in self._lines.get(timeout=PATIENCE_S):
            pass

    def journal(self, kind: str) -> list[dict[str, Any]]:
        """-> what happened of this kind, so far."""
        with closing(sqlite3.connect(self._data / "ours.db", timeout=5.0)) as book:
            rows = book.execute("SELECT body FROM happenings WHERE kind = ? ORDER BY id", (kind,))
            return [json.loads(body) for (body,) in rows]

    def heard(self) -> list[str]:
        return [happening["intent"] for happening in self.journal("Heard")]

    def reached(self) -> int:
        """-> the sentence a telling came to; -1 before."""
        return max((happening["sentence"] for happening in self.journal("Reached")), default=-1)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=PATIENCE_S)
        self._thread.join()
        assert self._process.stdout
        self._process.stdout.close()
        os.close(self._keys)


def _settings(now: datetime) -> str:
    """-> an evening with `LEFT` until lights-out, in a zone where it is eight o'clock."""
    west = (now.hour - 20 + 12) % 24 - 12  # Etc/GMT+5 lies five hours west
    out = now - timedelta(hours=west) + LEFT
    zone = f"Etc/GMT{west:+d}" if west else "UTC"
    bed = f"bedtime_school = {out:%H:%M}:00\nbedtime_free = {out:%H:%M}:00"
    return f'[place]\nzone = "{zone}"\n[evening]\n{bed}\n[sound]\nmicrophone = "Bedside"\n'


def _spoken(folder: Path, text: str) -> Path:
    """-> a sound file of a woman's voice that says this."""
    workshop = Workshop(folder, "friend")
    try:
        sound = workshop.sound(Sentence(text, "friend", scale=voice("friend").own.rates[0].scale))
    finally:
        workshop.close()
    file = folder / f"{text.split()[-1]}.wav"
    soundfile.write(file, sound, workshop.rate_hz)
    return file


def _play(file: Path) -> float:
    """Plays it before the microphone. -> when it was said."""
    subprocess.run(["paplay", "-d", "mouth", str(file)], check=True)
    return monotonic()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("SDL_AUDIODRIVER", "pulseaudio")
    room = Room(tmp_path)
    room.load("module-loopback source=speaker.monitor sink=mouth latency_msec=60 source_dont_move=1 sink_dont_move=1")
    subprocess.run(["pactl", "set-default-sink", "speaker"], check=True)
    inputs = subprocess.run(["pactl", "list", "short", "sink-inputs"], check=True, capture_output=True, text=True)
    volume = round(0x10000 * 10 ** (ECHO_DB / 60))  # PulseAudio's are cubic
    subprocess.run(["pactl", "set-sink-input-volume", inputs.stdout.split()[0], str(volume)], check=True)
    yield room
    room.die()


def test_a_request_is_told_and_stop_spoken_over_it_ends_it(room: Room, tmp_path: Path) -> None:
    request = _spoken(tmp_path, "Hey Max, tell me a story about the moon")
    stop = _spoken(tmp_path, "Stop!")
    monitor, device = Monitor(), Device(tmp_path)
    try:
        device.until("The microphone is on.")
        room.say("one two three")  # the first sound through a new server stumbles
        monitor.until(lambda: bool(device.journal("Finished")))  # Max said good evening
        monitor.quiet(SILENT_S, monotonic())
        asked_s = _play(request)
        told_s = monitor.sound_after(asked_s)
        monitor.until(lambda: device.reached() >= WELL_BEGUN)
        stopped_s = _play(stop)
        silent_s = monitor.quiet(PATIENCE_S / 6, stopped_s)
    finally:
        device.close()
        monitor.close()
    print(f"request's end to first sound {told_s - asked_s:.2f} s; stop's end to silence {silent_s - stopped_s:.2f} s")
    assert device.heard() == ["TellStory", "Stop"]
    assert silent_s - stopped_s <= SILENT_S
