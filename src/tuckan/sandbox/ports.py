"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING, TypeVar

from tuckan.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

T = TypeVar("T")

PORTS = range(20_000, 32_000)
"""Below those that systems hand out for outgoing connections, so that a stopped sandbox finds its own free again."""

ATTEMPTS = 5
"""How often ports are chosen for one start: each attempt finds one taken only if somebody else just started there."""


class PortTaken(SandboxError):
    """A port that was free when it was chosen is another process's now."""


def free_ports(*names: str, taken: Collection[int] = ()) -> dict[str, int]:
    """A free port for each name, all different, and chosen at random: two that look at once hardly find the same.

    Args:
        names: what the ports are for.
        taken: ports that are meant for others, who may not be listening now.

    Raises:
        SandboxError: when there are not that many.
    """
    candidates = random.sample(PORTS, len(PORTS))
    free = (port for port in candidates if port not in taken and is_free(port))
    found = dict(zip(names, free, strict=False))
    if len(found) < len(names):
        raise SandboxError(
            f"Of the ports from {PORTS[0]} to {PORTS[-1]} too few are free.", hint="End what listens there."
        )
    return found


def is_free(port: int) -> bool:
    """Whether nothing listens on a port."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def with_free_ports(start: Callable[[], T], tell: Callable[[str], object]) -> T:
    """Start something that chooses its ports itself, again with other ports if one was taken in the meantime.

    Args:
        start: chooses ports and starts what listens there.
        tell: is called with a sentence about each port that was taken.

    Raises:
        PortTaken: when a port is taken each time.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return start()
        except PortTaken as taken:
            if attempt == ATTEMPTS:
                raise
            tell(f"{taken.message} Choosing other ports")
    raise AssertionError
