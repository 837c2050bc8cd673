"""A story with a choice, decided by the real night in the real house: from what is said to the first sample of it.

What is measured begins where the ear has heard: the happening goes into the house's inbox, the night decides, the
telling is replaced. Beforehand the workshop has done what the telling's own beginning asked of it, and no more: by day
it renders whole stories.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from device.acts.speaker import Speaker
from device.acts.telling import Telling
from device.events import Asked, At, Doing, Happening, Heard, Listen
from device.house import House
from device.night.night import Night
from device.workshop.render import Workshop
from tests.bench.peers import PATIENCE_S
from tests.bench.room import Room
from tests.nights.bedroom import given

STORY = "slow-post"
CHOSEN = "from a choice to the next scene's first sample"
TAKEN_OVER = 'from "Max, you finish" to the first sample'
GOALS_MS = {CHOSEN: 400, TAKEN_OVER: 500}
EVENING = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
"""Three quarters of an hour before lights-out, when the bench begins."""
BEGUN = ("wind_down", "check_in", "choosing")
RENDERED_S = 300.0


class Bedside:
    """The house's loop on a thread, with a voice and nothing else."""

    def __init__(self, house: House, workshop: Workshop) -> None:
        self._house, self._workshop = house, workshop
        self._decided: SimpleQueue[tuple[Happening, tuple[Doing, ...]]] = SimpleQueue()
        house.watchers.append(lambda happening, night, doings: self._decided.put((happening, doings)))

    @property
    def night(self) -> Night:
        return self._house.night

    def evening(self) -> None:
        """Nothing was told yet, whatever was before."""
        self._house.night = Night(evening=EVENING.date(), seed=1, phase="choosing", done=BEGUN)

    def hear(self, intent: str, **slots: Any) -> tuple[Doing, ...]:
        return self.happens(Heard(at=self._house.now(), text="", intent=intent, slots=slots))

    def read(self, number: int) -> tuple[Doing, ...]:
        at, id = self._house.now(), f"read-{number}"
        return self.happens(Asked(at=at, id=id, who="parent", what="read", details={"story": STORY}))

    def shows(self, sentence: int) -> tuple[Doing, ...]:
        assert self.night.telling
        return self.happens(At(at=self._house.now(), id=self.night.telling.id, sentence=sentence, seq=1))

    def happens(self, happening: Happening) -> tuple[Doing, ...]:
        """-> what was done about it."""
        self._house.put(happening)
        while True:
            decided, doings = self._decided.get(timeout=PATIENCE_S)
            if decided is happening:
                return doings

    def rendered(self) -> None:
        """What was asked for ahead is there."""
        assert self._workshop.wait(RENDERED_S)


@contextmanager
def bedside(data_dir: Path) -> Iterator[Bedside]:
    begun_s = time.monotonic()
    known = given(8)
    house = House(known, Night(evening=EVENING.date()), lambda: EVENING + timedelta(seconds=time.monotonic() - begun_s))
    with house:
        workshop = house.act(Workshop(data_dir))
        workshop.warm(RENDERED_S)
        house.act(Telling(house.put, house.now, workshop, Speaker()))
        loop = Thread(target=house.run)
        loop.start()
        yield Bedside(house, workshop)
        house.stop()
        loop.join()


def branching(data_dir: Path, room: Room, runs: int) -> dict[str, list[float]]:
    """-> milliseconds of each."""
    with bedside(data_dir) as bed:
        return {
            CHOSEN: [chosen_ms(bed, room, number) for number in range(runs)],
            TAKEN_OVER: [taken_over_ms(bed, room, number) for number in range(runs)],
        }


def chosen_ms(bed: Bedside, room: Room, number: int) -> float:
    """The story is skipped through to its question, which is answered in turn with each of its answers."""
    bed.evening()
    doings = bed.hear("TellStory", title=given(8).library[STORY].title)
    while not (asked := [doing for doing in doings if isinstance(doing, Listen)]):
        doings = bed.hear("Skip")
    options = asked[0].options
    bed.rendered()
    room.silence_ms(lambda: None)
    taken_ms = room.first_sample_ms(lambda: bed.hear("Choice", option=options[number % len(options)].to))
    room.silence_ms(lambda: bed.hear("Stop"))
    return taken_ms


def taken_over_ms(bed: Bedside, room: Room, number: int) -> float:
    """A person reads, at another sentence each time."""
    bed.evening()
    bed.read(number)
    bed.shows(2 + number)
    bed.rendered()
    taken_ms = room.first_sample_ms(lambda: bed.hear("YouFinish"))
    room.silence_ms(lambda: bed.hear("Stop"))
    return taken_ms
