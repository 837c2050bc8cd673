"""Which story is found, and which three are offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from device.night import shelf
from device.night.night import Night
from tests.nights.bedroom import WEDNESDAY, given

TONIGHT = Night(evening=WEDNESDAY, seed=1)


@pytest.mark.parametrize(
    ("words", "slug"),
    [("moon", "moon-train"), ("the dragon", "slow-post"), ("Lighthouse", "lighthouse"), ("trains", "moon-train"),
     ("the baker of the third moon", "third-moon")],
)  # fmt: skip
def test_a_topic_or_a_title_finds_its_story(words: str, slug: str) -> None:
    assert shelf.find(given(12), words) == slug


def test_the_age_decides_between_stories_that_fit_equally() -> None:
    assert shelf.find(given(5), "moon") == "third-moon"


def test_what_no_story_is_about_finds_none() -> None:
    assert shelf.find(given(), "submarine") is None
    assert shelf.find(given(), "the of and") is None


def test_three_different_stories_are_offered_the_ones_for_the_age_first() -> None:
    offered = shelf.tonight(TONIGHT, given(12))
    assert len(set(offered)) == 3
    youngest, oldest = given().library[offered[0]].ages
    assert youngest <= 12 <= oldest


def test_what_was_told_tonight_comes_last() -> None:
    first = shelf.tonight(TONIGHT, given(8))[0]
    assert shelf.tonight(replace(TONIGHT, told=(first,)), given(8), count=4)[-1] == first


def test_a_feeling_brings_forward_what_helps_with_it() -> None:
    known = given(8)
    for feeling in ("foggy", "stormy"):
        offered = shelf.tonight(TONIGHT, known, feeling, count=4)
        fits = [
            feeling in known.library[slug].helps
            for slug in offered
            if known.library[slug].ages[0] <= 8 <= known.library[slug].ages[1]
        ]
        assert fits == sorted(fits, reverse=True)


def test_other_evenings_are_drawn_otherwise() -> None:
    drawn = {shelf.tonight(replace(TONIGHT, seed=seed), given(8)) for seed in range(12)}
    assert len(drawn) > 1
