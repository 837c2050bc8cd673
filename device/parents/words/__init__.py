"""What the page says, as data: one TOML file for each language."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de")
_FOLDER = Path(__file__).parent


class Words:
    """Called with a key such as "tonight.stop" and what stands in its braces; raises KeyError for an unknown key."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._tables = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))

    def __call__(self, key: str, **values: object) -> str:
        table, _, name = key.partition(".")
        return str(self._tables[table][name]).format(**values)

    def __contains__(self, key: str) -> bool:
        return key in self.names()

    def names(self) -> set[str]:
        return {f"{table}.{name}" for table, names in self._tables.items() for name in names}


@cache
def words(language: str) -> Words:
    return Words(language)
