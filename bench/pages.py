"""Generated pages of any length, built of the blocks that real ones are built of. Pure; the same size, the same page."""

from __future__ import annotations

from collections.abc import Callable

_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Old bridge reopens - Tamar Courier</title>
<meta property="og:title" content="Old bridge reopens"><meta property="og:type" content="article">
<meta property="article:published_time" content="2026-03-02T10:00:00+04:00">
<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","headline":"Old bridge reopens",
"datePublished":"2026-03-02T10:00:00+04:00","author":{"@type":"Person","name":"Nina Ober"}}</script></head><body>
<header><nav><ul><li><a href="/politics">Politics</a></li><li><a href="/society">Society</a></li></ul></nav></header>
<main><article><h1>Old bridge reopens</h1><p class="meta">By Nina Ober, <time datetime="2026-03-02T10:00">2 March</time></p>
<div class="article-body">"""
_FOOT = """</div></article></main><footer><p>Tamar Courier, 2026. All rights reserved.</p></footer></body></html>"""
_PARAGRAPH = """<p>The harbour council of Tamar voted on day {n} to reopen the <a href="/tag/bridge">old bridge</a> after two
years of repair works, and said that traffic will be limited to buses until the end of the month. "We waited long enough," said
Nina Ober, who runs a bakery on the north bank and has counted {n} customers since the storm.</p>
"""
_FIGURE = """<figure><img src="/images/{n}.jpg" alt=""><figcaption>The bridge on day {n}. Photo: N. Ober</figcaption></figure>
<h2>What happened on day {n}</h2><ul><li>The ferry was sold to the museum.</li><li>Flour cost {n} crowns.</li></ul>
<blockquote><p>I shall bake bread whatever the council decides.</p></blockquote>
"""
_TEASER = """<div class="card"><a href="/news/{n}-storm-closes-the-upper-pass"><img src="/thumbs/{n}.jpg" alt=""></a>
<span class="date">{m}:{s} 02.03.2026</span><h3><a href="/news/{n}-storm-closes-the-upper-pass">Storm closes the upper pass for day
{n} of the year</a></h3><a class="rubric" href="/society">Society</a></div>
"""


def article(size: int) -> str:
    """One long article: paragraphs, figures, lists, quotes."""
    return _grown(size, lambda n: _PARAGRAPH.format(n=n) + (_FIGURE.format(n=n) if n % 7 == 6 else ""))


def teasers(size: int) -> str:
    """A short article, followed by link blocks without end."""
    body = "".join(_PARAGRAPH.format(n=n) for n in range(6))
    opened = '</div></article><aside class="related"><h2>Related news</h2><div class="list">'
    return _grown(
        size,
        lambda n: _TEASER.format(n=n, m=10 + n % 12, s=10 + n % 50),
        before=body + opened,
        after="</div></aside>",
    )


def _grown(size: int, block: Callable[[int], str], *, before: str = "", after: str = "") -> str:
    parts = [_HEAD, before]
    length, n = len(_HEAD) + len(before), 0
    while length < size:
        parts.append(block(n))
        length += len(parts[-1])
        n += 1
    return "".join([*parts, after, _FOOT])


KINDS: dict[str, Callable[[int], str]] = {"long article": article, "many links": teasers}
