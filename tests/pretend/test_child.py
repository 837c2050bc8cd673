"""A child who answers from a script, and keeps quiet where it says nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from device.events import Deafen, Happening, Heard, Listen, Option, Unheard
from device.pretend.child import ANSWER_AFTER_S, LATER_S, Child, heard_words
from device.pretend.clock import Clock
from tests.nights.bedroom import language

START = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
THOUGHT = START + timedelta(seconds=ANSWER_AFTER_S)


class Asked:
    def __init__(self, **script: str | Heard) -> None:
        self.clock = Clock(START)
        self.child = Child(self.clock, language(), script)

    def __call__(self, kind: str, *options: Option) -> Happening | None:
        """-> what comes of asking it about this."""
        self.child.do(Listen(id=f"{kind}-0304-1", seconds=6, options=options))
        return self.clock.push()


def test_it_answers_what_is_in_its_script_after_some_thought() -> None:
    answer = Asked(helps="breathe")("helps")
    assert isinstance(answer, Heard)
    assert (answer.at, answer.text) == (THOUGHT, "breathe")


def test_it_answers_each_kind_of_question_once_and_is_quiet_then() -> None:
    asked = Asked(helps="breathe")
    asked("helps")
    assert asked("helps") == Unheard(at=THOUGHT + timedelta(seconds=6), window="helps-0304-1", spoke=False)


def test_what_max_does_not_know_is_spoken_and_unheard() -> None:
    assert Asked(wish="xyzzy plugh")("wish") == Unheard(at=THOUGHT, window="wish-0304-1", spoke=True)


def test_it_knows_a_storys_choices() -> None:
    answer = Asked(choice="go up the stairs")("choice", Option(words="go up the stairs", to="attic"))
    assert isinstance(answer, Heard)


def test_what_was_recognised_in_a_file_comes_when_it_is_asked() -> None:
    recorded = Heard(at=START - timedelta(days=1), text="a story", intent="TellStory", confidence=0.7)
    answer = Asked(choose=recorded)("choose")
    assert isinstance(answer, Heard)
    assert (answer.at, answer.confidence) == (THOUGHT, 0.7)


@pytest.mark.parametrize("end", ["deafen", "close"])
def test_a_closed_window_is_not_answered(end: str) -> None:
    asked = Asked(helps="breathe")
    asked.child.do(Listen(id="helps-1", seconds=6))
    if end == "deafen":
        asked.child.do(Deafen())
    else:
        asked.child.close()
    assert asked.clock.push() is None


def test_typed_words_mean_what_they_mean_or_nothing() -> None:
    heard = heard_words(language(), "stop", START)
    assert heard
    assert heard.at == START
    assert heard_words(language(), "xyzzy plugh", START) is None


def test_what_it_says_later_is_said_unasked_and_in_order_once_it_has_chosen() -> None:
    later = [Heard(at=START, text=text, intent="Stop") for text in ("stop", "please stop")]
    clock = Clock(START)
    child = Child(clock, language(), {}, later)
    child.do(Listen(id="choose-0304-1", seconds=6))
    child.do(Listen(id="choose-0304-2", seconds=6))
    found = [happening for happening in (clock.push(), clock.push(), clock.push()) if isinstance(happening, Heard)]
    assert [heard.text for heard in found] == ["stop", "please stop"]
    assert [heard.at for heard in found] == [THOUGHT + n * timedelta(seconds=LATER_S) for n in (1, 2)]
