"""Wrap the application: let in only allowed requests, and add headers to every answer.

Only GET and HEAD reach the application. ``with_etags`` answers 304 to a client that has the same body already.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from scraper.web import templates
from scraper.web.access import COOKIE, COOKIE_SECONDS, AccessControl

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

TOKEN_PATH = "/token"  # noqa: S105  (an address)
MAX_FORM_BYTES = 8192  # a token, and the address asked for
FORM_SECONDS = 10.0
TOKEN_IN_URL = (
    "/feed.",
    "/opml",
    "/metrics",
)  # for programs that keep no cookies and send no headers of their own
OPEN = ("/static/", "/healthz", "/readyz")  # they show nothing of the archive, so they need no token

# Only our own files run or load, nobody may frame the pages, and no script may turn text into markup.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Headers = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"vary", b"Accept-Encoding"),
]
_NO_GZIP = re.compile(
    rb"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|\Z)"
)  # the compression asks only whether gzip is named


class Middleware:
    """An ASGI application around another one."""

    def __init__(self, inner: Application, access: AccessControl, *, monotonic: Callable[[], float]) -> None:
        self._inner, self._access, self._monotonic = inner, access, monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        send = _with_headers(scope, send)
        headers = dict(scope["headers"])
        method, path = scope["method"], scope["path"]
        if not self._access.is_our_name(headers.get(b"host", b"").decode("latin-1")):
            await _respond(send, 421, _page(421, "This is not an address of this Darial."))
        elif path == TOKEN_PATH and method == "POST":
            await self._token(await _form(receive), scope, send)
        elif method not in ("GET", "HEAD"):
            page = _page(405, "Darial's pages are for reading only.")
            await _respond(send, 405, page, [(b"allow", b"GET, HEAD")])
        elif path.startswith(OPEN) or await self._may_enter(scope, headers, send):
            kept = [h for h in scope["headers"] if h[0] != b"accept-encoding" or not _NO_GZIP.search(h[1])]
            await self._inner({**scope, "method": "GET", "headers": kept}, receive, send)

    async def _may_enter(self, scope: Scope, headers: dict[bytes, bytes], send: Send) -> bool:
        """Return True if a request carries the cookie or the token; otherwise answer it."""
        if self._access.knows(cookie=_cookie(headers)):
            return True
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        asked = next((value for key, value in query if key == "token"), None)
        bearer = headers.get(b"authorization", b"").decode("latin-1")
        token = asked if asked is not None else bearer[7:] if bearer.lower().startswith("bearer ") else None
        if token is None:
            await _respond(send, 401, self._token_page(scope), [(b"www-authenticate", b"Bearer")])
            return False
        if not await self._is_correct(token, scope, send):
            return False
        if asked is None or scope["path"].startswith(TOKEN_IN_URL):
            return True
        await self._log_in(_address(scope), scope, send)
        return False

    async def _token(self, form: dict[str, str], scope: Scope, send: Send) -> None:
        to = form.get("to", "/")
        if await self._is_correct(form.get("token", ""), scope, send, to=to):
            await self._log_in(to, scope, send)

    async def _is_correct(self, token: str, scope: Scope, send: Send, *, to: str = "") -> bool:
        """Return True for the token; otherwise answer. Who guesses wrong too often waits; the right token needs not."""
        if self._access.knows(token=token):
            return True
        client, now = (scope.get("client") or ("",))[0], self._monotonic()
        if wait := self._access.wait_seconds(client, now):
            problem = f"Too many wrong tokens: try again in {wait:.0f} seconds."
            page, header = self._token_page(scope, problem, 429, to=to), (b"retry-after", b"%d" % (wait + 1))
            await _respond(send, 429, page, [header])
            return False
        self._access.was_wrong(client, now)
        page = self._token_page(scope, "That is not the token.", to=to)
        await _respond(send, 401, page, [(b"www-authenticate", b"Bearer")])
        return False

    async def _log_in(self, to: str, scope: Scope, send: Send) -> None:
        """Keep the token in a cookie and redirect to the page asked for, on this server only."""
        to = quote(to, safe="/?#[]@!$&'()*+,;=%:~") if to.isprintable() else "/"
        if not to.startswith("/") or to.startswith(("//", "/%5C")) or to.partition("?")[0] == TOKEN_PATH:
            to = "/"
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{COOKIE}={self._access.cookie}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
        headers = [(b"location", to.encode()), (b"set-cookie", cookie.encode())]
        await _respond(send, 303, (b"", "text/plain"), headers)

    def _token_page(
        self, scope: Scope, problem: str = "", status: int = 401, *, to: str = ""
    ) -> tuple[bytes, str]:
        if scope["path"].startswith("/api/"):
            message = problem or "a token is needed: Authorization: Bearer TOKEN"
            problem_code = "too_many_tries" if status == 429 else "token_needed"
            return templates.problem_json(problem_code, message), "application/json"
        to = to or ("/" if scope["path"] == TOKEN_PATH else _address(scope))
        return templates.token_page(problem=problem, to=to), "text/html"


def _address(scope: Scope) -> str:
    """Return the address that was asked for, without a token."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    rest = urlencode([(key, value) for key, value in query if key != "token"])
    return quote(scope["path"]) + (f"?{rest}" if rest else "")


def _with_headers(scope: Scope, send: Send) -> Send:
    """Add to an answer the headers that it lacks. Leave out the body if the client asked with HEAD."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name for name, _ in message["headers"]}
            cache = b"private, no-cache" if message["status"] in (200, 304) else b"no-store"
            added = [pair for pair in [*HEADERS, (b"cache-control", cache)] if pair[0] not in names]
            message = {**message, "headers": [*message["headers"], *added]}
        elif scope["method"] == "HEAD":
            message = {**message, "body": b""}
        await send(message)

    return send_on


async def _respond(
    send: Send, status: int, page: tuple[bytes, str], headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    body, media_type = page
    fields = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


def with_etags(inner: Application) -> Application:
    """Give every whole 200 answer an ETag, and answer 304 to a client that has the same body. Streams pass unchanged."""

    async def tagged(scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
                return
            if start is not None:
                first, start = start, None
                if not message.get("more_body"):
                    first, message = _tagged(
                        dict(scope["headers"]).get(b"if-none-match", b""), first, message
                    )
                await send(first)
            await send(message)

        await inner(scope, receive, send_tagged)

    return tagged


def _tagged(if_none_match: bytes, start: Message, message: Message) -> tuple[Message, Message]:
    # weak: the same text has the same tag, compressed or not
    etag = f'W/"{hashlib.blake2b(message["body"], digest_size=9).hexdigest()}"'
    headers = [*start["headers"], (b"etag", etag.encode())]
    if not matches_etag(if_none_match.decode("latin-1"), etag):
        return {**start, "headers": headers}, message
    kept = [pair for pair in headers if pair[0] in (b"cache-control", b"etag")]
    return {**start, "status": 304, "headers": kept}, {**message, "body": b""}


def matches_etag(if_none_match: str, etag: str) -> bool:
    """Return True if the client has the body with this ETag (RFC 9110 section 13.1.2: weak comparison)."""
    tags = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags


def _page(status: int, message: str) -> tuple[bytes, str]:
    return templates.refusal_page(status, message), "text/html"


def _cookie(headers: dict[bytes, bytes]) -> str | None:
    try:
        jar = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return None
    return jar[COOKIE].value if COOKIE in jar else None


async def _form(receive: Receive) -> dict[str, str]:
    """Return the fields of a small form; none of a form larger than any token, or that takes too long."""
    body = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FORM_SECONDS):
            while len(body) <= MAX_FORM_BYTES:
                message = await receive()
                if message["type"] != "http.request":
                    return {}
                body += message.get("body", b"")
                if not message.get("more_body"):
                    return dict(parse_qsl(body[:MAX_FORM_BYTES].decode("utf-8", "replace")))
    return {}
