from __future__ import annotations

import threading
from queue import SimpleQueue
from threading import Event
from time import monotonic

import pytest

from device.acts.speaker import SilentSpeaker, Speaker
from device.acts.telling import Telling, decibels
from device.errors import SoundError
from device.events import Failed, Finished, Happening, Reached, Recovered, Say, Tell
from tests.acts.bedroom import Clock, Tones, now, score

PATIENCE_S = 20


class Plug(Speaker):
    """A loudspeaker that plays nothing, whose plug can be pulled and put back."""

    def __init__(self, *, plugged: bool) -> None:
        super().__init__()
        self.plugged = Event()
        if plugged:
            self.plugged.set()
        self.pulled = Event()
        self.opened = 0
        self.tries: SimpleQueue[None] = SimpleQueue()
        self._quiet = SilentSpeaker()
        self.play, self.sounding = self._quiet.play, self._quiet.sounding  # type: ignore[method-assign]
        self.follow = self._quiet.follow  # type: ignore[method-assign]
        self.hush, self.ambience = self._quiet.hush, self._quiet.ambience  # type: ignore[method-assign]
        self.volume, self.ring = self._quiet.volume, self._quiet.ring  # type: ignore[method-assign]

    def open(self) -> None:
        self.tries.put(None)
        if not self.plugged.is_set():
            raise SoundError("There is no loudspeaker. Plug one in.")
        self.opened += 1

    def tick(self) -> float:
        if self.pulled.is_set():
            self.pulled.clear()
            raise SoundError("The loudspeaker stopped taking sound. Check its plug.")
        return 0.02

    def close(self) -> None:
        """Nothing was opened."""


class FastClock:
    """A clock that runs ahead of the wall's: by `ahead_s`, and where `hurry` is set by 5 s more at each look."""

    def __init__(self) -> None:
        self.hurry = Event()
        self.ahead_s = 0.0

    def __call__(self) -> float:
        if self.hurry.is_set():
            self.ahead_s += 5.0
        return monotonic() + self.ahead_s


@pytest.fixture
def inbox() -> SimpleQueue[Happening]:
    return SimpleQueue()


def until(inbox: SimpleQueue[Happening], kind: type[Happening]) -> list[Happening]:
    happenings = [inbox.get(timeout=PATIENCE_S)]
    while not isinstance(happenings[-1], kind):
        happenings.append(inbox.get(timeout=PATIENCE_S))
    return happenings


def turn(telling: Telling, inbox: SimpleQueue[Happening]) -> None:
    """Lets the telling look about until no opening is on its way, and it has taken note of that."""
    looks = 2
    while looks:
        telling.do(Say(id="nothing", sentences=()))
        until(inbox, Finished)
        looks -= not any(thread.name == "opening the loudspeaker" for thread in threading.enumerate())


def test_without_a_loudspeaker_it_says_so_once_and_the_story_goes_on_in_writing(inbox: SimpleQueue[Happening]) -> None:
    telling = Telling(inbox.put, now, Tones(), Plug(plugged=False))
    telling.do(Tell(id="t", story="moon", title="Moon", sentences=score("One.", "Two.", pause_s=0.1)))
    happenings = until(inbox, Finished)
    telling.close()
    assert [type(happening) for happening in happenings] == [Failed, Reached, Reached, Finished]
    assert isinstance(happenings[0], Failed)
    assert (happenings[0].part, happenings[0].reason) == ("speaker", "There is no loudspeaker. Plug one in.")


def test_a_loudspeaker_that_comes_later_is_found(inbox: SimpleQueue[Happening]) -> None:
    clock, plug = FastClock(), Plug(plugged=False)
    telling = Telling(inbox.put, now, Tones(), plug, clock=clock)
    until(inbox, Failed)
    plug.plugged.set()
    clock.hurry.set()
    assert until(inbox, Recovered)[-1] == Recovered(at=now(), part="speaker")
    telling.close()


def test_a_lost_loudspeaker_is_looked_for_every_five_seconds(inbox: SimpleQueue[Happening]) -> None:
    clock, plug = Clock(), Plug(plugged=False)
    telling = Telling(inbox.put, now, Tones(), plug, clock=clock)
    until(inbox, Failed)
    for _ in range(3):
        plug.tries.get(timeout=PATIENCE_S)
        turn(telling, inbox)
        clock.at_s += 4.9
        turn(telling, inbox)
        assert plug.tries.empty(), "looked for too soon"
        clock.at_s += 0.2
    plug.plugged.set()
    until(inbox, Recovered)
    telling.close()


def test_a_loudspeaker_that_dies_in_a_sentence_is_opened_again_and_says_it_again(
    inbox: SimpleQueue[Happening],
) -> None:
    clock, plug = FastClock(), Plug(plugged=True)
    telling = Telling(inbox.put, now, Tones(), plug, clock=clock)
    telling.do(Say(id="s0", sentences=score("Hm.")))
    until(inbox, Finished)
    clock.ahead_s += 60  # it worked for a minute
    telling.do(Tell(id="t", story="moon", title="Moon", sentences=score("One sentence here.", pause_s=0.1)))
    until(inbox, Reached)
    plug.pulled.set()
    happenings = until(inbox, Finished)
    telling.close()
    assert [type(happening) for happening in happenings] == [Failed, Recovered, Reached, Finished]
    assert plug.opened == 2


def test_frames_go_on_without_a_loudspeaker_while_the_telling_lives(inbox: SimpleQueue[Happening]) -> None:
    telling = Telling(inbox.put, now, Tones(), Plug(plugged=False))
    telling.do(Say(id="s", sentences=score("A sentence.", pause_s=0.6)))
    until(inbox, Finished)
    assert telling.frames > 0
    telling.close()


@pytest.mark.parametrize(("volume", "volume_db"), [(1.0, 0.0), (0.5, -6.02), (0.25, -12.04)])
def test_half_the_volume_is_six_decibels_softer(volume: float, volume_db: float) -> None:
    assert decibels(volume) == pytest.approx(volume_db, abs=0.01)
