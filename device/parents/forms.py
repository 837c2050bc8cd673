"""What a form of the page may ask, and its fields as what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DETAILS: dict[str, dict[str, type]] = {
    "answer_request": {"request": str, "yes": bool},
    "seen_ring": {"ring": str},
    "late": {"minutes": int},
    "away": {},
    "hush": {},
    "start_tonight": {},
    "read": {"story": str},
    "you_finish": {"sentence": int},
    "ill_finish": {},
    "turn": {"to": str},
}
"""What may be asked and what belongs to it."""


class FormError(Exception):
    """A form that none of our pages sends; `code` is HTTP's."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def details(what: str, form: Mapping[str, str]) -> dict[str, Any]:
    """-> an ask's details from the form. Raises FormError where one is missing or is not what it should be."""
    if what not in _DETAILS:
        raise FormError(404)
    try:
        return {name: _value(kind, form[name]) for name, kind in _DETAILS[what].items()}
    except (ValueError, KeyError):
        raise FormError(400) from None


def number(text: str) -> int:
    """-> a field as a number. Raises FormError where it is none."""
    try:
        return int(text[:16])
    except ValueError:
        raise FormError(400) from None


def _value(kind: type, text: str) -> object:
    if kind is bool:
        return {"true": True, "false": False}[text]
    return int(text) if kind is int else text[:64]
