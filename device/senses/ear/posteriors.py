"""Sound -> how well each 20 ms sounds like each phone, by the phoneme recogniser of the `hama` wheel."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from device.errors import HearingError

Samples: TypeAlias = NDArray[np.int16]
Scores: TypeAlias = NDArray[np.float32]
"""float32[frames, SYMBOLS]: natural logs."""

RATE_HZ = 16_000
FRAME = 320
"""Samples of one frame (20 ms): the recogniser halves a 10 ms hop."""

SOUNDS = tomllib.loads(resources.files(__package__).joinpath("phones.toml").read_text("utf-8"))
PHONES = tuple(SOUNDS)
PAUSE = len(PHONES)
"""Column of "no phone here"."""
ANYTHING = PAUSE + 1
"""Column of "any phone or none": what an unconstrained ear would hear, less ANYTHING_COST."""
SYMBOLS = ANYTHING + 1

_NEAR = 0.15
"""How much a neighbouring phone counts (from the example of the shared evaluation, as _FLOOR)."""
_FLOOR = -7.0
"""No frame speaks more strongly than this against a phone: pays for what the recogniser drops or adds."""
_ANYTHING_COST = 0.3
"""A frame: about what a well-spoken sentence loses. At 1.0 half of the woven stories were heard as another sentence;
what is wrongly taken for "anything" falls in the second look, which spells the nouns out."""


class Posteriors:
    """Holds the recogniser (4.7 MB of weights); stateless between calls."""

    def __init__(self) -> None:
        """Raises HearingError where the wheel does not work on this machine."""
        try:
            import hama

            self._model = hama.ASRModel()
        except (ImportError, OSError, RuntimeError) as error:
            raise HearingError(f"the phoneme recogniser (hama) does not start: {error}; reinstall sleepsync") from error
        tokens = list(self._model.decoder_tokens)
        self._mix = _mixture(tokens)
        self._pauses = [tokens.index(self._model.decode_cfg.blank_token), tokens.index("<wb>")]

    def scores(self, samples: Samples) -> Scores:
        """int16[n] at 16 kHz -> Scores[about n / FRAME + 1]. Costs about 0.07 s of a core for a second of sound."""
        model = self._model
        wave = samples.astype(np.float32) / 32768
        feeds = {
            model._waveform_input_name: wave[None],
            model._waveform_lengths_input_name: np.array([len(wave)], np.int64),
        }
        logs, sizes = model.session.run([model._log_probs_output_name, model._out_lengths_output_name], feeds)
        return self._scored(np.exp(logs[0][: int(np.ravel(sizes)[0])]))

    def _scored(self, symbols: NDArray[np.float32]) -> Scores:
        """float[frames, IPA symbols] -> Scores."""
        phones = symbols @ self._mix
        pause = symbols[:, self._pauses].sum(axis=1, keepdims=True)
        logs = np.log(np.maximum(np.hstack([phones, pause]), np.exp(_FLOOR)))
        return np.hstack([logs, logs.max(axis=1, keepdims=True) - _ANYTHING_COST]).astype(np.float32)


def _mixture(tokens: list[str]) -> NDArray[np.float32]:
    """-> float32[IPA symbols, phones]: what each symbol counts for each phone."""
    own = {p: np.array([float(token in SOUNDS[p]["ipa"].split()) for token in tokens], np.float32) for p in PHONES}
    near = {p: [_NEAR * own[other] for other in SOUNDS[p]["near"].split()] for p in PHONES}
    return np.stack([np.max([own[p], *near[p]], axis=0) for p in PHONES], axis=1)
