"""The page in its own process, over the real socket: it starts, says where it is, and comes back."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from device import settings
from device.events import Failed, Happening, Recovered
from device.parents.process import Page
from tests.parents.bedroom import Bedroom

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


class House:
    """The inbox, and the page it starts."""

    def __init__(self, bedroom: Bedroom, port: int = 0) -> None:
        self.inbox: SimpleQueue[Happening] = SimpleQueue()
        self.page = Page(self.inbox.put, lambda: NOW, settings.Page(port=port, host="127.0.0.1"), bedroom.socket)


@pytest.fixture
def house(bedroom: Bedroom) -> Iterator[House]:
    house = House(bedroom)
    yield house
    house.page.close()


def _shown(port: int | None) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
        return str(response.read().decode())


def test_the_page_is_ready_and_shows_the_sign_in(house: House) -> None:
    assert "Who is there?" in _shown(house.page.wait(30))


def test_a_page_that_dies_is_said_once_and_comes_back(house: House) -> None:
    house.page.wait(30)
    assert house.page.process_id is not None
    os.kill(house.page.process_id, signal.SIGKILL)
    failed = house.inbox.get(timeout=30)
    assert isinstance(failed, Failed)
    assert "started again" in failed.reason
    assert house.inbox.get(timeout=30) == Recovered(at=NOW, part="page")
    assert "Who is there?" in _shown(house.page.wait(30))
    assert house.inbox.empty()


def test_a_port_in_use_is_one_clear_sentence(bedroom: Bedroom) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        house = House(bedroom, port)
        failed = house.inbox.get(timeout=30)
        house.page.close()
    assert isinstance(failed, Failed)
    assert failed.reason.startswith(f"Port {port} is in use by another program;")
    assert house.inbox.empty()


def test_closing_leaves_no_process_behind(bedroom: Bedroom) -> None:
    house = House(bedroom)
    house.page.wait(30)
    process_id = house.page.process_id
    house.page.close()
    assert house.page.process_id is None
    assert process_id is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


def test_the_page_ends_with_the_core_even_where_that_was_killed(bedroom: Bedroom) -> None:
    command = [sys.executable, "-m", "device.parents", "--socket", str(bedroom.socket), "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as page:
        assert page.stdin is not None
        assert page.stdout is not None
        assert b"ready" in page.stdout.readline()
        page.stdin.close()
        assert page.wait(30) == 0


def test_the_page_stays_small(house: House) -> None:
    port = house.page.wait(30)
    for _ in range(20):
        _shown(port)
    rollup = Path(f"/proc/{house.page.process_id}/smaps_rollup").read_text()
    pss_mb = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    assert pss_mb <= 35


def test_the_core_loads_no_web_server_for_it() -> None:
    names = "[name for name in ('flask', 'werkzeug', 'waitress', 'jinja2') if name in sys.modules]"
    loaded = f"import sys, device.parents.process, device.senses.desk; print({names})"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"
