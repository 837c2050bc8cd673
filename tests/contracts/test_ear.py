"""What every engine's listening window does, whichever engine it is: the embedded one, and Vosk with a tiny model.

Spoken by espeak-ng. It shows that the path works, not how well either hears people.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
import soundfile
import soxr

from device.events import Option
from device.night.language import Language
from device.senses.ear.hear import Ear, language
from device.senses.ear.listener import Nothing, Recognised
from device.senses.ear.listening import Window
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.vosk import Vosk
from tests.models import BEDTIME

Listen = Callable[[float, Sequence[Option], bool], Window]
CHOICES = (Option("the happy dragon", "dragon"), Option("the hungry bear", "bear"))

pytestmark = [
    pytest.mark.slow,
    # vosk looks for its library by pkg_resources
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@cache
def english() -> Language:
    return language()


@cache
def embedded() -> Listen:
    ear = Ear(english())
    return lambda seconds, options, few: ear.listen(ear.task(options, few), seconds)


@cache
def vosk() -> Listen:
    engine = Vosk(BEDTIME, english())
    return lambda seconds, options, few: engine.listen(seconds, options, few)


@pytest.fixture(params=[embedded, vosk], ids=["embedded", "vosk"])
def listen(request: pytest.FixtureRequest) -> Listen:
    made: Listen = request.param()
    return made


@cache
def spoken(text: str) -> Samples:
    command = ["espeak-ng", "-v", "en-us+f4", "-s", "150", "--stdout", text]
    sound, rate_hz = soundfile.read(io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout))
    return np.asarray(soxr.resample(sound, rate_hz, RATE_HZ) * 16000, np.int16)


def silence(seconds: float) -> Samples:
    """-> a quiet room: not one sample after another of nothing, which no microphone gives."""
    return np.random.default_rng(0).integers(-16, 17, round(seconds * RATE_HZ), np.int16)


def hear(window: Window, *sounds: Samples, block: int = 512) -> tuple[Recognised | Nothing | None, float]:
    """-> (the result, seconds of sound that were left when it came)."""
    sound = np.concatenate(sounds)
    for begin in range(0, len(sound), block):
        if result := window.feed(sound[begin : begin + block]):
            return result, (len(sound) - begin) / RATE_HZ
    return None, 0.0


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("stop", "Stop", {}),
        ("hey max stop", "Stop", {}),
        ("tell me a story about the moon", "TellStory", {"topic": "moon"}),
        ("five more minutes", "FiveMore", {"minutes": 5}),
    ],
)
def test_a_sentence_of_the_language_is_heard_with_its_meaning(
    listen: Listen, text: str, intent: str, slots: dict[str, object]
) -> None:
    result, left_s = hear(listen(8.0, (), False), silence(0.5), spoken(text), silence(3))
    assert isinstance(result, Recognised)
    assert (result.text, result.intent, result.slots) == (text, intent, slots)
    assert result.wake == text.startswith("hey max")
    assert result.snr_db > 28
    assert 0 < result.confidence <= 1
    assert 0 <= result.after_end_s < 1.2
    assert left_s > 1.5


def test_the_choices_of_a_story_join_for_one_window(listen: Listen) -> None:
    heard, _ = hear(listen(8.0, CHOICES, False), silence(0.5), spoken("the hungry bear"), silence(3))
    assert isinstance(heard, Recognised)
    assert (heard.intent, heard.slots) == ("Choice", {"option": "bear"})
    later, _ = hear(listen(8.0, (), False), silence(0.5), spoken("the hungry bear"), silence(3))
    assert not isinstance(later, Recognised)


def test_by_night_only_the_few_are_heard(listen: Listen) -> None:
    wish, _ = hear(listen(8.0, (), True), silence(0.5), spoken("tell me a story about the moon"), silence(3))
    assert not isinstance(wish, Recognised)
    stop, _ = hear(listen(8.0, (), True), silence(0.5), spoken("stop"), silence(3))
    assert isinstance(stop, Recognised)


def test_other_talk_is_not_understood_and_nothing_is_said_of_it(listen: Listen) -> None:
    result, _ = hear(listen(4.0, (), False), silence(0.5), spoken("chocolate umbrella elephants"), silence(6))
    assert isinstance(result, Nothing)
    assert result.spoke


def test_silence_closes_the_window_in_its_time(listen: Listen) -> None:
    result, left_s = hear(listen(2.0, (), False), silence(4))
    assert isinstance(result, Nothing)
    assert not result.spoke
    assert left_s == pytest.approx(2.0, abs=0.1)


def test_what_was_said_counts_when_the_sound_ends(listen: Listen) -> None:
    window, said = listen(8.0, (), False), spoken("tell me a story about the moon")
    last = int(np.flatnonzero(np.abs(said) > 200)[-1])
    assert hear(window, silence(0.5), said[:last], silence(0.1)) == (None, 0.0)
    assert isinstance(window.close(), Recognised)


@pytest.mark.parametrize("block", [1, 333, 8000])
def test_the_size_of_the_blocks_does_not_matter(listen: Listen, block: int) -> None:
    sound = (silence(0.5), spoken("stop"), silence(1.5))
    result, _ = hear(listen(8.0, (), False), *sound, block=block)
    assert isinstance(result, Recognised)
    assert result.text == "stop"
