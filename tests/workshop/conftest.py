"""A prepared Max, made once for all tests of the workshop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.workshop import catalogue, voices
from device.workshop.prepare import prepare
from device.workshop.render import Workshop

JOE = "en_US-joe-medium"


@pytest.fixture(scope="session")
def joe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """-> a data folder in which Max's voice is prepared."""
    folder = tmp_path_factory.mktemp("data")
    model = voices.find(JOE, folder)
    assert model is not None
    prepare(model, catalogue.prepared_folder(JOE, folder))
    return folder


@pytest.fixture
def data_dir(joe: Path, tmp_path: Path) -> Path:
    """-> a data folder of this test's own, with the prepared voice in it."""
    (tmp_path / "voices").symlink_to(joe / "voices")
    return tmp_path


@pytest.fixture(scope="module")
def workshop(joe: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """-> a workshop for tests that leave it as they found it; starting a child takes a second."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "voices").symlink_to(joe / "voices")
    made = Workshop(folder)
    yield made
    made.close()


@pytest.fixture
def own(data_dir: Path) -> Iterator[Workshop]:
    """-> a workshop of this test's own."""
    made = Workshop(data_dir)
    yield made
    made.close()
