"""What the page says: both languages say everything, and nothing is said in vain."""

import re
import string
from pathlib import Path

import pytest

import device.parents
from device.parents.words import LANGUAGES, words

_FOLDER = Path(device.parents.__file__).parent
_GROUPS = ("done", "fault", "next", "part", "phase", "picture", "refused", "request", "share", "why")
"""Keys put together from a name, such as `"phase." + phase`."""


def _braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_german_says_all_that_english_says() -> None:
    assert words("de").names() == words("en").names()


@pytest.mark.parametrize("key", sorted(words("en").names()))
def test_both_fill_in_the_same_values(key: str) -> None:
    values = dict.fromkeys(("at", "n", "child", "who", "title", "used", "all", "stations", "now", "v",
                            "low", "high", "youngest", "oldest"), "·")  # fmt: skip
    table, name = key.split(".")
    texts = {language: words(language)._tables[table][name] for language in LANGUAGES}
    assert _braces(texts["en"]) == _braces(texts["de"])
    assert "{" not in words("de")(key, **values)


def test_every_word_is_used() -> None:
    sources = [*_FOLDER.glob("*.py"), *_FOLDER.glob("templates/*.html")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    built = re.compile(r"page\.|tonight\.(late|away)_")
    spoken = {key for key in words("en").names() if key.split(".")[0] not in _GROUPS and not built.match(key)}
    named = {key for key in spoken if f'"{key}"' in text or f"'{key}'" in text}
    assert spoken - named == {"door.closed", "door.wrong"}  # these two are put together from the desk's error


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("en")("tonight.nothing")
