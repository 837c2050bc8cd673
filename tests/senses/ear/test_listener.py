"""The rules of a listening window, heard on a puppet whose phones are exact."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from device.night.automaton import Automaton
from device.night.language import Meaning
from device.senses.ear.decoder import Network
from device.senses.ear.limits import HELD_OPEN_S, largest_loss
from device.senses.ear.listener import Listener, Nothing, Recognised, Task
from device.senses.ear.posteriors import FRAME, RATE_HZ, Samples
from tests.senses.ear.puppet import WORDS, PuppetPosteriors, PuppetVoice, silence, spoken

SENTENCES = ["tell me a story", "tell me a story about the moon", "louder please", "make up a story about *"]
WOVEN = [f"make up a story about a {a} and a {b}" for a in ("dragon", "robot") for b in ("hat", "boat")]


def window(seconds: float = 6.0, gated: bool = False, sentences: Sequence[str] = SENTENCES) -> Listener:
    network = Network.of(Automaton.of(sentences), WORDS)
    weaving = Network.of(Automaton.of(WOVEN), WORDS)
    return Listener(
        PuppetPosteriors(), PuppetVoice(), Task(network, lambda text: Meaning("Said", {}), weaving), seconds, gated
    )


def hear(listener: Listener, *sounds: Samples, block: int = 512) -> tuple[Recognised | Nothing | None, float]:
    """-> (the result, at which second of the sound it came)."""
    sound = np.concatenate(sounds)
    for begin in range(0, len(sound), block):
        result = listener.feed(sound[begin : begin + block])
        if result is not None:
            return result, (begin + block) / RATE_HZ
    return None, len(sound) / RATE_HZ


def test_a_complete_phrase_is_answered_a_third_of_a_second_after_the_last_word() -> None:
    said = [silence(0.5), spoken("tell me a story about the moon")]
    result, at_s = hear(window(), *said, silence(2))
    assert isinstance(result, Recognised)
    assert result.text == "tell me a story about the moon"
    assert at_s - sum(map(len, said)) / RATE_HZ == pytest.approx(0.3, abs=0.05)
    assert result.after_end_s == pytest.approx(0.3, abs=0.05)


def test_a_phrase_that_could_go_on_is_given_longer() -> None:
    said = [silence(0.5), spoken("tell me a story")]
    result, at_s = hear(window(), *said, silence(2))
    assert isinstance(result, Recognised)
    assert at_s - sum(map(len, said)) / RATE_HZ == pytest.approx(HELD_OPEN_S, abs=0.05)


def test_a_child_who_pauses_within_a_phrase_is_waited_for() -> None:
    result, _ = hear(window(), spoken("tell me a story"), silence(0.4), spoken("about the moon"), silence(2))
    assert isinstance(result, Recognised)
    assert result.text == "tell me a story about the moon"


def test_an_unfinished_phrase_is_waited_for_a_second_and_then_not_understood() -> None:
    said = [spoken("make up a"), silence(2)]
    result, at_s = hear(window(), *said)
    assert isinstance(result, Nothing)
    assert result.spoke
    assert at_s - len(said[0]) / RATE_HZ == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("frames_a_phone", "waited_s"), [(1, 0.46), (4, 1.0)])
def test_a_breath_that_sounds_like_more_delays_little_and_more_that_is_said_much(
    frames_a_phone: int, waited_s: float
) -> None:
    breath = spoken("beet", frames_a_phone)[-frames_a_phone * FRAME :]
    said = [spoken("come and say bee"), breath, silence(2)]
    _, at_s = hear(window(sentences=["come and say bee", "come and say beetle now"]), *said)
    assert at_s - (len(said[0]) + len(breath)) / RATE_HZ == pytest.approx(waited_s, abs=0.06)


def test_other_talk_is_not_understood() -> None:
    result, _ = hear(window(), spoken("the bank opens at nine on monday"), silence(2))
    assert isinstance(result, Nothing)
    assert result.spoke


def test_a_silent_window_closes_by_itself() -> None:
    result, at_s = hear(window(seconds=3), silence(10))
    assert result == Nothing(spoke=False, snr_db=0.0)
    assert at_s == pytest.approx(3.0, abs=0.05)


def test_a_click_does_not_close_the_window() -> None:
    result, _ = hear(window(), spoken("a", 8), silence(1.5), spoken("louder please"), silence(1))
    assert isinstance(result, Recognised)


def test_somebody_who_never_stops_ends_the_window_all_the_same() -> None:
    result, at_s = hear(window(), np.concatenate([spoken("monday")] * 60))
    assert isinstance(result, Nothing)
    assert at_s < 12


@pytest.mark.parametrize("block", [1, 37, 512, 1600, 50_000])
def test_blocks_may_be_of_any_size(block: int) -> None:
    result, _ = hear(window(), spoken("louder please")[: 40 * 320], silence(1), block=block)
    assert isinstance(result, Recognised)
    assert result.text == "louder please"


def test_an_empty_block_changes_nothing() -> None:
    assert window().feed(silence(0)) is None


def test_a_stream_that_stays_away_can_be_ended_at_once() -> None:
    listener = window()
    listener.feed(np.concatenate([spoken("louder please"), silence(0.1)]))
    result = listener.close()
    assert isinstance(result, Recognised)
    assert window().close() == Nothing(spoke=False)


def test_lost_blocks_make_a_phrase_unknown_and_never_another() -> None:
    whole = spoken("tell me a story about the moon")
    result, _ = hear(window(), whole[: len(whole) // 4], whole[len(whole) * 7 // 8 :], silence(2))
    assert isinstance(result, Nothing)


def test_a_block_that_repeats_for_ever_is_no_phrase() -> None:
    result, _ = hear(window(), np.tile(spoken("story")[:512], 600))
    assert isinstance(result, Nothing)


def test_two_nouns_are_heard_in_the_same_breath() -> None:
    result, _ = hear(window(), spoken("make up a story about a robot and a boat"), silence(2))
    assert isinstance(result, Recognised)
    assert result.text == "make up a story about a robot and a boat"


def test_limits_are_strict_where_it_matters_and_in_loud_rooms() -> None:
    assert largest_loss("kind", 10, 40) > largest_loss("normal", 10, 40) > largest_loss("strict", 10, 40)
    assert largest_loss("normal", 3, 40) == largest_loss("normal", 6, 40) < largest_loss("normal", 10, 40)
    assert largest_loss("normal", 10, 20) < largest_loss("normal", 10, 40)
