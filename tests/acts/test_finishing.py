from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from device.acts import loudness
from device.acts.finishing import BLOCK, RATE_HZ, SPEECH_CEILING_DB, STORY_LUFS, VOICE_LUFS, finish, finish_live

DRY_HZ = 24_000


def tones(*hz: float, seconds: float = 2.0, rate_hz: int = DRY_HZ) -> NDArray[np.float32]:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return np.asarray(np.sum([0.1 * np.sin(2 * np.pi * f * at) for f in hz], axis=0), dtype=np.float32)


def level_db(sound: NDArray[np.float32], hz: float) -> float:
    """-> of one tone in the middle of the sound."""
    middle = sound[RATE_HZ // 2 : RATE_HZ + RATE_HZ // 2]
    return float(20 * np.log10(np.abs(np.fft.rfft(middle * np.hanning(len(middle))))[round(hz)]))


@pytest.mark.parametrize("scored_db", [0.0, -5.0, -12.0])
def test_a_sentence_has_the_loudness_it_is_scored_with(scored_db: float) -> None:
    finished = finish(tones(200, 440, 900), DRY_HZ, scored_db)
    assert loudness.integrated(finished, RATE_HZ) == pytest.approx(STORY_LUFS + scored_db, abs=0.2)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000])
def test_it_lasts_as_long_as_it_did(rate_hz: int) -> None:
    finished = finish(tones(440, rate_hz=rate_hz), rate_hz, 0.0)
    assert len(finished) == pytest.approx(2 * RATE_HZ, abs=2)
    assert finished.dtype == np.float32


def test_it_is_warmer_by_two_decibels_than_it_was() -> None:
    finished = finish(tones(195, 1200), DRY_HZ, 0.0)
    assert level_db(finished, 195) - level_db(finished, 1200) == pytest.approx(2.0, abs=0.3)


def test_above_six_kilohertz_it_falls_by_three_decibels_an_octave() -> None:
    finished = finish(tones(440, 700) + 0.2 * tones(6000, 10_000), DRY_HZ, 0.0)
    assert level_db(finished, 6000) - level_db(finished, 10_000) == pytest.approx(3 * np.log2(10 / 6), abs=0.2)


def test_a_hiss_is_softened_and_a_vowel_is_not() -> None:
    hiss = finish(tones(6000) + 0.3 * tones(1000), DRY_HZ, 0.0)
    vowel = finish(tones(1000) + 0.3 * tones(6000), DRY_HZ, 0.0)
    dry_db = 20 * np.log10(1 / 0.3)
    assert level_db(hiss, 6000) - level_db(hiss, 1000) == pytest.approx(dry_db - 6, abs=1)
    assert level_db(vowel, 1000) - level_db(vowel, 6000) == pytest.approx(dry_db, abs=0.3)


def test_a_soft_hiss_keeps_its_place() -> None:
    finished = finish(0.1 * tones(6000) + 0.03 * tones(1000), DRY_HZ, 0.0)
    assert level_db(finished, 6000) - level_db(finished, 1000) == pytest.approx(20 * np.log10(1 / 0.3), abs=0.3)


def test_peaks_are_held_under_the_ceiling_and_the_rest_keeps_its_loudness() -> None:
    voice = tones(200, 440, 900)
    voice[DRY_HZ // 2 :: DRY_HZ // 4] *= 30
    finished = finish(voice, DRY_HZ, 8.0)
    assert loudness.true_peak_db(finished, RATE_HZ) <= SPEECH_CEILING_DB + 0.05
    assert loudness.integrated(finished, RATE_HZ) == pytest.approx(STORY_LUFS + 8, abs=1)


def test_a_sentence_of_nothing_but_peaks_is_softer_rather_than_above_the_ceiling() -> None:
    spiky = np.where(np.arange(2 * DRY_HZ) % 4800 < 8, 0.9, 0.0).astype(np.float32)
    finished = finish(spiky, DRY_HZ, 0.0)
    assert loudness.true_peak_db(finished, RATE_HZ) <= SPEECH_CEILING_DB + 0.05
    assert loudness.integrated(finished, RATE_HZ) < STORY_LUFS


def test_its_edges_do_not_click() -> None:
    finished = finish(tones(440) + np.float32(0.05), DRY_HZ, 0.0)
    assert abs(finished[0]) < 1e-4
    assert abs(finished[-1]) < 1e-4


@pytest.mark.parametrize(
    "dry",
    [np.zeros(0), np.zeros(10), np.zeros(DRY_HZ), np.full(DRY_HZ, np.nan), np.full(DRY_HZ, np.inf), np.ones(1)],
    ids=["nothing", "ten zeros", "silence", "nan", "inf", "one sample"],
)
def test_damaged_sound_never_leaves_above_the_ceiling(dry: NDArray[np.float64]) -> None:
    finished = finish(dry, DRY_HZ, 0.0)
    assert np.isfinite(finished).all()
    assert np.abs(finished).max(initial=0) <= 10 ** (SPEECH_CEILING_DB / 20) * 1.01


def speech(seconds: float = 6.0) -> NDArray[np.float32]:
    """-> something as restless as speech, at the loudness voices have."""
    chance = np.random.default_rng(3)
    count = int(seconds * DRY_HZ)
    swell = np.interp(
        np.arange(count), np.arange(0, count + 2400, 2400), chance.uniform(0, 1, count // 2400 + 2)[: count // 2400 + 1]
    )
    voice = swell * (tones(180, 450, 2300, seconds=seconds) * 3 + 0.05 * chance.standard_normal(count))
    return np.asarray(voice * 10 ** ((VOICE_LUFS - loudness.integrated(voice, DRY_HZ)) / 20), dtype=np.float32)


def in_chunks(dry: NDArray[np.float32], *lengths_s: float) -> list[NDArray[np.float32]]:
    ends = [int(DRY_HZ * length_s) for length_s in np.cumsum(lengths_s)]
    return np.split(dry, ends)


def test_finished_in_parts_it_is_the_same_sound_without_a_seam() -> None:
    dry = speech()
    parts = list(finish_live(in_chunks(dry, 0.21, 0.57, 0.01, 0.013, 1.1, 1.1), DRY_HZ, -3.0))
    whole = finish(dry, DRY_HZ, -3.0)
    assert len(parts) > 4
    assert all(len(part) % BLOCK == 0 for part in parts[:-1])
    sound = np.concatenate(parts)
    assert sound * np.float32(np.abs(whole).max() / np.abs(sound).max()) == pytest.approx(whole, abs=2e-3)


def test_parts_keep_the_ceiling() -> None:
    dry = speech()
    dry[DRY_HZ // 2 :: DRY_HZ // 4] *= 30
    sound = np.concatenate(list(finish_live(in_chunks(dry, 0.21, 0.5, 1.1, 1.1), DRY_HZ, 8.0)))
    assert loudness.true_peak_db(sound, RATE_HZ) <= SPEECH_CEILING_DB + 0.05


def test_a_part_too_short_to_be_sure_of_waits_for_the_next() -> None:
    dry = speech(0.5)
    parts = list(finish_live(in_chunks(dry, 0.02, 0.02), DRY_HZ, 0.0))
    assert len(np.concatenate(parts)) == RATE_HZ // 2
    assert not list(finish_live([], DRY_HZ, 0.0))
