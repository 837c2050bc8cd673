"""A tiny real Vosk model, for running the second ear's code and never for judging how well it hears."""

from pathlib import Path

BEDTIME = Path(__file__).parent / "vosk-model-bedtime-test"
"""The closed language's words, 1 MB; trained on the synthetic speech of espeak-ng and flite alone."""
