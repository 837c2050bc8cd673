"""Figures, units and abbreviations as they are read aloud. The rules are data, in the order in which they are used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

Step: TypeAlias = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
"""What is looked for, and what is said instead."""

_TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miss", "Dr": "Doctor", "Prof": "Professor", "St": "Saint", "Mt": "Mount",
}  # fmt: skip
"""Abbreviations whose full stop ends no sentence."""

_MONEY = {"$": ("dollar", "dollars"), "£": ("pound", "pounds"), "€": ("euro", "euros"), "¥": ("yen", "yen")}
"""Stands before the number: one, and more."""

_UNITS = {
    "km/h": ("kilometre an hour", "kilometres an hour"), "mph": ("mile an hour", "miles an hour"),
    "km": ("kilometre", "kilometres"), "cm": ("centimetre", "centimetres"), "mm": ("millimetre", "millimetres"),
    "m": ("metre", "metres"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "ml": ("millilitre", "millilitres"), "l": ("litre", "litres"), "ft": ("foot", "feet"), "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"), "min": ("minute", "minutes"),
    "h": ("hour", "hours"), "€": ("euro", "euros"),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
}  # fmt: skip
"""Stands after the number: one, and more."""

_ORDINALS = (
    "", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
_PARTS = {2: "half", 4: "quarter"}
"""Where a part of something is not called as the ordinal is."""
_MOST_PARTS = 10

_ROMAN = {
    "II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12, "XIII": 13, "XIV": 14,
    "XV": 15, "XVI": 16, "XVII": 17, "XVIII": 18, "XIX": 19, "XX": 20,
}  # fmt: skip
"""A single letter is more often no number."""
_COUNTED = {"act", "book", "chapter", "number", "page", "part", "scene", "verse", "volume", "war"}
"""Whose Roman number is a plain one: Chapter two, but Henry the eighth."""


def begins(found: re.Match[str]) -> bool:
    """-> whether what was found begins a sentence."""
    before = found.string[: found.start()].rstrip()
    return not before or before[-1] in '.?!…"“'


def _in_place(found: re.Match[str], words: str) -> str:
    return words[0].upper() + words[1:] if begins(found) else words


def _minus(found: re.Match[str]) -> str:
    return f" {_in_place(found, 'minus')} "


def _initials(found: re.Match[str]) -> str:
    """-> J. R. R. as three letters; the last full stop stays where nothing follows."""
    ends = not re.search(r"\w", found.string[found.end() : found.end() + 3])
    return " ".join(re.findall("[A-Z]", found[0])) + (". " if ends else " ")


def _money(found: re.Match[str]) -> str:
    one, many = _MONEY[found[1]]
    whole, _, small = found[2].partition(".")
    if found[3] or len(small) not in {0, 2}:
        return f"{found[2]}{found[3] or ''} {many}"
    name = one if whole == "1" else many
    return f"{whole} {name}" if int(small or 0) == 0 else f"{whole} {name} {small}"


def _unit(found: re.Match[str]) -> str:
    """-> "5 kilometres", "1 kilometre", "1/2 of a kilometre" (whose fraction is read later)."""
    one, many = _UNITS[found[2]]
    if re.fullmatch(r"\d+[/⁄]\d+", found[1]):
        return f"{found[1]} of {'an' if one[0] in 'aeiouh' else 'a'} {one}"
    return f"{found[1]} {one if found[1] == '1' else many}"


def _fraction(found: re.Match[str]) -> str:
    whole, above, below = found[1], int(found[2]), int(found[3])
    if not 0 < above < below <= _MOST_PARTS:
        return found[0]
    part = _PARTS.get(below, _ORDINALS[below])
    parts = f"a {part}" if above == 1 else f"{above} {part}s"
    if whole:
        return f"{whole} and {parts}"
    return _in_place(found, part if (above, below) == (1, 2) else parts)


def _roman(found: re.Match[str]) -> str:
    name, number = found[1], _ROMAN[found[2]]
    if name and name.casefold() not in _COUNTED:
        return f"{name} the {_ORDINALS[number]}"
    return f"{name} {number}" if name else str(number)


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


STEPS: list[Step] = [
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"\b([Nn])o\.\s*(?=\d)"), r"\1umber "),
    (re.compile(r"\b([A-Z]\w+) St\.(?=\s+[a-z]|\s*[,;:?])"), r"\1 Street"),
    (re.compile(r"\b([A-Z]\w+) St\.(?=\W*$)|\b([a-z]+ [A-Z]\w+) St\.(?=\s+[A-Z])"), r"\1\2 Street."),
    (re.compile(rf"\b({_any_of(_TITLES)})\.(?=\s)"), lambda found: _TITLES[found[1]]),
    (re.compile(r"\b[A-Z]\.(?:\s?[A-Z]\.)+"), _initials),
    (re.compile(r"(?<![\w.])\d+(?:[-–]\d+){2,}(?!\w)"), lambda found: re.sub("[-–]", ", ", found[0])),  # 3-2-1
    (re.compile(r"(?<=\d)(?:-|\s?[–—]\s?)(?=[$£€¥]?\d)"), " to "),
    (re.compile(r"(?<![^\s(\"“])[-−](?=[$£€¥]?\d)|(?<=\d)\s?−\s?(?=\d)"), _minus),
    (re.compile(r"([$£€¥])\s?(\d+(?:\.\d+)?)( (?:hundred|thousand|million|billion)\b)?"), _money),
    (re.compile(rf"(?<![\w./⁄])((?:\d+\s)?\d+[/⁄]\d+|\d+(?:\.\d+)?)\s?({_any_of(_UNITS)})(?![\w/])"), _unit),
    (re.compile(r"(?<![\d/⁄.])(?:(\d+)\s)?(\d{1,2})[/⁄](\d{1,2})(?![\d/⁄])"), _fraction),
    (re.compile(rf"(?:\b([A-Z][\w'’]{{1,30}})\s)?\b({_any_of(_ROMAN)})\b"), _roman),
]
