"""In a loud room what was said is cleaned and heard again; nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from device.events import Option
from device.night.automaton import Automaton
from device.night.language import Meaning
from device.senses.ear import limits
from device.senses.ear.calling import Call
from device.senses.ear.cleaner import Cleaned, found
from device.senses.ear.decoder import Network
from device.senses.ear.listener import Listener, Task
from device.senses.ear.listening import Listening
from device.senses.ear.posteriors import RATE_HZ, Samples
from tests.senses.ear.puppet import WORDS, PuppetPosteriors, PuppetVoice, silence, spoken

MURMUR, MUFFLED = 99, 500
"""Of the room, which the puppets' ear takes for a pause; and by how much it changes every phone."""


class OverMurmur(PuppetVoice):
    """Speech is what is louder than the room."""

    def probability(self, chunk: Samples) -> float:
        return super().probability(np.where(chunk > MURMUR, chunk, np.int16(0)))


class PuppetEar:
    """Knows two sentences."""

    def __init__(self) -> None:
        self.posteriors, self.voice = PuppetPosteriors(), OverMurmur()
        self.call = Call(["hey max"], WORDS)

    def task(self, options: Sequence[Option] = (), few: bool = False, words: bool = False) -> Task:
        network = Network.of(Automaton.of(["tell me a story", "stop please"]), WORDS)
        return Task(network, lambda text: Meaning(text, {}))

    def listen(self, task: Task, seconds: float, gated: bool = True) -> Listener:
        return Listener(self.posteriors, self.voice, task, seconds, gated)


class PuppetCleaner:
    """Knows what the room does to a voice, and notes how much it was given."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def clean(self, samples: Samples) -> Samples:
        self.seconds.append(len(samples) / RATE_HZ)
        return np.where(samples > MURMUR + MUFFLED, samples - np.int16(MUFFLED), np.int16(0))


def in_a_loud_room(sound: Samples) -> Samples:
    return np.where(sound > 0, sound + np.int16(MUFFLED), np.int16(MURMUR))


def heard_of(sound: Samples, cleaner: PuppetCleaner | None) -> tuple[str, str]:
    """-> (report, intent) of a window in which this was said."""
    told: list[dict[str, Any]] = []
    ear = PuppetEar()
    again = Cleaned(lambda seconds, *meant: ear.listen(ear.task(*meant), seconds), cleaner) if cleaner else None
    listening = Listening(ear, told.append, again)
    listening.told({"order": "listen", "id": "w", "seconds": 30.0, "options": [], "few": False, "words": False}, 0.0)
    for begin in range(0, len(sound), 512):
        listening.hear(sound[begin : begin + 512], begin / RATE_HZ)
    return told[0]["report"], told[0].get("intent", "")


@pytest.fixture
def request_for_a_story(monkeypatch: pytest.MonkeyPatch) -> Samples:
    monkeypatch.setattr(limits, "LOUD_ROOM_DB", 40.0)  # these rooms are either as quiet as numbers can be, or not
    return np.concatenate([silence(5), spoken("tell me a story"), silence(1.5)])


def test_a_quiet_room_is_never_cleaned(request_for_a_story: Samples) -> None:
    cleaner = PuppetCleaner()
    assert heard_of(request_for_a_story, cleaner) == ("heard", "tell me a story")
    assert cleaner.seconds == []


def test_what_a_loud_room_hides_is_heard_once_it_is_cleaned(request_for_a_story: Samples) -> None:
    loud = in_a_loud_room(request_for_a_story)
    assert heard_of(loud, None) == ("unheard", "")
    assert heard_of(loud, PuppetCleaner()) == ("heard", "tell me a story")


def test_only_the_utterance_is_cleaned_with_a_second_of_the_room_before_it(request_for_a_story: Samples) -> None:
    cleaner = PuppetCleaner()
    heard_of(in_a_loud_room(request_for_a_story), cleaner)
    spoken_s = len(spoken("tell me a story")) / RATE_HZ
    assert cleaner.seconds == [pytest.approx(1.0 + spoken_s + limits.END_INCOMPLETE_S, abs=0.2)]


@pytest.mark.slow
def test_noise_becomes_less_and_a_sound_keeps_its_place() -> None:
    cleaner = found()
    if cleaner is None:
        pytest.skip("the extra `loud` is not installed: pip install sleepsync[loud]")
    noise = np.random.default_rng(3).normal(0, 400, 3 * RATE_HZ).astype(np.int16)
    cleaned = cleaner.clean(noise)
    assert len(cleaned) == len(noise)
    assert cleaned[RATE_HZ:].std() < noise.std() / 10
