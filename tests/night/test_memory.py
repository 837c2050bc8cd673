"""The night is written down and taken up again as it was."""

from __future__ import annotations

import json

import pytest

from device.night.memory import from_dict, to_dict
from tests.nights.bedroom import Bedroom


def test_a_night_comes_back_from_json_as_it_was_at_every_step_of_an_evening() -> None:
    room = Bedroom({"feeling": "okay", "helps": "breathe", "choose": "tell me a story about the moon"}).until("20:31")
    for _ in range(4):
        room.hear("five more minutes")
    room.press("grown_up")
    night = room.night
    assert night.telling
    assert night.requests
    assert night.calls
    assert from_dict(json.loads(json.dumps(to_dict(night)))) == night


def test_what_another_version_wrote_besides_is_let_go() -> None:
    night = Bedroom().night
    assert from_dict({**to_dict(night), "streak": 7}) == night


@pytest.mark.parametrize("broken", [{}, {"evening": "yesterday"}, {"evening": "2026-03-04", "telling": {"id": 1}}])
def test_anything_else_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"night|isoformat"):
        from_dict(broken)
