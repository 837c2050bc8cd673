"""Asking for more: what the Promise has room for is given at once, the rest is asked of a grown-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from device.events import Doing, Lay, Note
from device.night.night import Given, Night, Outcome, Request, chain, named, plan_of
from device.night.speech import say

STEP_MIN = 5
"""What "five more minutes" is worth."""


def five_more(night: Night, given: Given, at: datetime) -> Outcome:
    """-> five minutes at once while the Promise bends so far, and how many are left; otherwise a request."""
    if night.extra_min + STEP_MIN > given.promise.more_min:
        return ask(night, given, at, "five_more")
    left = given.promise.more_min - night.extra_min - STEP_MIN
    key = "five_more_yes" if left else "five_more_last"
    return chain(night, lambda n: add_minutes(n, given, at), lambda n: say(n, given, key, left=left))


def add_minutes(night: Night, given: Given, at: datetime) -> Outcome:
    """-> lights-out five minutes later; what follows it is laid again."""
    night = replace(night, extra_min=night.extra_min + STEP_MIN)
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
        return chain(night, lambda n: add_minutes(n, given, at), lambda n: say(n, given, "request_yes"))
    return say(night, given, "request_yes")


def after(night: Night) -> str:
    """-> what follows a line said in between: the open question is asked again, a running story goes on."""
    if night.question and night.question.kind != "choice":
        return "ask_again"
    return "resume" if night.telling and not night.telling.paused and not night.telling.handing else ""
