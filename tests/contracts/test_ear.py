"""What every engine's listening window does, whichever engine it is: the embedded one, and Vosk with a tiny model.

Spoken by espeak-ng. It shows that the path works, not how well either hears people.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from device.events import Option
from device.night.language import Language
from device.senses.ear.hear import Ear, language, read
from device.senses.ear.listener import Nothing, Recognised
from device.senses.ear.listening import Window
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.process import resident_kb
from device.senses.ear.vosk import RECYCLED, Vosk
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
    return language().extended(person=["Benny"])


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
        ("call benny please", "GrownUp", {"person": "Benny"}),
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


# --- streams that falter ---------------------------------------------------------------------------------------

MOON = "tell me a story about the moon"
NO_SOUND = np.zeros(0, np.int16)


def blocks(sound: Samples, size: int = 512) -> list[Samples]:
    return [sound[begin : begin + size] for begin in range(0, len(sound), size)]


def heard_or_nothing(window: Window, sound: Samples) -> Recognised | Nothing:
    return hear(window, sound)[0] or window.close()


def moon() -> Samples:
    return np.concatenate([silence(0.5), spoken(MOON), silence(2)])


def test_a_stream_that_stalls_and_goes_on_is_heard_as_if_it_had_not(listen: Listen) -> None:
    window, half = listen(8.0, (), False), len(moon()) // 3
    assert hear(window, moon()[:half]) == (None, 0.0)
    assert [window.feed(NO_SOUND) for _ in range(100)] == [None] * 100
    result, _ = hear(window, moon()[half:])
    assert isinstance(result, Recognised)
    assert result.text == MOON


def test_a_stream_that_stalls_for_good_ends_with_its_window_and_the_next_one_hears(listen: Listen) -> None:
    window, said = listen(8.0, (), False), spoken(MOON)
    assert hear(window, silence(0.5), said[: len(said) // 3]) == (None, 0.0)
    assert isinstance(window.close(), Nothing)
    assert isinstance(heard_or_nothing(listen(8.0, (), False), moon()), Recognised)


@pytest.mark.parametrize("times", [0, 2], ids=["drops", "repeats"])
@pytest.mark.parametrize("every", [5, 20])
def test_a_stream_that_falters_is_heard_right_or_not_at_all(listen: Listen, times: int, every: int) -> None:
    parts = [part for n, part in enumerate(blocks(moon())) for _ in range(times if n % every == 0 else 1)]
    result = heard_or_nothing(listen(8.0, (), False), np.concatenate(parts))
    assert isinstance(result, Nothing) or result.text == MOON
    assert isinstance(heard_or_nothing(listen(8.0, (), False), moon()), Recognised)


# --- files that are no good ------------------------------------------------------------------------------------

BAD: dict[str, tuple[Callable[[], np.ndarray], int, str]] = {
    "clipped": (lambda: np.clip(moon() * 40.0 / 32768, -1, 1), RATE_HZ, "clipped"),
    "silent": (lambda: np.zeros(2 * RATE_HZ), RATE_HZ, "silent"),
    "8 kHz": (lambda: soxr.resample(moon() / 32768, RATE_HZ, 8000), 8000, "8000 samples a second"),
    "stereo": (lambda: np.stack([moon(), moon()], axis=1) / 32768, RATE_HZ, ""),
    "ten minutes": (lambda: np.concatenate([moon(), np.tile(silence(60), 10)]) / 32768, RATE_HZ, "only the first 60 s"),
}
"""How a file is made, its rate, and what is said about it."""


@pytest.mark.parametrize("kind", BAD)
def test_a_poor_file_has_a_result_and_a_sentence(listen: Listen, tmp_path: Path, kind: str) -> None:
    make, rate_hz, sentence = BAD[kind]
    soundfile.write(tmp_path / "said.wav", make(), rate_hz)
    samples, note = read(tmp_path / "said.wav")
    result = heard_or_nothing(listen(8.0, (), False), samples)
    assert sentence in note
    assert bool(note) == bool(sentence)
    if kind == "silent":
        assert result == Nothing(spoke=False, snr_db=result.snr_db)
    if kind in {"stereo", "ten minutes"}:
        assert isinstance(result, Recognised)
        assert result.text == MOON


def test_a_file_cut_short_is_heard_as_far_as_it_goes_and_that_is_said(listen: Listen, tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    soundfile.write(path, moon(), RATE_HZ)
    path.write_bytes(path.read_bytes()[:RATE_HZ])  # half a second: nobody has spoken yet
    samples, note = read(path)
    assert isinstance(heard_or_nothing(listen(8.0, (), False), samples), Nothing)
    assert "cut off" in note


# --- for a long time -------------------------------------------------------------------------------------------


@pytest.mark.timeout(600)
def test_memory_stays_flat_over_many_utterances(listen: Listen) -> None:
    texts = ["stop", "five more minutes", "chocolate umbrella", "hey max stop"]

    def utterances(count: int) -> int:
        heard = 0
        for turn in range(count):
            text = texts[turn % len(texts)]
            result = heard_or_nothing(listen(8.0, (), False), np.concatenate([silence(0.3), spoken(text), silence(1)]))
            heard += isinstance(result, Recognised)
        return heard

    utterances(RECYCLED)  # Vosk makes a new recogniser: what one needs is held once
    before_kb = resident_kb()
    assert utterances(2 * RECYCLED + 20) > RECYCLED
    grown_kb = resident_kb() - before_kb
    print(f"grew by {grown_kb} kB in {2 * RECYCLED + 20} utterances")
    assert grown_kb < 10_000
