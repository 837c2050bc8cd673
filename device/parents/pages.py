"""The page: addresses, who may open them, and forms. Server-rendered; everything it knows comes from the desk."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, g, make_response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from device.errors import DeskError
from device.parents import guard
from device.parents.client import DeskClient
from device.parents.evening import clock, evening
from device.parents.forms import FormError, details, number
from device.parents.words import LANGUAGES, Words, words

BODY_BYTES = 16 * 1024
"""A form is a few words."""
_TABS: dict[str | None, list[tuple[str, str]]] = {
    "parent": [("tonight", "/"), ("stories", "/stories"), ("promise", "/promise"), ("requests", "/requests"),
               ("device", "/device")],
    "child": [("tonight", "/"), ("stories", "/stories"), ("promise", "/promise"), ("mine", "/mine")],
    "grown_up": [("tonight", "/"), ("stories", "/stories")],
}  # fmt: skip
"""Which pages a role finds."""
_BROWSER = 32
"""Random bytes of the name a browser is known by."""
_DAY = (7, 19)
"""Hours of daylight, for a page that does not know the evening (the door shows nothing of it)."""
_FAULTS = {"forbidden": 403, "unknown": 404, "busy": 429, "broken": 500}
_BACK = re.compile(r"/requests|/stories|/stories/[\w-]{1,80}/read")
"""Pages that a form may come back to, beside tonight."""


class _Stranger(Exception):  # noqa: N818 - not a fault: the sign-in is shown
    """Nobody is signed in."""


def create_app(desk: DeskClient, hour: Callable[[], int] = lambda: time.localtime().tm_hour) -> Flask:
    """-> the page of `desk`, for any WSGI server. `hour` of the day makes pages dark that know no phase."""
    app, pages = Flask(__name__), _Pages(desk)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(partial(_check, guard.own_names(), hour))
    app.after_request(_finish)
    app.register_error_handler(_Stranger, pages.stranger)
    app.register_error_handler(DeskError, _away)
    app.register_error_handler(FormError, _http_fault)
    app.register_error_handler(HTTPException, _http_fault)
    looks: dict[str, Callable[..., Response | str]] = {
        "/": pages.tonight,
        "/tonight": pages.fragment,
        "/promise": pages.promise,
        "/requests": pages.requests,
        "/mine": pages.mine,
        "/device": pages.device,
        "/stories": pages.stories,
        "/stories/<slug>/read": pages.read,
        "/reading": pages.reading,
    }
    changes: dict[str, Callable[..., Any]] = {
        "/ask/<what>": pages.ask,
        "/at": pages.at,
        "/invite": pages.invite,
        "/knock": pages.knock,
        "/enter": pages.enter,
        "/claim": pages.claim,
        "/leave": pages.leave,
    }
    for address, view in looks.items():
        app.add_url_rule(address, view_func=view)
    for address, change in changes.items():
        app.add_url_rule(address, view_func=change, methods=["POST"])
    return app


class _Pages:
    """One method for each address."""

    def __init__(self, desk: DeskClient) -> None:
        self._desk = desk

    def tonight(self) -> str:
        return _render("tonight.html", **_tonight(self._say("look", what="tonight")), said=self._said())

    def fragment(self) -> Response | str:
        """Tonight without its frame, or nothing where nothing changed: a screen reader stays quiet too."""
        shown = _tonight(self._say("look", what="tonight"))
        if shown["seen"] == request.args.get("seen"):
            return Response(status=204)
        return _render("_tonight.html", live=True, **shown)

    def promise(self) -> str:
        return _render("promise.html", promise=self._say("look", what="promise")["view"])

    def requests(self) -> str:
        reply = self._say("look", what="tonight")
        if reply["who"] != "parent":
            abort(403)
        return _render("requests.html", **_tonight(reply), said=self._said())

    def mine(self) -> str:
        shown = _tonight(self._say("look", what="mirror"))
        return _render("mine.html", **shown, promise=self._say("look", what="promise")["view"])

    def device(self) -> str:
        return _render("device.html", view=self._say("look", what="device")["view"])

    def ask(self, what: str) -> Any:
        id = request.form.get("id", "")
        self._say("ask", what=what, id=id, details=details(what, request.form))
        back = request.form.get("back", "")
        if not _BACK.fullmatch(back):
            back = "/"
        return redirect(f"{back}?{urlencode({'said': id, 'what': what})}", 303)

    def stories(self) -> str:
        shown = self._say("look", what="stories")["view"]
        return _render("stories.html", dark=True, said=self._said(), **shown)

    def read(self, slug: str) -> Any:
        """The story as it is read or told now; where it is not, one press away."""
        shown = self._say("look", what="stories")["view"]
        story = next((row for row in shown["stories"] if row["slug"] == slug), None) or abort(404)
        reading = shown["reading"] if shown["reading"] and shown["reading"]["story"] == slug else None
        here = _within(reading, request.args.get("at", "")) if reading else 0
        return _render("read.html", dark=True, said=self._said(), story=story, reading=reading, here=here)

    def reading(self) -> Any:
        """What an open page asks now and then: who has the book, and where."""
        reading = self._say("look", what="stories")["view"]["reading"] or {}
        return {key: reading.get(key) for key in ("id", "aloud", "sentence")}

    def at(self) -> Any:
        """The page shows a sentence. A browser without scripts comes back to it, others wait for nothing."""
        id, sentence = request.form.get("id", "")[:64], number(request.form.get("sentence", ""))
        seq = number(request.form.get("seq") or str(time.time_ns() // 1_000_000))
        with suppress(DeskError):
            self._say("at", id=id, sentence=sentence, seq=seq)
        back = request.form.get("back", "")
        if "seq" in request.form or not _BACK.fullmatch(back):
            return Response(status=204)
        return redirect(f"{back}?at={sentence}#s{sentence}", 303)

    def invite(self) -> str:
        code = self._say("invite")
        until = datetime.fromtimestamp(code["until"]).astimezone()
        shown = _tonight(self._say("look", what="tonight"))
        return _render("tonight.html", **shown, said=None, code=code["code"], code_until=until)

    def knock(self) -> Any:
        self._say("knock", browser=g.browser, want=request.form.get("want", ""))
        return redirect("/", 303)

    def enter(self) -> Response:
        return self._come_in("enter")

    def claim(self) -> Response:
        return self._come_in("claim")

    def leave(self) -> Any:
        self._say("leave")
        response = redirect("/", 303)
        response.delete_cookie("session")
        return response

    def stranger(self, _: _Stranger) -> Response:
        if "HX-Request" in request.headers and request.path == "/tonight":
            return Response(status=401, headers={"HX-Refresh": "true"})
        return self._door(200 if request.path == "/" else 401)

    def _come_in(self, verb: str) -> Response:
        reply = self._say(verb, browser=g.browser, secret=request.form.get("secret", ""))
        if "session" not in reply:
            return self._door(429 if reply["error"] == "wait" else 403, _why_not(g.words, reply))
        response = make_response("", 204) if "HX-Request" in request.headers else make_response(redirect("/", 303))
        response.headers["HX-Redirect"] = "/"
        _cookie(response, "session", reply["session"], int(reply["until"] - time.time()))
        return response

    def _door(self, status: int, said: str = "") -> Response:
        state = self._desk.say("door", browser=g.browser, address=request.remote_addr or "")
        if "error" in state:
            return _fault(429, g.words("fault.429"), g.words("fault.429_why"))
        return make_response(_render("door.html", door=state, said=said), status)

    def _say(self, verb: str, **said: Any) -> Mapping[str, Any]:
        """-> the desk's reply; aborts where it refuses, raises _Stranger where nobody is signed in."""
        session, address = request.cookies.get("session", ""), request.remote_addr or ""
        reply = self._desk.say(verb, session=session, address=address, **said)
        error = reply.get("error", "")
        if error == "stranger":
            raise _Stranger
        if error in _FAULTS:
            abort(_FAULTS[error])
        g.who = reply.get("who")
        return reply

    def _said(self) -> Mapping[str, Any] | None:
        """-> the answer to the ask this page comes back from, if any."""
        id = request.args.get("said", "")
        return {**self._say("answer", id=id), "what": request.args.get("what", "")} if id else None


def _check(names: frozenset[str], hour: Callable[[], int]) -> None:
    g.words = words(request.accept_languages.best_match(LANGUAGES, "en"))
    g.dark = not _DAY[0] <= hour() < _DAY[1]
    g.browser, g.who = request.cookies.get("browser", ""), None
    if not guard.known_host(request.headers.get("Host", ""), names):
        abort(421)
    if request.method not in {"GET", "HEAD", "OPTIONS"} and not _own_form():
        g.old_form = True
        abort(403)
    if len(g.browser) < _BROWSER:
        g.browser = g.new_browser = secrets.token_urlsafe(_BROWSER)


def _own_form() -> bool:
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    own = guard.own_form(origin, site, request.host)
    return own and guard.own_token(request.form.get("form", ""), g.browser)


def _finish(response: Response) -> Response:
    response.headers.update(guard.HEADERS)
    response.headers["Cache-Control"] = "no-cache" if request.path.startswith("/static/") else "no-store"
    response.vary.add("Accept-Language")
    if "new_browser" in g:
        _cookie(response, "browser", g.new_browser, 365 * 86_400)
    return response


def _away(_: DeskError) -> Response:
    return _fault(503, g.words("door.away"), g.words("door.away_why"), again=request.method == "GET")


def _http_fault(fault: FormError | HTTPException) -> Response:
    code = fault.code or 500
    key = f"fault.{code}_form" if "old_form" in g else f"fault.{code}"
    key = key if key in g.words else "fault.404" if code < 500 else "fault.500"
    return _fault(code, g.words(key), g.words(f"{key}_why"))


def _render(template: str, **shown: Any) -> str:
    shown = {"w": g.words, "who": g.who, "tabs": _TABS.get(g.who, []), "clock": clock, "dark": g.dark, **shown}
    return render_template(template, hidden=_hidden, fresh_id=secrets.token_hex, **shown)


def _hidden() -> Markup:
    return Markup('<input type="hidden" name="form" value="{}">').format(guard.form_token(g.browser))


def _fault(status: int, headline: str, why: str, again: bool = False) -> Response:
    return make_response(_render("fault.html", headline=headline, why=why, again=again), status)


def _tonight(reply: Mapping[str, Any]) -> dict[str, Any]:
    """-> what tonight's templates show; `seen` changes when anything a person would notice does."""
    view = reply["view"]
    shown = evening(view, g.words)
    noticed = {key: value for key, value in view.items() if key != "now"}
    seen = hashlib.sha256(repr((noticed, shown.coming, view["now"][:16], g.words.language)).encode()).hexdigest()[:16]
    return {"view": view, "evening": shown, "dark": shown.dark, "seen": seen}


def _within(reading: Mapping[str, Any], at: str) -> int:
    """-> the sentence to show: what the address says, or where the reading is; kept within it."""
    wanted = int(at) if at.isdecimal() and len(at) < 6 and not reading["aloud"] else reading["sentence"]
    return max(0, min(wanted, len(reading["sentences"]) - 1))


def _why_not(words: Words, reply: Mapping[str, Any]) -> str:
    match reply["error"]:
        case "wait":
            seconds = int(reply["wait_s"]) + 1
            wait = words("door.wait_s", n=seconds) if seconds < 100 else words("door.wait_min", n=-(-seconds // 60))
            return words("door.wait", n=wait)
        case "short":
            return words("door.short", n=reply["shortest"])
        case error:
            return words(f"door.{error}")


def _cookie(response: Response, name: str, value: str, lasts_s: int) -> None:
    response.set_cookie(name, value, max_age=lasts_s, httponly=True, samesite="Strict", path="/")
