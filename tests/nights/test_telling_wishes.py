"""What a child may say while a story is told: slower, again, skip, another way, and the story from yesterday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from device.events import Doing, Heard, Listen, Prepare, Sentence, Tell
from device.night import tellings
from device.pretend.child import heard_words
from device.tales.score import duration_s
from tests.nights.bedroom import Bedroom, given, language, words


def told(doings: Sequence[Doing]) -> Tell:
    (tell,) = (doing for doing in doings if isinstance(doing, Tell))
    return tell


def telling(topic: str = "the moon", clock: str = "20:10", until: str = "20:14") -> Bedroom:
    room = Bedroom().until(clock)
    room.hear(f"tell me a story about {topic}")
    return room.until(until)


def here(room: Bedroom) -> Sentence:
    assert room.night.telling
    return tellings.part(room.night.telling, room.given)[room.night.telling.own]


def test_slower_is_slower_from_the_sentence_that_is_told_and_still_ends_in_time() -> None:
    room = telling()
    before = here(room)
    planned = room.all(Tell)[-1].sentences
    slow = told(room.hear("slower")).sentences
    assert slow[0].text == before.text
    as_planned = {sentence.text: sentence for sentence in planned}
    both = [(as_planned[s.text], s) for s in slow if s.text in as_planned]
    assert all(new.scale >= old.scale for old, new in both)
    assert sum(new.rate_wpm for _, new in both) < 0.95 * sum(old.rate_wpm for old, _ in both)
    assert duration_s(slow) <= (room.at("20:45") - room.clock.now()).total_seconds()


def test_slower_has_an_end_and_faster_leads_back_to_what_was_planned() -> None:
    room = telling()
    for _ in range(2):
        told(room.hear("slow down please"))
    assert not any(isinstance(doing, Tell) for doing in room.hear("slower"))
    assert "slow" in room.said()[-1]
    room.until("20:15")
    for _ in range(2):
        told(room.hear("faster"))
    assert room.night.telling
    assert room.night.telling.slower == 0


def test_again_says_the_last_sentence_once_more_and_tell_it_again_the_story() -> None:
    room = telling()
    assert room.night.telling
    before = room.night.telling.own
    assert told(room.hear("say that again")).begin == before - 1
    assert told(room.hear("tell it again")).begin == 0


def test_skip_goes_to_the_next_scene_and_at_a_question_it_is_silence() -> None:
    room = telling()
    before = here(room).scene
    next_one = told(room.hear("skip this part")).sentences[0]
    scenes = [scene.slug for scene in given().library["moon-train"].scenes]
    assert scenes.index(next_one.scene) == scenes.index(before) + 1
    room = Bedroom({"feeling": "okay", "helps": "skip"}).until("20:17")
    assert room.phase == "choosing"
    assert room.night.question is None


def test_a_pause_goes_on_at_the_sentences_start_and_a_long_one_is_fitted_anew() -> None:
    for clock, fresh in (("20:15", False), ("20:39", True)):
        room = telling()
        before = here(room)
        room.hear("pause")
        tell = told(room.until(clock).hear("go on"))
        assert tell.sentences[tell.begin].text == before.text
        assert (tell.begin == 0) == fresh
        left_s = (room.at("20:45") - room.clock.now()).total_seconds()
        assert not fresh or duration_s(tell.sentences) <= left_s


def test_what_happens_if_goes_back_and_takes_the_other_way() -> None:
    room = Bedroom({"choice": "express"}).until("20:05")
    room.hear("tell me a story about a dragon")
    while not (room.night.telling and room.night.telling.went):
        room.until(_later(room))
    assert room.night.telling.went == "along-the-wall"
    tell = told(room.hear("what happens if they take the other way"))
    assert tell.sentences[0].scene == "through-the-lettuces"


def test_an_answer_need_not_wait_for_the_questions_last_word() -> None:
    room = Bedroom().until("20:05")
    asked = told(room.hear("tell me a story about a dragon"))
    assert {option.to for option in asked.options} == {"along-the-wall", "through-the-lettuces"}
    while room.night.telling and room.night.telling.sentence < len(asked.sentences) - 1:
        room.until(_later(room))
    answer = heard_words(language(), "madame", room.clock.now(), Listen(id="", seconds=0, options=asked.options))
    assert answer
    assert told(room.happens(answer)).sentences[0].scene == "through-the-lettuces"
    room.until(_later(room))
    assert room.night.question is None, "what was answered is not asked"


def test_an_answer_to_no_question_is_passed_over() -> None:
    room = telling()
    assert room.happens(Heard(at=room.clock.now(), text="madame", intent="Choice", slots={"option": "madame"})) == ()


def _later(room: Bedroom) -> str:
    return f"{datetime.fromtimestamp(room.clock.now().timestamp() + 10, room.zone):%H:%M:%S}"


def test_a_story_that_asks_nothing_has_no_other_way_and_goes_on() -> None:
    room = telling()
    room.hear("what if we take the other way")
    assert "only this way" in room.said()[-1]
    room.until("20:15")
    assert tellings.running(room.night)


def test_the_first_sentences_after_each_answer_are_rendered_before_it_is_asked() -> None:
    room = Bedroom({"choice": "madame"}).until("20:05")
    doings = room.hear("tell me a story about a dragon")
    prepared = [s for doing in doings if isinstance(doing, Prepare) for s in doing.sentences]
    ways = {option.to for option in given().library["slow-post"].scenes[0].options}
    assert {sentence.scene for sentence in prepared} == ways
    while len(room.all(Tell)) < 2:
        room.until(_later(room))
    first = room.all(Tell)[-1].sentences[0]
    assert first.scene == "through-the-lettuces"
    assert (first.text, first.voice, first.scale, first.pitch_st) in {
        (s.text, s.voice, s.scale, s.pitch_st) for s in prepared
    }


def test_the_story_from_yesterday_goes_on_where_it_stopped_and_max_says_so() -> None:
    room = telling()
    left = here(room)
    room.hear("stop")
    room.until("20:10", day=1)
    tell = told(room.hear("the story from yesterday"))
    assert "bookmark" in words(tell)
    own = [sentence for sentence in tell.sentences if sentence.scene]
    assert own[0].text == left.text
    assert own[0].level_db < 0 or own[0].number > 0


def test_each_unfinished_story_keeps_its_place_and_a_finished_one_has_none() -> None:
    room = telling()
    moon = here(room)
    room.hear("tell me a story about the sea")
    room.until("20:16")
    assert set(room.night.places) == {"moon-train", "lighthouse"}
    room.until("20:10", day=1)
    assert set(room.night.places) == {"moon-train"}, "the lighthouse was told to its end"
    own = [sentence for sentence in told(room.hear("go on")).sentences if sentence.scene]
    assert own[0].text == moon.text


def test_a_story_that_was_too_scary_is_not_taken_up_again() -> None:
    room = telling()
    room.hear("it's too scary")
    assert room.night.places == {}
