"""Read the WARC file format (ISO 28500), and ARC before it.

Reading is our own: whatever the bytes are, each record is whole or said to be damaged, the next one is looked for, and no
head and no block is larger in memory than a record may be. ``cut_torn_tail`` makes a file of ours
whole again after a crash.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scraper.warc.reader import CHUNK_BYTES, PADDING, Place, Window, is_zipped, next_record

FAILED = "X-Darial-Failure"  # "code message", on a response whose body ended in an error
MAX_RECORD_BYTES = 16 * 1024 * 1024  # a larger one is a film or a dump, and never in memory
MAX_HEAD_BYTES = 64 * 1024  # of a record
MAX_ANSWER_HEAD_BYTES = 256 * 1024  # of the HTTP message in it

FIRST = Place(0)

_CHUNKED = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(?:;[^\r\n]*)?\r\n")
_UNDONE = frozenset({"transfer-encoding", "connection", "keep-alive", "content-length"})
_WARC = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n")
_ARC = re.compile(
    rb"((?:https?|filedesc|ftp|dns):[^\r\n]{1,4096}) (\S{1,64}) (\d{12,14}) ([^\r\n]{0,256}) (\d{1,12})[ \t]*\r?\n"
)
_ARC_BYTES = 5000  # the longest of them
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_END_OR_NEXT = re.compile(rb"\n(?:\r?\n|(" + _WARC.pattern + rb"))")
_SWALLOWED = re.compile(_WARC.pattern + rb"[A-Za-z-]+:")
_SEPARATOR = b"\r\n\r\n"  # after each record; some writers leave some of it out
_SEPARATOR_BYTES = 16
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_OF_ARC = "-arc-"  # no name that a header has
_ONCE = frozenset({"warc-type", "content-length", "warc-target-uri", "warc-date"})
_DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5}


class Damaged(Exception):
    """No whole record begins here; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """One record as it was read. ``damage`` says what is wrong with a broken one; ``block`` is empty if it is too large."""

    place: Place
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    block: bytes = b""
    length: int = 0
    damage: str | None = None

    def told(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    @property
    def url(self) -> str:
        return (self.told("WARC-Target-URI") or "").strip().strip("<>")

    @property
    def is_arc(self) -> bool:
        return _OF_ARC in self.headers

    @property
    def too_large(self) -> bool:
        return self.length > MAX_RECORD_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """The HTTP message of a response, its body as it was sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcMessage:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    failure: str | None = None  # "code message" of the error that ended the body


# ------------------------------------------------------------------------------------------ records


def scan(path: Path, start: Place = FIRST) -> Generator[WarcRecord, None, None]:
    """Yield every record from ``start`` (where one begins) on; one with ``damage`` for each thing that is no record."""
    with path.open("rb") as file:
        window = Window(file, start)
        next_one = _WARC
        while True:
            window.skip_padding()
            while (place := window.junk()) is not None:
                yield WarcRecord(place=place, damage="the bytes here are not a record")
            if not window.has(1):
                return
            begin = window.position
            place = window.place(begin)
            try:
                record = _record(window, place)
            except Damaged as error:
                yield WarcRecord(place=place, damage=str(error))
                if window.position == begin:
                    window.skip(1)
                window.find(next_one, _ARC_BYTES)
            else:
                next_one = _ARC if record.is_arc else _WARC
                yield record


def record_at(path: Path, place: Place) -> WarcRecord | None:
    """Return the record that begins at a place; None if it is damaged."""
    with contextlib.closing(scan(path, place)) as records:
        record = next(records, None)
    return None if record is None or record.damage else record


def _record(window: Window, place: Place) -> WarcRecord:
    """Read the record that begins here, and pass it. Raises Damaged, mostly without having passed anything."""
    begin = window.position
    headers, head = _head(window)
    length = _length(headers.get("content-length"))
    if length > MAX_RECORD_BYTES:
        _pass_large(window, head, length)
        block = b""
    else:
        if not window.has(head + length):
            raise Damaged("the recording ends in the middle of it")
        end, sure = _expect_end(window, head + length)
        if window.broken(begin, begin + end):
            raise Damaged("its bytes are damaged")
        block = window.peek(head, head + length)
        if not sure and _says_more(block):
            raise Damaged("its length is wrong")
        if not _digest_fits(headers.get("warc-block-digest"), block):
            raise Damaged("its digest does not match its bytes")
        window.skip(head + length)
    return WarcRecord(place=place, kind=headers["warc-type"], headers=headers, block=block, length=length)


def _head(window: Window) -> tuple[dict[str, str], int]:
    """Return the headers of the record that begins here, names in lower case, and the bytes that they take."""
    window.has(MAX_HEAD_BYTES)
    if arc := window.match(_ARC, _ARC_BYTES):
        return _arc_headers(arc), arc.end() - arc.start()
    first = window.match(_WARC, _ARC_BYTES)
    if first is None:
        raise Damaged("no record begins here")
    end = window.search(_END_OR_NEXT, 0, MAX_HEAD_BYTES)
    if end is None or end[1]:
        raise Damaged("its head does not end")
    size = end.end() - window.offset
    headers = _headers(window.peek(first.end() - first.start(), size))
    if not headers.get("warc-type"):
        raise Damaged("it has no type")
    return headers, size


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    last = ""
    for line in head.split(b"\n"):
        text = _text(line.rstrip(b"\r"))
        if not text.strip():
            continue
        if text[0] in " \t" and last:
            headers[last] = f"{headers[last]} {text.strip()}"
            continue
        name, colon, value = text.partition(":")
        last, value = name.rstrip().lower(), value.strip()
        if not colon or not _NAME.match(last):
            raise Damaged(f"a line of its head is not a header: {text[:40]!a}")
        if last in _ONCE and headers.get(last, value) != value:
            raise Damaged(f"{name} stands there twice")
        headers.setdefault(last, value)
    return headers


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _arc_headers(match: re.Match[bytes]) -> dict[str, str]:
    url, _, when, _, length = (_text(part) for part in match.groups())
    day, time = when[:8], when[8:].ljust(6, "0")
    return {
        "warc-type": "warcinfo" if url.startswith("filedesc:") else "response",
        "warc-target-uri": url,
        "warc-date": f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z",
        "content-length": length,
        _OF_ARC: "",
    }


def _length(text: str | None) -> int:
    if text is None:
        raise Damaged("it has no length")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Damaged(f"its length is not a number: {text[:40]!a}")
    return int(text)


def _expect_end(window: Window, size: int) -> tuple[int, bool]:
    """Return where a record ends there is the next one, or nothing; return where that is, and True.

    After the separator there may be a next record whose beginning is damaged: False. Raises Damaged for anything else.
    """
    window.has(size + _SEPARATOR_BYTES + _ARC_BYTES)
    rest = window.peek(size, size + _SEPARATOR_BYTES + _ARC_BYTES)
    after = rest.lstrip(PADDING)
    sure = not after or bool(_WARC.match(after) or _ARC.match(after))
    if not sure and not rest.startswith(_SEPARATOR):
        raise Damaged("its length is wrong")
    return size + len(rest) - len(after), sure


def _says_more(block: bytes) -> bool:
    """Return True if an HTTP message says that its body is longer than what is there."""
    answer = answer_of(block)
    told = answer.header("Content-Length") if answer else None
    return answer is not None and told is not None and told.isdecimal() and int(told[:15]) > len(answer.body)


def _pass_large(window: Window, head: int, length: int) -> None:
    """Pass a block that is too large for the memory."""
    if not window.zipped:
        begin = window.place(window.position).member + head
        if begin + length > window.size:
            raise Damaged("the recording ends in the middle of it")
        with window.aside(begin + length) as there:
            _expect_end(there, 0)
        window.jump(head + length)
        return
    window.has(MAX_RECORD_BYTES)
    if match := window.search(_SWALLOWED, head, MAX_RECORD_BYTES):
        window.skip(match.start() - window.offset)
        raise Damaged("its length is wrong")
    begin = window.position
    if not window.skip(head + length):
        raise Damaged("the recording ends in the middle of it")
    _expect_end(window, 0)
    if window.broken(begin, window.position):
        raise Damaged("its bytes are damaged")


def _digest_fits(printed: str | None, block: bytes) -> bool:
    """Return True if a block matches its digest, or there is no digest that we know."""
    algorithm, _, value = (printed or "").strip().partition(":")
    if (make := _DIGESTS.get(algorithm.lower().replace("-", ""))) is None:
        return True
    digest = make(block, usedforsecurity=False).digest()
    spellings = {digest.hex(), base64.b32encode(digest).decode().rstrip("=").lower()}
    with_case = base64.b64encode(digest).decode()
    return value.lower().rstrip("=") in spellings or value == with_case or not value


def is_recording(path: Path) -> bool:
    """Return True if a file holds a record near its beginning: WARC, or ARC as older crawlers wrote it, gzipped or not."""
    with path.open("rb") as file:
        if is_zipped(file):
            return next_record(file, 0) is not None
        file.seek(0)
        head = file.read(CHUNK_BYTES)
    return _ARC.match(head) is not None or _WARC.search(head) is not None


# ------------------------------------------------------------------------------------------ messages


def answer_of(block: bytes) -> HttpAnswer | None:
    """Return the HTTP message in the block of a response or revisit; None if there is none (dns: and other schemes)."""
    status = _STATUS.match(block)
    if status is None:
        return None
    end = _END_OF_HEAD.search(block, 0, MAX_ANSWER_HEAD_BYTES)
    if end is None and len(block) > MAX_ANSWER_HEAD_BYTES:
        return None
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    headers: list[tuple[str, str]] = []
    for line in head.split(b"\n")[1:]:
        text = _text(line.rstrip(b"\r"))
        name, colon, value = text.partition(":")
        if text[:1] in (" ", "\t") and headers:
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {text.strip()}")
        elif colon:
            headers.append((name.strip(), value.strip()))
    return HttpAnswer(status=int(status[1]), headers=tuple(headers), body=body)


def message_of(record: WarcRecord, answer: HttpAnswer) -> WarcMessage:
    """Return a recorded HTTP message as a transport gives it: without transfer coding. Some crawlers undid that, some did not."""
    body = answer.body
    if "chunked" in (answer.header("Transfer-Encoding") or "").lower():
        body = _dechunk(body)
    headers = tuple((name, value) for name, value in answer.headers if name.lower() not in _UNDONE)
    return WarcMessage(status=answer.status, headers=headers, body=body, failure=record.told(FAILED))


def _dechunk(body: bytes) -> bytes:
    """Join the chunks of a body; return the body itself if it does not consist of chunks."""
    parts: list[bytes] = []
    at = 0
    while (match := _CHUNKED.match(body, at)) is not None:
        size = int(match.group().split(b";")[0].strip(), 16)
        at = match.end()
        if size == 0:
            return b"".join(parts)
        parts.append(body[at : at + size])
        at += size + 2
    return b"".join(parts) if parts and at >= len(body) else body


def cut_torn_tail(path: Path) -> None:
    """Cut what a crash left of an unfinished record, before appending, so that the file stays readable to its end."""
    if path.suffix != ".gz":
        return
    end = _last_whole_member(path)
    if end < path.stat().st_size:
        with path.open("r+b") as file:
            file.truncate(end)


def _last_whole_member(path: Path) -> int:
    whole = at = 0
    with path.open("rb") as file:
        decoder = zlib.decompressobj(wbits=31)
        while chunk := file.read(CHUNK_BYTES):
            while chunk:
                try:
                    decoder.decompress(chunk)
                except zlib.error:
                    return whole
                used = len(chunk) - len(decoder.unused_data)
                at += used
                chunk = decoder.unused_data
                if not decoder.eof:
                    break
                whole = at
                decoder = zlib.decompressobj(wbits=31)
    return whole
