"""Piper voices are made small while they speak whole: a process for each, at its first use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from device.workshop import catalogue, voices
from device.workshop.voices import Way

_COMMAND = (sys.executable, "-P", "-m", "device.workshop.prepare")


class Preparing:
    """`note` is told what went wrong: (part, a sentence)."""

    def __init__(self, data_dir: Path, note: Callable[[str, str], object]) -> None:
        self._data_dir, self._note = data_dir, note
        self.begun: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, way: Way) -> None:
        """Begins where nothing is prepared, again where that was thrown away as damaged; notes what failed."""
        process = self.begun.get(way.model)
        if process and process.poll() != 0:
            self._look(way.model, process)
        elif way.engine == "piper" and not catalogue.prepared(way.model, self._data_dir):
            if process:
                process.communicate()  # closes its pipe
            model, folder = voices.find(way.model, self._data_dir), catalogue.prepared_folder(way.model, self._data_dir)
            nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
            self.begun[way.model] = subprocess.Popen(
                [*_COMMAND, str(model), str(folder)], stdin=nothing, stdout=nothing, stderr=pipe, process_group=0
            )

    def close(self) -> None:
        for process in self.begun.values():
            with process:  # a second `communicate` would raise: what it complained of may have been read
                process.terminate()

    def _look(self, model: str, process: subprocess.Popen[bytes]) -> None:
        if process.poll() and process.stderr and not process.stderr.closed:
            said = process.communicate()[1].decode(errors="replace").strip()
            self._note(f"preparing {model}", said or f"{model} could not be prepared and is used whole.")
