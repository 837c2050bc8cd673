"""What Max's voice costs, beside Piper's own program in the same run: `python -m tests.bench.speaking [--colours]`.

`--colours` measures what `voices/*.toml` states instead: words a minute at each rate and the gain to -23 LUFS.
CPU is user + system time; memory is the highest resident set of the process.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from device.acts.loudness import integrated
from device.workshop import cache, voices
from device.workshop.cache import RATE_HZ
from device.workshop.child import Child
from device.workshop.worker import Request, Worker
from tests.bench.peers import Server, peak_mb, servers

TARGET_LUFS = -23.0
SENTENCES = (
    "Once upon a time, there was a lighthouse that shouted its light over the sea.",
    "The little hedgehog looked up at the moon and sighed.",
    "Nobody answered; only the sea went on breathing, slowly, in and out.",
    "Under the old bridge lived a frog who collected the names of clouds.",
    "She put one paw on the cold stone and listened.",
    "Far away, behind the hill, a train was taking the last people home.",
    "The bear had never seen so many stars, and he counted them twice.",
    "It was not dark at all, once you had looked at it for a while.",
    "And the wind, who had been running all day, lay down in the long grass.",
    "Every window in the harbour went out, one after the other.",
    "The snail carried his small house up the wall and down again.",
    "So they sat beside each other and did not say anything.",
)
LONG = " ".join(SENTENCES[:4]).replace(".", ",") + " and then they slept."
ENDLESS = "and then they walked over the next hill " * 100
HOSTILE = ("s'" * 80, "7" * 400, "777777777777 " * 40, "antidisestablishmentarianism " * 60)
CLAUSE = "Once upon a time,"
RUNS = 5
PIPER_HZ = 22_050
"""Of the voice that is compared."""
_PEAK_OF_ANOTHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True, input=sys.stdin.buffer.read())
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def request(text: str, way: voices.Way) -> Request:
    return Request(text, way.engine, way.model, way.scale, way.pitch_st, way.gain_db, key="00000001")


# --- what voices/*.toml states -------------------------------------------------------------------------------------


def measure_colours(data_dir: Path) -> None:
    worker = Worker(data_dir)  # one only: espeak's library does not survive a second start in a process
    for name in voices.tellers():
        teller = voices.teller(name)
        spoken = {**teller.speakers, **{f"[{each.colour.engine}]": each for each in teller.fallbacks}}
        for colour, speaker in spoken.items():
            rates, loudness = measure(worker, speaker)
            gain_db = speaker.gain_db + TARGET_LUFS - statistics.mean(loudness)
            spread = statistics.pstdev(loudness)
            print(f"{name:7} {colour:9} gain_db = {gain_db:5.1f}  (sd {spread:.2f} LU)  rates = {rates}", flush=True)


def measure(worker: Worker, speaker: voices.Speaker) -> tuple[list[list[float]], list[float]]:
    """-> ([[scale, words a minute]], LUFS of each sentence)."""
    rates, loudness = [], []
    words = sum(len(sentence.split()) for sentence in SENTENCES)
    for rate in speaker.colour.rates:
        way = speaker.way(rate.scale, speaker.colour.pitch_st)
        sounds = [spoken(worker, request(sentence, way)) for sentence in SENTENCES]
        rates.append([rate.scale, round(words * 60 * RATE_HZ / sum(map(len, sounds)))])
        loudness += [integrated(sound, RATE_HZ) for sound in sounds]
    return rates, loudness


def spoken(worker: Worker, wanted: Request) -> Any:
    return np.concatenate(list(worker.render(worker.engine(wanted.engine, wanted.model), wanted)))


# --- what it costs -------------------------------------------------------------------------------------------------


def cpu_s(who: int = resource.RUSAGE_SELF) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def first_samples(worker: Worker, text: str, way: voices.Way, runs: int = RUNS) -> Iterator[float]:
    """-> CPU milliseconds to the first audible chunk, the voice resident."""
    engine = worker.engine(way.engine, way.model)
    for _ in range(runs + 1):
        begun = cpu_s()
        next(worker.render(engine, request(text, way)))
        yield (cpu_s() - begun) * 1000


def ours(data_dir: Path) -> dict[str, float]:
    """Runs in a process of its own, so that nothing else is counted."""
    max_way = voices.teller("max").speakers["max"].way(1.6, 0)
    worker = Worker(data_dir)
    clause = list(first_samples(worker, CLAUSE, max_way))[1:]
    begun, samples = cpu_s(), 0
    for sentence in SENTENCES:
        samples += len(spoken(worker, request(sentence, max_way)))
    return {CLAUSE_CPU: statistics.median(clause), SPEED: (cpu_s() - begun) * RATE_HZ / samples}


def peaks_mb(data_dir: Path) -> tuple[float, float]:
    """-> the highest resident set of the real child: (a clause, long and hostile texts by both voices)."""
    tellers, child = voices.teller("max").speakers, Child(data_dir)
    peaks = []
    for texts in ((CLAUSE,), (LONG, ENDLESS, *HOSTILE)):
        for text, speaker in itertools.product(texts, (tellers["max"], tellers["friend"])[: len(texts)]):
            wanted = request(text, speaker.way(1.6, 0))
            list(child.say(dataclasses.asdict(wanted) | {"key": cache.key(text, speaker.way(1.6, 0))}))
        peaks.append(peak_mb(child.pid))
    child.close()
    return peaks[0], peaks[1]


def plain_piper(model: Path, text: str, out: Path) -> tuple[float, float, float]:
    """-> (CPU s, seconds of sound, peak MB) of `python -m piper` on a text, start and loading included."""
    command = [sys.executable, "-m", "piper", "-m", str(model), "-f", str(out), "--length-scale", "1.6"]
    begun = cpu_s(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", _PEAK_OF_ANOTHER, *command], input=text.encode(), capture_output=True, check=True
    )
    return cpu_s(resource.RUSAGE_CHILDREN) - begun, soundfile.info(out).duration, int(done.stdout) / 1024


CLAUSE_CPU, SPEED = "first sample of a clause", "rendering speed"
ONE, ANY = "memory, highest, one clause", "memory, highest (ours: any text, two voices; a peer: 52 words)"
UNITS = {CLAUSE_CPU: "ms CPU", SPEED: "CPU s per s of speech", ONE: "MB", ANY: "MB"}


def compare(data_dir: Path, wyoming: str | None) -> Iterator[dict[str, Any]]:
    """-> the rows, each peer's as soon as it is measured."""
    model = voices.find("en_US-joe-medium", data_dir)
    assert model is not None
    mine = json.loads(subprocess.run(
        [sys.executable, "-m", "tests.bench.speaking", "--ours", str(data_dir)], capture_output=True, check=True
    ).stdout)  # fmt: skip
    mine |= dict(zip((ONE, ANY), peaks_mb(data_dir), strict=True))
    peers = itertools.chain(
        [("python -m piper (starts each time)", by_program(model))],
        ((name, by_server(server)) for name, server in servers(model, wyoming)),
    )
    for name, theirs in peers:
        for what, unit in UNITS.items():
            yield {"what": what, "ours": round(mine[what], 3), "peer": round(theirs[what], 3), "peer_name": name,
                   "ratio": round(mine[what] / theirs[what], 2), "unit": unit, "runs": RUNS}  # fmt: skip


def by_program(model: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "piper.wav"
        plain_piper(model, CLAUSE, out)
        clauses = [plain_piper(model, CLAUSE, out) for _ in range(RUNS)]
        clause_cpu, clause_s, loaded = (statistics.median(each) for each in zip(*clauses, strict=True))
        all_cpu, all_s, _ = plain_piper(model, "\n".join(SENTENCES), out)
        _, _, peak = plain_piper(model, LONG, out)
    speed = (all_cpu - clause_cpu) / (all_s - clause_s)
    return {CLAUSE_CPU: clause_cpu * 1000, SPEED: speed, ONE: loaded, ANY: peak}


def by_server(server: Server) -> dict[str, float]:
    clause_ms = []
    for _ in range(RUNS):
        begun = server.cpu_s()
        sound = server.ask(CLAUSE)
        next(sound)
        clause_ms.append((server.cpu_s() - begun) * 1000)
        list(sound)
    loaded, begun = server.peak_mb(), server.cpu_s()
    spoken_s = sum(list(server.ask(sentence))[-1] / 2 / PIPER_HZ for sentence in SENTENCES)
    speed = (server.cpu_s() - begun) / spoken_s
    list(server.ask(LONG))
    return {CLAUSE_CPU: statistics.median(clause_ms), SPEED: speed, ONE: loaded, ANY: server.peak_mb()}


def prepared_data(folder: Path) -> Path:
    """-> a data folder in which joe is prepared."""
    from device.workshop import catalogue, prepare

    model, out = voices.find("en_US-joe-medium", folder), catalogue.prepared_folder("en_US-joe-medium", folder)
    assert model is not None
    if not out.is_dir():
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", prepare.__name__, str(model), str(out)], check=True)
        print(f"prepared in {time.perf_counter() - begun:.1f} s", file=sys.stderr)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--colours", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wyoming", metavar="PROGRAM", default=shutil.which("wyoming-piper"))
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        print(json.dumps(ours(options.ours)))
        return
    with tempfile.TemporaryDirectory() as folder:
        data_dir = prepared_data(Path(folder))
        if options.colours:
            measure_colours(data_dir)
            return
        rows = []
        for row in compare(data_dir, options.wyoming):
            rows.append(row)
            beside = f"{row['peer_name']:34} {row['peer']:9.3f}  x {row['ratio']}"
            line = f"{row['what']:62} {row['ours']:9.3f}   {beside}  {row['unit']}"
            print(line, file=sys.stderr if options.json else None, flush=True)
        if options.json:
            print(json.dumps({"machine": platform.machine(), "rows": rows}))


if __name__ == "__main__":
    main()
