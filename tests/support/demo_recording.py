"""Builds the recording of ``darial demo`` from its readable sources: ``python -m tests.support.demo_recording``.

site/HOST/PATH holds the pages and feeds as UTF-8 text; EXCHANGES says under which address each was recorded and how it
was sent. The same sources always give the same bytes inside: no clock, no chance.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import uuid
from pathlib import Path
from typing import NamedTuple

from scraper.cli.demo import RECORDINGS

DEMO = Path(__file__).resolve().parent.parent / "data" / "demo"
RECORDING = RECORDINGS / "demo.warc.gz"
DEMO_SOURCES = RECORDINGS / "sources.toml"
RECORDED = "2025-05-14T06:00:00Z"

HTML, XML, RSS, ATOM = (
    "text/html; charset=UTF-8",
    "text/xml; charset=utf-8",
    "application/rss+xml",
    "application/atom+xml",
)
FROM_FEED = "?utm_source=rss&utm_medium=feed"


class Exchange(NamedTuple):
    """One recorded answer: the file's text in its charset, or a redirect."""

    url: str
    file: str = ""
    content_type: str = HTML
    charset: str = "utf-8"
    location: str = ""


def _pages(
    host: str, *paths: str, suffix: str = ".html", charset: str = "utf-8", content_type: str = HTML
) -> list[Exchange]:
    return [Exchange(f"https://{host}/{p}", f"{host}/{p}{suffix}", content_type, charset) for p in paths]


def _courier(path: str, query: str = "") -> Exchange:
    return Exchange(
        f"https://highlandcourier.example/{path}/{query}", f"highlandcourier.example/{path}/index.html"
    )


EXCHANGES = [
    Exchange("https://highlandcourier.example/robots.txt", "highlandcourier.example/robots.txt", "text/plain"),
    Exchange("https://highlandcourier.example/feed/", "highlandcourier.example/feed.xml", RSS),
    Exchange("https://highlandcourier.example/feed/", "highlandcourier.example/feed.2.xml", RSS),  # the next day
    _courier("2025/05/12/mountain-road-reopens", FROM_FEED),
    _courier("2025/05/13/earliest-harvest", FROM_FEED),
    _courier("2025/05/13/night-train", FROM_FEED),
    _courier("2025/05/14/earliest-harvest-corrected"),
    Exchange("https://vestnik-ushchelya.example/rss.xml", "vestnik-ushchelya.example/rss.xml", "text/xml", "windows-1251"),
    *_pages("vestnik-ushchelya.example", "news/4415", "news/4417", "news/4418", charset="windows-1251", content_type="text/html"),
    Exchange("https://lernayinlur.example/hy/atom.xml", "lernayinlur.example/hy/atom.xml", ATOM),
    *_pages("lernayinlur.example", "hy/131207", "hy/131210"),
    Exchange("https://kheoba.example/ka/rss.xml", "kheoba.example/ka/rss.xml", XML),
    Exchange("https://kheoba.example/en/rss.xml", "kheoba.example/en/rss.xml", XML),
    *_pages("kheoba.example", "ka/news/41213-akhali-biblioteka", "ka/news/41220-taplis-bazroba", "en/news/41216-road-reopens"),
    Exchange("https://dagxeber.example/rss", location="https://dagxeber.example/rss.xml"),
    Exchange("https://dagxeber.example/rss.xml", "dagxeber.example/rss.xml", XML),
    *_pages("dagxeber.example", "xeber/20871-dag-kendine-korpu", "xeber/20880-nar-baglari"),
    Exchange("https://kafkaspostasi.example/rss.xml", "kafkaspostasi.example/rss.xml", XML),
    *_pages("kafkaspostasi.example", "haber/balik-sayimi-58202", "haber/cay-hasadi-58231", "haber/yayla-yollari-58213"),
]  # fmt: skip


def build() -> bytes:
    """The recording, one gzip member a record (so that a reader can jump to any)."""
    info = b"software: darial tests\r\nformat: WARC File Format 1.0\r\n"
    records = [_record("warcinfo", 0, info, ("Content-Type", "application/warc-fields"))]
    for number, exchange in enumerate(EXCHANGES, 1):
        kind = ("Content-Type", "application/http; msgtype=response")
        records.append(_record("response", number, _http(exchange), ("WARC-Target-URI", exchange.url), kind))
    return b"".join(_member(record) for record in records)


def _http(exchange: Exchange) -> bytes:
    body = (
        (DEMO / "site" / exchange.file).read_text(encoding="utf-8").encode(exchange.charset)
        if exchange.file
        else b""
    )
    status = "301 Moved Permanently" if exchange.location else "200 OK"
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {exchange.content_type}", f"Content-Length: {len(body)}"]
    if exchange.location:
        lines.append(f"Location: {exchange.location}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _record(kind: str, number: int, block: bytes, *headers: tuple[str, str]) -> bytes:
    digest = base64.b32encode(hashlib.sha1(block).digest()).decode()
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'darial-demo-{number}-{digest}')}>",
        f"WARC-Date: {RECORDED}",
        *(f"{name}: {value}" for name, value in headers),
        f"WARC-Block-Digest: sha1:{digest}",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


def _member(record: bytes) -> bytes:
    to = io.BytesIO()
    with gzip.GzipFile(fileobj=to, mode="wb", compresslevel=9, mtime=0) as member:
        member.write(record)
    return to.getvalue()


if __name__ == "__main__":
    RECORDING.write_bytes(build())
    print(
        f"{RECORDING.relative_to(Path.cwd())}: {len(EXCHANGES)} responses, {RECORDING.stat().st_size} bytes"
    )
