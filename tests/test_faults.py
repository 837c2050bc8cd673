"""Whatever is missing when `sleepsync run` begins, it says so, keeps the evening and never ends by itself.

Beside these: unreadable settings, a file in the folder's way, ended standard input (`test_run.py`).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_run import Device

pytestmark = pytest.mark.slow
PATIENCE_S = 30


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    device = Device(tmp_path)
    yield device
    if device.process and device.process.poll() is None:
        device.kill()
    device.out.close()


def said(device: Device, words: str) -> str:
    """-> all that was said, once these words were; fails where they never are, or where the device ends."""
    until = time.monotonic() + PATIENCE_S
    while words not in (text := " ".join(device.said().split())):
        assert device.process
        assert device.process.poll() is None, text
        assert time.monotonic() < until, text
        time.sleep(0.1)
    return text


def evening_goes_on(device: Device) -> None:
    """Tonight can be started by hand, Max says good evening, and it ends when it is told to and not before."""
    device.type("t")
    said(device, "Max: ")
    assert device.end() == 0
    assert "Traceback" not in device.said()


def test_a_port_in_use_is_named_with_what_to_do(device: Device) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = str(other.getsockname()[1])
        device.options = ("--port", port)
        device.start()
        assert "--port" in said(device, f"Port {port} is in use by another program")
        evening_goes_on(device)


@pytest.mark.parametrize(("part", "words"), [
    ("speaker", 'The loudspeaker "No Such Thing" is not there'), ])  # fmt: skip
def test_a_loudspeaker_that_is_missing_is_said_and_the_evening_is_written(
    device: Device, monkeypatch: pytest.MonkeyPatch, part: str, words: str
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    device.data.mkdir()
    missing = {"speaker": "No Such Thing", "voice": "nobody"}[part]
    (device.data / "device.toml").write_text(f'[sound]\n{part} = "{missing}"\n')
    device.start()
    device.type("t")
    said(device, words)
    evening_goes_on(device)


def test_a_path_too_long_for_a_socket_costs_the_page_and_nothing_else(device: Device) -> None:
    long = device.folder / ("a-folder-with-a-name-nobody-types" * 5)
    device.start(data=long)
    said(device, "page.socket")
    evening_goes_on(device)


@pytest.mark.parametrize("content", [None, b"short\n", b"\xff\xfe"])
def test_a_claim_file_that_is_wrong_costs_the_claim_and_nothing_else(device: Device, content: bytes | None) -> None:
    file = device.folder / "passphrase.txt"
    if content is not None:
        file.write_bytes(content)
    device.options = ("--claim", str(file))
    device.start()
    said(device, "The box is not claimed")
    evening_goes_on(device)
