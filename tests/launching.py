"""`sleepsync run` as a process of a test's own: started, typed to, listened to, killed or ended."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from device.night.memory import from_dict
from device.night.night import Night

PATIENCE_S = 30.0
RUN = ("-m", "device")


class Device:
    """`run` on a pretended board; `start` waits until it is ready. All it says goes to `out`, a file."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.data, self.options = folder, folder / "data", options
        self.program: tuple[str, ...] = RUN
        self.out = (folder / "out.txt").open("ab")
        self.terminal: int | None = None
        """Standard input, where that is a terminal of the test's; otherwise it is a pipe."""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, data: Path | None = None) -> Device:
        notify = self.folder / "notify"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(notify))
            ready.settimeout(60)
            command = [sys.executable, "-P", *self.program, "run", "--board", "pretend", "--port", "0", *self.options]
            self.process = subprocess.Popen(
                [*command, "--data", str(data or self.data)],
                stdin=subprocess.PIPE if self.terminal is None else self.terminal,
                stdout=self.out if self.terminal is None else self.terminal,
                stderr=subprocess.STDOUT, cwd=self.folder, env={**os.environ, "NOTIFY_SOCKET": str(notify)},
            )  # fmt: skip
            assert ready.recv(4096) == b"READY=1"
        return self

    def type(self, words: str) -> None:
        assert self.process
        assert self.process.stdin
        self.process.stdin.write(f"{words}\n".encode())
        self.process.stdin.flush()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()
        self._let_go()

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        code = self.process.wait(20)
        self._let_go()
        return code

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()
        self.out.close()

    def _let_go(self) -> None:
        assert self.process
        if self.process.stdin:
            self.process.stdin.close()

    def said(self) -> str:
        """-> all that was said so far, on one line: a terminal breaks lines where it likes."""
        return " ".join(self.lines())

    def lines(self) -> list[str]:
        return re.sub(r"\x1b\[[0-9;]*m", "", (self.folder / "out.txt").read_text(errors="replace")).split("\n")

    def until(self, words: str) -> str:
        """-> all that was said, once these words were; fails where they never are, or where the device ends.

        Spaces do not count: a terminal's lines break where they must, within a long path too.
        """
        until, wanted = time.monotonic() + PATIENCE_S, "".join(words.split())
        while wanted not in "".join((text := " ".join(self.said().split())).split()):
            assert self.process
            assert self.process.poll() is None, text
            assert time.monotonic() < until, text
            time.sleep(0.1)
        return text

    def goes_on(self) -> None:
        """Tonight can be started by hand, Max says good evening, and it ends when it is told to and not before."""
        self.type("t")
        self.until("Max: ")
        assert self.end() == 0
        assert "Traceback" not in self.said()

    def rows(self, sql: str) -> list[Any]:
        db = apsw.Connection(str(self.data / "ours.db"))
        try:
            db.set_busy_timeout(5000)
            return list(db.execute(sql))
        finally:
            db.close()

    def night(self) -> Night:
        return from_dict(json.loads(self.rows("SELECT body FROM night")[0][0]))

    def failures(self) -> list[str]:
        """-> the reasons the journal gives for whatever failed, in order."""
        bodies = self.rows("SELECT body FROM happenings WHERE kind = 'Failed' ORDER BY rowid")
        return [json.loads(body)["reason"] for (body,) in bodies]


@contextmanager
def launched(folder: Path, *options: str) -> Iterator[Device]:
    """-> a device that was not started yet, and is killed at the end where it still runs."""
    device = Device(folder, *options)
    try:
        yield device
    finally:
        device.close()
