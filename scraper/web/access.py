"""Decide who may use the web server: the Host header, the token, how often a wrong token may be tried. Pure.

Without a token everybody who reaches the port may (by default only this machine). With one, a browser shows it once and gets a
cookie derived from it: a stolen cookie does not reveal the token, and a new token makes all cookies invalid.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections import OrderedDict, deque
from collections.abc import Iterable

COOKIE = "darial"
COOKIE_SECONDS = 90 * 86_400
TRIES = 10  # wrong tokens of one client within TRIES_SECONDS
TRIES_SECONDS = 60.0
MAX_CLIENTS = 10_000  # whose wrong tokens are remembered


class AccessControl:
    """Checks requests. ``names``: our host names, besides addresses and localhost."""

    def __init__(self, token: str | None = None, names: Iterable[str] = ()) -> None:
        self.token = token
        self.names = frozenset(name.lower().rstrip(".") for name in names) | {"localhost"}
        self.cookie = cookie_of(token) if token else ""
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def is_our_name(self, host: str) -> bool:
        """Return True if a Host header names this server.

        A foreign page can make its own host name point to this machine, and have a browser send requests here (DNS
        rebinding). It cannot do so with an address, or with a name that is not its own.
        """
        name = host_in_header(host)
        return name is not None and (name in self.names or _is_address(name))

    def knows(self, *, cookie: str | None = None, token: str | None = None) -> bool:
        """Return True if the cookie or the token is correct; compared in constant time."""
        if self.token is None:
            return True
        right_cookie = cookie is not None and _same(cookie, self.cookie)
        right_token = token is not None and _same(token, self.token)
        return right_cookie or right_token

    def wait_seconds(self, client: str, now: float) -> float:
        """Return how long a client must wait before it may try another token; 0 if it need not."""
        tries = self._wrong.get(client)
        if tries is None or len(tries) < TRIES:
            return 0.0
        return max(0.0, tries[0] + TRIES_SECONDS - now)

    def was_wrong(self, client: str, now: float) -> None:
        tries = self._wrong.setdefault(client, deque(maxlen=TRIES))
        self._wrong.move_to_end(client)
        tries.append(now)
        while len(self._wrong) > MAX_CLIENTS:
            self._wrong.popitem(last=False)


def host_in_header(header: str) -> str | None:
    """Return the name or address in a Host header, without the port; None if it is malformed."""
    if header.startswith("["):
        name, bracket, port = header[1:].partition("]")
        return name if bracket and (not port or port[1:].isdigit()) else None
    name, _, port = header.lower().partition(":")
    return name.rstrip(".") if name and (not port or port.isdigit()) else None


def cookie_of(token: str) -> str:
    return hmac.new(token.encode(), b"darial web session", hashlib.sha256).hexdigest()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
