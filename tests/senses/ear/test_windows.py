"""When the ear listens: windows, the wake phrase, and the dark."""

from __future__ import annotations

import pytest

from device.events import Listen, Option
from device.senses.ear.listener import Nothing, Recognised
from device.senses.ear.windows import CONFIRM_S, Missed, Stir, Understood, Windows

QUESTION = Listen(id="choice-1", seconds=6.0, options=(Option("go up the stairs", "stairs"),))


def said(intent: str, wake: bool = False) -> Recognised:
    return Recognised(intent.lower(), intent, {}, 0.9, 0.3, 0.3, 40.0, wake)


@pytest.fixture
def windows() -> Windows:
    return Windows()


@pytest.fixture
def dark(windows: Windows) -> Windows:
    windows.dark = True
    return windows


def test_inside_a_question_no_wake_phrase_is_needed(windows: Windows) -> None:
    windows.open(QUESTION)
    assert windows.attention.options == QUESTION.options
    assert windows.heard(said("Choice"), 1.0) == (Understood(said("Choice")),)


def test_one_answer_closes_the_window(windows: Windows) -> None:
    windows.open(QUESTION)
    windows.heard(said("Choice"), 1.0)
    assert windows.attention.kind == "called"
    assert windows.heard(said("Stop"), 2.0) == ()


def test_without_a_window_only_what_begins_with_the_wake_phrase_counts(windows: Windows) -> None:
    assert windows.heard(said("Stop"), 1.0) == ()
    assert windows.heard(said("Stop", wake=True), 2.0) == (Understood(said("Stop", wake=True)),)


@pytest.mark.parametrize("spoke", [True, False])
def test_a_window_in_which_nothing_is_understood_closes_with_its_name(windows: Windows, spoke: bool) -> None:
    windows.open(QUESTION)
    assert windows.missed(Nothing(spoke)) == (Missed("choice-1", spoke),)
    assert windows.attention.kind == "called"


def test_talk_without_a_window_is_not_worth_a_report(windows: Windows) -> None:
    assert [*windows.voice(1.0), *windows.missed(Nothing(True)), *windows.tick(2.0)] == []


def test_a_new_question_takes_the_place_of_the_one_before(windows: Windows) -> None:
    windows.open(QUESTION)
    windows.open(Listen(id="wish-2", seconds=8.0))
    assert windows.missed(Nothing(False)) == (Missed("wish-2", False),)


def test_a_closed_window_is_not_missed(windows: Windows) -> None:
    windows.open(QUESTION)
    windows.close()
    assert windows.missed(Nothing(True)) == ()


def test_in_the_dark_a_voice_alone_is_a_stir_and_no_more(dark: Windows) -> None:
    assert dark.attention.few
    assert dark.voice(1.0) == (Stir(),)
    assert dark.heard(said("BadDream"), 2.0) == ()


def test_a_long_noise_in_the_dark_stirs_once_and_then_it_is_dark_again(dark: Windows) -> None:
    assert [*dark.voice(1.0), *dark.voice(2.0), *dark.voice(3.0)] == [Stir()]
    assert dark.tick(3.0 + CONFIRM_S - 0.1) == ()
    assert dark.tick(3.0 + CONFIRM_S) == (Missed("", True),)
    assert dark.tick(4.0 + CONFIRM_S) == ()
    assert dark.voice(60.0) == (Stir(),)


def test_a_second_phrase_within_ten_seconds_confirms_the_first(dark: Windows) -> None:
    dark.heard(said("BadDream"), 1.0)
    assert dark.heard(said("GrownUp"), 1.0 + CONFIRM_S) == (Understood(said("GrownUp")),)


def test_a_second_phrase_that_comes_late_is_a_first_one(dark: Windows) -> None:
    dark.heard(said("BadDream"), 1.0)
    assert dark.heard(said("BadDream"), 1.1 + CONFIRM_S) == ()
    assert dark.heard(said("BadDream"), 5.0 + CONFIRM_S) == (Understood(said("BadDream")),)


def test_a_confirmed_phrase_confirms_no_other(dark: Windows) -> None:
    for at_s in (1.0, 2.0):
        dark.heard(said("BadDream"), at_s)
    assert dark.heard(said("Toilet"), 3.0) == ()


def test_a_hand_on_a_button_makes_the_next_phrase_count(dark: Windows) -> None:
    dark.pressed(1.0)
    assert dark.heard(said("Toilet"), 5.0) == (Understood(said("Toilet")),)


def test_yes_and_no_neither_wish_nor_confirm_in_the_dark(dark: Windows) -> None:
    assert [*dark.heard(said("Yes"), 1.0), *dark.heard(said("BadDream"), 2.0), *dark.heard(said("No"), 3.0)] == []


def test_not_even_the_wake_phrase_makes_the_box_speak_by_itself_in_the_dark(dark: Windows) -> None:
    assert dark.heard(said("BadDream", wake=True), 1.0) == ()


def test_a_window_that_the_night_opens_is_heard_without_confirmation(dark: Windows) -> None:
    dark.open(Listen(id="few-1", seconds=300.0, few=True))
    assert dark.attention.few
    assert dark.voice(1.0) == ()
    assert dark.heard(said("Toilet"), 2.0) == (Understood(said("Toilet")),)


def test_what_was_understood_ends_the_stir(dark: Windows) -> None:
    dark.voice(1.0)
    dark.heard(said("BadDream"), 2.0)
    dark.heard(said("BadDream"), 4.0)
    assert dark.tick(30.0) == ()
