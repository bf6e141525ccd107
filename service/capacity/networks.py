"""The network that an address counts as, for every rate, lock-out and place that is an address's.

Whoever has one IPv6 address has the 2**64 of its network as well, and may take another for every request (RFC 7934).
"""

from ipaddress import IPv6Address, ip_address, ip_network

SUBNET = 64  # bits of the prefix that one host has at least; a rented /48 has 65,536 of these
LONGEST = 64  # characters that are kept of what is no address


def network_of(address: str, /) -> str:
    """Return an IPv4 address as it is, also where it is written as an IPv6 one, and the /64 of any other IPv6 one."""
    try:
        known = ip_address(_without_port(address))
    except ValueError:
        return address[:LONGEST]
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:  # what a socket for both says of an IPv4 client
        return str(known.ipv4_mapped)
    return str(ip_network((int(known), SUBNET), strict=False))


def _without_port(address: str) -> str:
    # Some proxies name it in X-Forwarded-For; with it, every connection would be another address.
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
