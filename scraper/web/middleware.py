"""The layer around every answer, whatever application is inside: the door before it, headers and encoding behind it.

Only reading methods get through. Answers that come whole are named (ETag), compressed, or left out (304); streams pass.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from scraper.web import templates
from scraper.web.access import COOKIE, COOKIE_SECONDS, AccessControl
from scraper.web.encoding import chosen_coding, compressed, etag_of, is_known

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

TOKEN_PATH = "/token"  # noqa: S105  (an address)
MAX_FORM_BYTES = 2048
TOKEN_IN_ADDRESS = (
    "/feed.",
    "/opml",
    "/metrics",
)  # for programs that keep no cookie and send no header of ours
OPEN = ("/static/", "/healthz", "/readyz")  # say nothing of the archive: no token is asked for

# Nothing runs or loads but our own files, nothing may frame us, and no script may turn a text into markup.
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
]


class Middleware:
    """An ASGI application around another one."""

    def __init__(self, inner: Application, door: AccessControl, *, monotonic: Callable[[], float]) -> None:
        self._inner, self._door, self._monotonic = inner, door, monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        answer = _Answer(scope, send)
        headers = dict(scope["headers"])
        method, path = scope["method"], scope["path"]
        if not self._door.is_our_name(headers.get(b"host", b"").decode("latin-1")):
            await answer.whole(421, _page(421, "This is not an address of this Darial."))
        elif path == TOKEN_PATH and method == "POST":
            await self._token(await _form(receive), scope, answer)
        elif method not in ("GET", "HEAD"):
            await answer.whole(
                405, _page(405, "Darial's pages are for reading only."), [(b"allow", b"GET, HEAD")]
            )
        elif not (path.startswith(OPEN) or await self._may_enter(scope, headers, answer)):
            return
        else:
            # The application knows GET; who asks with HEAD gets the same without the body.
            await self._inner({**scope, "method": "GET"}, receive, answer.send)

    async def _may_enter(self, scope: Scope, headers: dict[bytes, bytes], answer: _Answer) -> bool:
        """Whether a request carries the cookie or the token. If not, it has been answered."""
        if self._door.knows(cookie=_cookie(headers)):
            return True
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        asked = next((value for key, value in query if key == "token"), None)
        bearer = headers.get(b"authorization", b"").decode("latin-1")
        token = asked if asked is not None else bearer[7:] if bearer.lower().startswith("bearer ") else None
        if token is None:
            await answer.whole(401, self._ask(scope), [(b"www-authenticate", b"Bearer")])
            return False
        if not await self._is_right(token, scope, answer):
            return False
        if asked is None or scope["path"].startswith(TOKEN_IN_ADDRESS):
            return True
        rest = urlencode([(key, value) for key, value in query if key != "token"])
        await self._welcome(scope["path"] + (f"?{rest}" if rest else ""), scope, answer)
        return False

    async def _token(self, form: dict[str, str], scope: Scope, answer: _Answer) -> None:
        if await self._is_right(form.get("token", ""), scope, answer):
            await self._welcome(form.get("to", "/"), scope, answer)

    async def _is_right(self, token: str, scope: Scope, answer: _Answer) -> bool:
        client, now = (scope.get("client") or ("",))[0], self._monotonic()
        if wait := self._door.wait_seconds(client, now):
            say = f"Too many wrong tokens: try again in {wait:.0f} seconds."
            await answer.whole(429, self._ask(scope, say, 429), [(b"retry-after", b"%d" % (wait + 1))])
            return False
        if not self._door.knows(token=token):
            self._door.was_wrong(client, now)
            await answer.whole(
                401, self._ask(scope, "That is not the token."), [(b"www-authenticate", b"Bearer")]
            )
            return False
        return True

    async def _welcome(self, to: str, scope: Scope, answer: _Answer) -> None:
        """Keep the token in a cookie and go where the person wanted to: on this server only."""
        if not to.startswith("/") or to.startswith(("//", "/\\")) or not to.isprintable():
            to = "/"
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = (
            f"{COOKIE}={self._door.cookie}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
        )
        headers = [(b"location", to.encode("ascii", "ignore")), (b"set-cookie", cookie.encode())]
        await answer.whole(303, (b"", "text/plain"), headers)

    def _ask(self, scope: Scope, problem: str = "", status: int = 401) -> tuple[bytes, str]:
        if scope["path"].startswith("/api/"):
            said = problem or "a token is needed: Authorization: Bearer TOKEN"
            return templates.problem_json(
                "too_many_tries" if status == 429 else "token_needed", said
            ), "application/json"
        to = scope["path"] if scope["path"] != TOKEN_PATH else "/"
        return templates.token_page(problem=problem, to=to), "text/html"


class _Answer:
    """One answer on its way out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """What the application sends: whole bodies are finished, streams pass as they come."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        start, self._start = self._start, None
        if start is None:  # within a stream
            await self._send(message)
        elif message.get("more_body"):
            there = {name for name, _ in start["headers"]}
            added = [pair for pair in HEADERS if pair[0] not in there]
            await self._send({**start, "headers": [*start["headers"], *added]})
            await self._send(message)
        else:
            await self._finish(start["status"], list(start["headers"]), message.get("body", b""))

    async def whole(
        self, status: int, page: tuple[bytes, str], headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        body, media_type = page
        await self._finish(status, [(b"content-type", media_type.encode()), *headers], body)

    async def _finish(self, status: int, headers: Headers, body: bytes) -> None:
        asked = dict(self._scope["headers"])
        there = {name: value for name, value in headers if name != b"content-length"}
        added = [(name, value) for name, value in HEADERS if name not in there]
        if b"cache-control" not in there:  # ask again each time; who has the same one already is told so
            added.append((b"cache-control", b"private, no-cache" if status == 200 else b"no-store"))
        if status == 200:
            etag = there.get(b"etag", b"").decode() or etag_of(body)
            if b"etag" not in there:
                added.append((b"etag", etag.encode()))
            if is_known(asked.get(b"if-none-match", b"").decode("latin-1"), etag):
                kept = [pair for pair in headers if pair[0] in (b"cache-control", b"vary", b"etag")]
                await self._out(304, [*kept, *added, (b"vary", b"Accept-Encoding")], b"")
                return
        accept = asked.get(b"accept-encoding", b"").decode("latin-1")
        coding = chosen_coding(accept, there.get(b"content-type", b"").decode("latin-1"), len(body))
        if coding:
            body = compressed(body, coding)
            added.append((b"content-encoding", coding.encode()))
        added += [(b"vary", b"Accept-Encoding"), (b"content-length", b"%d" % len(body))]
        await self._out(status, [pair for pair in headers if pair[0] != b"content-length"] + added, body)

    async def _out(self, status: int, headers: Headers, body: bytes) -> None:
        body = b"" if self._scope["method"] == "HEAD" else body
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _page(status: int, words: str) -> tuple[bytes, str]:
    return templates.refusal_page(status, words), "text/html"


def _cookie(headers: dict[bytes, bytes]) -> str | None:
    try:
        jar = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return None
    return jar[COOKIE].value if COOKIE in jar else None


async def _form(receive: Receive) -> dict[str, str]:
    """The fields of a small form; what is larger than any token is none."""
    body = b""
    while len(body) <= MAX_FORM_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return {}
        body += message.get("body", b"")
        if not message.get("more_body"):
            return dict(parse_qsl(body[:MAX_FORM_BYTES].decode("utf-8", "replace")))
    return {}
