from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from device.acts import loudness
from device.acts.bell import BELL_PEAK_DB, EVERY_S, GROW_DB, GROW_S, Bell
from device.acts.finishing import RATE_HZ
from device.events import Hush, Ring, Tell, Unring
from tests.acts.bedroom import Room, score
from tests.acts.evening import Evening


def rung(seconds: float) -> NDArray[np.float32]:
    bell = Bell()
    return np.concatenate([bell.block(RATE_HZ // 2) for _ in range(int(2 * seconds))])


def peaks_db(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """-> of each double knock."""
    pairs = sound[: len(sound) // int(EVERY_S * RATE_HZ) * int(EVERY_S * RATE_HZ)].reshape(-1, int(EVERY_S * RATE_HZ))
    return np.asarray(20 * np.log10(np.abs(pairs).max(axis=1)), dtype=np.float64)


def test_it_begins_softly_and_grows_over_a_minute_to_its_cap_and_no_further() -> None:
    peaks = peaks_db(rung(90))
    assert peaks[0] == pytest.approx(BELL_PEAK_DB - GROW_DB, abs=1)
    assert np.diff(peaks[: int(GROW_S / EVERY_S)]) == pytest.approx(GROW_DB * EVERY_S / GROW_S, abs=0.2)
    assert peaks[-5:] == pytest.approx(BELL_PEAK_DB, abs=0.1)
    assert loudness.true_peak_db(rung(90)[-10 * RATE_HZ :], RATE_HZ) <= -1


def test_it_is_two_knocks_of_wood_the_second_lower_and_no_alarm() -> None:
    pair = rung(90)[-int(EVERY_S * RATE_HZ) :]
    begins = [at for at in range(0, len(pair), 480) if np.abs(pair[at : at + 480]).max() > 0.3]
    first, second = min(begins), max(at for at in begins if at - min(begins) > RATE_HZ // 4)
    tones = []
    for begin in (first, second):
        spectrum = np.abs(np.fft.rfft(pair[begin : begin + RATE_HZ // 5], RATE_HZ))
        tones.append(int(spectrum.argmax()))
    assert tones[0] > tones[1] > 250
    spectrum = np.square(np.abs(np.fft.rfft(pair)))
    assert spectrum[int(2000 * EVERY_S) :].sum() < 0.05 * spectrum.sum(), "shrill"
    assert np.abs(pair[-RATE_HZ:]).max() < 0.001, "no silence to speak in"


def tell() -> Tell:
    return Tell(id="t", story="m", title="M", sentences=score("The moon was late.", "Nobody minded."))


def test_the_box_knocks_while_max_speaks_on_and_until_somebody_comes() -> None:
    evening = Evening()
    evening.do(tell())
    evening.do(Ring(id="r", why="asked"))
    evening.do(Hush())
    evening.do(Unring(id="another"))
    assert isinstance(evening.room.bells[-1], Bell)
    evening.do(tell())
    evening.run(10)
    assert len(evening.room.played) == 3
    assert evening.room.bells[-1]
    evening.do(Unring(id="r"))
    assert evening.room.bells[-1] is None


def test_a_second_call_does_not_make_it_soft_again() -> None:
    evening = Evening()
    evening.do(Ring(id="r", why="asked"))
    evening.do(Ring(id="s", why="pressed"))
    evening.do(Unring(id="r"))
    assert [type(bell) for bell in evening.room.bells] == [type(None), Bell]


def test_a_loudspeaker_that_comes_back_goes_on_knocking() -> None:
    evening = Evening()
    evening.do(Ring(id="r", why="asked"))
    other = Room(evening.clock)
    evening.performance.play_on(other)
    assert other.bells == evening.room.bells[-1:]
