"""A room to measure in: a sound server of its own, a loudspeaker nobody hears, and a microphone before it.

What is heard is the sound server's monitor, its 10 ms included. Needs Debian's `pulseaudio`.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from tests.bench.peers import PATIENCE_S, until

HEARD = 0.004
"""A sample above it is a sound."""
_SETTLED_S = 1.5
_MICROPHONE = "parec -d speaker.monitor --format=s16le --rate=48000 --channels=1 --latency-msec=10"


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
        self._microphone = subprocess.Popen(_MICROPHONE.split(), stdout=subprocess.PIPE)
        self.heard_s: SimpleQueue[float] = SimpleQueue()
        self._last_s = 0.0
        self._armed = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def first_sample_ms(self, begin: Callable[[], object]) -> float:
        """-> how long after `begin` the first sample is heard; the room is silent before."""
        self._armed.set()
        begun_s = time.monotonic()
        begin()
        return (self.heard_s.get(timeout=PATIENCE_S) - begun_s) * 1000

    def silence_ms(self, end: Callable[[], object]) -> float:
        """-> how long it is still heard after `end`; silent when this returns."""
        begun_s = time.monotonic()
        end()
        time.sleep(_SETTLED_S)
        return max(self._last_s - begun_s, 0.0) * 1000

    def close(self) -> None:
        for process in (self._microphone, self._server):
            process.terminate()
            process.wait(10)

    def _listen(self) -> None:
        assert self._microphone.stdout is not None
        while block := os.read(self._microphone.stdout.fileno(), 960):
            samples = np.frombuffer(block[: len(block) // 2 * 2], dtype=np.int16)
            if np.abs(samples / 32768).max(initial=0.0) > HEARD:
                self._last_s = time.monotonic()
                if self._armed.is_set():
                    self._armed.clear()
                    self.heard_s.put(self._last_s)
