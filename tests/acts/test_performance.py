from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest

from device.acts.performance import HUSH_S
from device.events import (
    Ambience,
    Cue,
    Failed,
    Finished,
    Hush,
    Reached,
    Recovered,
    Say,
    Volume,
)
from tests.acts.bedroom import EVENING, Room, Tones, score
from tests.acts.evening import THREE, Evening, tell


def test_every_sentence_begins_at_its_moment_and_is_reached_then() -> None:
    evening = Evening()
    evening.do(tell(THREE))
    evening.run(10)
    assert evening.starts_s() == pytest.approx([s.at_s for s in THREE], abs=0.03)
    assert evening.inbox.of(Reached) == [Reached(at=EVENING, id="t1", sentence=i) for i in range(3)]


def test_it_is_finished_after_the_last_pause_and_not_before() -> None:
    evening = Evening()
    evening.do(tell(THREE))
    end_s = THREE[-1].at_s + THREE[-1].voice_s + THREE[-1].pause_s
    evening.run(end_s - 0.1)
    assert not evening.inbox.of(Finished)
    evening.run(0.15)
    assert evening.inbox.of(Finished) == [Finished(at=EVENING, id="t1")]


@pytest.mark.parametrize("off", [0.8, 1.15])
def test_a_pause_takes_up_what_the_voice_took_more_or_less(off: float) -> None:
    at_s, sentences = 0.0, []
    for sentence in score(*["It was quiet in the harbour."] * 4, pause_s=0.6):
        sentences.append(replace(sentence, at_s=at_s, voice_s=sentence.voice_s * off))
        at_s += sentence.voice_s * off + sentence.pause_s
    evening = Evening()
    evening.do(tell(tuple(sentences)))
    evening.run(20)
    assert evening.starts_s() == pytest.approx([s.at_s for s in sentences], abs=0.3)
    assert len(evening.starts_s()) == 4


def test_a_telling_begins_in_the_middle_when_it_is_taken_up_there() -> None:
    evening = Evening()
    evening.do(tell(THREE, begin=1))
    evening.run(10)
    assert evening.starts_s() == pytest.approx([0.0, THREE[2].at_s - THREE[1].at_s], abs=0.03)
    assert [r.sentence for r in evening.inbox.of(Reached) if isinstance(r, Reached)] == [1, 2]


def test_hush_fades_and_nothing_follows() -> None:
    evening = Evening()
    evening.do(tell(THREE))
    evening.run(0.3)
    evening.do(Hush(id="t1"))
    assert evening.room.ends_s - evening.clock() <= HUSH_S
    evening.run(10)
    assert len(evening.room.played) == 1
    assert not evening.inbox.of(Finished)


def test_hush_in_a_pause_ends_the_telling_too() -> None:
    evening = Evening()
    evening.do(tell(THREE))
    evening.run(THREE[1].at_s - 0.1)
    evening.do(Hush())
    evening.run(10)
    assert len(evening.room.played) == 1


def test_hush_of_another_is_ignored() -> None:
    evening = Evening()
    evening.do(tell(THREE))
    evening.run(0.3)
    evening.do(Hush(id="t0"))
    evening.run(10)
    assert len(evening.room.played) == 3


def test_a_new_say_takes_the_place_of_a_telling_after_its_fade() -> None:
    evening = Evening()
    evening.do(tell(THREE))
    evening.run(0.3)
    evening.do(Say(id="s1", sentences=score("Yes?")))
    evening.run(10)
    assert evening.inbox.of(Finished) == [Finished(at=EVENING, id="s1")]
    assert evening.starts_s()[1] == pytest.approx(0.34, abs=0.03)


def test_a_sentence_nobody_can_speak_is_passed_over_at_its_time() -> None:
    evening = Evening()
    sentences = score("One.", "An unsayable thing.", "Three.", "Unsayable and unsayable.", "Five.")
    evening.do(tell(sentences))
    evening.run(20)
    assert evening.starts_s() == pytest.approx([sentences[i].at_s for i in (0, 2, 4)], abs=0.03)
    assert len(evening.inbox.of(Reached)) == 5
    assert [type(h) for h in evening.inbox.happenings if isinstance(h, Failed | Recovered)] == [
        Failed, Recovered, Failed, Recovered,
    ]  # fmt: skip
    assert evening.inbox.of(Finished)


def test_a_slow_voice_makes_the_telling_wait_and_moves_the_rest() -> None:
    held = Event()
    evening = Evening(Tones(held), patient=False)
    evening.do(tell(THREE))
    evening.run(5)
    assert not evening.room.played
    held.set()
    while not evening.room.played:
        assert evening.arrived.wait(20)
        evening.arrived.clear()
        evening.run(0)
    while len(evening.sounds.asked) < 3 or len(evening.room.played) < 3:
        evening.run(0.5)
        evening.arrived.wait(0.05)
    starts = evening.starts_s()
    assert starts[0] == pytest.approx(5.0)
    assert starts[2] - starts[0] >= THREE[2].at_s - 0.03


def test_no_more_than_four_sentences_are_fetched_ahead() -> None:
    evening = Evening()
    evening.do(tell(score(*[f"Sentence {i} of many." for i in range(12)])))
    evening.run(0.5)
    assert len(evening.sounds.asked) <= 4


def test_volume_stays_under_the_cap_and_is_remembered_by_a_new_output() -> None:
    evening = Evening()
    evening.do(Volume(step_db=6))
    assert evening.room.volume_db == 0
    evening.do(Volume(step_db=-6))
    other = Room(evening.clock)
    evening.performance.play_on(other)
    assert other.volume_db == -6


def test_a_new_output_hears_the_sentence_from_its_beginning() -> None:
    evening = Evening()
    evening.do(tell(THREE))
    evening.run(0.3)
    other = Room(evening.clock)
    evening.performance.play_on(other)
    evening.run(10)
    assert len(other.played) == 3
    assert evening.inbox.of(Finished)


def test_a_chapters_sound_begins_with_its_sentence_and_fades_after_the_telling() -> None:
    evening = Evening()
    sea = replace(THREE[1], cues=(Cue("sound", "sea"),))
    evening.do(tell((THREE[0], sea)))
    evening.run(0.5)
    assert not any(evening.room.ambiences)
    evening.run(10)
    laid = evening.room.ambiences[-1]
    assert laid is not None
    assert sum(laid.block(48_000) is not None for _ in range(60)) == pytest.approx(20, abs=1)


def test_a_sleep_sound_that_is_not_known_is_said_with_those_that_are() -> None:
    evening = Evening()
    evening.do(Ambience(name="thunder", seconds=600))
    (failed,) = evening.inbox.of(Failed)
    assert isinstance(failed, Failed)
    assert "rain" in failed.reason


def test_hushing_everything_ends_the_sleep_sound() -> None:
    evening = Evening()
    evening.do(Ambience(name="rain", seconds=600))
    assert evening.room.ambiences[-1] is not None
    evening.do(Hush())
    assert evening.room.ambiences[-1] is None
