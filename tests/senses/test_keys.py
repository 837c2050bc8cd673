"""Who may come in, kept in one file through restarts and power cuts."""

import json
from pathlib import Path

import pytest

from device.errors import DeskError
from device.senses.keys import Keys

PASSPHRASE = "lantern under the stairs"
DAY_S = 86_400.0
QUICK = {"n": 2, "r": 8, "p": 1}
"""A cost that tests can pay often."""


class Clock:
    """Seconds that a test may push."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> Keys:
    keys = Keys(tmp_path / "keys.json", clock, QUICK)
    keys.claim(PASSPHRASE)
    keys.save()
    return keys


def test_the_right_passphrase_makes_a_parent_and_a_wrong_one_nobody(keys: Keys) -> None:
    entry = keys.enter(PASSPHRASE, "phone")
    assert entry is not None
    assert keys.who(entry.session) == "parent"
    assert keys.enter("lantern under the stair", "phone") is None
    assert keys.who("anything") is None


def test_a_box_is_claimed_once(keys: Keys) -> None:
    with pytest.raises(DeskError, match="has its passphrase already"):
        keys.claim("another good passphrase")


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    with pytest.raises(DeskError, match="at least 10"):
        keys.claim("  short    ")
    assert not keys.claimed


def test_a_passphrase_comes_from_a_file_at_first_start_and_only_then(tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.write_text(f"{PASSPHRASE}\nthe cat's birthday\n", encoding="utf-8")
    keys = Keys(tmp_path / "keys.json")
    assert keys.claim_from(note)
    assert not keys.claim_from(note)
    assert Keys(tmp_path / "keys.json").enter(PASSPHRASE, "phone")


def test_a_missing_passphrase_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="nowhere"):
        Keys(tmp_path / "keys.json").claim_from(tmp_path / "nowhere")


def test_sessions_survive_a_restart_and_end_in_their_time(keys: Keys, tmp_path: Path, clock: Clock) -> None:
    parent, child = keys.begin("parent"), keys.begin("child")
    keys.save()
    again = Keys(tmp_path / "keys.json", clock)
    assert (again.who(parent.session), again.who(child.session)) == ("parent", "child")
    clock.now += 8 * DAY_S
    assert (again.who(parent.session), again.who(child.session)) == ("parent", None)
    clock.now += 30 * DAY_S
    assert again.who(parent.session) is None


def test_whoever_leaves_is_a_stranger(keys: Keys) -> None:
    entry = keys.begin("parent")
    keys.leave(entry.session)
    assert keys.who(entry.session) is None


def test_a_code_lets_a_grown_up_in_for_one_evening(keys: Keys, clock: Clock) -> None:
    code, until = keys.invite()
    entry = keys.enter(code.lower().replace("-", " "), "guest")
    assert entry is not None
    assert keys.who(entry.session) == "grown_up"
    clock.now = until + 1
    assert keys.who(entry.session) is None
    assert keys.enter(code, "guest") is None


def test_a_new_code_ends_the_one_before(keys: Keys) -> None:
    old, _ = keys.invite()
    guest = keys.enter(old, "guest")
    keys.invite()
    assert guest is not None
    assert keys.who(guest.session) is None
    assert keys.enter(old, "guest") is None


def test_wrong_tries_are_remembered_through_a_restart(keys: Keys, tmp_path: Path, clock: Clock) -> None:
    for number in range(12):
        keys.enter("not the passphrase", f"192.168.1.{number}")
    keys.save()
    assert Keys(tmp_path / "keys.json", clock).wait_s("192.168.1.99") == 8


def test_nothing_in_the_file_opens_a_door(keys: Keys, tmp_path: Path) -> None:
    session, (code, _) = keys.begin("parent").session, keys.invite()
    keys.save()
    text = (tmp_path / "keys.json").read_text()
    assert not any(secret in text for secret in (PASSPHRASE, session, code, code.replace("-", "")))
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"version": 1}', '{"sessions": [{"who": "king"}]}'])
def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path, damage: str) -> None:
    (tmp_path / "keys.json").write_text(damage)
    keys = Keys(tmp_path / "keys.json")
    assert not keys.claimed
    assert "set aside" in keys.fault
    assert (tmp_path / "keys.broken").read_text() == damage


def test_a_hand_made_session_of_another_role_is_damage(keys: Keys, tmp_path: Path) -> None:
    kept = json.loads((tmp_path / "keys.json").read_text())
    kept["sessions"] = [{"hash": "00", "who": "king", "until": 9e9}]
    (tmp_path / "keys.json").write_text(json.dumps(kept))
    assert Keys(tmp_path / "keys.json").fault


def test_a_disk_that_refuses_is_an_error_and_the_session_holds(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "keys.new").mkdir()
    entry = keys.begin("parent")
    with pytest.raises(DeskError, match="cannot be written"):
        keys.save()
    assert keys.who(entry.session) == "parent"
