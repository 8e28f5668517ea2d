"""Who guesses tokens: wrong ones by address, and how long an address must wait. And which hosts only this machine reaches."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

FAILURES = 10  # wrong tokens from one address before it must wait
WAIT_SECONDS = 60
ADDRESSES = 10_000  # remembered at most: an attacker with more addresses than that cannot fill the memory


@dataclass
class Guesses:
    """Wrong tokens of late, by address. Thread-safe."""

    _failures: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, address: str) -> int:
        """Seconds before the next try of this address is looked at; 0 when it may try."""
        with self._lock:
            count, since = self._failures.get(address, (0, 0.0))
        left = since + WAIT_SECONDS - time.monotonic()
        return int(left) + 1 if count >= FAILURES and left > 0 else 0

    def note(self, address: str) -> None:
        """A wrong token came from this address."""
        now = time.monotonic()
        with self._lock:
            count, since = self._failures.pop(address, (0, now))
            recent = now - since < WAIT_SECONDS
            self._failures[address] = (count + 1 if recent else 1, since if recent and count + 1 < FAILURES else now)
            while len(self._failures) > ADDRESSES:
                self._failures.popitem(last=False)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._failures.clear()


def is_loopback(host: str) -> bool:
    """Whether a server bound to this host can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
