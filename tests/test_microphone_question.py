"""Whether Max may listen with this computer's microphone: asked once, where there is one, and never an end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from device import live
from device.errors import HearingError
from device.live import may_listen
from device.senses.ear import microphone


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody sits at a terminal and says yes; -> what was asked."""
    asked: list[str] = []
    there = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(live, "sys", SimpleNamespace(stdin=there, stdout=there))
    monkeypatch.setattr(microphone, "found", lambda: ["USB microphone"])

    def answer(words: str) -> str:
        asked.append(words)
        return "y"

    monkeypatch.setattr("builtins.input", answer)
    return asked


def test_it_is_asked_once(terminal: list[str], tmp_path: Path) -> None:
    assert may_listen(tmp_path)
    assert may_listen(tmp_path)
    assert len(terminal) == 1


def test_where_there_is_none_nobody_is_asked_and_it_is_said(
    terminal: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(microphone, "found", list)
    assert not may_listen(tmp_path)
    assert (terminal, list(tmp_path.iterdir())) == ([], [])
    assert "No microphone was found" in capsys.readouterr().out


def test_a_sound_system_that_is_not_there_is_no_fault(
    terminal: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> list[str]:
        raise HearingError("SDL is not installed.")

    monkeypatch.setattr(microphone, "found", none)
    assert not may_listen(tmp_path)
    assert terminal == []


@pytest.mark.parametrize("folder", ["missing", "file/below"])
def test_an_answer_that_cannot_be_kept_counts_and_is_said(
    terminal: list[str], tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert may_listen(tmp_path / folder)
    assert f"{tmp_path / folder / 'microphone.txt'} cannot be written" in capsys.readouterr().out


def test_an_answer_that_cannot_be_read_is_asked_for_again(terminal: list[str], tmp_path: Path) -> None:
    (tmp_path / "microphone.txt").mkdir()
    assert may_listen(tmp_path)
    assert len(terminal) == 1
