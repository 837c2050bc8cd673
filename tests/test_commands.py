"""`tell`, `voices say` and `stories`: what they take, what they say of it on stderr, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from device import assets, performing
from device.cli import main
from device.errors import VoiceError
from device.events import Sentence
from tests.acts.bedroom import Tones
from tests.test_cli import ended

POST, TRAIN = (str(assets.stories() / name) for name in ("slow-post.md", "moon-train.md"))
SHORT = "---\ntitle: T\n---\n# A\n\nOne day the moon rose. It was very quiet. The boats slept in a row.\n"
SILENT = "---\ntitle: T\n---\n# 🌙\n\n🌙🌙🌙 🐻\n"


class Choking(Tones):
    """A workshop that cannot say "unsayable"."""

    def __init__(self, data_dir: Path, voice_name: str, report: Callable[[str], object]) -> None:
        super().__init__()
        self.lost, self._report = 0, report

    def sound(self, sentence: Sentence) -> Any:
        try:
            return super().sound(sentence)
        except VoiceError:
            self.lost += 1
            self._report("A voice is in trouble.")
            raise

    def close(self) -> None:
        self._report("")


@pytest.fixture
def story(tmp_path: Path) -> Callable[[str], str]:
    def written(text: str) -> str:
        (tmp_path / "story.md").write_text(text, encoding="utf-8")
        return str(tmp_path / "story.md")

    return written


@pytest.mark.parametrize("option", [
    "--minutes=nan", "--minutes=inf", "--minutes=0", "--minutes=-1", "--age=-5", "--age=6.5",
])  # fmt: skip
def test_a_number_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert ended("tell", "moon-train", "--score", option) == 2
    out, err = capsys.readouterr()
    number = option.split("=")[1]
    assert (out, f"{number}: a" in err) == ("", True)


def scenes(capsys: pytest.CaptureFixture[str], choices: str) -> tuple[list[str], str]:
    """-> the scenes that are told, and what was said about it."""
    assert main(["tell", POST, "--score", "--choices", choices]) == 0
    out, err = capsys.readouterr()
    return list(dict.fromkeys(row["scene"] for row in json.loads(out)["sentences"])), err


@pytest.mark.parametrize(("choices", "first", "second"), [
    ("", "along-the-wall", "on-the-step-of-the-shed"),
    ("Madame, through the lettuces", "through-the-lettuces", "on-the-step-of-the-shed"),
    ("madame, through the lettuces,1", "through-the-lettuces", "under-the-gooseberry-bush"),
    (",1", "along-the-wall", "under-the-gooseberry-bush"),
    ("2,,", "through-the-lettuces", "on-the-step-of-the-shed"),
])  # fmt: skip
def test_answers_may_have_commas_and_may_be_silence(
    capsys: pytest.CaptureFixture[str], choices: str, first: str, second: str
) -> None:
    told, err = scenes(capsys, choices)
    assert [told[1], told[3]] == [first, second]
    assert err == ""


@pytest.mark.parametrize(("choices", "unused"), [("banana,1", ["banana"]), ("99", ["99"]), ("1,1,on,no", ["on", "no"])])
def test_what_answers_no_question_is_named(capsys: pytest.CaptureFixture[str], choices: str, unused: list[str]) -> None:
    _, err = scenes(capsys, choices)
    assert [line.split('"')[1] for line in err.splitlines()] == unused
    assert "Madame, through the lettuces; then Under the gooseberry bush" in err


def test_a_story_that_asks_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tell", TRAIN, "--score", "--choices", "banana"]) == 0
    assert capsys.readouterr().err.endswith("of The Train That Kept Moon Time. It asks nothing.\n")


def test_only_who_asked_for_minutes_hears_that_a_story_has_others(
    capsys: pytest.CaptureFixture[str], story: Callable[[str], str]
) -> None:
    assert main(["tell", story(SHORT), "--score"]) == 0
    assert "nearest" not in capsys.readouterr().err
    assert main(["tell", story(SHORT), "--score", "--minutes", "9"]) == 0
    said = next(line for line in capsys.readouterr().err.splitlines() if "nearest" in line)
    shortest, longest = (float(word) for word in said.split() if word[0].isdigit())
    assert shortest <= longest < 9


@pytest.mark.parametrize("option", [("--score",), ("--out", "a.opus")])
def test_a_story_without_a_word_is_refused(
    capsys: pytest.CaptureFixture[str], story: Callable[[str], str], tmp_path: Path, option: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["tell", story(SILENT), *option]) == 1
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1]) == ("", "sleepsync: Nothing in T can be spoken. Write it in letters.")
    assert not (tmp_path / "a.opus").exists()


def test_words_that_are_none_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["voices", "say", "🌙 🐻", "--out", str(tmp_path / "a.opus")]) == 1
    assert capsys.readouterr().err == 'sleepsync: Nothing in "🌙 🐻" can be spoken. Write it in letters.\n'
    assert not (tmp_path / "a.opus").exists()


@pytest.mark.parametrize("option", [("--out", "a.opus"), ("--plot", "a.png"), ()])
def test_lost_sentences_are_counted_and_a_failure(
    capsys: pytest.CaptureFixture[str], story: Callable[[str], str], tmp_path: Path, option: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(performing, "Workshop", Choking)
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    monkeypatch.chdir(tmp_path)
    text = SHORT.replace("very quiet", "unsayable").replace("in a row", "unsayable")
    assert main(["tell", story(text), *option]) == 1
    said = capsys.readouterr().err.splitlines()
    assert "A voice is in trouble." in said
    assert said[-1] == "2 of 3 sentences could not be spoken: there it is silent."


def test_a_telling_without_a_loss_is_fine(
    capsys: pytest.CaptureFixture[str], story: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "Workshop", Choking)
    assert main(["tell", story(SHORT), "--out", str(tmp_path / "a.opus")]) == 0
    assert "spoken" not in capsys.readouterr().err


def test_who_stands_in_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    mine = (assets.voices() / "max.toml").read_text().replace("en_US-joe-medium", "en_US-nobody-medium")
    (tmp_path / "voices" / "max.toml").write_text(mine)
    assert main(["voices", "say", "Good night.", "--out", str(tmp_path / "a.opus"), "--data", str(tmp_path)]) == 0
    assert "because en_US-nobody-medium is not installed." in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [
    ("tell", "moon-train", "--out", "a.wav"), ("tell", "moon-train", "--out", "a"), ("voices", "say", "--out", "a.mp3"),
    ("tell", "moon-train", "--plot", "a.xyz"), ("demo", "--fast", "--record", "a.flac"), ("demo", "--plot", "a.jpg"),
])  # fmt: skip
def test_a_file_is_written_as_its_name_says_or_not_at_all(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert ended(*arguments) == 2
    out, err = capsys.readouterr()
    assert (out, "its name has to end in ." in err) == ("", True)


@pytest.mark.parametrize("option", [("--out", "a.opus"), ("--plot", "a.png")])
def test_a_score_is_not_rendered(capsys: pytest.CaptureFixture[str], option: tuple[str, ...]) -> None:
    assert main(["tell", TRAIN, "--score", *option]) == 2
    out, err = capsys.readouterr()
    assert (out, "--score renders nothing" in err) == ("", True)


@pytest.mark.parametrize("order", [
    ("--data", "DIR", "stories", "list"), ("stories", "--data", "DIR", "list"), ("stories", "list", "--data", "DIR"),
    ("--data", "elsewhere", "stories", "list", "--data", "DIR"),
])  # fmt: skip
def test_the_folder_may_be_named_anywhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, order: tuple[str, ...]
) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "our-boat.md").write_text(SHORT)
    assert main([str(tmp_path) if word == "DIR" else word for word in order]) == 0
    assert "our-boat" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["list", "check"])
def test_a_story_that_cannot_be_read_hides_no_other(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, what: str
) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "our-boat.md").write_bytes(b"# A\n\xff\xfe")
    assert main(["stories", what, "--data", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert ("our-boat" in out, "The Slowest Post Office" in out or "4 stories, 0 errors" in out) == (False, True)
    assert err.startswith("sleepsync: ")
    assert "our-boat.md cannot be read" in err
    assert err.count("\n") == 1
