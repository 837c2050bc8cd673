"""A local server with files to fetch: what it has, how much it sends before the line breaks, what it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Shelf:
    """A local server: what it has, how much it sends before the line breaks, and what it was asked for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    breaks_after: int = 0
    ranges: bool = True
    raw: bytes = b""
    """What it answers instead, down to the status line."""
    asked: list[str | None] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Shelf]:
    here = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            wanted = self.headers.get("Range")
            here.asked.append(wanted)
            if self.path not in here.files:
                self.send_error(404)
                return
            if here.raw:
                self.wfile.write(here.raw)
                return
            begin = int(wanted[6:-1]) if wanted and here.ranges else 0
            if begin and begin >= len(here.files[self.path]):
                self.send_error(416)
                return
            body = here.files[self.path][begin:]
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: here.breaks_after] if here.breaks_after else body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}"
    yield here
    server.shutdown()
    server.server_close()
    thread.join()
