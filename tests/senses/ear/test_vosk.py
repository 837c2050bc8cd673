"""The second ear by itself: its grammar, damaged models, and what it keeps."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from device import vosk_model
from device.errors import HearingError
from device.night.automaton import Automaton
from device.night.language import Language
from device.senses.ear.hear import language
from device.senses.ear.posteriors import RATE_HZ
from device.senses.ear.process import resident_kb
from device.senses.ear.vosk import RECYCLED, Vosk, covering
from tests.models import BEDTIME

SENTENCES = ["stop", "stop please", "tell me a story", "tell me a story about the moon", "tell me a story about bears"]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def english() -> Language:
    return language()


def test_the_grammar_uses_every_arc_and_nothing_else() -> None:
    automaton = Automaton.of(SENTENCES)
    drawn = set(covering(automaton, automaton.words()))
    assert drawn <= set(SENTENCES)
    assert {word for sentence in drawn for word in sentence.split()} == automaton.words()


def test_a_word_the_model_lacks_costs_only_its_own_sentences() -> None:
    automaton = Automaton.of(SENTENCES)
    drawn = set(covering(automaton, automaton.words() - {"moon", "please"}))
    assert drawn == {"stop", "tell me a story", "tell me a story about bears"}


@pytest.mark.parametrize("lost", ["am/final.mdl", "conf/mfcc.conf", "graph/Gr.fst", "graph/phones/word_boundary.int"])
def test_a_model_that_is_half_there_is_named_with_what_it_lacks(tmp_path: Path, english: Language, lost: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(BEDTIME, folder)
    (folder / lost).unlink()
    with pytest.raises(HearingError, match="only half a model"):
        Vosk(folder, english)


def half(file: str, folder: Path, sizes: bool) -> Path:
    """-> the model with half of one file, with or without the sizes an installed one has."""
    model = folder / "model"
    shutil.copytree(BEDTIME, model)
    (model / file).write_bytes((BEDTIME / file).read_bytes()[: (BEDTIME / file).stat().st_size // 2])
    if not sizes:
        (model / vosk_model.SIZES).unlink()
    return model


@pytest.mark.parametrize("cut", ["am/final.mdl", "conf/model.conf", "graph/HCLr.fst", "sizes.json"])
def test_of_an_installed_model_every_file_has_its_size(tmp_path: Path, english: Language, cut: str) -> None:
    with pytest.raises(HearingError, match=rf"only half a model \({cut} "):
        Vosk(half(cut, tmp_path, sizes=True), english)


@pytest.mark.parametrize("cut", ["am/final.mdl", "graph/HCLr.fst"])
def test_over_half_a_copied_model_only_its_trial_ends(tmp_path: Path, english: Language, cut: str) -> None:
    with pytest.raises(HearingError, match="only half a model"):
        Vosk(half(cut, tmp_path, sizes=False), english)


def test_a_copied_model_is_tried_once_for_these_very_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = shutil.copytree(BEDTIME, tmp_path / "model")
    (model / vosk_model.SIZES).unlink()
    assert vosk_model.damage(model) == ""
    monkeypatch.setattr(vosk_model, "_TRIAL", ("false",))
    assert vosk_model.damage(model) == ""
    (model / "am" / "final.mdl").touch()
    assert "only half a model" in vosk_model.damage(model)


@pytest.mark.slow
def test_memory_stays_flat_over_many_windows(english: Language) -> None:
    ear = Vosk(BEDTIME, english)
    noise = np.random.default_rng(0).integers(-2000, 2000, RATE_HZ, np.int16)

    def listen(windows: int) -> int:
        for _ in range(windows):
            window = ear.listen(6.0)
            window.feed(noise)
            window.close()
        return resident_kb()

    before_kb = listen(2 * RECYCLED)
    assert listen(4 * RECYCLED) - before_kb < 5_000
