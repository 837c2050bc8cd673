"""Whole tellings, measured from their recorded sound: slower and softer to the end, and never late.

Three stories at the short and the long end of what they can take, one of them in the middle too. What was rendered for
one telling serves the next. `python -m tests.bench.telling` measures all nine.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.bench.telling import STORIES, Figures, figures, minutes_at, tell

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TELLINGS = [
    *((slug, end) for slug in STORIES for end in ("long", "short")),
    ("slow-post", "middle"),
]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded")


@pytest.fixture(scope="session", params=TELLINGS, ids=" ".join)
def got(request: pytest.FixtureRequest, data: Path) -> Figures:
    slug, end = request.param
    minutes, out = minutes_at(end, slug, data), data / f"{slug}-{end}.opus"
    return figures(out, tell(slug, minutes, STORIES[slug], data, out), minutes)


def test_it_ends_within_half_a_minute_of_the_time_asked(got: Figures) -> None:
    assert abs(got.took_s - got.asked_s) <= 30


def test_nearly_every_sentence_is_heard_at_its_place(got: Figures) -> None:
    assert got.heard >= 0.97 * got.sentences
    assert got.usual_s <= 0.3


def test_it_begins_at_about_130_words_a_minute_and_ends_at_75_to_95(got: Figures) -> None:
    assert 120 <= got.start_wpm <= 140
    assert 75 <= got.end_wpm <= 95


def test_it_falls_by_8_to_12_loudness_units(got: Figures) -> None:
    assert 8 <= got.first_minute_lufs - got.last_minute_lufs <= 12


def test_its_pauses_grow(got: Figures) -> None:
    assert got.pauses_s[-1] >= 1.2 * got.pauses_s[0]
    assert all(after > 0.85 * before for before, after in pairwise(got.pauses_s))


def test_no_sentence_of_the_second_half_startles(got: Figures) -> None:
    assert got.largest_rise_lu <= 2


def test_it_never_passes_the_ceiling(got: Figures) -> None:
    assert got.true_peak_db <= -1
