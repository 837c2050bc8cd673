"""The checker: each fault planted in a good story is found, with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from device import assets
from device.tales.check import check, listing
from device.tales.markdown import read
from device.tales.story import Remark, paths
from tests.tales.maker import FERRY, MAX, ferry

GOOD = FERRY.read_text(encoding="utf-8")
LIBRARY = sorted(assets.stories().glob("*.md"))
BANNED = assets.banned().read_text(encoding="utf-8")


def found(text: str) -> list[Remark]:
    return check(text, "a.md", voice=MAX, banned=BANNED)


def errors(text: str) -> list[Remark]:
    return [remark for remark in found(text) if remark.error]


def test_a_good_story_has_nothing_to_remark_on() -> None:
    assert [str(remark) for remark in found(GOOD)] == []


@pytest.mark.parametrize("file", [file for file in LIBRARY if file.stem != "README"], ids=lambda file: file.stem)
def test_the_library_has_no_errors(file: Path) -> None:
    assert [str(remark) for remark in errors(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("instead", "by", "what"),
    [
        ("[*on*](#the-crossing)", "[*on*](#the-attic)", "no scene #the-attic"),
        ("(#the-back) <!-- also: back, behind -->", "(#the-cellar)", "no scene #the-cellar"),
        ("calm: 4", "calm: quite", "is not one of 1 to 5"),
        ("ages: 6-12", "ages: 16", "outside 4-13"),
        ("helps: [stormy", "helps: [hungry", "no answer of the check-in"),
        ("The river was slow,", "Suddenly the river was slow,", "'Suddenly'"),
        ("The bakery was not quite closed.", "Somebody chased a cat there.", "'chased'"),
        ("The lamp burned low", "The lamp of old Brandybuck burned low", "'Brandybuck'"),
        ("The river was slow, and", '**Heron:** "Slow," and', "'Heron'"),
    ],
)
def test_a_planted_fault_is_an_error_with_its_line(instead: str, by: str, what: str) -> None:
    assert instead in GOOD
    text = GOOD.replace(instead, by, 1)
    remark = next(remark for remark in errors(text) if what in remark.what)
    assert remark.line == text.count("\n", 0, text.index(by)) + 1
    assert remark.remedy
    assert str(remark).startswith(f"a.md:{remark.line}: error: ")


@pytest.mark.parametrize("key", ["title", "by", "ages", "calm", "themes"])
def test_front_matter_is_complete(key: str) -> None:
    text = "\n".join(row for row in GOOD.splitlines() if not row.startswith(f"{key}:"))
    assert [remark.what for remark in errors(text)] == [f"{key} is missing."]


def test_a_way_that_comes_back_never_ends() -> None:
    text = GOOD.replace("# The way back\n", "- [*on*](#the-crossing)\n\n# The way back\n", 1)
    assert any("never ends" in remark.what for remark in errors(text))


@pytest.mark.parametrize("ends", [0, 1])
def test_a_small_story_with_many_circles_is_looked_through_at_once(ends: int) -> None:
    scenes = [f"# S {at}\nLeft?\n- [L](#s-{at + 1})\n- [R](#s-{at * 7 % 30})\n- [*n*](#s-{(at + 2) % 31})\n"
              for at in range(30)]  # fmt: skip
    text = "".join(scenes) + ("# S 30\nHome.\n" if ends else "# S 30\nOn.\n- [*on*](#s-0)\n")
    assert sum("never ends" in remark.what for remark in errors(text)) == 1
    assert all(way[-1].slug == "s-30" for way in paths(read(text, "a.md"), 50))
    assert len(list(paths(read(text, "a.md"), 50))) == 50 * ends


def test_a_question_has_three_answers_at_most() -> None:
    text = GOOD.replace("- [At the back]", "- [In the air](#the-front)\n- [Under it](#the-back)\n- [At the back]", 1)
    assert [remark.what for remark in errors(text)] == ["'The landing' has 4 answers."]


def test_a_telling_asks_three_questions_at_most_all_in_its_first_half() -> None:
    many = "".join(f"# Q{number}\nOne.\n- [Go](#q{number + 1})\n- [*on*](#q{number + 1})\n" for number in range(4))
    early = GOOD.replace("# The landing\n", f"{many}# Q4\n", 1)
    assert [remark.what for remark in errors(early)] == [
        "'Q3' asks a question too many.",
        "'Q4' asks a question too many.",
    ]
    late = GOOD.replace("# The landing again", "- [Home](#home)\n- [*on*](#home)\n\n# Home", 1)
    assert [remark.what for remark in errors(late)] == ["The question of 'The way back' comes in the second half."]


def test_sentences_grow_shorter() -> None:
    head, body = GOOD.split("---\n")[1:]
    paragraphs = body.split("\n\n")
    first = [paragraph for paragraph in paragraphs if "[" not in paragraph and "#" not in paragraph]
    text = f"---\n{head}---\n" + "\n\n".join(reversed(first))
    assert any("do not grow shorter" in remark.what for remark in errors(text))


def test_each_way_can_be_told_in_four_to_twenty_minutes() -> None:
    short = GOOD.replace("# The back\n", "# Short\nHe rowed home. <!-- the end -->\n# The back\n", 1)
    short = short.replace("[At the back](#the-back)", "[Home](#short)").replace(
        "[*nobody answers*](#the-back)", "[*no*](#short)"
    )
    assert any("takes at most" in remark.what and "Short" in remark.what for remark in errors(short))
    body = GOOD.split("---\n", 2)[2].replace("<!-- may go -->", "").split("# The way back")[0]
    long = GOOD.replace(
        "# The landing\n",
        "Once. It was.\n\n"
        + 12 * "The river went on, and on, and it went by the mill and by the trees. " * 20
        + "\n\n# The landing\n",
        1,
    )
    assert len(body) > 1000
    assert any("takes at least" in remark.what for remark in errors(long))


def test_what_is_no_fault_is_a_remark_only() -> None:
    text = GOOD.replace("The lamp burned low", "Did the lamp burn low?! It did", 1)
    text = text.replace("- [*on*](#the-crossing)", "", 1).replace("cast: {", "cast: {Nobody: old, ", 1)
    whats = [remark.what for remark in found(text) if not remark.error]
    assert errors(text) == []
    assert any("exclamation" in what for what in whats)
    assert any("question in the last third" in what for what in whats)
    assert any("runs on into 'The back'" in what for what in whats)
    assert any("never speaks" in what for what in whats)


def test_a_scene_nobody_comes_to_is_remarked_on() -> None:
    text = GOOD.replace("(#the-front)", "(#the-back)", 1)
    assert [remark.what for remark in found(text)] == ["No way leads to 'The front'."]


def test_a_file_that_cannot_be_read_is_one_error() -> None:
    (remark,) = found("---\ntitle: A\n")
    assert (remark.line, remark.error, remark.what) == (1, True, "the front matter is not closed.")
    assert remark.remedy == "Write a line of --- after its last key."


def test_a_banned_word_does_not_hide_in_another() -> None:
    assert errors(GOOD.replace("The lamp burned low", "The yellow lamp explored a bangle", 1)) == []


def test_the_list_of_stories_has_its_keys() -> None:
    (row,) = listing([("stories/ferry.md", ferry())], MAX, 8)
    assert row | {"minutes": []} == {
        "slug": "the-slow-ferry", "file": "stories/ferry.md", "title": "The Slow Ferry", "by": "Max", "language": "en",
        "ages": [6, 12], "minutes": [], "branching": True, "helps": ["stormy", "rainy"],
    }  # fmt: skip
    assert 4 <= row["minutes"][0] < row["minutes"][1] <= 20
