"""The commands as a shell sees them: help, wrong usage, and one sentence for whatever is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from device import commands, given
from device.bedroom import SECOND_EARS
from device.cli import main
from device.errors import HearingError
from device.night.language import Meaning
from device.senses.ear import hear as hearing
from device.senses.ear import rehearsed
from device.senses.ear.hear import Ear
from device.senses.ear.listener import Task
from tests.models import BEDTIME

DOES = {
    "run": "until you stop it", "demo": "One whole evening", "hear": "What Max would understand", "tell": "A story",
    "stories": "the library", "rehearse": "twenty phrases", "voices": "what can speak here",
    "models": "recognition models", "doctor": "what to do",
}  # fmt: skip


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(("name", "does"), DOES.items())
def test_each_commands_help_names_what_it_does(capsys: pytest.CaptureFixture[str], name: str, does: str) -> None:
    assert ended(name, "--help") == 0
    out, err = capsys.readouterr()
    assert does in out
    assert "--data DIR" in out
    assert err == ""


def test_the_help_of_all_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0
    out = capsys.readouterr().out
    assert all(f"\n    {name} " in out for name in DOES)
    assert ended() == 0, "whoever types nothing more is told the same"
    assert capsys.readouterr().out == out
    assert ended("--version") == 0
    assert capsys.readouterr().out.startswith("sleepsync ")


@pytest.mark.parametrize("arguments", [
    ("dance",), ("tell",), ("run", "--board", "cloud"), ("run", "--port", "99999"), ("run", "--port", "web"),
    ("run", "--speed", "0"), ("run", "--speed", "-1"), ("run", "--speed", "nan"), ("demo", "--evening", "wild"),
    ("demo", "--date", "yesterday"), ("stories", "burn"), ("tell", "moon-train", "--minutes", "long"),
])  # fmt: skip
def test_wrong_usage_is_2_and_says_so_on_stderr(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert ended(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "error:" in err


@pytest.mark.parametrize(("arguments", "names"), [
    (("tell", "no-such-story"), 'no story "no-such-story"'),
    (("tell", "no-such-story", "--score"), "moon-train"),
    (("tell", "moon-train", "--voice", "nobody", "--score"), "nobody"),
    (("hear", "missing.wav"), "missing.wav"),
    (("rehearse", "--hear", "missing.wav"), "missing.wav"),
    (("rehearse",), "--hear"),
    (("demo", "--fast", "--json", "--hear", "missing.wav"), "missing.wav"),
    (("demo", "--fast", "--json", "--evening", "silent", "--frames", "/nowhere/light.csv"), "/nowhere/light.csv"),
    (("stories", "list", "missing.md", "--json"), "missing.md"),
    (("stories", "check", "missing.md"), "missing.md"),
])  # fmt: skip
def test_what_is_wrong_is_1_with_one_sentence_and_nothing_on_stdout(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], names: str
) -> None:
    assert main([*arguments, "--data", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sleepsync: ")
    assert err.count("\n") == 1
    assert names in err


def test_settings_that_cannot_be_used_are_1_for_whoever_wants_a_document(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "device.toml").write_text("[child]\nage = 99\n")
    assert main(["demo", "--fast", "--json", "--data", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert (out, "ages 4 to 13" in err) == ("", True)


def test_ctrl_c_is_130_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "doctor", interrupted)
    assert main(["doctor"]) == 130


def test_whoever_is_told_to_end_puts_away_what_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    put_away = []

    def ended_twice(*_: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            put_away.append(True)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(commands, "doctor", ended_twice)
    assert ended("doctor") == 143
    assert put_away
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_that_leaves_ends_a_list_quietly(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-P", "-m", "device", "stories", "list", "--json", "--data", str(tmp_path)]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 0


@pytest.mark.parametrize("order", [("--json", "FILE"), ("FILE", "--json"), ("FILE", "--data", "DIR", "--json")])
def test_stories_are_listed_whatever_the_order_of_file_and_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], order: tuple[str, ...]
) -> None:
    file = given.story_files(tmp_path)[0]
    given_now = [{"FILE": str(file), "DIR": str(tmp_path)}.get(word, word) for word in order]
    assert main(["stories", "list", *given_now]) == 0
    assert [row["slug"] for row in json.loads(capsys.readouterr().out)] == [file.stem]


@pytest.mark.parametrize("command", [("hear", "said.wav"), ("demo", "--fast", "--hear", "said.wav")])
def test_what_hears_a_file_knows_the_family_and_its_stories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    (tmp_path / "device.toml").write_text('[child]\nname = "Nira"\n')
    rehearsed.keep(rehearsed.Kept(0.2, (), ()), tmp_path)
    tasks: list[Task] = []

    def hears(file: Path, ear: Ear, task: Task, *_: object) -> dict[str, Any]:
        tasks.append(task)
        raise HearingError("That is enough.")

    monkeypatch.setattr(hearing, "hear_file", hears)
    assert main([*command, "--data", str(tmp_path)]) == 1
    (task,) = tasks
    assert [task.slack, *map(task.understand, ["tell me a story about nira", "tell me the slowest post office"])] == [
        0.2, Meaning("TellStory", {"topic": "Nira"}), Meaning("TellStory", {"title": "The Slowest Post Office"}),
    ]  # fmt: skip


def test_a_model_that_is_installed_is_the_second_ear_and_half_a_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = shutil.copytree(BEDTIME, tmp_path / "models" / SECOND_EARS[0])
    seconds: list[Any] = []
    monkeypatch.setattr(hearing, "serve", lambda ear, questions, answers, again: seconds.append(again))
    assert main(["hear", "--stdin", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""
    (model / "graph" / "HCLr.fst").write_bytes(b"half")
    assert main(["hear", "--stdin", "--data", str(tmp_path)]) == 0
    assert "sleepsync: " in (err := capsys.readouterr().err)
    assert "only half a model" in err
    assert [type(second).__name__ for second in seconds] == ["Vosk", "NoneType"]


@pytest.mark.parametrize(("arguments", "names"), [
    (("hear",), "Name sound files"), (("hear", "--stdin", "said.wav"), "--stdin and none"),
    (("models", "install"), "vosk-small-en"), (("voices", "install"), "en_US-joe-medium"),
])  # fmt: skip
def test_a_word_that_is_missing_or_too_many_is_2_with_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], names: str
) -> None:
    assert main([*arguments, "--data", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("sleepsync: ")
    assert names in err


def test_after_a_file_that_cannot_be_read_the_next_one_is_heard(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "good.wav", np.zeros(1600), 16_000)
    files = [str(tmp_path / name) for name in ("none.wav", "good.wav")]
    assert main(["hear", *files, "--data", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["file"] == files[1]
    assert err == f"sleepsync: {files[0]}: there is no such file; look at its name.\n"


def test_a_worker_that_is_asked_in_no_text_at_all_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "device", "hear", "--stdin", "--data", str(tmp_path)]
    done = subprocess.run(command, input=b'\xff\n{"wav": "none.wav"}\n', capture_output=True, check=True)
    nonsense, missing = map(json.loads, done.stdout.splitlines())
    assert nonsense["reject"]
    assert "none.wav: there is no such file" in missing["error"]
