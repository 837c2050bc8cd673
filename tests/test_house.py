"""The house: whatever one part does, the night goes on, and everybody is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from device import house as house_module
from device.events import Doing, Failed, Happening, Pressed, Say
from device.house import House
from device.night.decide import decide as deciding
from device.night.night import Given, Night
from device.night.timetable import evening_of
from tests.nights.bedroom import given

AT = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)
STORY = Pressed(at=AT, button="story")


class Part:
    """An act and a sense that remembers what it was told and when it was closed."""

    def __init__(self, name: str = "", closed: list[str] | None = None) -> None:
        self.name, self.closed = name, closed if closed is not None else []
        self.done: list[Doing] = []

    def do(self, doing: Doing, /) -> None:
        self.done.append(doing)

    def close(self) -> None:
        self.closed.append(self.name)


class Clumsy(Part):
    """Cannot do the first thing it is told to, and every later one."""

    def do(self, doing: Doing, /) -> None:
        super().do(doing)
        if len(self.done) == 1:
            raise RuntimeError("butter fingers")


class Watch:
    def __init__(self) -> None:
        self.seen: list[tuple[Happening, Night, tuple[Doing, ...]]] = []

    def __call__(self, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        self.seen.append((happening, night, doings))

    @property
    def happenings(self) -> list[Happening]:
        return [happening for happening, _, _ in self.seen]

    @property
    def reasons(self) -> list[str]:
        return [happening.reason for happening in self.happenings if isinstance(happening, Failed)]


@pytest.fixture
def house() -> Iterator[House]:
    with House(given(), Night(evening=evening_of(given().promise, AT)), lambda: AT) as house:
        yield house


def lived(house: House, *happenings: Happening) -> Watch:
    """-> what a watcher saw of a house that ran until all of this had happened, and what followed from it."""
    watch = Watch()
    house.watchers.append(watch)
    house.start(7)
    for happening in happenings:
        house.put(happening)
    live_on(house)
    live_on(house)
    return watch


def live_on(house: House) -> None:
    """Runs until all that is in the inbox now has happened."""
    house.stop()
    house.run()


def _faulty(on: type[Happening]) -> object:
    real = deciding

    def decide(night: Night, happening: Happening, known: Given) -> tuple[Night, tuple[Doing, ...]]:
        if isinstance(happening, on):
            raise ZeroDivisionError("a fault of ours")
        return real(night, happening, known)

    return decide


def test_a_fault_in_the_night_costs_one_happening_and_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.start(7)
    watch = Watch()
    house.watchers.append(watch)
    with monkeypatch.context() as broken:
        broken.setattr(house_module, "decide", _faulty(Pressed))
        house.step(STORY)
    assert [type(happening) for happening in watch.happenings] == [Failed]
    assert "could not decide about Pressed" in watch.reasons[0]
    assert "a fault of ours" in house.night.failed["night"]
    before = house.night
    house.step(STORY)
    assert house.night != before


def test_a_night_that_cannot_even_decide_about_its_fault_stays_as_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.start(7)
    before, watch = house.night, Watch()
    house.watchers.append(watch)
    monkeypatch.setattr(house_module, "decide", _faulty(Happening))
    house.step(STORY)
    assert house.night == before
    assert "could not decide" in watch.reasons[0]


def test_a_faulty_act_costs_one_doing_and_the_other_acts_nothing(house: House) -> None:
    clumsy, well = house.act(Clumsy()), house.act(Part())
    watch = lived(house, STORY)
    assert len(well.done) > 1
    assert clumsy.done == well.done
    assert [reason for reason in watch.reasons if "butter fingers" in reason] == watch.reasons != []
    assert watch.reasons[0].startswith("The clumsy could not do ")


def test_a_watcher_that_fails_ends_nothing_and_the_next_one_is_told(house: House) -> None:
    def blind(happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        raise OSError("cannot see")

    house.watchers.append(blind)
    watch = lived(house, STORY)
    assert STORY in watch.happenings
    assert watch.reasons
    assert all("cannot see" in reason for reason in watch.reasons)
    told = len(watch.reasons)
    house.put(Failed(at=AT, part="light", reason="It is dark."))
    live_on(house)
    live_on(house)
    assert len(watch.reasons) == told + 1, "a fault in being told of a fault is not told again"


def test_what_is_told_ahead_comes_before_anything_is_done(house: House) -> None:
    order: list[str] = []
    act = house.act(Part())
    house.ahead.append(lambda before, after: order.append(f"ahead {len(act.done)}"))
    house.start(7)
    house.step(STORY)
    done_by_start = next(n for n in (int(entry.split()[1]) for entry in order[1:]))
    assert order[0] == "ahead 0"
    assert len(act.done) > done_by_start > 0


def test_parts_close_in_reverse_the_last_opened_first() -> None:
    closed: list[str] = []
    with House(given(), Night(evening=evening_of(given().promise, AT)), lambda: AT) as house:
        house.keep(Part("journal", closed))
        house.act(Part("sound", closed))
        house.act(Part("light", closed))
    assert closed == ["light", "sound", "journal"]


def test_every_part_closes_though_one_of_them_cannot() -> None:
    class Jammed(Part):
        def close(self) -> None:
            super().close()
            raise OSError("jammed")

    closed: list[str] = []
    house = House(given(), Night(evening=AT.date()), lambda: AT)
    for part in (Part("first", closed), Jammed("second", closed), Part("third", closed)):
        house.keep(part)
    with pytest.raises(OSError, match="jammed"):
        house.__exit__(None, None, None)
    assert closed == ["third", "second", "first"]


def test_watchers_see_every_happening_with_what_was_done_about_it(house: House) -> None:
    act = house.act(Part())
    watch = lived(house, STORY)
    assert [type(happening).__name__ for happening in watch.happenings] == ["Started", "Pressed"]
    assert [doing for _, _, doings in watch.seen for doing in doings] == act.done
    assert any(isinstance(doing, Say) for doing in act.done)
    assert watch.seen[-1][1] == house.night


def test_the_run_ends_when_another_thread_stops_it(house: House) -> None:
    runs = threading.Thread(target=house.run)
    runs.start()
    house.put(STORY)
    house.stop()
    runs.join(20)
    assert not runs.is_alive()
    assert house.counts["loop"]()


def test_a_part_that_could_not_be_opened_is_in_the_night(house: House) -> None:
    house.failed("light", OSError("There is no lamp."))
    watch = lived(house)
    assert watch.reasons == ["There is no lamp."]
    assert house.night.failed == {"light": "There is no lamp."}


def test_a_night_that_goes_on_keeps_its_seed(house: House) -> None:
    house.night = replace(house.night, seed=3)
    house.start(7)
    assert house.night.seed == 3
