"""The guard of what we connect to: a webhook reaches public addresses only, never this machine or its network.

A name is resolved once, every address that it has must be public, and the connection goes to the address that was
looked at, so that a name which changes its mind in between gains nothing. Our own list: Python's ``is_global`` lets
pass addresses that lead back inside, such as NAT64, 6to4 and multicast.
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = IPv4Address | IPv6Address

LONGEST_URL = 1000
# Everything in IANA's special-purpose registries, and what clouds keep for themselves.
CLOSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by providers; metadata of some clouds
        "127.0.0.0/8",
        "168.63.129.16/32",  # the host of an Azure machine
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Of IPv6 only what is given out as global unicast is open, and of that not these.
OPEN_V6 = IPv6Network("2000::/3")
CLOSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarks, other assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class BadAddress(ValueError):
    """An address that no webhook may have; the text says why."""


class NotPublic(OSError):
    """A name leads to an address that is not public."""


def check_url(url: str) -> SplitResult:
    """The parts of a webhook's address. Raises BadAddress; the name is resolved only when something is sent."""
    if len(url) > LONGEST_URL:
        raise BadAddress(f"At most {LONGEST_URL} characters.")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress("Only visible ASCII characters: write names and paths encoded.")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises where it is none)
    except ValueError:
        raise BadAddress("This is not an address.") from None
    local = settings.WEBHOOKS_TO_LOOPBACK
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise BadAddress("The address must begin with https://.")
    if not parts.hostname or parts.port == 0:
        raise BadAddress("The address names no host.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("The address may hold neither user nor password: the signature proves who sends.")
    if parts.fragment:
        raise BadAddress("The address may have no part behind #.")
    _check_literal(parts.hostname)
    return parts


def _check_literal(host: str) -> None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not may_reach(address):
        raise BadAddress("This address is not public.")


def is_public(address: Address) -> bool:
    """Whether an address is one that anybody on the internet would reach."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED_V4)
    return (
        address.scope_id is None
        and address in OPEN_V6
        and not any(address in network for network in CLOSED_V6)
    )


def may_reach(address: Address) -> bool:
    """Whether a webhook may connect there: public, or this machine where the settings of a development say so."""
    if settings.WEBHOOKS_TO_LOOPBACK and any(address in network for network in LOOPBACK):
        return True
    return is_public(address)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, asked for once. Raises NotPublic if one of them is not, OSError if there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = list(dict.fromkeys(str(where[0]) for *_, where in found))
    if not addresses:
        raise OSError("The name has no address.")
    for address in addresses:
        if not may_reach(ip_address(address)):
            raise NotPublic("The name leads to an address that is not public.")
    return addresses
