"""The page's own process: `python -m device.parents --socket PATH --port N --host H`. The core starts it."""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

from device.parents.client import DeskClient
from device.parents.process import PORT_TAKEN


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m device.parents", description="The parents' page, beside the core.")
    parser.add_argument("--socket", type=Path, required=True, help="the desk's Unix socket")
    parser.add_argument("--port", type=int, default=8080, help="0 takes any that is free")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")
    wanted = parser.parse_args()
    try:
        listener = _listen(wanted.host, wanted.port)
    except OSError as fault:
        if fault.errno in {errno.EADDRINUSE, errno.EACCES}:
            return PORT_TAKEN
        print(f"The page cannot listen on {wanted.host}: {fault}.", file=sys.stderr)
        return 1
    threading.Thread(target=_end_with_the_core, daemon=True).start()
    _serve(DeskClient(wanted.socket), listener)
    return 0


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(64)
    return listener


def _serve(desk: DeskClient, listener: socket.socket) -> None:
    from waitress import create_server

    from device.parents.pages import BODY_BYTES, create_app

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        create_app(desk),
        sockets=[listener],
        threads=4,
        connection_limit=64,
        channel_timeout=20,  # a slow reader is let go
        cleanup_interval=5,
        max_request_body_size=BODY_BYTES,
        max_request_header_size=16 * 1024,
        ident=None,
    )
    print(json.dumps({"ready": listener.getsockname()[1]}), flush=True)
    server.run()


def _end_with_the_core() -> NoReturn:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
