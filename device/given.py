"""What the house hands to the night: the family's agreement, the library, Max's lines, the closed language."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import yaml

from device import assets
from device.errors import SettingsError, StoryError
from device.night.night import Given
from device.night.promise import Promise
from device.night.timetable import evening_of, plan
from device.settings import Child, Settings
from device.tales.markdown import read
from device.tales.story import Story
from device.tales.voice import Voice

if TYPE_CHECKING:
    from device.night.language import Language


def given(settings: Settings, data: Path, voice: Voice) -> Given:
    """-> all of it. Raises SettingsError where Max's lines cannot be read."""
    return Given(promise(settings), library(data), voice, lines())


def promise(settings: Settings) -> Promise:
    """-> the agreement a device starts with, until the family has signed its own."""
    evening, child = settings.evening, settings.child
    minutes = timedelta(minutes=evening.wind_down_min)
    asks = child.age < 10 if evening.check_in is None else evening.check_in
    return Promise(
        zone=zone(settings), child=child.name, age=child.age, grown_up=child.grown_up,
        bedtime_school=evening.bedtime_school, bedtime_free=evening.bedtime_free, wake=evening.wake,
        wind_down=minutes, check_in=minutes * 2 / 3 if asks else None, choosing=minutes / 3,
        dawn=timedelta(minutes=15 if child.age < 7 else 30), more_min=evening.more_min, stories=evening.stories,
        wearable=settings.board.wearable,
    )  # fmt: skip


def zone(settings: Settings) -> ZoneInfo:
    """-> the family's time zone: the settings', or this computer's own."""
    if settings.place.zone:
        return ZoneInfo(settings.place.zone)
    try:
        return ZoneInfo("/".join(Path("/etc/localtime").resolve().parts).split("zoneinfo/")[1])
    except (IndexError, OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def story_files(data: Path) -> list[Path]:
    """-> the library's files and the family's own, which go before ours of the same name."""
    folders = (assets.stories(), data / "stories")
    found = {file.stem: file for folder in folders for file in sorted(folder.glob("*.md")) if file.stem != "README"}
    return [found[slug] for slug in sorted(found)]


def library(data: Path) -> dict[str, Story]:
    """-> every story that parses, by slug; what does not is named on stderr and left out."""
    found = {}
    for file in story_files(data):
        try:
            found[file.stem] = read_story(file)
        except StoryError as fault:
            print(f"A story is left out. {fault}", file=sys.stderr)
    return found


def read_story(file: Path) -> Story:
    """-> the story in a file. Raises StoryError naming file, line and remedy."""
    return read(text_of(file), str(file))


def banned() -> str:
    """-> the words no story has, with what to do instead."""
    return assets.banned().read_text(encoding="utf-8")


def text_of(file: Path) -> str:
    """-> a story's text. Raises StoryError where the file cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise StoryError(f"{file} cannot be read: {fault}. A story is a text file in UTF-8.") from fault


def lines() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """-> what Max says: key -> variants, each a few sentences. Raises SettingsError."""
    path = assets.phrases() / "max.en.yaml"
    try:
        texts = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        return {key: tuple(_sentences(v) for v in variants) for key, variants in texts.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, TypeError) as fault:
        raise SettingsError(f"{path} cannot be read: {fault}. Install sleepsync again.") from fault


def _sentences(variant: str | list[str]) -> tuple[str, ...]:
    return (variant,) if isinstance(variant, str) else tuple(variant)


def spoken(child: Child, titles: Iterable[str]) -> dict[str, list[str]]:
    """-> what joins the closed language, as for `Language.extended`: who can be called, whom stories can be about, and
    the library's titles."""
    return {"person": [child.grown_up], "topic": [child.name], "title": list(titles)}


def language(child: Child | None = None, titles: Iterable[str] = ()) -> Language:
    """-> the closed language, with the family's names and the library's titles. Raises SettingsError."""
    from device.night.language import Language  # loads hassil: when somebody speaks or types, not before

    folder = assets.phrases()
    texts = [(folder / "en.yaml").read_text(encoding="utf-8")]
    nouns = (folder / "nouns.txt").read_text(encoding="utf-8")
    return Language.load(texts, nouns).extended(**spoken(child, titles) if child else {})


def next_wind_down(agreed: Promise, now: datetime) -> datetime:
    """-> when the next wind-down begins, from `now` on."""
    evening = evening_of(agreed, now)
    begins = plan(agreed, evening).when("wind_down")
    return begins if begins > now else plan(agreed, evening + timedelta(days=1)).when("wind_down")
