"""Somebody reads from a phone, Max takes over at that sentence: a real browser, a real desk, a real night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys as Key

from device import settings
from device.events import Answer, At, Happening, Tell
from device.night.view import view
from device.parents.process import Page
from device.senses.desk import Desk
from device.senses.keys import Keys
from tests.browser.conftest import Browser
from tests.browser.test_page import complaints, press, sees, sign_in, wait
from tests.nights.bedroom import Bedroom
from tests.parents.bedroom import PASSPHRASE

pytestmark = pytest.mark.slow


class Evening:
    """A night at 20:20 behind a desk and a page; everything is decided in the desk's thread."""

    def __init__(self, folder: Path) -> None:
        note = folder / "passphrase"
        note.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
        keys = Keys(folder / "keys.json", cost={"n": 2, "r": 8, "p": 1})
        keys.claim_from(note)
        self.room = Bedroom().until("20:20")
        self.reports: list[At] = []
        self.desk = Desk(self._put, self.room.clock.now, folder / "desk", self._look, keys)

    def shown(self) -> list[int]:
        """-> the sentences that were reported, as the page showed them: reports may overtake each other."""
        return [at.sentence for at in sorted(self.reports, key=lambda at: at.seq)]

    def _put(self, happening: Happening) -> None:
        if isinstance(happening, At):
            self.reports.append(happening)
        for doing in self.room.happens(happening):
            if isinstance(doing, Answer):
                self.desk.do(doing)

    def _look(self, what: str, who: str) -> dict[str, object]:
        return view(self.room.night, self.room.given, self.room.clock.now(), what, who)


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[tuple[Evening, str]]:
    evening = Evening(tmp_path)
    page = Page(
        lambda happening: None,
        evening.room.clock.now,
        settings.Page(port=0, host="127.0.0.1"),
        tmp_path / "desk",
    )
    yield evening, f"http://127.0.0.1:{page.wait(60)}"
    page.close()
    evening.desk.close()


def open_book(chrome: Chrome, address: str) -> None:
    sign_in(chrome, address)
    sees(chrome, "Stories")
    chrome.find_element(By.LINK_TEXT, "Stories").click()
    sees(chrome, "The shelf.")
    chrome.find_element(By.ID, "readlighthouse").click()
    sees(chrome, "You read. The box keeps quiet.")
    wait(chrome).until(lambda c: c.execute_script("return document.readyState") == "complete")  # and its script has run


def here(chrome: Chrome) -> str:
    return chrome.find_element(By.CSS_SELECTOR, "#book [aria-current]").text


def turned(chrome: Chrome) -> None:
    """The reader turns to the next sentence, and the page shows it."""
    before = here(chrome)
    press(chrome, "Next")
    wait(chrome).until(lambda c: here(c) != before)


@pytest.mark.parametrize("scripts", [True, False])
def test_max_takes_over_at_the_sentence_where_the_reader_stopped(
    evening: tuple[Evening, str], browser: Browser, scripts: bool
) -> None:
    night, address = evening
    chrome = browser(scripts=scripts)
    open_book(chrome, address)
    for _ in range(3):
        turned(chrome)
    shown = here(chrome)
    press(chrome, "Max, you finish")
    assert sees(chrome, "Max is reading.")
    told = night.room.all(Tell)[-1]
    assert (told.aloud, told.sentences[0].text) == (True, shown)
    wait(chrome).until(lambda c: here(c) == shown)  # the new page is seen a moment before it is whole
    assert not complaints(chrome)


def test_taps_keys_and_scrolling_turn_the_page(evening: tuple[Evening, str], browser: Browser) -> None:
    night, address = evening
    chrome = browser()
    open_book(chrome, address)
    line = chrome.find_element(By.ID, "s2")
    chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", line)
    line.click()
    chrome.find_element(By.TAG_NAME, "body").send_keys(Key.ARROW_RIGHT, Key.ARROW_RIGHT, Key.ARROW_LEFT)
    wait(chrome).until(lambda _: night.shown() == [2, 3, 4, 3])
    wheel = {"type": "mouseWheel", "x": 195, "y": 300, "deltaX": 0, "deltaY": 700}
    chrome.execute_cdp_cmd("Input.dispatchMouseEvent", wheel)
    wait(chrome).until(lambda _: night.shown()[-1] > 5)
    assert not complaints(chrome)


def test_a_box_that_does_not_answer_stops_no_reader(evening: tuple[Evening, str], browser: Browser) -> None:
    night, address = evening
    chrome = browser()
    open_book(chrome, address)
    night.desk.close()
    for number in range(1, 4):
        press(chrome, "Next")
        assert chrome.find_element(By.ID, f"s{number}").get_attribute("aria-current")
