"""What systemd is told, on a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.acts.notify import Watchdog, notify, watchdog_s


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(5)
        yield line


def test_a_state_arrives_at_systemds_socket(systemd: socket.socket) -> None:
    assert notify("READY=1", {"NOTIFY_SOCKET": systemd.getsockname()})
    assert systemd.recv(100) == b"READY=1"


def test_an_abstract_socket_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0sleepsync-test-{os.getpid()}")
        line.settimeout(5)
        assert notify("STOPPING=1", {"NOTIFY_SOCKET": f"@sleepsync-test-{os.getpid()}"})
        assert line.recv(100) == b"STOPPING=1"


def test_without_systemd_nothing_is_said(tmp_path: Path) -> None:
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")})


def test_the_watchdog_is_fed_twice_in_the_time_systemd_allows() -> None:
    assert watchdog_s({"WATCHDOG_USEC": "10000000"}) == 5
    assert watchdog_s({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}) == 5


def test_nobody_feeds_a_watchdog_that_is_for_another_process() -> None:
    assert watchdog_s({}) is None
    assert watchdog_s({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}) is None


class Part:
    def __init__(self, count: int | None) -> None:
        self.count = count

    def __call__(self) -> int | None:
        return self.count


def test_the_watchdog_is_fed_while_every_part_goes_on() -> None:
    told: list[str] = []
    loop, sound = Part(1), Part(100)
    dog = Watchdog({"loop": loop, "sound": sound}, told.append)
    assert dog.feed() == ()
    loop.count, sound.count = 2, 200
    assert dog.feed() == ()
    assert told == ["WATCHDOG=1"] * 2


def test_one_part_that_stands_still_starves_it_and_is_named() -> None:
    told: list[str] = []
    loop, sound = Part(1), Part(100)
    dog = Watchdog({"loop": loop, "sound": sound}, told.append)
    dog.feed()
    loop.count = 2
    assert dog.feed() == ("sound",)
    assert told == ["WATCHDOG=1"]


def test_a_part_without_work_need_not_count() -> None:
    told: list[str] = []
    loop, sound = Part(1), Part(None)
    dog = Watchdog({"loop": loop, "sound": sound}, told.append)
    for turn in (2, 3):
        loop.count = turn
        assert dog.feed() == ()
    sound.count = 100
    loop.count = 4
    assert dog.feed() == ()
