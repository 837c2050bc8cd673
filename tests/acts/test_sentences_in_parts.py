"""A sentence that begins before the whole of it is there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from threading import Event, Semaphore
from typing import Any

import numpy as np
import pytest

from device.acts.fetching import Fetch
from device.acts.finishing import RATE_HZ, STORY_LUFS
from device.acts.loudness import integrated
from device.events import Finished, Hush, Sentence
from tests.acts.bedroom import Tones, score
from tests.acts.evening import THREE, Evening, tell


class Slow(Tones):
    """A voice that has nothing ready and gives each sentence in thirds, each when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.let, self.left = Semaphore(0), Event()

    def ready(self, sentence: Sentence) -> bool:
        return False

    def stream(self, sentence: Sentence) -> Generator[Any, None, None]:
        try:
            for third in np.array_split(self.sound(sentence), 3):
                assert self.let.acquire(timeout=20)
                yield third
        finally:
            self.left.set()


class Blocks(Tones):
    """A voice that has everything ready, and gives it in blocks to somebody who waits."""

    def __init__(self) -> None:
        super().__init__()
        self.streamed: list[str] = []

    def stream(self, sentence: Sentence) -> Generator[Any, None, None]:
        self.streamed.append(sentence.text)
        yield from np.array_split(self.sound(sentence), 3)


def come(evening: Evening, thing: Callable[[], Any], seconds: float = 0.0) -> None:
    """Waits until what the voice gives has arrived, and lets so much time pass after each part."""
    while not thing():
        assert evening.arrived.wait(20)
        evening.arrived.clear()
        evening.run(seconds)


def test_a_sentence_is_reached_with_its_first_part_so_that_a_cue_begins_with_it() -> None:
    evening = Evening(slow := Slow(), patient=False)
    reached_s: list[float] = []
    evening.inbox.listener = lambda happening: reached_s.append(evening.clock())
    evening.do(tell(score("It was quiet in the harbour.")))
    evening.run(2.0)
    assert not reached_s
    slow.let.release()
    come(evening, lambda: bool(evening.room.played), 0.5)
    slow.let.release(2)
    assert reached_s == [evening.room.played[0][0]]


def test_a_prepared_story_begins_with_a_part_and_goes_on_whole() -> None:
    evening = Evening(blocks := Blocks(), patient=False)
    evening.do(tell(score("It was quiet in the harbour.", "The sea slept.")))
    come(evening, lambda: evening.inbox.of(Finished), 10)
    assert blocks.streamed == ["It was quiet in the harbour."]
    assert len(evening.room.played) == 2


def test_a_sentence_begins_with_its_first_part_and_the_rest_follows_without_a_gap() -> None:
    slow = Slow()
    evening = Evening(slow, patient=False)
    evening.do(tell(score("It was quiet in the harbour.")))
    slow.let.release()
    come(evening, lambda: bool(evening.room.played))
    assert evening.room.played[0][1] == pytest.approx(1.4 / 3 - 0.06, abs=0.02)
    slow.let.release()
    come(evening, lambda: len(evening.room.followed) == 1)
    slow.let.release()
    come(evening, lambda: evening.inbox.of(Finished), 10)
    assert evening.room.played[0][1] + sum(s for _, s in evening.room.followed) == pytest.approx(1.4, abs=0.01)
    assert len(evening.room.played) == 1


def test_the_next_first_sentence_is_as_loud_as_the_voice_was_heard_to_be() -> None:
    blocks, heard = Blocks(), dict[str, float]()
    (sentence,) = score("It was quiet in the harbour.")
    loudnesses = []
    for _ in range(2):
        line, whole = None, Event()
        fetch = Fetch(blocks, (sentence,), 0, whole.set, heard)
        while line is None or not line.whole:
            assert whole.wait(20)
            whole.clear()
            line = fetch.get(0)
        loudnesses.append(integrated(np.concatenate(line.parts), RATE_HZ))
    assert loudnesses[0] > STORY_LUFS + 5  # a tone is louder than the voices are
    assert loudnesses[1] == pytest.approx(STORY_LUFS, abs=1)


def test_a_part_that_comes_late_leaves_a_gap_and_the_sentence_goes_on() -> None:
    slow = Slow()
    evening = Evening(slow, patient=False)
    evening.do(tell(score("It was quiet in the harbour.")))
    slow.let.release()
    come(evening, lambda: bool(evening.room.played))
    evening.run(5)
    assert not evening.inbox.of(Finished)
    slow.let.release(2)
    come(evening, lambda: evening.inbox.of(Finished), 10)
    assert len(evening.room.followed) > 1


def test_a_hush_leaves_the_voice_at_its_next_part() -> None:
    slow = Slow()
    evening = Evening(slow, patient=False)
    evening.do(tell(THREE))
    slow.let.release()
    come(evening, lambda: bool(evening.room.played))
    evening.do(Hush())
    slow.let.release()
    assert slow.left.wait(20)
    assert len(slow.asked) == 1
