"""The addresses of hosts, and which of them are private."""

from __future__ import annotations

import ipaddress
import socket
from urllib.request import getproxies

from tuckan.wire.address import origin

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_private(address: str) -> bool:
    """Whether an IP address is not one of the public internet: private, loopback, link-local, shared or reserved.

    Args:
        address: an IPv4 or IPv6 address, perhaps with a scope.

    Example:
        >>> is_private("10.0.0.7"), is_private("169.254.169.254"), is_private("::ffff:127.0.0.1"), is_private("9.9.9.9")
        (True, True, True, False)
    """
    try:
        one = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(one, ipaddress.IPv6Address):
        inside = one.ipv4_mapped or one.sixtofour or (ipaddress.IPv4Address(one.packed[12:]) if one in _NAT64 else None)
        if inside is not None:
            return is_private(str(inside))
    return not one.is_global or one.is_multicast


def addresses_of(url: str) -> list[str]:
    """The IP addresses of the host of a URL.

    Args:
        url: the address.

    Raises:
        OSError: when its name cannot be resolved.
    """
    _, host, port = origin(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r:.100} is not a host name") from error
    return [str(one[4][0]) for one in found]


def has_proxy(given: str | None) -> bool:
    """Whether requests go through a proxy, which resolves names itself.

    Args:
        given: the address of a proxy, or None to use the environment.
    """
    return given is not None or bool({"http", "https", "all"} & set(getproxies()))
