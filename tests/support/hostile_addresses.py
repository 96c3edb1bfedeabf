"""Addresses that nobody should print, made by chance from a seed: half of them with hosts that are none, or hardly any."""

from __future__ import annotations

import random
from collections.abc import Iterator

KNOWN = (  # each broke something somewhere, or is told apart by few
    "http://xn--a/", "http://xn--/", "http://xn--0.pt/news/1", "http://xn--a-ecp.ru/", "http://xn--ls8h.la/", "http://💩.la/",
    "http://[", "http://[/", "http://]/", "http://[::1", "http://[::1]/", "http://[::ffff:1.2.3.4%25eth0]/x", "http://[v1.x]/",
    "http://a/[x", "http://a／b.example/", "http://ａ.example/", "http://x.example:99999/", "http://x.example:०/", "http://x.example:" + "9" * 5000,
    "http://\ud800.example/", "http://x.example/\udfff", "http://x.example/%", "http://x.example/%zz", "http://" + "a." * 600 + "b/",
    "http://" + "a" * 64 + ".example/", "http://faß.de/", "http://լևոն.հայ/", "http://a\u200db.example/", "http://\u202example/", "http:///", "http://?", "//",
    "http://user:pass@xn--a/", "http://a@b@c/", "http://x.example\\@y/", "http://1.2.3/", "http://0x7f.1/", "http://256.1.1.1/", "http://.../", "http://-/",
)  # fmt: skip
_HOST_PARTS = (
    "xn--", "xn--a", "xn--0", "xn--ls8h", "xn--fiqs8s", "xn--a-ecp", "xn--" + "9" * 20, "💩", "ß", "և", "ς", "İ", "é", "ﷺ", "０", "\u00ad", "\u200d", "\u200c",
    "\u0301", "\u202e", "\ud800", "\U000e0001", "。", "．", "／", "：", "＠", "[", "]", "::1", "%", "%00", "%2e", "..", ".", "-", "--", "_", "a" * 63, "a" * 64,
    "0x7f", "127", "1e9", ":", ":80", ":-1", ":99999", "@", "\\", " ", "\t", "\x00", "<", "{", "|", "^", "`", "*", "example", "com", "հայ", "рф", "გე",
)  # fmt: skip
_PATH_PARTS = (
    "/", "//", "..", ".", "news", "2026", "123456", "-", "%", "%zz", "%00", "%ff", "%E2%80", "[", "]", "{id}", "#", "#!", "?", "&", "=", "+", ";jsessionid=1", ":",
    "@", "\\", "\n", "\x00", "\x85", "\u2028", "\ud800", "💩", "ნიუსი", "é", "e\u0301", "<script>", "'", '"', "index.php", "amp", "a" * 300, "javascript:",
)  # fmt: skip
_SCHEMES = ("http://",) * 8 + ("https://",) * 8 + ("HTTP://", "http:/", "http:", "//", "", "feed:", "ftp://", "file:///", "javascript:", "data:,", " http://", "http\t://")  # fmt: skip


def addresses(count: int, seed: int) -> Iterator[str]:
    """Give so many addresses, the known bad ones first."""
    chance = random.Random(seed)
    yield from KNOWN[:count]
    for number in range(len(KNOWN), count):
        host = (
            _parts(chance, _HOST_PARTS, 6)
            if number % 2
            else chance.choice(("a.example", "news.example", "www.b.example"))
        )
        yield f"{chance.choice(_SCHEMES)}{host}/{_parts(chance, _PATH_PARTS, 8)}"


def _parts(chance: random.Random, known: tuple[str, ...], most: int) -> str:
    """A few of the known parts, now and then a character of all that there are."""
    return "".join(
        chr(chance.randrange(0x110000))
        if chance.random() < 0.1
        else chance.choice(known) + chance.choice(("", "", "."))
        for _ in range(chance.randint(1, most))
    )
