"""The voice "heart" of hibari: a woman's, cheap enough for any board (CPU 0.01 s for a second of speech).

Only the model inside the wheel is ever opened; hibari would download any other. Its own grapheme-to-phoneme tables take
98 MB, so espeak's phonemes (loaded for Piper anyway) are spelt in its alphabet instead: over story sentences the two
differ in 6 % of the symbols, nearly all of them stress marks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np

from device.errors import VoiceError
from device.workshop.piper import Samples, phonemes, session

_SPELLING = (
    ("ʲ", ""), ("\u0329", ""), ("ː", ""), ("əl", "ᵊl"), ("ɜ", "ɜɹ"), ("ɜɹɹ", "ɜɹ"), ("ɚ", "əɹ"), ("ɝ", "ɜɹ"),
    ("aɪ", "I"), ("aʊ", "W"), ("dʒ", "ʤ"), ("eɪ", "A"), ("tʃ", "ʧ"), ("ɔɪ", "Y"), ("oʊ", "O"),
    ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɾ", "T"), ("ʔ", "t"), ("ɬ", "l"), ("o", "ɔ"), ("e", "A"), ("a", "æ"),
    ("g", "ɡ"),
)  # fmt: skip
"""espeak's English IPA -> the alphabet of Kokoro's phonemes, applied in this order."""


class Heart:
    """Loads the model once. Raises VoiceError."""

    rate_hz = 24000
    most_words = 12  # at once: its spectra take 5 MB a second

    def __init__(self) -> None:
        try:
            from hibari import dsp  # type: ignore[import-untyped]

            assets = Path(str(files("hibari"))) / "assets"
            self._vocabulary: dict[str, int] = json.loads((assets / "vocab.json").read_text(encoding="utf-8"))
        except (ImportError, OSError, ValueError) as fault:
            raise VoiceError(f"The voice heart is damaged or missing: {fault}. Install hibari-tts again.") from fault
        self._dsp = dsp
        self._session = session(assets / "hibari.onnx")

    def stream(self, text: str, scale: float, seed: int) -> Iterator[Samples]:
        """-> the samples of `text` at `scale` times the model's own length, in one piece."""
        spelt = spell(phonemes(text))
        ids = [0, *(self._vocabulary[symbol] for symbol in spelt if symbol in self._vocabulary), 0]
        feed = {"ids": np.array([ids], np.int64), "speed": np.array([1 / scale], np.float32)}
        spectrum = [part[0] for part in self._session.run(None, feed)]
        yield self._dsp.synth(*spectrum, np.random.default_rng(seed))


def spell(spoken: str) -> str:
    """-> espeak's phonemes in heart's alphabet."""
    for theirs, ours in _SPELLING:
        spoken = spoken.replace(theirs, ours)
    return spoken
