"""The microphone over SDL's own pretend cards: one that is silent, one that plays a file, and none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from device.errors import HearingError
from device.senses.ear.microphone import AGAIN_S, SETTLED_S, STALLED_S, Microphone
from device.senses.ear.posteriors import Samples


class Watch:
    """A clock that stands still until it is pushed."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def microphone(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Microphone]:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    microphone = Microphone(clock=watch)
    yield microphone
    microphone.close()


@pytest.fixture
def dumb(microphone: Microphone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Microphone:
    """-> one that can be opened and gives no sound."""
    (tmp_path / "said.raw").touch()
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILEIN", str(tmp_path / "said.raw"))
    monkeypatch.setenv("SDL_DISKAUDIODELAY", "1000")
    return microphone


def read(microphone: Microphone, samples: int) -> Samples:
    """-> the first `samples` it gives, however many turns that takes."""
    sound = np.zeros(0, np.int16)
    while len(sound) < samples:
        sound = np.concatenate([sound, microphone.read()])
    return sound[:samples]


def test_what_is_spoken_into_it_is_what_is_read(
    microphone: Microphone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = np.arange(2000, dtype=np.int16)
    said.tofile(tmp_path / "said.raw")
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILEIN", str(tmp_path / "said.raw"))
    assert np.array_equal(read(microphone, 2000), said)


def test_frames_are_counted_as_they_are_read(microphone: Microphone) -> None:
    read(microphone, 1000)
    before = microphone.frames
    assert before >= 1000
    assert microphone.frames == before + len(microphone.read())


def test_it_is_open_while_it_is_read_and_closed_afterwards(microphone: Microphone) -> None:
    assert not microphone.is_open
    microphone.read()
    assert microphone.is_open
    microphone.close()
    assert not microphone.is_open


def test_a_microphone_that_is_not_there_is_named_with_those_that_are(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    with pytest.raises(HearingError, match='no microphone "Blue Bear"; there is "'):
        Microphone("Blue Bear", watch).read()


def test_without_a_sound_system_one_sentence_says_what_to_do(
    microphone: Microphone, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "none-such")
    with pytest.raises(HearingError, match="Plug one in"):
        microphone.read()
    assert capfd.readouterr().err == ""


def test_one_that_comes_back_is_open_again_within_ten_seconds(
    microphone: Microphone, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "none-such")
    with pytest.raises(HearingError):
        microphone.read()
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    assert len(microphone.read()) == 0
    assert not microphone.is_open
    watch.now_s += AGAIN_S
    microphone.read()
    assert microphone.is_open
    assert AGAIN_S < 10


def test_one_that_takes_its_time_to_begin_is_waited_for(dumb: Microphone, watch: Watch) -> None:
    dumb.read()
    watch.now_s += STALLED_S + 0.1
    assert len(dumb.read()) == 0
    assert dumb.is_open


def test_one_that_gave_sound_may_be_silent_for_less_long(microphone: Microphone, watch: Watch) -> None:
    read(microphone, 1000)
    microphone.read()
    watch.now_s += STALLED_S + 0.1
    microphone._taken = lambda: np.zeros(0, np.int16)  # type: ignore[method-assign]
    with pytest.raises(HearingError, match="stopped giving sound"):
        microphone.read()


def test_one_that_never_begins_is_noticed_and_opened_again(dumb: Microphone, watch: Watch) -> None:
    dumb.read()
    watch.now_s += SETTLED_S + 0.1
    with pytest.raises(HearingError, match="stopped giving sound"):
        dumb.read()
    assert not dumb.is_open
    watch.now_s += AGAIN_S
    dumb.read()
    assert dumb.is_open
