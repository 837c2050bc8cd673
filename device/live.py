"""The two commands that take their time: `run`, the device itself, and `demo`, one evening in about three minutes."""

from __future__ import annotations

import secrets
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from threading import Thread, Timer
from zoneinfo import ZoneInfo

from device import demo
from device import given as reading
from device.bedroom import Plan, build, is_board
from device.errors import DeskError, DownloadError, HearingError, SettingsError, SleepSyncError, VoiceError
from device.events import Doing, Failed, Finished, Happening, Heard, Unheard
from device.house import House, Watcher
from device.night.night import Night
from device.night.promise import Promise
from device.pretend.child import heard_words
from device.pretend.keyboard import HELP
from device.senses.ear import microphone
from device.senses.keys import Keys
from device.settings import Settings, load
from device.workshop import install
from device.workshop.voices import voice

EVENING = timedelta(seconds=135)
"""From the demo's first word to its lights-out."""
TASTE_WORDS = 90
"""A demo's story: about a minute at Max's pace, so that one still fits when it is asked for in the check-in."""
FETCH = "fetch"
"""Typed, it accepts what the first run offers."""
ASK_AFTER_S = 10.0
"""When the child of `demo --say` asks, and how long after it says the next thing."""


def run(data: Path, board: str | None, port: int | None, claim: Path | None, speed: float, mic: bool) -> int:
    """-> 0, when it was told to stop; it never ends by itself."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # until there is a house to stop
    settings, fault = _settings(data, port)
    kept, closed = _kept(data)
    real = board == "real" or (board is None and speed == 1 and is_board())
    unclaimed = _claim(kept, claim) if claim else None
    plan = _plan(settings, kept, real=real, speed=speed, mic=mic, voices=data)
    plan, offer = _offer(plan)
    with build(plan) as house:
        if fault:
            house.failed("settings", fault)
        if closed:
            house.failed("data", closed)
        if unclaimed:
            house.failed("claim", unclaimed)
        _open_terminal(house, plan, ("" if real else HELP + ", t start tonight") + offer)
        _until_told(house, secrets.randbits(32))
    return 0


def show(
    data: Path, request: str | Heard | None, port: int | None, mic: bool, seed: int, later: Sequence[Heard] = ()
) -> int:
    """The live demo -> 0 when its morning has come."""
    data.mkdir(parents=True, exist_ok=True)
    settings, fault = _settings(data, port)
    if fault:
        print(f"sleepsync: {fault}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="sleepsync-demo-") as folder:
        plan = _plan(settings, Path(folder), real=False, speed=1, mic=mic, voices=data)
        now = datetime.now(UTC)
        short = {slug: demo.taste(story, TASTE_WORDS) for slug, story in plan.given.library.items()}
        plan = replace(plan, given=replace(plan.given, promise=short_evening(plan.given.promise, now), library=short))
        with build(plan) as house:
            _open_terminal(house, plan, HELP, guide=True)
            house.watchers.append(_ends(house))
            if request or not sys.stdin.isatty():
                house.keep(_Asking(house, plan, request or demo.REQUEST, later))
            _until_told(house, seed)
    return 0


def short_evening(promise: Promise, now: datetime) -> Promise:
    """-> an evening that begins now and whose morning comes in about three minutes, on a clock that shows evening."""
    hour = (20 - now.astimezone(UTC).hour + 12) % 24 - 12
    zone = ZoneInfo(f"Etc/GMT{-hour:+d}" if hour else "UTC")
    out = (now + EVENING).astimezone(zone)
    wake = (out + timedelta(seconds=20)).time()
    return replace(
        promise, zone=zone, bedtime_school=out.time(), bedtime_free=out.time(), wake=wake, wind_down=EVENING,
        check_in=EVENING - timedelta(seconds=16), choosing=EVENING - timedelta(seconds=55),
        settle=timedelta(seconds=8), dawn=timedelta(seconds=8),
    )  # fmt: skip


def _settings(data: Path, port: int | None) -> tuple[Settings, SettingsError | None]:
    """-> the settings, and why they are the defaults where the file cannot be used."""
    fault = None
    try:
        settings = load(data / "device.toml")
    except SettingsError as wrong:
        settings, fault = Settings(), SettingsError(f"{wrong} Until then the defaults are used.")
    try:
        voice(settings.sound.voice, data)
    except VoiceError as wrong:
        settings = replace(settings, sound=replace(settings.sound, voice=Settings().sound.voice))
        fault = SettingsError(f"{wrong} Until then Max has his own.")
    return (replace(settings, page=replace(settings.page, port=port)) if port is not None else settings), fault


def _kept(data: Path) -> tuple[Path, SleepSyncError | None]:
    """-> the folder to write in: `data`, or one of tonight's own where that cannot be written, and then why."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=data).close()
    except OSError as fault:
        return Path(tempfile.mkdtemp(prefix="sleepsync-")), SleepSyncError(
            f"The folder {data} cannot be written ({fault.strerror}): tonight goes on, and nothing of it is kept. "
            "Make the folder writable, and start again."
        )
    return data, None


def _claim(kept: Path, file: Path) -> SleepSyncError | None:
    """-> why the box has no passphrase yet: a wrong file costs the claim and never the evening."""
    try:
        Keys(kept / "keys.json").claim_from(file)
    except DeskError as fault:
        return DeskError(
            f"{fault} The box is not claimed: start again with a file that holds it, or claim it on its page."
        )
    return None


def _plan(settings: Settings, data: Path, *, real: bool, speed: float, mic: bool, voices: Path | None = None) -> Plan:
    kept = voices or data
    given = replace(reading.given(settings, data, voice(settings.sound.voice, kept)), pretend=not real)
    titles = [story.title for story in given.library.values()]
    language = cache(partial(reading.language, settings.child, titles))
    mic = mic and speed == 1 and (real or may_listen(kept))
    words = None if real else sys.stdin
    return Plan(settings, data, kept, given, language, real, speed, mic, show_microphone, _show_page, words)


def may_listen(kept: Path) -> bool:
    """-> whether this computer's microphone may be used: asked once, at a terminal, where there is one to ask about."""
    answered = kept / "microphone.txt"
    with suppress(OSError, UnicodeDecodeError):
        return answered.read_text(encoding="utf-8").startswith("y") and sys.stdin.isatty()
    if not (sys.stdin.isatty() and sys.stdout.isatty() and _has_microphone()):
        return False
    with suppress(EOFError):
        said = input("May Max listen with this computer's microphone? Nothing is kept. [y/N] ").strip().lower()
        _remember(answered, said.startswith("y"))
        return said.startswith("y")
    return False


def _has_microphone() -> bool:
    with suppress(HearingError):
        if microphone.found():
            return True
    print("No microphone was found: what you type is heard.")
    return False


def _remember(answered: Path, yes: bool) -> None:
    """Keeps the answer; a folder that cannot be written means that it is asked again next time."""
    try:
        answered.write_text("yes\n" if yes else "no\n", encoding="utf-8")
    except OSError as fault:
        print(f"Your answer counts now, and is asked for again next time: {answered} cannot be written "
              f"({fault.strerror}).")  # fmt: skip


def show_microphone(on: bool) -> None:
    _show("  ●   The microphone is on." if on else "  ○   The microphone is off.")


def _show_page(port: int) -> None:
    """Only once it answers: where the port is taken there is none to open."""
    _show(f"The page for parents: http://localhost:{port}")


def _show(line: str) -> None:
    with suppress(OSError):  # nobody reads it any more
        print(line, flush=True)


def _offer(plan: Plan) -> tuple[Plan, str]:
    """-> the plan with the word that fetches what would be better, and the offer: each is made once, at a terminal."""
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    offered = install.offer(("voices", "models") if plan.mic else ("voices",), plan.voices) if at_terminal else None
    if offered is None:
        return plan, ""
    kind, entry = offered
    later = f"sleepsync {kind} install {entry.name}"
    how = f'Type "fetch" to have it while the evening goes on; or later: {later}' if plan.words else f"Get it: {later}"
    text = f"\n{entry.better} is a download away: {entry.name}, {entry.size / 1e6:.0f} MB, licence: {entry.licence}."
    return replace(plan, keys={FETCH: partial(_fetch, kind, entry.name, plan.voices)}), f"{text}\n{how}"


def _fetch(kind: install.Kind, name: str, data: Path) -> None:
    """Begins it; what a broken line leaves is gone on with at the next try."""

    def fetch() -> None:
        try:
            install.install(kind, name, data)
        except DownloadError as fault:
            _show(f"{fault} (sleepsync {kind} install {name})")
        else:
            _show(f"{name} is there; it is used from the next start on.")

    _show(f"{name} is being fetched.")
    Thread(target=fetch, name="fetching a model", daemon=True).start()


def _open_terminal(house: House, plan: Plan, hint: str, guide: bool = False) -> None:
    if sys.stdout is None or (plan.real and not sys.stdout.isatty()):
        house.watchers.append(_tell_faults)
        return
    from device.pretend.guide import Guide
    from device.pretend.picture import Picture
    from device.pretend.terminal import Terminal

    console, page = Terminal(highlight=False), f"http://localhost:{plan.settings.page.port}"
    house.watchers.append(Picture(console, plan.given.promise.zone, plan.given.promise.child))
    console.print(hint, style="dim")
    if guide:
        house.watchers.append(Guide(partial(console.print, style="bold green"), page, plan.mic))


def _tell_faults(happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
    """A watcher for a device without a terminal: what does not work is in the system's log."""
    if isinstance(happening, Failed) and sys.stderr:
        print(f"sleepsync: {happening.reason}", file=sys.stderr, flush=True)


class _Asking:
    """The child of `demo --say` or `--hear`, or of a demo without a terminal, who asks a little after good evening."""

    def __init__(self, house: House, plan: Plan, request: str | Heard, later: Sequence[Heard]) -> None:
        self._house, self._plan, self._request = house, plan, request
        self._timers = [Timer(ASK_AFTER_S, self._ask)]
        self._timers += [Timer(ASK_AFTER_S * n, self._say, (heard,)) for n, heard in enumerate(later, 2)]
        for timer in self._timers:
            timer.daemon = True
            timer.start()

    def _ask(self) -> None:
        if self._house.night.told:  # somebody has asked already
            return
        at = self._house.now()
        if isinstance(self._request, Heard):
            said: Heard | None = replace(self._request, at=at)
        else:
            said = heard_words(self._plan.language(), self._request, at)
        self._house.put(said or Unheard(at=at, window="", spoke=True))

    def _say(self, heard: Heard) -> None:
        self._house.put(replace(heard, at=self._house.now()))

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()


def _until_told(house: House, seed: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: house.stop())
    house.start(seed)
    house.run()


def _ends(house: House) -> Watcher:
    """-> a watcher that ends the demo when Max has said good morning."""

    def watch(happening: Happening, night: Night, doings: tuple[Doing, ...]) -> None:
        if night.phase == "morning" and isinstance(happening, Finished) and night.talk is None:
            house.stop()

    return watch
