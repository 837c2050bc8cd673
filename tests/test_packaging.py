"""What a wheel holds: the code, and every story, voice, phrase, page and migration it cannot do without."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = ROOT / ".ci" / "requirements.lock"
LEFT_AT_HOME = {"__pycache__", "_data"}


def data_files(folder: str) -> set[str]:
    """-> what is in `folder` of the checkout, below it, hidden files and caches apart."""
    root = ROOT / folder
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if not LEFT_AT_HOME & set(path.parts) and path.name[0] != "."}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """-> a folder with the built wheel's content, as it stands in site-packages."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("sleepsync-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run_installed(site: Path, *arguments: str) -> str:
    """-> what Python prints with the wheel in front of the checkout, standing elsewhere."""
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONWARNINGS": ""}
    done = subprocess.run([sys.executable, *arguments], cwd=site, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_wheel_holds_every_file_the_device_reads(installed: Path) -> None:
    inside = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert {f"device/{name}" for name in data_files("device")} <= inside
    assert {f"device/_data/stories/{name}" for name in data_files("stories")} <= inside
    assert {f"device/_data/voices/{name}" for name in data_files("voices")} <= inside
    for kind in ("night/phrases/", "acts/migrations/", "parents/templates/", "parents/static/"):
        assert any(name.startswith(f"device/{kind}") for name in inside), kind


@pytest.mark.slow
def test_a_wheel_puts_nothing_but_the_package_into_site_packages(installed: Path) -> None:
    top = {path.name for path in installed.iterdir()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"device"}


@pytest.mark.slow
def test_an_installed_device_finds_its_own_stories_and_voices(installed: Path) -> None:
    code = "import json; from device import assets; print(json.dumps([str(assets.stories()), str(assets.voices())]))"
    stories, voices = json.loads(run_installed(installed, "-c", code))
    assert Path(stories) == installed / "device" / "_data" / "stories"
    assert Path(voices) == installed / "device" / "_data" / "voices"


@pytest.mark.slow
def test_an_installed_device_lists_and_checks_its_stories(installed: Path) -> None:
    listed = json.loads(run_installed(installed, "-m", "device", "stories", "list", "--json"))
    stories = {Path(name).stem for name in data_files("stories")} - {"README"}
    assert {story["slug"] for story in listed} <= stories
    assert len(listed) >= 4
    run_installed(installed, "-m", "device", "stories", "check")


def test_the_lock_holds_every_dependency_with_hashes_and_names_no_place() -> None:
    lock = LOCK.read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.split(r"[<>=!~; \[]", line)[0].lower() for line in wanted}
    blocks = re.split(r"\n(?=[a-z])", lock)
    locked = {block.split("==")[0] for block in blocks}
    assert names - locked == set()
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock
