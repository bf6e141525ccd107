"""Which addresses callbacks may go to: rules on URLs and IP addresses, pure.

Used at every door where an address is given and again when it is connected to. What can never be delivered to is
refused at the door, with the setting that would allow it.

`ipaddress.is_global` is not enough: it is true for NAT64 and 6to4 forms of private addresses and for multicast. IPv6 is
therefore allowed only within 2000::/3, without the ranges that are embedded or reserved there.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from service.sentences import Sentence, worded

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOSED: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_OPEN_IPV6 = IPv6Network("2000::/3")
_LOOPBACK_IPV4 = IPv4Network("127.0.0.0/8")
LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
LOOPBACK_NETWORKS = "127.0.0.0/8,::1/128"
_NUMERIC = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")  # the last label; no domain ends in a number
NETWORKS_SETTING, HTTP_SETTING = "MODERATO_CALLBACK_ALLOW_PRIVATE", "MODERATO_CALLBACK_ALLOW_HTTP"
PORTS = {"https": (443, 8443), "http": (80, 8080)}
MAXIMUM = 2_000  # characters of an address


class AddressRefused(ValueError):
    """Callbacks may not go to the address; the reason says why and what would be right."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Allowances:
    """What the operator allows beside public addresses over https."""

    networks: tuple[Network, ...] = ()
    http: bool = False

    def admits(self, address: Address) -> bool:
        """Whether callbacks may connect to `address`."""
        return is_public(address) or self.admits_privately(address)

    def admits_privately(self, address: Address) -> bool:
        """Whether `address` is in a network that the operator allows."""
        return any(address.version == network.version and address in network for network in self.networks)

    @property
    def loopback(self) -> bool:
        """Whether callbacks may stay on this machine."""
        return any(self.admits_privately(address) for address in LOOPBACK)


@dataclass(frozen=True)
class Target:
    """A URL in parts: where to connect, and what to request there."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = PORTS[self.scheme][0]
        return f"{self.scheme}://{host}" + ("" if self.port == standard else f":{self.port}")


def allowances(*, networks: str, http: bool) -> Allowances:
    """Return the allowances written in the settings; raise ValueError for a network that is not valid."""
    names = [name.strip() for name in networks.split(",") if name.strip()]
    return Allowances(tuple(ip_network(name) for name in names), http)


def is_public(address: Address, /) -> bool:
    """Whether `address` is one host on the public internet."""
    if isinstance(address, IPv6Address) and address not in _OPEN_IPV6:
        return False
    return not any(address.version == network.version and address in network for network in _CLOSED)


def parse_target(url: str, allowed: Allowances, /) -> Target:
    """Return where `url` points; raise AddressRefused if the URL alone shows that no callback may go there."""
    if len(url) > MAXIMUM or any(character <= " " or character == "\x7f" for character in url) or "\\" in url:
        raise AddressRefused(
            worded(
                "the address must be a URL of at most %(most)s characters, without spaces or backslashes", most=MAXIMUM
            )
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(worded("the address is not a URL")) from None
    if parts.scheme not in PORTS:
        raise AddressRefused(worded("the address must begin with https://"))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(worded("the address must not carry a user name or password; callbacks are signed instead"))
    host = (parts.hostname or "").rstrip(".")
    if not host or "%" in host or not host.isascii():
        raise AddressRefused(worded("the address must name a host in ASCII (international names as xn--…)"))
    target = Target(parts.scheme, host, port if port is not None else PORTS[parts.scheme][0])
    _check_host(target, allowed)
    _check_scheme(target, allowed)
    _check_port_of_name(target, allowed)
    return target


def check_port(target: Target, address: Address, allowed: Allowances, /) -> None:
    """Raise AddressRefused for an unusual port on the public internet; in the operator's own networks any port is
    allowed.
    """
    if target.port not in PORTS[target.scheme] and not allowed.admits_privately(address):
        raise AddressRefused(_odd_port(target))


def is_loopback_name(host: str, /) -> bool:
    """Whether the name means this machine by definition (RFC 6761), whatever a resolver says."""
    return host == "localhost" or host.endswith(".localhost")


def _check_host(target: Target, allowed: Allowances) -> None:
    literal = _literal(target.host)
    if literal is not None and not allowed.admits(literal):
        raise AddressRefused(
            worded(
                "%(address)s is not a public address; %(setting)s allows it",
                address=literal,
                setting=_setting(NETWORKS_SETTING, _network_of(literal)),
            )
        )
    if is_loopback_name(target.host) and not allowed.loopback:
        raise AddressRefused(
            worded(
                "%(host)s is this machine; %(setting)s allows it",
                host=target.host,
                setting=_setting(NETWORKS_SETTING, LOOPBACK_NETWORKS),
            )
        )
    if literal is None and _NUMERIC.search(target.host):  # 127.1, 2130706433, 0x7f.1: read differently by every library
        raise AddressRefused(worded("an IPv4 address must be written as four decimal numbers"))


def _check_scheme(target: Target, allowed: Allowances) -> None:
    if target.scheme == "https" or allowed.http:
        return
    literal = _literal(target.host)
    if is_loopback_name(target.host) or (literal is not None and literal.is_loopback):
        return  # allowed as a network; the traffic does not leave this machine
    raise AddressRefused(
        worded(
            "the address must begin with https://; %(setting)s allows http:// as well",
            setting=_setting(HTTP_SETTING, "true"),
        )
    )


def _check_port_of_name(target: Target, allowed: Allowances) -> None:
    """Refuse a port that can never be right; a name may still lead into a network of the operator's."""
    if target.port in PORTS[target.scheme]:
        return
    literal = _literal(target.host)
    if literal is not None:
        check_port(target, literal, allowed)
    if target.port == 0 or not allowed.networks:
        raise AddressRefused(_odd_port(target))


def _odd_port(target: Target) -> Sentence:
    usual, other = PORTS[target.scheme]
    return worded(
        "port %(port)s is not allowed, use %(usual)s or %(other)s; in the networks of %(setting)s any port is allowed",
        port=target.port,
        usual=usual,
        other=other,
        setting=NETWORKS_SETTING,
    )


def _setting(name: str, value: object) -> str:
    return f"{name}={value}"


def _network_of(address: Address) -> Network:
    """Return the network to name in the setting: the whole loopback, else this address alone."""
    if address in _LOOPBACK_IPV4:
        return _LOOPBACK_IPV4
    return ip_network(address)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
