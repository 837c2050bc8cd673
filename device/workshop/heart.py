"""The voice "heart" of hibari: a woman's, cheap enough for any board (CPU 0.01 s for a second of speech).

Only the model inside the wheel is ever opened; hibari would download any other. Its own grapheme-to-phoneme tables take
98 MB, so espeak's phonemes (loaded for Piper anyway) are spelt in its alphabet instead: over story sentences the two
differ in 6 % of the symbols, nearly all of them stress marks. scipy, which hibari prefers to numpy's transforms, would
take 23 MB more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import VoiceError
from device.workshop.piper import Samples, phonemes, portions, session

_SPELLING = (
    ("ʲ", ""), ("\u0329", ""), ("ː", ""), ("əl", "ᵊl"), ("ɜ", "ɜɹ"), ("ɜɹɹ", "ɜɹ"), ("ɚ", "əɹ"), ("ɝ", "ɜɹ"),
    ("aɪ", "I"), ("aʊ", "W"), ("dʒ", "ʤ"), ("eɪ", "A"), ("tʃ", "ʧ"), ("ɔɪ", "Y"), ("oʊ", "O"),
    ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɾ", "T"), ("ʔ", "t"), ("ɬ", "l"), ("o", "ɔ"), ("e", "A"), ("a", "æ"),
    ("g", "ɡ"),
)  # fmt: skip
"""espeak's English IPA -> the alphabet of Kokoro's phonemes, applied in this order."""


_MOST_PHONEMES = 80  # at once: 12 words of a story have about 65


class Heart:
    """Loads the model once. Raises VoiceError."""

    rate_hz = 24000
    most_words = 12  # at once: its spectra take 5 MB a second

    def __init__(self) -> None:
        try:
            package = _package()
            self._dsp = _transforms(package / "dsp.py")
            words = (package / "assets" / "vocab.json").read_text(encoding="utf-8")
            self._vocabulary: dict[str, int] = json.loads(words)
        except (ImportError, OSError, ValueError) as fault:
            raise VoiceError(f"The voice heart is damaged or missing: {fault}. Install hibari-tts again.") from fault
        self._session = session(package / "assets" / "hibari.onnx")

    def stream(self, text: str, scale: float, seed: int) -> Iterator[Samples]:
        """-> the samples of `text` at `scale` times the model's own length, a story's sentence in one piece."""
        for at, part in enumerate(portions(spell(phonemes(text)), _MOST_PHONEMES)):
            ids = [0, *(self._vocabulary[symbol] for symbol in part if symbol in self._vocabulary), 0]
            feed = {"ids": np.array([ids], np.int64), "speed": np.array([1 / scale], np.float32)}
            spectrum = [each[0] for each in self._session.run(None, feed)]
            yield self._dsp.synth(*spectrum, np.random.default_rng(seed + at))


def spell(spoken: str) -> str:
    """-> espeak's phonemes in heart's alphabet."""
    for theirs, ours in _SPELLING:
        spoken = spoken.replace(theirs, ours)
    return spoken


def _package() -> Path:
    """-> hibari's folder. Raises ImportError."""
    spec = find_spec("hibari")
    if spec is None or spec.origin is None:
        raise ImportError("hibari is not installed")
    return Path(spec.origin).parent


def _transforms(file: Path) -> Any:
    """-> hibari's module that makes sound of spectra, without the package around it (which can download) and scipy."""
    spec = spec_from_file_location("hibari_dsp", file)
    assert spec is not None
    assert spec.loader is not None
    module, known = module_from_spec(spec), sys.modules.get("scipy")
    sys.modules["scipy"] = None  # type: ignore[assignment]  # to Python: not installed
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["scipy"]
        if known:
            sys.modules["scipy"] = known
    return module
