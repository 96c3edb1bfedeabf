"""Decompress a response body chunk by chunk, under limits: too large, cut short and wrongly coded are told apart. Pure.

Wire bytes come in, decoded bytes go out. One coding only (identity, gzip, deflate), also if it is named twice; nothing is ever decoded past the
limit, so that a bomb costs no more memory than a page (an unbounded decoder turns 64 KB into 64 MB at once).
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Protocol

from scraper.errors import BadResponse

if TYPE_CHECKING:

    class _Decoder(Protocol):
        @property
        def eof(self) -> bool: ...
        @property
        def unused_data(self) -> bytes: ...
        def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


MAX_COMPRESSED_BYTES = 2 * 1024 * 1024  # on the wire; an honest page compresses 4:1, so this is 8 MiB of text
MAX_GZIP_MEMBERS = 1000  # a body of thousands of empty members is an attack on the CPU

_GZIP_MAGIC = b"\x1f\x8b\x08"
# the last three are said by misconfigured servers
_IDENTITY = frozenset({"", "identity", "none", "utf-8", "binary"})
_SNIFF_BYTES = 16
# markup or JSON, whatever the header calls it
_PLAIN = re.compile(rb"[\xef\xbb\xbf\s]*(?:<[!?a-zA-Z]|[{\[]\s*[\"{\[])")
_CODINGS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


class Decompressor:
    """Collects one body. ``add`` each chunk, then ``finish``; BadResponse says what was wrong with it."""

    def __init__(self, *, coding: str | None, limit: int, url: str | None = None, cut: bool = False) -> None:
        """Keep the first ``limit`` bytes of a longer body if ``cut`` (robots.txt); else a longer body is refused."""
        names = [name.strip() for name in (coding or "").lower().split(",")]
        self._codings = [name for name in names if name not in _IDENTITY]
        self._limit = limit
        self._url = url
        self._cut = cut
        self._decoder: _Decoder | None = None
        self._members = 0
        self._head = b""
        self._rest = b""
        self._started = False
        self._parts: list[bytes] = []
        self.wire = 0
        self.size = 0
        self.full = False  # with ``cut``: no more is needed

    def add(self, chunk: bytes) -> None:
        self.wire += len(chunk)
        if not self._started:
            self._head += chunk
            if len(self._head) < _SNIFF_BYTES:
                return
            chunk = self._start()
        self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        if self._decoder is None:
            self._keep(chunk)
            return
        if self.wire > MAX_COMPRESSED_BYTES and not self._cut:
            raise BadResponse(
                f"more than {MAX_COMPRESSED_BYTES} compressed bytes", code="too_large", url=self._url
            )
        self._inflate(chunk)

    def finish(self) -> bytes:
        if not self._started and self._head:
            self._take(self._start())  # a very short body
        if self._decoder is not None and not self._decoder.eof and not self.full:
            raise BadResponse("the compressed body is cut off", code="truncated", url=self._url)
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _start(self) -> bytes:
        """Choose the decoder by the first bytes, then by the header: some servers send gzip without a header, others call plain text gzip,
        and recordings hold decoded bodies under the headers of the coded ones.
        """
        self._started = True
        head, self._head = self._head, b""
        if not self._codings or _PLAIN.match(head):
            if head.startswith(_GZIP_MAGIC):
                self._decoder = zlib.decompressobj(wbits=31)
            return head
        # "gzip, gzip": two programs said so, one did it
        codings = {_CODINGS.get(name) for name in self._codings}
        coding = codings.pop() if len(codings) == 1 else None
        if coding is None and not (codings and head.startswith(_GZIP_MAGIC)):
            what = f"content coding {', '.join(self._codings)[:60]!r} is not taken"
            raise BadResponse(what, code="unsupported_encoding", url=self._url)
        if head.startswith(_GZIP_MAGIC):
            self._decoder = zlib.decompressobj(wbits=31)
        elif coding == "gzip":
            if _GZIP_MAGIC.startswith(head):
                raise BadResponse("the compressed body is cut off", code="truncated", url=self._url)
            raise BadResponse("declared as gzip, but it is not", code="bad_encoding", url=self._url)
        else:
            # RFC 9110 says zlib format; many servers send raw deflate
            wrapped = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
            self._decoder = zlib.decompressobj(wbits=15 if wrapped else -15)
        return head

    def _inflate(self, chunk: bytes) -> None:
        assert self._decoder is not None
        chunk, self._rest = self._rest + chunk, b""
        while chunk and not self.full:
            if self._decoder.eof:
                if len(chunk) < len(_GZIP_MAGIC):
                    self._rest = chunk
                    return
                if not chunk.startswith(_GZIP_MAGIC):
                    return  # padding after the end, which every browser forgives
                self._members += 1
                if self._members > MAX_GZIP_MEMBERS:
                    raise BadResponse(
                        f"more than {MAX_GZIP_MEMBERS} gzip members", code="bad_encoding", url=self._url
                    )
                self._decoder = zlib.decompressobj(wbits=31)
            try:
                out = self._decoder.decompress(chunk, self._limit + 1 - self.size)
            except zlib.error as error:
                raise BadResponse("broken compressed body", code="bad_encoding", url=self._url) from error
            self._keep(out)
            chunk = self._decoder.unused_data if self._decoder.eof else b""

    def _keep(self, data: bytes) -> None:
        if not self.size and len(self._codings) > 1 and data.startswith(_GZIP_MAGIC):
            raise BadResponse("coded twice", code="unsupported_encoding", url=self._url)
        self.size += len(data)
        if self.size > self._limit:
            if not self._cut:
                raise BadResponse(f"more than {self._limit} bytes", code="too_large", url=self._url)
            data = data[: len(data) - (self.size - self._limit)]
            self.size = self._limit
            self.full = True
        if data:
            self._parts.append(data)
