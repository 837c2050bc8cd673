"""The stories that come with the box: for every age, without a remark, and told in eight minutes where it has to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from device import assets
from device.tales import check, markdown, score
from device.tales.story import Story, paths
from tests.tales.maker import MAX

FILES = sorted(file for file in assets.stories().glob("*.md") if file.name != "README.md")
LIBRARY = {file.stem: markdown.read(file.read_text(encoding="utf-8"), file.name) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_checker_has_nothing_to_say(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    banned = assets.banned().read_text(encoding="utf-8")
    assert check.check(text, file.name, voice=MAX, banned=banned) == []


@pytest.mark.parametrize("story", LIBRARY.values(), ids=LIBRARY)
def test_every_way_can_be_told_in_about_eight_minutes_and_in_ten(story: Story) -> None:
    for way in paths(story):
        shortest, longest = score.way_span_min(story, way, MAX, sum(story.ages) // 2)
        assert shortest <= 8.5
        assert longest >= 10


@pytest.mark.parametrize("age", range(4, 14))
def test_there_is_a_story_for_every_age(age: int) -> None:
    assert [story for story in LIBRARY.values() if story.ages[0] <= age <= story.ages[1]]


@pytest.mark.parametrize("theme", ["moon", "sea", "dragon", "train", "lighthouse", "snails"])
def test_what_is_asked_for_most_is_a_theme(theme: str) -> None:
    assert any(theme in story.themes for story in LIBRARY.values())


def test_one_of_them_asks_two_questions() -> None:
    assert [sum(bool(scene.options) for scene in way) for way in paths(LIBRARY["slow-post"])] == [2, 2, 2, 2]
