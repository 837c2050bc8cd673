"""Whatever is missing when `sleepsync run` begins, it says so, keeps the evening and never ends by itself.

Beside these: unreadable settings, a file in the folder's way, ended standard input (`test_run.py`).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from device.workshop import voices
from tests.launching import Device, launched
from tests.test_offer import Terminal

pytestmark = pytest.mark.slow


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """-> a folder to mount a small card on; it is unmounted afterwards."""
    folder = tmp_path / "card"
    folder.mkdir()
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


def mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount a small card: {done.stderr.strip()}")


def fill(folder: Path) -> Path:
    """-> a file that takes all the room there is."""
    with (everything := folder / "everything").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    return everything


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    with launched(tmp_path) as device:
        yield device


def test_a_port_in_use_is_named_with_what_to_do(device: Device) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = str(other.getsockname()[1])
        device.options = ("--port", port)
        device.start()
        assert "--port" in device.until(f"Port {port} is in use by another program")
        device.goes_on()
        assert "The page for parents" not in device.said(), "an address that leads to another program"


def test_the_address_of_the_page_is_said_once_it_answers_there(device: Device) -> None:
    device.start()
    address = device.until("The page for parents: http://localhost:").rpartition("The page for parents: ")[2].split()[0]
    with urlopen(address, timeout=20) as page:
        assert page.status == 200
    assert device.end() == 0


@pytest.mark.parametrize(("part", "words"), [
    ("speaker", 'The loudspeaker "No Such Thing" is not there'),
    ("voice", 'There is no voice "nobody"'),
])  # fmt: skip
def test_a_loudspeaker_or_voice_that_is_missing_is_said_and_the_evening_goes_on(
    device: Device, monkeypatch: pytest.MonkeyPatch, part: str, words: str
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    device.data.mkdir()
    missing = {"speaker": "No Such Thing", "voice": "nobody"}[part]
    (device.data / "device.toml").write_text(f'[sound]\n{part} = "{missing}"\n')
    device.start()
    device.type("t")
    device.until(words)
    device.goes_on()


def test_a_microphone_that_is_missing_is_said_written_down_and_the_evening_goes_on(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    device.data.mkdir()
    (device.data / "device.toml").write_text('[sound]\nmicrophone = "No Such Thing"\n')
    (device.data / "microphone.txt").write_text("yes\n")
    terminal = Terminal(device)
    missing = 'There is no microphone "No Such Thing"'
    try:
        device.start()
        device.until(missing)
        terminal.type("t")
        device.until("Max: ")
        assert device.end() == 0
    finally:
        terminal.close()
    assert missing in device.night().failed["microphone"], "what the page shows"
    assert any(missing in reason for reason in device.failures())
    assert "Traceback" not in device.said()


def test_a_path_too_long_for_a_socket_costs_the_page_and_nothing_else(device: Device) -> None:
    long = device.folder / ("a-folder-with-a-name-nobody-types" * 5)
    device.start(data=long)
    device.until("page.socket")
    device.goes_on()


@pytest.mark.parametrize("content", [None, b"short\n", b"\xff\xfe"])
def test_a_claim_file_that_is_wrong_costs_the_claim_and_nothing_else(device: Device, content: bytes | None) -> None:
    file = device.folder / "passphrase.txt"
    if content is not None:
        file.write_bytes(content)
    device.options = ("--claim", str(file))
    device.start()
    device.until("The box is not claimed")
    device.goes_on()


def test_a_card_that_is_read_only_is_said_and_tonight_is_not_kept(device: Device, card: Path) -> None:
    mount(card, "ro,size=1m")
    device.start(data=card)
    assert "nothing of it is kept" in device.until(f"The folder {card} cannot be written")
    device.goes_on()


def test_a_card_that_is_full_is_said_and_the_evening_goes_on(device: Device, card: Path) -> None:
    mount(card, "size=1m")
    fill(card)
    device.start(data=card)
    assert "Check that the card has room" in device.until("cannot be opened")
    device.goes_on()


def test_a_card_that_fills_in_the_middle_of_the_evening_is_said_and_written_again_once_it_has_room(
    device: Device, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    mount(card, "size=40m")
    device.data = card
    device.start()
    device.type("t")
    device.until("Max: ")
    everything = fill(card)
    device.type("tell me a story about the moon")
    device.until("the card has room")
    assert device.process
    everything.unlink()
    device.until("journal works again")
    assert device.end() == 0
    assert "Traceback" not in device.said()
    assert device.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_voice_cut_in_half_is_told_by_another_and_the_journal_says_why(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    whole = voices.find("en_US-joe-medium", device.data)
    assert whole is not None
    half = device.data / "voices" / "en_US-joe-medium" / whole.name
    half.parent.mkdir(parents=True)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    shutil.copy(f"{whole}.json", half.parent)
    device.start()
    device.type("t")
    device.until(f"{half} is not the published one")
    assert device.end() == 0
    assert any("sleepsync voices install en_US-joe-medium" in reason for reason in device.failures())
    assert not any("could say" in reason for reason in device.failures()), "a sentence was lost"


def test_a_reader_that_leaves_ends_nothing(device: Device) -> None:
    read, write = os.pipe()
    device.out.close()
    device.out = os.fdopen(write, "wb")
    device.start()
    os.close(read)
    device.type("t")
    assert device.process
    with pytest.raises(subprocess.TimeoutExpired):
        device.process.wait(5)
    assert device.end() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_standard_output_that_takes_nothing_ends_nothing(device: Device) -> None:
    device.out.close()
    device.out = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb")
    device.start()
    device.type("t")
    assert device.process
    with pytest.raises(subprocess.TimeoutExpired):
        device.process.wait(5)
    assert device.end() == 0
