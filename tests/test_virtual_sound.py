"""The ear and a real sound server: what is played into a virtual microphone is heard. Needs Debian's `pulseaudio`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import TypeVar

import pytest

from device.events import Failed, Happening, Heard, Listen, Option, Recovered, Sentence, Tell
from device.night.night import Night
from device.senses.ear.ear import Ear, command
from tests.sound_server import EAR

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("pulseaudio", "pactl", "paplay", "espeak-ng"))),
        reason="pulseaudio or espeak-ng is not installed here",
    ),
]
PATIENCE_S = 60
ECHO_DB = -20.0
FOUND_S = 10.0
"""Within so long a microphone that was plugged in again is read."""
Kind = TypeVar("Kind", bound=Happening)


class Room:
    """A sound server of its own with a microphone, "Bedside ear", into which files can be played."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inbox: SimpleQueue[Happening] = SimpleQueue()
        self.lights: list[bool] = []
        self.serve()

    def serve(self) -> None:
        options = "--system=false -n --daemonize=yes --exit-idle-time=-1 --load=module-native-protocol-unix"
        subprocess.run(["pulseaudio", *options.split(), f"--log-target=file:{self.folder / 'log'}"], check=True)
        self.load("module-null-sink sink_name=speaker rate=48000 channels=2")
        self.load("module-null-sink sink_name=mouth rate=48000 channels=1 channel_map=mono")
        self.plug()

    def load(self, module: str) -> str:
        """-> the module's number."""
        command = ["pactl", "load-module", *module.split()]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def unplug(self) -> None:
        """The microphone goes; the server, and what else it has, stays."""
        subprocess.run(["pactl", "unload-module", self.plugged], check=True)

    def plug(self) -> None:
        self.plugged = self.load(EAR)

    def die(self) -> None:
        with suppress(OSError):
            os.kill(int((self.folder / "pulse" / "pid").read_text()), signal.SIGKILL)
        shutil.rmtree(self.folder / "pulse", ignore_errors=True)

    def say(self, text: str) -> None:
        """Speaks it before the microphone, and returns when it is said."""
        file = self.folder / "said.wav"
        subprocess.run(["espeak-ng", "-v", "en-us+f3", "-s", "140", "-w", str(file), text], check=True)
        subprocess.run(["paplay", "-d", "mouth", str(file)], check=True)

    def max(self, text: str) -> subprocess.Popen[bytes]:
        """Max begins to say it, as he comes back into the microphone."""
        file = self.folder / "max.wav"
        subprocess.run(["espeak-ng", "-v", "en-gb", "-s", "140", "-w", str(file), text], check=True)
        volume = round(0x10000 * 10 ** (ECHO_DB / 60))  # PulseAudio's are cubic
        return subprocess.Popen(["paplay", "-d", "mouth", f"--volume={volume}", str(file)])

    def until(self, kind: type[Kind]) -> Kind:
        while not isinstance(happening := self.inbox.get(timeout=PATIENCE_S), kind):
            pass
        return happening

    def insist(self, text: str) -> Heard:
        """-> what was heard of words that are said again until they are: a new stream may give nothing at first."""
        for _ in range(8):
            self.say(text)
            try:
                while not isinstance(happening := self.inbox.get(timeout=2), Heard):
                    pass
            except Empty:
                continue
            return happening
        raise AssertionError(f"{text!r} was never heard")

    def ear(self) -> Ear:
        """-> an ear that listens already."""
        ear = Ear(self.inbox.put, lambda: datetime.now(UTC), command("bedside"), {}, self.lights.append)
        until_s = monotonic() + PATIENCE_S
        while not self.lights and monotonic() < until_s:
            sleep(0.05)
        assert self.lights == [True], "the microphone gave no sound"
        self.say("one two three")  # the first sound through a new server stumbles
        sleep(1.5)  # what follows at once would be one utterance with it
        return ear


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("SDL_AUDIODRIVER", "pulseaudio")
    room = Room(tmp_path)
    yield room
    room.die()


def test_a_request_spoken_into_the_room_is_heard(room: Room) -> None:
    ear = room.ear()
    room.say("hey max, tell me a story about the moon")
    heard = room.until(Heard)
    ear.do(Listen(id="choice", seconds=30.0))
    room.say("louder please")
    louder = room.until(Heard)
    ear.close()
    assert (heard.intent, heard.slots) == ("TellStory", {"topic": "moon"})
    assert louder.intent == "Louder"
    assert room.lights == [True, False]


def test_a_call_in_the_middle_of_other_talk_is_heard(room: Room) -> None:
    ear = room.ear()
    room.say("Yes mother, I have brushed my teeth, and hey max, tell me a story about the moon")
    heard = room.until(Heard)
    ear.close()
    assert (heard.intent, heard.slots) == ("TellStory", {"topic": "moon"})


def test_an_answer_is_heard_while_max_still_asks(room: Room) -> None:
    stairs, sea = Option("go up the stairs", "stairs"), Option("sit by the sea", "sea")
    question = Tell(id="t", story="s", title="S", sentences=(Sentence("Up, or to the sea?"),), options=(stairs, sea))
    ear, at = room.ear(), datetime.now(UTC)
    ear.watch(Happening(at=at), Night(evening=at.date()), (question,))
    room.max("And so we came to the lighthouse, in the evening, and the door was open.").wait()
    asking = room.max("Shall we go up the stairs and look at the lamp, or shall we sit by the sea?")
    room.say("sit by the sea")
    heard = room.until(Heard)
    asking.wait()
    ear.close()
    assert (heard.intent, heard.slots) == ("Choice", {"option": "sea"})
    assert room.inbox.empty(), "Max chose for the child"


def test_a_microphone_that_vanishes_is_missed_found_again_and_hears(room: Room) -> None:
    ear = room.ear()
    room.die()
    failed = room.until(Failed)
    room.serve()
    assert room.until(Recovered).part == "microphone"
    ear.do(Listen(id="choice", seconds=30.0))
    room.say("stop please")
    heard = room.until(Heard)
    ear.close()
    assert failed.part == "microphone"
    assert heard.intent == "Stop"


def test_a_microphone_that_is_unplugged_is_missed_and_once_plugged_in_found_by_name(room: Room) -> None:
    ear = room.ear()
    room.unplug()
    failed = room.until(Failed)
    room.plug()
    plugged_s = monotonic()
    assert room.until(Recovered).part == "microphone"
    found_s = monotonic() - plugged_s
    ear.do(Listen(id="choice", seconds=30.0))
    heard = room.insist("stop please")
    ear.close()
    assert failed.part == "microphone"
    assert heard.intent == "Stop"
    assert found_s <= FOUND_S


def test_a_process_that_is_killed_is_replaced_and_costs_no_window(room: Room) -> None:
    ear = room.ear()
    ear.do(Listen(id="choice", seconds=30.0))
    assert ear.process_id
    os.kill(ear.process_id, signal.SIGKILL)
    assert room.until(Failed).part == "ear"
    assert room.until(Recovered).part == "ear"
    heard = room.insist("stop please")
    ear.close()
    assert heard.intent == "Stop"
