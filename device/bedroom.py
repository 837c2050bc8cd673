"""Builds a bedroom: the house with real parts, with pretended ones, or on a clock that runs fast."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TextIO

from device import given as reading
from device.acts import wearable
from device.acts.journal import Journal
from device.acts.light import Light, lamps
from device.acts.pwm import find_chip
from device.acts.speaker import Speaker
from device.acts.telling import Telling
from device.acts.wearable import Wearable
from device.errors import BoardError, DeskError
from device.events import Answer, Doing, Happening
from device.house import House
from device.night import memory, view
from device.night.language import Language
from device.night.night import Given, Night
from device.night.timetable import evening_of
from device.parents.process import Page
from device.pins import factory
from device.pretend import acts as pretend
from device.pretend.clock import FastClock
from device.pretend.keyboard import Keyboard, Silence
from device.senses.buttons import Buttons
from device.senses.clock import Clock
from device.senses.desk import Desk
from device.senses.keys import Keys
from device.settings import Settings
from device.workshop.render import Workshop

BEFORE = timedelta(minutes=2)
"""A sped-up clock begins so long before wind-down."""
TYPING = 3.0
"""Whoever types instead of speaking gets so many times as long to answer."""


@dataclass(frozen=True)
class Plan:
    """What is to be built."""

    settings: Settings
    data: Path
    """Journal, keys and socket."""
    voices: Path
    """What was downloaded and rendered."""
    given: Given
    language: Language
    real: bool
    """Whether the board is a real one."""
    speed: float = 1.0
    mic: bool = True
    words: TextIO | None = None
    """Where typed words come from, if anywhere."""


def is_board() -> bool:
    """-> whether this computer is a Raspberry Pi with lines to use."""
    with suppress(OSError):
        return "Raspberry Pi" in Path("/proc/device-tree/model").read_text() and Path("/dev/gpiochip0").exists()
    return False


def build(plan: Plan) -> House:
    """-> a house with every part in it that could be opened; what could not is told as Failed, and the rest goes on."""
    house = House(plan.given, Night(evening=evening_of(plan.given.promise, _wall())), _wall)
    clock = None
    if plan.speed != 1:
        clock = house.keep(FastClock(_anchor(plan), plan.speed, house.put))
        house.now = clock.now
    journal = _journal(house, plan)
    if clock:
        for part in (pretend.Telling(clock), pretend.Room(clock), pretend.Timetable(clock)):
            house.act(part)
    else:
        _sound_and_light(house, plan)
    _page(house, plan, journal)
    _child(house, plan)
    return house


def _wall() -> datetime:
    return datetime.now(UTC)


def _journal(house: House, plan: Plan) -> Journal:
    journal = house.keep(Journal(plan.data, house.put, house.now))
    if state := journal.remembered():
        try:
            house.night = memory.from_dict(state)
        except ValueError as fault:
            house.failed("journal", fault)
    house.watchers.append(partial(_write_down, journal))
    return journal


def _write_down(journal: Journal, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
    journal.happened(happening)
    for doing in doings:
        journal.done(doing)
    journal.remember(memory.to_dict(night))


def _sound_and_light(house: House, plan: Plan) -> None:
    settings = plan.settings
    workshop = house.act(Workshop(plan.voices, settings.sound.voice))
    telling = house.act(Telling(house.put, house.now, workshop, Speaker(settings.sound.speaker), settings.sound.volume))
    house.counts["sound"] = lambda: telling.frames
    house.act(Clock(house.put, house.now))
    pins = factory(pretend=not plan.real)
    try:
        pair = lamps(settings.board, pins, find_chip() if plan.real else None)
        house.act(Light(house.put, house.now, pair))
    except BoardError as fault:
        house.failed("light", fault)
    worn = settings.board.wearable != "none"
    house.act(Wearable(house.put, house.now, wearable.command(settings.board, not plan.real) if worn else None))
    try:
        house.keep(Buttons(house.put, house.now, settings.board, pins))
    except BoardError as fault:
        house.failed("buttons", fault)


class _AfterCommit:
    """An Answer leaves for the page once what it answers is on the card."""

    def __init__(self, journal: Journal, desk: Desk) -> None:
        self._journal, self._desk = journal, desk

    def do(self, doing: Doing, /) -> None:
        if isinstance(doing, Answer):
            self._journal.after_commit(partial(self._desk.do, doing))

    def close(self) -> None:
        self._desk.close()


def _page(house: House, plan: Plan, journal: Journal) -> None:
    socket = plan.data / "page.socket"

    def look(what: str, who: str) -> dict[str, object]:
        return view.view(house.night, house.given, house.now(), what, who)

    try:
        desk = Desk(house.put, house.now, socket, look, Keys(plan.data / "keys.json"))
    except DeskError as fault:
        house.failed("page", fault)
        return
    house.act(_AfterCommit(journal, desk))
    house.watchers.append(lambda happening, night, doings: desk.hear(happening))
    house.keep(Page(house.put, house.now, plan.settings.page, socket))


def _child(house: House, plan: Plan) -> None:
    house.act(Silence(house.put, house.now, TYPING if plan.words else 1.0))
    if plan.words:
        house.act(Keyboard(house.put, house.now, plan.language, plan.words))


def _anchor(plan: Plan) -> tuple[float, datetime]:
    """-> where the sped-up clock counts from; kept in the data folder, so that a restart finds it running on."""
    kept = plan.data / "pretend-clock.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        anchor = json.loads(kept.read_text())
        if anchor["speed"] == plan.speed:
            return float(anchor["wall"]), datetime.fromisoformat(anchor["shown"])
    shown = reading.next_wind_down(plan.given.promise, _wall()) - BEFORE
    wall = time.time()
    kept.write_text(json.dumps({"wall": wall, "shown": shown.isoformat(), "speed": plan.speed}))
    return wall, shown
