"""Strangers' pages and borrowed names: every form of Host and Origin, on every address."""

import pytest

from device.parents.guard import form_token, known_host, own_form, own_token
from tests.parents.bedroom import Bedroom
from tests.parents.visitor import Visitor

NAMES = frozenset({"localhost", "sleepsync.local"})

OURS = ["localhost", "localhost:8080", "sleepsync.local", "SleepSync.local:8080", "192.168.1.20",
        "192.168.1.20:8080", "10.0.0.3:80", "172.16.9.1", "127.0.0.1:8080", "169.254.10.1", "[::1]:8080", "[fd00::1]",
        "[fe80::1]:80"]  # fmt: skip
OTHERS = ["", "evil.example", "evil.example:8080", "localhost.evil.example", "sleepsync.local.evil.example",
          "192.168.1.20.evil.example", "192.168.1.20@evil.example", "evil.example#localhost", "localhost/evil",
          "8.8.8.8", "0.0.0.0", "[::]", "[::1", "localhost:port", "localhost:99999", "2130706433", "127.1",
          "localhost evil.example", "localhost,evil.example", "127.0.0.1.nip.io", "null"]  # fmt: skip
BAD_ORIGINS = ["null", "http://evil.example", "https://localhost", "http://localhost:9999", "http://localhost.evil.example",
               "http://sub.localhost", "file://", "http://localhost/", ""]  # fmt: skip


@pytest.mark.parametrize("host", OURS)
def test_the_box_answers_to_its_names_and_numbers(host: str) -> None:
    assert known_host(host, NAMES)


@pytest.mark.parametrize("host", OTHERS)
def test_the_box_answers_to_no_other_name(host: str) -> None:
    assert not known_host(host, NAMES)


def test_a_borrowed_name_gets_no_page_and_changes_nothing(bedroom: Bedroom, parent: Visitor) -> None:
    form = {"form": parent.token(), "id": "a" * 16}
    for host in OTHERS:
        for address in ("/", "/tonight", "/device", "/static/style.css"):
            response = parent.browser.get(address, headers={"Host": host})
            assert response.status_code in {400, 421}, (host, address)
            assert b"Benny" not in response.data
        assert parent.browser.post("/ask/away", data=form, headers={"Host": host}).status_code in {400, 421}
    assert not bedroom.asked


def test_another_page_s_form_changes_nothing(bedroom: Bedroom, parent: Visitor) -> None:
    form = {"form": parent.token(), "id": "a" * 16}
    for origin in BAD_ORIGINS:
        assert parent.browser.post("/ask/away", data=form, headers={"Origin": origin}).status_code == 403
    assert not bedroom.asked


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_the_browser_s_own_word_on_where_a_form_comes_from_counts(bedroom: Bedroom, parent: Visitor, site: str) -> None:
    form = {"form": parent.token(), "id": "a" * 16}
    assert parent.browser.post("/ask/away", data=form, headers={"Sec-Fetch-Site": site}).status_code == 403
    assert not bedroom.asked


@pytest.mark.parametrize("token", ["", "0" * 64, form_token("another browser"), "ä"])
def test_a_form_without_this_browser_s_token_changes_nothing(bedroom: Bedroom, parent: Visitor, token: str) -> None:
    for address in ("/ask/away", "/invite", "/leave", "/knock", "/enter", "/claim"):
        assert parent.browser.post(address, data={"form": token, "id": "a" * 16}).status_code == 403
    assert not bedroom.asked
    assert parent.open("/promise").status_code == 200


def test_our_own_form_is_ours() -> None:
    assert own_form("http://sleepsync.local:8080", "same-origin", "sleepsync.local:8080")
    assert own_form(None, None, "sleepsync.local")
    assert own_token(form_token("b"), "b")
    assert not own_token(form_token(""), "")


def test_reading_a_page_changes_nothing(bedroom: Bedroom, parent: Visitor) -> None:
    for address in ("/ask/away", "/invite", "/leave", "/knock", "/enter", "/claim"):
        assert parent.browser.get(address).status_code == 405
    assert not bedroom.asked


@pytest.mark.parametrize("address", ["/", "/promise", "/nowhere", "/static/style.css"])
def test_every_answer_forbids_what_a_page_does_not_need(parent: Visitor, address: str) -> None:
    with parent.browser.get(address) as response:
        headers = response.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == ("no-cache" if "static" in address else "no-store")
    assert "Access-Control-Allow-Origin" not in headers


def test_cookies_are_no_script_s_and_no_other_site_s(bedroom: Bedroom) -> None:
    visitor = Visitor(bedroom)
    cookies = visitor.open("/").headers.getlist("Set-Cookie")
    answer = visitor.browser.post("/enter", data={"form": visitor.token(), "secret": "lantern under the stairs"})
    cookies += answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie for cookie in cookies)


def test_no_page_asks_another_machine_for_anything(parent: Visitor) -> None:
    for address in ("/", "/promise", "/requests", "/device"):
        parent.open(address)
        assert "//" not in parent.shown
