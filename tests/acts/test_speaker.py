from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from numpy.typing import NDArray

from device.acts.ambience import DUCK_DB, SleepSound
from device.acts.bell import Bell
from device.acts.finishing import BLOCK, RATE_HZ
from device.acts.speaker import CEILING, DEAD_S, SilentSpeaker, Speaker
from device.errors import SoundError
from tests.acts.bedroom import Clock, played

TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32)
GIVE_UP_S = 30


@pytest.fixture
def speaker(tape: Path) -> Iterator[Speaker]:
    speaker = Speaker()
    speaker.open()
    yield speaker
    speaker.close()


def run(speaker: Speaker, until: Callable[[], bool]) -> None:
    end_s = monotonic() + GIVE_UP_S
    while not until():
        assert monotonic() < end_s, "the loudspeaker never came that far"
        speaker.tick()


def sounding(tape: Path) -> NDArray[np.intp]:
    return np.flatnonzero(np.abs(played(tape)) > 0.001)


def test_a_sentence_is_played_whole_and_at_its_level(speaker: Speaker, tape: Path) -> None:
    speaker.play(TONE)
    run(speaker, lambda: not speaker.sounding())
    speaker.close()
    heard = sounding(tape)
    assert heard[-1] - heard[0] == pytest.approx(len(TONE), abs=10)
    assert np.abs(played(tape)).max() == pytest.approx(0.3, rel=0.01)


def test_the_frames_the_card_took_are_counted(speaker: Speaker, tape: Path) -> None:
    run(speaker, lambda: speaker.frames >= RATE_HZ)
    taken = len(played(tape))
    assert speaker.frames - RATE_HZ // 10 <= taken <= speaker.frames + 3 * RATE_HZ  # the file lags by its buffer


def test_hush_fades_and_is_silence_within_a_tenth_of_a_second(speaker: Speaker, tape: Path) -> None:
    speaker.play(TONE)
    run(speaker, lambda: tape.stat().st_size > 0 and len(sounding(tape)) > RATE_HZ // 5)
    speaker.hush(0.06)
    told = len(played(tape))
    run(speaker, lambda: not speaker.sounding())
    speaker.close()
    sound, end = played(tape), sounding(tape)[-1]
    assert np.abs(sound[end - 200 : end + 1]).max() < 0.75 * np.abs(TONE).max(), "cut, not faded"
    assert end - told < RATE_HZ // 5  # 0.1 s, and as much again for a busy machine


def test_nothing_leaves_above_the_ceiling(speaker: Speaker, tape: Path) -> None:
    speaker.play(np.sign(TONE) * 5)
    run(speaker, lambda: not speaker.sounding())
    speaker.close()
    assert np.abs(played(tape)).max() <= CEILING + 0.0001


def test_a_sentence_without_a_sample_is_over_at_once(speaker: Speaker) -> None:
    speaker.play(np.zeros(0, dtype=np.float32))
    run(speaker, lambda: not speaker.sounding())


def test_parts_of_a_sentence_are_heard_as_one_sound(speaker: Speaker, tape: Path) -> None:
    first, second, third = np.split(TONE, [20 * BLOCK, 50 * BLOCK])
    speaker.play(first)
    speaker.follow(second)
    speaker.follow(third)
    run(speaker, lambda: not speaker.sounding())
    speaker.close()
    heard = sounding(tape)
    assert played(tape)[heard[0] : heard[-1] + 1] == pytest.approx(TONE[1:][: heard[-1] + 1 - heard[0]], abs=0.002)
    assert heard[-1] - heard[0] == pytest.approx(len(TONE), abs=10)


def test_hush_ends_the_parts_that_wait_as_well(speaker: Speaker, tape: Path) -> None:
    speaker.play(TONE[: 20 * BLOCK])
    speaker.follow(TONE[20 * BLOCK :])
    speaker.hush(0.06)
    run(speaker, lambda: not speaker.sounding())
    speaker.close()
    assert len(sounding(tape)) < RATE_HZ // 4


def test_the_volume_is_heard_at_once(speaker: Speaker, tape: Path) -> None:
    speaker.volume(-6.0)
    speaker.play(TONE)
    run(speaker, lambda: not speaker.sounding())
    assert np.abs(played(tape)).max() == pytest.approx(0.15, rel=0.02)


@pytest.mark.slow
def test_a_sleep_sound_goes_on_without_a_gap_and_makes_room_for_speech(speaker: Speaker, tape: Path) -> None:
    speaker.ambience(SleepSound("pink", 0, 1), 0.0)
    run(speaker, lambda: tape.exists() and len(played(tape)) > 4.5 * RATE_HZ)
    speaker.play(np.zeros(RATE_HZ, dtype=np.float32))
    run(speaker, lambda: not speaker.sounding())
    speaker.close()
    frames = played(tape)[4 * RATE_HZ // 2 :]
    rms = np.sqrt(np.mean(np.square(frames[: len(frames) // 480 * 480].reshape(-1, 480)), axis=1))
    assert rms[50:250].min() > 0.15 * rms[50:250].max(), "a gap between two blocks"
    assert 20 * np.log10(np.median(rms[150:250]) / np.median(rms[-30:-5])) == pytest.approx(-DUCK_DB, abs=2.5)


@pytest.mark.slow
def test_a_call_is_heard_over_speech_and_at_the_lowest_volume(speaker: Speaker, tape: Path) -> None:
    speaker.volume(-36.0)
    speaker.ring(Bell())
    speaker.play(np.tile(TONE, 8))
    run(speaker, lambda: not speaker.sounding())
    loud = played(tape)
    speaker.ring(None)
    frames = speaker.frames
    run(speaker, lambda: speaker.frames > frames + 4 * RATE_HZ)
    speaker.close()
    knocks = np.abs(loud[: len(loud) // 480 * 480]).reshape(-1, 480).max(axis=1) > 0.012
    assert np.sum(np.diff(knocks.astype(int)) == 1) >= 4, "two double knocks in eight seconds"
    assert np.abs(played(tape)[-RATE_HZ:]).max() == 0


def test_a_loudspeaker_that_is_not_there_is_named_with_those_that_are(tape: Path) -> None:
    with pytest.raises(SoundError, match=r'"Bathroom" is not there; there is .*device.toml'):
        Speaker("Bathroom").open()


def test_a_sound_system_that_is_not_there_is_an_error_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "phonograph")
    with pytest.raises(SoundError, match="cannot be opened"):
        Speaker().open()


def test_a_card_that_takes_no_more_frames_is_noticed(tape: Path, tmp_path: Path) -> None:
    clock = Clock()
    speaker = Speaker(clock=clock)
    speaker.open()
    run(speaker, lambda: speaker.frames > 0)
    clock.at_s += DEAD_S + 0.1
    with pytest.raises(SoundError, match="stopped taking sound"):
        speaker.tick()
    speaker.open()
    run(speaker, lambda: speaker.frames > RATE_HZ)
    speaker.close()


def test_it_opens_no_window_and_leaves_the_signals_to_the_house() -> None:
    script = (
        "import sys, time; from device.acts.speaker import Speaker; s = Speaker(); s.open();"
        "import pygame; assert not pygame.display.get_init(); print('open', flush=True); time.sleep(30)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "SDL_AUDIODRIVER": "dummy"}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n", "pygame's greeting, or a display"
        process.terminate()
        assert process.wait(10) == -signal.SIGTERM


def test_silence_takes_as_long_as_the_sound_would() -> None:
    clock = Clock()
    silent = SilentSpeaker(clock)
    silent.play(TONE)
    clock.at_s += 0.9
    assert silent.sounding()
    clock.at_s += 0.2
    assert not silent.sounding()
