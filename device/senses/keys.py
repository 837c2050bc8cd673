"""Who may come in: the parents' passphrase, a code for one evening, the sessions of open pages. Kept in `keys.json`.

Nothing in the file opens a door by itself: passphrase and codes are scrypt hashes, sessions SHA-256 of random tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from device.errors import DeskError
from device.senses.limits import Attempts, Failures

Role: TypeAlias = Literal["parent", "child", "grown_up"]

SHORTEST = 10
"""Characters of a passphrase (HARDENING A2). A code is shorter, so the two are never mistaken."""
_LONGEST = 200
_DAY_S = 86_400.0
_LASTS_S: dict[Role, float] = {"parent": 30 * _DAY_S, "child": 7 * _DAY_S, "grown_up": 16 * 3600.0}
"""A grown-up for tonight comes in the afternoon and is gone by morning."""
_MOST_SESSIONS = 24
SCRYPT: Mapping[str, int] = {"n": 2**14, "r": 8, "p": 5}
"""OWASP's choice for 16 MiB of memory, which a small board can spare."""
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 that are not mistaken for one another; eight of them are 40 bits."""


@dataclass(frozen=True)
class Entry:
    """Somebody came in."""

    session: str
    """The token a browser keeps; only its hash stays here."""
    who: Role
    until: float
    """Epoch seconds."""


@dataclass(frozen=True)
class _Kept:
    """A session or a code, as the file has it."""

    hash: str
    who: Role
    until: float


class Keys:
    """Used by one thread. Changes are in memory until `save`.

    clock: epoch seconds. cost: of scrypt, for a new file; a file keeps the cost it was made with.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time, cost: Mapping[str, int] = SCRYPT) -> None:
        self._path, self._clock = path, clock
        self.fault = ""
        """A sentence where the file was damaged and set aside."""
        kept = self._read()
        self._salt = bytes.fromhex(kept.get("salt", "")) or secrets.token_bytes(16)
        self._cost: Mapping[str, int] = kept.get("scrypt", dict(cost))
        self._passphrase: str = kept.get("passphrase", "")
        self._sessions = [_Kept(**row) for row in kept.get("sessions", ())]
        self._codes = [_Kept(**row) for row in kept.get("codes", ())]
        self._attempts = Attempts(Failures(**kept.get("failures", {})))
        self._changed = False

    @property
    def claimed(self) -> bool:
        return bool(self._passphrase)

    def claim(self, passphrase: str) -> Entry:
        """The first parent chooses the passphrase. Raises DeskError where it is too short or the box has one."""
        if self.claimed:
            raise DeskError(f"This box has its passphrase already. To begin anew, stop it and delete {self._path}.")
        if not SHORTEST <= len(_normal(passphrase)) <= _LONGEST:
            raise DeskError(f"A passphrase has at least {SHORTEST} characters; three or four words make a good one.")
        self._passphrase = self._derive(passphrase)
        return self.begin("parent")

    def claim_from(self, file: Path) -> bool:
        """Takes the passphrase from the first line of `file` and saves. -> False where the box has one already.

        Raises DeskError where the file cannot be read, the passphrase is too short or the disk refuses.
        """
        if self.claimed:
            return False
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as fault:
            raise DeskError(f"The passphrase cannot be read from {file}: {fault}.") from fault
        self.claim(lines[0] if lines else "")
        self._sessions.clear()
        self.save()
        return True

    def wait_s(self, address: str) -> float:
        """-> seconds until this address may try again (0 where it may now)."""
        return self._attempts.wait_s(address, self._clock())

    def enter(self, secret: str, address: str) -> Entry | None:
        """-> a session for a right passphrase or code, None for a wrong one, which makes the next wait longer."""
        self._changed = True
        derived, now = self._derive(secret), self._clock()
        if self.claimed and hmac.compare_digest(derived, self._passphrase):
            self._attempts.forgive()
            return self.begin("parent")
        for code in self._codes:
            if now < code.until and hmac.compare_digest(derived, code.hash):
                self._attempts.forgive()
                return self.begin("grown_up", code.until)
        self._attempts.failed(address, now)
        return None

    def begin(self, who: Role, until: float | None = None) -> Entry:
        """-> a new session; the oldest ends where there are too many."""
        entry = Entry(secrets.token_urlsafe(32), who, until or self._clock() + _LASTS_S[who])
        kept = _Kept(_hash(entry.session), who, entry.until)
        self._sessions = [*self._living(self._sessions), kept][-_MOST_SESSIONS:]
        self._changed = True
        return entry

    def who(self, session: str) -> Role | None:
        """-> whose session it is, None for a stranger's."""
        known = _hash(session)
        return next((row.who for row in self._living(self._sessions) if hmac.compare_digest(row.hash, known)), None)

    def leave(self, session: str) -> None:
        known = _hash(session)
        self._sessions = [row for row in self._sessions if row.hash != known]
        self._changed = True

    def invite(self) -> tuple[str, float]:
        """-> a code for tonight's grown-up and when it ends (epoch seconds). The one before it ends now."""
        code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))
        until = self._clock() + _LASTS_S["grown_up"]
        self._codes = [_Kept(self._derive(code), "grown_up", until)]
        self._sessions = [row for row in self._sessions if row.who != "grown_up"]
        self._changed = True
        return f"{code[:4]}-{code[4:]}", until

    def forgive(self) -> None:
        """Somebody stands at the box and holds its button: nobody has to wait."""
        self._attempts.forgive()
        self._changed = True

    def save(self) -> None:
        """Writes what changed, whole or not at all. Raises DeskError where the disk refuses."""
        if not self._changed:
            return
        kept = {
            "version": 1,
            "scrypt": self._cost,
            "salt": self._salt.hex(),
            "passphrase": self._passphrase,
            "sessions": [asdict(row) for row in self._living(self._sessions)],
            "codes": [asdict(row) for row in self._living(self._codes)],
            "failures": asdict(self._attempts.device),
        }
        try:
            _write(self._path, json.dumps(kept, indent=1))
        except OSError as fault:
            remedy = "Sign-ins last until the next start only; free some space."
            raise DeskError(f"{self._path} cannot be written: {fault}. {remedy}") from fault
        self._changed = False

    def _living(self, rows: list[_Kept]) -> list[_Kept]:
        now = self._clock()
        return [row for row in rows if now < row.until]

    def _derive(self, secret: str) -> str:
        n, r, p = (self._cost[name] for name in "nrp")
        return hashlib.scrypt(_normal(secret).encode(), salt=self._salt, n=n, r=r, p=p, dklen=32).hex()

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            _check(kept)
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as fault:
            aside = self._path.with_suffix(".broken")
            with suppress(OSError):
                os.replace(self._path, aside)
            remedy = "Claim the box again: open its page and press the story button."
            self.fault = f"{self._path.name} was damaged ({fault}) and set aside as {aside.name}. {remedy}"
            return {}
        return dict(kept)


def _check(kept: Any) -> None:
    hashlib.scrypt(b"", salt=bytes.fromhex(kept["salt"]), **kept["scrypt"])
    Failures(**kept["failures"]).wait_s(0, 0.0)
    if not isinstance(kept["passphrase"], str):
        raise TypeError("the passphrase is no text")
    for row in [*kept["sessions"], *kept["codes"]]:
        if not isinstance(_Kept(**row).until, float | int) or row["who"] not in _LASTS_S:
            raise ValueError("a session is not one")


def _normal(secret: str) -> str:
    """-> what is hashed: a passphrase as typed, a code without its dash and in capitals."""
    secret = unicodedata.normalize("NFC", secret.strip())[: _LONGEST + 1]
    return secret if len(secret) >= SHORTEST else secret.replace("-", "").replace(" ", "").upper()


def _hash(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
