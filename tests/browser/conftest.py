"""A real browser at the size of a phone, and a real page process behind it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium import webdriver

from device import settings
from device.parents.process import Page
from tests.parents.bedroom import Bedroom, claimed

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
Opened = tuple[Bedroom, str]
Browser = Callable[..., webdriver.Chrome]


def _served(bedroom: Bedroom) -> Iterator[Opened]:
    page = Page(lambda happening: None, lambda: NOW, settings.Page(port=0, host="127.0.0.1"), bedroom.socket)
    try:
        yield bedroom, f"http://127.0.0.1:{page.wait(60)}"
    finally:
        page.close()
        bedroom.desk.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Opened]:
    yield from _served(claimed(tmp_path))


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Opened]:
    yield from _served(Bedroom(tmp_path))


@pytest.fixture
def browser() -> Iterator[Browser]:
    """-> opens browsers: `browser(dark=False, language="en", scripts=True)`."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("chromium and chromedriver are not on this machine")
    opened: list[webdriver.Chrome] = []

    def start(dark: bool = False, language: str = "en", scripts: bool = True) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        wishes: dict[str, object] = {"intl.accept_languages": language}
        if not scripts:
            wishes["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", wishes)
        chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        opened.append(chrome)
        phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        return chrome

    yield start
    for chrome in opened:
        chrome.quit()
