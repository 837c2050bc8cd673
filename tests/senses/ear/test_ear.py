"""The core's side of the ear: whatever its process does, the night goes on and windows close."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from device.events import Failed, Happening, Heard, Listen, Option, Recovered, Sentence, Tell, Unheard, Voiced, Volume
from device.night.night import Night
from device.senses.ear.ear import Ear

NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
GIVE_UP_S = 20.0

HEARD = {"report": "heard", "text": "stop", "intent": "Stop", "slots": {}, "confidence": 0.9, "snr_db": 40.0}
PRETEND = """
import json, sys
def tell(**report): print(json.dumps(report), flush=True)
def take(): return json.loads(sys.stdin.readline() or "null")
{setup}
take()
tell(report="ready")
{life}
while take(): pass
"""
"""A process that reads its language, says it is ready, and lives as it is told."""

Make = Callable[..., Ear]


@pytest.fixture
def inbox() -> SimpleQueue[Happening]:
    return SimpleQueue()


@pytest.fixture
def lights() -> list[bool]:
    return []


@pytest.fixture
def make(inbox: SimpleQueue[Happening], lights: list[bool]) -> Iterator[Make]:
    ears = []

    def ear(life: str, setup: str = "") -> Ear:
        command = [sys.executable, "-c", PRETEND.format(life=life, setup=setup)]
        ears.append(Ear(inbox.put, lambda: NOW, command, {"person": ["Benny"]}, lights.append))
        return ears[-1]

    yield ear
    for each in ears:
        each.close()


def window(seconds: float = 60.0) -> Listen:
    return Listen(id="wish-1", seconds=seconds, options=(Option("the moon", "moon", ("luna",)),))


def test_what_the_process_hears_is_put_with_the_house_time(make: Make, inbox: SimpleQueue[Happening]) -> None:
    make(f"tell(**{HEARD!r}); tell(report='voiced')")
    assert inbox.get(timeout=GIVE_UP_S) == Heard(at=NOW, text="stop", intent="Stop", confidence=0.9, snr_db=40.0)
    assert inbox.get(timeout=GIVE_UP_S) == Voiced(at=NOW)


def test_a_window_reaches_the_process_with_its_choices(make: Make, inbox: SimpleQueue[Happening]) -> None:
    asked = "o = take()\nwhile o['order'] != 'listen': o = take()"
    ear = make(asked + "\ntell(report='heard', text=repr(o['options']), intent='', slots={}, confidence=1, snr_db=1)")
    ear.do(window())
    heard = inbox.get(timeout=GIVE_UP_S)
    assert isinstance(heard, Heard)
    assert heard.text == "[{'words': 'the moon', 'to': 'moon', 'also': ['luna']}]"


def test_what_max_asks_reaches_the_process_with_its_answers(make: Make, inbox: SimpleQueue[Happening]) -> None:
    asked = "o = take()\nwhile not o.get('options'): o = take()"
    told = "tell(report='heard', text=repr(o), intent='', slots={}, confidence=1, snr_db=1)"
    tell = Tell(id="t", story="s", title="S", sentences=(Sentence("Up?"),), options=(Option("go up", "up"),))
    make(f"{asked}\n{told}").watch(Happening(at=NOW), Night(evening=NOW.date()), (tell,))
    heard = inbox.get(timeout=GIVE_UP_S)
    assert isinstance(heard, Heard)
    options = [{"words": "go up", "to": "up", "also": []}]
    assert heard.text == repr({"order": "saying", "texts": ["Up?"], "options": options})


def test_louder_is_told_and_softer_is_left_to_be_learnt(make: Make, inbox: SimpleQueue[Happening]) -> None:
    louder = "o = take()\nwhile o['order'] != 'louder': o = take()"
    told = "tell(report='heard', text=str(o['step_db']), intent='', slots={}, confidence=1, snr_db=1)"
    steps = (Volume(step_db=-3.0), Volume(step_db=4.0))
    ear = make(f"tell(**{HEARD!r})\n{louder}\n{told}")
    inbox.get(timeout=GIVE_UP_S)
    ear.watch(Happening(at=NOW), Night(evening=NOW.date()), steps)
    heard = inbox.get(timeout=GIVE_UP_S)
    assert isinstance(heard, Heard)
    assert heard.text == "4.0"


def first_life_ends(folder: Path, code: int) -> str:
    """-> Python in which the first process waits for a window and ends; the second hears something in it."""
    return f"""
import pathlib
while take()["order"] != "listen": pass
mark = pathlib.Path({str(folder / "mark")!r})
if not mark.exists():
    mark.touch()
    sys.exit({code})
tell(**{HEARD!r})
"""


def test_a_process_that_dies_is_started_again_and_the_window_is_still_open(
    make: Make, inbox: SimpleQueue[Happening], tmp_path: Path
) -> None:
    make(first_life_ends(tmp_path, 7)).do(window())
    failed, recovered, heard = (inbox.get(timeout=GIVE_UP_S) for _ in range(3))
    assert isinstance(failed, Failed)
    assert (failed.part, "(code 7)" in failed.reason) == ("ear", True)
    assert recovered == Recovered(at=NOW, part="ear")
    assert isinstance(heard, Heard)


def test_one_that_leaves_to_grow_small_is_not_worth_a_word(
    make: Make, inbox: SimpleQueue[Happening], tmp_path: Path
) -> None:
    make(first_life_ends(tmp_path, 0)).do(window())
    assert isinstance(inbox.get(timeout=GIVE_UP_S), Heard)


def test_without_a_microphone_it_says_so_once_and_windows_close_in_their_time(
    make: Make, inbox: SimpleQueue[Happening], lights: list[bool]
) -> None:
    ear = make("for _ in range(3): tell(report='capture', on=False, reason='There is none.')")
    assert inbox.get(timeout=GIVE_UP_S) == Failed(at=NOW, part="microphone", reason="There is none.")
    ear.do(window(0.1))
    assert inbox.get(timeout=GIVE_UP_S) == Unheard(at=NOW, window="wish-1", spoke=False)
    assert (lights, ear.frames) == ([], None)


def test_where_no_process_starts_windows_close_all_the_same(inbox: SimpleQueue[Happening]) -> None:
    ear = Ear(inbox.put, lambda: NOW, ["/no/such/program"], {})
    ear.do(window(0.1))
    happenings = [inbox.get(timeout=GIVE_UP_S), inbox.get(timeout=GIVE_UP_S)]
    ear.close()
    assert {type(each) for each in happenings} == {Failed, Unheard}


def test_the_light_is_on_while_frames_are_read_and_off_afterwards(
    make: Make, inbox: SimpleQueue[Happening], lights: list[bool]
) -> None:
    ear = make(f"tell(report='capture', on=True, reason=''); tell(report='frames', count=512); tell(**{HEARD!r})")
    inbox.get(timeout=GIVE_UP_S)
    assert (lights, ear.frames) == ([True], 512)
    ear.close()
    assert (lights, ear.frames) == ([True, False], None)


def test_an_answer_to_a_window_that_is_closed_is_no_news(make: Make, inbox: SimpleQueue[Happening]) -> None:
    make(f"tell(report='unheard', window='old', spoke=True, loud=False); tell(**{HEARD!r})")
    assert isinstance(inbox.get(timeout=GIVE_UP_S), Heard)


def test_an_open_jar_closes_the_microphone_and_a_closed_one_opens_it(make: Make, inbox: SimpleQueue[Happening]) -> None:
    life = """
def mute():
    while (order := take()) and order["order"] != "mute": pass
    return order["mute"]
def heard(intent):
    tell(report="heard", text="", intent=intent, slots={}, confidence=0.9, snr_db=40.0)
mute()
heard("Begin")
heard(str(mute()))
heard(str(mute()))
"""
    ear, night = make(life), Night(evening=NOW.date())

    def next_heard() -> str:
        while not isinstance(happening := inbox.get(timeout=GIVE_UP_S), Heard):
            pass
        return happening.intent

    assert next_heard() == "Begin"
    ear.watch(Happening(at=NOW), replace(night, jar=True), ())
    assert next_heard() == "True"
    ear.watch(Happening(at=NOW), night, ())
    assert next_heard() == "False"
