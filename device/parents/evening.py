"""Tonight's view in the page's words: one sentence about now, one about what comes, and the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from device.parents.picture import Picture, draw
from device.parents.words import Words

_EVENING = {"wind_down", "check_in", "choosing", "story", "lights_out", "settling", "asleep", "stirring", "dawn"}
_BEFORE_DARK = {"afternoon", "wind_down", "check_in", "choosing", "story"}


@dataclass(frozen=True)
class Evening:
    """What `templates/_tonight.html` shows of a view."""

    headline: str
    coming: str
    picture: Picture
    picture_alt: str
    dark: bool
    """True from wind-down to dawn: the page is dark whatever the phone says."""
    can_be_late: bool


def evening(view: Mapping[str, Any], words: Words) -> Evening:
    """-> the page's words for a view of "tonight"."""
    now = datetime.fromisoformat(view["now"])
    moments = [(moment["name"], datetime.fromisoformat(moment["at"])) for moment in view["moments"]]
    picture = draw(moments, now)
    named = [station for station in picture.stations if f"picture.{station.name}" in words]
    stations = ", ".join(f"{words('picture.' + station.name)} {clock(station.at)}" for station in named)
    quiet = view.get("quiet") and view["phase"] != "morning"
    return Evening(
        headline=words("phase.quiet" if quiet else f"phase.{view['phase']}", child=view["child"]),
        coming=_coming(moments, now, words),
        picture=picture,
        picture_alt=words("picture.alt", stations=stations, now=clock(now)),
        dark=view["phase"] in _EVENING,
        can_be_late=view["phase"] in _BEFORE_DARK and view["late"] is None,
    )


def clock(at: str | datetime) -> str:
    """-> "20:45", of an aware datetime or its ISO text, in its own zone."""
    return (datetime.fromisoformat(at) if isinstance(at, str) else at).strftime("%H:%M")


def _coming(moments: list[tuple[str, datetime]], now: datetime, words: Words) -> str:
    """-> "Lights out at 20:45, in 12 min": before dark the next bedtime counts, afterwards whatever is next."""
    ahead = sorted((at, name) for name, at in moments if at > now and f"next.{name}" in words)
    if not ahead:
        return ""
    at, name = next((pair for pair in ahead if pair[1] == "lights_out"), ahead[0])
    if ahead[0][1] == "wind_down":
        at, name = ahead[0]
    return f"{words('next.' + name, at=clock(at))}, {_distance((at - now).total_seconds(), words)}"


def _distance(seconds: float, words: Words) -> str:
    minutes = round(seconds / 60)
    if minutes <= 1:
        return words("next.minute")
    return words("next.minutes", n=minutes) if minutes < 100 else words("next.hours", n=round(minutes / 60))
