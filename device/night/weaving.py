"""A story about the child's own two words: what was heard is said back; where no word was, Max offers three cards."""

from __future__ import annotations

from dataclasses import replace

from device.events import Heard, Option
from device.night.night import Given, Night, Outcome
from device.night.speech import say

CARDS = "weave_cards"
"""Line whose sentences but the first are the cards."""


def weave(night: Night, given: Given, heard: Heard) -> Outcome:
    """-> the words said back, or the question which two it should be."""
    words = heard.slots.get("words") or ()
    if not words:
        return say(replace(night, question=None), given, "weave_what", then="ask_weave")
    return said_back(night, given, " and ".join(words))


def said_back(night: Night, given: Given, words: str) -> Outcome:
    return say(replace(night, question=None), given, "weave_later", words=words[:1].upper() + words[1:])


def cards(night: Night, given: Given) -> Outcome:
    """-> three pairs to choose from, said aloud, and one more try."""
    return say(replace(night, question=None), given, CARDS, then="ask_cards")


def options(given: Given) -> tuple[Option, ...]:
    """-> the cards, as answers."""
    _, *pairs = given.lines[CARDS][0]
    return tuple(_card(pair.rstrip(".,?").removeprefix("Or ")) for pair in pairs)


def _card(pair: str) -> Option:
    plain = pair[:1].lower() + pair[1:]
    first, second = plain.split(" and ")
    return Option(plain, plain, (first, second))
