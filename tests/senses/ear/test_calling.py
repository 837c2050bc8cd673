"""A call in the middle of other talk: where it begins, and that the sentence behind it is heard."""

from __future__ import annotations

import numpy as np
import pytest

from device.night.automaton import Automaton
from device.senses.ear.calling import Call
from device.senses.ear.decoder import Network
from device.senses.ear.limits import largest_loss
from device.senses.ear.posteriors import FRAME, Samples
from device.senses.ear.utterance import Utterance
from tests.senses.ear.puppet import WORDS, PuppetPosteriors, silence, spoken

CALL = Call(["hey max"], WORDS)
NETWORK = Network.of(Automaton.of(["hey max tell me a story", "tell me a story"]), WORDS)
TALK = spoken("mother says it is not so late and that i may")
ASKED = np.concatenate([spoken("hey max"), silence(0.2), spoken("tell me a story"), silence(0.3)])


def begin(*sounds: Samples) -> int | None:
    return CALL.begin(PuppetPosteriors().scores(np.concatenate(sounds)))


def utterance(call: Call | None) -> Utterance:
    return Utterance(PuppetPosteriors(), NETWORK, call=call)


def test_it_begins_with_its_first_phone() -> None:
    assert begin(TALK, ASKED) == len(TALK) // FRAME
    assert begin(ASKED) == 0


def test_a_breath_between_its_words_does_no_harm() -> None:
    assert begin(TALK, spoken("hey"), silence(0.3), spoken("max tell me")) == len(TALK) // FRAME


def test_of_two_the_last_counts() -> None:
    assert begin(spoken("hey max"), TALK, ASKED) == len(spoken("hey max")) // FRAME + len(TALK) // FRAME


@pytest.mark.parametrize("talk", ["they may ask you", "max says hey", "tell me a story about the moon", ""])
def test_other_talk_is_no_call(talk: str) -> None:
    assert begin(spoken(talk) if talk else silence(1)) is None


def test_the_sentence_behind_other_talk_is_heard_as_if_nothing_were_before_it() -> None:
    alone, behind = utterance(CALL).look(ASKED), utterance(CALL).look(np.concatenate([TALK, ASKED]))
    assert alone is not None
    assert behind is not None
    assert behind.text == alone.text == "hey max tell me a story"
    assert behind.loss == pytest.approx(alone.loss, abs=0.2)
    assert behind.end == alone.end + len(TALK) // FRAME
    assert behind.rival == 0


def test_where_no_call_is_needed_the_talk_counts_against_the_sentence() -> None:
    sound = np.concatenate([TALK, ASKED])
    with_call, without = utterance(CALL).look(sound), utterance(None).look(sound)
    assert with_call is not None
    assert without is None or without.loss > with_call.loss + 2


def test_a_call_with_nothing_of_ours_behind_it_fits_badly() -> None:
    guess = utterance(CALL).look(np.concatenate([TALK, spoken("hey max where is the purple elephant")]))
    assert guess is not None
    assert guess.loss > largest_loss("kind", guess.phones, snr_db=60.0)


def test_phrases_are_told_by_their_first_words() -> None:
    assert CALL.starts("hey max tell me a story")
    assert not CALL.starts("hey maxine")
    assert not CALL.starts("tell me a story")
