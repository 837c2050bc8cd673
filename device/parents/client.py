"""The page's side of the desk: one connection, one line each way."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from device.errors import DeskError

_PATIENCE_S = 4.0
"""An ask is answered or "still saving" after one second; a sign-in takes a small board about two."""
_REPLY_BYTES = 1024 * 1024


class DeskClient:
    """Says a verb to the core and brings back its reply (`senses/desk.py` lists them). Used by any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def say(self, verb: str, **said: Any) -> Mapping[str, Any]:
        """-> the reply. Raises DeskError where the core is not there or says nothing sensible."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(_PATIENCE_S)
                line.connect(str(self._path))
                line.sendall(json.dumps({"verb": verb, **said}).encode() + b"\n")
                with line.makefile("rb") as replies:
                    reply = json.loads(replies.readline(_REPLY_BYTES))
        except (OSError, ValueError) as fault:
            raise DeskError(f"The box does not answer ({fault}). It may be starting; try again in a moment.") from fault
        if not isinstance(reply, dict):
            raise DeskError("The box answered something that is no reply. Start it again.")
        return reply
