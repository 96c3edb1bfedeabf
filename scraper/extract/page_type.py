"""Tell what a page is when it is no article: an error, a consent wall, a robot check, a list of articles. Pure.

In: the Layout, the headline, what metadata says, the body that was found. Out: codes, the first of which is fatal if it
is in FATAL. A refusal needs a sign and little prose: the words of a headline alone prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scraper.codec import Struct
from scraper.errors import PageTooComplex
from scraper.extract import class_names, html, vocabulary
from scraper.extract.block_scores import HEADINGS
from scraper.extract.blocks import Block, Layout
from scraper.extract.body import Body
from scraper.extract.metadata import Metadata
from scraper.extract.thresholds import PAGE_TYPE
from scraper.text.normalize import clean_line

# Sought in small letters: a pattern that need not fold letters is several times as fast.
_CHALLENGE = re.compile(rf"(?x){vocabulary.pattern('robot_check')}")
_ERROR = re.compile(rf"(?x){vocabulary.pattern('error')}")
_LOGIN = re.compile(rf"(?x){vocabulary.pattern('login')}")
_CONSENT = re.compile(rf"(?x){vocabulary.pattern('consent')}")
_WORD = re.compile(r"\w+")
_STATUS = re.compile(
    r"(?i)^\W*(?:error|http|ошибка|hata|xəta|შეცდომა|սխալ)?\W*(?:400|403|404|410|500|502|503|504)\W*(?:$|error|not\s|page\s|forbidden|gone|bad\s|service\s|ошибка|страниц)"
)


class _Page(Struct, frozen=True, kw_only=True):
    """What the signs are sought in."""

    layout: Layout
    body: Body
    text: str
    headings: tuple[str, ...]  # the headline, and the first heading that is printed
    marked: bool  # the page says of itself that it is an article
    kinds: frozenset[str]
    og_type: str

    @property
    def is_bare(self) -> bool:
        """Less prose than an article has; a page that calls itself one may have little."""
        return len(self.text) < (PAGE_TYPE.bare_if_marked if self.marked else PAGE_TYPE.bare)

    @property
    def is_short(self) -> bool:
        return len(self.text) < (PAGE_TYPE.bare if self.marked else PAGE_TYPE.short)


def _says(sign: re.Pattern[str], page: _Page) -> bool:
    """Return True if a heading is little else than the sign, or holds it on a page that is bare."""
    for heading in page.headings if page.is_short else ():
        small = heading.lower()
        found = sign.search(small) if len(heading) < PAGE_TYPE.long_heading else None
        if found is not None:
            rest = len("".join(_WORD.findall(small[: found.start()] + small[found.end() :])))
            if page.is_bare or (page.is_short and rest < PAGE_TYPE.rest_of_sign):
                return True
    return False


def _is_captcha(page: _Page) -> bool:
    return _says(_CHALLENGE, page) or (page.is_bare and _CHALLENGE.search(_printed(page)) is not None)


def _is_error(page: _Page) -> bool:
    return (
        _says(_ERROR, page)
        or (page.is_short and any(map(_STATUS.search, page.headings)))
        or (page.is_bare and not page.marked and any(map(_ERROR.search, _lines(page))))
    )


def _is_login(page: _Page) -> bool:
    return _says(_LOGIN, page) or (page.is_bare and not page.marked and any(map(_LOGIN.search, _lines(page))))


def _is_consent(page: _Page) -> bool:
    """Return True for a text about cookies, in several words of the trade, on a page that does not call itself an article."""
    if page.marked or not 0 < len(page.text) < PAGE_TYPE.max_consent:
        return False
    small = page.text.lower()
    found = [match[0] for match in _CONSENT.finditer(small)]
    return (
        len({word[: PAGE_TYPE.stem] for word in found}) >= PAGE_TYPE.consent_words
        and len(found) * PAGE_TYPE.consent_chars > len(small)
        and found[0] in small[: PAGE_TYPE.bare]
    )


def _is_list(page: _Page) -> bool:
    """Return True for a page of linked headings and, as their teasers are none, no text."""
    return not page.body.blocks and sum(map(_is_linked_heading, page.layout.blocks)) >= PAGE_TYPE.listed


def _is_live(page: _Page) -> bool:
    return "liveblogposting" in page.kinds or bool(page.layout.seen & class_names.LIVE)


def _is_gallery(page: _Page) -> bool:
    """More pictures than paragraphs where the text stands, and hardly any text."""
    if len(page.text) >= PAGE_TYPE.short:
        return False
    if page.kinds & {"imagegallery", "mediagallery"}:
        return True
    images = page.layout.images_in(page.body.container)
    return images >= PAGE_TYPE.gallery_images and images > 2 * len(page.body.blocks)


def _is_video(page: _Page) -> bool:
    return len(page.text) < PAGE_TYPE.video and (
        page.og_type.startswith("video") or ("videoobject" in page.kinds and not _has_article(page.kinds))
    )


_Test = Callable[[_Page], bool]
REFUSALS: tuple[tuple[str, _Test], ...] = (  # the first that holds is what the page is
    ("captcha", _is_captcha),
    ("error_page", _is_error),
    ("login_wall", _is_login),
    ("consent", _is_consent),
    ("listing", _is_list),
    ("no_body", lambda page: not page.body.blocks),
)
ODDITIES: tuple[tuple[str, _Test], ...] = (
    ("live_blog", _is_live),
    ("gallery", _is_gallery),
    ("video", _is_video),
)
FATAL = frozenset(name for name, _ in REFUSALS)


def judge(layout: Layout, body: Body, meta: Metadata) -> list[str]:
    """Return codes of what is odd about a page, the fatal one first."""
    kinds = frozenset(name.lower() for name in meta.types)
    page = _Page(
        layout=layout,
        body=body,
        text="\n".join([layout.blocks[i].text for i in body.blocks]),
        headings=(
            (meta.title or "").strip(),
            next((b.text for b in layout.blocks if b.tag in ("h1", "h2")), ""),
        ),
        marked=(meta.og_type or "") == "article" or _has_article(kinds) or meta.published is not None,
        kinds=kinds,
        og_type=meta.og_type or "",
    )
    refusal = [next((name for name, test in REFUSALS if test(page)), "")]
    return [name for name in refusal if name] + [name for name, test in ODDITIES if test(page)]


def _printed(page: _Page) -> str:
    """Return the beginning of what the page prints, in small letters."""
    blocks = page.layout.blocks[: PAGE_TYPE.first_blocks]
    return "\n".join([b.text for b in blocks])[: 2 * PAGE_TYPE.short].lower()


def _lines(page: _Page) -> list[str]:
    blocks = page.layout.blocks[: PAGE_TYPE.first_blocks]
    return [b.text.lower() for b in blocks if len(b.text) < PAGE_TYPE.long_heading]


def _has_article(kinds: frozenset[str]) -> bool:
    return any(kind.endswith(("article", "posting")) for kind in kinds)


def is_challenge(text: str) -> bool:
    """Return True if a web page that stands where something else was asked for is a robot check."""
    try:
        tree = html.parse(text)
    except PageTooComplex:
        return False
    title = tree.css_first("title")
    said = clean_line(tree.body.text()) if tree.body else ""
    return _CHALLENGE.search((clean_line(title.text()) if title else "").lower()) is not None or (
        len(said) < PAGE_TYPE.short and _CHALLENGE.search(said.lower()) is not None
    )


def _is_linked_heading(block: Block) -> bool:
    return block.tag in HEADINGS and block.linked >= 0.9 * len(block.text) and block.text.count(" ") >= 2
