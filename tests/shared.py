"""Where the shared evaluation material is, if this machine has it: real recordings and a tiny Vosk model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[2] / "shared"


def shared() -> Path | None:
    """-> the folder named by SLEEPSYNC_SHARED, or `shared` beside the checkout, or None."""
    folder = Path(os.environ.get("SLEEPSYNC_SHARED", _BESIDE))
    return folder if (folder / "speech" / "evaluate.py").is_file() else None


def need_shared() -> Path:
    """-> the folder, or skips the test with the reason."""
    folder = shared()
    if folder is None:
        pytest.skip("the shared evaluation material is not on this machine (SLEEPSYNC_SHARED)")
    return folder
