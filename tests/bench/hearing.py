"""How well the ear hears, beside pocketsphinx in one run: `python -m tests.bench.hearing [--stride N] [--sets ...]`.

Needs the shared evaluation material, and pocketsphinx, scipy and webrtcvad-wheels for its reference recogniser. Prints
a Markdown table of rates with their 95 % intervals, or with --json one row a line of figures. Full, it takes about half
an hour of one core.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.shared import shared

CONDITIONS = {
    "kids": ["--sets", "kids,adult,oog"],
    "coffee": ["--sets", "coffee", "--snr", "clean,24,12,6"],
}
ENGINES = {
    "SleepSync": f"{sys.executable} -m device.senses.ear.hear",
    "pocketsphinx": f"env PS_LR=7.4 {sys.executable} ps_worker.py",
}
"""pocketsphinx with its phone-loop rejection at the setting that was best of those measured."""


def measured(speech: Path, engine: str, stride: int, sets: list[str]) -> dict[str, Any]:
    """-> evaluate.py's figures for one engine: {row: {"rate", "lo", "hi", "n"}} and its latency."""
    figures: dict[str, Any] = {}
    for name in sets:
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            ask = [sys.executable, "evaluate.py", "--cmd", ENGINES[engine], "--stride", str(stride), "--out", out.name]
            subprocess.run([*ask, *CONDITIONS[name]], cwd=speech, check=True, stdout=sys.stderr)
            figures |= json.loads(Path(out.name).read_text())
    return figures


def table(columns: dict[str, dict[str, Any]]) -> str:
    """-> the figures of all engines side by side, as Markdown."""
    rows = [name for name, figure in next(iter(columns.values())).items() if isinstance(figure, dict) and "n" in figure]
    lines = ["| | n | " + " | ".join(columns) + " |", "|---|---|" + "---|" * len(columns)]
    for row in rows:
        cells = [
            f"{100 * c[row]['rate']:.1f} [{100 * c[row]['lo']:.0f}-{100 * c[row]['hi']:.0f}]" for c in columns.values()
        ]
        lines.append(f"| {row} | {columns[next(iter(columns))][row]['n']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def document(columns: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """-> the figures of the first engine beside the last's, as `bench --json` prints them; rates in %, times in s."""
    (_, ours), *_, (peer_name, peer) = columns.items()
    rows = []
    for what, figure in ours.items():
        if isinstance(figure, dict) and "n" in figure:
            rows.append(_row(what, 100 * figure["rate"], 100 * peer[what]["rate"], peer_name, "%", figure["n"]))
    clips = sum(row["runs"] for row in rows if not row["what"].endswith(", all"))
    for what, key in (("answer time p50", "p50"), ("answer time p95", "p95")):
        rows.append(_row(what, ours["latency_s"][key], peer["latency_s"][key], peer_name, "s", clips))
    return {"machine": f"{platform.machine()} {platform.system()}", "rows": rows}


def _row(what: str, ours: float, peer: float, peer_name: str, unit: str, runs: int) -> dict[str, Any]:
    ratio = round(ours / peer, 3) if peer else None
    figures = {"ours": round(ours, 3), "peer": round(peer, 3), "peer_name": peer_name, "ratio": ratio}
    return {"what": what, **figures, "unit": unit, "runs": runs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="take every nth clip")
    parser.add_argument("--sets", default="kids,coffee")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder = shared()
    if folder is None:
        sys.exit("the shared evaluation material is not on this machine: set SLEEPSYNC_SHARED to its folder")
    sets = asked.sets.split(",")
    columns = {engine: measured(folder / "speech", engine, asked.stride, sets) for engine in asked.engines.split(",")}
    print(json.dumps(document(columns)) if asked.json else table(columns))


if __name__ == "__main__":
    main()
