"""Who speaks over Max: told apart by level alone."""

from __future__ import annotations

import numpy as np
import pytest

from device.senses.ear import limits
from device.senses.ear.over_max import OverMax
from device.senses.ear.posteriors import Samples, Scores
from device.senses.ear.voice import CHUNK


class Anybody:
    """Hears a voice in everything, and keeps what it was given."""

    def __init__(self) -> None:
        self.given: Samples = np.zeros(0, np.int16)

    def reset(self) -> None: ...

    def probability(self, chunk: Samples, /) -> float:
        return 1.0

    def scores(self, samples: Samples, /) -> Scores:
        self.given = samples
        return np.zeros((1, 1), np.float32)


def at_db(level_db: float, chunks: int = 1) -> Samples:
    return np.full(chunks * CHUNK, round(32768 * 10 ** (level_db / 20)), np.int16)


@pytest.fixture
def anybody() -> Anybody:
    return Anybody()


@pytest.fixture
def over(anybody: Anybody) -> OverMax:
    """Max comes back at -40 dB, as it knows."""
    over = OverMax(anybody, anybody)
    for _ in range(limits.ECHO_KNOWN_CHUNKS):
        over.probability(at_db(-40))
    return over


def test_max_himself_is_nobody_and_who_is_clearly_louder_is_somebody(over: OverMax) -> None:
    assert over.probability(at_db(-40)) == over.probability(at_db(-36)) == 0.0
    assert over.probability(at_db(-30)) == 1.0


def test_until_it_knows_how_loud_he_is_nobody_is_heard(anybody: Anybody) -> None:
    assert OverMax(anybody, anybody).probability(at_db(-10)) == 0.0


def test_when_he_becomes_louder_it_learns_that_within_three_seconds(over: OverMax) -> None:
    for _ in range(90):
        over.probability(at_db(-30))
    assert over.probability(at_db(-28)) == 0.0


def test_when_he_is_told_to_be_louder_it_knows_at_once(over: OverMax) -> None:
    for _ in range(3):
        over.louder(3)
    assert over.probability(at_db(-29)) == 0.0
    assert over.probability(at_db(-24)) == 1.0


def test_a_child_who_speaks_for_a_second_does_not_become_the_echo(over: OverMax) -> None:
    for _ in range(limits.ECHO_CHUNKS):
        over.probability(at_db(-40))
    assert all(over.probability(at_db(-25)) for _ in range(31))


def test_what_is_left_of_a_cancelled_echo_is_no_voice(anybody: Anybody) -> None:
    over = OverMax(anybody, anybody)
    for _ in range(limits.ECHO_KNOWN_CHUNKS):
        over.probability(at_db(-90))
    assert over.probability(at_db(-70)) == 0.0


def test_the_recogniser_hears_him_thirty_decibels_softer(over: OverMax, anybody: Anybody) -> None:
    over.scores(np.concatenate([at_db(-40, 20), at_db(-25, 2), at_db(-40, 20)]))
    middle = 21 * CHUNK
    assert anybody.given[middle] == at_db(-25)[0]
    assert anybody.given[middle - 3 * CHUNK] == anybody.given[middle + 3 * CHUNK] == at_db(-40)[0]
    assert abs(anybody.given[0]) <= 0.04 * at_db(-40)[0]
