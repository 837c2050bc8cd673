"""Words become phones."""

from __future__ import annotations

from device.senses.ear.hear import language
from device.senses.ear.posteriors import PHONES
from device.senses.ear.pronounce import Pronunciations

WORDS = Pronunciations()


def said(word: str) -> list[str]:
    return [" ".join(PHONES[phone] for phone in way) for way in WORDS[word]]


def test_the_dictionary_gives_every_way_without_stress() -> None:
    assert said("the") == ["DH AH", "DH IY"]
    assert said("a") == ["AH", "EY"]
    assert said("and") == ["AH N D", "AE N D"]


def test_a_word_the_recogniser_writes_otherwise_has_that_way_too() -> None:
    assert said("i") == ["AY", "IY"]
    assert said("hey") == ["HH AH", "HH EY"]


def test_the_first_and_the_last_entry_are_found() -> None:
    assert said("'bout") == ["B AW T"]
    assert said("zywicki") == ["Z IH W IH K IY"]


def test_what_the_dictionary_lacks_is_in_our_own() -> None:
    assert said("narwhal") == ["N AA R W AH L"]


def test_a_name_nobody_knows_is_guessed_from_its_letters() -> None:
    assert said("nira") == ["N IH R AH"]


def test_every_word_of_the_closed_language_can_be_said() -> None:
    english = language()
    assert all(WORDS[word][0] for word in english.automaton.words() | english.weaving.words())
