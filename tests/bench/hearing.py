"""How well the ear hears, beside pocketsphinx in one run: `python -m tests.bench.hearing [--stride N] [--sets ...]`.

Needs the shared evaluation material, and pocketsphinx, scipy and webrtcvad-wheels for its reference recogniser. Prints
a Markdown table; every rate is followed by the number of clips. Full, it takes about half an hour of one core.
"""

from __future__ import annotations

import argparse
import json
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="take every nth clip")
    parser.add_argument("--sets", default="kids,coffee")
    parser.add_argument("--engines", default=",".join(ENGINES))
    asked = parser.parse_args()
    folder = shared()
    if folder is None:
        sys.exit("the shared evaluation material is not on this machine: set SLEEPSYNC_SHARED to its folder")
    sets = asked.sets.split(",")
    print(table({e: measured(folder / "speech", e, asked.stride, sets) for e in asked.engines.split(",")}))


if __name__ == "__main__":
    main()
