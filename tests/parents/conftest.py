"""A bedroom behind a real desk, and people who open its page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parents.bedroom import Bedroom, claimed
from tests.parents.visitor import Visitor


@pytest.fixture
def bedroom(tmp_path: Path) -> Iterator[Bedroom]:
    bedroom = claimed(tmp_path)
    yield bedroom
    bedroom.desk.close()


@pytest.fixture
def new_box(tmp_path: Path) -> Iterator[Bedroom]:
    bedroom = Bedroom(tmp_path)
    yield bedroom
    bedroom.desk.close()


@pytest.fixture
def stranger(bedroom: Bedroom) -> Visitor:
    return Visitor(bedroom)


@pytest.fixture
def parent(bedroom: Bedroom) -> Visitor:
    return Visitor(bedroom).as_parent()


@pytest.fixture
def child(bedroom: Bedroom) -> Visitor:
    return Visitor(bedroom).as_child()


@pytest.fixture
def grown_up(bedroom: Bedroom, parent: Visitor) -> Visitor:
    return Visitor(bedroom).with_code(parent)
