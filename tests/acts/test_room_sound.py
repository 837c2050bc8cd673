"""A telling through a sound server into a virtual room, recorded there. Needs the programs of Debian's `pulseaudio`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from numpy.typing import NDArray

from device.acts.finishing import RATE_HZ
from device.acts.speaker import Speaker
from device.acts.telling import Telling
from device.events import Failed, Finished, Happening, Hush, Reached, Recovered, Say, Tell
from tests.acts.bedroom import Tones, now, score
from tests.sound_server import SPEAKER, SoundServer, needs, own

pytestmark = needs("parec")
PATIENCE_S = 30


class Room(SoundServer):
    """A sound server with one loudspeaker, and a microphone before it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SPEAKER)
        self.inbox: SimpleQueue[Happening] = SimpleQueue()

    def listen(self) -> subprocess.Popen[bytes]:
        command = ["parec", "-d", "speaker.monitor", "--format=s16le", "--rate=48000", "--channels=1"]
        with (self.folder / "heard").open("wb") as heard:
            return subprocess.Popen([*command, "--latency-msec=10"], stdout=heard)

    def heard(self) -> NDArray[np.float64]:
        raw = (self.folder / "heard").read_bytes()
        return np.frombuffer(raw[: len(raw) // 2 * 2], dtype=np.int16) / 32768

    def until(self, kind: type[Happening]) -> Happening:
        while not isinstance(happening := self.inbox.get(timeout=PATIENCE_S), kind):
            pass
        return happening


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    own(tmp_path, monkeypatch)
    room = Room(tmp_path)
    yield room
    room.die()


def test_a_story_becomes_softer_in_the_room_and_a_hush_is_silence(room: Room) -> None:
    telling = Telling(room.inbox.put, now, Tones(), Speaker("bedside"))
    levels = zip(score("The boat went out.", "The boat went home.", "It went to sleep."), (0, -5, -10), strict=True)
    telling.do(Say(id="h", sentences=score("Hello, this is how loud I am.")))  # known from now on
    room.until(Finished)
    microphone = room.listen()
    telling.do(Tell(id="t", story="b", title="B", sentences=tuple(replace(s, level_db=db) for s, db in levels)))
    room.until(Finished)
    telling.do(Say(id="s", sentences=score("A long sentence, which somebody does not want to hear at all.")))
    telling.do(Tell(id="u", story="b", title="B", sentences=score("A long sentence nobody wants to hear.")))
    room.until(Reached)
    telling.do(Hush())
    telling.do(Say(id="end", sentences=score("", pause_s=1.0)))
    room.until(Finished)
    telling.close()
    microphone.terminate()
    microphone.wait(10)
    frames = room.heard()[: len(room.heard()) // 4800 * 4800].reshape(-1, 4800)
    level_db = 20 * np.log10(np.sqrt(np.mean(np.square(frames), axis=1)) + 1e-6)
    loud = np.flatnonzero(level_db > -50)
    stretches = [level_db[part] for part in np.split(loud, np.flatnonzero(np.diff(loud) > 1) + 1)]
    assert np.diff([np.median(stretch) for stretch in stretches[:3]]) == pytest.approx([-5, -5], abs=1)
    assert len(stretches[-1]) <= 4, "what was hushed sounded on"
    assert level_db[-5:].max() < -90


def pactl(*words: str) -> str:
    return subprocess.run(["pactl", *words], check=True, capture_output=True, text=True).stdout


def found_again(room: Room, telling: Telling) -> None:
    """The loudspeaker is said to work again, and does."""
    assert room.until(Recovered) == Recovered(at=now(), part="speaker")
    microphone = room.listen()
    telling.do(Say(id="b", sentences=score("Hello again, after all that.")))
    room.until(Finished)
    telling.close()
    microphone.terminate()
    microphone.wait(10)
    assert np.sum(np.abs(room.heard()) > 0.01) > RATE_HZ // 2


def test_a_loudspeaker_that_is_unplugged_is_missed_and_found_again_by_its_name(room: Room) -> None:
    pactl("load-module", "module-null-sink", "sink_name=kitchen", "sink_properties=device.description=Kitchen")
    pactl("load-module", "module-rescue-streams")
    telling = Telling(room.inbox.put, now, Tones(), Speaker("bedside"))
    telling.do(Say(id="a", sentences=score("Hello.")))
    room.until(Finished)
    (plug,) = (line.split()[0] for line in pactl("list", "short", "modules").splitlines() if "Bedside" in line)
    pactl("unload-module", plug)
    failed = room.until(Failed)
    assert isinstance(failed, Failed)
    assert failed.part == "speaker"
    assert "Bedside" not in pactl("list", "sinks")
    pactl("load-module", *SPEAKER.split())
    found_again(room, telling)


def test_a_sound_server_that_dies_is_missed_and_found_again(room: Room) -> None:
    telling = Telling(room.inbox.put, now, Tones(), Speaker("bedside"))
    telling.do(Say(id="a", sentences=score("Hello.")))
    room.until(Finished)
    room.die()
    failed = room.until(Failed)
    assert isinstance(failed, Failed)
    assert failed.part == "speaker"
    room.serve()
    found_again(room, telling)
