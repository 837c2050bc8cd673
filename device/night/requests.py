"""Asking for more: what the Promise has room for is given at once, the rest is asked of a grown-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from device.events import Doing, Lay, Note
from device.night.night import Given, Night, Outcome, Request, chain, named, plan_of
from device.night.speech import say

STEP_MIN = 5
"""What a grown-up's yes to a request for more minutes is worth."""


def five_more(night: Night, given: Given, at: datetime, minutes: int) -> Outcome:
    """-> so many minutes at once, or as many as the Promise still has, and how many are left; where it has none, a
    request."""
    possible = given.promise.more_min - night.extra_min
    if possible <= 0:
        return ask(night, given, at, "five_more")
    minutes = min(minutes, possible)
    left = possible - minutes
    key = "five_more_yes" if left else "five_more_last"
    return chain(night, lambda n: add_minutes(n, given, at, minutes),
                 lambda n: say(n, given, key, minutes=minutes, left=left))  # fmt: skip


def add_minutes(night: Night, given: Given, at: datetime, minutes: int) -> Outcome:
    """-> lights-out so much later; what follows it is laid again."""
    night = replace(night, extra_min=night.extra_min + minutes)
    return night, (lay(night, given, at), Note(kind="five_more", what={"extra_min": night.extra_min}))


def lay(night: Night, given: Given, at: datetime) -> Doing:
    """-> tonight's moments still to come, for the clock."""
    return Lay(moments=plan_of(night, given).after(at))


def ask(night: Night, given: Given, at: datetime, what: str) -> Outcome:
    """-> a request on the grown-ups' page, and Max says that he has asked. Asked once, while it is open."""
    if any(r.what == what and r.state == "open" for r in night.requests):
        return say(night, given, "request_unanswered")
    night, doings = note_down(night, at, what)
    return chain(night, lambda n: (n, doings), lambda n: say(n, given, "request_asked"))


def note_down(night: Night, at: datetime, what: str) -> Outcome:
    """-> a request of this kind waits on the page."""
    night, id = named(night, "request")
    return replace(night, requests=(*night.requests, Request(id, at, what))), (
        Note(kind="request", what={"what": what}),
    )


def answered(night: Night, given: Given, at: datetime, id: str, yes: bool) -> Outcome:
    """-> the grown-up's answer is carried out and said. Raises KeyError for a request that is not open."""
    request = {r.id: r for r in night.requests if r.state == "open"}[id]
    decided = replace(request, state="yes" if yes else "no")
    night = replace(night, requests=tuple(decided if r.id == id else r for r in night.requests))
    if not yes:
        return say(night, given, "request_no")
    if request.what == "five_more":
        return chain(night, lambda n: add_minutes(n, given, at, STEP_MIN),
                     lambda n: say(n, given, "request_yes"))  # fmt: skip
    return say(night, given, "request_yes")


def after(night: Night) -> str:
    """-> what follows a line said in between: the open question is asked again, a running story goes on."""
    if night.question and night.question.kind != "choice":
        return "ask_again"
    return "resume" if night.telling and not night.telling.paused and not night.telling.handing else ""
