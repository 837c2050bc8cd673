"""Which loudspeaker and which microphone: the one that was named, and of several the one whose echo is cancelled."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CANCELLED = re.compile(r"echo.?cancel", re.IGNORECASE)
"""PulseAudio names them "... (echo cancelled with ...)", PipeWire "Echo-Cancel Source" or "Echo Cancellation Sink"."""


def chosen(wanted: str, names: Sequence[str]) -> str | None:
    """-> which of these devices is meant by `wanted`, a part of its name; "" is the system's own, None is none of them.

    A sound system that cancels echoes offers a second loudspeaker and a second microphone for it. Where they are, they
    are meant, because only what is played on the one is taken out of the other.
    """
    fitting = [name for name in names if wanted.casefold() in name.casefold()]
    cancelled = [name for name in fitting if is_cancelled(name)]
    if cancelled:
        return cancelled[0]
    if not wanted:
        return ""
    return fitting[0] if fitting else None


def is_cancelled(name: str) -> bool:
    """-> whether a device of this name takes the loudspeaker's sound out of the microphone's."""
    return _CANCELLED.search(name) is not None
