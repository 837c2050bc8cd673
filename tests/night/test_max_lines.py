"""What Max says outside stories keeps its own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from device import assets
from device.tales.score import plain
from device.workshop.voices import voice

SLOTS = {
    "name", "grown_up", "parent", "who", "minutes", "left", "time", "until", "bedtime", "wake", "title", "titles",
    "topic", "choice", "words", "event", "sleeps", "thing",
}  # fmt: skip
NEVER = re.compile(
    r"\b(be brave|calm down|don't worry|good (boy|girl)|well done|proud of you|i love|i miss|missed you|every night|"
    r"in a row|why|go to sleep|close your eyes|nobody came|did not come|suddenly)\b",
    re.IGNORECASE,
)
LINES: dict[str, list[list[str]]] = yaml.safe_load((assets.phrases() / "max.en.yaml").read_text(encoding="utf-8"))


def sentences() -> Iterator[tuple[str, str]]:
    for key, variants in LINES.items():
        for variant in variants:
            for sentence in variant:
                yield key, sentence


@pytest.mark.parametrize("key", LINES)
def test_every_line_has_variants_of_short_sentences(key: str) -> None:
    assert LINES[key]
    for variant in LINES[key]:
        assert variant
        for sentence in variant:
            assert sentence[-1] in ".?"
            assert len(sentence.split()) <= 12, sentence


def test_no_line_praises_scolds_asks_why_or_raises_its_voice() -> None:
    assert [(key, text) for key, text in sentences() if NEVER.search(text) or "!" in text] == []


def test_every_slot_is_one_the_night_knows() -> None:
    used = {slot for _, text in sentences() for slot in re.findall(r"{(\w+)}", text)}
    assert used <= SLOTS


def test_an_older_form_always_has_a_younger_one() -> None:
    assert {key.removesuffix("_older") for key in LINES} <= set(LINES)


def test_no_line_said_in_the_dark_names_the_hour() -> None:
    for key in ("bad_dream", "night_light", "call", "call_again", "still_night", "dark_later", "scared"):
        assert not re.search(r"\d|{time}|o'clock", str(LINES[key]))


@pytest.mark.parametrize("key", ["opening", "opening_older"])
def test_an_opening_lasts_long_enough_for_a_voice_to_get_ready(key: str) -> None:
    for variant in LINES[key]:
        spoken = plain(" ".join(variant), voice("max"))
        assert sum(sentence.voice_s + sentence.pause_s for sentence in spoken) >= 12
