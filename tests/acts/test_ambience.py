from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from device.acts import loudness
from device.acts.ambience import AMBIENCE_CEILING_DB, AMBIENCE_LUFS, NAMES, SleepSound
from device.acts.finishing import RATE_HZ

RISE_S = 3


def heard(name: str, seconds: int, fade_s: float = 0.0, seed: int = 1) -> NDArray[np.float32]:
    sound = SleepSound(name, fade_s, seed)
    blocks = [sound.block(RATE_HZ) for _ in range(seconds)]
    return np.concatenate([block for block in blocks if block is not None])


@pytest.fixture(scope="module", params=NAMES)
def minute(request: pytest.FixtureRequest) -> NDArray[np.float32]:
    """A minute of each sound after its rise."""
    return heard(request.param, 60 + RISE_S)[RISE_S * RATE_HZ :]


def octave_db(sound: NDArray[np.float32], from_hz: int) -> float:
    """-> power density in the octave above."""
    spectra = np.fft.rfft(sound[: len(sound) // RATE_HZ * RATE_HZ].reshape(-1, RATE_HZ), axis=1)
    return float(10 * np.log10(np.mean(np.square(np.abs(spectra[:, from_hz : 2 * from_hz])))))


def test_it_is_as_loud_as_a_sleep_sound_may_be(minute: NDArray[np.float32]) -> None:
    assert loudness.integrated(minute, RATE_HZ) == pytest.approx(AMBIENCE_LUFS, abs=1)
    assert loudness.true_peak_db(minute, RATE_HZ) <= AMBIENCE_CEILING_DB


def test_nothing_in_it_is_sudden(minute: NDArray[np.float32]) -> None:
    crest_db = 20 * np.log10(np.abs(minute).max() / np.sqrt(np.mean(np.square(minute))))
    assert crest_db < 12
    assert np.abs(np.diff(loudness.momentary(minute, RATE_HZ))).max() < 3


def test_it_ends_at_two_kilohertz(minute: NDArray[np.float32]) -> None:
    assert octave_db(minute, 4000) < octave_db(minute, 1000) - 35


def test_it_never_repeats(minute: NDArray[np.float32]) -> None:
    low = minute[::24].astype(np.float64)
    spectrum = np.fft.rfft(low - low.mean(), 2 * len(low))
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)
    lags = likeness[RATE_HZ // 24 * 2 : RATE_HZ // 24 * 55] / likeness[0]
    assert lags.max() < 0.2


@pytest.mark.parametrize(("name", "slope_db"), [("pink", -3), ("brown", -6)])
def test_noise_falls_as_its_colour_says(name: str, slope_db: float) -> None:
    sound = heard(name, 30)[RISE_S * RATE_HZ :]
    slopes = [octave_db(sound, 2 * hz) - octave_db(sound, hz) for hz in (200, 400)]
    assert slopes == pytest.approx([slope_db] * 2, abs=0.7)


@pytest.mark.parametrize("name", ["rain", "sea"])
def test_rain_and_sea_swell_slowly(name: str) -> None:
    levels = loudness.momentary(heard(name, 120)[RISE_S * RATE_HZ :], RATE_HZ)
    spectrum = np.abs(np.fft.rfft(levels - levels.mean()))
    hz = np.fft.rfftfreq(len(levels), 0.1)
    swell = (hz > 0.07) & (hz < 0.16)
    assert 0.08 <= hz[1:][np.argmax(spectrum[1:])] <= 0.15
    assert spectrum[swell].max() > 4 * spectrum[hz > 0.3].max()


def test_it_fades_evenly_in_decibels_to_silence_and_ends() -> None:
    sound = heard("brown", 70, fade_s=60)
    levels = loudness.momentary(sound, RATE_HZ)
    assert len(sound) == 60 * RATE_HZ
    assert levels[100] - levels[300] == pytest.approx(20, abs=2)
    assert levels[300] - levels[500] == pytest.approx(20, abs=2)
    assert abs(sound[-1]) < 1e-4


def test_it_can_be_faded_sooner_but_not_later() -> None:
    sound = SleepSound("rain", 600, 1)
    sound.block(RATE_HZ)
    sound.fade(2)
    sound.fade(100)
    blocks = [sound.block(RATE_HZ) for _ in range(4)]
    assert [block is not None for block in blocks] == [True, True, False, False]


def test_what_passes_unheard_counts_for_the_fade() -> None:
    sound = SleepSound("rain", 60, 1)
    sound.skip(61 * RATE_HZ)
    assert sound.block(10) is None


def test_the_same_seed_is_the_same_rain() -> None:
    assert np.array_equal(heard("rain", 2, seed=5), heard("rain", 2, seed=5))
    assert not np.array_equal(heard("rain", 2, seed=5), heard("rain", 2, seed=6))
