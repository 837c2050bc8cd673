"""The demo: whole evenings without waiting, the same each time; and an evening of three minutes at any hour."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from device import demo
from device.demo import DATE, Record, document, fast, taste
from device.events import Breathe, Heard, Say, Tell
from device.live import short_evening
from device.night.timetable import evening_of, plan
from device.tales.score import span_min
from tests.nights.bedroom import given, language

USUAL = ["afternoon", "wind_down", "check_in", "choosing", "story", "choosing", "lights_out", "settling", "asleep"]


def evening(name: str, request: str | Heard | None = None, seed: int = 1) -> Record:
    record = fast(given(), language(), DATE, name, request, seed)
    assert not record.failed, record.failed
    return record


def shown(record: Record, seed: int = 1) -> dict[str, Any]:
    return document(record, given(), DATE, seed, None)


def names(record: Record) -> list[str]:
    return [phase["name"] for phase in record.phases]


def test_an_ordinary_evening_is_asked_for_a_story_and_tells_it() -> None:
    record = evening("ordinary", "tell me a story about the moon")
    assert names(record) == [*USUAL, "dawn", "morning"]
    assert record.heard[-1]["intent"] == "TellStory"
    assert record.heard[-1]["slots"] == {"topic": "moon"}
    assert record.story
    assert record.story["title"] == "The Train That Kept Moon Time"
    assert 8 <= record.story["minutes"] <= 15
    breathing = next(doing for _, doing in record.doings if isinstance(doing, Breathe))
    assert breathing.seconds > 30


def test_the_same_seed_gives_the_same_document_and_another_may_not() -> None:
    first, again = (json.dumps(shown(evening("ordinary"))) for _ in range(2))
    assert first == again
    assert any(json.dumps(shown(evening("ordinary", seed=seed), seed)) != first for seed in (2, 3, 4))


def test_the_document_is_plain_json_with_times_in_the_familys_zone() -> None:
    found = json.loads(json.dumps(shown(evening("ordinary"))))
    assert set(found) == {"seed", "date", "zone", "phases", "heard", "doings", "story", "recorded"}
    times = [datetime.fromisoformat(entry["at"]) for entry in [*found["phases"], *found["heard"], *found["doings"]]]
    assert all(at.utcoffset() is not None for at in times)
    at = [datetime.fromisoformat(doing["at"]) for doing in found["doings"]]
    assert at == sorted(at)
    assert {"Say", "Tell", "Glow", "Breathe"} <= {doing["do"] for doing in found["doings"]}


@pytest.mark.parametrize("name", demo.EVENINGS)
def test_every_evening_ends_in_a_morning_without_a_fault(name: str) -> None:
    record = evening(name)
    assert names(record)[-1] == "morning"
    assert (record.story is None) == (name in ("silent", "alone"))


def test_a_bad_dream_is_answered_in_the_dark() -> None:
    record = evening("baddream")
    assert names(record)[-5:] == ["asleep", "stirring", "asleep", "dawn", "morning"]


def test_words_that_max_does_not_know_get_no_story_and_no_fault() -> None:
    record = evening("ordinary", "xyzzy plugh")
    assert record.story is None
    assert names(record)[-1] == "morning"


def test_what_was_spoken_counts_as_what_was_typed() -> None:
    spoken = Heard(
        at=datetime.now(UTC), text="tell me a story about the sea", intent="TellStory", slots={"topic": "sea"}
    )
    record = evening("ordinary", spoken)
    assert record.story
    assert record.heard[-1]["at"].startswith("2026-03-04T20:30")


def test_every_change_of_light_is_written_within_its_caps(tmp_path: Path) -> None:
    record = evening("ordinary")
    demo.write_frames(record, tmp_path / "light.csv")
    with (tmp_path / "light.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 1000
    dawn = next(phase["at"] for phase in record.phases if phase["name"] == "dawn")
    for row in rows:
        assert 0 <= float(row["lamp_ember"]) <= 1
        assert 0 <= float(row["motor"]) <= 0.5
        assert float(row["lamp_dawn"]) == 0 or row["at"] >= dawn
    assert max(float(row["motor"]) for row in rows) > 0.2
    assert float(rows[-1]["motor"]) == 0


def test_the_recording_ends_with_the_storys_telling() -> None:
    kept = [doing for _, doing in demo.until_last_word(evening("ordinary"))]
    assert isinstance(kept[-1], Tell)
    assert any(isinstance(doing, Say) for doing in kept), "it begins with good evening"


def test_a_taste_of_every_story_lasts_two_minutes_at_most_and_has_its_end() -> None:
    for story in given().library.values():
        short = taste(story, 170)
        shortest, _ = span_min(short, given().voice, 12)
        assert shortest <= 2.1, story.slug
        assert short.scenes[0].paragraphs[0] == story.scenes[0].paragraphs[0]
        assert short.scenes[0].paragraphs[-1] == _told(story.scenes[-1].paragraphs)[-1]


def _told(paragraphs: Iterable[Any]) -> list[Any]:
    return [paragraph for paragraph in paragraphs if not paragraph.may_go]


@pytest.mark.parametrize("hour", range(24))
def test_at_any_hour_a_short_evening_begins_now_and_ends_in_three_minutes(hour: int) -> None:
    now = datetime(2026, 11, 24, hour, 59, 30, tzinfo=UTC)
    agreed = short_evening(given().promise, now)
    found = plan(agreed, evening_of(agreed, now))
    assert found.phase(now + timedelta(seconds=1)) == "wind_down"
    assert timedelta(minutes=2) < found.when("morning").astimezone(UTC) - now < timedelta(minutes=4)
