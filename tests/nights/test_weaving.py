"""A story about two words of the child's own: they are said back, asked for, or chosen from three cards."""

from __future__ import annotations

import pytest

from device.events import Listen
from device.pretend.child import heard_words
from tests.nights.bedroom import Bedroom, language


def test_the_two_words_are_said_back() -> None:
    room = Bedroom().until("20:40")
    room.hear("make up a story about a dragon and a hat")
    assert room.said()[-1].startswith("Dragon and hat.")


def test_the_opening_alone_opens_a_window_and_silence_brings_three_cards_and_one_more_try() -> None:
    room = Bedroom().until("20:40")
    room.hear("make up a story about")
    assert "two things" in room.said()[-1]
    room.until("20:42")
    first, second = [listen for listen in room.all(Listen) if listen.id.startswith("weave")]
    cards = ["a dragon and a hat", "a rabbit and a boat", "the moon and a key"]
    assert [option.words for option in second.options] == cards
    assert first.words
    assert "Or the moon and a key." in room.said()[-1]
    assert room.night.question is None


@pytest.mark.parametrize("said", ["a rabbit and a boat", "the second one"])
def test_a_card_is_chosen_by_its_words_or_its_number(said: str) -> None:
    room = Bedroom().until("20:40")
    room.hear("make up a story")
    room.until("20:40:25")
    answer = heard_words(language(), said, room.clock.now(), room.all(Listen)[-1])
    assert answer
    room.happens(answer)
    assert room.said()[-1].startswith("A rabbit and a boat.")


def test_asked_for_them_two_nouns_alone_are_enough() -> None:
    room = Bedroom({"weave": "a teddy bear and a train"}).until("20:40")
    room.hear("make one up")
    room.until("20:42")
    assert room.said()[-1].startswith("Teddy bear and train.")
