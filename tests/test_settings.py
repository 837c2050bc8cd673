"""Settings: every wrong value names its file, its table, its key, the value and what to write."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from device.errors import SettingsError
from device.settings import Settings, load


def wrong(tmp_path: Path, text: str) -> str:
    """-> what is said about a file with this in it."""
    file = tmp_path / "device.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as fault:
        load(file)
    said = str(fault.value)
    assert str(file) in said
    assert said.endswith(".")
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("table", "key", "value", "remedy"),
    [
        ("child", "age", '"twelve"', "a whole number"),
        ("child", "age", "true", "a whole number"),
        ("child", "age", "99", "ages 4 to 13"),
        ("child", "name", "7", "text in quotes"),
        ("place", "zone", '"Mars/Olympus"', "Europe/Berlin"),
        ("place", "zone", '"../etc/passwd"', "Europe/Berlin"),
        ("evening", "wake", '"half past six"', 'a time such as "20:45"'),
        ("evening", "wake", "645", 'a time such as "20:45"'),
        ("evening", "check_in", '"yes"', "true or false"),
        ("sound", "volume", '"loud"', "a number"),
        ("sound", "volume", "1.5", "from 0 to 1"),
        ("sound", "volume", "nan", "from 0 to 1"),
        ("board", "motor", "2", "from 9 to 27"),
        ("board", "wearable", '"ring"', "pebble"),
        ("page", "port", "99999", "65535"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(
    tmp_path: Path, table: str, key: str, value: str, remedy: str
) -> None:
    said = wrong(tmp_path, f"[{table}]\n{key} = {value}\n")
    for part in (f"[{table}]", key, value.strip('"').replace("true", "True"), remedy):
        assert part in said


def test_an_unknown_key_is_named_with_those_there_are(tmp_path: Path) -> None:
    said = wrong(tmp_path, '[child]\nnick = "Ben"\n')
    assert "[child]" in said
    assert "no key nick" in said
    assert "name, age, grown_up" in said


def test_an_unknown_table_is_named_with_those_there_are(tmp_path: Path) -> None:
    said = wrong(tmp_path, "[lamp]\n")
    assert "[lamp]" in said
    assert "child, place, evening, sound, board, page" in said
    assert "table" in wrong(tmp_path, "child = 3\n")


def test_a_wristband_is_for_eight_years_and_older(tmp_path: Path) -> None:
    said = wrong(tmp_path, '[child]\nage = 7\n[board]\nwearable = "wristband"\n')
    assert "eight years" in said
    assert '"pebble"' in said
    (tmp_path / "device.toml").write_text('[child]\nage = 8\n[board]\nwearable = "wristband"\n')
    assert load(tmp_path / "device.toml").board.wearable == "wristband"


@pytest.mark.parametrize("content", [b"[child\n", b"\xff\xfe", b"\x00"])
def test_a_file_that_is_no_toml_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "device.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"cannot be read: .* Mend it or move it away"):
        load(tmp_path / "device.toml")


def test_what_cannot_be_opened_is_said_as_well(tmp_path: Path) -> None:
    (tmp_path / "device.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "device.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / ("long" * 100) / "device.toml")


def test_where_nothing_is_written_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path / "device.toml") == Settings()
    (tmp_path / "file").write_text("")
    assert load(tmp_path / "file" / "device.toml") == Settings()


def test_what_is_written_holds_and_the_rest_is_default(tmp_path: Path) -> None:
    text = '[evening]\nwake = "07:10"\ncheck_in = false\n[sound]\nvolume = 1\n'
    (tmp_path / "device.toml").write_text(text)
    found = load(tmp_path / "device.toml")
    assert (found.evening.wake, found.evening.check_in, found.sound.volume) == (time(7, 10), False, 1.0)
    assert found.child == Settings().child
