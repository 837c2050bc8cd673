"""Whatever is said to a question of Max's, the evening goes on: lights-out comes, and then it is dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hassil import sample_expression

from device.events import Doing, Heard, Listen, Say, Tell
from device.night.ritual import AGAIN
from device.night.wishes import WISHES
from device.pretend.child import heard_words
from tests.nights.bedroom import Bedroom, given, language

SPOKEN = language().intents.intents
MEANT = {name for name, intent in SPOKEN.items() if not (intent.data[0].metadata or {}).get("decoy")}
QUESTIONS = (("feeling", 1), ("choose", 1), ("choice", 1), ("choice", 1000))
"""Which is answered so, and how often."""


class Repeats:
    """A child who says the same to the first `times` questions of a kind, however Max goes on."""

    def __init__(self, room: Bedroom, said: Heard, kind: str, times: int) -> None:
        self.room, self.said, self.kind, self.left = room, said, kind, times

    def do(self, doing: Doing, /) -> None:
        if isinstance(doing, Listen) and doing.id.startswith(f"{self.kind}-") and self.left:
            self.left -= 1
            clock = self.room.clock
            clock.cancel("child")
            clock.put_at(replace(self.said, at=clock.now() + timedelta(seconds=1)), "child")

    def close(self) -> None:
        """Says no more."""


@cache
def phrase(intent: str) -> str:
    """-> a sentence of this intent."""
    return next(text for text in sentences(intent) if (m := language().understand(text)) and m.intent == intent)


def sentences(intent: str) -> Iterator[str]:
    intents = language().intents
    for data in intents.intents[intent].data:
        for sentence in data.sentences:
            yield from sample_expression(sentence.expression, intents.slot_lists, intents.expansion_rules)


def evening(kind: str, said: str, times: int = 1) -> Bedroom:
    """-> a night in which this is said to Max's question, up to one in the morning."""
    room = Bedroom({"feeling": "okay"} if kind == "helps" else None)
    heard = heard_words(language(), said, room.clock.now())
    assert heard
    room.house.acts.append(Repeats(room, heard, kind, times))
    room.until("20:05")
    if kind == "choice":
        room.hear("tell me a story about a dragon")
    if kind == "wish":
        room.press("story")
    return room.until("01:00", day=1)


def test_every_intent_has_a_wish() -> None:
    assert set(WISHES) == MEANT


@pytest.mark.slow
@pytest.mark.parametrize("intent", sorted(MEANT - {"Choice"}))
def test_whatever_is_said_to_a_question_lights_out_comes_and_the_dark(intent: str) -> None:
    for kind, times in QUESTIONS:
        room = evening(kind, phrase(intent), times)
        assert room.phases[-3:] == ["lights_out", "settling", "asleep"] or room.night.alone or room.night.reading, kind
        assert room.phase == "asleep"
        assert room.night.night_light or room.last_glow().ember == 0


@pytest.mark.parametrize("said", ["louder", "yeah", "what time is it"])
def test_a_question_is_asked_again_after_something_else_was_heard_and_a_story_goes_on(said: str) -> None:
    for kind in ("feeling", "choose", "choice"):
        windows = [listen for listen in evening(kind, said).all(Listen) if listen.id.startswith(f"{kind}-")]
        assert len({listen.id for listen in windows[:2]}) == 2
        assert windows[0].options == windows[1].options
    room = evening("choice", said)
    assert room.all(Tell)[-1].sentences[-1].scene == given().library["slow-post"].scenes[-1].slug


def test_a_question_is_asked_again_a_few_times_and_then_it_is_silence() -> None:
    room = evening("feeling", "louder", times=1000)
    assert sum(listen.id.startswith("feeling-") for listen in room.all(Listen)) == 1 + AGAIN
    assert "check_in" in room.phases
    assert "choosing" in room.phases


def test_what_is_asked_in_between_is_answered_whole_before_the_question_comes_again() -> None:
    room = evening("choose", "what time is it", times=1000)
    assert sum(line.startswith("It's 20:30") for line in room.said()) == 1 + AGAIN
    order = [type(doing) for at, doing in room.done if at >= room.at("20:30:10") and isinstance(doing, Say | Listen)]
    assert order[:7] == [Listen, Say, Listen, Say, Listen, Say, Listen]


def test_a_story_that_waits_for_an_answer_at_lights_out_keeps_its_bookmark() -> None:
    room = evening("choice", "say that again", times=1000)
    assert any("bookmark" in line or "keeps until tomorrow" in line for line in room.said())
    assert "slow-post" in room.night.places


def test_a_feeling_in_the_middle_of_a_story_is_heard_and_the_story_goes_on() -> None:
    room = evening("choice", "i'm sad")
    assert any("listen, breathe" in line.lower() for line in room.said())
    assert room.all(Tell)[-1].sentences[-1].scene == given().library["slow-post"].scenes[-1].slug


def test_a_line_over_another_of_maxs_leads_where_that_led() -> None:
    room = Bedroom().until_phase("check_in")
    room.hear("what time is it")
    room.until("20:16")
    assert [listen.id.split("-")[0] for listen in room.all(Listen)] == ["feeling"]
    room.until_phase("lights_out").hear("what time is it")
    assert room.until("20:46").phase == "settling"
    room = Bedroom().until_phase("check_in")
    room.hear("we read tonight")
    room.until("20:29")
    assert not room.all(Listen), "nobody is asked who reads"


def test_a_line_in_the_middle_of_a_story_never_ends_it() -> None:
    for said in ("i had a bad dream", "the story from yesterday"):
        room = Bedroom().until("20:30")
        room.hear("tell me a story")
        room.until("20:36")
        room.hear(said)
        assert room.until("20:38").phase == "story"
        assert room.until("20:46").phase == "settling"


def test_a_story_stopped_after_lights_out_was_due_is_followed_by_good_night() -> None:
    room = Bedroom().until("20:33")
    room.hear("tell me a story about the moon")
    room.until("20:40").hear("pause")
    room.until("20:40:45").hear("go on")
    room.until("20:45:05")
    assert room.phase == "story"
    room.hear("stop")
    assert room.phase == "lights_out"
