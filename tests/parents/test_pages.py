"""The page, asked through its front door, with a real desk behind it."""

import re
from html.parser import HTMLParser

import pytest
from flask import Flask

from device.parents.client import DeskClient
from device.parents.pages import create_app
from tests.parents.bedroom import PASSPHRASE, REQUEST, RING, Bedroom
from tests.parents.visitor import Visitor

ADDRESSES = ("/", "/promise", "/requests", "/mine", "/device", "/stories", "/stories/lighthouse/read", "/reading")
SHELF = {"/stories", "/stories/lighthouse/read", "/reading"}
ALLOWED = {
    "parent": {"/", "/promise", "/requests", "/device", *SHELF},
    "child": {"/", "/promise", "/mine", *SHELF},
    "grown_up": {"/", *SHELF},
}


@pytest.mark.parametrize("role", list(ALLOWED))
def test_every_role_opens_its_own_pages_and_no_other(role: str, request: pytest.FixtureRequest) -> None:
    visitor: Visitor = request.getfixturevalue(role)
    opened = {address: visitor.open(address).status_code for address in ADDRESSES}
    assert opened == {address: 200 if address in ALLOWED[role] else 403 for address in ADDRESSES}


def test_a_stranger_gets_the_sign_in_and_nothing_of_the_child(stranger: Visitor) -> None:
    for address in (*ADDRESSES, "/tonight"):
        assert stranger.open(address).status_code == (200 if address == "/" else 401)
        assert "Who is there?" in stranger.shown
        assert "Benny" not in stranger.shown


def test_every_changing_address_refuses_a_stranger(bedroom: Bedroom, stranger: Visitor) -> None:
    stranger.open("/")
    form = {"form": stranger.token(), "id": "a" * 16, "minutes": "30", "yes": "true", "request": "r", "ring": "r"}
    for what in ("answer_request", "seen_ring", "late", "away", "hush", "start_tonight"):
        assert stranger.browser.post(f"/ask/{what}", data=form).status_code == 401
    assert stranger.browser.post("/invite", data=form).status_code == 401
    assert not bedroom.asked


def test_the_passphrase_opens_tonight(parent: Visitor) -> None:
    assert "Story time." in parent.shown
    assert "Lights out at 20:50, in 18 min" in parent.shown


def test_a_wrong_passphrase_is_said_and_many_have_to_wait(stranger: Visitor) -> None:
    stranger.open("/")
    assert stranger.press("Come in", secret="not the passphrase").status_code == 403
    assert "That was not it." in stranger.shown
    for _ in range(5):
        response = stranger.press("Come in", secret="not the passphrase")
    assert response.status_code == 429
    assert "Too many tries. Wait" in stranger.shown


def test_signing_out_leaves_a_stranger(parent: Visitor) -> None:
    parent.press("Sign out")
    assert parent.open("/promise").status_code == 401


def test_a_new_box_is_claimed_by_a_press_of_its_button(new_box: Bedroom) -> None:
    visitor = Visitor(new_box)
    visitor.open("/")
    visitor.press("I am beside the box")
    assert "Now press the big story button." in visitor.shown
    new_box.press()
    visitor.open("/")
    assert visitor.press("This is our box", secret="short").status_code == 403
    assert "too short" in visitor.shown
    visitor.press("This is our box", secret=PASSPHRASE)
    assert "Story time." in visitor.shown
    assert "Who is there?" in Visitor(new_box).open("/").get_data(as_text=True)


def test_a_new_box_shows_nothing_and_takes_no_passphrase_without_the_press(new_box: Bedroom) -> None:
    visitor = Visitor(new_box)
    assert visitor.open("/promise").status_code == 401
    form = {"form": visitor.token(), "secret": PASSPHRASE}
    assert visitor.browser.post("/claim", data=form).status_code == 403
    assert visitor.open("/promise").status_code == 401


def test_a_parent_says_yes_to_a_request(bedroom: Bedroom, parent: Visitor) -> None:
    bedroom.tonight["requests"] = [REQUEST]
    parent.open("/")
    assert "Five more minutes?" in parent.shown
    parent.press("Yes")
    assert "Max tells Benny." in parent.shown
    asked = bedroom.asked[0]
    assert (asked.who, asked.what, asked.details) == ("parent", "answer_request", {"request": "request-1", "yes": True})


def test_the_same_form_sent_twice_is_one_wish(bedroom: Bedroom, parent: Visitor) -> None:
    parent.open("/")
    shown = parent.shown
    parent.press("30 min late")
    parent.shown = shown
    parent.press("30 min late")
    assert [asked.details for asked in bedroom.asked] == [{"minutes": 30}]


def test_an_answer_that_takes_long_is_still_saving(bedroom: Bedroom, parent: Visitor) -> None:
    bedroom.answers = False
    parent.open("/")
    parent.press("Away tonight")
    assert "Still saving." in parent.shown


def test_a_ring_is_shown_first_and_answered(bedroom: Bedroom, grown_up: Visitor) -> None:
    bedroom.tonight.update(phase="asleep", rings=[RING])
    grown_up.open("/")
    assert grown_up.shown.index("Benny calls for a grown-up.") < grown_up.shown.index("It is night.")
    grown_up.press("I am coming")
    assert (bedroom.asked[0].who, bedroom.asked[0].details) == ("grown_up", {"ring": "ring-1"})


def test_the_child_cannot_answer_its_own_request(bedroom: Bedroom, child: Visitor) -> None:
    bedroom.tonight["requests"] = [REQUEST]
    child.open("/")
    assert "Nobody has answered yet." in child.shown
    form = {"form": child.token(), "id": "a" * 16, "request": "request-1", "yes": "true"}
    assert child.browser.post("/ask/answer_request", data=form).status_code == 403
    assert not bedroom.asked


def test_the_child_sees_what_its_parents_see(bedroom: Bedroom, child: Visitor) -> None:
    bedroom.tonight["requests"] = [REQUEST]
    child.open("/mine")
    for shown in ("Story time.", "Five more minutes?", "5 of 15 used", "Elara", "Lights out", "titles of the stories"):
        assert shown in child.shown


def test_the_fragment_is_silent_until_something_changes(bedroom: Bedroom, parent: Visitor) -> None:
    parent.open("/")
    address = re.search(r'hx-get="(/tonight[^"]+)"', parent.shown)
    assert address is not None
    assert parent.open(address[1]).status_code == 204
    bedroom.tonight["phase"] = "lights_out"
    assert parent.open(address[1]).status_code == 200
    assert "Lights out." in parent.shown
    assert "<html" not in parent.shown


def test_a_page_left_open_asks_to_be_loaded_anew_when_the_session_ended(stranger: Visitor) -> None:
    response = stranger.browser.get("/tonight", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (401, "true")


def test_parts_that_need_a_look_come_first_with_their_remedy(parent: Visitor) -> None:
    parent.open("/device")
    assert "One part needs a look." in parent.shown
    assert parent.shown.index("Plug one in") < parent.shown.index("USB Audio")


def test_the_page_speaks_german_where_the_browser_does(parent: Visitor) -> None:
    parent.open("/", language="de-DE,de;q=0.9,en;q=0.8")
    assert '<html lang="de"' in parent.shown
    assert "Licht aus um 20:50, in 18 Min." in parent.shown


def test_from_wind_down_to_dawn_the_page_is_dark(bedroom: Bedroom, parent: Visitor) -> None:
    assert '<html lang="en" class="evening"' in parent.shown
    bedroom.tonight["phase"] = "afternoon"
    parent.open("/")
    assert 'class="evening"' not in parent.shown


def test_pages_that_know_no_phase_are_dark_at_night(bedroom: Bedroom) -> None:
    day, night = Visitor(bedroom, hour=12), Visitor(bedroom, hour=22)
    day.open("/")
    night.open("/")
    assert 'class="evening"' not in day.shown
    assert 'class="evening"' in night.shown


def test_a_name_full_of_markup_stays_text(bedroom: Bedroom, parent: Visitor) -> None:
    bedroom.tonight.update(child="<script>{x}</script>", grown_up="<b>Elara</b>", quiet=True)
    text = parent.browser.get("/").get_data(as_text=True)
    assert "<script>{x}" not in text
    assert "<b>" not in text


def test_a_core_that_is_away_is_said_and_tried_again(bedroom: Bedroom, parent: Visitor) -> None:
    bedroom.desk.close()
    assert parent.open("/").status_code == 503
    assert "The box is not answering." in parent.shown
    assert 'http-equiv="refresh"' in parent.shown


def test_other_addresses_and_broken_forms_are_told_so(parent: Visitor) -> None:
    assert parent.open("/stories/../../etc").status_code == 404
    parent.open("/")
    token = {"form": parent.token()}
    assert parent.browser.post("/ask/late", data={**token, "id": "a" * 16, "minutes": "many"}).status_code == 400
    assert parent.browser.post("/ask/anything", data={**token, "id": "a" * 16}).status_code == 404
    assert parent.browser.post("/ask/away", data={**token, "id": "../"}).status_code == 404
    assert parent.browser.post("/ask/away", data={**token, "id": "a" * 20_000}).status_code == 413


class _Ids(HTMLParser):
    """Collects ids, and labels and names of controls."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.inputs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "label":
            self.labelled.append(values["for"])
        if tag == "input" and values.get("type") != "hidden":
            self.inputs.append(values["id"])


def test_ids_are_single_and_inputs_have_labels(bedroom: Bedroom, parent: Visitor, stranger: Visitor) -> None:
    bedroom.tonight.update(requests=[REQUEST, {**REQUEST, "id": "request-2"}], rings=[RING])
    stranger.open("/")
    parent.open("/")
    for shown in (parent.shown, stranger.shown):
        found = _Ids()
        found.feed(shown)
        assert len(found.ids) == len(set(found.ids))
        assert found.inputs == found.labelled


def test_every_address_is_known_to_these_tests(bedroom: Bedroom) -> None:
    app: Flask = create_app(DeskClient(bedroom.socket))
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    pages = {address.replace("lighthouse", "<slug>") for address in ADDRESSES}
    assert rules == {
        *pages, "/tonight", "/ask/<what>", "/at", "/invite", "/knock", "/enter", "/claim", "/leave",
        "/static/<path:filename>",
    }  # fmt: skip
