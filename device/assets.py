"""Where the data files are: beside the code in an installed wheel, in the checkout otherwise."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _find(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def stories() -> Path:
    """-> the library's folder, one Markdown file a story."""
    return _find("stories")


def voices() -> Path:
    """-> the folder of `*.toml`: who speaks, and the model catalogue."""
    return _find("voices")


def phrases() -> Path:
    """-> the folder of sentence templates and of what Max says."""
    return _PACKAGE / "night" / "phrases"


def banned() -> Path:
    """-> the list of words that no story uses."""
    return _PACKAGE / "tales" / "banned.txt"
