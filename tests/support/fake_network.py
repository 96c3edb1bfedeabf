"""A hand-written transport: answers come from a function or a table, in memory; every request is noted with its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from scraper.fetch import transport

Answer = tuple[int, Mapping[str, str], bytes]
NO_ROBOTS: Answer = (404, {}, b"")


@dataclass(slots=True)
class Asked:
    url: str
    host: str
    headers: dict[str, str]
    began: float
    ended: float = 0.0


class _Body(transport.ByteStream):
    def __init__(self, owner: FakeNetwork, asked: Asked, body: bytes) -> None:
        self._owner = owner
        self._asked = asked
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._owner.latency:
            await asyncio.sleep(self._owner.latency / 2)
        yield self._body

    async def aclose(self) -> None:
        self._asked.ended = asyncio.get_running_loop().time()
        self._owner.in_flight.discard(id(self._asked))


@dataclass
class FakeNetwork(transport.Transport):
    """``answers`` maps URLs (or is a function of the request) to (status, headers, body). robots.txt: 404 unless given."""

    answers: Mapping[str, Answer | list[Answer] | Exception] | Callable[[transport.Request], Answer] = field(
        default_factory=dict
    )
    latency: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    in_flight: set[int] = field(default_factory=set)
    most_in_flight: int = 0

    async def handle_async_request(self, request: transport.Request) -> transport.Response:
        url = str(request.url)
        asked = Asked(
            url,
            request.url.raw_host.decode("ascii"),
            dict(request.headers),
            asyncio.get_running_loop().time(),
        )
        self.asked.append(asked)
        self.in_flight.add(id(asked))
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))
        try:
            if self.latency:
                await asyncio.sleep(self.latency / 2)
            status, headers, body = self._answer(request, url)
        except BaseException:
            asked.ended = asyncio.get_running_loop().time()
            self.in_flight.discard(id(asked))
            raise
        return transport.Response(
            status,
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            stream=_Body(self, asked, body),
        )

    def _answer(self, request: transport.Request, url: str) -> Answer:
        if callable(self.answers):
            return self.answers(request)
        answer = self.answers.get(url, NO_ROBOTS)
        if isinstance(answer, list):  # one after the other, then the last
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def times(self, host: str | None = None) -> list[float]:
        return [a.began for a in self.asked if host is None or a.host == host]

    def urls(self) -> list[str]:
        return [a.url for a in self.asked]
