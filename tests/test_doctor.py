"""The doctor: looks at every part, raises for none, and says what to do about each that is not well."""

from __future__ import annotations

import resource
import shutil
import socket
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from device import doctor
from device.acts.speaker import Speaker
from device.bedroom import SECOND_EARS
from device.cli import main
from device.errors import BoardError, SleepSyncError, SoundError
from device.workshop import catalogue, voices
from tests.models import BEDTIME

PARTS = ["settings", "board", "speaker", "voice", "cache", "microphone", "ear", "stories", "clock", "disk", "page"]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def no_loudspeaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test makes no sound: SDL's dummy takes it."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")


def found(data: Path, name: str) -> doctor.Part:
    parts = doctor.examine(data)
    assert [part["part"] for part in parts] == PARTS
    for part in parts:
        assert set(part) == {"part", "ok", "found", "remedy"}
        assert part["ok"] or part["remedy"], part
    return next(part for part in parts if part["part"] == name)


def raising(fault: Exception) -> Callable[..., Any]:
    def broken(*_: object, **__: object) -> Any:
        raise fault

    return broken


@pytest.mark.parametrize("name", PARTS)
def test_every_part_is_looked_at_and_says_something(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, name)["found"].endswith((".", ")"))


@pytest.mark.parametrize("fault", [SleepSyncError("It is broken."), PermissionError(13, "Permission denied", "/x")])
@pytest.mark.parametrize("number", range(len(doctor.LOOKS)))
def test_a_part_that_is_broken_raises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fault: Exception
) -> None:
    broken = raising(fault)
    broken.__name__ = doctor.LOOKS[number].__name__
    monkeypatch.setattr(doctor, "LOOKS", (*doctor.LOOKS[:number], broken, *doctor.LOOKS[number + 1 :]))
    part = found(tmp_path, PARTS[number + 1])
    assert not part["ok"]
    assert str(fault) == part["found"]


def test_settings_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "device.toml").write_text("[child]\nage = 99\n")
    part = found(tmp_path, "settings")
    assert not part["ok"]
    assert "ages 4 to 13" in part["found"]


def test_a_loudspeaker_that_does_not_open_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Speaker, "open", raising(SoundError("The loudspeaker cannot be opened.")))
    part = found(tmp_path, "speaker")
    assert not part["ok"]
    assert "loudspeaker" in part["found"]


def test_a_pi_whose_lines_are_refused_is_told_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_board", lambda: True)
    monkeypatch.setattr(doctor, "factory", raising(BoardError("No right to the lines.")))
    assert "gpio" in found(tmp_path, "board")["remedy"]


def test_a_full_disk_and_a_clock_that_was_never_set_are_not_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 5 * 2**20))
        assert not found(tmp_path, "disk")["ok"]
        assert found(tmp_path, "disk")["found"].startswith("5 MB")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert not found(tmp_path, "clock")["ok"]


def broken_voice(data: Path) -> Path:
    """-> a voice of the family's own in place of the package's, cut in half."""
    whole = voices.find("en_US-joe-medium", data)
    assert whole is not None
    half = data / "voices" / "en_US-joe-medium" / whole.name
    half.parent.mkdir(parents=True)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    shutil.copy(f"{whole}.json", half.parent)
    return half


def test_a_voice_cut_in_half_is_named_with_who_speaks_and_what_to_do(tmp_path: Path) -> None:
    half = broken_voice(tmp_path)
    part = found(tmp_path, "voice")
    assert not part["ok"]
    assert "Max speaks with heart" in part["found"]
    assert f"{half} is not the published one: its MD5 differs" in part["found"]
    assert "sleepsync voices install en_US-joe-medium" in part["found"]


def test_a_damaged_prepared_voice_is_named_and_max_still_speaks(tmp_path: Path) -> None:
    folder = catalogue.prepared_folder("en_US-joe-medium", tmp_path)
    folder.mkdir(parents=True)
    part = found(tmp_path, "voice")
    assert not part["ok"]
    assert "Max speaks with en_US-joe-medium" in part["found"]
    assert f"{folder} is damaged" in part["found"]
    assert "made anew" in part["remedy"]


def test_a_voice_whose_config_was_changed_or_lost_is_named(tmp_path: Path) -> None:
    whole = voices.find("en_US-joe-medium", tmp_path)
    assert whole is not None
    config = broken_voice(tmp_path).with_name(f"{whole.name}.json")
    shutil.copy(whole, config.parent)
    assert found(tmp_path, "voice")["ok"]
    config.write_text(config.read_text().replace("22050", "16000"))
    assert f"{config} is not the published one" in found(tmp_path, "voice")["found"]
    config.unlink()
    assert f"{config} is missing" in found(tmp_path, "voice")["found"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    assert found(tmp_path, "cache")["found"].startswith("0 rendered sentences")
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert not found(tmp_path, "cache")["ok"]
    (tmp_path / "cache").unlink()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))  # what a full disk is to whoever writes
    try:
        part = found(tmp_path, "cache")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not part["ok"]
    assert f"{tmp_path} cannot be written" in part["found"]


def test_half_a_model_of_the_second_ear_is_named(tmp_path: Path) -> None:
    model = shutil.copytree(BEDTIME, tmp_path / "models" / SECOND_EARS[0])
    assert f"Vosk takes the second look with {model.name}" in found(tmp_path, "ear")["found"]
    (model / "graph" / "HCLr.fst").write_bytes(b"half")
    part = found(tmp_path, "ear")
    assert not part["ok"]
    assert "graph/HCLr.fst has 4 of" in part["found"]


def test_a_port_that_answers_is_said_and_no_fault(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (tmp_path / "device.toml").write_text(f"[page]\nport = {port}\n")
        part = found(tmp_path, "page")
    assert part["ok"]
    assert f"answers on port {port}" in part["found"]
    assert f"Port {port} is free" in found(tmp_path, "page")["found"]


def test_it_is_drawn_a_line_a_part_and_ends_with_1_where_one_is_not_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "device.toml").write_text("[child]\nage = 99\n")
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert [line.split()[1] for line in out.splitlines() if line[:2] in ("ok", "!!")] == PARTS
    assert out.startswith("!!  settings")
    assert err == ""
