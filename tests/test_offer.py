"""At the first run, at a terminal, what would be better and is a download away is offered once; the evening goes on."""

from __future__ import annotations

import hashlib
import io
import os
import pty
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from device import assets
from device.workshop import install
from tests.launching import Device, launched
from tests.workshop.shelf import Shelf, serving

MODEL = "vosk-model-small-en-us-0.15"


def test_what_is_better_is_offered_once_and_never_what_is_there(tmp_path: Path) -> None:
    assert install.offer(("voices",), tmp_path) is None, "Max's own voice comes as a wheel"
    offered = install.offer(("voices", "models"), tmp_path)
    assert offered is not None
    assert (offered[0], offered[1].name) == ("models", MODEL)
    assert install.offer(("voices", "models"), tmp_path) is None


def test_what_is_installed_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "models" / MODEL).mkdir(parents=True)
    assert install.offer(("models",), tmp_path) is None


def test_what_cannot_be_remembered_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "offered.txt").mkdir()
    assert install.offer(("models",), tmp_path) is None
    assert install.offer(("models",), tmp_path / "nowhere") is None


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with serving() as here:
        yield here


@pytest.fixture
def device(tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """-> a device whose publisher is the shelf, and whose microphone was allowed before."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{MODEL}/README", "hello")
    shelf.files[f"/{MODEL}.zip"] = packed.getvalue()
    catalogue = (assets.voices() / "catalogue.toml").read_text(encoding="utf-8")
    catalogue = catalogue.replace("https://alphacephei.com/vosk/models", shelf.url)
    catalogue = catalogue.replace("41205931", str(len(packed.getvalue())))
    md5 = hashlib.md5(packed.getvalue(), usedforsecurity=False).hexdigest()
    catalogue = catalogue.replace("09ab50ccd62b674cbaa231b825f9c1cb", md5)
    folder = shutil.copytree(assets.voices(), tmp_path / "voices")
    (folder / "catalogue.toml").write_text(catalogue, encoding="utf-8")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    with launched(tmp_path) as device:
        device.data.mkdir()
        (device.data / "microphone.txt").write_text("yes\n")
        moved = f"from pathlib import Path; from device import assets; assets.voices = lambda: Path({str(folder)!r})"
        device.program = ("-c", f"import sys; {moved}; from device.cli import main; sys.exit(main(sys.argv[1:]))")
        yield device


class Terminal:
    """A terminal of the test's; all that is shown goes into the device's file."""

    def __init__(self, device: Device) -> None:
        self._keys, device.terminal = pty.openpty()
        self._theirs, self._out = device.terminal, device.out
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError):
            while shown := os.read(self._keys, 1 << 16):
                self._out.write(shown)
                self._out.flush()

    def type(self, words: str) -> None:
        os.write(self._keys, f"{words}\n".encode())

    def close(self) -> None:
        os.close(self._theirs)
        self._thread.join(10)
        os.close(self._keys)


@pytest.mark.slow  # runs the device
def test_at_a_terminal_it_is_offered_fetched_while_the_evening_goes_on_and_not_offered_again(device: Device) -> None:
    terminal = Terminal(device)
    try:
        device.start()
        offer = device.until("the evening goes on")
        assert f"A second ear for loud rooms is a download away: {MODEL}, 0 MB, licence: Apache-2.0." in offer
        terminal.type("fetch")
        device.until(f"{MODEL} is there")
        assert (device.data / "models" / MODEL / "README").read_text() == "hello"
        terminal.type("t")
        device.until("Max: ")
        assert device.end() == 0
        shutil.rmtree(device.data / "models")
        device.start()
        assert device.end() == 0
    finally:
        terminal.close()
    assert device.said().count("is a download away") == 1
    assert "Traceback" not in device.said()


@pytest.mark.slow  # runs the device
def test_without_a_terminal_nothing_is_offered(device: Device) -> None:
    device.start()
    assert device.end() == 0
    assert "download" not in device.said()
    assert not (device.data / "offered.txt").exists()
