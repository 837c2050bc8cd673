"""Which device is meant by a name, and that an echo is cancelled where it can be."""

from __future__ import annotations

import pytest

from device.sound_devices import chosen, is_cancelled

BEDSIDE, HALL = "Bedside Analog Mono", "Hall Analog Stereo"
CANCELLED = "Bedside Analog Mono (echo cancelled with Bedside Loudspeaker)"


def test_a_part_of_its_name_is_enough_and_capitals_do_not_matter() -> None:
    assert chosen("bedside", (HALL, BEDSIDE)) == BEDSIDE


def test_without_a_name_it_is_the_systems_own() -> None:
    assert chosen("", (HALL, BEDSIDE)) == ""


def test_one_that_is_not_there_is_none() -> None:
    assert chosen("bedside", (HALL,)) is None


@pytest.mark.parametrize("wanted", ["", "bedside"])
def test_where_the_echo_of_one_is_cancelled_that_is_meant(wanted: str) -> None:
    assert chosen(wanted, (HALL, BEDSIDE, CANCELLED)) == CANCELLED


def test_another_ones_cancelled_echo_helps_nothing() -> None:
    assert chosen("hall", (HALL, BEDSIDE, CANCELLED)) == HALL


@pytest.mark.parametrize("name", [CANCELLED, "Echo-Cancel Source", "Echo Cancellation Sink", "echo-cancel-capture"])
def test_the_names_that_sound_systems_give_are_known(name: str) -> None:
    assert is_cancelled(name)
