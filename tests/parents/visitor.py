"""Somebody with a browser: opens pages, fills in the forms they show."""

from __future__ import annotations

import re
from html import unescape

from werkzeug.test import TestResponse

from device.parents.client import DeskClient
from device.parents.pages import create_app
from tests.parents.bedroom import PASSPHRASE, Bedroom

_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Visitor:
    def __init__(self, bedroom: Bedroom, hour: int = 12) -> None:
        self.bedroom = bedroom
        self.browser = create_app(DeskClient(bedroom.socket), lambda: hour).test_client()
        self.shown = ""

    def open(self, address: str, language: str = "en") -> TestResponse:
        response = self.browser.get(address, headers={"Accept-Language": language}, follow_redirects=True)
        self.shown = unescape(response.get_data(as_text=True))
        return response

    def press(self, label: str, **typed: str) -> TestResponse:
        """Sends the form whose button says `label`, as a browser without JavaScript does."""
        form = next(form for form in re.findall(r"<form.*?</form>", self.shown, re.DOTALL) if f">{label}<" in form)
        address = re.search(r'action="([^"]+)"', form)
        assert address is not None
        response = self.browser.post(address[1], data={**dict(_INPUT.findall(form)), **typed}, follow_redirects=True)
        self.shown = unescape(response.get_data(as_text=True))
        return response

    def token(self) -> str:
        """-> the form token of the page shown."""
        return str(dict(_INPUT.findall(self.shown))["form"])

    def as_parent(self) -> Visitor:
        self.open("/")
        self.press("Come in", secret=PASSPHRASE)
        return self

    def as_child(self) -> Visitor:
        self.open("/")
        self.press("I sleep beside the box")
        self.bedroom.press(long=True)
        self.open("/")
        self.press("Come in")
        return self

    def with_code(self, parent: Visitor) -> Visitor:
        parent.open("/")
        parent.press("Make a code for tonight’s grown-up")
        code = re.search(r'class="code">([^<]+)<', parent.shown)
        assert code is not None
        self.open("/")
        self.press("Come in", secret=code[1])
        return self
