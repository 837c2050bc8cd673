"""Piper voices, made small and quick: own sessions, seeded noise, a window at a time. Lives in the worker only.

Figures are of en_US-joe-medium on one thread: the prepared voice loads in 88 MB (whole 138), peaks at 188 MB over an
18 s sentence (whole 497) and has the first sample of a short clause after about 50 ms of CPU (whole 265).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from device.errors import VoiceError

Samples = npt.NDArray[np.float32]

HOP = 256
"""Samples a latent frame becomes."""
MARGIN = 11
"""Frames of context at each side of a window; with 11, windows differ from whole decoding by at most 2.1e-6."""
REACH = 32
"""The same for the flow, which looks no further: four couplings of four convolutions, each five frames wide."""
FIRST, MOST = 24, 96
"""Frames of the first window (0.28 s, so that sound begins soon); each is twice the one before, up to 1.1 s."""
MOST_PHONEMES = 130
"""At once, whatever the words are: 20 words of a story have about 110."""
_NOISE, _NOISE_W = 0.667, 0.8  # the voices' own inference settings
_PREPARED_WORDS, _WHOLE_WORDS = 20, 12  # at once: memory grows with the length, whole by 27 MB a second


def session(model: Path | bytes, threads: int = 1, *, by_priority: bool = False) -> Any:
    """-> an onnxruntime session that neither spins nor hoards. Raises VoiceError.

    `by_priority` makes each weight from its int8 just before it is used: the decoder peaks 27 MB lower so. (The front
    peaks 20 MB higher.)
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    if by_priority:
        options.execution_order = onnxruntime.ExecutionOrder.PRIORITY_BASED
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # onnxruntime raises kinds of its own that share no base
        raise VoiceError(f"{model if isinstance(model, Path) else 'The model'} cannot be loaded: {fault}") from fault


@cache
def _phonemizer() -> Any:
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer()


def phonemes(text: str, language: str = "en-us") -> str:
    """-> espeak's phonemes with their punctuation. Hostile text kills the process: `tame` it first."""
    return " ".join("".join(sentence) for sentence in _phonemizer().phonemize(language, text))


def portions(spoken: str, most: int = MOST_PHONEMES) -> Iterator[str]:
    """-> phonemes in parts that are never too long for the memory, cut between words where that is possible.

    A sentence of a story is one part. Twenty words of 28 letters are not, and took 470 MB at once.
    """
    while len(spoken) > most:
        end = spoken.rfind(" ", 1, most) + 1 or most
        yield spoken[:end]
        spoken = spoken[end:]
    if spoken:
        yield spoken


def windows(frames: int) -> Iterator[tuple[int, int]]:
    """-> the borders of each window of `frames` latent frames."""
    begin, width = 0, FIRST
    while begin < frames:
        end = min(begin + width, frames)
        yield begin, end
        begin, width = end, min(2 * width, MOST)


def flowed(flow: Any, drawn: Samples) -> Iterator[Samples]:
    """-> the latent frames of what was `drawn` [1, channels, frames], those of the first window before the others."""
    name, frames = flow.get_inputs()[0].name, drawn.shape[2]
    soon = FIRST + MARGIN if frames > FIRST + MARGIN + 2 * REACH else frames
    for begin, end in ((0, soon), (soon, frames)):
        if begin < end:
            low = max(0, begin - REACH)
            yield flow.run(None, {name: drawn[:, :, low : end + REACH]})[0][:, :, begin - low : end - low]


def decode(decoder: Any, latents: Iterable[Samples], frames: int) -> Iterator[Samples]:
    """-> the samples of so many latent frames that come in parts [1, channels, n], window by window."""
    name, parts = decoder.get_inputs()[0].name, iter(latents)
    latent = next(parts)
    for begin, end in windows(frames):
        low, high = max(0, begin - MARGIN), min(frames, end + MARGIN)
        while latent.shape[2] < high:
            latent = np.concatenate([latent, next(parts)], axis=2)
        sound = decoder.run(None, {name: latent[:, :, low:high]})[0].reshape(-1)
        yield sound[(begin - low) * HOP : (end - low) * HOP]


class Piper:
    """One voice. Whole where `prepared` is None: then the model's own noise is used, which no seed reaches."""

    def __init__(self, model: Path, prepared: Path | None = None) -> None:
        try:
            config = json.loads(model.with_name(model.name + ".json").read_text(encoding="utf-8"))
            self.rate_hz = int(config["audio"]["sample_rate"])
            if not 8000 <= self.rate_hz <= 48000:
                raise ValueError(f"sample_rate = {self.rate_hz}")
            self._language: str = config["espeak"]["voice"]
            self._ids: dict[str, list[int]] = config["phoneme_id_map"]
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise VoiceError(f"{model}.json cannot be read: {fault!r}. Install the voice again.") from fault
        self._many = config.get("num_speakers", 1) > 1
        self._front = session(prepared / "front.onnx" if prepared else model)
        self._flow = session(prepared / "flow.onnx") if prepared else None
        self._decoder = session(prepared / "decoder.onnx", by_priority=True) if prepared else None
        self.prepared = prepared is not None
        self.most_words = _PREPARED_WORDS if prepared else _WHOLE_WORDS

    def stream(self, text: str, scale: float, seed: int) -> Iterator[Samples]:
        """-> the samples of `text`, the first window soon. The same seed gives the same samples once prepared."""
        for at, part in enumerate(portions(phonemes(text, self._language))):
            yield from self._spoken(self._phoneme_ids(part), scale, seed + at)

    def _spoken(self, ids: list[int], scale: float, seed: int) -> Iterator[Samples]:
        feed = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([_NOISE, scale, _NOISE_W], np.float32),
        }
        if self._many:
            feed["sid"] = np.array([0], np.int64)
        if self._decoder is None:
            yield self._front.run(None, feed)[0].reshape(-1)
            return
        chance = np.random.default_rng(seed)
        feed["noise_dp"] = chance.standard_normal((1, 2, len(ids)), dtype=np.float32)
        drawn, spread = self._front.run(None, feed)
        drawn += chance.standard_normal(drawn.shape, dtype=np.float32) * spread * np.float32(_NOISE)
        yield from decode(self._decoder, flowed(self._flow, drawn), drawn.shape[2])

    def _phoneme_ids(self, spoken: str) -> list[int]:
        pad = self._ids["_"]
        ids = [*self._ids["^"], *pad]
        for phoneme in spoken:
            if phoneme in self._ids:
                ids += [*self._ids[phoneme], *pad]
        return [*ids, *self._ids["$"]]
