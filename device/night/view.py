"""What the page shows, as plain data. A parent sees the evening and what was agreed to be shared; no more."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from device.night import tellings
from device.night.night import Given, Night, plan_of
from device.tales.score import span_min

PARTS = ("speaker", "voice", "microphone", "ear", "light", "wearable", "buttons", "journal")
REQUEST_TEXTS = {
    "five_more": "{name} asks for five more minutes.",
    "one_more": "{name} asks for one more story.",
    "pass": "{name} uses the pass: a hug, a drink, a visit.",
}


def view(night: Night, given: Given, at: datetime, what: str, who: str) -> dict[str, Any]:
    """-> the view `what` ("tonight", "promise", "device") for a role. Raises KeyError for an unknown one."""
    return VIEWS[what](night, given, at, who)


def tonight(night: Night, given: Given, at: datetime, who: str) -> dict[str, Any]:
    promise = given.promise
    story = night.telling and given.library[night.telling.story].title
    return {
        "child": promise.child,
        "phase": night.phase,
        "now": at.astimezone(promise.zone).isoformat(),
        "moments": [{"name": name, "at": when.isoformat()} for when, name in plan_of(night, given).moments],
        "more": {"used_min": night.extra_min, "left_min": promise.more_min - night.extra_min},
        "rings": [{**asdict(call), "at": _iso(call.at, given)} for call in night.calls],
        "requests": [
            {"id": r.id, "at": _iso(r.at, given), "what": r.what, "state": r.state,
             "text": REQUEST_TEXTS[r.what].format(name=promise.child)} for r in night.requests
        ],
        "grown_up": promise.grown_up,
        "late": "away" if night.away else {"minutes": night.late_min} if night.late_min else None,
        "story": {"title": story} if story and (who == "child" or "titles" in promise.shares) else None,
        "parts": [{"part": part, "reason": reason} for part, reason in sorted(night.failed.items())],
        "pretend": given.pretend,
    }  # fmt: skip


def promise(night: Night, given: Given, at: datetime, who: str) -> dict[str, Any]:
    agreed = given.promise
    return {
        "child": agreed.child,
        "bedtime_school": f"{agreed.bedtime_school:%H:%M}",
        "bedtime_free": f"{agreed.bedtime_free:%H:%M}",
        "wake": f"{agreed.wake:%H:%M}",
        "wind_down_min": round(agreed.wind_down.total_seconds() / 60),
        "more_min": agreed.more_min,
        "stories": agreed.stories,
        "shares": list(agreed.shares),
    }


def device(night: Night, given: Given, at: datetime, who: str) -> dict[str, Any]:
    """-> the parts of the box: what does not work with its reason, the rest as working."""
    works = [{"part": part, "ok": True, "found": "", "remedy": ""} for part in PARTS if part not in night.failed]
    broken = [{"part": p, "ok": False, "found": why, "remedy": ""} for p, why in sorted(night.failed.items())]
    return {"parts": [*broken, *works]}


def _iso(at: datetime, given: Given) -> str:
    return at.astimezone(given.promise.zone).isoformat()


def stories(night: Night, given: Given, at: datetime, who: str) -> dict[str, Any]:
    """-> the shelf, by title."""
    age = given.promise.age
    rows = [
        {"slug": slug, "title": s.title, "ages": list(s.ages), "minutes": list(span_min(s, given.voice, age))}
        for slug, s in given.library.items()
    ]
    return {"stories": sorted(rows, key=lambda row: str(row["title"])), "reading": reading(night, given, at, who)}


def reading(night: Night, given: Given, at: datetime, who: str) -> dict[str, Any] | None:
    """-> the part of the story that is read or told now, for who may know which; None where there is none."""
    telling = night.telling
    if telling is None or not (telling.read or who == "child" or "titles" in given.promise.shares):
        return None
    sentences = tellings.part(telling, given)
    story = given.library[telling.story]
    return {
        "id": telling.id,
        "story": telling.story,
        "title": story.title,
        "aloud": telling.aloud,
        "sentence": min(telling.own, len(sentences) - 1),
        "sentences": [{"text": s.text, "scene": s.scene, "number": s.number} for s in sentences],
        "options": [{"to": o.to, "words": o.words} for o in story.scene(sentences[-1].scene).options],
    }


VIEWS = {"tonight": tonight, "promise": promise, "device": device, "stories": stories}
