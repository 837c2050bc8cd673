"""What a rehearsal leaves: a child's slack and, for each phrase, which wording fits, as numbers in a file of its own.

A file and not the child's book, because a book has backups: what is forgotten here is gone at once. Kept are numbers
alone, no sound and no word.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from device.errors import HearingError

FILE = "rehearsal.json"
MOST_SLACK = 0.45
"""With it the kindest limit (4.7) is 5.15, the highest at which it was measured what other talk is taken (`limits`)."""


@dataclass(frozen=True)
class Kept:
    """Of one child."""

    slack: float
    """0 to MOST_SLACK, see `limits.largest_loss`."""
    wordings: tuple[int, ...]
    """Which wording of each phrase this child is heard best with."""
    needs: tuple[float | None, ...]
    """The slack each would need (`limits.slack_for`); None where it was never heard as itself."""


def keep(kept: Kept, data: Path) -> None:
    """Writes it, readable by its owner alone, whole or not at all. Raises OSError."""
    data.mkdir(parents=True, exist_ok=True)
    part = data / f"{FILE}.part"
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"slack": kept.slack, "wordings": kept.wordings, "needs": kept.needs}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(data / FILE)


def kept(data: Path) -> Kept | None:
    """-> what was kept, or None where nothing was. Raises HearingError where it cannot be read."""
    path = data / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        slack = float(found["slack"])
        if not isfinite(slack):
            raise ValueError(f"a slack of {slack}")
        bounded = min(max(slack, 0.0), MOST_SLACK)  # whatever is in the file, no further than was measured
        return Kept(bounded, tuple(found["wordings"]), tuple(found["needs"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise HearingError(f"{path} cannot be read ({fault!r}); rehearse again: sleepsync rehearse") from fault


def slack(data: Path) -> float:
    """-> the child's slack; 0 where there was no rehearsal, or one that cannot be read."""
    with suppress(HearingError):
        found = kept(data)
        return found.slack if found else 0.0
    return 0.0


def forget(data: Path) -> bool:
    """-> whether there was anything to forget."""
    try:
        (data / FILE).unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
