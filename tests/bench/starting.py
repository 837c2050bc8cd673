"""How soon the device is ready, and how much memory its running night takes: `python -m tests.bench.starting`.

It starts `sleepsync run` in a fresh folder several times, hears its READY=1 as systemd would, and reads the
proportional set size (PSS) of every process it has. What renders ahead is counted apart: it ends by itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

PARTS = {"device.parents": "page", "device.acts.motor": "motor", "device.senses.ear": "ear",
         "device.workshop": "rendering"}  # fmt: skip
"""A process's command holds one of these; the core's holds none."""
READY_S, MEMORY_MB = 2.0, 220.0
"""What is promised."""


def started(folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    """-> the running device, and how many seconds it took from its process's beginning to READY=1."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(folder / "notify"))
        ready.settimeout(60)
        command = [sys.executable, "-P", "-m", "device", "run", "--board", "pretend", "--port", "0"]
        begun_s = time.monotonic()
        process = subprocess.Popen(
            [*command, "--data", str(folder / "data")],
            env={**compiled(), "NOTIFY_SOCKET": str(folder / "notify")},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while b"READY=1" not in ready.recv(4096):
            pass
        return process, time.monotonic() - begun_s


def compiled() -> dict[str, str]:
    """-> an installed device's environment, whose modules are compiled: by a run before the counted ones."""
    kept = str(Path(tempfile.gettempdir()) / "sleepsync-bench-compiled")
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": kept}


def memory_mb(pid: int) -> dict[str, float]:
    """-> PSS in MB by part, of a process and all its descendants."""
    found: dict[str, float] = {}
    for each in family(pid):
        try:
            command = Path(f"/proc/{each}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:  # it has just ended
            continue
        part = next((name for key, name in PARTS.items() if key in command), "core")
        kb = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        found[part] = found.get(part, 0.0) + kb / 1024
    return found


def family(pid: int) -> list[int]:
    """-> a process and its descendants."""
    try:
        own = [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
               for child in (task / "children").read_text().split()]  # fmt: skip
    except OSError:
        return []
    return [pid, *(each for child in own for each in family(child))]


def ended(process: subprocess.Popen[bytes]) -> float:
    """-> how many seconds it took to end when it was told to."""
    begun_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    return time.monotonic() - begun_s


def once(settle_s: float) -> tuple[float, dict[str, float], float]:
    """-> seconds to ready, MB by part, seconds to the end; of one run in a fresh folder."""
    with tempfile.TemporaryDirectory(prefix="sleepsync-bench-") as folder:
        process, ready_s = started(Path(folder))
        try:
            time.sleep(settle_s)
            memory = memory_mb(process.pid)
        finally:
            end_s = ended(process)
    return ready_s, memory, end_s


def main() -> int:
    """-> 0 where both promises are held, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--settle", type=float, default=8.0, metavar="S", help="before memory is read (%(default)s)")
    wanted = parser.parse_args()
    once(wanted.settle)  # compiles
    runs = [once(wanted.settle) for _ in range(wanted.runs)]
    ready_s, end_s = median(run[0] for run in runs), median(run[2] for run in runs)
    print(f"start to ready  {ready_s:5.2f} s   (at most {READY_S}; runs {', '.join(f'{r[0]:.2f}' for r in runs)})")
    print(f"told to ended   {end_s:5.2f} s")
    parts = {part: median(run[1].get(part, 0.0) for run in runs) for part in ("core", *PARTS.values())}
    night_mb = sum(size for part, size in parts.items() if part != "rendering")
    for part, size in parts.items():
        print(f"{part:15} {size:6.1f} MB PSS")
    print(f"the night       {night_mb:6.1f} MB PSS (at most {MEMORY_MB:.0f}, without rendering)")
    return 0 if ready_s <= READY_S and night_mb <= MEMORY_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())
