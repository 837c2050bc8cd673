"""What the journal keeps and `demo --json` prints of a doing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time

import numpy as np
import pytest

from device.events import Cue, Heard, Lay, Listen, Note, Option, Say, Sentence
from device.plain import plain, plain_value

EVENING = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


def test_a_doing_says_what_it_does_first_and_then_every_field() -> None:
    said = plain(Say(id="s1", sentences=(Sentence("Good evening.", cues=(Cue("light", "0.6"),)),)))
    assert list(said) == ["do", "id", "sentences"]
    assert said["do"] == "Say"
    assert said["sentences"][0]["text"] == "Good evening."
    assert said["sentences"][0]["cues"] == [{"kind": "light", "value": "0.6"}]


def test_a_happening_carries_its_time_with_the_offset() -> None:
    heard = plain(Heard(at=EVENING, text="stop", intent="Stop"))
    assert heard["happened"] == "Heard"
    assert heard["at"] == "2026-11-24T19:30:00+00:00"


@pytest.mark.parametrize(
    "doing",
    [
        Lay(moments=((EVENING, "wind_down"),)),
        Listen(id="l1", seconds=6, options=(Option("go up the stairs", "the-stairs", ("up",)),)),
        Note(kind="promise", what={"bedtime": time(20, 45), "themes": frozenset({"sea"}), "share": np.float32(0.5)}),
    ],
)
def test_every_kind_of_field_becomes_the_same_json_each_time(doing: Lay | Listen | Note) -> None:
    written = json.dumps(plain(doing))
    assert json.loads(written) == plain(doing)
    assert written == json.dumps(plain(doing))


def test_sets_have_one_order() -> None:
    assert plain_value({"b", "c", "a"}) == ["a", "b", "c"]


@pytest.mark.parametrize("what", [object(), b"sound", Note])
def test_what_json_has_no_word_for_is_refused(what: object) -> None:
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        plain_value(what)
