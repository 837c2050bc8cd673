"""Whether a sound server that cancels echoes helps over Max: `python -m tests.bench.over_cancelled [SECONDS]`.

A telling is played through PulseAudio's null devices; the loudspeaker comes back into the microphone as loud as
ECHOES_DB say, against a synthetic voice that says a phrase every EVERY_S. What the microphone got and what was left of
it by `module-echo-cancel` are recorded at once, and heard like the mixtures of `over_max`. The echo's way is digital
and steady, as no room's is: what is gained here is the most there is to gain. Without the module's own gain control,
which turned this microphone down by 28 dB. Takes as long as the tellings, twice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import soundfile
import soxr

from device.acts.measuring import Spoken, read, spoken
from device.senses.ear.hear import Ear, language
from device.senses.ear.posteriors import RATE_HZ
from tests.bench.over_max import LATE_S, PHRASES, Said, Sound, at_level, hear, level_db, phrases
from tests.bench.telling import tell
from tests.sound_server import EAR, MOUTH, SPEAKER, SoundServer

ECHOES_DB = (-10.0, 0.0)
EVERY_S = 5.0
FIRST_S = 10.0
"""By then the ear knows how loud Max is, and the canceller how the echo comes."""
LOOPBACK = "module-loopback source=speaker.monitor sink=mouth latency_msec=60 source_dont_move=1 sink_dont_move=1"
CANCELLED = (
    "module-echo-cancel aec_method=webrtc source_master=ear sink_master=speaker source_name=cancelled_ear "
    'sink_name=cancelled_speaker aec_args="analog_gain_control=0 digital_gain_control=0"'
)
SOURCES = ("ear", "cancelled_ear")


class Recorder:
    """What comes from a source, from now on."""

    def __init__(self, source: str) -> None:
        wanted = f"parec -d {source} --format=s16le --rate={RATE_HZ} --channels=1 --latency-msec=50"
        self._parec = subprocess.Popen(wanted.split(), stdout=subprocess.PIPE)
        self._blocks: list[bytes] = []
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        assert self._parec.stdout
        while block := self._parec.stdout.read(3200):
            self._blocks.append(block)

    @property
    def now_s(self) -> float:
        return sum(map(len, self._blocks)) / 2 / RATE_HZ

    def end(self) -> Sound:
        self._parec.kill()
        self._parec.wait()
        self._thread.join()
        return np.frombuffer(b"".join(self._blocks), np.int16).astype(np.float32) / np.float32(32768)


@dataclass(frozen=True)
class Recorded:
    """One source, in its own time."""

    sound: Sound
    begun_s: float
    said: tuple[tuple[str, float, float], ...]
    """Phrase, begin and end in seconds."""


def record(folder: Path, telling: Sound, said: Sequence[Said], echo_db: float) -> list[Recorded]:
    """-> what each of SOURCES got."""
    server = SoundServer(folder, SPEAKER, MOUTH, EAR, LOOPBACK, CANCELLED)
    volume = round(0x10000 * 10 ** (echo_db / 60))  # PulseAudio's are cubic
    inputs = subprocess.run(["pactl", "list", "short", "sink-inputs"], check=True, capture_output=True, text=True)
    loopback = inputs.stdout.split()[0]
    subprocess.run(["pactl", "set-sink-input-volume", loopback, str(volume)], check=True)
    soundfile.write(folder / "telling.wav", telling, RATE_HZ)
    recorders = [Recorder(source) for source in SOURCES]
    sleep(1.0)
    begun = [recorder.now_s for recorder in recorders]
    telling_runs = subprocess.Popen(["paplay", "-d", "cancelled_speaker", str(folder / "telling.wav")])
    begin_s, marks = monotonic(), []
    for (_, text, phrase), at_s in zip(cycle(said), np.arange(FIRST_S, len(telling) / RATE_HZ - 3, EVERY_S)):
        sleep(max(begin_s + at_s - monotonic(), 0.0))
        soundfile.write(folder / "said.wav", at_level(phrase, level_db(telling)), RATE_HZ)
        before = [recorder.now_s for recorder in recorders]
        subprocess.run(["paplay", "-d", "mouth", str(folder / "said.wav")], check=True)
        marks.append([(text, b, r.now_s) for b, r in zip(before, recorders, strict=True)])
    telling_runs.wait()
    sounds = [recorder.end() for recorder in recorders]
    server.die()
    return [Recorded(*each) for each in zip(sounds, begun, zip(*marks, strict=True), strict=True)]


def heard(ear: Ear, got: Recorded, telling: Sequence[Spoken]) -> tuple[int, int, int]:
    """-> how many phrases were said, heard, and how often something else was."""
    moved = [Spoken(e.text, e.begin_s + got.begun_s, e.end_s + got.begun_s, e.level_lufs) for e in telling]
    reports = [(at_s, report["intent"]) for at_s, report in hear(ear, got.sound, moved, True)]
    right = [
        [(at_s, intent) for at_s, intent in reports if begin_s < at_s < end_s + LATE_S and intent == PHRASES[text]]
        for text, begin_s, end_s in got.said
    ]
    return len(right), sum(map(bool, right)), len(set(reports) - {each for some in right for each in some})


def main(wanted: list[str]) -> int:
    seconds = float(wanted[0]) if wanted else 240.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"XDG_RUNTIME_DIR": name}
        sentences = tell("third-moon", 8.1, 6, folder, folder / "telling.opus")
        sound, rate_hz = read(folder / "telling.opus")
        telling = spoken(sound, rate_hz, sentences)
        short = soxr.resample(sound, rate_hz, RATE_HZ)[: round(seconds * RATE_HZ)]
        ear, said = Ear(language()), [each for each in phrases() if not each[1].startswith("hey max")]
        said = [said[number] for number in np.random.default_rng(3).permutation(len(said))]
        for echo_db in ECHOES_DB:
            for source, got in zip(SOURCES, record(folder, short, said, echo_db), strict=True):
                n, right, other = heard(ear, got, telling)
                print(f"echo {echo_db:.0f} dB, {source}: {right}/{n} phrases heard; something else {other}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
