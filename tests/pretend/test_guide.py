"""The guide of the first five minutes: each thing that was tried leads to the next."""

from __future__ import annotations

from datetime import UTC, datetime

from device.events import Doing, Hush, Pressed, Ring, Say, Tell
from device.night.night import Night
from device.pretend.guide import Guide

AT = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)
PAGE = "http://localhost:8080"
STORY = Tell(id="tell-1", story="moon", title="Moon", sentences=())


def guided(*doings: Doing, microphone: bool = False) -> list[str]:
    """-> the lines shown while these were done, one after the other."""
    lines: list[str] = []
    guide = Guide(lines.append, PAGE, microphone)
    for doing in doings:
        guide(Pressed(at=AT, button="story"), Night(evening=AT.date()), (Say(id="say-1", sentences=()), doing))
    return lines


def test_it_begins_with_how_to_ask_for_a_story() -> None:
    (typed,), (spoken,) = guided(), guided(microphone=True)
    assert "tell me a story about the moon" in typed.casefold()
    assert "type" in typed.casefold()
    assert "Hey Max" in spoken


def test_a_story_leads_to_stop_and_stop_to_a_grown_up_and_that_to_the_page() -> None:
    _, *rest = guided(STORY, Hush(), Ring(id="ring-1", why="asked"))
    stop, grown_up, page = rest
    assert '"stop"' in stop
    assert "g" in grown_up
    assert PAGE in page


def test_a_grown_up_called_before_any_story_leads_to_the_page() -> None:
    _, page = guided(Ring(id="ring-1", why="asked"))
    assert PAGE in page


def test_silence_before_a_story_and_a_story_again_lead_nowhere() -> None:
    assert len(guided(Hush())) == 1
    assert len(guided(STORY, STORY, STORY)) == 2


def test_at_the_end_there_is_nothing_left_to_name() -> None:
    everything = (STORY, Hush(), Ring(id="ring-1", why="asked"))
    assert len(guided(*everything, *everything)) == 4
