"""Keep the cookies that one chain of redirects cannot do without: asked again by the address that set them. Pure.

Nothing is sent until a chain comes back to an address that it has asked (a consent or robot check that wants its cookie),
and then to the host that set it only. The jar ends with the chain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_COOKIES = 20
MAX_COOKIE_CHARS = 4096  # of one chain
_PAIR = re.compile(
    rb"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*\"?([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e ]*)\"?\s*(?:;|\Z)"
)


class ChainCookies:
    """The cookies of one chain of redirects."""

    def __init__(self) -> None:
        self._jars: dict[str, dict[str, str]] = {}
        self._fresh = False
        self._demanded = False

    def keep(self, host: str, headers: Iterable[bytes]) -> None:
        """Keep what the Set-Cookie headers of an answer of ``host`` say; attributes matter to no chain."""
        jar = self._jars.setdefault(host, {})
        for header in headers:
            if match := _PAIR.match(header):
                name, value = match[1].decode("ascii"), match[2].decode("ascii").rstrip()
                self._fresh = self._fresh or jar.get(name) != value
                jar[name] = value

    def demand(self) -> bool:
        """Return whether asking an address again may bring something else: a cookie has come that was not sent yet."""
        size = sum(len(name) + len(value) for jar in self._jars.values() for name, value in jar.items())
        count = sum(map(len, self._jars.values()))
        useful = self._fresh and count <= MAX_COOKIES and size <= MAX_COOKIE_CHARS
        self._demanded = self._demanded or useful
        self._fresh = False
        return useful

    def headers(self, host: str) -> dict[str, str]:
        """Return the Cookie header for a host, if there is one to be sent."""
        jar = self._jars.get(host) if self._demanded else None
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
