"""The score: a telling that lasts as long as asked, and slows, softens and sinks to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

import pytest

from device import assets
from device.errors import StoryError
from device.events import Cue, Sentence
from device.tales import speech
from device.tales.markdown import read
from device.tales.score import ANSWER_S, as_json, duration_s, plain, score, span_min, until_choice
from device.tales.story import Story
from device.tales.voice import Colour, Voice
from tests.tales.maker import JOE, MAX, ferry

LIBRARY = [
    read(file.read_text("utf-8"), file.name) for file in sorted(assets.stories().glob("*.md")) if file.stem != "README"
]
STORIES = [ferry(), *LIBRARY]
ENDS = {"short": 0.0, "middle": 0.5, "long": 1.0}


def told(story: Story, end: str, age: int = 8) -> tuple[float, tuple[Sentence, ...]]:
    """-> seconds asked for at that end of the story's range, and the telling."""
    shortest, longest = span_min(story, MAX, age)
    seconds = 60 * (shortest + ENDS[end] * (longest - shortest))
    return seconds, score(story, voice=MAX, seconds=seconds, age=age)


def between(sentences: Sequence[Sentence], begin: float, end: float) -> list[Sentence]:
    """-> those that begin in that part (0-1) of the telling's time."""
    whole = duration_s(sentences)
    return [sentence for sentence in sentences if begin <= sentence.at_s / whole < end]


def wpm(sentences: Sequence[Sentence]) -> float:
    """-> words a minute, pauses counted in, the wait for an answer not."""
    answers_s = ANSWER_S * sum(sentence.pause_s > ANSWER_S for sentence in sentences)
    return 60 * sum(speech.words(sentence.text) for sentence in sentences) / (duration_s(sentences) - answers_s)


def pause_s(sentences: Sequence[Sentence]) -> float:
    """-> the usual silence, the wait for an answer not counted."""
    return fmean(sentence.pause_s for sentence in sentences if sentence.pause_s < ANSWER_S)


@pytest.fixture(params=STORIES, ids=lambda story: story.slug)
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = request.param
    return found


@pytest.fixture(params=ENDS)
def end(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_telling_lasts_as_long_as_asked(story: Story, end: str) -> None:
    seconds, sentences = told(story, end)
    assert duration_s(sentences) == pytest.approx(seconds, abs=1)
    assert sentences[0].at_s == 0
    for one, after in pairwise(sentences):
        assert after.at_s == pytest.approx(one.at_s + one.voice_s + one.pause_s, abs=0.002)


def test_it_slows_from_about_130_words_a_minute_to_75_to_95(story: Story, end: str) -> None:
    _, sentences = told(story, end)
    first, middle, last = (wpm(between(sentences, *part)) for part in ((0, 0.25), (0.4, 0.6), (0.85, 1)))
    assert 118 <= first <= 140
    assert 75 <= last <= 95
    assert first > middle + 5 > last + 10


def test_little_ones_are_told_it_slower_from_the_start(story: Story, end: str) -> None:
    _, sentences = told(story, end, age=5)
    assert 106 <= wpm(between(sentences, 0, 0.25)) <= 126
    assert 75 <= wpm(between(sentences, 0.85, 1)) <= 95


def test_it_softens_by_8_to_12_decibels_and_never_grows_louder(story: Story, end: str) -> None:
    _, sentences = told(story, end)
    levels = [sentence.level_db for sentence in sentences]
    assert levels[0] == 0
    assert -12 <= levels[-1] <= -8
    assert all(-1 <= after - level <= 0 for level, after in pairwise(levels))


def test_it_sinks_two_semitones_in_half_steps(story: Story, end: str) -> None:
    own = [sentence.pitch_st for sentence in told(story, end)[1] if sentence.voice == "max"]
    assert (own[0], own[-1]) == (0, -2)
    assert all(after - pitch in {0, -0.5} for pitch, after in pairwise(own))


def test_silences_grow(story: Story, end: str) -> None:
    _, sentences = told(story, end)
    assert pause_s(between(sentences, 0.75, 1)) > 1.1 * pause_s(between(sentences, 0, 0.25))
    early, late = between(sentences, 0, 0.4), between(sentences, 0.7, 1)
    alike = (
        [one for one in part if 4 <= speech.words(one.text) <= 9 and one.text.endswith(".")] for part in (early, late)
    )
    first, last = map(pause_s, alike)
    assert last > 1.3 * first


def test_the_rate_changes_between_paragraphs_only_and_by_8_percent_at_most(story: Story, end: str) -> None:
    paragraphs = {
        speech.sentences(line.text)[-1]
        for scene in story.scenes
        for paragraph in scene.paragraphs
        for line in paragraph.lines[-1:]
    }
    own = [sentence for sentence in told(story, end)[1] if sentence.voice == "max"]
    wpm_at = {rate.scale: rate.wpm for rate in JOE}
    for one, after in pairwise(own):
        assert 0.92 <= wpm_at[after.scale] / wpm_at[one.scale] <= 1
    _, sentences = told(story, end)
    for one, after in pairwise(sentences):
        if one.voice == after.voice and one.scale != after.scale:
            assert one.text in paragraphs
    assert len({sentence.scale for sentence in own}) == 4


def test_what_is_rendered_stays_right_when_the_minutes_change(story: Story) -> None:
    scales = [{(one.text, one.scene): (one.scale, one.pitch_st) for one in told(story, end)[1]} for end in ENDS]
    for some in scales[:2]:
        assert some.items() <= scales[2].items()


def test_when_time_is_short_whole_paragraphs_go_and_no_others() -> None:
    story = ferry()
    _, short = told(story, "short")
    texts = {sentence.text for sentence in short}
    way = [scene for scene in story.scenes if scene.slug != "the-front"]
    for paragraph in (paragraph for scene in way for paragraph in scene.paragraphs):
        sentences = [text for line in paragraph.lines for text in speech.sentences(line.text)]
        kept = {text in texts for text in sentences}
        assert kept == {not paragraph.may_go}


def test_time_outside_the_range_gives_the_nearest_telling() -> None:
    shortest, longest = span_min(ferry(), MAX, 8)
    assert shortest < longest - 2
    assert duration_s(score(ferry(), voice=MAX, seconds=20, age=8)) == pytest.approx(60 * shortest, abs=6)
    assert duration_s(score(ferry(), voice=MAX, seconds=7200, age=8)) == pytest.approx(60 * longest, abs=6)


def test_a_paragraph_that_goes_leaves_its_light_to_the_next() -> None:
    story = read("# A\nOne. Two.\n\nThree. <!-- may go --> <!-- light: 0.3 -->\n\nFour.", "a.md")
    assert [one.cues for one in score(story, voice=MAX, seconds=1, age=8)] == [(), (), (Cue("light", "0.3"),)]


def test_silence_answers_unless_a_choice_does() -> None:
    def scenes(*choices: str) -> set[str]:
        return {one.scene for one in score(ferry(), voice=MAX, seconds=480, age=8, choices=choices)}

    assert "the-back" in scenes()
    assert (
        scenes("the-front")
        == scenes("1")
        == scenes("in front")
        == scenes("At the front")
        == scenes() - {"the-back"} | {"the-front"}
    )
    assert scenes("sideways") == scenes()


def test_a_question_leaves_six_seconds_and_a_part_ends_with_it() -> None:
    _, sentences = told(ferry(), "middle")
    asked = next(index for index, one in enumerate(sentences) if one.text.startswith("Where shall the leaf sit"))
    assert sentences[asked].pause_s > ANSWER_S
    part = until_choice(ferry(), sentences)
    assert part[:-1] == sentences[:asked]
    assert part[-1].text == sentences[asked].text
    assert part[-1].pause_s < 0.5
    rest = sentences[asked + 1 :]
    assert until_choice(ferry(), rest) == rest


def test_a_question_nobody_wrote_is_made_of_its_answers() -> None:
    story = read("# A\nIt came.\n- [Go up.](#b)\n- [Go down](#c)\n- [*on*](#c)\n# B\nUp.\n# C\nDown.", "a.md")
    assert [one.text for one in until_choice(story, score(story, voice=MAX, seconds=60, age=8))] == [
        "It came.",
        "Go up?",
        "Go down?",
    ]


def test_the_rest_goes_on_as_slow_and_soft_as_the_telling_was() -> None:
    seconds, whole = told(ferry(), "middle")
    begin = next(index for index, one in enumerate(whole) if one.scene == "the-other-side")
    at_s = whole[begin].at_s
    rest = score(
        ferry(), voice=MAX, seconds=seconds - at_s, age=8, scene="the-other-side", told=at_s / seconds
    )  # fmt: skip
    assert duration_s(rest) == pytest.approx(seconds - at_s, abs=1)
    assert rest[0].level_db == pytest.approx(whole[begin].level_db, abs=0.3)
    assert rest[-1].level_db == pytest.approx(whole[-1].level_db, abs=0.3)
    assert wpm(rest) == pytest.approx(wpm(whole[begin:]), rel=0.08)
    assert {(one.text, one.scale, one.pitch_st) for one in rest} & {
        (one.text, one.scale, one.pitch_st) for one in whole[begin:]
    }


def test_an_unknown_scene_is_refused_by_name() -> None:
    with pytest.raises(StoryError, match="no scene 'attic'"):
        score(ferry(), voice=MAX, seconds=60, age=8, scene="attic")


def test_a_colour_the_teller_has_not_is_told_in_his_own() -> None:
    lone = Voice("friend", {"friend": Colour("heart", "heart", 0.0, MAX.colours["friend"].rates)})
    assert {one.voice for one in score(ferry(), voice=lone, seconds=480, age=8)} == {"friend"}


def test_of_rates_too_far_apart_only_neighbours_are_used() -> None:
    far = replace(MAX.own, rates=(replace(JOE[0], wpm=220.0), *JOE[1:]))
    sentences = score(ferry(), voice=Voice("max", {"max": far}), seconds=480, age=8)
    assert {one.scale for one in sentences} == {rate.scale for rate in JOE[1:]}


def test_a_story_that_comes_back_to_itself_still_ends() -> None:
    story = read("# A\nOne.\n# B\nTwo.\n- [*on*](#a)", "a.md")
    assert [one.text for one in score(story, voice=MAX, seconds=600, age=8)] == ["One.", "Two."]


def test_a_few_sentences_are_said_in_the_evening_manner() -> None:
    said = plain("Good evening. It is late.\n\nSleep well.", MAX, level_db=-6, told=0.9)
    assert [one.text for one in said] == ["Good evening.", "It is late.", "Sleep well."]
    assert {(one.voice, one.level_db, one.scale, one.pitch_st) for one in said} == {("max", -6, 1.9, -2)}
    assert said[1].pause_s > said[0].pause_s
    assert said[2].at_s == pytest.approx(said[1].at_s + said[1].voice_s + said[1].pause_s)
    assert plain("Hello.", MAX)[0].pause_s < said[-1].pause_s
    assert plain(" … ", MAX) == ()


def test_the_document_of_a_score_has_its_keys() -> None:
    _, sentences = told(ferry(), "short")
    document = as_json("The Slow Ferry", sentences)
    assert document.keys() >= {"title", "duration_s", "sentences"}
    row = document["sentences"][1]
    assert row.keys() >= {"at_s", "text", "voice", "rate_wpm", "pause_s", "level_db", "pitch_st", "cues"}
    assert row["rate_wpm"] == pytest.approx(60 * speech.words(row["text"]) / (row["voice_s"] + row["pause_s"]), abs=0.1)
    assert {"kind": "light", "value": "0.6"} in [cue for each in document["sentences"] for cue in each["cues"]]
