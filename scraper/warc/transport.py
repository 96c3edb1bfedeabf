"""Record what the network answered as WARC, and answer from a recording.

``RecordingTransport`` passes responses on and writes each as a WARC record (a gzip member of its own: a crash costs the
last record at most). ``ReplayTransport`` answers from a recording, ours or another crawler's, and touches no network.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from scraper import clock, errors
from scraper.errors import FetchError, NotRecorded
from scraper.fetch.transport import ByteStream, InvalidUrl, Request, Response, Transport, Url
from scraper.warc import warc_file
from scraper.warc.reader import Place
from scraper.warc.writer import message_head, new_record_id, warc_record

MAX_RECORDED_BYTES = 16 * 1024 * 1024  # of one response; the fetcher's own limits are lower
CHUNK_BYTES = 64 * 1024

_ASCII = "".join(map(chr, range(128)))
_CLASSES: dict[str, type[FetchError]] = {
    "timeout": errors.TimeoutExceeded,
    "dns_failed": errors.NetworkError,
    "connect_failed": errors.NetworkError,
    "connection_lost": errors.NetworkError,
    "tls_failed": errors.NetworkError,
    "blocked_address": errors.BlockedAddress,
}
_FAILURE = "application/x-darial-failure"  # a metadata record: this request had no response, and why


def url_key(url: str) -> str:
    """Return the spelling by which a recorded URL is found: as the fetcher requests it, without fragment."""
    try:
        return str(Url(url.strip().strip("<>")).copy_with(fragment=None))
    except (InvalidUrl, ValueError, UnicodeError):
        return url


# ------------------------------------------------------------------------------------------ replay


class ReplayTransport(Transport):
    """Answers every request from a WARC file. A URL recorded more than once gives its responses in order, then the last.

    The file is read only as far as needed: opening costs nothing, and of each record only its place is remembered.
    """

    live = False  # nobody is asked, so nobody needs pace
    keeps_deadline = True

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._records = warc_file.scan(self._path)
        self._places: dict[str, list[Place]] = {}
        self._payloads: dict[str, Place] = {}  # digest -> place, for revisit records
        self._served: dict[str, int] = {}

    async def handle_async_request(self, request: Request) -> Response:
        url = str(request.url)
        conditional = "if-none-match" in request.headers or "if-modified-since" in request.headers
        found = await asyncio.to_thread(self._find, url_key(url), conditional=conditional)
        if found is None:
            raise NotRecorded("the recording has no response for it", url=url)
        headers = [(name.encode("latin-1", "replace"), value.encode()) for name, value in found.headers]
        return Response(found.status, headers=headers, stream=_Recorded(found, url))

    async def aclose(self) -> None:
        self._records.close()

    # In a thread, one at a time:

    def _find(self, key: str, *, conditional: bool) -> warc_file.WarcMessage | None:
        with self._lock:
            wanted = self._served.get(key, 0)
            at = wanted
            while self._count(key, at) > at:
                if (answer := self._answer(key, at, conditional=conditional)) is not None:
                    return answer
                at += 1
            for earlier in reversed(range(min(wanted, at))):  # all given: the last one again
                if (answer := self._answer(key, earlier, conditional=conditional)) is not None:
                    return answer
            return None

    def _answer(self, key: str, at: int, *, conditional: bool) -> warc_file.WarcMessage | None:
        self._served[key] = at + 1
        message = self._load(self._places[key][at])
        # 304 is an answer only to who asked whether something changed
        return None if message is not None and message.status == 304 and not conditional else message

    def _count(self, key: str, at: int) -> int:
        """Count the known responses of a URL, having looked for the one at ``at``."""
        while len(self._places.get(key, ())) <= at and self._read_on():
            pass
        return len(self._places.get(key, ()))

    def _read_on(self) -> bool:
        """Index one more record; False at the end. What is damaged is passed over."""
        record = next(self._records, None)
        if record is None:
            return False
        if record.damage or not record.url or record.kind not in ("response", "revisit", "metadata"):
            return True
        if record.kind == "metadata" and record.told("Content-Type") != _FAILURE:
            return True
        if record.kind == "response":
            if warc_file.answer_of(record.block) is None:
                return True  # dns: and other schemes
            if digest := record.told("WARC-Payload-Digest"):
                self._payloads.setdefault(digest, record.place)
        self._places.setdefault(url_key(record.url), []).append(record.place)
        return True

    def _load(self, place: Place) -> warc_file.WarcMessage | None:
        record = warc_file.record_at(self._path, place)
        if record is None:
            return None
        if record.kind == "metadata":
            raise _recorded_failure(record.block[:4096].decode("utf-8", "replace"), record.url)
        if record.kind == "revisit":
            digest = record.told("WARC-Payload-Digest") or ""
            while digest not in self._payloads and self._read_on():
                pass
            return self._load(self._payloads[digest]) if digest in self._payloads else None
        answer = warc_file.answer_of(record.block)
        return None if answer is None else warc_file.message_of(record, answer)


def _recorded_failure(failure: str, url: str | None) -> FetchError:
    """Return the error that the live run met, its class found by its code."""
    code, _, message = failure.partition(" ")
    return _CLASSES.get(code, errors.BadResponse)(message.strip(), code=code, url=url)


class _Recorded(ByteStream):
    """A recorded body that ends as it ended then."""

    def __init__(self, message: warc_file.WarcMessage, url: str) -> None:
        self._message, self._url = message, url

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body, failure = self._message.body, self._message.failure
        for at in range(0, len(body), CHUNK_BYTES):
            yield body[at : at + CHUNK_BYTES]
        if failure:
            raise _recorded_failure(failure, self._url)


# ------------------------------------------------------------------------------------------ record


class RecordingTransport(Transport):
    """Passes requests to another transport and writes down what it answered, failures included. Appends to the file."""

    def __init__(self, inner: Transport, path: str | Path) -> None:
        self._inner = inner
        self._path = Path(path)
        self.live: bool = getattr(inner, "live", True)
        self.keeps_deadline: bool = getattr(inner, "keeps_deadline", False)
        self._write_lock = asyncio.Lock()
        fresh = not self._path.exists() or self._path.stat().st_size == 0
        if not fresh:
            warc_file.cut_torn_tail(self._path)
        self._file: BinaryIO = self._path.open("ab")
        self._gzip = self._path.suffix == ".gz"
        if fresh:
            fields = {"WARC-Filename": self._path.name, "WARC-Date": _now()}
            info = b"software: darial\r\nformat: WARC File Format 1.0\r\n"
            self._append(warc_record("warcinfo", fields, info, gzip=self._gzip))

    async def handle_async_request(self, request: Request) -> Response:
        try:
            response = await self._inner.handle_async_request(request)
        except FetchError as error:
            if not isinstance(error, NotRecorded):
                await self._write(self._write_failure, str(request.url), error)
            raise
        body = _Tee(self, request, response)
        return Response(response.status_code, headers=response.headers.raw, stream=body)

    async def aclose(self) -> None:
        await self._inner.aclose()
        async with self._write_lock:
            self._file.close()

    async def keep(
        self, request: Request, response: Response, body: bytes, failure: FetchError | None, *, whole: bool
    ) -> None:
        """Write an exchange once its body was read, or given up."""
        fields = {"WARC-Date": _now()}
        if failure is not None:
            fields[warc_file.FAILED] = f"{failure.code} {failure}".encode("ascii", "replace").decode()
        if not whole:
            timed_out = isinstance(failure, errors.TimeoutExceeded)
            fields["WARC-Truncated"] = "time" if timed_out else "disconnect" if failure else "length"
        await self._write(self._write_exchange, request, response, body, fields)

    async def _write(self, write: Any, *arguments: object) -> None:
        # In a thread, since compressing takes milliseconds; to its end even if the poll is cancelled, since half a
        # record is no record.
        async def locked() -> None:
            async with self._write_lock:
                if not self._file.closed:
                    await asyncio.to_thread(write, *arguments)

        await asyncio.shield(asyncio.ensure_future(locked()))

    def _write_exchange(
        self, request: Request, response: Response, body: bytes, fields: dict[str, str]
    ) -> None:
        cut = "WARC-Truncated" in fields
        headers = [
            # what the transport took off the body is named in the way that news crawlers name it
            (f"X-Crawler-{name}" if name.lower() == "transfer-encoding" else name, value)
            for name, value in ((n.decode("latin-1"), _ascii(v)) for n, v in response.headers.raw)
            if name.lower() != "content-length" or not cut
        ]
        if cut or not any(name.lower() == "content-length" for name, _ in headers):
            headers.append(("Content-Length", str(len(body))))
        url, answer_id = {"WARC-Target-URI": str(request.url)}, {"WARC-Record-ID": new_record_id()}
        status = f"HTTP/1.1 {response.status_code} {response.reason_phrase}".strip()
        answer_head = message_head(status, headers)
        question = f"{request.method} {request.url.raw_path.decode('ascii', 'replace')} HTTP/1.1"
        told = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw]
        request_head = message_head(question, told)
        asked = {**url, "WARC-Date": fields["WARC-Date"], "WARC-Concurrent-To": answer_id["WARC-Record-ID"]}
        self._append(
            warc_record("response", url | answer_id | fields, body, head=answer_head, gzip=self._gzip)
            + warc_record("request", asked, b"", head=request_head, gzip=self._gzip)
        )

    def _write_failure(self, url: str, error: FetchError) -> None:
        fields = {"WARC-Target-URI": url, "WARC-Date": _now(), "Content-Type": _FAILURE}
        self._append(warc_record("metadata", fields, f"{error.code} {error}".encode(), gzip=self._gzip))

    def _append(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()


def _now() -> str:
    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _ascii(value: bytes) -> str:
    """Return a header value with other characters than ASCII percent-encoded, as a Location may have them (WARC headers are ASCII)."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text if text.isascii() else quote(text, safe=_ASCII)


class _Tee(ByteStream):
    """A body on its way to the fetcher, kept until it ends."""

    def __init__(self, recorder: RecordingTransport, request: Request, response: Response) -> None:
        self._recorder, self._request, self._response = recorder, request, response
        self._parts: list[bytes] = []
        self._size = 0
        self._whole = self._closed = False
        self._failure: FetchError | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.stream:  # type: ignore[union-attr]
                if self._size < MAX_RECORDED_BYTES:
                    self._parts.append(chunk)
                    self._size += len(chunk)
                yield chunk
            self._whole = self._size < MAX_RECORDED_BYTES
        except FetchError as error:
            self._failure = error
            raise

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._response.aclose()
        error = sys.exception()
        if not isinstance(error, asyncio.CancelledError):
            body = b"".join(self._parts)
            await self._recorder.keep(self._request, self._response, body, self._failure, whole=self._whole)
