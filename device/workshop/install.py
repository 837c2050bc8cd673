"""What can be installed, what is, and installing it: voices, and the second ear's models."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from device import vosk_model
from device.errors import DownloadError, UsageError
from device.workshop import voices
from device.workshop.catalogue import Entry, entries
from device.workshop.download import Progress, unseen, with_bar
from device.workshop.download import install as fetch_all

Kind = Literal["voices", "models"]


@dataclass(frozen=True, slots=True)
class Item:
    """A line of `sleepsync voices list` or `models list`."""

    name: str
    short: str
    """What it may be called instead, or ""."""
    language: str
    size: int
    """Bytes to fetch."""
    licence: str
    installed: bool
    damage: str = ""
    """What is wrong with what is installed and what to do, as far as it is known."""


def catalogue(kind: Kind, data_dir: Path) -> list[Item]:
    """-> everything that can be installed, in the catalogue's order."""
    return [
        Item(
            entry.name, entry.short, entry.language, entry.size, entry.licence,
            _installed(kind, entry.name, data_dir), _damage(kind, entry.name, data_dir),
        )
        for entry in entries(kind).values()
    ]  # fmt: skip


def named(kind: Kind, name: str) -> Entry:
    """-> the entry of that name, or of that short one. Raises DownloadError or, without a name, UsageError: what there
    is."""
    for entry in entries(kind).values():
        if name and name in {entry.name, entry.short}:
            if not entry.files:
                raise DownloadError(
                    f"{name} comes with sleepsync: there is nothing to fetch. If it is missing, install that again."
                )
            return entry
    there = ", ".join(entry.short or entry.name for entry in entries(kind).values() if entry.files)
    if not name:
        raise UsageError(f"Name what to install: sleepsync {kind} install NAME. There are {there}.")
    raise DownloadError(f'There is no "{name}" in the catalogue; there are {there}.')


def install(kind: Kind, name: str, data_dir: Path, base_url: str | None = None, progress: Progress = unseen) -> Path:
    """Fetches, checks and unpacks -> the folder it is in now. Raises DownloadError."""
    entry = named(kind, name)
    files = fetch_all(entry, data_dir / kind / (entry.name if kind == "voices" else ""), base_url, progress)
    return files[0].parent if kind == "voices" else _unpack(files[0], data_dir / kind, entry)


def offer(kinds: Sequence[Kind], data_dir: Path) -> tuple[Kind, Entry] | None:
    """-> what would be better and is not there; None once each was offered, or where that cannot be remembered."""
    asked = data_dir / "offered.txt"
    try:
        before = asked.read_text(encoding="utf-8").split() if asked.exists() else []
        for kind in kinds:
            for name, entry in entries(kind).items():
                if entry.better and name not in before and not _installed(kind, name, data_dir):
                    asked.write_text("\n".join([*before, name, ""]), encoding="utf-8")
                    return kind, entry
    except (OSError, ValueError):
        pass
    return None


def command(kind: Kind, what: str, name: str, data_dir: Path) -> int:
    """`sleepsync voices|models list|install NAME` -> its exit code. Raises DownloadError, UsageError, VoiceError."""
    if what == "install":
        entry = named(kind, name)
        folder = with_bar(lambda progress: install(kind, entry.name, data_dir, progress=progress))
        print(f"{entry.name} is in {folder}.\nLicence: {entry.licence}")
        return 0
    for item in catalogue(kind, data_dir):
        there = "installed" if item.installed else f"{item.size / 1e6:.0f} MB" if item.size else "size unknown"
        print(f"{item.short or item.name:36} {item.language:6} {there:>12}  {item.licence}")
        if item.damage:
            print(f"  {item.damage}")
    for teller in voices.tellers(data_dir) if kind == "voices" else ():
        print(f"--voice {teller:28} {voices.in_use(teller, data_dir)[1]}")
    return 0


def model(names: Sequence[str], data_dir: Path) -> Path | None:
    """-> the folder of the first of these recogniser's models that is installed."""
    return next((data_dir / "models" / name for name in names if _installed("models", name, data_dir)), None)


def _installed(kind: Kind, name: str, data_dir: Path) -> bool:
    if kind == "voices":
        return voices.find(name, data_dir) is not None
    return (data_dir / "models" / name).is_dir()


def _damage(kind: Kind, name: str, data_dir: Path) -> str:
    there = kind == "models" and _installed(kind, name, data_dir)
    return vosk_model.damage(data_dir / kind / name) if there else ""


def _unpack(archive: Path, folder: Path, entry: Entry) -> Path:
    """-> `folder`/NAME, which appears whole; the archive is removed."""
    part, target = folder / f"{entry.name}.part", folder / entry.name
    try:
        shutil.rmtree(part, ignore_errors=True)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(part)  # zipfile keeps every path inside `part`
        vosk_model.keep_sizes(part / entry.name)
        shutil.rmtree(target, ignore_errors=True)
        (part / entry.name).replace(target)
        archive.unlink()
    except (OSError, zipfile.BadZipFile) as fault:
        raise DownloadError(f"{archive} cannot be unpacked: {fault}. Remove it and install it again.") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target
