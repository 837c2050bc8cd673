from __future__ import annotations

from pathlib import Path

import pytest

from device.errors import VoiceError
from device.events import Sentence
from device.workshop import voices

COLOURS = {"deep", "soft", "bright", "friend", "small", "old"}


def test_max_has_six_colours_besides_his_own() -> None:
    assert set(voices.voice("max").colours) == COLOURS | {"max"}


@pytest.mark.parametrize("name", ["max", "friend"])
def test_each_colour_has_four_rates_that_slow_in_small_steps_within_what_is_safe(name: str) -> None:
    for colour in voices.voice(name).colours.values():
        assert len(colour.rates) == 4
        for faster, slower in zip(colour.rates, colour.rates[1:], strict=False):
            assert faster.scale < slower.scale <= 1.9
            assert 1 < faster.wpm / slower.wpm < 1.09
        low, high = voices.SAFE_PITCH_ST[colour.engine]
        assert low <= colour.pitch_st <= high


def test_a_sentence_falls_back_at_a_like_pace_and_keeps_its_drift() -> None:
    teller = voices.teller("max")
    ways = teller.ways(Sentence(text="Good night.", voice="deep", scale=1.9, pitch_st=-2.0))
    assert [way.engine for way in ways] == ["piper", "heart", "espeak"]
    assert [way.scale for way in ways] == [1.9, 1.65, 1.63]
    assert [way.pitch_st for way in ways] == [-2.0, -0.5, -0.5]


def test_pitch_never_leaves_the_safe_range() -> None:
    way = voices.teller("max").ways(Sentence(text="Good night.", voice="deep", scale=1.9, pitch_st=-6))[0]
    assert way.pitch_st == voices.SAFE_PITCH_ST["piper"][0]


def test_an_unknown_colour_is_the_tellers_own() -> None:
    assert voices.teller("friend").ways(Sentence(text="Hm.", voice="max", scale=1.44))[0].engine == "heart"


def test_the_voice_in_use_says_why(tmp_path: Path) -> None:
    assert voices.in_use("max", tmp_path)[1] == "Max speaks with en_US-joe-medium (piper)."
    way, why = voices.in_use("max", tmp_path, broken={"en_US-joe-medium"})
    assert (way.engine, why) == ("heart", "Max speaks with heart (heart) because en_US-joe-medium is damaged.")


def test_an_installed_voice_comes_before_the_wheel(tmp_path: Path) -> None:
    file = tmp_path / "voices" / "en_US-joe-medium" / "en_US-joe-medium.onnx"
    file.parent.mkdir(parents=True)
    file.touch()
    assert voices.find("en_US-joe-medium", tmp_path) == file
    assert voices.find("en_GB-alan-medium", tmp_path) is None


def test_an_installed_voice_can_be_max_and_joe_stands_in(tmp_path: Path) -> None:
    file = tmp_path / "voices" / "en_GB-alan-medium" / "en_GB-alan-medium.onnx"
    file.parent.mkdir(parents=True)
    file.touch()
    ways = voices.teller("en_GB-alan-medium", tmp_path).ways(Sentence(text="Good night.", voice="max", scale=1.6))
    assert [way.model for way in ways] == ["en_GB-alan-medium", "en_US-joe-medium", "heart", "espeak"]
    assert voices.in_use("en_GB-alan-medium", tmp_path)[1] == "Max speaks with en_GB-alan-medium (piper)."


@pytest.mark.parametrize(
    "text", ["", "colours = 3", '[colours.me]\nengine = "piper"\nmodel = "x"\ngain_db = 0\nrates = [[1, 2]]']
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "me.toml").write_text(text)
    with pytest.raises(VoiceError, match=r"me\.toml"):
        voices.teller("me", tmp_path)


@pytest.mark.parametrize(("key", "value"), [
    ("rates", "[[1.6, 161], [1.7, 153], [1.8, 146], [1.9, 0]]"),
    ("rates", "[[1.6, 161], [1.7, -153], [1.8, 146], [1.9, 138]]"),
    ("rates", "[[1.6, 161], [1.7, 153], [1.8, nan], [1.9, 138]]"),
    ("rates", "[[0, 161], [1.7, 153], [1.8, 146], [1.9, 138]]"),
    ("rates", "[[1.6, 161], [1.7, 153], [1.8, 146], [inf, 138]]"),
    ("rates", "[[1.7, 153], [1.6, 161], [1.8, 146], [1.9, 138]]"),
    ("pitch_st", "nan"), ("gain_db", "inf"), ("engine", '"opera"'),
])  # fmt: skip
def test_a_value_no_voice_can_have_is_named_with_file_and_key(tmp_path: Path, key: str, value: str) -> None:
    lines = {"engine": '"piper"', "model": '"x"', "pitch_st": "0", "gain_db": "0",
             "rates": "[[1.6, 161], [1.7, 153], [1.8, 146], [1.9, 138]]"}  # fmt: skip
    colour = "\n".join(f"{name} = {said}" for name, said in {**lines, key: value}.items())
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "me.toml").write_text(f"[colours.me]\n{colour}\n[[fallbacks]]\n{colour}\n")
    with pytest.raises(VoiceError, match=rf"me\.toml: (in )?colours\.me\.{key}"):
        voices.teller("me", tmp_path)


def test_an_unknown_teller_is_told_who_there_is() -> None:
    with pytest.raises(VoiceError, match="friend, max"):
        voices.voice("nobody")
