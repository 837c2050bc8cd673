"""A terminal that may go away: `sleepsync run | head -1` goes on after its reader has left, `> file` on a full disk."""

from __future__ import annotations

import os
import sys
from typing import Any

from rich.console import Console


class Terminal(Console):
    """Where rich's own console would end the program, this one falls silent."""

    def print(self, *objects: Any, **how: Any) -> None:
        try:
            super().print(*objects, **how)
        except OSError:
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
