"""Read robots.txt by RFC 9309: what its bytes, its status or its absence mean for us. Pure; the only import of protego.

``renewed_robots(old, answer, now)`` is the whole life of a host's rules: kept for a day, and longer while the host is down.
"No answer" forbids (section 2.3.1.4); the classic mistake is to allow.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from protego import Protego

AGENT = "Darial"  # the product token that groups in robots.txt are matched with, whatever the user agent says
MAX_BYTES = 500 * 1024  # "at least 500 kibibytes" (section 2.5); the rest is ignored
MAX_REDIRECTS = 5  # section 2.3.1.2
FRESH_SECONDS = 24 * 3600.0  # section 2.4
RETRY_SECONDS = 300.0  # when it could not be read
# When not even the host could be reached: every request until then fails at once
NETWORK_RETRY_SECONDS = 60.0
FORGIVE_SECONDS = 30 * 24 * 3600.0  # section 2.3.1.4: after 30 days of no answer, assume that there is none

_BOM = "\ufeff"
# protego takes "User-agent: Dar" for a prefix of our name; only the whole token may match (section 2.2.1)
_AGENT_LINE = re.compile(r"^([ \t]*user-agent[ \t]*:[ \t]*)([^\s/#]*)[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_NOBODY = "nobody-else"
# str.splitlines() splits at more than RFC 9309 does; in a path these are ordinary characters
_NO_LINE_ENDS = {ord(c): quote(c) for c in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"}


class RobotsRules:
    """A parsed robots.txt, reduced to the rules for us."""

    def __init__(self, body: bytes) -> None:
        text = body[:MAX_BYTES].decode(_encoding(body), "replace").removeprefix(_BOM)
        if len(body) > MAX_BYTES:
            text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]  # half a rule is no rule
        text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_NO_LINE_ENDS)
        self._parsed = Protego.parse(_AGENT_LINE.sub(_agent, text))
        self.crawl_delay = self._parsed.crawl_delay(AGENT)
        self.sitemaps = tuple(self._parsed.sitemaps)

    def allows(self, url: str) -> bool:
        return bool(self._parsed.can_fetch(url, AGENT))


def _encoding(body: bytes) -> str:
    """Return UTF-8, or the UTF-16 that a mark or the zeros of its first characters show: Windows' editors save so."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-be" if body[:1] == b"\0" else "utf-16-le" if body[1:2] == b"\0" else "utf-8"


def _agent(line: re.Match[str]) -> str:
    token = line[2].lower()
    return line[1] + (token if token in ("*", AGENT.lower()) else _NOBODY)


Answer = RobotsRules | Literal["none", "unreachable", "offline"]
"""none: there is no robots.txt (4xx). unreachable: 5xx, timeout. offline: no name, no connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsPolicy:
    """The rules of one host until ``expires`` (monotonic seconds)."""

    rules: RobotsRules | None  # the last good copy; None: there is no robots.txt
    readable: bool  # False: the last attempt failed
    known: bool  # a copy, or its absence, was seen once
    expires: float
    failing_since: float | None = None

    def allows(self, url: str, now: float) -> bool | None:
        """Return True if a URL may be requested; None if that is unknown, which forbids it."""
        if self.rules is not None:
            return self.rules.allows(url)
        if self.known:
            return True
        if self.failing_since is not None and now - self.failing_since >= FORGIVE_SECONDS:
            return True
        return None

    @property
    def crawl_delay(self) -> float | None:
        return self.rules.crawl_delay if self.rules is not None else None


def renewed_robots(old: RobotsPolicy | None, answer: Answer, now: float) -> RobotsPolicy:
    """Return the policy after one attempt to read robots.txt."""
    if isinstance(answer, RobotsRules):
        return RobotsPolicy(rules=answer, readable=True, known=True, expires=now + FRESH_SECONDS)
    if answer == "none":
        return RobotsPolicy(rules=None, readable=True, known=True, expires=now + FRESH_SECONDS)
    since = old.failing_since if old is not None and old.failing_since is not None else now
    forgiven = now - since >= FORGIVE_SECONDS
    return RobotsPolicy(
        rules=None if old is None or forgiven else old.rules,
        readable=False,
        known=(old is not None and old.known) or forgiven,
        expires=now + (NETWORK_RETRY_SECONDS if answer == "offline" else RETRY_SECONDS),
        failing_since=since,
    )


def meaning_of_status(status: int) -> Literal["rules", "none", "unreachable"]:
    """Return what a status of robots.txt means. Redirects were followed before; one that leads nowhere is "none"."""
    return "rules" if 200 <= status < 300 else "none" if status < 500 else "unreachable"
