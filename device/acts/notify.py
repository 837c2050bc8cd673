"""Tells systemd how the device is, over its datagram socket (sd_notify(3)); says nothing where there is no systemd."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Mapping

Count = Callable[[], int | None]
"""A number that only grows while a part works (turns of the loop, frames of sound); None while it has no work."""


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Sends "READY=1", "STOPPING=1", "STATUS=..." -> whether somebody was told."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.sendto(state.encode(), address)
        return True
    return False


def watchdog_s(environ: Mapping[str, str] = os.environ) -> float | None:
    """-> seconds between two feeds (half of what systemd allows), or None where nobody watches this process."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()) or "WATCHDOG_USEC" not in environ:
        return None
    return int(environ["WATCHDOG_USEC"]) / 2e6


class Watchdog:
    """Feeds systemd's watchdog, but only while every part that has work goes on with it.

    A process that is alive with a dead sound card or a stuck loop is not well: PortAudio and its like stop without a
    word, so the proof of life is what was counted.
    """

    def __init__(self, counts: Mapping[str, Count], tell: Callable[[str], object] = notify) -> None:
        self._counts, self._tell = counts, tell
        self._last: dict[str, int | None] = dict.fromkeys(counts)

    def feed(self) -> tuple[str, ...]:
        """Sends WATCHDOG=1 where every count went on since the last time -> the names of those that stand still."""
        counted = {name: count() for name, count in self._counts.items()}
        stuck = tuple(name for name, count in counted.items() if count is not None and count == self._last[name])
        self._last = counted
        if not stuck:
            self._tell("WATCHDOG=1")
        return stuck
