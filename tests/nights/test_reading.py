"""A person reads, Max finishes, a person finishes: the score is one thing, whoever speaks."""

from __future__ import annotations

import pytest

from device.events import At, Glow, Hush, Note, Prepare, Say, Tell
from device.night import tellings
from device.night.view import view
from device.tales.score import duration_s
from tests.nights.bedroom import Bedroom, given, words


def reading(clock: str = "20:20", story: str = "lighthouse") -> Bedroom:
    room = Bedroom().until(clock)
    assert room.ask("read", id="ask-read", story=story).ok
    return room


def turns(room: Bedroom, sentence: int, seq: int | None = None) -> list[object]:
    """-> what is done when the page shows this sentence."""
    telling = room.night.telling
    assert telling
    seq = telling.seq + 1 if seq is None else seq
    return list(room.happens(At(at=room.clock.now(), id=telling.id, sentence=sentence, seq=seq)))


def place(room: Bedroom) -> str:
    """-> the sentence the night has reached."""
    assert room.night.telling
    return tellings.part(room.night.telling, room.given)[room.night.telling.own].text


def test_the_box_keeps_quiet_and_its_light_follows_the_score_by_the_clock() -> None:
    room = reading()
    before = len(room.all(Say))
    room.until("20:30")
    assert len(room.all(Say)) == before
    assert [tell.aloud for tell in room.all(Tell)] == [False]
    embers = [doing.ember for at, doing in room.done if isinstance(doing, Glow) and at > room.at("20:20")]
    assert len(embers) >= 2
    assert embers == sorted(embers, reverse=True)
    assert place(room) != given().library["lighthouse"].scenes[0].paragraphs[0].lines[0].text


def test_from_its_first_report_the_page_leads_and_the_clock_does_not() -> None:
    room = reading()
    assert any(isinstance(doing, Hush) for doing in turns(room, 2))
    room.until("20:35")
    assert room.night.telling
    assert room.night.telling.sentence == 2, "nobody turned the page"


def test_a_report_that_comes_late_twice_or_for_another_telling_changes_nothing() -> None:
    room = reading()
    turns(room, 7, seq=100)
    for id, seq in ((room.night.telling, 100), (room.night.telling, 99), (None, 101)):
        room.happens(At(at=room.clock.now(), id=id.id if id else "read-0304-0", sentence=3, seq=seq))
    assert room.night.telling
    assert room.night.telling.sentence == 7


def test_turning_back_does_not_raise_the_light() -> None:
    room = reading()
    turns(room, 40)
    low = room.last_glow().ember
    turns(room, 0)
    turns(room, 20)
    assert room.last_glow().ember == low


def test_max_goes_on_at_the_sentence_that_is_shown_and_ends_with_the_evening() -> None:
    room = reading()
    prepared = next(doing for doing in turns(room, 12) if isinstance(doing, Prepare))
    shown = place(room)
    (tell,) = (doing for doing in room.hear("max you finish") if isinstance(doing, Tell))
    assert tell.aloud
    assert (tell.begin, tell.sentences[0].text) == (0, shown), "no line before it"
    assert prepared.sentences[0].text == shown
    left_s = (room.at("20:45") - room.clock.now()).total_seconds()
    assert duration_s(tell.sentences) <= left_s
    assert tell.sentences[0].level_db <= 0
    assert room.night.told == ("lighthouse",)


def test_what_max_was_going_to_say_is_rendered_as_the_page_prepared_it() -> None:
    room = reading()
    prepared = next(doing for doing in turns(room, 12) if isinstance(doing, Prepare)).sentences
    (tell,) = (doing for doing in room.press("story") if isinstance(doing, Tell))

    def key(tales: tuple[object, ...]) -> list[tuple[object, ...]]:
        return [(s.text, s.voice, s.scale, s.pitch_st) for s in tales]  # type: ignore[attr-defined]

    assert key(tell.sentences[: len(prepared)]) == key(prepared)


def test_with_less_time_max_leaves_out_what_may_go() -> None:
    early, late = reading("20:20"), reading("20:20")
    lengths = []
    for room, clock in ((early, "20:21"), (late, "20:35")):
        turns(room, 12)
        room.until(clock)
        (tell,) = (doing for doing in room.hear("you finish") if isinstance(doing, Tell))
        lengths.append(len(tell.sentences))
    assert lengths[1] < lengths[0]


def test_ill_finish_ends_max_with_his_sentence_and_the_page_opens_at_the_next() -> None:
    room = reading()
    turns(room, 5)
    room.hear("you finish")
    room.until("20:25")
    telling = room.night.telling
    assert telling
    sounding = telling.sentence
    (hush,) = (doing for doing in room.hear("i'll finish") if isinstance(doing, Hush))
    assert hush.gently
    said = len(room.all(Say))
    room.until("20:26")
    assert len(room.all(Say)) == said + 1
    last = tellings.part(telling, room.given)[sounding].text.rstrip(".")
    assert "The Lighthouse That Learned to Whisper" in room.said()[-1]
    assert " ".join(last.split()[-4:]) in room.said()[-1]
    shown = view(room.night, room.given, room.clock.now(), "stories", "parent")["reading"]
    assert (shown["aloud"], shown["sentence"] >= sounding + 1) == (False, True)


def test_the_book_goes_to_and_fro_as_often_as_they_like_and_never_back() -> None:
    room, numbers = reading("20:05"), []
    for minute in range(6, 15, 2):
        turns(room, (room.night.telling.own if room.night.telling else 0) + 2)
        room.hear("you finish")
        room.until(f"20:{minute:02}:40")
        room.hear("i'll finish")
        room.until(f"20:{minute + 1:02}:30")
        assert room.night.telling
        numbers.append(tellings.place_of(room.night.telling, room.given).told)
        assert not room.night.telling.aloud
    assert numbers == sorted(set(numbers))


def test_the_page_may_hand_over_even_where_its_reports_were_lost() -> None:
    room = reading()
    assert room.ask("you_finish", id="ask-finish", sentence=9).ok
    (tell,) = [tell for tell in room.all(Tell) if tell.aloud]
    silent = room.all(Tell)[0]
    assert tell.sentences[0].text == silent.sentences[9].text
    assert room.ask("ill_finish", id="ask-take").ok
    assert not room.ask("you_finish", id="ask-early", sentence=1).ok, "Max is still in his sentence"


def test_after_ill_finish_a_lost_page_reads_on_by_the_clock() -> None:
    room = reading()
    room.hear("you finish")
    room.until("20:23")
    room.hear("i'll finish")
    room.until("20:24")
    here = place(room)
    room.until("20:28")
    assert place(room) != here


def test_a_story_is_named_by_voice_and_a_book_of_their_own_has_none() -> None:
    room = Bedroom().until("20:10")
    assert not any(isinstance(doing, Tell) for doing in room.hear("we read tonight"))
    (tell,) = (
        doing
        for doing in room.hear("we read the lighthouse that learned to whisper tonight")
        if isinstance(doing, Tell)
    )
    assert (tell.story, tell.aloud) == ("lighthouse", False)


def test_lights_out_comes_and_the_page_stays_open_until_dark() -> None:
    room = reading("20:40")
    turns(room, 3)
    room.until("20:46")
    assert room.phase == "settling"
    assert not any(isinstance(doing, Glow) for doing in turns(room, 30))
    assert view(room.night, room.given, room.clock.now(), "stories", "parent")["reading"]
    room.until("21:16")
    assert room.night.telling is None


def test_a_question_of_the_story_is_answered_on_the_page() -> None:
    room = reading("20:05", "slow-post")
    silent = room.all(Tell)[-1]
    turns(room, len(silent.sentences) - 1)
    assert room.ask("turn", id="ask-turn", to="through-the-lettuces").ok
    assert room.all(Tell)[-1].sentences[0].scene == "through-the-lettuces"
    assert not room.all(Tell)[-1].aloud
    assert not room.ask("turn", id="ask-nowhere", to="the-moon").ok


def test_reading_is_not_counted_among_the_stories_of_the_promise() -> None:
    assert reading().night.told == ()
    assert not any(note.kind == "story" for note in reading().all(Note))


def test_a_power_cut_while_somebody_reads_opens_the_page_where_it_was() -> None:
    room = reading()
    turns(room, 12)
    later = Bedroom(night=room.night, begin=room.clock.now())
    assert place(later) == place(room)
    assert not any(tell.aloud for tell in later.all(Tell))


@pytest.mark.parametrize("who", ["parent", "grown_up"])
def test_a_story_that_max_tells_is_not_shown_to_who_may_not_know_it(who: str) -> None:
    room = Bedroom().until("20:10")
    room.hear("tell me a story about the sea")
    assert view(room.night, room.given, room.clock.now(), "stories", who)["reading"] is None
    assert view(room.night, room.given, room.clock.now(), "stories", "child")["reading"]


def test_without_time_for_the_rest_max_says_so_and_the_reader_keeps_the_book() -> None:
    room = reading("20:43")
    assert not any(isinstance(doing, Tell) for doing in room.hear("you finish"))
    assert room.night.telling
    assert not room.night.telling.aloud
    assert words(room.all(Say)[-1])
