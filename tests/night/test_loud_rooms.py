"""Where the room is too loud to hear well, Max does not ask a second time: he says at once what can be said."""

from __future__ import annotations

from dataclasses import replace

from device.events import Listen, Say, Unheard
from device.night.night import Question
from tests.nights.bedroom import Bedroom


def misunderstood(loud: bool, missed: int = 0) -> tuple[list[str], int]:
    """-> (what Max says, how many windows he opens) once an answer in the check-in was not understood."""
    room = Bedroom().until_phase("check_in")
    room.house.night = replace(room.night, question=Question("feeling-9", "feeling", missed=missed))
    doings = room.happens(Unheard(at=room.clock.now(), window="feeling-9", spoke=True, loud=loud))
    said = [sentence.text for doing in doings if isinstance(doing, Say) for sentence in doing.sentences]
    return said, sum(isinstance(doing, Listen) for doing in doings)


def test_in_a_quiet_room_the_child_gets_a_second_try_without_a_word() -> None:
    assert misunderstood(loud=False) == ([], 1)


def test_in_a_loud_room_max_says_at_once_what_he_says_after_two_tries() -> None:
    after_two, _ = misunderstood(loud=False, missed=1)
    assert after_two
    assert misunderstood(loud=True)[0] == after_two


def test_what_max_offers_to_say_may_be_said_at_once_and_he_offers_it_once() -> None:
    for question, offered in ((Question("any-9", "feeling", missed=1), 1), (Question("any-9", "wish", missed=1), 0)):
        room = Bedroom().until("20:10")
        room.house.night = replace(room.night, question=question)
        room.happens(Unheard(at=room.clock.now(), window="any-9", spoke=True))
        room.until("20:11")
        assert [listen.id.split("-")[0] for listen in room.all(Listen)] == ["wish"] * offered
