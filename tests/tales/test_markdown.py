"""Stories as Markdown: what is read, what is passed over, what is refused, and that writing gives it back."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from device import assets
from device.errors import StoryError
from device.events import Cue, Option
from device.tales.markdown import read, remarks, write
from device.tales.story import COLOURS, Line, Story
from tests.tales.maker import FERRY, ferry

LIBRARY = sorted(file for file in assets.stories().glob("*.md") if file.stem != "README")
EXAMPLE = re.findall(r"```markdown\n(.*?)```", (assets.stories() / "README.md").read_text(encoding="utf-8"), re.DOTALL)[
    0
]


def told(body: str) -> Story:
    return read(body, "a-story.md")


def lines(body: str) -> list[Line]:
    return [line for scene in told(body).scenes for paragraph in scene.paragraphs for line in paragraph.lines]


def test_the_example_for_authors_reads_without_a_remark() -> None:
    story = read(EXAMPLE, "lighthouse.md")
    assert remarks(EXAMPLE, "lighthouse.md") == []
    assert (story.slug, story.title, story.ages, story.calm) == (
        "lighthouse",
        "The Lighthouse That Learned to Whisper",
        (7, 12),
        4,
    )
    assert story.people == (("Ines", "she/her"), ("the keeper", "they/them"))
    rock = story.scene("the-rock")
    assert rock.options == (
        Option("Go up the stairs", "the-stairs", ("up", "climb", "the stairs")),
        Option("Sit by the sea", "the-shore", ("sit", "sea", "down")),
    )
    assert rock.silent == "the-shore"
    assert [scene.silent for scene in story.scenes] == ["the-shore", "the-lamp", "the-lamp", ""]
    assert story.branching


@pytest.mark.parametrize("file", [FERRY, *LIBRARY], ids=lambda file: file.stem)
def test_what_is_written_is_read_as_the_same_story(file: Path) -> None:
    story = read(file.read_text(encoding="utf-8"), file.name)
    assert read(write(story), file.name) == story
    assert hash(story) == hash(read(write(story), file.name))


def test_any_text_that_reads_is_written_back_as_the_same_story() -> None:
    pieces = [
        "A word.", '"Yes,"', "“No”", "**Ann:**", "**Bo**:", "*soft*", "\n", "\n\n", "\n\n# Here\n\n",
        "\n\n# There\n\n", "**bold**", "<!-- pause: 1.5 -->", "<!-- may go -->", "<!-- breathe -->", "<!-- x",
        "<!-- the end -->", "<!-- light: 0.5 -->",
        "\n\n- [Go](#here) <!-- also: a, b -->\n- [*nobody*](#there)\n\n", "[on](#there)", "1. One",
        "# ", "\\*", "&amp;", "<b>", "`code`", "> ", "---", "===", "+ ", "5)", "![p](q)", "[[a]]", "_", "*", "'", '"',
        ":", "~~~", "    deep", "| a |",
    ]  # fmt: skip
    chance, read_back = Random(11), 0
    for _ in range(1500):
        text = " ".join(chance.choices(pieces, k=chance.randint(1, 25)))
        try:
            story = told(text)
        except StoryError:
            continue
        assert told(write(story)) == story, text
        read_back += 1
    assert read_back > 1000


def test_what_stands_in_quotation_marks_is_the_characters() -> None:
    said = lines('**Keeper:** "Again?" <!-- pause: 1.2 --> said the keeper, softly. **Gull:** “Again,” said the gull.')
    assert [(line.who, line.text, line.pause_s) for line in said] == [
        ("Keeper", '"Again?"', 1.2),
        ("", "said the keeper, softly.", 0.0),
        ("Gull", "“Again,”", 0.0),
        ("", "said the gull.", 0.0),
    ]


def test_without_quotation_marks_all_of_it_is_the_characters() -> None:
    assert [(line.who, line.text) for line in lines("**Keeper:** Again and again.\n\nIt was late.")] == [
        ("Keeper", "Again and again."),
        ("", "It was late."),
    ]


def test_a_cue_belongs_to_the_words_before_it_and_a_leading_one_to_the_first_sentence() -> None:
    light = Cue("light", "0.4")
    after, before = lines("One. Two. <!-- light: 0.4 -->"), lines("<!-- light: 40 % -->\n\nOne. Two.")
    assert [(line.text, line.cues) for line in after] == [("One. Two.", (light,))]
    assert [(line.text, line.cues) for line in before] == [("One.", (light,)), ("Two.", ())]


def test_a_pause_between_paragraphs_follows_the_first() -> None:
    assert [line.pause_s for line in lines("One.\n\n<!-- pause: 2 s -->\n\nTwo.")] == [2.0, 0.0]


def test_may_go_marks_its_paragraph_or_the_next_one() -> None:
    story = told("One.\n\nTwo. <!-- may go -->\n\n<!-- may go -->\n\nThree.\n\nFour.")
    assert [paragraph.may_go for paragraph in story.scenes[0].paragraphs] == [False, True, True, False]


def test_a_scene_goes_on_unless_it_is_the_end() -> None:
    story = told("# A\nOne. <!-- the end -->\n# B\nTwo.\n# C\nThree.\n- [*on*](#a)")
    assert [scene.silent for scene in story.scenes] == ["", "c", "a"]


def test_who_is_not_cast_has_a_colour_of_their_own() -> None:
    story = ferry()
    assert (story.colour(""), story.colour("oskar"), story.colour("Ines")) == ("max", "deep", "bright")
    assert {story.colour(f"Stranger {number}") for number in range(100)} == set(COLOURS)
    assert story.colour("Heron") == ferry().colour("heron")


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("---\ntitle: The Bus: Zero\nby: A\nages: 5-9\ncalm: 4\nthemes: [bus]\n---\nIt came.", 2, "colon"),
        ("---\ntitle: A\nby: A\nages: 3-9\ncalm: 4\nthemes: [bus]\n---\nIt came.", 4, "outside 4-13"),
        ("---\ntitle: A\nby: A\nages: 5-9\ncalm: 4\nthemes: a\nmood: b\n---\nIt came.", 7, "'mood'"),
        ("---\ntitle: A\nby: A\nages: 5-9\ncalm: 4\nthemes: a\ncast: {Bo: loud}\n---\nIt came.", 7, "'loud'"),
        ("It came.", 1, "title is missing"),
        ("# A\nIt came.\n\n- [Go on](#nowhere)\n", 4, "#nowhere"),
        ("# A\nIt came.\n\n- [Go on](#b)\n\n# B\nIt went.", 4, "silence"),
        ("# A\nIt came. <!-- light: 7 -->", 2, "light: 7"),
        ("# A\nIt came. <!-- wind: 7 -->", 2, "no cue"),
        ("# A\nOne\n# A\nTwo", 3, "already"),
        ("One\ntwo ![picture](a.png)", 2, "picture"),
    ],
)
def test_small_mistakes_are_told_and_remarked_on(text: str, line: int, found: str) -> None:
    assert told(text).scenes[0].paragraphs
    assert [remark for remark in remarks(text, "a.md") if remark.line == line and found in remark.what]


def test_a_title_with_a_colon_is_kept_whole() -> None:
    assert told("---\ntitle: The Bus: Zero\n---\nIt came.").title == "The Bus: Zero"


def test_windows_line_ends_and_byte_order_marks_change_nothing() -> None:
    text = FERRY.read_text(encoding="utf-8")
    assert read("\ufeff" + text.replace("\n", "\r\n"), FERRY.name) == ferry()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("---\ntitle: A\nIt came.", 1),
        ("---\ntitle: A\n---\n\n<!-- light: 0.5 -->\n", 3),
        ("---\ntitle: A\nby: [A\n---\nIt came.", 3),
        ("---\n" + "[" * 3900 + "\n---\nIt came.", 1),
        ("word " * 50_000, 1),
    ],
)
def test_what_cannot_be_told_is_refused_with_file_and_line(text: str, line: int) -> None:
    with pytest.raises(StoryError, match=r"^a-story\.md:\d+: .+\. \w+"):
        told(text)
    with pytest.raises(StoryError) as refused:
        told(text)
    assert abs(int(str(refused.value).split(":")[1]) - line) <= 1


def test_deeply_nested_marks_do_not_break_the_reader() -> None:
    assert told("One. " + "> " * 5000 + "*" * 5000 + "[" * 5000)
