"""Keeps the page's process running, from the core: starts it, hears that it is ready, starts it again when it dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from device import settings
from device.events import Failed, Now, Put, Recovered

PORT_TAKEN = 3
"""The page's exit code where it cannot have its port."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _PORT_PAUSE_S = 1.0, 60.0, 10.0
_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""glibc keeps one heap for all the page's threads: a few MB less."""


class Page:
    """The page of `socket`'s desk on `wanted`'s port. Never raises: what goes wrong is a Failed of part "page"."""

    def __init__(
        self,
        put: Put,
        now: Now,
        wanted: settings.Page,
        socket: Path,
        shown: Callable[[int], object] = lambda port: None,
    ) -> None:
        """`shown` is told the port, from another thread, each time the page begins to answer there."""
        self._put, self._now, self._wanted, self._socket, self._shown = put, now, wanted, socket, shown
        self._closing, self._ready, self._child = threading.Event(), threading.Event(), threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._reason = ""
        self._port = 0
        self._thread = threading.Thread(target=self._keep, name="page", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> int | None:
        """-> the port the page listens on, or None where it is not ready within `seconds`."""
        return self._port if self._ready.wait(seconds) else None

    @property
    def process_id(self) -> int | None:
        """The page's process while it lives, for who measures memory."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def close(self) -> None:
        """Ends the page."""
        self._closing.set()
        with self._child:
            if self._process:
                self._process.terminate()
        self._thread.join()

    def _keep(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._closing.is_set():
            code, was_ready = self._run()
            if self._closing.is_set():
                return
            pause_s = _FIRST_PAUSE_S if was_ready else min(2 * pause_s, _LONGEST_PAUSE_S)
            if code == PORT_TAKEN:
                pause_s = _PORT_PAUSE_S
            self._failed(self._why(code))
            self._closing.wait(pause_s)

    def _run(self) -> tuple[int, bool]:
        """One life of the process. -> its exit code and whether it was ever ready."""
        with self._child:
            if self._closing.is_set():
                return 0, False
            try:
                process = self._process = self._start()
            except OSError:
                return -1, False
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            with suppress(ValueError, KeyError, TypeError):
                self._up(int(json.loads(line)["ready"]))
        code = process.wait()
        with suppress(OSError):
            process.stdin.close()
        process.stdout.close()
        was_ready = self._ready.is_set()
        self._ready.clear()
        return code, was_ready

    def _start(self) -> subprocess.Popen[bytes]:
        """Its standard input is its lifeline: the page ends by itself when the core dies."""
        wanted = ["--port", str(self._wanted.port), "--host", self._wanted.host]
        command = [sys.executable, "-P", "-m", "device.parents", "--socket", str(self._socket), *wanted]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl+C in the terminal is the core's to hear
            env={**os.environ, **_MALLOC},
        )

    def _up(self, port: int) -> None:
        self._port = port
        self._ready.set()
        self._shown(port)
        if self._reason:
            self._reason = ""
            self._put(Recovered(at=self._now(), part="page"))

    def _failed(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            self._put(Failed(at=self._now(), part="page", reason=reason))

    def _why(self, code: int) -> str:
        if code == PORT_TAKEN:
            return (
                f"Port {self._wanted.port} is in use by another program; the page tries again every 10 seconds. "
                "End that program, or choose another port with --port."
            )
        return f"The page ended by itself (code {code}) and is started again; the night goes on without it."
