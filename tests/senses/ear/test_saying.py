"""What Max is saying just now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from device.events import Doing, Finished, Happening, Hush, Option, Reached, Say, Sentence, Tell
from device.senses.ear.saying import Saying

NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
LINES = tuple(Sentence(text) for text in ("One.", "Two.", "Three.", "Four."))
TELL = Tell(id="tell-1", story="moon", title="Moon", sentences=LINES)


ASKING = replace(TELL, options=(Option("go up the stairs", "stairs"), Option("sit by the sea", "shore")))


def after(*steps: Happening | Doing) -> tuple[str, ...]:
    return following(*steps).texts


def following(*steps: Happening | Doing) -> Saying:
    saying = Saying()
    for step in steps:
        if isinstance(step, Doing):
            saying.hear(Happening(at=NOW), (step,))
        else:
            saying.hear(step, ())
    return saying


def test_a_line_is_said_until_it_is_finished() -> None:
    say = Say(id="say-1", sentences=LINES[:2])
    assert after(say) == ("One.", "Two.")
    assert after(say, Finished(at=NOW, id="say-1")) == ()


def test_of_a_telling_the_sentence_it_reached_counts_and_its_neighbours() -> None:
    assert after(TELL) == ("One.", "Two.")
    assert after(TELL, Reached(at=NOW, id="tell-1", sentence=2)) == ("Two.", "Three.", "Four.")


def test_a_hush_ends_what_it_names_and_one_without_a_name_all() -> None:
    assert after(TELL, Hush(id="tell-1")) == after(TELL, Hush()) == ()
    assert after(TELL, Hush(id="say-1")) == ("One.", "Two.")


def test_what_ended_before_says_nothing_about_what_runs() -> None:
    assert after(Say(id="say-1", sentences=LINES), TELL, Finished(at=NOW, id="say-1")) == ("One.", "Two.")


def test_while_a_person_reads_max_says_nothing() -> None:
    read = replace(TELL, id="read-1", aloud=False)
    assert after(read, Reached(at=NOW, id="read-1", sentence=2)) == after(TELL, read) == ()


def test_the_answers_count_from_where_the_question_begins_to_its_end() -> None:
    reached = [Reached(at=NOW, id="tell-1", sentence=number) for number in range(4)]
    told = [following(ASKING, *reached[: number + 1]).options for number in range(4)]
    assert told == [(), (), ASKING.options, ASKING.options]
    assert following(ASKING, reached[3], Finished(at=NOW, id="tell-1")).options == ()
    assert following(ASKING, reached[3], Say(id="say-1", sentences=LINES)).options == ()


def test_a_question_that_is_taken_up_at_its_last_sentence_has_its_answers_at_once() -> None:
    assert following(replace(ASKING, begin=3)).options == ASKING.options


def test_it_says_whether_anything_changed() -> None:
    saying = Saying()
    assert saying.hear(Happening(at=NOW), (TELL,))
    assert not saying.hear(Happening(at=NOW), ())
