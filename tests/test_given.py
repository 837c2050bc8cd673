"""What the house hands to the night: the family's zone, agreement and stories."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device import assets
from device import given as reading
from device.errors import SettingsError, StoryError
from device.settings import Child, Evening, Place, Settings


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """-> a data folder with one story of the family's that takes the place of ours, and one of their own."""
    (tmp_path / "stories").mkdir()
    ours = min(file for file in assets.stories().glob("*.md") if file.stem != "README")
    text = ours.read_text(encoding="utf-8")
    for slug in (ours.stem, "grandmas-boat"):
        (tmp_path / "stories" / f"{slug}.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_zone_is_the_settings_or_the_computers_own() -> None:
    assert reading.zone(Settings(place=Place(zone="Asia/Tokyo"))) == ZoneInfo("Asia/Tokyo")
    assert datetime.now(reading.zone(Settings())).utcoffset() == datetime.now().astimezone().utcoffset()


@pytest.mark.parametrize("where", ["/etc/nonsense", "/usr/share/zoneinfo/Mars/Olympus"])
def test_a_computer_without_a_zone_lives_in_utc(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setattr(Path, "resolve", lambda path: Path(where))
    assert reading.zone(Settings()).key == "UTC"


@pytest.mark.parametrize(("age", "written", "asks"), [
    (9, None, True), (10, None, False), (9, False, False), (10, True, True),
])  # fmt: skip
def test_there_is_a_check_in_below_ten_and_where_it_is_wanted(age: int, written: bool | None, asks: bool) -> None:
    agreed = reading.promise(Settings(child=Child(age=age), evening=Evening(check_in=written)))
    assert (agreed.check_in is not None) == asks


def test_the_familys_stories_go_before_ours_of_the_same_name(family: Path) -> None:
    files = reading.story_files(family)
    slugs = [file.stem for file in files]
    assert slugs == sorted(set(slugs))
    own = {file.stem for file in files if file.is_relative_to(family)}
    assert own == {path.stem for path in (family / "stories").iterdir()}
    assert "README" not in slugs
    assert set(reading.library(family)) == set(slugs)


def test_a_broken_story_is_left_out_with_a_sentence(family: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (family / "stories" / "grandmas-boat.md").write_text("", encoding="utf-8")
    (family / "stories" / "latin.md").write_bytes(b"# Caf\xe9\n")
    found = reading.library(family)
    assert not {"grandmas-boat", "latin"} & set(found)
    assert len(found) >= 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("A story is left out. ") for line in lines)
    assert "grandmas-boat.md" in lines[0]
    assert "UTF-8" in lines[1]


def test_a_story_that_cannot_be_read_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match=r"missing\.md cannot be read"):
        reading.read_story(tmp_path / "missing.md")


def test_max_has_lines_and_without_them_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(variants and all(variants) for variants in reading.lines().values())
    monkeypatch.setattr(assets, "phrases", lambda: tmp_path)
    for text in ("[", "- 1", "good: 3"):
        (tmp_path / "max.en.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError, match="Install sleepsync again"):
            reading.lines()


def test_the_language_knows_the_familys_name_and_titles() -> None:
    known = reading.language(Child(), ["Grandma's Boat"])
    assert known.understand("tell me grandma's boat")
    assert known.understand("elara is reading tonight")
    assert known.understand("tell me a story about benny")
    assert known.understand("call benny") is None
    assert not known.understand("tell me grandpa's tractor of doom")


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_the_next_wind_down_is_ahead_and_within_a_day_or_so(hour: int) -> None:
    agreed = reading.promise(Settings(place=Place(zone="Europe/London")))
    now = datetime.combine(date(2026, 3, 4), datetime.min.time(), UTC) + timedelta(hours=hour)
    assert timedelta(0) < reading.next_wind_down(agreed, now) - now <= timedelta(hours=25)
