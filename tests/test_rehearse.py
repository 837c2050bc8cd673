"""`sleepsync rehearse`: synthetic children are heard by the real ear, and what is wrong keeps nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device import live, rehearse
from device.acts.journal import Journal
from device.cli import main
from device.errors import BoardError, HearingError
from device.night.automaton import Automaton
from device.night.language import Meaning
from device.senses.ear import rehearsal, rehearsed
from device.senses.ear.decoder import Network
from device.senses.ear.listener import Listener, Nothing, Recognised, Task
from device.senses.ear.microphone import Microphone
from device.senses.ear.posteriors import RATE_HZ, Samples
from device.senses.ear.rehearsal import LINES, PHRASES
from tests.bench.weaving import in_a_room, joe
from tests.senses.ear.puppet import WORDS, PuppetPosteriors, PuppetVoice, silence, spoken
from tests.senses.ear.test_listener import window
from tests.test_schemas import hold


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def quiet(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        noise = np.random.default_rng(number).normal(0, 0.0005, RATE_HZ // 2)
        soundfile.write(folder / f"{number:02}.wav", noise, RATE_HZ)
    return folder


def refused(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> str:
    """-> the one sentence it says; nothing is kept."""
    assert main(["rehearse", *arguments, "--data", str(data)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("sleepsync: ")
    assert err.count("\n") == 1
    assert rehearsed.kept(data) is None
    return err


def test_fewer_files_than_phrases_name_the_first_that_has_none(
    capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    said = refused(capsys, data, "--hear", str(quiet(tmp_path / "three", 3)))
    assert f'"{PHRASES[3][0]}"' in said


def test_a_file_that_is_no_sound_is_named(capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path) -> None:
    wrong = quiet(tmp_path / "wrong", 20) / "07.wav"
    wrong.write_text("no sound")
    assert "07.wav cannot be read as sound" in refused(capsys, data, "--hear", str(wrong.parent))


@pytest.mark.slow
def test_silent_files_teach_nothing(capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path) -> None:
    assert "Nothing was heard" in refused(capsys, data, "--hear", str(quiet(tmp_path / "silent", 20)))


def test_without_a_terminal_there_is_no_microphone_to_use(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert "--hear" in refused(capsys, data)


def test_an_open_jar_keeps_the_microphone_closed(
    capsys: pytest.CaptureFixture[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "may_listen", lambda kept: True)
    journal = Journal(data, lambda happening: None)
    journal.remember({"jar": True})
    journal.close()
    assert "jar is open" in refused(capsys, data)


def test_where_its_light_cannot_be_lit_the_microphone_stays_off(
    capsys: pytest.CaptureFixture[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object, **__: object) -> object:
        raise BoardError("The light on line 22 is taken.")

    monkeypatch.setattr(rehearse, "is_board", lambda: True)
    monkeypatch.setattr(rehearse, "confine", lambda: None)
    monkeypatch.setattr(rehearse, "factory", taken)
    monkeypatch.setattr(Microphone, "read", taken)
    assert "stop the device first" in refused(capsys, data)


class Fed(Microphone):
    """Gives blocks, and then what a pulled plug gives."""

    def __init__(self, *blocks: Samples) -> None:
        super().__init__()
        self.blocks = list(blocks)

    @property
    def is_open(self) -> bool:
        return bool(self.blocks)

    def read(self) -> Samples:
        if not self.blocks:
            raise HearingError("It is gone.")
        return self.blocks.pop(0)


def test_the_microphones_light_is_on_while_it_is_read_and_a_window_always_ends() -> None:
    lights: list[bool] = []
    said = np.concatenate([silence(0.5), spoken("louder please"), silence(1)])
    result = rehearse.from_microphone(window(), Fed(said, silence(1)), lights.append)
    assert not isinstance(result, Nothing)
    assert lights == [True]
    assert rehearse.from_microphone(window(3), Fed(silence(9), silence(1)), lights.append) == Nothing(False)


def test_a_microphone_that_is_pulled_out_ends_it_with_a_sentence() -> None:
    with pytest.raises(HearingError, match="gone"):
        rehearse.from_microphone(window(), Fed(silence(0.1)), lambda on: None)


def test_slack_makes_the_ear_take_what_it_refused() -> None:
    network = Network.of(Automaton.of(["louder please"]), WORDS)
    other = np.concatenate([silence(0.5), spoken("the bank opens at nine"), silence(2)])

    def heard(slack: float) -> Recognised | Nothing | None:
        task = Task(network, lambda text: Meaning("Louder", {}), slack=slack)
        return Listener(PuppetPosteriors(), PuppetVoice(), task, 6.0, False).feed(other)

    assert isinstance(heard(0.0), Nothing)
    assert isinstance(heard(99.0), Recognised)


# --- the real ear ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """-> a folder in which joe says every phrase, "stop" as silence and "too scary" as talk of something else."""
    folder, say = tmp_path_factory.mktemp("child"), joe()
    spoken_instead = {"too scary": "umbrella chocolate elephants"}
    for number, (first, _) in enumerate(PHRASES):
        voice, rate_hz = say(spoken_instead.get(first, first), 1.0, number)
        sound = in_a_room(voice, rate_hz, 1.0, number)
        soundfile.write(folder / f"{number:02}.wav", sound // (1 if first != "stop" else 1000), RATE_HZ)
    return folder


@pytest.mark.slow
def test_a_synthetic_child_is_learnt_in_numbers_and_told_kindly(
    capsys: pytest.CaptureFixture[str], data: Path, child: Path
) -> None:
    assert main(["rehearse", "--hear", str(child), "--data", str(data)]) == 0
    said = capsys.readouterr().out
    kept = rehearsed.kept(data)
    assert kept
    assert 0 <= kept.slack <= rehearsed.MOST_SLACK
    assert sum(need is not None for need in kept.needs) >= 16
    assert said.count(LINES["understood"]) >= 15
    assert LINES["silent"] in said
    assert LINES["unheard"] in said
    assert LINES["offer"] in said
    assert '"i don\'t like this story"' in said
    assert [file.name for file in data.iterdir()] == [rehearsed.FILE], "no sound and no log"
    words = {word for wordings in PHRASES for text in wordings for word in text.split()}
    assert not words & set((data / rehearsed.FILE).read_text().replace('"', " ").split())


@pytest.mark.slow
def test_the_same_by_microphone_with_its_light_on_from_the_first_phrase_to_the_last(
    capsys: pytest.CaptureFixture[str], data: Path, child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = np.random.default_rng(0).normal(0, 15, 2 * RATE_HZ).astype(np.int16)
    sounds = [soundfile.read(child / f"{number:02}.wav", dtype="int16")[0] for number in range(3)]
    said = np.concatenate([part for sound in sounds for part in (quiet, sound)] + [quiet])
    blocks = np.array_split(said, len(said) // (RATE_HZ // 10))  # read by read, however late a busy machine is
    monkeypatch.setattr(rehearse, "Microphone", lambda name: Fed(*blocks))
    monkeypatch.setattr(live, "may_listen", lambda kept: True)
    monkeypatch.setattr(rehearse, "confine", lambda: None)
    for module in (rehearse, rehearsal):
        monkeypatch.setattr(module, "PHRASES", PHRASES[:3])
    assert main(["rehearse", "--data", str(data)]) == 0
    shown = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert shown[2:9] == [
        "●   The microphone is on.", LINES["understood"], f'{LINES["say"]} "{PHRASES[1][0]}"', LINES["understood"],
        f'{LINES["say"]} "{PHRASES[2][0]}"', LINES["understood"], "○   The microphone is off.",
    ]  # fmt: skip
    assert rehearsed.slack(data) == 0.0, "three phrases teach too little"


@pytest.mark.slow
def test_a_weak_phrase_is_said_again_in_other_words_and_those_are_kept(
    capsys: pytest.CaptureFixture[str], data: Path, child: Path, tmp_path: Path
) -> None:
    main(["rehearse", "--hear", str(child), "--json", "--data", str(data)])
    offered = json.loads(capsys.readouterr().out)["offer"]
    say, files = joe(), sorted(child.iterdir())
    for number, words in enumerate(offered):
        voice, rate_hz = say(words, 1.0, number)
        soundfile.write(tmp_path / f"{number}.wav", in_a_room(voice, rate_hz, 1.0, number), RATE_HZ)
        files.append(tmp_path / f"{number}.wav")
    assert main(["rehearse", "--hear", *map(str, files), "--json", "--data", str(data)]) == 0
    document = json.loads(capsys.readouterr().out)
    hold("rehearse", document)
    assert [each["say"] for each in document["tried"][len(PHRASES) :]] == offered
    assert "i don't like this story" in document["best"]
    assert main(["rehearse", "--forget", "--data", str(data)]) == 0
    assert rehearsed.kept(data) is None
