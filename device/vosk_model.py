"""The folder of a Vosk model, and whether it is whole: over half a one the library ends the process, or hears badly.

An installed model keeps the sizes of its files. One that was copied here is tried once, in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

SIZES = "sizes.json"
"""In the folder: path -> bytes of every file, written when it was installed."""
_TRIED = "tried.json"
"""In the folder: path -> bytes and time of every file, as they were when a trial went well."""
_PARTS = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/phones/word_boundary.int")
"""What every model has, besides HCLG.fst or HCLr.fst with Gr.fst."""
_TRIAL = (sys.executable, "-P", "-m", "device.senses.ear.vosk")
_TRIAL_S = 12.0
"""Within it the model has answered, or it is not used: the ear has 30 s for everything until it is ready."""


def keep_sizes(folder: Path) -> None:
    """Writes how large each file is now. Raises OSError."""
    sizes = {name: file.stat().st_size for name, file in _files(folder).items()}
    (folder / SIZES).write_text(json.dumps(sizes, indent=1) + "\n", encoding="utf-8")


def damage(folder: Path) -> str:
    """-> what is wrong with a model and what to do, "" where nothing is known to be."""
    try:
        lost = _lost(folder)
    except OSError as fault:
        lost = f"{fault.filename} cannot be read: {fault.strerror}"
    remedy = f"Install it again: sleepsync models install {folder.name}"
    return f"{folder} is only half a model ({lost}). {remedy}" if lost else ""


def _lost(folder: Path) -> str:
    """-> what is missing or cut off, or ""."""
    files = _files(folder)
    there = {name for name, file in files.items() if file.stat().st_size}
    graph = {"graph/HCLG.fst"} if "graph/HCLG.fst" in there else {"graph/HCLr.fst", "graph/Gr.fst"}
    if missing := sorted({*_PARTS, *graph} - there):
        return f"{missing[0]} is missing"
    if (folder / SIZES).is_file():
        return _cut(folder, files)
    return "" if _went_well(folder, files) else "it ended the process that tried it"


def _cut(folder: Path, files: dict[str, Path]) -> str:
    try:
        sizes = dict(json.loads((folder / SIZES).read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return f"{SIZES} is cut off"
    for name, size in sizes.items():
        have = files[name].stat().st_size if name in files else 0
        if have != size:
            return f"{name} has {have} of {size} bytes"
    return ""


def _went_well(folder: Path, files: dict[str, Path]) -> bool:
    """-> whether a process that loads and uses it ends well; one that did is remembered for these very files."""
    now = {name: [file.stat().st_size, file.stat().st_mtime_ns] for name, file in files.items()}
    with suppress(OSError, ValueError):
        if json.loads((folder / _TRIED).read_text(encoding="utf-8")) == now:
            return True
    try:
        quiet = subprocess.DEVNULL
        subprocess.run([*_TRIAL, str(folder)], stdin=quiet, stdout=quiet, stderr=quiet, timeout=_TRIAL_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    with suppress(OSError):  # not kept: it is tried again next time
        (folder / _TRIED).write_text(json.dumps(now), encoding="utf-8")
    return True


def _files(folder: Path) -> dict[str, Path]:
    """-> the model's own files, by their path in it."""
    found = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*")) if file.is_file()}
    return {name: file for name, file in found.items() if name not in {SIZES, _TRIED}}
