"""Happenings and doings as plain values, ready for JSON: for the journal and for `demo --json`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from numbers import Integral, Real
from typing import Any

from device.events import Doing, Happening


def plain(thing: Happening | Doing) -> dict[str, Any]:
    """-> `{"do": "Say", ...}` or `{"happened": "Heard", "at": ...}`, with every field in its order.

    Raises TypeError where a field holds what JSON has no word for.
    """
    kind = "do" if isinstance(thing, Doing) else "happened"
    return {kind: type(thing).__name__, **plain_value(thing)}


def plain_value(value: Any) -> Any:
    """-> the same in dicts, lists, numbers and strings; times are ISO 8601, sets are sorted. Raises TypeError."""
    match value:
        case None | bool() | str():
            return value
        case Integral():
            return int(value)
        case Real():
            return float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(key): plain_value(held) for key, held in value.items()}
        case AbstractSet():
            return sorted(plain_value(held) for held in value)
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return [plain_value(held) for held in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {slot.name: plain_value(getattr(value, slot.name)) for slot in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON: {value!r}")
