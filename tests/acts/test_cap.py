"""Loudness is capped at the output: whatever settings, voices, stories and wishes ask for, nothing leaves above it."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from device.acts.ambience import NAMES, SleepSound
from device.acts.finishing import RATE_HZ, SPEECH_CEILING_DB, finish, finish_live
from device.acts.loudness import true_peak_db
from device.acts.performance import SOFTEST_DB, Performance
from device.acts.speaker import CEILING, Speaker
from device.acts.telling import Telling, decibels
from device.errors import SettingsError
from device.events import Cue, Finished, Happening, Reached, Sentence, Tell, Volume
from device.settings import load
from device.workshop.pitch import dry
from tests.acts.bedroom import Clock, Inbox, Room, Tones, now, played

DRY_HZ = 24_000
GAINS_DB = (-2000.0, -60.0, 0.0, 20.0, 60.0, 5000.0)
LEVELS_DB = (-90.0, -12.0, 0.0, 12.0, 90.0)
VOLUMES = (0.0, 1e-9, 0.7, 1.0, 1.5, 1e9, math.inf, -1.0, math.nan)
STEPS_DB = (-1e9, -3.0, 3.0, 1e9, math.inf, -math.inf, math.nan)
STEP = 1 / 32768
PATIENCE_S = 30


def voices() -> Iterator[NDArray[np.float32]]:
    """-> what an engine may hand over: a hum, a square, clicks, silence, and what is no number."""
    at = np.arange(DRY_HZ) / DRY_HZ
    hum = np.sin(2 * np.pi * 220 * at)
    broken = np.where(at % 0.1 < 0.05, hum, np.nan)
    clicks = np.where(np.arange(DRY_HZ) % 4000 == 0, 1.0, 0.0)
    for sound in (0.3 * hum, 1e6 * np.sign(hum), clicks, 0 * hum, broken, np.where(hum > 0, np.inf, -np.inf)):
        yield sound.astype(np.float32)


class Shout:
    """A voice without measure."""

    rate_hz = DRY_HZ

    def ready(self, sentence: Sentence) -> bool:
        return "live" not in sentence.text

    def sound(self, sentence: Sentence) -> Any:
        return np.concatenate(list(voices()))

    def stream(self, sentence: Sentence) -> Generator[Any, None, None]:
        yield from np.array_split(self.sound(sentence), 5)


@pytest.mark.parametrize("gain_db", GAINS_DB)
def test_no_gain_of_a_voice_and_no_level_of_a_sentence_passes_the_ceiling_of_speech(gain_db: float) -> None:
    with np.errstate(all="ignore"):
        for voice, level_db in product(voices(), LEVELS_DB):
            spoken = np.concatenate([np.zeros(0, np.float32), *dry([voice], DRY_HZ, 0.0, gain_db)])
            assert true_peak_db(finish(spoken, DRY_HZ, level_db), RATE_HZ) <= SPEECH_CEILING_DB + 0.1
            live = np.concatenate([np.zeros(0), *finish_live(np.array_split(spoken, 4), DRY_HZ, level_db)])
            assert np.abs(live).max(initial=0.0) <= 10 ** (SPEECH_CEILING_DB / 20)


@pytest.mark.parametrize("volume", VOLUMES)
def test_no_volume_and_no_step_of_it_passes_the_cap(volume: float) -> None:
    for steps_db in product(STEPS_DB, repeat=2):
        room = Room(Clock())
        performance = Performance(Inbox(), now, Tones(), room, decibels(volume), None)
        assert SOFTEST_DB <= room.volume_db <= 0
        for step_db in steps_db:
            performance.do(Volume(step_db=step_db))
            assert SOFTEST_DB <= room.volume_db <= 0


@pytest.mark.parametrize("volume", ["1.01", "-0.1", "1e9", "inf", "-inf", "nan", "true", '"1"', "[1]"])
def test_a_volume_in_the_settings_is_a_part_of_the_cap_or_nothing(volume: str, tmp_path: Path) -> None:
    (tmp_path / "device.toml").write_text(f"[sound]\nvolume = {volume}\n")
    with pytest.raises(SettingsError, match="volume"):
        load(tmp_path / "device.toml")


@pytest.fixture
def quick(tape: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A card that writes what it plays faster than it could be heard."""
    monkeypatch.setenv("SDL_DISKAUDIODELAY", "1")
    return tape


def run(speaker: Speaker, tape: Path, seconds: float) -> None:
    """Until so much was played in all."""
    end_s = monotonic() + PATIENCE_S
    while not tape.exists() or len(played(tape)) < seconds * RATE_HZ:
        assert monotonic() < end_s, "the loudspeaker never came that far"
        speaker.tick()
        sleep(0.01)


def test_the_loudest_telling_stays_under_the_ceiling(quick: Path) -> None:
    inbox: SimpleQueue[Happening] = SimpleQueue()
    sentences = [
        Sentence(text, at_s=at_s, voice_s=1.0, level_db=90.0, cues=(Cue("sound", "sea"),))
        for text, at_s in (("a live one", 0.0), ("a stored one", 1.0))
    ]
    with closing(Telling(inbox.put, now, Shout(), Speaker(), volume=1e9)) as telling:
        telling.do(Volume(step_db=1e9))
        telling.do(Tell(id="t", story="s", title="S", sentences=tuple(sentences)))
        while not isinstance(happening := inbox.get(timeout=PATIENCE_S), Finished):
            assert isinstance(happening, Reached)
    assert 0.6 < np.abs(played(quick)).max() <= CEILING + STEP


@pytest.mark.parametrize("name", NAMES)
def test_speech_over_a_sleep_sound_that_did_not_make_room_yet_stays_under_the_ceiling(name: str, quick: Path) -> None:
    with closing(Speaker()) as speaker:
        speaker.open()
        speaker.volume(60.0)
        speaker.ambience(SleepSound(name, 0.0, 1, level_db=90.0), 0.0)
        run(speaker, quick, seconds=4.0)
        speaker.play(np.full(RATE_HZ, 5.0, dtype=np.float32))
        run(speaker, quick, seconds=6.0)
    assert 0.8 < np.abs(played(quick)).max() <= CEILING + STEP
