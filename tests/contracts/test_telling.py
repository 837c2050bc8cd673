"""One contract for everything that tells: the real telling on SDL's dummy card, and whatever else takes its place.

Another telling joins by adding its factory to TELLINGS: it is given a Put and a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from device.acts.speaker import Speaker
from device.acts.telling import Telling
from device.events import Act, Finished, Glow, Happening, Hush, Put, Reached, Say, Tell
from tests.acts.bedroom import Tones, score

SENTENCES = score("One.", "Two.", "Three.", pause_s=0.1)


def real(put: Put, folder: Path) -> Act:
    return Telling(put, lambda: datetime.now(UTC), Tones(), Speaker())


TELLINGS: dict[str, Callable[[Put, Path], Act]] = {"real": real}


class Bedroom:
    def __init__(self, make: Callable[[Put, Path], Act], folder: Path) -> None:
        self.inbox: SimpleQueue[Happening] = SimpleQueue()
        self.telling = make(self.inbox.put, folder)

    def until(self, kind: type[Happening], patience_s: float = 20.0) -> list[Happening]:
        """-> everything up to the first of this kind."""
        happenings = [self.inbox.get(timeout=patience_s)]
        while not isinstance(happenings[-1], kind):
            happenings.append(self.inbox.get(timeout=patience_s))
        return happenings


@pytest.fixture(params=list(TELLINGS))
def bedroom(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bedroom]:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    room = Bedroom(TELLINGS[request.param], tmp_path)
    yield room
    room.telling.close()


def tell(id: str, begin: int = 0) -> Tell:
    return Tell(id=id, story="moon", title="Moon", sentences=SENTENCES, begin=begin)


def said(happenings: list[Happening]) -> list[tuple[str, int | None]]:
    """-> (id, sentence) of every Reached and (id, None) of every Finished."""
    return [
        (happening.id, happening.sentence if isinstance(happening, Reached) else None)
        for happening in happenings
        if isinstance(happening, Reached | Finished)
    ]


def test_a_tell_reaches_each_sentence_in_order_and_finishes(bedroom: Bedroom) -> None:
    bedroom.telling.do(tell("t"))
    assert said(bedroom.until(Finished)) == [("t", 0), ("t", 1), ("t", 2), ("t", None)]


def test_a_tell_begins_where_it_is_told_to(bedroom: Bedroom) -> None:
    bedroom.telling.do(tell("t", begin=1))
    assert said(bedroom.until(Finished)) == [("t", 1), ("t", 2), ("t", None)]


def test_a_say_only_finishes(bedroom: Bedroom) -> None:
    bedroom.telling.do(Say(id="s", sentences=SENTENCES[:1]))
    assert said(bedroom.until(Finished)) == [("s", None)]


def test_a_hushed_tell_never_finishes_and_the_next_one_is_heard(bedroom: Bedroom) -> None:
    bedroom.telling.do(tell("t"))
    bedroom.until(Reached)
    bedroom.telling.do(Hush(id="t"))
    bedroom.telling.do(Say(id="s", sentences=SENTENCES[:2]))
    assert ("t", None) not in said(bedroom.until(Finished))


def test_a_gentle_hush_tells_the_sentence_to_its_end_and_no_other(bedroom: Bedroom) -> None:
    bedroom.telling.do(tell("t"))
    bedroom.until(Reached)
    bedroom.telling.do(Hush(id="t", gently=True))
    assert said(bedroom.until(Finished)) == [("t", None)]


def test_what_a_person_reads_is_paced_by_the_score_and_can_be_hushed(bedroom: Bedroom) -> None:
    bedroom.telling.do(replace(tell("r", begin=1), aloud=False))
    assert said(bedroom.until(Finished)) == [("r", 1), ("r", 2), ("r", None)]
    bedroom.telling.do(replace(tell("r"), aloud=False))
    bedroom.until(Reached)
    bedroom.telling.do(Hush(id="r"))
    bedroom.telling.do(Say(id="s", sentences=SENTENCES[:1]))
    assert ("r", None) not in said(bedroom.until(Finished))


def test_a_hush_of_somebody_else_changes_nothing(bedroom: Bedroom) -> None:
    bedroom.telling.do(tell("t"))
    bedroom.until(Reached)
    bedroom.telling.do(Hush(id="old"))
    assert said(bedroom.until(Finished))[-1] == ("t", None)


def test_a_new_say_takes_the_place_of_what_is_told(bedroom: Bedroom) -> None:
    bedroom.telling.do(tell("t"))
    bedroom.until(Reached)
    bedroom.telling.do(Say(id="s", sentences=SENTENCES[:1]))
    assert said(bedroom.until(Finished))[-1] == ("s", None)


def test_a_doing_for_somebody_else_is_passed_over(bedroom: Bedroom) -> None:
    bedroom.telling.do(Glow(ember=0.5))
    bedroom.telling.do(Say(id="s", sentences=SENTENCES[:1]))
    assert said(bedroom.until(Finished)) == [("s", None)]


def test_nothing_is_told_after_it_was_closed(bedroom: Bedroom) -> None:
    bedroom.telling.do(tell("t"))
    bedroom.until(Reached)
    bedroom.telling.close()
    bedroom.telling.do(Say(id="s", sentences=SENTENCES[:1]))
    with pytest.raises(Empty):
        bedroom.until(Finished, patience_s=1.0)
