"""A story's front matter: YAML between two lines of `---`, each value kept with its line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from device.errors import StoryError
from device.tales.story import COLOURS, OWN, Remark

WEATHERS = ("sunny", "breezy", "rainy", "stormy", "foggy")
"""Answers of the check-in (`helps`)."""

_NEEDED = ("title", "by", "ages", "calm", "themes")
_LONGEST = 4_000
"""Characters of front matter; what is longer was not written for a story."""


@dataclass(slots=True)
class Front:
    """Values by key, ready for `Story(**values)`, and what was found on the way."""

    values: dict[str, Any] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)


def split(text: str, file: str) -> tuple[str, str, int]:
    """-> front matter, body, and the line the body begins on. Raises StoryError where the front matter never ends."""
    if not re.match(r"---[ \t]*\n", text):
        return "", text, 1
    end = re.compile(r"^---[ \t]*$", re.MULTILINE).search(text, 4)
    if not end:
        raise StoryError(f"{file}:1: the front matter is not closed. Write a line of --- after its last key.")
    return text[text.index("\n") + 1 : end.start()], text[end.end() :], text.count("\n", 0, end.end()) + 1


def read(text: str, file: str) -> Front:
    """-> the front matter's values. Raises StoryError where it is not YAML."""
    front = Front()
    node = _compose(text, file, front.remarks)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    for key_node, value_node in pairs:
        key, line = str(key_node.value), key_node.start_mark.line + 2
        try:
            front.values[key] = _KEYS[key](value_node)
        except KeyError:
            remedy = f"Keys are {', '.join(_KEYS)}."
            front.remarks.append(Remark(file, line, f"There is no key {key!r}.", remedy, error=False))
        except ValueError as fault:
            front.remarks.append(Remark(file, line, f"{key}: {fault}.", _REMEDIES[key]))
    seen = {str(key_node.value) for key_node, _ in pairs}
    front.remarks += [Remark(file, 1, f"{key} is missing.", _REMEDIES[key]) for key in _NEEDED if key not in seen]
    return front


def write(values: dict[str, Any]) -> str:
    """-> YAML for these values, one key a line; empty lists and mappings are left out."""
    shown = {key: _plain(key, value) for key, value in values.items() if value not in ((), "")}
    lines = [f"{key}: {_flow(value)}" for key, value in shown.items()]
    return "\n".join(lines) + "\n"


def _compose(text: str, file: str, remarks: list[Remark]) -> yaml.Node | None:
    if len(text) > _LONGEST:
        raise StoryError(f"{file}:1: the front matter has more than {_LONGEST} characters. Check where it is closed.")
    lines = text.split("\n")
    for _ in range(5):
        try:
            return yaml.compose("\n".join(lines), Loader=yaml.BaseLoader)
        except yaml.YAMLError as fault:
            mark = getattr(fault, "problem_mark", None)
            at = min(mark.line if mark else 0, len(lines) - 1)
            if not _quote(lines, at):
                raise StoryError(f"{file}:{at + 2}: the front matter is not YAML here. Write key: value.") from fault
            remedy = 'Put it into "quotation marks".'
            remarks.append(Remark(file, at + 2, "A value with a colon or a mark in it.", remedy, error=False))
        except (RecursionError, ValueError) as fault:
            raise StoryError(f"{file}:1: the front matter cannot be read ({fault}). Write key: value.") from fault
    raise StoryError(f"{file}:1: the front matter is not YAML. Put texts with a colon into quotation marks.")


def _quote(lines: list[str], at: int) -> bool:
    """Puts the value of that line into quotation marks; False where that cannot be what is missing."""
    found = re.match(r"([A-Za-z_]+):\s+([^\"'\[{|>].*)$", lines[at])
    if found:
        value = found[2].rstrip().replace("\\", "\\\\").replace('"', '\\"')
        lines[at] = f'{found[1]}: "{value}"'
    return bool(found)


def _text(node: yaml.Node) -> str:
    value = " ".join(node.value.split()) if isinstance(node, yaml.ScalarNode) else ""
    if not value:
        raise ValueError("a text is needed")
    return value


def _list(node: yaml.Node) -> tuple[str, ...]:
    if isinstance(node, yaml.SequenceNode):
        return tuple(_text(item) for item in node.value)
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("a list is needed")
    return tuple(part.strip() for part in node.value.split(",") if part.strip())


def _pairs(node: yaml.Node) -> tuple[tuple[str, str], ...]:
    if isinstance(node, yaml.ScalarNode) and not node.value:
        return ()
    if not isinstance(node, yaml.MappingNode):
        raise ValueError("names and what belongs to them are needed")
    return tuple((_text(key).rstrip(": "), _text(value)) for key, value in node.value)


def _ages(node: yaml.Node) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,2})(?:\s*(?:-|–|to)\s*(\d{1,2}))?", _text(node))
    if not found:
        raise ValueError(f"{node.value!r} is not a range of years")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 4 <= first <= last <= 13:
        raise ValueError(f"{first}-{last} is outside 4-13")
    return first, last


def _calm(node: yaml.Node) -> int:
    if _text(node) not in {"1", "2", "3", "4", "5"}:
        raise ValueError(f"{node.value!r} is not one of 1 to 5")
    return int(node.value)


def _language(node: yaml.Node) -> str:
    if not re.fullmatch(r"[a-z]{2}", _text(node)):
        raise ValueError(f"{node.value!r} is not a language of two letters")
    return str(node.value)


def _helps(node: yaml.Node) -> tuple[str, ...]:
    answers = _list(node)
    if strange := [answer for answer in answers if answer not in WEATHERS]:
        raise ValueError(f"{strange[0]!r} is no answer of the check-in")
    return answers


def _cast(node: yaml.Node) -> tuple[tuple[str, str], ...]:
    cast = _pairs(node)
    if strange := [colour for _, colour in cast if colour not in (OWN, *COLOURS)]:
        raise ValueError(f"{strange[0]!r} is no colour")
    return cast


_KEYS: dict[str, Callable[[yaml.Node], Any]] = {
    "title": _text, "by": _text, "language": _language, "ages": _ages, "calm": _calm, "themes": _list,
    "helps": _helps, "avoid_if": _list, "family": _list, "people": _pairs, "cast": _cast,
}  # fmt: skip

_REMEDIES = {
    "title": "Write title: and the story's name.",
    "by": "Write by: and who made it up.",
    "language": "Write language: en.",
    "ages": "Write ages: 7-12, within 4-13.",
    "calm": "Write calm: and a number from 1 (lively) to 5 (drifting).",
    "themes": "Write themes: [sea, moon].",
    "helps": f"Write a list of {', '.join(WEATHERS)}.",
    "avoid_if": "Write avoid_if: [water].",
    "family": "Write family: [one parent].",
    "people": "Write people: {Ines: she/her}.",
    "cast": f"Write cast: {{Keeper: deep}}; colours are {', '.join((OWN, *COLOURS))}.",
}


def _plain(key: str, value: Any) -> Any:
    if key == "ages":
        return f"{value[0]}-{value[1]}"
    if key in {"people", "cast"}:
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)
    return str(text).removesuffix("\n").removesuffix("\n...")
