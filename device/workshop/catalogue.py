"""`voices/catalogue.toml`: what can be downloaded, how large it is, its checksum and its licence."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from device import assets
from device.errors import VoiceError

_PREPARED = "prepared-1"  # counted up when `prepare` writes something else


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
        found[name] = Entry(name, table["language"], table["licence"], files, table.get("wheel", False))
    return found


def prepared(model: str, data_dir: Path) -> Path | None:
    """-> the folder of a prepared Piper voice, or None where it is not there yet."""
    folder = prepared_folder(model, data_dir)
    return folder if folder.is_dir() else None


def prepared_folder(model: str, data_dir: Path) -> Path:
    return data_dir / "voices" / model / _PREPARED


def verify(model: str, file: Path, data_dir: Path) -> None:
    """Compares a voice with the catalogue's MD5 at first sight, later only size and date. Raises VoiceError."""
    entry = entries("voices").get(model)
    if entry is None:
        return
    seen = file.stat()
    state = {"file": str(file), "size": seen.st_size, "modified_ns": seen.st_mtime_ns}
    stamp = data_dir / "voices" / model / "checked.json"
    try:
        if json.loads(stamp.read_text(encoding="utf-8")) == state:
            return
    except (OSError, ValueError):
        pass
    wanted = next(each for each in entry.files if each.name.endswith(".onnx"))
    if md5(file) != wanted.md5:
        raise VoiceError(
            f"{file} is not the published {model}: its MD5 differs. Install it again: sleepsync voices install {model}"
        )
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps(state), encoding="utf-8")
    except OSError:
        pass  # a full disk costs 0.1 s at the next start, no more


def md5(file: Path) -> str:
    """-> the checksum the catalogue uses. It finds damage; it is no proof against malice."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
