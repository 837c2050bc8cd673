"""`sleepsync demo --hear`: ten requests in three synthetic voices, through the real ear, and what the night does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

from device.cli import main
from device.senses.ear.posteriors import RATE_HZ
from tests.bench.weaving import RAISED, heart, in_a_room, joe

pytestmark = pytest.mark.slow

REQUESTS = {
    "tell me a story about the moon": "TellStory",
    "softer please": "Softer",
    "wait a minute": "Pause",
    "go on please": "GoOn",
    "slow down please": "Slower",  # of joe's "slower please" the ear makes "jar please"
    "five more minutes": "FiveMore",
    "turn on the light": "NightLightOn",
    "louder please": "Louder",
    "i need a grown up": "GrownUp",
    "good night max": "GoodNight",
}
VOICES = {"joe": (joe, 1.0), "heart": (heart, 1.0), "heart raised by a fifth": (heart, RAISED)}


def said(folder: Path, voice: str) -> list[str]:
    """-> a sound file for each request."""
    start, raised = VOICES[voice]
    say, files = start(), []
    for seed, text in enumerate(REQUESTS):
        sound, rate_hz = say(text, raised, seed)
        files.append(str(folder / f"{seed}.wav"))
        soundfile.write(files[-1], in_a_room(sound, rate_hz, raised, seed), RATE_HZ)
    return files


def done(night: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """-> what the night did at once about the request of this number."""
    begin = night["heard"][-len(REQUESTS) :][number]["at"]
    return [doing for doing in night["doings"] if doing["at"] == begin]


@pytest.mark.parametrize("voice", VOICES)
def test_ten_spoken_requests_are_heard_and_each_is_done(
    voice: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = said(tmp_path, voice)
    assert main(["demo", "--hear", *files, "--fast", "--json", "--data", str(tmp_path / "data")]) == 0
    night = json.loads(capsys.readouterr().out)
    heard = night["heard"][-len(REQUESTS) :]
    assert [request["intent"] for request in heard] == list(REQUESTS.values())
    assert heard[0]["slots"] == {"topic": "moon"}
    assert night["story"]["title"] == "The Train That Kept Moon Time"

    each = (done(night, number) for number in range(len(REQUESTS)))
    story, softer, pause, on, slower, more, light, louder, call, good_night = each
    assert {"Say", "Tell"} & kinds(story)
    assert [doing["step_db"] for doing in softer if doing["do"] == "Volume"] == [-3.0]
    assert "Hush" in kinds(pause)
    assert "Tell" in kinds(on)
    assert "Tell" in kinds(slower)
    assert "five_more" in [doing.get("kind") for doing in more]
    assert [doing["ember"] > 0 for doing in light if doing["do"] == "Glow"] == [True]
    assert [doing["step_db"] for doing in louder if doing["do"] == "Volume"] == [3.0]
    assert "Ring" in kinds(call)
    assert "lights_out" in [phase["name"] for phase in night["phases"] if phase["at"] == night["heard"][-1]["at"]]
    assert "Glow" in kinds(good_night)


def kinds(doings: list[dict[str, Any]]) -> set[str]:
    return {doing["do"] for doing in doings}
