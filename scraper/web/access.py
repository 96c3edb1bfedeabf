"""Who may come in: the Host header, the token, how often a wrong one may be tried. Pure.

Without a token everybody comes in who reaches the port (the default listens on this machine only). With one, it is shown once
and kept as a cookie that is made from it: whoever steals the cookie does not have the token, and another token ends all.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections import OrderedDict, deque
from collections.abc import Iterable

COOKIE = "darial"
COOKIE_SECONDS = 90 * 86_400
TRIES = 10  # wrong tokens of one client in
TRIES_SECONDS = 60.0
MAX_CLIENTS = 10_000  # remembered for it


class AccessControl:
    """Judges requests. ``names``: host names, besides addresses and localhost, under which we are asked for."""

    def __init__(self, token: str | None = None, names: Iterable[str] = ()) -> None:
        self.token = token
        self.names = frozenset(name.lower().rstrip(".") for name in names) | {"localhost"}
        self.cookie = cookie_of(token) if token else ""
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def is_our_name(self, host: str) -> bool:
        """Whether a Host header names us.

        A page elsewhere can make its own name point to this machine and have a browser ask us under it (DNS rebinding).
        It cannot do so with an address, nor with a name that is not its own.
        """
        name = host_of(host)
        return name is not None and (name in self.names or _is_address(name))

    def knows(self, *, cookie: str | None = None, token: str | None = None) -> bool:
        """Whether a cookie or a token is the right one; the time it takes tells nothing of what was right of it."""
        if self.token is None:
            return True
        right_cookie = cookie is not None and _same(cookie, self.cookie)
        right_token = token is not None and _same(token, self.token)
        return right_cookie or right_token

    def wait_seconds(self, client: str, now: float) -> float:
        """How long a client must wait before it may show another token; 0 for not at all."""
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


def host_of(header: str) -> str | None:
    """The name or address in a Host header, without its port; None for what is neither."""
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
