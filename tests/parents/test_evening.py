"""Tonight in a sentence and a picture."""

from typing import Any, get_args

import pytest

from device.events import Phase
from device.parents.evening import clock, evening
from device.parents.words import words
from tests.parents.bedroom import TONIGHT


def _at(now: str, **changed: Any) -> dict[str, Any]:
    return {**TONIGHT, "now": now, **changed}


@pytest.mark.parametrize("phase", get_args(Phase))
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_phase_has_its_sentence(phase: str, language: str) -> None:
    assert evening(_at("2026-11-24T20:31:00+01:00", phase=phase), words(language)).headline


def test_no_sentence_claims_that_the_child_sleeps() -> None:
    shown = [evening(_at("2026-11-25T02:00:00+01:00", phase=phase), words("en")).headline for phase in get_args(Phase)]
    assert not any("sleep" in sentence for sentence in shown)


@pytest.mark.parametrize(
    ("now", "coming"),
    [
        ("2026-11-24T16:00:00+01:00", "Wind-down at 20:00, in about 4 h"),
        ("2026-11-24T20:05:00+01:00", "Lights out at 20:50, in 45 min"),
        ("2026-11-24T20:49:20+01:00", "Lights out at 20:50, in a minute"),
        ("2026-11-24T23:00:00+01:00", "Morning light at 06:15, in about 7 h"),
        ("2026-11-25T06:20:00+01:00", "Morning at 06:45, in 25 min"),
        ("2026-11-25T09:00:00+01:00", ""),
    ],
)
def test_it_says_what_comes_next(now: str, coming: str) -> None:
    assert evening(_at(now), words("en")).coming == coming


def test_a_quiet_night_is_said_until_morning() -> None:
    assert "quiet" in evening(_at("2026-11-24T20:31:00+01:00", quiet=True), words("en")).headline
    assert "morning" in evening(_at("2026-11-25T07:00:00+01:00", phase="morning", quiet=True), words("en")).headline


def test_being_late_is_offered_before_dark_and_once() -> None:
    english = words("en")
    assert evening(_at("2026-11-24T18:00:00+01:00", phase="afternoon"), english).can_be_late
    assert not evening(_at("2026-11-24T18:00:00+01:00", phase="afternoon", late={"minutes": 30}), english).can_be_late
    assert not evening(_at("2026-11-24T23:00:00+01:00", phase="asleep"), english).can_be_late


def test_the_picture_is_told_to_those_who_cannot_see_it() -> None:
    shown = evening(_at("2026-11-24T20:31:00+01:00"), words("en"))
    expected = "The evening as a path: wind-down 20:00, lights out 20:50, morning 06:45. Now it is 20:31."
    assert shown.picture_alt == expected


def test_times_are_shown_in_their_own_zone() -> None:
    assert clock("2026-11-24T20:45:00+01:00") == "20:45"
