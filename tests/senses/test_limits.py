"""Attempts get slower, for one address and for all together; messages keep their pace."""

from device.senses.limits import Attempts, Failures, Pace


def test_a_tired_parent_may_mistype_a_few_times_without_waiting() -> None:
    attempts = Attempts(Failures())
    for _ in range(4):
        attempts.failed("phone", now=0)
    assert attempts.wait_s("phone", now=0) == 0


def test_each_wrong_attempt_after_that_doubles_the_wait() -> None:
    attempts, waits = Attempts(Failures()), []
    for _ in range(8):
        attempts.failed("phone", now=0)
        waits.append(attempts.wait_s("phone", now=0))
    assert waits[4:] == [2, 4, 8, 16]


def test_fifty_addresses_are_no_faster_than_one_a_year_long() -> None:
    attempts, now, tries = Attempts(Failures()), 0.0, 0
    while now < 365 * 86_400:
        address = f"192.168.1.{tries % 50}"
        now += attempts.wait_s(address, now)
        attempts.failed(address, now)
        tries += 1
    assert tries < 9_000


def test_a_right_passphrase_or_a_held_button_ends_every_wait() -> None:
    attempts = Attempts(Failures())
    for _ in range(20):
        attempts.failed("phone", now=0)
    attempts.forgive()
    assert attempts.wait_s("phone", now=0) == 0


def test_a_clock_that_jumped_back_years_makes_no_wait_longer() -> None:
    attempts = Attempts(Failures(count=12, last=2_000_000_000.0))
    assert attempts.wait_s("phone", now=0) <= 8


def test_a_page_that_asks_too_fast_is_slowed_and_another_is_not() -> None:
    pace = Pace(burst=3, per_s=1)
    assert [pace.allows("fast", 0) for _ in range(4)] == [True, True, True, False]
    assert pace.allows("calm", 0)
    assert pace.allows("fast", 1.5)
