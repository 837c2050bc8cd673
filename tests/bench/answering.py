"""From the decision to a story's first sample, over a virtual sound card: `python -m tests.bench.answering [--json]`.

Ours is heard in the room (tests/bench/room.py); where a goal stands beside it, the night's decision is counted in
(tests/bench/branching.py). Peers are timed to the first byte of sound they hand out, no sound card in between.
`--wyoming PROGRAM` names wyoming-piper, from an environment of its own. Medians; wall milliseconds, so a busy machine
shows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from device.acts.speaker import Speaker
from device.acts.telling import Telling
from device.events import Finished, Happening, Hush, Reached, Say, Sentence, Tell
from device.workshop import voices
from device.workshop.render import Workshop
from tests.bench.branching import GOALS_MS, branching
from tests.bench.peers import LENGTH_SCALE, PATIENCE_S, Server, servers
from tests.bench.room import Room
from tests.bench.speaking import prepared_data

RUNS = 7
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TEXT = "Once upon a time, there was a lighthouse with {} windows, that shouted its light over the sea."
OPENING = "Come a little closer, and I will tell you what happened by the sea."
READY, OPENED, LIVE = (
    "first sample, prepared story",
    "first sample, an opening, body not rendered",
    "first sample, a live clause",
)
CUE, STOP = "from a sentence's Reached (its cue) to its first sample", "from stop to silence"


def ours(data_dir: Path, room: Room) -> dict[str, list[float]]:
    """-> milliseconds of each thing measured, the voice loaded by the listening window before."""
    inbox: SimpleQueue[Happening] = SimpleQueue()
    reached_s: list[float] = []

    def put(happening: Happening) -> None:
        if isinstance(happening, Reached):
            reached_s.append(time.monotonic())
        inbox.put(happening)

    with closing(Workshop(data_dir)) as workshop:
        prepared, begun = Sentence(TEXT.format("no"), scale=LENGTH_SCALE), Sentence(OPENING, scale=LENGTH_SCALE)
        workshop.prepare([prepared, begun])
        workshop.warm(PATIENCE_S * 10)
        assert workshop.wait(PATIENCE_S)
        with closing(Telling(put, lambda: datetime.now(UTC), workshop, Speaker())) as telling:
            telling.do(Say(id="s", sentences=(prepared,)))  # a sound server takes its time for the first sound of all
            while not isinstance(inbox.get(timeout=PATIENCE_S), Finished):
                pass
            measured: dict[str, list[float]] = {what: [] for what in (READY, OPENED, LIVE, CUE, STOP)}

            def told(what: str, *sentences: Sentence) -> None:
                reached_s.clear()
                tell = Tell(id="t", story="l", title="L", sentences=sentences)
                begun_s = time.monotonic()
                taken_ms = room.first_sample_ms(lambda: telling.do(tell))
                measured[what].append(taken_ms)
                measured[CUE].append(taken_ms - (reached_s[0] - begun_s) * 1000)
                time.sleep(0.3)
                measured[STOP].append(room.silence_ms(lambda: telling.do(Hush())))

            for number in NUMBERS[:RUNS]:
                live = Sentence(TEXT.format(number), scale=LENGTH_SCALE)
                told(READY, prepared)
                told(OPENED, begun, live)
                told(LIVE, replace(live, text=f"{live.text} Truly."))
            return measured


# --- peers ---------------------------------------------------------------------------------------------------------


def program(model: Path) -> Iterator[float]:
    """-> of `python -m piper --output-raw`, as its manual shows it: a process for each request."""
    command = [sys.executable, "-m", "piper", "-m", str(model), "--output-raw", "--length-scale", str(LENGTH_SCALE)]
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


def resident(server: Server) -> Iterator[float]:
    for number in NUMBERS[:RUNS]:
        begun_s = time.monotonic()
        sound = server.ask(TEXT.format(number))
        next(sound)
        yield (time.monotonic() - begun_s) * 1000
        list(sound)


# --- the table -----------------------------------------------------------------------------------------------------


def compare(wyoming_piper: str | None) -> Iterator[dict[str, Any]]:
    """-> the rows, each as soon as it is measured."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_parts:
        data_dir = prepared_data(Path(folder) / "data")
        (Path(folder) / "run").mkdir()
        room = open_parts.enter_context(closing(Room(Path(folder) / "run")))
        model = voices.find("en_US-joe-medium", data_dir)
        assert model is not None
        measured = ours(data_dir, room) | branching(data_dir, room, RUNS)
        mine = {what: statistics.median(times) for what, times in measured.items()}
        for what in (CUE, STOP, *GOALS_MS):
            yield {"what": what, "ours": round(mine[what]), "peer": None, "peer_name": None, "ratio": None,
                   "unit": "ms", "runs": len(measured[what]), "goal": GOALS_MS.get(what)}  # fmt: skip
        peers = chain(
            [("python -m piper --output-raw", program(model))],
            ((name, resident(server)) for name, server in servers(model, wyoming_piper)),
        )
        for name, times in peers:
            peer = statistics.median(times)
            for what in (READY, OPENED, LIVE):
                yield {"what": what, "ours": round(mine[what]), "peer": round(peer), "peer_name": name,
                       "ratio": round(mine[what] / peer, 3), "unit": "ms", "runs": RUNS}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wyoming", metavar="PROGRAM", default=shutil.which("wyoming-piper"))
    options = parser.parse_args()
    rows = []
    for row in compare(options.wyoming):
        rows.append(row)
        beside = f"   {row['peer_name']:30} {row['peer']:6} ms   x {row['ratio']}" if row["peer"] else ""
        if row.get("goal"):
            beside = f"   {'goal':30} {row['goal']:6} ms"
        print(f"{row['what']:54} {row['ours']:6} ms{beside}", file=sys.stderr if options.json else None, flush=True)
    if options.json:
        print(json.dumps({"machine": platform.machine(), "rows": rows}))
    print(f"Load over the last minute: {os.getloadavg()[0]:.1f}", file=sys.stderr)


if __name__ == "__main__":
    main()
