"""Proxies on loopback, of both kinds that sources.toml knows. Every name leads to the site that the proxy stands before."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Self


@dataclass
class LoopbackProxy:
    """``async with LoopbackProxy("socks5", site_port)``; ``asked`` holds the (host, port) that it was told, names as names.

    ``refuse``: a SOCKS reply code, or an HTTP status line, for every request.
    """

    kind: str
    site_port: int
    user: str = ""
    password: str = ""
    refuse: int | str | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def address(self) -> str:
        who = f"{self.user}:{self.password}@" if self.user else ""
        return f"{self.kind}://{who}127.0.0.1:{self.port}"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serve = self._socks if self.kind == "socks5" else self._http
        self._tasks.add(asyncio.get_running_loop().create_task(self._serve(serve, reader, writer)))

    async def _serve(self, serve, reader, writer) -> None:
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self.user else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes((5, wanted)))
        if self.user:
            name = await reader.readexactly((await reader.readexactly(2))[1])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = (name.decode(), password.decode()) == (self.user, self.password)
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return
        kind = (await reader.readexactly(4))[3]
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = ".".join(map(str, await reader.readexactly(4)))
        self.asked.append((host, int.from_bytes(await reader.readexactly(2), "big")))
        code = self.refuse if isinstance(self.refuse, int) else 0
        # the address that the proxy says it uses: a name here, as the length of the answer then differs
        writer.write(bytes((5, code, 0, 3, 5)) + b"proxy" + b"\x00\x50")
        if code == 0:
            await self._lead_on(reader, writer, b"")

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.partition("\r\n")[0].split(" ")
        wanted = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if self.user and f"Proxy-Authorization: Basic {wanted}" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        if isinstance(self.refuse, str):
            writer.write(f"HTTP/1.1 {self.refuse}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        place = target if method == "CONNECT" else target.split("/")[2]
        host, _, port = place.partition(":")
        self.asked.append((host, int(port or 80)))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self._lead_on(reader, writer, b"" if method == "CONNECT" else head.encode())

    async def _lead_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes
    ) -> None:
        site_reader, site_writer = await asyncio.open_connection("127.0.0.1", self.site_port)
        site_writer.write(first)

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                target.write(data)
            target.close()

        try:
            await asyncio.gather(copy(reader, site_writer), copy(site_reader, writer))
        finally:
            site_writer.transport.abort()
