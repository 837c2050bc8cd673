from __future__ import annotations

import numpy as np
import pytest

from device.workshop.cache import RATE_HZ
from device.workshop.piper import Samples
from device.workshop.pitch import dry, tempo, trimmed

RATE = 22050


def tone(seconds: float, hz: float = 220.0) -> Samples:
    return (0.3 * np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * hz / RATE)).astype(np.float32)


def quiet(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def chunks(sound: Samples, count: int) -> list[Samples]:
    return list(np.array_split(sound, count))


@pytest.mark.parametrize("count", [1, 7, 300])
def test_edges_are_cut_and_the_pause_inside_stays(count: int) -> None:
    sound = np.concatenate([quiet(0.4), tone(1), quiet(0.5), tone(1), quiet(0.6)])
    length_s = sum(map(len, trimmed(chunks(sound, count), RATE))) / RATE
    assert length_s == pytest.approx(2.5, abs=0.07)


def test_silence_alone_is_nothing() -> None:
    assert list(trimmed([quiet(1)], RATE)) == []


@pytest.mark.parametrize("semitones", [-2.0, 0.0, 4.0])
def test_pitch_moves_and_the_length_is_made_up_for_by_tempo(semitones: float) -> None:
    sound = np.concatenate(list(dry(chunks(tone(tempo(1, semitones)), 9), RATE, semitones, 0)))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert len(sound) / RATE_HZ == pytest.approx(1, abs=0.05)
    assert np.argmax(spectrum) * RATE_HZ / len(sound) == pytest.approx(220 * 2 ** (semitones / 12), rel=0.01)


def test_the_gain_is_in_decibels_and_nothing_leaves_full_scale() -> None:
    assert np.abs(np.concatenate(list(dry([tone(1)], RATE, 0, 6)))).max() == pytest.approx(0.6, rel=0.02)
    assert np.abs(np.concatenate(list(dry([tone(1)], RATE, 0, 40)))).max() == 1
