"""How often somebody may try: sign-in attempts that get slower, and messages that come too fast."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

_FREE_PER_ADDRESS, _FREE_PER_DEVICE = 5, 10
"""Wrong attempts before the first wait: room for a tired parent's typing."""
_LONGEST_S = 3600.0
"""One attempt an hour is 8,760 a year: hopeless against ten characters."""
_ADDRESSES = 256
"""More than a home has; the oldest are forgotten first."""


@dataclass
class Failures:
    """Wrong attempts in a row, and when the last one was (epoch seconds)."""

    count: int = 0
    last: float = 0.0

    def wait_s(self, free: int, now: float) -> float:
        """-> seconds until the next attempt, doubling with each wrong one; a stepped clock never makes it longer."""
        if self.count < free:
            return 0.0
        delay = min(_LONGEST_S, 2.0 ** min(self.count - free + 1, 12))
        return min(delay, max(0.0, self.last + delay - now))


class Attempts:
    """Wrong attempts, for each address and for the whole device: fifty addresses are no faster than one."""

    def __init__(self, device: Failures) -> None:
        self.device = device
        self._addresses: OrderedDict[str, Failures] = OrderedDict()

    def wait_s(self, address: str, now: float) -> float:
        """-> seconds this address has to wait before it may try (0 where it may)."""
        own = self._addresses.get(address, Failures())
        return max(own.wait_s(_FREE_PER_ADDRESS, now), self.device.wait_s(_FREE_PER_DEVICE, now))

    def failed(self, address: str, now: float) -> None:
        for failures in (self.device, self._addresses.setdefault(address, Failures())):
            failures.count, failures.last = failures.count + 1, now
        self._addresses.move_to_end(address)
        while len(self._addresses) > _ADDRESSES:
            self._addresses.popitem(last=False)

    def forgive(self) -> None:
        """Somebody got in, or stands at the box and holds its button: everybody begins anew."""
        self._addresses.clear()
        self.device.count = 0


class Pace:
    """At most `burst` messages at once and `per_s` a second, for each address."""

    def __init__(self, burst: float, per_s: float) -> None:
        self._burst, self._per_s = burst, per_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str, now: float) -> bool:
        """-> whether one more message may come at `now` (monotonic seconds); counts it where it may."""
        left, since = self._left.get(address, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_s)
        allowed = left >= 1
        self._left[address] = (left - allowed, now)
        self._left.move_to_end(address)
        while len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)
        return allowed
