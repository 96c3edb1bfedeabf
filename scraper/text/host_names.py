"""Write host names in the form in which they are requested: ASCII, lower case, every label valid. Pure; the only import of idna.

Names are mapped by UTS 46 before they become ASCII, as browsers do (և is եւ, ß stays ß). What IDNA 2008 refuses after that,
emoji for example, is no host name.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import idna

MAX_HOST_CHARS = 253
MAX_TYPED_CHARS = 1024  # before mapping, which may leave characters out

_LABEL = re.compile(r"[a-z0-9_-]{1,63}\Z")
_PREFIX = "xn--"  # of a label whose letters are not ASCII


def ascii_host(host: str) -> str:
    """Return a host name, or an IP address without brackets, in the form in which it is requested. Raises ValueError if it is invalid."""
    if ":" in host:
        address = ipaddress.IPv6Address(host)
        if address.scope_id is not None:
            raise ValueError("the address belongs to one network card")
        return address.compressed
    return _ascii_name(host)


@lru_cache(maxsize=4096)  # a poll asks for the same few names again and again
def _ascii_name(host: str) -> str:
    if len(host) > MAX_TYPED_CHARS:
        raise ValueError("the host name is too long")
    if not host.isascii():
        try:
            host = idna.uts46_remap(host, std3_rules=False, transitional=False)
        except idna.IDNAError as error:
            raise ValueError(f"no host name by IDNA 2008: {error}") from None
    labels = host.lower().removesuffix(".").split(".")
    name = ".".join(_ascii_label(label) for label in labels)
    if len(name) > MAX_HOST_CHARS:
        raise ValueError("the host name is too long")
    return name


def _ascii_label(label: str) -> str:
    try:
        if not label.isascii():
            label = idna.alabel(label).decode("ascii")
        elif label.startswith(_PREFIX):
            idna.ulabel(label)
    except (idna.IDNAError, OverflowError) as error:
        raise ValueError(f"no host name by IDNA 2008: {error}") from None
    if not _LABEL.match(label):
        raise ValueError(
            f"no host name: {label!r} stands in it" if label else "a part of the host name is empty"
        )
    return label
