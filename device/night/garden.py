"""The thing that only grows: one more each morning, whatever the night was; nothing wilts, nothing is counted."""

from __future__ import annotations

import hashlib

from device.night.night import Night

THINGS = ("a leaf", "a snail's shell", "a blue stone", "a star's name", "moss", "a bell flower", "a feather",
          "a page", "a walnut", "a reed", "a lantern", "a new path")  # fmt: skip


def grown(night: Night) -> str:
    """-> what was added this morning, the same for the same evening."""
    digest = hashlib.blake2s(f"{night.seed}/{night.evening}".encode(), digest_size=4).digest()
    return THINGS[int.from_bytes(digest, "big") % len(THINGS)]
