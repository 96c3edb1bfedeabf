"""Check the addresses that the daemon may connect to: public unicast only. Pure.

An address comes in as text, the reason why it is refused goes out (None: it is public). IPv4 hidden in IPv6 is
unwrapped first: ``ip_address.is_global`` alone lets NAT64, 6to4, compatible and multicast addresses through.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has allocated for the public internet
_NOT_REALLY_PUBLIC = (
    IPv4Network("192.88.99.0/24"),  # 6to4 relay anycast, withdrawn (RFC 7526)
    IPv4Network("168.63.129.16/32"),  # a cloud provider's host agent behind a public number
    IPv6Network("3fff::/20"),  # documentation (RFC 9637), unknown to older Pythons
)
_EMBEDDING = (  # prefixes whose last 32 bits are an IPv4 address
    IPv6Network("::/96"),  # IPv4-compatible (RFC 4291)
    IPv6Network("::ffff:0:0/96"),  # mapped
    IPv6Network("::ffff:0:0:0/96"),  # translated (RFC 2765)
    IPv6Network("64:ff9b::/96"),  # NAT64 (RFC 6052)
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # third quarter of an ISATAP address (RFC 5214), under any prefix


def refusal_of_address(text: str) -> str | None:
    """Return why no connection may be made to this address, or None if it is a public one."""
    if "%" in text:
        return f"{text} is scoped to one link"
    try:
        address = ip_address(text)
    except ValueError:
        return f"{text!r} is not an address"
    if isinstance(address, IPv6Address):
        if address.teredo is not None:
            return f"{text} is a Teredo tunnel"
        inner = _embedded(address)
        if inner is not None:
            return None if _public(inner) else f"{text} stands for {inner}, not a public address"
    return None if _public(address) else f"{text} is not a public address"


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in network for network in _EMBEDDING):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP and address in _GLOBAL_UNICAST:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(
        address.version == network.version and address in network for network in _NOT_REALLY_PUBLIC
    )
