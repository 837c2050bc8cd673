"""The JSON documents keep their shape: each command is held to its schema, and each schema refuses a wrong one."""

from __future__ import annotations

import json
import wave
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from device.cli import main

SCHEMAS = Path(__file__).parents[1] / "device" / "schemas"
NAMES = ("demo", "hear", "rehearse", "tell-score", "stories-list", "doctor")


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def hold(name: str, document: Any) -> None:
    Draft202012Validator(schema(name)).validate(document)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    def run(*arguments: str) -> Any:
        code = main([*arguments, "--data", str(tmp_path / "data")])
        assert code == 0 or arguments[0] == "doctor"
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def test_there_is_no_schema_that_no_command_is_held_to() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("evening", ["ordinary", "silent", "baddream"])
def test_a_demo_keeps_its_shape(printed: Any, evening: str) -> None:
    hold("demo", printed("demo", "--fast", "--json", "--evening", evening))


def test_a_score_keeps_its_shape(printed: Any) -> None:
    hold("tell-score", printed("tell", printed("stories", "list", "--json")[0]["slug"], "--score"))


def test_the_list_of_stories_keeps_its_shape(printed: Any) -> None:
    hold("stories-list", printed("stories", "list", "--json"))


def test_the_doctor_keeps_its_shape(printed: Any) -> None:
    document = printed("doctor", "--json")
    hold("doctor", document)
    broken = deepcopy(document)
    broken["parts"][0] |= {"ok": False, "remedy": ""}
    with pytest.raises(ValidationError):
        hold("doctor", broken)


def test_what_is_heard_keeps_its_shape_though_nothing_is_in_it(printed: Any, tmp_path: Path) -> None:
    file = tmp_path / "silence.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(bytes(32000))
    document = printed("hear", str(file))
    hold("hear", document)
    assert document["intent"] is None
    with pytest.raises(ValidationError):
        hold("hear", document | {"intent": "Stop"})


def test_a_document_without_one_of_its_keys_is_refused(printed: Any) -> None:
    document = printed("demo", "--fast", "--json", "--evening", "silent")
    for key in document:
        with pytest.raises(ValidationError):
            hold("demo", {name: value for name, value in document.items() if name != key})
