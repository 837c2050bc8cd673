"""A PulseAudio server of a test's own, with null devices in place of a loudspeaker and a microphone.

A test module that uses it takes `needs("paplay", ...)` among its marks: Debian's `pulseaudio` may not be there.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

SPEAKER = "module-null-sink sink_name=speaker rate=48000 channels=2 sink_properties=device.description=Bedside"
"""A loudspeaker named "Bedside"; what it plays is recorded from `speaker.monitor`."""
MOUTH = "module-null-sink sink_name=mouth rate=48000 channels=1 channel_map=mono"
EAR = "module-remap-source master=mouth.monitor source_name=ear source_properties=device.description=Bedside"
"""A microphone named "Bedside"; it hears what is played into `mouth`."""


def needs(*programs: str) -> list[pytest.MarkDecorator]:
    """-> the marks of tests that drive a sound server with these programs."""
    wanted = ("pulseaudio", "pactl", *programs)
    reason = f"{', '.join(wanted)}: not all of them are installed here"
    return [pytest.mark.slow, pytest.mark.skipif(not all(map(shutil.which, wanted)), reason=reason)]


class SoundServer:
    """Runs from its making until `die`; `serve` starts it again. Programs find it through XDG_RUNTIME_DIR."""

    def __init__(self, folder: Path, *modules: str) -> None:
        self.folder, self._modules = folder, modules
        self.serve()

    def serve(self) -> None:
        options = "--system=false -n --daemonize=yes --exit-idle-time=-1 --load=module-native-protocol-unix"
        subprocess.run(["pulseaudio", *options.split(), f"--log-target=file:{self.folder / 'log'}"], check=True)
        for module in self._modules:
            subprocess.run(["pactl", "load-module", *module.split()], check=True, capture_output=True)

    def die(self) -> None:
        with suppress(OSError):
            os.kill(int((self.folder / "pulse" / "pid").read_text()), signal.SIGKILL)
        shutil.rmtree(self.folder / "pulse", ignore_errors=True)


def own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this test, and what it starts, talks with the server of `folder` and with no other."""
    folder.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("SDL_AUDIODRIVER", "pulseaudio")
