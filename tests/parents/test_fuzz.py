"""Whatever is sent, the page answers, and never with a fault of its own."""

from random import Random

import pytest

from tests.parents.bedroom import REQUEST, RING, Bedroom
from tests.parents.visitor import Visitor

ADDRESSES = ["/", "/tonight", "/promise", "/requests", "/mine", "/device", "/invite", "/knock", "/enter", "/claim",
             "/ask/late", "/ask/answer_request", "/ask/seen_ring", "/ask/away", "/ask/", "/static/",
             "/static/../pages.py", "/%00", "/%ff", "//evil.example/"]  # fmt: skip
FIELDS = [
    "id",
    "request",
    "ring",
    "yes",
    "minutes",
    "secret",
    "want",
    "back",
    "browser",
    "session",
    "said",
    "seen",
    "what",
]
PIECES = ["", "true", "30", "-1", "1e9", "9" * 400, "a" * 16, "request-1", "child", "claim", "{child}", "<b>", "\x00",
          "\ud7ff", "ä" * 50, "../..", "'; --", "%s%n", "[1]", "null"]  # fmt: skip


@pytest.mark.slow
def test_two_thousand_odd_requests_find_no_fault(bedroom: Bedroom, parent: Visitor) -> None:
    bedroom.tonight.update(requests=[REQUEST], rings=[RING])
    parent.open("/")
    chance, token = Random(7), parent.token()
    for number in range(2_000):
        fields = {name: chance.choice(PIECES) for name in chance.sample(FIELDS, 5)}
        method = chance.choice(["GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"])
        response = parent.browser.open(
            chance.choice(ADDRESSES),
            method=method,
            query_string=fields if chance.random() < 0.5 else None,
            data={**fields, "form": token} if method == "POST" else None,
            headers={"Accept-Language": chance.choice(["de", "en", "", "x;q=9", "*"]), "HX-Request": "true"},
            environ_base={"REMOTE_ADDR": f"10.0.{number % 200}.1"},
        )
        response.close()
        assert response.status_code < 500, (method, response.request.path, fields)
    assert parent.open("/promise").status_code == 200
