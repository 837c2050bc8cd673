"""The Viterbi pass, on scores that are made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from device.night.automaton import Automaton
from device.senses.ear.decoder import Network, Search, best_sentence
from device.senses.ear.limits import BREATH_LOOKED
from tests.senses.ear.puppet import WORDS, PuppetPosteriors, silence, spoken

SENTENCES = ["go on", "go up the stairs", "stop", "star", "starfish"]
NETWORK = Network.of(Automaton.of(SENTENCES), WORDS)


def scores(*sounds: np.ndarray) -> np.ndarray:
    return PuppetPosteriors().scores(np.concatenate(sounds))


def test_the_sentence_that_was_said_fits_best() -> None:
    for sentence in SENTENCES:
        best = best_sentence(NETWORK, scores(silence(0.2), spoken(sentence), silence(0.2)))
        assert best is not None
        assert (best.text, best.rival) == (sentence, 0)
        assert best.loss < 1


def test_what_was_not_said_loses_much() -> None:
    best = best_sentence(NETWORK, scores(spoken("tell me everything")))
    assert best is not None
    assert best.loss > 3


def test_the_same_words_fit_a_larger_language_less_surely() -> None:
    few, many = (Network.of(Automaton.of(["go on", *SENTENCES, *more]), WORDS) for more in ([], ["stop star", "on up"]))
    heard = scores(spoken("go on"), silence(0.2))
    small, large = best_sentence(few, heard), best_sentence(many, heard)
    assert small is not None
    assert large is not None
    assert large.loss - small.loss == pytest.approx(np.log(3) / small.phones)


def test_frames_may_come_in_any_portions() -> None:
    frames = scores(spoken("go up the stairs"), silence(0.1))
    whole, parts = best_sentence(NETWORK, frames), Search(NETWORK)
    for begin in range(0, len(frames), 7):
        parts.advance(frames[begin : begin + 7])
    assert parts.best() == whole


def test_where_nothing_is_clear_even_the_best_sentence_loses_much() -> None:
    clear = scores(spoken("go up the stairs"))
    sure, unsure = best_sentence(NETWORK, clear), best_sentence(NETWORK, clear - 2)
    assert sure is not None
    assert unsure is not None
    assert unsure.text == sure.text
    assert unsure.loss > sure.loss + 3


def test_a_copy_goes_on_by_itself() -> None:
    frames = scores(spoken("go up the stairs"), silence(0.1))
    search = Search(NETWORK)
    search.advance(frames[:20])
    copy = search.copy()
    copy.advance(scores(spoken("stop"), silence(0.5)))
    search.advance(frames[20:])
    assert search.best() == best_sentence(NETWORK, frames)


def test_an_unfinished_sentence_is_known_to_be_unfinished() -> None:
    best = best_sentence(NETWORK, scores(spoken("go up the"), silence(0.3)))
    assert best is None or best.rival > BREATH_LOOKED


def test_a_sentence_is_open_where_words_could_follow_and_not_where_one_begins_another() -> None:
    network = Network.of(Automaton.of([*SENTENCES, "go up"]), WORDS)
    found = {s: best_sentence(network, scores(spoken(s), silence(0.2))) for s in ("go up", "star", "starfish")}
    assert {s: best.open for s, best in found.items() if best} == {"go up": True, "star": False, "starfish": False}


def test_the_last_word_ends_where_its_last_phone_does() -> None:
    said = spoken("go on")
    best = best_sentence(NETWORK, scores(silence(0.2), said, silence(1)))
    assert best is not None
    assert best.end == 10 + len(said) // 320


def test_joined_networks_know_both_languages() -> None:
    both = NETWORK.joined(Network.of(Automaton.of(["sit by the sea"]), WORDS))
    for sentence in (*SENTENCES, "sit by the sea"):
        best = best_sentence(both, scores(spoken(sentence), silence(0.2)))
        assert best is not None
        assert best.text == sentence


def test_nothing_is_said_before_a_sentence_is_whole() -> None:
    assert best_sentence(NETWORK, scores(silence(0.02))) is None
