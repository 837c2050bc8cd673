"""`DIR/device.toml` as frozen dataclasses, one a part. Unknown keys and wrong values name file, key and value."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from device.errors import SettingsError


@dataclass(frozen=True)
class Child:
    name: str = "Benny"
    age: int = 12
    """Years, 4 to 13."""
    grown_up: str = "Elara"
    """Who is there at night, as the child says it."""

    def __post_init__(self) -> None:
        if not 4 <= self.age <= 13:
            raise ValueError(f"age = {self.age}: the device is made for ages 4 to 13")


@dataclass(frozen=True)
class Place:
    zone: str = ""
    """IANA name, such as "Europe/Berlin"; empty takes the computer's own."""

    def __post_init__(self) -> None:
        if self.zone:
            try:
                ZoneInfo(self.zone)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError(f'zone = "{self.zone}": write an IANA name such as "Europe/Berlin"') from None


@dataclass(frozen=True)
class Evening:
    """The agreement a device starts with, until the family has signed its own."""

    bedtime_school: time = time(20, 45)
    """Lights-out on evenings before school."""
    bedtime_free: time = time(21, 30)
    wake: time = time(6, 45)
    wind_down_min: int = 45
    more_min: int = 15
    """How many minutes "five more" may add in one evening, five at a time."""
    stories: int = 2
    check_in: bool | None = None
    """Nothing written: on up to nine years; from ten on the child turns it on."""


@dataclass(frozen=True)
class Sound:
    speaker: str = ""
    """Name of the loudspeaker; empty takes the system's own."""
    microphone: str = ""
    volume: float = 0.7
    """0-1, of the cap."""
    voice: str = "max"

    def __post_init__(self) -> None:
        if not 0 <= self.volume <= 1:
            raise ValueError(f"volume = {self.volume}: write a number from 0 to 1")


@dataclass(frozen=True)
class Board:
    """GPIO lines, by their BCM number. The motor stays on 9-27, where lines are pulled down at start."""

    ember: int = 12
    dawn: int = 13
    motor: int = 17
    story: int = 5
    grown_up: int = 6
    light: int = 26
    mic_led: int = 22
    wearable: str = "pebble"
    """"pebble" (held), "wristband" (from eight years, awake only), "pillow", or "none"."""

    def __post_init__(self) -> None:
        if self.wearable not in {"pebble", "wristband", "pillow", "none"}:
            raise ValueError(f'wearable = "{self.wearable}": write "pebble", "wristband", "pillow" or "none"')
        if not 9 <= self.motor <= 27:
            raise ValueError(f"motor = {self.motor}: use a line from 9 to 27; the others are pulled up at start")


@dataclass(frozen=True)
class Page:
    port: int = 8080
    host: str = "0.0.0.0"

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port = {self.port}: write a number from 1 to 65535, such as 8080")


@dataclass(frozen=True)
class Settings:
    child: Child = field(default_factory=Child)
    place: Place = field(default_factory=Place)
    evening: Evening = field(default_factory=Evening)
    sound: Sound = field(default_factory=Sound)
    board: Board = field(default_factory=Board)
    page: Page = field(default_factory=Page)

    def __post_init__(self) -> None:
        if self.board.wearable == "wristband" and self.child.age < 8:
            raise ValueError('[board] wearable = "wristband" is for eight years and older; use "pebble"')


def load(path: Path) -> Settings:
    """-> the settings in `path`, defaults where it is silent or absent. Raises SettingsError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsError(f"{path} cannot be read: {fault}. Mend it or move it away.") from fault
    return parse(tables, str(path))


def parse(tables: dict[str, Any], where: str) -> Settings:
    """-> settings from parsed TOML. Raises SettingsError naming `where`, table, key and value."""
    kinds = get_type_hints(Settings)
    if unknown := sorted(set(tables) - set(kinds)):
        raise SettingsError(f"{where}: there is no part [{unknown[0]}]; parts are {', '.join(kinds)}.")
    try:
        return Settings(**{name: _part(kinds[name], table, f"{where} [{name}]") for name, table in tables.items()})
    except SettingsError:
        raise
    except ValueError as fault:
        raise SettingsError(f"{where}: {fault}.") from fault


def _part(kind: type[Any], table: Any, where: str) -> Any:
    if not isinstance(table, dict):
        raise SettingsError(f"{where} must be a table of keys and values.")
    hints = get_type_hints(kind)
    if unknown := sorted(set(table) - set(hints)):
        raise SettingsError(f"{where}: there is no key {unknown[0]}; keys are {', '.join(hints)}.")
    values = {key: _value(hints[key], value, f"{where} {key}") for key, value in table.items()}
    try:
        return kind(**values)
    except ValueError as fault:
        raise SettingsError(f"{where}: {fault}.") from fault


def _value(kind: type[Any], value: Any, where: str) -> Any:
    if kind is time and isinstance(value, str):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    if kind == bool | None:
        kind = bool
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is kind:
        return value
    raise SettingsError(f"{where} = {value!r}: write {_example(kind)}.")


def _example(kind: type[Any]) -> str:
    return {
        time: 'a time such as "20:45"',
        int: "a whole number",
        float: "a number",
        str: "text in quotes",
        bool: "true or false",
    }[kind]


def default_data_dir() -> Path:
    """-> where the device keeps its data when nobody says otherwise."""
    from platformdirs import user_data_path

    return user_data_path("sleepsync", appauthor=False)
