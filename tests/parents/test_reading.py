"""The open book, in a browser without scripts: links and forms do everything."""

from __future__ import annotations

from queue import Empty

import pytest

from device.events import At
from tests.parents.bedroom import Bedroom
from tests.parents.visitor import Visitor

BOOK = "/stories/lighthouse/read"


def reports(bedroom: Bedroom) -> list[At]:
    found = []
    try:
        while True:
            if isinstance(happening := bedroom.happened.get_nowait(), At):
                found.append(happening)
    except Empty:
        return found


def highlighted(visitor: Visitor) -> str:
    return visitor.shown.split('aria-current="true">')[-1].split("<")[0]


@pytest.mark.parametrize("role", ["parent", "child", "grown_up"])
def test_whoever_holds_the_phone_chooses_a_story_and_is_in_its_book(
    bedroom: Bedroom, role: str, request: pytest.FixtureRequest
) -> None:
    visitor: Visitor = request.getfixturevalue(role)
    bedroom.reading = None
    visitor.open("/stories")
    assert "8 to 12 minutes, from 7 to 12 years" in visitor.shown
    response = visitor.press("We read this one")
    assert response.request.path == BOOK
    assert (bedroom.asked[0].what, bedroom.asked[0].details) == ("read", {"story": "lighthouse"})


def test_one_sentence_is_marked_and_next_and_back_move_it_and_tell_the_box(bedroom: Bedroom, parent: Visitor) -> None:
    parent.open(BOOK)
    assert highlighted(parent) == "Sentence 1."
    parent.press("Next")
    assert highlighted(parent) == "Sentence 2."
    parent.press("Next")
    parent.press("Back")
    assert highlighted(parent) == "Sentence 2."
    told = reports(bedroom)
    assert [(at.id, at.sentence) for at in told] == [("read-0304-1", 2), ("read-0304-1", 3), ("read-0304-1", 2)]
    assert told[0].seq <= told[1].seq <= told[2].seq


def test_max_finishes_at_the_sentence_shown_and_gives_the_book_back(bedroom: Bedroom, parent: Visitor) -> None:
    parent.open(BOOK)
    parent.press("Next")
    response = parent.press("Max, you finish")
    assert response.request.path == BOOK
    assert bedroom.asked[-1].details == {"sentence": 2}
    assert bedroom.reading
    bedroom.reading.update(aloud=True, sentence=3)
    parent.open(BOOK)
    assert highlighted(parent) == "Sentence 3."
    assert "Max, you finish" not in parent.shown
    parent.press("I’ll finish")
    assert bedroom.asked[-1].what == "ill_finish"


def test_the_storys_question_is_answered_by_a_touch(bedroom: Bedroom, parent: Visitor) -> None:
    parent.open(BOOK)
    parent.press("Go up the stairs")
    assert bedroom.asked[-1].details == {"to": "stairs"}


def test_a_book_that_is_not_read_is_closed_and_one_that_is_not_there_is_not_found(
    bedroom: Bedroom, parent: Visitor
) -> None:
    bedroom.reading = None
    assert parent.open(BOOK).status_code == 200
    assert "closed just now" in parent.shown
    assert parent.open("/stories/dragon/read").status_code == 404


def test_a_script_learns_who_has_the_book(bedroom: Bedroom, parent: Visitor) -> None:
    assert parent.open("/reading").json == {"id": "read-0304-1", "aloud": False, "sentence": 1}
    bedroom.reading = None
    assert parent.open("/reading").json == {"id": None, "aloud": None, "sentence": None}


def test_reports_are_checked_and_never_wait_for_an_answer(bedroom: Bedroom, parent: Visitor) -> None:
    bedroom.answers = False
    parent.open(BOOK)
    form = {"form": parent.token(), "id": "read-0304-1"}
    assert parent.browser.post("/at", data={**form, "sentence": "4", "seq": "7"}).status_code == 204
    assert parent.browser.post("/at", data={**form, "sentence": "many", "seq": "7"}).status_code == 400
    assert parent.browser.post("/at", data={"id": "x", "sentence": "4", "seq": "8"}).status_code == 403
    assert [(at.sentence, at.seq) for at in reports(bedroom)] == [(4, 7)]


def test_a_form_comes_back_to_a_page_of_ours_only(bedroom: Bedroom, parent: Visitor) -> None:
    parent.open(BOOK)
    form = {"form": parent.token(), "id": "a" * 16, "story": "lighthouse"}
    for back in ("//evil.example/", "https://evil.example", "/stories/../x/read", "/stories/a/read\n"):
        response = parent.browser.post("/ask/read", data={**form, "back": back})
        assert response.headers["Location"].startswith("/?said=")
