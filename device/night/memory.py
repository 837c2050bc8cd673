"""The night as plain data and back, so that it can be written down at each change and taken up after a power cut."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from device.night.night import Call, Night, Place, Question, Request, Talk, Telling


def to_dict(night: Night) -> dict[str, Any]:
    """-> JSON-ready values."""
    state = asdict(night)
    state["evening"] = night.evening.isoformat()
    for group in ("requests", "calls"):
        for entry in state[group]:
            entry["at"] = entry["at"].isoformat()
    return state


def from_dict(state: dict[str, Any]) -> Night:
    """-> the night that `to_dict` wrote; keys of another version are let go. Raises ValueError for anything else."""
    known = {field.name for field in fields(Night)}
    try:
        values = {key: _tuple(value) for key, value in state.items() if key in known}
        values["evening"] = date.fromisoformat(state["evening"])
        values["places"] = {slug: Place(**place) for slug, place in state.get("places", {}).items()}
        values["telling"] = Telling(**state["telling"]) if state.get("telling") else None
        values["talk"] = Talk(**state["talk"]) if state.get("talk") else None
        values["question"] = Question(**state["question"]) if state.get("question") else None
        values["requests"] = tuple(Request(**_timed(entry)) for entry in state.get("requests", ()))
        values["calls"] = tuple(Call(**_timed(entry)) for entry in state.get("calls", ()))
        return Night(**values)
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"this is not a night: {fault}") from fault


def _timed(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "at": datetime.fromisoformat(entry["at"])}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
