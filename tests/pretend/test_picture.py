"""The box drawn in a terminal: whoever has none sees what it does."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from device.events import (
    Breathe,
    Doing,
    Failed,
    Finished,
    Glow,
    Happening,
    Heard,
    Listen,
    Option,
    Phase,
    Reached,
    Recovered,
    Ring,
    Say,
    Sentence,
    Tell,
)
from device.night.night import Night
from device.pretend.picture import PHASES, Picture

AT = datetime(2026, 3, 4, 19, 30, tzinfo=UTC)
NOTHING = Finished(at=AT, id="")
MOON = Tell(id="tell-1", story="moon", title="The Moon Train", sentences=(
    Sentence(text="It was late.", voice_s=40, pause_s=5), Sentence(text="The train was not.", voice_s=40, pause_s=5),
))  # fmt: skip


class Room:
    def __init__(self, phase: Phase = "wind_down") -> None:
        self.paper = io.StringIO()
        console = Console(file=self.paper, width=100, highlight=False)
        self.picture, self.night = Picture(console, ZoneInfo("Europe/Berlin"), "Benny"), Night(AT.date(), phase=phase)
        self.see(NOTHING)

    def see(self, happening: Happening, *doings: Doing) -> str:
        """-> what was drawn about it."""
        begin = self.paper.tell()
        self.picture(happening, self.night, doings)
        return " ".join(self.paper.getvalue()[begin:].split())

    @property
    def drawn(self) -> str:
        return self.paper.getvalue()


@pytest.mark.parametrize("phase", get_args(Phase))
def test_each_phase_is_a_box_with_its_name_and_the_familys_time(phase: Phase) -> None:
    drawn = Room(phase).drawn
    assert f"20:30  {PHASES[phase]}" in drawn
    assert drawn.startswith("╭")
    assert drawn.rstrip().endswith("╯")


def test_the_box_is_drawn_once_a_phase_and_shows_its_light() -> None:
    room = Room()
    assert room.see(NOTHING) == ""
    lit = Room()
    lit.see(NOTHING, Glow(ember=1.0, over_s=0))
    lit.night = Night(AT.date(), phase="check_in")
    assert "█" in lit.see(Finished(at=AT + timedelta(seconds=10), id=""))
    assert "█" not in room.drawn


def test_max_says_his_words_and_the_child_has_a_name() -> None:
    room = Room()
    said = room.see(NOTHING, Say(id="say-1", sentences=(Sentence(text="Good evening."), Sentence(text="It is Max."))))
    assert said == "Max: Good evening. It is Max."
    assert room.see(Heard(at=AT, text="tell me a story", intent="TellStory")) == "Benny: tell me a story"


def test_a_story_is_named_with_its_length_and_drawn_sentence_by_sentence() -> None:
    room = Room()
    assert "tells “The Moon Train” (about 2 min)" in room.see(NOTHING, MOON)
    assert room.see(Reached(at=AT, id="tell-1", sentence=1)) == "The train was not."
    assert room.see(Reached(at=AT, id="tell-0", sentence=0)) == "", "another telling's"


def test_whoever_is_asked_is_told_what_could_be_answered() -> None:
    room = Room()
    stairs = Option(words="go up the stairs", to="attic"), Option(words="stay", to="bed")
    asked = room.see(NOTHING, Listen(id="choice-2", seconds=6, options=stairs))
    assert '"go up the stairs" or "stay"' in asked
    assert "about the moon" in room.see(NOTHING, Listen(id="wish-1", seconds=6))
    assert room.see(NOTHING, Listen(id="wish-1", seconds=6, few=True)) == "", "the dark asks nobody anything"


def test_what_does_not_work_is_said_and_what_works_again_too() -> None:
    room = Room()
    assert "Plug it in." in room.see(Failed(at=AT, part="speaker", reason="There is no loudspeaker. Plug it in."))
    assert "speaker works again" in room.see(Recovered(at=AT, part="speaker"))


def test_breath_and_a_call_are_seen() -> None:
    room = Room()
    breath = {"id": "breathe-1", "seconds": 60.0, "start": 6.0, "end": 6.0}
    assert "pebble" in room.see(NOTHING, Breathe(**breath))  # type: ignore[arg-type]
    assert "pebble" not in room.see(NOTHING, Breathe(**breath, motor=False))  # type: ignore[arg-type]
    assert "grown-up" in room.see(NOTHING, Ring(id="ring-1", why="asked"))


def test_while_a_person_reads_the_story_stays_with_them() -> None:
    room = Room("story")
    assert "Somebody reads “The Moon Train”." in room.see(NOTHING, replace(MOON, aloud=False))
    assert room.see(Reached(at=AT, id="tell-1", sentence=1)) == ""
