"""Keeps strangers' web pages out of this one: its own names, where a form may come from, what a browser may do."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from urllib.parse import urlsplit

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would make our own forms say Origin: null
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def own_names() -> frozenset[str]:
    """-> the names this machine answers to in a home network, beside its numbers."""
    name = socket.gethostname().split(".")[0].lower()
    return frozenset({"localhost", "sleepsync", "sleepsync.local", name, f"{name}.local", f"{name}.lan"})


def known_host(header: str, names: frozenset[str]) -> bool:
    """-> whether a Host header means this box: one of its `names`, or a number of a home network.

    A rebinding page brings its own domain name, which is neither.
    """
    try:
        parts = urlsplit(f"//{header}")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        return False
    if host in names:
        return True
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return False
    return number.is_private and not number.is_unspecified


def own_form(origin: str | None, site: str | None, host: str) -> bool:
    """-> whether a change comes from a page of ours, by the browser's Origin and Sec-Fetch-Site headers."""
    if site not in {None, "same-origin", "none"}:
        return False
    return origin is None or origin == f"http://{host}"


def form_token(browser: str) -> str:
    """-> what our forms carry: only a page of ours can know it, because the cookie `browser` is no script's to read."""
    return hashlib.sha256(f"form {browser}".encode()).hexdigest()


def own_token(token: str, browser: str) -> bool:
    return bool(browser) and hmac.compare_digest(token.encode(), form_token(browser).encode())
