"""When the ear listens: windows, the wake phrase, and the dark."""

from __future__ import annotations

import pytest

from device.events import Listen, Option
from device.senses.ear.listener import Nothing, Recognised
from device.senses.ear.windows import CONFIRM_S, SURE, Missed, Stir, Understood, Windows

QUESTION = Listen(id="choice-1", seconds=6.0, options=(Option("go up the stairs", "stairs"),))


def said(intent: str, wake: bool = False, text: str = "", confidence: float = 0.9) -> Recognised:
    return Recognised(text or intent.lower(), intent, {}, confidence, 0.3, 0.3, 40.0, wake)


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
    assert windows.missed(Nothing(spoke, snr_db=40.0)) == (Missed("choice-1", spoke),)
    assert windows.attention.kind == "called"


def test_what_a_loud_room_hides_is_told_as_such(windows: Windows) -> None:
    windows.open(QUESTION)
    assert windows.missed(Nothing(True, snr_db=20.0)) == (Missed("choice-1", True, loud=True),)


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


def test_one_whole_sentence_calls_a_grown_up_in_the_dark(dark: Windows) -> None:
    call = said("GrownUp", text="i need a grown up", confidence=SURE)
    assert dark.heard(call, 1.0) == (Understood(call),)


def test_hey_max_and_one_word_call_a_grown_up_in_the_dark(dark: Windows) -> None:
    call = said("GrownUp", wake=True, text="hey max help")
    assert dark.heard(call, 1.0) == (Understood(call),)


@pytest.mark.parametrize(
    "call", [said("GrownUp", text="help me"), said("GrownUp", text="i need a grown up", confidence=SURE - 0.01)]
)
def test_a_word_or_an_unsure_sentence_needs_another(dark: Windows, call: Recognised) -> None:
    assert dark.heard(call, 1.0) == ()
    assert dark.heard(call, 2.0) == (Understood(call),)


@pytest.fixture
def speaking(windows: Windows) -> Windows:
    windows.saying = ("The bear stopped, and it was so very quiet.", "Please stop, said the bear.")
    return windows


def test_while_max_speaks_a_small_set_needs_no_wake_phrase(speaking: Windows) -> None:
    assert speaking.attention.over
    assert speaking.heard(said("Louder"), 1.0) == (Understood(said("Louder")),)
    assert speaking.heard(said("TellStory"), 2.0) == ()
    assert speaking.heard(said("TellStory", wake=True), 3.0) == (Understood(said("TellStory", wake=True)),)


def test_a_word_that_max_is_saying_does_not_stop_him(speaking: Windows) -> None:
    assert speaking.heard(said("Stop", text="stop it"), 1.0) == ()
    asked = said("Stop", wake=True, text="hey max stop")
    assert speaking.heard(asked, 2.0) == (Understood(asked),)


def test_a_grown_up_is_called_over_a_word_in_common_but_not_by_max_himself(speaking: Windows) -> None:
    call = said("GrownUp", text="i need a grown up")
    speaking.saying = ("We need a lamp, said the keeper.",)
    assert speaking.heard(call, 1.0) == (Understood(call),)
    speaking.saying = ("I need a grown-up, said the bear.",)
    assert speaking.heard(call, 2.0) == ()


def test_max_does_not_call_himself(speaking: Windows) -> None:
    speaking.saying = ("Just say: hey Max, stop, and I stop.",)
    assert speaking.heard(said("Stop", wake=True, text="hey max stop"), 1.0) == ()


def test_a_question_in_which_max_speaks_hears_its_answers(speaking: Windows) -> None:
    speaking.open(QUESTION)
    assert speaking.attention.over
    assert speaking.heard(said("Choice"), 1.0) == (Understood(said("Choice")),)


def test_an_answer_to_what_he_is_asking_counts_though_the_words_are_his(speaking: Windows) -> None:
    speaking.saying = ("Go up the stairs, or sit by the sea?",)
    assert speaking.attention.options == ()
    speaking.choices = QUESTION.options
    assert (speaking.attention.kind, speaking.attention.options) == ("speaking", QUESTION.options)
    answer = said("Choice", text="go up the stairs")
    assert speaking.heard(answer, 1.0) == (Understood(answer),)


def test_when_he_is_silent_again_the_wake_phrase_is_needed(speaking: Windows) -> None:
    speaking.saying = ()
    assert speaking.heard(said("Stop"), 1.0) == ()


def test_his_own_voice_in_the_dark_stirs_nobody(dark: Windows) -> None:
    dark.saying = ("It was only a dream.",)
    assert dark.attention.few
    assert dark.voice(1.0) == ()
