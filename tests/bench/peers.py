"""Other programs that speak with the same voice, as the benches measure them: servers that keep it loaded."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

LENGTH_SCALE = 1.6
PATIENCE_S = 60.0
_WAV_HEADER = 44


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    ask: Callable[[str], Iterator[int]]
    """-> bytes of 16-bit sound received so far: at the first of them, and at the end."""

    def cpu_s(self) -> float:
        """-> user and system time up to now, in steps of a tick (10 ms)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        return peak_mb(self.pid)


def peak_mb(pid: int) -> float:
    """-> the highest resident set of a running process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def servers(model: Path, wyoming: str | None) -> Iterator[tuple[str, Server]]:
    """-> each in turn, running and warm; `wyoming` is wyoming-piper's program."""
    with _http(model) as server:
        yield "piper.http_server", server
    if wyoming:
        with _wyoming(model, wyoming) as server:
            yield "wyoming-piper", server
    else:
        print("wyoming-piper is left out: name it with --wyoming.", file=sys.stderr)


@contextmanager
def _http(model: Path) -> Iterator[Server]:
    port = _free_port()

    def ask(text: str) -> Iterator[int]:
        body = json.dumps({"text": text, "length_scale": LENGTH_SCALE}).encode()
        url = f"http://127.0.0.1:{port}/synthesize"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            answer.read(_WAV_HEADER + 2)
            yield 2
            yield 2 + len(answer.read())

    command = [sys.executable, "-m", "piper.http_server", "-m", str(model), "--host", "127.0.0.1", "--port", str(port)]
    with _serving(command, port) as pid:
        yield _warm(Server(pid, ask))


@contextmanager
def _wyoming(model: Path, program: str) -> Iterator[Server]:
    port = _free_port()

    def ask(text: str) -> Iterator[int]:
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as link, link.makefile("rwb") as stream:
            stream.write(json.dumps({"type": "synthesize", "data": {"text": text}}).encode() + b"\n")
            stream.flush()
            kind, heard = "", 0
            while kind != "audio-stop":
                event = json.loads(stream.readline())
                stream.read(event.get("data_length") or 0)
                payload = stream.read(event.get("payload_length") or 0)
                kind = event["type"]
                if kind == "audio-chunk":
                    heard += len(payload)
                    if heard == len(payload):
                        yield heard
            yield heard

    folder = str(model.parent)
    command = [program, "--voice", model.stem, "--uri", f"tcp://127.0.0.1:{port}", "--data-dir", folder,
               "--download-dir", folder, "--length-scale", str(LENGTH_SCALE)]  # fmt: skip
    with _serving(command, port) as pid:
        yield _warm(Server(pid, ask))


def _warm(server: Server) -> Server:
    list(server.ask("Good evening, everybody."))
    return server


@contextmanager
def _serving(command: list[str], port: int) -> Iterator[int]:
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    try:
        until(lambda: _answers(port) or server.poll() is not None)
        yield server.pid
    finally:
        server.terminate()
        server.wait(10)


def until(true: Callable[[], bool]) -> None:
    """Waits for it. Raises TimeoutError."""
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end_s:
            raise TimeoutError("A program this bench needs did not start.")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
