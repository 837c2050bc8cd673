"""Builds a bedroom: the house with real parts, with pretended ones, or on a clock that runs fast."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TextIO

from device import __version__
from device import given as reading
from device.acts import wearable
from device.acts.journal import Journal
from device.acts.light import Indicator, Light, lamps
from device.acts.pwm import find_chip
from device.acts.speaker import Speaker
from device.acts.telling import Telling
from device.acts.wearable import Wearable
from device.errors import BoardError, DeskError
from device.events import Answer, Asked, Doing, Failed, Happening, Recovered
from device.house import House
from device.night import memory, view
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
from device.senses.ear import ear, rehearsed
from device.senses.keys import Keys
from device.settings import Settings
from device.workshop import install
from device.workshop.render import Workshop

if TYPE_CHECKING:
    from device.night.language import Language

SECOND_EARS = ("vosk-model-small-en-us-0.15", "vosk-model-small-en-gb-0.15")
"""Vosk models for loud rooms, the first that is installed."""
BEFORE = timedelta(minutes=2)
"""A sped-up clock begins so long before wind-down."""
ON_CARD_S = 1.0
"""How long a moment waits to be written as begun before it sounds; on a card that takes longer, the evening goes on."""
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
    language: Callable[[], Language]
    """Reads the closed language, once, when somebody speaks or types."""
    real: bool
    """Whether the board is a real one."""
    speed: float = 1.0
    mic: bool = True
    mic_shown: Callable[[bool], object] = lambda on: None
    """Shows on a pretend board that the microphone is being read."""
    page_shown: Callable[[int], object] = lambda port: None
    """Shows at which port the page answers, each time it begins to."""
    words: TextIO | None = None
    """Where typed words come from, if anywhere."""
    keys: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    """Further words that may be typed, and what they do."""


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
    _page(house, plan, journal)
    _child(house, plan)
    if clock:
        for part in (pretend.Telling(clock), pretend.Room(clock), pretend.Timetable(clock)):
            house.act(part)
    else:
        _sound(house, plan)
        _board(house, plan)
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
    house.ahead.append(partial(_write_begun, journal))
    house.watchers.append(partial(_write_down, journal))
    return journal


def _write_begun(journal: Journal, before: Night, after: Night) -> None:
    """A moment is on the card as begun before it sounds: through any power cut it is said at most once."""
    if after.done != before.done:
        journal.remember(memory.to_dict(after))
        on_card = Event()
        journal.after_commit(on_card.set)
        if "journal" not in after.failed:
            on_card.wait(ON_CARD_S)


def _write_down(journal: Journal, happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
    journal.happened(happening)
    for doing in doings:
        journal.done(doing)
    journal.remember(memory.to_dict(night))


def _sound(house: House, plan: Plan) -> None:
    settings = plan.settings
    workshop = house.act(Workshop(plan.voices, settings.sound.voice, report=partial(_workshop_says, house)))
    telling = house.act(Telling(house.put, house.now, workshop, Speaker(settings.sound.speaker), settings.sound.volume))
    house.counts["sound"] = lambda: telling.frames
    house.act(Clock(house.put, house.now))


def _workshop_says(house: House, trouble: str) -> None:
    at = house.now()
    house.put(Failed(at=at, part="workshop", reason=trouble) if trouble else Recovered(at=at, part="workshop"))


def _board(house: House, plan: Plan) -> None:
    """Opened last, so that light and motor are the first to be off when the house closes."""
    board = plan.settings.board
    try:
        pins = factory(pretend=not plan.real)
        house.keep(Buttons(house.put, house.now, board, pins))
        house.act(Light(house.put, house.now, lamps(board, pins, find_chip() if plan.real else None)))
    except BoardError as fault:
        house.failed("light", fault)
    worn = board.wearable != "none"
    house.act(Wearable(house.put, house.now, wearable.command(board, not plan.real) if worn else None))


def _page(house: House, plan: Plan, journal: Journal) -> None:
    socket = plan.data / "page.socket"

    def look(what: str, who: str) -> dict[str, object]:
        return {**view.view(house.night, house.given, house.now(), what, who), "version": __version__}

    def answer(happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        desk.hear(happening)
        for doing in doings:
            if isinstance(doing, Answer):  # leaves once what it answers is on the card
                journal.after_commit(partial(desk.do, doing))

    try:
        desk = house.keep(Desk(house.put, house.now, socket, look, Keys(plan.data / "keys.json")))
    except DeskError as fault:
        house.failed("page", fault)
        return
    house.watchers.append(answer)
    house.keep(Page(house.put, house.now, plan.settings.page, socket, plan.page_shown))


def _child(house: House, plan: Plan) -> None:
    """Who speaks for the child: the ear where there is a microphone to use, typed words where there is a terminal."""
    if plan.mic:
        _ear(house, plan)
    else:
        typed = plan.words is not None and not plan.words.closed and plan.words.isatty()
        house.act(Silence(house.put, house.now, TYPING if typed else 1 / plan.speed))
    if plan.words:
        keys: dict[str, Callable[[], None]] = {"t": partial(_start_tonight, house), **plan.keys}
        house.act(Keyboard(house.put, house.now, plan.language, plan.words, keys))


def _ear(house: House, plan: Plan) -> None:
    lists = reading.spoken(plan.settings.child, (story.title for story in plan.given.library.values()))
    slack = rehearsed.slack(plan.voices)
    started = ear.command(plan.settings.sound.microphone, install.model(SECOND_EARS, plan.voices), slack)
    listening = house.act(ear.Ear(house.put, house.now, started, lists, _mic_light(house, plan)))
    house.watchers.append(listening.watch)
    house.counts["ear"] = lambda: listening.frames


def _mic_light(house: House, plan: Plan) -> Callable[[bool], object]:
    """-> what shows that the microphone is being read."""
    if not plan.real:
        return plan.mic_shown
    try:
        lit = house.keep(Indicator(plan.settings.board.mic_led, factory(pretend=False)))
    except BoardError as fault:
        house.failed("microphone light", fault)
        return lambda on: None
    return lit.show


def _start_tonight(house: House) -> None:
    at = house.now()
    house.put(Asked(at=at, id=f"start-{at:%m%d%H%M%S}", who="parent", what="start_tonight"))


def _anchor(plan: Plan) -> tuple[float, datetime]:
    """-> where the sped-up clock counts from; kept in the data folder, so that a restart finds it running on."""
    kept = plan.data / "pretend-clock.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        anchor = json.loads(kept.read_text())
        if anchor["speed"] == plan.speed:
            return float(anchor["wall"]), datetime.fromisoformat(anchor["shown"])
    shown = reading.next_wind_down(plan.given.promise, _wall()) - BEFORE
    wall = time.time()
    with suppress(OSError):  # not kept: a restart begins again before wind-down
        kept.write_text(json.dumps({"wall": wall, "shown": shown.isoformat(), "speed": plan.speed}))
    return wall, shown
