"""What the ear's process makes of sound and orders, and that nothing else leaves it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from device.errors import HearingError
from device.events import Option
from device.night.automaton import Automaton
from device.night.language import Meaning
from device.senses.ear.calling import Call
from device.senses.ear.decoder import Network
from device.senses.ear.hear import Ear, language
from device.senses.ear.listener import Task
from device.senses.ear.listening import Listening, over_max
from device.senses.ear.microphone import Microphone
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.process import LEAK_KB, LOOK_S, Capture, Growth, _second
from device.senses.ear.windows import CONFIRM_S
from tests.senses.ear.puppet import WORDS, PuppetPosteriors, PuppetVoice, silence, spoken

WHOLE = ["stop please", "hey max stop please", "i had a bad dream", "tell me a story"]
FEW = ["i had a bad dream", "i need a grown up"]
ROOT = Path(__file__).parents[3]


class PuppetEar:
    """Hears puppets, in a small language."""

    def __init__(self) -> None:
        self.posteriors, self.voice = PuppetPosteriors(), PuppetVoice()
        self.call = Call(["hey max"], WORDS)

    def task(self, options: Sequence[Option] = (), few: bool = False, words: bool = False) -> Task:
        sentences = (FEW if few else WHOLE) + [option.words for option in options]
        chosen = {option.words for option in options}
        network = Network.of(Automaton.of(sentences), WORDS)
        return Task(network, lambda text: Meaning("Choice" if text in chosen else text, {}, "hey max" in text))


class Child:
    """The process's work, and what it told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.at_s = 100.0
        self._listening = Listening(PuppetEar(), self.told.append)

    def order(self, order: str, **more: Any) -> None:
        self._listening.told({"order": order, **more}, self.at_s)

    def hears(self, *sounds: Samples) -> list[tuple[str, Any]]:
        """-> (report, what was heard or which window) of each report about these sounds."""
        self.told.clear()
        sound = np.concatenate(sounds)
        for begin in range(0, len(sound), 512):
            self.at_s += 512 / RATE_HZ
            self._listening.hear(sound[begin : begin + 512], self.at_s)
        return [(each["report"], each.get("text", each.get("window"))) for each in self.told]

    @property
    def quiet(self) -> bool:
        return self._listening.quiet


@pytest.fixture
def child() -> Child:
    return Child()


def question(**more: Any) -> dict[str, Any]:
    return {"id": "choice-1", "seconds": 3.0, "options": [], "few": False, "words": False, **more}


def test_called_by_its_name_it_hears_a_whole_sentence(child: Child) -> None:
    said = child.hears(silence(1), spoken("hey max stop please"), silence(1.5))
    assert said == [("heard", "hey max stop please")]


def test_called_in_the_middle_of_other_talk_it_hears_the_sentence(child: Child) -> None:
    talk = spoken("mother says it is not so late")
    said = child.hears(silence(1), talk, spoken("hey max stop please"), silence(1))
    assert said == [("heard", "hey max stop please")]


def test_without_its_name_it_tells_nothing(child: Child) -> None:
    assert child.hears(silence(1), spoken("stop please"), silence(2), spoken("tell me a story"), silence(2)) == []


def test_a_window_hears_the_choices_of_the_story(child: Child) -> None:
    child.order("listen", **question(options=[asdict(Option("go up the stairs", "stairs", ("up",)))]))
    assert child.hears(silence(1), spoken("go up the stairs"), silence(1)) == [("heard", "go up the stairs")]


STAIRS = {"options": [asdict(Option("go up the stairs", "stairs", ("up",)))]}


def test_while_max_asks_an_answer_is_heard(child: Child) -> None:
    child.order("saying", texts=["Go up the stairs, or sit by the sea?"], **STAIRS)
    assert child.hears(silence(19), spoken("go up the stairs"), silence(1)) == [("heard", "go up the stairs")]


def test_over_max_his_own_words_must_be_said_best_and_little_else_counts() -> None:
    meant = {"up": Meaning("Choice", {}), "stop": Meaning("Stop", {}, strictness="kind"), "yes": Meaning("Yes", {})}
    task = over_max(Task(Network.of(Automaton.of(list(meant)), WORDS), meant.get, slack=1.0), Call([], WORDS))
    assert [task.understand(text) for text in meant] == [replace(meant["up"], strictness="strict"), meant["stop"], None]
    assert task.slack == 0.0, "what was learnt in a quiet room"


def test_an_answer_that_begins_over_max_and_ends_in_the_window_is_one(child: Child) -> None:
    said = spoken("go up the stairs")
    child.order("saying", texts=["Go up the stairs, or sit by the sea?"], **STAIRS)
    assert child.hears(silence(19), said[: len(said) // 2]) == []
    child.order("saying", texts=[], options=[])
    child.order("listen", **question(**STAIRS))
    assert child.hears(said[len(said) // 2 :], silence(1)) == [("heard", "go up the stairs")]
    assert child.hears(silence(5)) == [], "the window was answered"


def test_a_window_into_which_nobody_speaks_closes(child: Child) -> None:
    child.order("listen", **question())
    assert child.hears(silence(3.5)) == [("unheard", "choice-1")]
    assert child.told[0]["spoke"] is False


def test_a_window_tells_that_somebody_spoke_and_not_what(child: Child) -> None:
    child.order("listen", **question())
    assert child.hears(silence(0.5), spoken("the purple elephant"), silence(2)) == [("unheard", "choice-1")]
    assert child.told == [{"report": "unheard", "window": "choice-1", "spoke": True, "loud": False}]


def test_after_deafen_no_window_is_open(child: Child) -> None:
    child.order("listen", **question())
    child.order("deafen")
    assert child.hears(silence(1), spoken("stop please"), silence(3)) == []


def test_in_the_dark_a_voice_is_told_before_it_is_understood_and_said_twice_it_counts(child: Child) -> None:
    child.order("dark", dark=True)
    assert child.hears(silence(1), spoken("i had a bad dream"), silence(2)) == [("voiced", None)]
    assert child.hears(spoken("i had a bad dream"), silence(2)) == [("heard", "i had a bad dream")]


def test_in_the_dark_it_is_dark_again_when_the_voice_is_gone(child: Child) -> None:
    child.order("dark", dark=True)
    told = child.hears(silence(1), spoken("the purple elephant"), silence(CONFIRM_S + 2))
    assert told == [("voiced", None), ("unheard", "")]


def test_a_cough_in_the_dark_raises_nothing(child: Child) -> None:
    child.order("dark", dark=True)
    assert child.hears(silence(1), spoken("a")[: int(0.2 * RATE_HZ)], silence(CONFIRM_S + 2)) == []


def test_a_press_in_the_dark_makes_one_phrase_enough(child: Child) -> None:
    child.order("dark", dark=True)
    child.order("pressed")
    assert ("heard", "i need a grown up") in child.hears(silence(1), spoken("i need a grown up"), silence(2))


def test_a_stream_that_drops_sound_goes_on_with_the_next_sentence(child: Child) -> None:
    half = spoken("hey max stop please")
    told = child.hears(silence(1), half[: len(half) // 2], silence(2), half, silence(2))
    assert told == [("heard", "hey max stop please")]


def test_a_stream_that_repeats_blocks_does_not_hear_a_sentence_twice(child: Child) -> None:
    child.hears(silence(1), spoken("hey max stop please"), silence(2))
    assert child.hears(silence(2)) == []


def test_hours_of_silence_leave_no_trace_and_it_still_hears(child: Child) -> None:
    assert child.hears(silence(150)) == []
    assert child.hears(spoken("hey max stop please"), silence(1)) == [("heard", "hey max stop please")]


def test_a_quiet_moment_is_one_without_voice_or_window(child: Child) -> None:
    assert child.quiet
    child.hears(silence(1), spoken("tell me a story"))
    assert not child.quiet
    child.hears(silence(3))
    child.order("listen", **question())
    assert not child.quiet


class Unplugged(Microphone):
    """One whose plug is in the test's hand."""

    plugged = True

    @property
    def is_open(self) -> bool:
        return self._here

    _here = False

    def read(self) -> Samples:
        self._here = self.plugged
        if not self.plugged:
            raise HearingError("It is gone.")
        self.frames += 512
        return silence(512 / RATE_HZ)

    def close(self) -> None:
        self._here = False


def test_capture_is_told_when_it_begins_ends_and_begins_again() -> None:
    told: list[dict[str, Any]] = []
    microphone = Unplugged()
    capture = Capture(microphone, told.append)
    for microphone.plugged in (True, True, False, False, True):
        capture.read(0.0)
    assert [(each["on"], each["reason"]) for each in told] == [(True, ""), (False, "It is gone."), (True, "")]


def test_a_microphone_that_is_open_and_gives_nothing_yet_is_not_told_as_on() -> None:
    told: list[dict[str, Any]] = []
    microphone = Unplugged()
    capture = Capture(microphone, told.append)
    sound, microphone.read = microphone.read, lambda: np.zeros(0, np.int16)  # type: ignore[method-assign]
    assert capture.read(0.0) is None
    assert [line for line in told if line["report"] == "capture"] == []
    microphone.read = sound  # type: ignore[method-assign]
    capture.read(0.1)
    assert told[-1] == {"report": "capture", "on": True, "reason": ""}


def test_muted_it_reads_no_frame() -> None:
    told: list[dict[str, Any]] = []
    microphone = Unplugged()
    capture = Capture(microphone, told.append)
    capture.read(0.0)
    capture.mute = True
    assert capture.read(0.1) is None
    assert (microphone.frames, told[-1]) == (512, {"report": "capture", "on": False, "reason": ""})


def test_what_it_needs_to_begin_with_is_no_leak_and_what_it_grows_by_is() -> None:
    held_kb = [3 * LEAK_KB]
    growth = Growth(100.0, lambda: held_kb[0])
    assert not growth.leaks(100.0 + LOOK_S)
    held_kb[0] += LEAK_KB + 1
    assert not growth.leaks(100.0 + 1.5 * LOOK_S), "it looks only now and then"
    assert growth.leaks(100.0 + 2 * LOOK_S)


# --- the real process ------------------------------------------------------------------------------------------

CANARIES = (
    "the combination is seventeen forty two",
    "grandmother hides chocolate in the piano",
    "do not tell father about it",
)


def voice(text: str) -> Samples:
    """-> a phrase by espeak-ng at 16 kHz."""
    said = subprocess.run(
        ["espeak-ng", "-v", "en-us+f3", "-s", "140", "--stdout", text], capture_output=True, check=True
    )
    sound, rate_hz = soundfile.read(io.BytesIO(said.stdout), dtype="float32")
    return np.asarray(soxr.resample(sound, rate_hz, RATE_HZ) * 16000, np.int16)


@pytest.mark.slow
def test_of_what_was_not_meant_for_it_nothing_leaves_the_process(tmp_path: Path) -> None:
    pytest.importorskip("hama")
    sounds = [part for canary in CANARIES for part in (silence(1.5), voice(canary))]
    np.concatenate([*sounds, silence(2), voice("hey max, tell me a story about the moon"), silence(2)]).tofile(
        tmp_path / "in.raw"
    )
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILEIN": str(tmp_path / "in.raw")}
    env |= {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "device.senses.ear.process"]
    lines: list[dict[str, Any]] = []
    with subprocess.Popen(command, cwd=home, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"order": "language", "lists": {"person": ["Benny"]}}\n')
        process.stdin.write(json.dumps({"order": "listen", **question(seconds=8.0)}).encode() + b"\n")
        process.stdin.flush()
        for line in process.stdout:
            lines.append(json.loads(line))
            if lines[-1]["report"] == "heard":
                break
        process.stdin.close()
    told = [line for line in lines if line["report"] != "frames"]
    assert [line["report"] for line in told] == ["ready", "capture", "unheard", "heard"]
    assert set(told[2]) == {"report", "window", "spoke", "loud"}
    assert told[3]["text"] == "hey max tell me a story about the moon"
    assert all(set(line) == {"report", "count"} for line in lines if line["report"] == "frames")
    assert list(home.rglob("*")) == []


def test_half_a_model_is_told_as_a_failed_part_and_the_ear_goes_on(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    assert _second(tmp_path, Ear(language()), told.append) is None
    assert [(report["report"], report["part"]) for report in told] == [("failed", "second ear")]
    assert "only half a model" in told[0]["reason"]
