"""Which addresses may be connected to, and the one door every connection goes through.

A feed is read from the network on behalf of whoever wrote the configuration; a redirect is chosen
by a stranger. So a stranger's addresses must be public ones, or a feed could make us read
services of the machine and the network we run in.

The check is made where the socket is opened, on the address it is opened to: names and literal
addresses pass the same door, and no second name lookup can slip between check and connection.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
AddrInfo = tuple[Any, ...]
"""Family, type, protocol, canonical name, socket address: as getaddrinfo gives them."""

# The special-purpose registries of IANA (RFC 6890 and its updates), written out so that the rule
# does not change with the Python version. What is not special is public.
_SPECIAL_IPV4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # link-local, cloud metadata services (RFC 3927)
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved, with the broadcast address (RFC 1112, RFC 919)
    )
)
_SPECIAL_IPV6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "64:ff9b:1::/48",  # translation within one network (RFC 8215)
        "100::/64",  # discarded (RFC 6666)
        "2001::/23",  # protocol assignments, with Teredo and ORCHID (RFC 2928, RFC 4380)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056): leads to whatever IPv4 address it carries
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that RFC 4291 has given out so far
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits


def is_public(address: str | IPAddress) -> bool:
    """Whether an address is one that everybody on the internet can reach.

    Takes an IPv4 or IPv6 address; what is no address is not public. IPv6 addresses that carry an
    IPv4 address (mapped, NAT64) are judged by that one; tunnels (6to4, Teredo) are refused.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in block for block in _SPECIAL_IPV4)
    if parsed.ipv4_mapped is not None:
        return is_public(parsed.ipv4_mapped)
    if parsed in _NAT64:
        return is_public(ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF))
    return parsed in _GLOBAL_UNICAST and not any(parsed in block for block in _SPECIAL_IPV6)


_PRIVATE_NAMES = ("localhost", "local", "internal", "home.arpa", "lan", "intranet", "corp", "home")
"""Ends of names that no public server has (RFC 6761, 6762, 8375, and what networks use)."""


def is_plainly_private(host: str) -> bool:
    """Whether a host, as written, is no public one; what a name leads to is not looked up.

    For requests by a proxy, which does the lookup: addresses that are not public in any spelling
    (also 127.1, 0x7f000001 and 2130706433, which the lookup may read as one), names without a
    dot, and names that are kept for private networks.
    """
    name = host.strip("[]").rstrip(".").lower()
    last = name.rpartition(".")[2]
    if ":" in name or last.isdigit() or last.startswith("0x"):
        return not is_public(name)
    return "." not in name or name.endswith(tuple(f".{each}" for each in _PRIVATE_NAMES))


class PrivateAddressError(OSError):
    """A connection to an address that is not public was asked for and not made."""

    def __init__(self) -> None:
        # One text for all addresses: where a name has several, the connecting library merges
        # faults with equal texts into the first, and the kind of fault survives.
        super().__init__("the address is not a public one")


def open_socket(address_info: AddrInfo) -> socket.socket:
    """A socket for the address given, whatever it is: for hosts that the configuration names."""
    family, kind, protocol = address_info[:3]
    return socket.socket(family=family, type=kind, proto=protocol)


def open_public_socket(address_info: AddrInfo) -> socket.socket:
    """A socket for a public address; raises ``PrivateAddressError`` for any other."""
    if not is_public(address_info[4][0]):
        raise PrivateAddressError
    return open_socket(address_info)
