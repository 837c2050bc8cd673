"""An utterance heard in pieces is the utterance heard at once, and a look costs no more the longer it is."""

from __future__ import annotations

import numpy as np

from device.night.automaton import Automaton
from device.senses.ear import limits
from device.senses.ear.decoder import Network, best_sentence
from device.senses.ear.posteriors import FRAME, RATE_HZ, Samples, Scores
from device.senses.ear.utterance import Utterance
from tests.senses.ear.puppet import WORDS, PuppetPosteriors, silence, spoken

SENTENCE = "tell me a story about the moon and the stars and a very small dragon"
NETWORK = Network.of(Automaton.of([SENTENCE, "tell me a story"]), WORDS)


class Counting(PuppetPosteriors):
    """Remembers how much it was asked to hear."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def scores(self, samples: Samples) -> Scores:
        self.asked.append(len(samples))
        return super().scores(samples)


def heard(sound: Samples, step: int) -> tuple[Utterance, Counting]:
    posteriors = Counting()
    utterance = Utterance(posteriors, NETWORK)
    for end in range(step, len(sound), step):
        utterance.follow(sound[:end])
    return utterance, posteriors


def test_pieces_make_the_whole() -> None:
    sound = np.concatenate([spoken(SENTENCE), silence(0.3)])
    whole = best_sentence(NETWORK, PuppetPosteriors().scores(sound))
    assert whole is not None
    assert whole.text == SENTENCE
    for step in (FRAME, 512, 5000):
        assert heard(sound, step)[0].look(sound) == whole


def test_a_look_changes_nothing_that_follows() -> None:
    sound = np.concatenate([spoken(SENTENCE), silence(0.3)])
    utterance, _ = heard(sound[: len(sound) // 2], 512)
    utterance.look(sound[: len(sound) // 2])
    assert utterance.look(sound) == heard(sound, 512)[0].look(sound)


def test_no_piece_is_longer_than_a_hop_and_what_lies_around_it() -> None:
    sound = np.concatenate([spoken(SENTENCE, 24), silence(0.3)])
    utterance, posteriors = heard(sound, 512)
    utterance.look(sound)
    longest_s = limits.CONTEXT_S + limits.HOP_S + limits.SETTLED_S
    assert len(sound) / RATE_HZ > 2 * longest_s
    assert max(posteriors.asked) / RATE_HZ <= longest_s + 0.1
