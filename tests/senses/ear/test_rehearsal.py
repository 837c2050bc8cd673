"""What is learnt of twenty phrases: which need another word, and how much slack this child is given."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from device.errors import HearingError
from device.night.language import Language, Strictness
from device.senses.ear import ear, limits, rehearsed
from device.senses.ear.hear import language
from device.senses.ear.listener import Nothing, Recognised
from device.senses.ear.rehearsal import ENOUGH, LINES, OPTIONS, PHRASES, Attempt, judged, slack_of
from device.senses.ear.rehearsed import MOST_SLACK, Kept
from tests.senses.ear.puppet import WORDS

english = cache(language)
QUIET_DB, LOUD_DB = 40.0, 20.0


def meaning(text: str) -> tuple[object, ...]:
    found = english().understand(text, OPTIONS)
    assert found is not None, text
    return found.intent, found.slots, found.wake


def phones(text: str) -> int:
    return sum(len(WORDS[word][0]) for word in text.split())


def heard(text: str, snr_db: float = QUIET_DB) -> Recognised:
    return Recognised(text, "", {}, 0.9, 0.5, 0.3, snr_db)


def attempt(result: Recognised | Nothing, say: str = "stop") -> Attempt:
    phrase = next(n for n, wordings in enumerate(PHRASES) if say in wordings)
    return judged(phrase, 0, result, english(), phones)


def attempts(*needs: float | None) -> list[Attempt]:
    """-> so many right phrases, all others easily heard."""
    easy = [-2.0] * (len(PHRASES) - len(needs))
    return [Attempt(n, 0, "understood", need=need) for n, need in enumerate([*needs, *easy])]


def test_twenty_phrases_in_two_wordings_mean_the_same() -> None:
    assert len(PHRASES) == 20
    for first, second in PHRASES:
        assert first != second
        assert meaning(first) == meaning(second)


def test_they_cover_what_matters_in_a_night() -> None:
    intents = {meaning(wordings[0])[0] for wordings in PHRASES}
    assert {"TellStory", "Weave", "Choice", "Stop", "Louder", "Softer", "Scared", "GrownUp", "BadDream", "Feeling",
            "Helps", "FiveMore", "LeaveMeAlone", "GoodNight"} <= intents  # fmt: skip


def test_no_line_grades_the_child() -> None:
    for text in LINES.values():
        assert not any(word in text.lower() for word in ("wrong", "fail", "score", "correct", "%", "mistake", "bad"))


def test_another_wording_of_the_same_meaning_was_understood() -> None:
    assert attempt(heard("stop it")).verdict == "understood"


def test_another_meaning_is_another_and_teaches_nothing_of_losses() -> None:
    found = attempt(heard("no"))
    assert (found.verdict, found.heard, found.need) == ("other", "no", None)


def test_the_right_phrase_that_was_refused_counts_and_another_does_not() -> None:
    right = attempt(Nothing(True, QUIET_DB, "stop", 3.0))
    assert (right.verdict, right.heard) == ("unheard", "")
    assert right.need == limits.slack_for(3.0, "kind", phones("stop"))
    assert attempt(Nothing(True, QUIET_DB, "no", 3.0)).need is None


def test_silence_is_silence() -> None:
    found = attempt(Nothing(False))
    assert (found.verdict, found.need, found.loud) == ("silent", None, False)


@pytest.mark.parametrize("strictness", ["kind", "normal", "strict"])
@pytest.mark.parametrize("count", [3, 8, 20])
def test_the_slack_for_a_loss_is_where_it_is_just_taken(strictness: Strictness, count: int) -> None:
    for loss in (0.5, 2.0, 4.0):
        slack = limits.slack_for(loss, strictness, count)
        assert limits.largest_loss(strictness, count, QUIET_DB, slack) == pytest.approx(loss)


def test_a_child_who_is_heard_easily_gets_no_slack_and_is_never_held_to_more() -> None:
    assert slack_of(attempts()) == 0.0
    assert slack_of(attempts(-0.01)) == 0.0


def test_the_slack_is_the_largest_that_the_bound_allows_and_one_far_beyond_does_not_move_it() -> None:
    assert slack_of(attempts(0.1, 0.2)) == 0.2
    assert slack_of(attempts(0.1, 0.2, MOST_SLACK + 0.01, 3.0)) == 0.2
    assert slack_of(attempts(9.0)) == 0.0


def test_of_few_right_phrases_nothing_is_learnt() -> None:
    few = attempts(0.2, *[None] * (len(PHRASES) - ENOUGH + 1))
    assert slack_of(few) == 0.0
    assert slack_of([*few, Attempt(0, 0, "understood", need=-1.0)]) == 0.2


def test_loud_rooms_and_second_wordings_teach_nothing() -> None:
    assert attempt(heard("stop", LOUD_DB)).loud
    hard = Attempt(0, 0, "unheard", need=0.2)
    assert slack_of([*attempts(), hard]) == 0.2
    assert slack_of([*attempts(), replace(hard, loud=True), replace(hard, wording=1)]) == 0.0


def test_slack_takes_more_of_what_a_child_says_and_ends_where_it_was_measured() -> None:
    assert limits.largest_loss("kind", 10, QUIET_DB, 0.2) > limits.largest_loss("kind", 10, QUIET_DB)
    endless = 10**12
    assert limits.largest_loss("kind", endless, QUIET_DB, MOST_SLACK) == pytest.approx(5.15, abs=1e-3)


# --- what stays ------------------------------------------------------------------------------------------------

SOME = Kept(0.2, (0, 1), (-1.5, None))


def leaves(value: object) -> Iterator[object]:
    match value:
        case dict():
            for held in value.values():
                yield from leaves(held)
        case list():
            for held in value:
                yield from leaves(held)
        case _:
            yield value


def test_what_was_kept_is_numbers_for_the_owner_alone_and_comes_back(tmp_path: Path) -> None:
    rehearsed.keep(SOME, tmp_path)
    path = tmp_path / rehearsed.FILE
    assert rehearsed.kept(tmp_path) == SOME
    assert [file.name for file in tmp_path.iterdir()] == [rehearsed.FILE]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert all(leaf is None or isinstance(leaf, int | float) for leaf in leaves(json.loads(path.read_text())))


def test_forgetting_leaves_nothing_and_may_be_asked_for_twice(tmp_path: Path) -> None:
    rehearsed.keep(SOME, tmp_path)
    assert rehearsed.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not rehearsed.forget(tmp_path)
    assert rehearsed.slack(tmp_path) == 0.0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"slack": "much", "wordings": [], "needs": []}', "\x00",
                                  '{"slack": NaN, "wordings": [], "needs": []}'])  # fmt: skip
def test_a_damaged_file_costs_the_slack_and_never_the_evening(tmp_path: Path, text: str) -> None:
    (tmp_path / rehearsed.FILE).write_text(text)
    assert rehearsed.slack(tmp_path) == 0.0
    with pytest.raises(HearingError, match="sleepsync rehearse"):
        rehearsed.kept(tmp_path)


@pytest.mark.parametrize(("written", "counts"), [(99, MOST_SLACK), (-4, 0.0)])
def test_no_file_makes_the_ear_kinder_than_was_measured(tmp_path: Path, written: float, counts: float) -> None:
    rehearsed.keep(replace(SOME, slack=written), tmp_path)
    assert rehearsed.slack(tmp_path) == counts


def test_the_ears_process_is_started_with_the_childs_slack() -> None:
    command = ear.command("Bedside", slack=0.2)
    assert command[command.index("--slack") + 1] == "0.2"


def test_the_language_is_one_that_the_wordings_are_sentences_of() -> None:
    known: Language = english()
    spoken = [text for wordings in PHRASES for text in wordings if meaning(text)[0] != "Weave"]
    assert all(known.window(OPTIONS).accepts(text) for text in spoken)
