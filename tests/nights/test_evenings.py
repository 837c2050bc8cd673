"""Whole evenings, told as tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from device.events import Ambience, Breathe, Buzz, Glow, Hush, Listen, Note, Say, Tell
from tests.nights.bedroom import Bedroom, given, hushed, with_promise, words

ORDINARY = {"feeling": "okay", "helps": "breathe", "choose": "tell me a story about the moon"}


def test_an_ordinary_evening_goes_through_its_phases_in_order() -> None:
    room = Bedroom(ORDINARY).until("07:00", day=1)
    assert room.phases == [
        "afternoon", "wind_down", "check_in", "choosing", "story", "choosing", "lights_out", "settling", "asleep",
        "dawn", "morning",
    ]  # fmt: skip


def test_the_story_that_was_asked_for_is_told_and_ends_before_lights_out() -> None:
    room = Bedroom(ORDINARY).until_phase("lights_out")
    (tell,) = room.all(Tell)
    began = next(at for at, doing in room.done if doing is tell)
    length = timedelta(seconds=sum(s.voice_s + s.pause_s for s in tell.sentences))
    assert tell.title == "The Train That Kept Moon Time"
    assert room.at("20:40") <= began + length <= room.at("20:45")


def test_a_story_asked_for_in_wind_down_begins_at_once_and_nothing_interrupts_it() -> None:
    room = Bedroom(ORDINARY).until("20:05")
    doings = room.hear("hey max tell me a story about the sea")
    assert any(isinstance(doing, Tell) for doing in doings)
    room.until("20:15")
    assert room.phase == "story"
    assert len(room.all(Say)) == 1, "only the good evening was said"


def test_silence_is_an_answer_and_the_evening_stays_quiet() -> None:
    room = Bedroom().until("07:00", day=1)
    assert room.all(Tell) == []
    assert "morning" in room.phases


def test_leave_me_alone_is_granted_at_once_and_for_the_whole_evening() -> None:
    room = Bedroom(ORDINARY).until("20:02")
    said = room.hear("leave me alone tonight")
    assert hushed(said)
    before = len(room.all(Say))
    room.until("06:30", day=1)
    assert len(room.all(Say)) == before, "not a word until morning"
    assert not any("alone" in str(note.what) + note.kind for note in room.all(Note))


def test_after_leave_me_alone_the_night_light_and_a_grown_up_remain() -> None:
    room = Bedroom().until("20:02")
    room.hear("leave me alone tonight")
    room.until("23:00")
    room.press("light")
    assert room.last_glow().ember > 0
    assert room.hear("i need a grown up")
    assert room.night.calls


def test_stop_is_silence_and_go_on_goes_on_where_it_was() -> None:
    room = Bedroom(ORDINARY).until("20:33")
    assert hushed(room.hear("stop"))
    where = room.night.telling
    assert where is not None
    assert where.paused
    doings = room.hear("go on")
    (tell,) = (doing for doing in doings if isinstance(doing, Tell))
    assert tell.begin == where.sentence - where.lead > 3


def test_a_question_in_between_is_answered_and_the_story_goes_on() -> None:
    room = Bedroom(ORDINARY).until("20:33")
    room.hear("what time is it")
    assert room.said()[-1] == "It's 20:33."
    room.until("20:34")
    assert room.phase == "story"
    assert len(room.all(Tell)) == 2


def test_the_branching_story_goes_where_the_child_says() -> None:
    room = Bedroom({"choice": "the first one"}).until("20:05")
    room.hear("tell me a story about a dragon")
    story = given().library["slow-post"]
    room.until("20:20")
    told = [sentence.scene for tell in room.all(Tell) for sentence in tell.sentences]
    first_question = next(scene for scene in story.scenes if scene.options)
    assert first_question.options[0].to in told
    assert first_question.options[0].to != first_question.silent or len(room.all(Tell)) > 1


def test_a_branching_story_that_nobody_answers_is_told_to_its_end() -> None:
    room = Bedroom().until("20:05")
    room.hear("tell me a story about a dragon")
    room.until_phase("lights_out")
    told = [sentence.scene for tell in room.all(Tell) for sentence in tell.sentences]
    assert told[-1] == given().library["slow-post"].scenes[-1].slug
    assert len(room.all(Tell)) == 3, "two questions cut it into three parts"
    assert sum(isinstance(doing, Listen) and doing.id.startswith("choice") for _, doing in room.done) == 2


def test_the_telling_slows_and_softens_through_its_questions() -> None:
    room = Bedroom().until("20:05")
    room.hear("tell me a story about a dragon")
    room.until_phase("lights_out")
    parts = [tell.sentences for tell in room.all(Tell)]
    levels = [sentence.level_db for part in parts for sentence in part if sentence.scene]
    assert levels[-1] <= -8
    assert all(later <= earlier + 0.2 for earlier, later in pairwise(levels))


def test_an_unknown_topic_gets_another_story_and_max_says_so() -> None:
    room = Bedroom().until("20:05")
    (tell,) = (doing for doing in room.hear("tell me a story about a pirate") if isinstance(doing, Tell))
    assert "pirate" in words(tell)


def test_breathing_moves_the_pebble_and_only_while_the_child_is_awake() -> None:
    room = Bedroom(ORDINARY).until("06:50", day=1)
    breaths = room.all(Breathe)
    assert breaths[0].motor
    assert not any(breath.motor for breath in breaths[1:])
    assert room.all(Buzz) == [], "a pebble is not under the pillow"


def test_the_pillow_hums_in_the_morning() -> None:
    room = Bedroom(known=with_promise(given(), wearable="pillow")).until("06:50", day=1)
    assert len(room.all(Buzz)) == 1


def test_the_light_sinks_all_evening_and_the_dawn_lamp_waits_for_dawn() -> None:
    room = Bedroom(ORDINARY).until("07:00", day=1)
    dawn_at = room.at("06:15", day=1)
    for at, doing in room.done:
        if isinstance(doing, Glow):
            assert doing.dawn == 0 or at >= dawn_at
    before_dawn = [d for at, d in room.done if isinstance(d, Glow) and at < dawn_at]
    assert before_dawn[-1].ember == 0, "dark while asleep"


def test_ten_year_olds_are_spoken_to_in_plain_words_and_little_ones_in_weather() -> None:
    older, younger = Bedroom().until("20:16"), Bedroom(known=given(6)).until("20:16")
    assert "angry" in older.said()[-1]
    assert any("tormy" in line for line in younger.said())


def test_from_ten_on_there_is_no_check_in_until_the_child_turns_it_on() -> None:
    room = Bedroom(known=given(12, check_in=False)).until("21:30")
    assert "check_in" not in room.phases


def test_in_the_morning_one_thing_grows_whatever_the_night_was() -> None:
    for script in (ORDINARY, None):
        room = Bedroom(script).until("06:50", day=1)
        assert [note.kind for note in room.all(Note)].count("garden") == 1


def test_the_next_evening_begins_new_and_knows_what_was_told_yesterday() -> None:
    room = Bedroom(ORDINARY).until("12:30", day=1)
    assert room.phase == "afternoon"
    assert room.night.told == ()
    assert room.night.yesterday == ("moon-train",)
    room.until("20:05", day=1)
    (tell,) = (d for d in room.hear("the story from yesterday") if isinstance(d, Tell))
    assert tell.story == "moon-train"


def test_good_night_may_come_from_the_child_before_its_time() -> None:
    room = Bedroom().until("20:20")
    room.hear("good night max")
    room.until("20:23")
    assert room.phase == "settling"
    room.until("20:44")
    assert room.said()[-1].endswith("Benny."), "nothing was offered after that"


def test_what_was_hushed_does_not_go_on_by_a_late_finished() -> None:
    room = Bedroom(ORDINARY).until("20:15:12")
    question = room.all(Say)[-1]
    room.hear("stop")
    room.until("20:29")
    assert room.all(Say)[-1] is question, "no answer was asked for after the stop"
    assert any(isinstance(doing, Hush) for _, doing in room.done)


def test_a_sleep_sound_fades_over_half_an_hour_and_outlasts_the_light() -> None:
    room = Bedroom().until("20:50")
    (sound,) = (doing for doing in room.hear("play the sea") if isinstance(doing, Ambience))
    assert (sound.name, sound.seconds) == ("sea", 1800)
    room.until("21:16")
    assert room.phase == "asleep"
    assert not any(isinstance(doing, Hush) and not doing.id for at, doing in room.done if at > room.at("20:50"))
    room.hear("put on a sleep sound")
    assert [s.name for s in room.all(Ambience)] == ["sea", "rain"]


def test_for_a_sound_he_has_not_max_says_what_he_has() -> None:
    room = Bedroom().until("20:02")
    room.hear("play the fire")
    assert room.all(Ambience) == []
    assert "sea" in room.said()[-1]


def test_one_of_three_is_chosen_by_its_title_or_by_what_it_is_about() -> None:
    for answer in ("the train", "train", "The Train That Kept Moon Time"):
        room = Bedroom({"choose": answer}).until("20:31")
        assert [tell.story for tell in room.all(Tell)] == ["moon-train"], answer


def test_while_the_jar_is_open_the_microphone_is_off_until_the_big_button_closes_it() -> None:
    room = Bedroom({"feeling": "worried", "helps": "the jar"}).until("20:16")
    assert room.night.jar
    assert "microphone is off" in room.said()[-1]
    room.press("story")
    assert not room.night.jar
    assert "half past five" in room.said()[-1]
    worries = [note for note in room.all(Note) if note.kind == "worry"]
    assert [(note.book, dict(note.what)) for note in worries] == [("mine", {"for": "17:30"})]


def test_yes_is_the_answer_where_there_is_only_one() -> None:
    story = given().library["moon-train"]
    room = Bedroom({"choose": "yes please"}, known=replace(given(), library={"moon-train": story})).until("20:31")
    assert [tell.story for tell in room.all(Tell)] == ["moon-train"]


def test_what_was_put_away_is_still_for_the_rest_of_the_evening() -> None:
    room = Bedroom(ORDINARY).until_phase("check_in")
    room.hear("i put the pebble away")
    assert room.said()[-1] == "Thank you."
    room.until("20:25")
    assert [breath.motor for breath in room.all(Breathe)] == [False]


def test_who_is_done_with_breathing_is_done() -> None:
    room = Bedroom(ORDINARY).until("20:16")
    (breath,) = room.all(Breathe)
    assert Hush(id=breath.id) in room.hear("i'm done")
    assert room.until("20:17").phase == "choosing"


def test_a_jar_that_nobody_closed_is_closed_when_the_evening_goes_on() -> None:
    room = Bedroom({"feeling": "worried", "helps": "the jar"}).until("20:31")
    assert not room.night.jar
