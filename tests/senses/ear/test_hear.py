"""`sleepsync hear`: sound files of every kind have a defined result, and the evaluation's protocol is spoken."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from device.errors import HearingError
from device.events import Option
from device.senses.ear.hear import LONGEST_S, Ear, automaton_of, hear_file, language, read, serve
from device.senses.ear.limits import LOUD_ROOM_DB
from device.senses.ear.listener import Nothing, Recognised
from device.senses.ear.listening import Second
from device.senses.ear.posteriors import RATE_HZ, Samples
from tests.shared import need_shared


def tone(seconds: float, rate_hz: int = RATE_HZ, peak: float = 0.3) -> np.ndarray:
    return peak * np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate_hz)) / rate_hz)


def file_of(folder: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(folder / "said.wav", sound, rate_hz)
    return folder / "said.wav"


def test_telephone_sound_is_taken_and_said_to_be_poor(tmp_path: Path) -> None:
    samples, note = read(file_of(tmp_path, tone(1, 8000), 8000))
    assert len(samples) == RATE_HZ
    assert "8000 samples a second" in note


def test_both_sides_of_a_stereo_file_are_heard(tmp_path: Path) -> None:
    samples, note = read(file_of(tmp_path, np.stack([tone(1), np.zeros(RATE_HZ)], axis=1)))
    assert (samples.ndim, note) == (1, "")
    assert np.abs(samples).max() > 1000


def test_a_clipped_file_is_heard_and_said_to_be_too_loud(tmp_path: Path) -> None:
    assert "clipped" in read(file_of(tmp_path, np.clip(tone(1, peak=5), -1, 1)))[1]


def test_a_long_file_is_heard_at_its_beginning(tmp_path: Path) -> None:
    samples, note = read(file_of(tmp_path, np.tile(tone(60), 10)))
    assert len(samples) == LONGEST_S * RATE_HZ
    assert "600 s long" in note


def test_a_long_file_that_speaks_late_is_said_to_be_silent_so_far_and_long(tmp_path: Path) -> None:
    note = read(file_of(tmp_path, np.concatenate([np.zeros(61 * RATE_HZ), tone(9)])))[1]
    assert "70 s long: only the first 60 s" in note
    assert "silent" in note


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf, 3e38])
def test_numbers_that_are_no_sound_are_taken_for_none(tmp_path: Path, wild: float) -> None:
    sound = np.stack([tone(1), tone(1)], axis=1).astype(np.float32)
    sound[5] = wild, -wild
    soundfile.write(tmp_path / "said.wav", sound, RATE_HZ, subtype="FLOAT")
    assert np.abs(read(tmp_path / "said.wav")[0]).max() == pytest.approx(0.3 * 32767, rel=0.01)


def test_a_file_that_ends_in_its_header_cannot_be_read(tmp_path: Path) -> None:
    path = file_of(tmp_path, tone(1))
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(HearingError, match=r"said\.wav cannot be read as sound"):
        read(path)


def test_a_file_cut_short_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    path = file_of(tmp_path, tone(2))
    path.write_bytes(path.read_bytes()[:RATE_HZ])
    samples, note = read(path)
    assert 0 < len(samples) < RATE_HZ
    assert "cut off" in note


def test_a_file_from_a_pipe_that_knew_no_length_is_not_called_cut_off(tmp_path: Path) -> None:
    path = file_of(tmp_path, tone(2))
    held = bytearray(path.read_bytes())
    held[40:44] = (0x7FFF_F000).to_bytes(4, "little")
    path.write_bytes(held)
    assert read(path)[1] == ""


def test_a_file_without_sound_is_said_to_be_too_short(tmp_path: Path) -> None:
    assert "too short" in read(file_of(tmp_path, np.zeros(0)))[1]


def test_a_missing_file_and_a_missing_grammar_are_told(tmp_path: Path) -> None:
    with pytest.raises(HearingError, match=r"none\.wav: there is no such file"):
        read(tmp_path / "none.wav")
    with pytest.raises(HearingError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(HearingError, match=r"dfa\.json"):
        automaton_of(tmp_path)


def test_a_grammar_folder_becomes_an_automaton(tmp_path: Path) -> None:
    table = {"start": 7, "finals": [2], "arcs": {"7": {"go": 1}, "1": {"on": 2, "up": 2}}}
    (tmp_path / "dfa.json").write_text(json.dumps(table))
    automaton = automaton_of(tmp_path)
    assert automaton.accepts("go on")
    assert not automaton.accepts("go")


MOON = {"0": {"moon": 1}}


@pytest.mark.parametrize("table", [
    [1, 2], None, {"start": 0, "finals": [1]}, {"start": 0, "finals": [1], "arcs": [1]},
    {"start": 0, "finals": [1], "arcs": {"0": None}}, {"start": 0, "finals": [1], "arcs": {"0": {"moon": "x"}}},
    {"start": 0, "finals": [], "arcs": MOON}, {"start": 0, "finals": [0], "arcs": {}},
    {"start": 0, "finals": [0, 1], "arcs": MOON}, {"start": 0, "finals": [1], "arcs": {"0": {"moon": 0}}},
    {"start": "0", "finals": ["1"], "arcs": {"0": {"moon": "1"}}}, {"start": 9, "finals": [1], "arcs": MOON},
    {"start": 0, "finals": [True], "arcs": MOON}, {"start": 0, "finals": [[1]], "arcs": MOON},
])  # fmt: skip
def test_a_table_that_is_no_grammar_is_told(tmp_path: Path, table: object) -> None:
    (tmp_path / "dfa.json").write_text(json.dumps(table))
    with pytest.raises(HearingError, match="holds no grammar"):
        automaton_of(tmp_path)


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear(language())


def asked(ear: Ear, *lines: str, again: Second | None = None) -> list[dict[str, Any]]:
    """-> the worker's answers."""
    answers = io.StringIO()
    serve(ear, io.StringIO("\n".join([*lines, ""])), answers, again)
    return [json.loads(answer) for answer in answers.getvalue().splitlines()]


NO_QUESTIONS = [
    "x", "[1]", "null", "{}", '{"wav": null}', '{"wav": 5}', '{"wav": "a.wav", "grammar": [1]}', "[" * 100_000,
    '{"wav": "a.wav", "grammar": "/nowhere"}', '{"wav": "/nowhere.wav"}', '{"wav": "\\u0000"}', '{"wav": "\\ud800"}',
]  # fmt: skip


def test_whatever_the_worker_is_asked_it_answers_and_goes_on(ear: Ear, tmp_path: Path) -> None:
    good = json.dumps({"wav": str(file_of(tmp_path, np.zeros(RATE_HZ))), "grammar": None})
    *bad, last = asked(ear, *NO_QUESTIONS, "", "  ", good)
    assert [(answer["text"], answer["reject"]) for answer in bad] == [("", True)] * len(NO_QUESTIONS)
    assert all(answer["error"] for answer in bad)
    assert "error" not in last


def test_a_silent_file_means_nothing_and_is_said_to_be_silent(ear: Ear, tmp_path: Path) -> None:
    line = hear_file(file_of(tmp_path, np.zeros(2 * RATE_HZ)), ear, ear.task())
    assert (line["text"], line["intent"], line["slots"]) == ("", None, {})
    assert "silent" in line["note"]
    assert {"file", "confidence", "after_end_s", "snr_db", "engine"} <= set(line)


@pytest.mark.slow
def test_a_child_is_understood_in_a_closed_language(ear: Ear) -> None:
    speech = need_shared() / "speech"
    clips = json.loads((speech / "closed50.json").read_text())["kids"][:10]
    questions = [
        json.dumps(
            {"wav": str(speech / "audio" / "so762" / c["f"]), "grammar": str(speech / "grammars" / c["grammar"])}
        )
        for c in clips
    ]
    said = [answer["text"] for answer in asked(ear, *questions)]
    assert sum(text == clip["text"] for text, clip in zip(said, clips, strict=True)) >= 8


@pytest.mark.slow
def test_other_talk_is_no_phrase_of_ours(ear: Ear) -> None:
    speech = need_shared() / "speech"
    clips = json.loads((speech / "closed50.json").read_text())["adult"][:10]
    lines = [hear_file(speech / "audio" / "so762" / clip["f"], ear, ear.task()) for clip in clips]
    assert sum(line["intent"] is not None for line in lines) <= 2


class PuppetSecond:
    """Understands the second thing said, and notes how much it was given."""

    def __init__(self, result: Recognised | Nothing) -> None:
        self.given: list[int] = []
        self._results = [Nothing(spoke=True), result]

    def listen(self, seconds: float, options: Sequence[Option] = (), few: bool = False) -> PuppetSecond:
        return self

    def feed(self, block: Samples) -> Recognised | Nothing | None:
        self.given.append(len(block))
        return self._results.pop(0) if self._results else None

    def close(self) -> Recognised | Nothing:
        return Nothing(spoke=True)


STOP = Recognised("stop", "Stop", {}, 0.9, 0.1, 0.5, 99.0, engine="vosk")
HUM = tone(1, peak=0.1)
"""As loud all the time: a room of no decibels between voice and noise."""


def test_of_a_loud_room_the_second_ear_is_asked_and_says_that_it_answered(ear: Ear, tmp_path: Path) -> None:
    second = PuppetSecond(STOP)
    line = hear_file(file_of(tmp_path, HUM), ear, ear.task(), second)
    assert (line["engine"], line["intent"], second.given) == ("vosk", "Stop", [RATE_HZ, 0])
    assert line["snr_db"] < LOUD_ROOM_DB
    (answer,) = asked(ear, json.dumps({"wav": str(tmp_path / "said.wav")}), again=PuppetSecond(STOP))
    assert (answer["engine"], answer["text"]) == ("vosk", "stop")


def test_what_the_second_ear_does_not_understand_is_as_the_first_heard_it(ear: Ear, tmp_path: Path) -> None:
    line = hear_file(file_of(tmp_path, HUM), ear, ear.task(), PuppetSecond(Nothing(spoke=True)))
    assert (line["engine"], line["intent"]) == ("hama", None)


def test_of_a_quiet_room_the_second_ear_is_not_asked(ear: Ear, tmp_path: Path) -> None:
    second = PuppetSecond(STOP)
    hear_file(file_of(tmp_path, np.concatenate([np.zeros(RATE_HZ), HUM])), ear, ear.task(), second)
    assert second.given == []
