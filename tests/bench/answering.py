"""From the decision to a story's first sample, over a virtual sound card: `python -m tests.bench.answering [--json]`.

Ours is heard in the room: the sound server's monitor is recorded, its 10 ms included. Peers are timed to the first byte
of sound they hand out, no sound card in between. `--wyoming PROGRAM` names wyoming-piper, from an environment of its
own. Needs Debian's `pulseaudio`. Medians; wall milliseconds, so a busy machine shows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from device.acts.speaker import Speaker
from device.acts.telling import Telling
from device.events import Finished, Happening, Hush, Say, Sentence, Tell
from device.workshop import voices
from device.workshop.render import Workshop
from tests.bench.speaking import prepared_data

RUNS = 7
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TEXT = "Once upon a time, there was a lighthouse with {} windows, that shouted its light over the sea."
HEARD = 0.004
PATIENCE_S = 60.0


class Room:
    """A sound server with one loudspeaker and a microphone before it, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o700)
        os.environ |= {"XDG_RUNTIME_DIR": str(folder), "SDL_AUDIODRIVER": "pulseaudio"}
        os.environ.pop("PULSE_SERVER", None)
        options = "--system=false -n --exit-idle-time=-1 --load=module-native-protocol-unix"
        sink = "--load=module-null-sink sink_name=speaker rate=48000 channels=2"
        self._server = subprocess.Popen(["pulseaudio", *options.split(), sink], stderr=subprocess.DEVNULL)
        until(lambda: subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode == 0)
        command = [
            "parec",
            "-d",
            "speaker.monitor",
            "--format=s16le",
            "--rate=48000",
            "--channels=1",
            "--latency-msec=10",
        ]
        self._microphone = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.heard_s: SimpleQueue[float] = SimpleQueue()
        self._armed = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def first_sample_ms(self, begin: Callable[[], None]) -> float:
        self._armed.set()
        begun_s = time.monotonic()
        begin()
        return (self.heard_s.get(timeout=PATIENCE_S) - begun_s) * 1000

    def close(self) -> None:
        for process in (self._microphone, self._server):
            process.terminate()
            process.wait(10)

    def _listen(self) -> None:
        assert self._microphone.stdout is not None
        while block := os.read(self._microphone.stdout.fileno(), 960):
            samples = np.frombuffer(block[: len(block) // 2 * 2], dtype=np.int16)
            if self._armed.is_set() and np.abs(samples / 32768).max(initial=0.0) > HEARD:
                self._armed.clear()
                self.heard_s.put(time.monotonic())


def ours(data_dir: Path, room: Room) -> tuple[list[float], list[float]]:
    """-> milliseconds of (prepared, not rendered) tellings, the voice loaded by the listening window before."""
    inbox: SimpleQueue[Happening] = SimpleQueue()
    with closing(Workshop(data_dir)) as workshop:
        prepared = Sentence(TEXT.format("no"), scale=1.6)
        workshop.prepare([prepared])
        workshop.warm(PATIENCE_S * 10)
        assert workshop.wait(PATIENCE_S)
        with closing(Telling(inbox.put, lambda: datetime.now(UTC), workshop, Speaker())) as telling:
            telling.do(Say(id="s", sentences=(prepared,)))  # a sound server takes its time for the first sound of all
            while not isinstance(inbox.get(timeout=PATIENCE_S), Finished):
                pass

            def told(sentence: Sentence) -> float:
                tell = Tell(id="t", story="l", title="L", sentences=(sentence,))
                taken_ms = room.first_sample_ms(lambda: telling.do(tell))
                telling.do(Hush())
                time.sleep(1.5)  # what was begun is left, and the room is silent again
                return taken_ms

            ready = [told(prepared) for _ in range(RUNS)]
            return ready, [told(Sentence(TEXT.format(number), scale=1.6)) for number in NUMBERS[:RUNS]]


# --- peers ---------------------------------------------------------------------------------------------------------


def program(model: Path) -> Iterator[float]:
    """-> of `python -m piper --output-raw`, as its manual shows it: a process for each request."""
    command = [sys.executable, "-m", "piper", "-m", str(model), "--output-raw", "--length-scale", "1.6"]
    for number in NUMBERS[:RUNS]:
        begun_s = time.monotonic()
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(TEXT.format(number).encode())
            process.stdin.close()
            process.stdout.read(2)
            yield (time.monotonic() - begun_s) * 1000
            process.kill()


def http(model: Path) -> Iterator[float]:
    port = free_port()
    with serving(
        [sys.executable, "-m", "piper.http_server", "-m", str(model), "--host", "127.0.0.1", "--port", str(port)], port
    ):
        for number in ("no", *NUMBERS[:RUNS]):
            begun_s = time.monotonic()
            body = json.dumps({"text": TEXT.format(number), "length_scale": 1.6}).encode()
            request = urllib.request.Request(  # our own server
                f"http://127.0.0.1:{port}/synthesize", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                answer.read(46)  # a WAV's header and its first sample
                if number != "no":
                    yield (time.monotonic() - begun_s) * 1000
                answer.read()


def wyoming(model: Path, server: str) -> Iterator[float]:
    port = free_port()
    command = [server, "--voice", model.stem, "--uri", f"tcp://127.0.0.1:{port}", "--data-dir", str(model.parent),
               "--download-dir", str(model.parent), "--length-scale", "1.6"]  # fmt: skip
    with serving(command, port):
        for number in ("no", *NUMBERS[:RUNS]):
            begun_s = time.monotonic()
            with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as link, link.makefile("rwb") as stream:
                stream.write(json.dumps({"type": "synthesize", "data": {"text": TEXT.format(number)}}).encode() + b"\n")
                stream.flush()
                kind = ""
                while kind != "audio-stop":
                    event = json.loads(stream.readline())
                    stream.read(event.get("data_length") or 0)
                    stream.read(event.get("payload_length") or 0)
                    if event["type"] == "audio-chunk" != kind and number != "no":
                        yield (time.monotonic() - begun_s) * 1000
                    kind = event["type"]


@contextmanager
def serving(command: list[str], port: int) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    try:
        until(lambda: answers(port) or server.poll() is not None)
        yield
    finally:
        server.terminate()
        server.wait(10)


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end_s:
            raise TimeoutError("A program this bench needs did not start.")
        time.sleep(0.1)


# --- the table -----------------------------------------------------------------------------------------------------


def compare(wyoming_piper: str | None) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_parts:
        data_dir = prepared_data(Path(folder) / "data")
        (Path(folder) / "run").mkdir()
        room = open_parts.enter_context(closing(Room(Path(folder) / "run")))
        model = voices.find("en_US-joe-medium", data_dir)
        assert model is not None
        ready, live = (statistics.median(times) for times in ours(data_dir, room))
        peers: dict[str, Callable[[], Iterator[float]]] = {
            "python -m piper --output-raw": lambda: program(model),
            "piper.http_server": lambda: http(model),
        }
        if wyoming_piper:
            peers["wyoming-piper"] = lambda: wyoming(model, wyoming_piper)
        else:
            print("wyoming-piper is left out: name it with --wyoming.", file=sys.stderr)
        rows = []
        for name, measure in peers.items():
            peer = statistics.median(measure())
            for what, mine in (("first sample, prepared story", ready), ("first sample, nothing rendered", live)):
                rows.append({"what": what, "ours": round(mine), "peer": round(peer), "peer_name": name,
                             "ratio": round(mine / peer, 3), "unit": "ms", "runs": RUNS})  # fmt: skip
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wyoming", metavar="PROGRAM", default=shutil.which("wyoming-piper"))
    options = parser.parse_args()
    rows = compare(options.wyoming)
    if options.json:
        print(json.dumps({"machine": platform.machine(), "rows": rows}))
        return
    for row in rows:
        print(f"{row['what']:32} {row['ours']:6} ms   {row['peer_name']:30} {row['peer']:6} ms   x {row['ratio']}")


if __name__ == "__main__":
    main()
