"""The meter against EBU Tech 3341's minimum requirements: its signals are sines, so their readings are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from device.acts import loudness

RATE_HZ = 48_000


def sine(*parts: tuple[float, float], hz: float = 1000.0, rate_hz: int = RATE_HZ) -> NDArray[np.float64]:
    """-> stereo: (dBFS, seconds) one after the other."""
    gain = np.concatenate([np.full(round(seconds * rate_hz), 10 ** (level_db / 20)) for level_db, seconds in parts])
    mono = gain * np.sin(2 * np.pi * hz * np.arange(len(gain)) / rate_hz)
    return np.stack([mono, mono], axis=1)


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_cases_1_and_2_all_three_read_the_sines_level(level: float) -> None:
    sound = sine((level, 20))
    assert loudness.integrated(sound, RATE_HZ) == pytest.approx(level, abs=0.1)
    assert loudness.momentary(sound, RATE_HZ) == pytest.approx(level, abs=0.1)
    assert loudness.short_term(sound, RATE_HZ) == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize(
    "parts",
    [
        ((-36, 10), (-23, 60), (-36, 10)),
        ((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)),
        ((-26, 20), (-20, 20.1), (-26, 20)),
    ],
    ids=["case 3", "case 4", "case 5"],
)
def test_gates_leave_out_what_is_far_below(parts: tuple[tuple[float, float], ...]) -> None:
    assert loudness.integrated(sine(*parts), RATE_HZ) == pytest.approx(-23.0, abs=0.1)


def test_case_9_short_term_stands_still_over_its_three_seconds() -> None:
    sound = sine(*[(-20, 1.34), (-30, 1.66)] * 5)
    assert loudness.short_term(sound, RATE_HZ) == pytest.approx(-23.0, abs=0.1)


def test_case_12_momentary_stands_still_over_its_four_hundred_milliseconds() -> None:
    sound = sine(*[(-20, 0.18), (-30, 0.22)] * 25)
    assert loudness.momentary(sound, RATE_HZ)[2:] == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 48_000])
def test_one_channel_at_full_scale_reads_minus_three_at_any_rate(rate_hz: int) -> None:
    mono = sine((0, 5), hz=997, rate_hz=rate_hz)[:, 0]
    assert loudness.integrated(mono, rate_hz) == pytest.approx(-3.01, abs=0.06)


def test_k_weighting_is_the_standards() -> None:
    """The biquads of BS.1770 at 48 kHz, as its tables 1 and 2 print them."""
    z = np.exp(-2j * np.pi * np.array([50.0, 1000.0, 5000.0, 15000.0]) / RATE_HZ)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    low_cut = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    ours = loudness.k_weighting(np.array([50.0, 1000.0, 5000.0, 15000.0]), RATE_HZ)
    assert np.abs(ours) == pytest.approx(np.abs(shelf * low_cut), rel=1e-3)


@pytest.mark.parametrize(
    ("divisor", "phase", "amplitude", "peak"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],
    ids=["case 15", "case 16", "case 17", "case 18", "case 19"],
)
def test_true_peak_finds_what_lies_between_the_samples(
    divisor: int, phase: float, amplitude: float, peak: float
) -> None:
    sound = amplitude * np.sin(2 * np.pi * np.arange(RATE_HZ) / divisor + np.radians(phase))
    sound *= np.minimum(1, np.minimum(np.arange(RATE_HZ), np.arange(RATE_HZ)[::-1]) / 4800)
    assert -0.4 <= loudness.true_peak_db(sound, RATE_HZ) - peak <= 0.2


def test_a_word_shorter_than_a_block_is_measured_whole() -> None:
    assert loudness.integrated(sine((-23, 0.2)), RATE_HZ) == pytest.approx(-23.0, abs=0.3)


@pytest.mark.parametrize("seconds", [0.0, 0.2, 3.0])
def test_silence_is_silent(seconds: float) -> None:
    silence = np.zeros(int(seconds * RATE_HZ))
    assert loudness.integrated(silence, RATE_HZ) == loudness.SILENCE_LUFS
