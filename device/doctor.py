"""What works on this machine, what does not, and what to do about it: one part a line."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from device import given
from device.bedroom import SECOND_EARS, is_board
from device.errors import BoardError, HearingError, SettingsError, SleepSyncError, SoundError
from device.pins import factory
from device.senses.ear import rehearsed
from device.settings import Settings, load
from device.sound_devices import chosen, is_cancelled
from device.vosk_model import damage
from device.workshop import catalogue, install, voices
from device.workshop.cache import MOST_BYTES, Cache

Part = dict[str, Any]
FREE_MB = 500
"""A year of journals and the cache of tellings stay below it."""
NO_ECHO_CANCELLED = "No sound system cancels Max's echo: over a loud telling the button is surer than words."
YOUNGEST = 1_700_000_000
"""Epoch seconds of the end of 2023: a clock that shows less was never set."""


def examine(data: Path) -> list[Part]:
    """-> every part in the JSON shape of `doctor --json`. Never raises for a part that is broken."""
    parts, settings = [], Settings()
    try:
        settings = load(data / "device.toml")
        parts.append(_part("settings", True, _settings_found(data / "device.toml")))
    except SettingsError as fault:
        parts.append(_part("settings", False, str(fault), "Mend the line it names; until then the defaults are used."))
    return parts + [_looked_at(look, settings, data) for look in LOOKS]


def _settings_found(file: Path) -> str:
    return f"Settings are read from {file}." if file.exists() else f"There is no {file}: the defaults are used."


def _looked_at(look: Callable[[Settings, Path], Part], settings: Settings, data: Path) -> Part:
    try:
        return look(settings, data)
    except (SleepSyncError, OSError) as fault:
        return _part(look.__name__.strip("_"), False, str(fault), "Do what it says, and run doctor again.")


def _part(part: str, ok: bool, found: str, remedy: str = "") -> Part:
    return {"part": part, "ok": ok, "found": found, "remedy": remedy}


def _board(settings: Settings, data: Path) -> Part:
    if not is_board():
        return _part("board", True, "No Raspberry Pi here: the board is pretended, with typed letters for buttons.")
    try:
        factory(pretend=False).close()
    except BoardError as fault:
        return _part("board", False, str(fault), "sudo usermod -aG gpio $USER, and log in again.")
    return _part("board", True, "A Raspberry Pi whose lines can be used.")


def _speaker(settings: Settings, data: Path) -> Part:
    from device.acts.speaker import Speaker

    speaker = Speaker(settings.sound.speaker)
    try:
        speaker.open()
    except SoundError as fault:
        return _part("speaker", False, str(fault), "Plug one in; until then Max is written, not heard.")
    with closing(speaker):
        return _part("speaker", True, "A loudspeaker opens.")


def _voice(settings: Settings, data: Path) -> Part:
    found = voices.teller(settings.sound.voice, data)
    models = dict.fromkeys(each.colour.model for each in (*found.speakers.values(), *found.fallbacks))
    wrong = {model: why for model in models if (why := _wrong_with(model, data))}
    way, why = voices.in_use(settings.sound.voice, data, broken=wrong)
    if wrong:
        return _part("voice", False, f"{why} {' '.join(wrong.values())}",
                     "Do what it says; until then another voice speaks.")  # fmt: skip
    if damaged := [str(folder) for model in models if (folder := _damaged(model, data))]:
        return _part("voice", False, f"{why} {' and '.join(damaged)} is damaged: the voice takes more memory.",
                     "Nothing: when it speaks next, that is thrown away and made anew.")  # fmt: skip
    best = way.engine == "piper"
    return _part("voice", best, why, "" if best else "Install sleepsync again: Max's own voice comes with it.")


def _wrong_with(model: str, data: Path) -> str:
    """-> what is wrong with an installed voice, or nothing."""
    file = voices.find(model, data)
    if file is None or file.is_dir():
        return ""
    with suppress(OSError):
        return catalogue.damage(model, file)
    return f"{file} cannot be read. Install it again: sleepsync voices install {model}"


def _damaged(model: str, data: Path) -> Path | None:
    """-> the folder of a prepared voice that is not as it was written."""
    folder = catalogue.prepared(model, data)
    return folder if folder and not catalogue.intact(folder) else None


def _cache(settings: Settings, data: Path) -> Part:
    """What was rendered ahead: whether more can be kept."""
    cache = Cache(data / "cache" / "speech")
    folder = next(path for path in (cache.folder, *cache.folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(bytes(1 << 16))
    except OSError as fault:
        found = f"{folder} cannot be written ({fault.strerror}): nothing that Max says can be kept."
        remedy = f"Make room on that disk, or let this user write there: chown -R $USER {data}"
        return _part("cache", False, found, remedy)
    count, size = cache.holds()
    held = f"{size / 1e6:.0f} MB of at most {MOST_BYTES / 1e6:.0f} MB"
    return _part("cache", True, f"{count} rendered sentences are kept, {held}.")


def _microphone(settings: Settings, data: Path) -> Part:
    from device.senses.ear import microphone

    wanted = settings.sound.microphone
    try:
        names = microphone.found()
    except HearingError as fault:
        return _part("microphone", False, str(fault), "Install sleepsync again.")
    there = ", ".join(f'"{name}"' for name in names)
    if not names:
        return _part("microphone", False, "There is no microphone.", "Plug one in; until then the buttons are heard.")
    meant = chosen(wanted, names)
    if meant is None:
        remedy = "Plug it in, or change [sound] microphone."
        return _part("microphone", False, f'There is no microphone "{wanted}"; there is {there}.', remedy)
    echo = f'The echo of Max is cancelled by "{meant}".' if is_cancelled(meant) else NO_ECHO_CANCELLED
    return _part("microphone", True, f"There is {there}. {echo}")


def _ear(settings: Settings, data: Path) -> Part:
    model = install.model(SECOND_EARS, data)
    try:
        found = f"The phoneme ear listens (hama {version('hama')})."
    except PackageNotFoundError:
        return _part("ear", False, "The phoneme ear is not installed.", "Install sleepsync again.")
    if model and (wrong := damage(model)):
        return _part("ear", False, f"{found} {wrong}", "Do what it says; until then loud rooms have no second look.")
    second = f" Vosk takes the second look with {model.name}." if model else " No Vosk model is installed."
    learnt = "There was a rehearsal." if rehearsed.kept(data) else "Nobody has rehearsed yet: sleepsync rehearse."
    return _part("ear", True, f"{found}{second} {learnt}")


def _stories(settings: Settings, data: Path) -> Part:
    count = len(given.library(data))
    return _part("stories", count > 0, f"{count} stories can be told.", "" if count else "Install sleepsync again.")


def _clock(settings: Settings, data: Path) -> Part:
    now = time.strftime("%A %d %B %Y, %H:%M")
    ok = time.time() > YOUNGEST
    return _part(
        "clock", ok, f"It is {now} in {given.zone(settings).key}.", "" if ok else "Set the clock: timedatectl set-time."
    )


def _disk(settings: Settings, data: Path) -> Part:
    folder = next(path for path in (data, *data.parents) if path.exists())
    free_mb = shutil.disk_usage(folder).free // 2**20
    return _part("disk", free_mb >= FREE_MB, f"{free_mb} MB are free at {folder}.",
                 "" if free_mb >= FREE_MB else f"Make room: {FREE_MB} MB are enough.")  # fmt: skip


def _page(settings: Settings, data: Path) -> Part:
    port = settings.page.port
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    found = f"Something answers on port {port}: this device, or another program." if taken else f"Port {port} is free."
    return _part("page", True, found)


LOOKS = (_board, _speaker, _voice, _cache, _microphone, _ear, _stories, _clock, _disk, _page)


def lines(parts: list[Part]) -> Iterator[str]:
    """-> the same for people."""
    for part in parts:
        yield f"{'ok' if part['ok'] else '!!'}  {part['part']:9} {part['found']}"
        if part["remedy"]:
            yield f"{'':14}{part['remedy']}"
