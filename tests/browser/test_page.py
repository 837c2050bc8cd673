"""The page in a real browser: what a family sees and presses on its phone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys as Key
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import Browser, Opened
from tests.parents.bedroom import PASSPHRASE, REQUEST, RING

pytestmark = pytest.mark.slow

CONTRAST = """
const lin = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
const rgb = s => s.match(/[\\d.]+/g).map(Number);
const lum = ([r, g, b]) => .2126 * lin(r) + .7152 * lin(g) + .0722 * lin(b);
const ground = e => { for (; e; e = e.parentElement) {
  const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > .99) return c;
} return [255, 255, 255]; };
const worst = [];
for (const e of document.querySelectorAll('main *, header *, footer *')) {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (!own || !e.getClientRects().length) continue;
  const style = getComputedStyle(e), colour = rgb(e instanceof SVGElement ? style.fill : style.color);
  const [a, b] = [lum(colour), lum(ground(e))].sort((x, y) => y - x);
  const ratio = (a + .05) / (b + .05), big = parseFloat(style.fontSize) >= 24;
  if (ratio < (big ? 3 : 4.5)) worst.push([e.textContent.trim().slice(0, 40), Math.round(ratio * 100) / 100]);
}
return worst;
"""
SMALL_TARGETS = """
return [...document.querySelectorAll('a:not(.skip), button, input:not([type=hidden])')]
  .map(e => [e.textContent || e.id, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 24 || box.width < 24).map(([name]) => name);
"""


def wait(chrome: Chrome) -> WebDriverWait[Chrome]:
    """-> a wait that outlasts a page being replaced by the next; the driver has several names for what was on it."""
    return WebDriverWait(chrome, 30, ignored_exceptions=[WebDriverException])


def found(chrome: Chrome, check: str) -> Any:
    """-> what a check finds on the page, once its styles have settled: pretended dark comes a moment after the load."""
    with suppress(TimeoutException):
        WebDriverWait(chrome, 5).until(lambda c: not c.execute_script(check))
    return chrome.execute_script(check)


def sees(chrome: Chrome, words: str) -> bool:
    return bool(wait(chrome).until(lambda c: words in c.find_element(By.TAG_NAME, "body").text))


def press(chrome: Chrome, label: str) -> None:
    chrome.find_element(By.XPATH, f"//button[normalize-space()='{label}']").click()


def sign_in(chrome: Chrome, address: str, button: str = "Come in") -> None:
    chrome.get(address)
    chrome.find_element(By.ID, "secret").send_keys(PASSPHRASE)
    press(chrome, button)


def complaints(chrome: Chrome) -> list[Any]:
    log: list[Any] = chrome.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry for entry in log if entry["level"] in {"SEVERE", "WARNING"}]


def test_a_new_family_claims_its_box_and_the_page_goes_on_by_itself(new_home: Opened, browser: Browser) -> None:
    bedroom, address = new_home
    chrome = browser()
    chrome.get(address)
    press(chrome, "I am beside the box")
    assert sees(chrome, "Now press the big story button.")
    bedroom.press()
    assert sees(chrome, "Choose a passphrase")
    chrome.find_element(By.ID, "secret").send_keys(PASSPHRASE)
    press(chrome, "This is our box")
    assert sees(chrome, "Story time.")
    assert not complaints(chrome)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_child_comes_in_by_holding_the_button(home: Opened, browser: Browser, scripts: bool) -> None:
    bedroom, address = home
    chrome = browser(scripts=scripts)
    chrome.get(address)
    press(chrome, "I sleep beside the box")
    assert sees(chrome, "Now hold the story button")
    bedroom.press(long=True)
    if not scripts:
        assert sees(chrome, "The door is open.")
        press(chrome, "Come in")
    assert sees(chrome, "Story time.")
    assert [link.text for link in chrome.find_elements(By.CSS_SELECTOR, "nav a")] == [
        "Tonight",
        "Stories",
        "Promise",
        "Mine",
    ]


def test_a_request_and_a_ring_appear_by_themselves(home: Opened, browser: Browser) -> None:
    bedroom, address = home
    chrome = browser()
    sign_in(chrome, address)
    bedroom.tonight = {**bedroom.tonight, "requests": [REQUEST], "rings": [RING]}
    assert sees(chrome, "Five more minutes?")
    live = chrome.find_element(By.CSS_SELECTOR, "[aria-live=assertive]")
    assert "Benny calls for a grown-up." in live.text
    press(chrome, "Yes")
    assert sees(chrome, "Max tells Benny.")
    assert bedroom.asked[0].details == {"request": "request-1", "yes": True}
    assert not complaints(chrome)


def test_a_refresh_leaves_the_keyboard_where_it_was(home: Opened, browser: Browser) -> None:
    bedroom, address = home
    chrome = browser()
    sign_in(chrome, address)
    chrome.execute_script("document.getElementById('late30').focus()")
    bedroom.tonight = {**bedroom.tonight, "grown_up": "Grandma"}
    assert sees(chrome, "Grandma")
    assert chrome.switch_to.active_element.get_attribute("id") == "late30"


def test_everything_can_be_reached_with_the_keyboard_and_is_seen(home: Opened, browser: Browser) -> None:
    bedroom, address = home
    bedroom.tonight["requests"] = [REQUEST]
    chrome = browser()
    sign_in(chrome, address)
    assert sees(chrome, "Five more minutes?")
    controls = len(chrome.find_elements(By.CSS_SELECTOR, "a, button"))
    reached = set()
    for _ in range(controls):
        chrome.switch_to.active_element.send_keys(Key.TAB)
        reached.add(chrome.switch_to.active_element)
        outline = chrome.switch_to.active_element.value_of_css_property("outline-style")
        assert outline == "solid"
    assert len(reached) == controls


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_legible_and_fits_a_phone(home: Opened, browser: Browser, dark: bool, language: str) -> None:
    bedroom, address = home
    part = {"part": "microphone", "reason": "No microphone."}
    bedroom.tonight.update(phase="afternoon", requests=[REQUEST], rings=[RING], late={"minutes": 30}, parts=[part])
    chrome = browser(dark=dark, language=language)
    chrome.get(address)
    assert found(chrome, CONTRAST) == []
    sign_in(chrome, address, "Come in" if language == "en" else "Hereinkommen")
    for page in ("/", "/promise", "/requests", "/device", "/stories", "/stories/lighthouse/read", "/nowhere"):
        chrome.get(address + page)
        assert found(chrome, CONTRAST) == [], page
        assert found(chrome, SMALL_TARGETS) == [], page
        assert chrome.execute_script("return document.documentElement.scrollWidth") == 390, page
        assert len(chrome.find_elements(By.TAG_NAME, "h1")) == 1


def test_another_site_s_form_is_refused_by_a_real_browser(home: Opened, browser: Browser) -> None:
    bedroom, address = home
    chrome = browser()
    sign_in(chrome, address)
    assert sees(chrome, "Story time.")
    chrome.get("data:text/html,<form method=post></form>")
    chrome.execute_script(f"document.forms[0].action = '{address}/ask/away'; document.forms[0].submit()")
    assert sees(chrome, "This page was open for too long.")
    assert not bedroom.asked
