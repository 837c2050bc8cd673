"""A year of tellings through one workshop and one telling: nothing grows, nothing is left open.

Sped up: the loudspeaker takes a sentence in a thousandth of its time, the score has no pauses, a story has seven
sentences. Real: the workshop with its child and cache, the telling with its threads, and every sound: it is rendered
the first time, then read from the cache, and rendered anew where the cache's bound threw it away. Not real:
SDL, whose loudspeaker plays in its own time (`tests/acts/test_speaker.py`).
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from device.acts.speaker import SilentSpeaker
from device.acts.telling import Telling
from device.events import Failed, Finished, Happening, Prepare, Sentence, Tell
from device.workshop import render
from device.workshop.cache import Cache
from device.workshop.child import Child
from device.workshop.render import Workshop
from tests.acts.bedroom import now

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NIGHTS = 365
SENTENCES = 7
"""Of one telling; a story of the library has about a hundred."""
CACHE_BYTES = 215_000
"""Less than all of them take, so that the bound is felt."""
LOOK_AFTER = 2
"""Sentences rendered between two looks at that bound."""
KILLED_EVERY = 73
"""Nights between two deaths of the child, in the middle of its work."""
SETTLED = 160
"""Nights after which nothing grows any more: the child has died twice, and been waited for."""
GROWTH_MB = 15
"""More than an allocator's steps (one of 6.5 was seen); 2,555 sentences that stayed would be many times as much."""
SPEED = 1000


class Quick(SilentSpeaker):
    """A loudspeaker that is always there and a thousand times as fast."""

    def __init__(self) -> None:
        super().__init__(lambda: time.monotonic() * SPEED)

    def open(self) -> None:
        pass

    def tick(self) -> float:
        super().tick()
        return 0.001


class Counting(Child):
    """A child that is counted: how often it was asked to render."""

    asked = 0

    def say(self, request: dict[str, Any]) -> Iterator[Any]:
        self.asked += 1
        return super().say(request)


def sentence(number: int) -> Sentence:
    text = f"The hare counted {number} stars, and then one more."
    return Sentence(text, "max", scale=1.6) if number == 1 else Sentence(text, "friend", scale=1.44)


def tonight(night: int) -> tuple[Sentence, ...]:
    """-> a favourite, with one sentence that changes every week."""
    return (*(sentence(number) for number in range(1, SENTENCES)), sentence(SENTENCES + night // 7))


def core() -> tuple[int, int]:
    """-> file handles and threads of this process."""
    gc.collect()
    return handles("self"), threading.active_count()


def handles(pid: int | str) -> int:
    """-> file handles of a process; 0 where it has ended."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def memory_mb(pid: int | str) -> float:
    """-> resident megabytes of a process; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def test_a_year_of_tellings_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "_SHRINK_AFTER", LOOK_AFTER)
    child = Counting(tmp_path)
    workshop = Workshop(tmp_path, child=child)
    workshop._cache = cache = Cache(tmp_path / "cache" / "speech", CACHE_BYTES)
    inbox: SimpleQueue[Happening] = SimpleQueue()
    speaker: Any = Quick()
    telling = Telling(inbox.put, now, workshop, speaker, clock=lambda: time.monotonic() * SPEED)
    cores, memory, workers, open_there, kept, failed = [], [], [], [], [], 0
    for night in range(NIGHTS):
        workshop.do(Prepare(sentences=tonight(night)))
        if night % KILLED_EVERY == KILLED_EVERY - 1 and child.pid:
            os.kill(child.pid, signal.SIGKILL)
        assert workshop.wait(60)
        telling.do(Tell(id=str(night), story="hare", title="The Hare", sentences=tonight(night)))
        while not isinstance(happening := inbox.get(timeout=60), Finished):
            failed += isinstance(happening, Failed)
        cores.append(core())
        memory.append(memory_mb("self"))
        workers.append(memory_mb(child.pid))
        open_there.append(handles(child.pid))
        kept.append(cache.holds()[1])
    largest = max(file.stat().st_size for file in cache.folder.rglob("*.opus"))
    telling.close()
    workshop.close()
    growth = ", ".join(f"{memory[night - 1]:.1f}" for night in (1, SETTLED, NIGHTS // 2, NIGHTS))
    print(f"{NIGHTS * SENTENCES} sentences told, {child.asked} rendered; core {growth} MB; at most: worker "
          f"{max(workers):.0f} MB, cache {max(kept) / 1000:.0f} kB")  # fmt: skip
    assert failed == 0
    assert child.asked > 50, "the year was told from the cache alone"
    assert max(kept) > CACHE_BYTES / 2, "the cache's bound was never near"
    assert max(cores[SETTLED:]) <= max(cores[:SETTLED]), "a handle or thread was left open"
    assert max(open_there[SETTLED:]) <= max(open_there[:SETTLED]), "the child left a handle open"
    assert max(memory[SETTLED:]) < max(memory[:SETTLED]) + GROWTH_MB
    assert max(workers[SETTLED:]) < 1.1 * max(workers[:SETTLED])
    assert max(kept) <= CACHE_BYTES + LOOK_AFTER * largest
