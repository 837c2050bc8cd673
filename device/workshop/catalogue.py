"""`voices/catalogue.toml`: what can be downloaded, how large it is, its checksum and its licence."""

from __future__ import annotations

import hashlib
import json
import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from device import assets
from device.errors import VoiceError

_SUMS = "crc32.json"
"""Beside the files of a prepared voice: name -> checksum."""
_PREPARED = "prepared-3"  # counted up when `prepare` writes something else


@dataclass(frozen=True, slots=True)
class File:
    """One file to fetch."""

    url: str
    path: str
    """Below the publisher's base address."""
    size: int
    """Bytes; 0 where the publisher does not say."""
    md5: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Entry:
    """A voice or a recogniser's model."""

    name: str
    language: str
    licence: str
    """What its publisher says, and whether that leaves a question open."""
    files: tuple[File, ...]
    wheel: bool = False
    """True where it comes with the package and need not be fetched."""
    better: str = ""
    """What it does better than what is there without it; such an entry is offered at the first run."""
    short: str = ""
    """A name that is easier to type, or ""."""

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@cache
def entries(kind: str) -> dict[str, Entry]:
    """-> all entries of a kind: "voices" or "models"."""
    tables = tomllib.loads((assets.voices() / "catalogue.toml").read_text(encoding="utf-8"))
    base = tables["base_url"]
    found = {}
    for name, table in tables[kind].items():
        files = tuple(
            File(f"{base[kind]}/{each['path']}", each["path"], each.get("size", 0), each["md5"])
            for each in table["files"]
        )
        found[name] = Entry(
            name, table["language"], table["licence"], files,
            wheel=table.get("wheel", False), better=table.get("better", ""), short=table.get("short", ""),
        )  # fmt: skip
    return found


def prepared(model: str, data_dir: Path) -> Path | None:
    """-> the folder of a prepared Piper voice, or None where it is not there yet."""
    folder = prepared_folder(model, data_dir)
    return folder if folder.is_dir() else None


def prepared_folder(model: str, data_dir: Path) -> Path:
    return data_dir / "voices" / model / _PREPARED


def sums(folder: Path) -> tuple[Path, str]:
    """-> the file that keeps the checksums of a prepared voice's parts, and what it should say."""
    parts = {file.name: zlib.crc32(file.read_bytes()) for file in sorted(folder.glob("*.onnx"))}
    return folder / _SUMS, json.dumps(parts)


def intact(folder: Path) -> bool:
    """Whether the files of a prepared voice are as they were written: 16.5 MB are read."""
    try:
        file, said = sums(folder)
        return file.read_text(encoding="utf-8") == said
    except (OSError, ValueError):
        return False


def verify(model: str, file: Path, data_dir: Path) -> None:
    """Compares a voice with the catalogue at first sight, later only size and date. Raises VoiceError."""
    if model not in entries("voices"):
        return
    config = _config(file)
    seen = [each.stat() for each in (file, config) if each.is_file()]
    state = {"file": str(file), "size_modified_ns": [[each.st_size, each.st_mtime_ns] for each in seen]}
    stamp = data_dir / "voices" / model / "checked.json"
    try:
        if json.loads(stamp.read_text(encoding="utf-8")) == state:
            return
    except (OSError, ValueError):
        pass
    if fault := damage(model, file):
        raise VoiceError(fault)
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps(state), encoding="utf-8")
    except OSError:
        pass  # a full disk costs 0.1 s at the next start, no more


def damage(model: str, file: Path) -> str:
    """-> what is wrong with the files of a voice and what to do, "" where they are as published or nobody knows."""
    entry = entries("voices").get(model)
    published = {known.name: known.md5 for known in entry.files} if entry else {}
    remedy = f"Install it again: sleepsync voices install {model}"
    for each in (file, _config(file)):
        if each.name in published and not each.is_file():
            return f"{each} is missing. {remedy}"
        if each.name in published and md5(each) != published[each.name]:
            return f"{each} is not the published one: its MD5 differs. {remedy}"
    return ""


def _config(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def md5(file: Path) -> str:
    """-> the checksum the catalogue uses. It finds damage; it is no proof against malice."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
