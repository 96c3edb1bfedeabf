"""What a page is when it is no article: an error, a consent wall, a robot check, a list of articles. Pure.

In: the Layout, the headline, what metadata says, the body that was found. Out: codes, the first of which is fatal if it
is in FATAL. Better no article than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from scraper.errors import PageTooComplex
from scraper.extract import class_names, html
from scraper.extract.blocks import Block, Layout
from scraper.extract.body import Body
from scraper.text.normalize import clean

FATAL = frozenset(("captcha", "consent", "error_page", "listing", "no_body"))

_LISTED = 5  # linked headings: what a page without an article, but with so many, is made for
_SHORT = 1_500  # characters: what a check or an error says at most
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5"))
# Sought in small letters: a pattern that need not fold letters is several times as fast.
_CHALLENGE = re.compile(
    r"""(?x)
    just\s+a\s+moment | checking\s+(?:your|the\s+site|if\s+the)\s.{0,20}(?:browser|connection) | verify(?:ing)?\s+(?:that\s+)?you\s+are\s+(?:a\s+)?(?:human|not\s+a\s+robot)
    | attention\s+required | are\s+you\s+(?:a\s+)?(?:human|robot) | you\s+are\s+not\s+a\s+(?:robot|bot) | enable\s+javascript\s+and\s+cookies | ddos[-\s]?(?:guard|protection)
    | please\s+(?:enable|turn\s+on)\s+(?:java\s*script|js|cookies) | access\s+(?:to\s+this\s+page\s+has\s+been\s+)?denied | unusual\s+traffic | security\s+check | ray\s+id
    | проверка\s+(?:браузера|безопасности) | подтвердите,?\s+что\s+(?:вы\s+)?(?:не\s+робот|человек) | доступ\s+(?:ограничен|запрещ[её]н) | включите\s+javascript
    | հաստատեք,?\s+որ\s+ռոբոտ | robot\s+olmadığınızı | robot\s+olmadığınız | დაადასტურეთ,?\s+რომ\s+(?:არ\s+ხართ\s+)?რობოტ
    """
)
_ERROR = re.compile(
    r"""(?x)
    (?:page|article|story|content|file)\s+(?:(?:was|is|could|can)\s+)?(?:not|no\s+longer|n['’]t)\s+(?:be\s+)?(?:found|available|exist) | not\s+found\W*$ | does\s*n[o'’]t\s+exist\W*$
    | (?:internal\s+)?server\s+error | service\s+(?:temporarily\s+)?unavailable | bad\s+gateway | gateway\s+time-?out | temporarily\s+unavailable | under\s+(?:construction|maintenance)
    | (?:страница|статья|материал|новость|запись|публикация)\s+(?:\S+\s+)?не\s+(?:найден|существует|доступн) | ничего\s+не\s+найдено | ошибка\s+(?:404|50\d|сервера) | такой\s+страницы\s+(?:нет|не)
    | (?:էջը|նյութը|հոդվածը)\s.{0,20}(?:չի\s+գտնվել|չգտնվեց|գոյություն\s+չունի) | էջ\s+չի\s+գտնվել
    | (?:გვერდი|სტატია|მასალა)\s.{0,20}(?:ვერ\s+მოიძებნა|არ\s+მოიძებნა|არ\s+არსებობს)
    | (?:səhifə|xəbər|məqalə)\s.{0,20}(?:tapılmadı|mövcud\s+deyil) | (?:sayfa|haber|içerik)\s.{0,20}(?:bulunamadı|mevcut\s+değil|yok)
    | seite\s+nicht\s+gefunden | page\s+introuvable | página\s+no\s+encontrada | pagina\s+non\s+trovata | nie\s+znaleziono\s+strony
    """
)
_STATUS = re.compile(
    r"(?i)^\W*(?:error|http|ошибка|hata|xəta|შეცდომა|սխալ)?\W*(?:400|403|404|410|500|502|503|504)\W*(?:$|error|not\s|page\s|forbidden|gone|bad\s|service\s|ошибка|страниц)"
)
_CONSENT = re.compile(
    r"(?i)\bcookies?\b|\bconsent\b|\bgdpr\b|privacy\s+(?:policy|settings|choices)|персональных\s+данных|файлы\s+cookie|datenschutz|çerez|"
    r"kukilər|թխուկ|ქუქი|your\s+(?:privacy|data)|our\s+partners|legitimate\s+interest"
)


_CONSENT_MARKS = (
    "cookie",
    "consent",
    "gdpr",
    "privacy",
    "персональн",
    "datenschutz",
    "çerez",
    "kuki",
    "թխուկ",
    "ქუქი",
)


def judge(
    layout: Layout, body: Body, title: str | None, types: Sequence[str], og_type: str | None
) -> list[str]:
    """Codes of what is odd about a page, fatal ones first."""
    blocks = layout.blocks
    text = "\n".join([blocks[i].text for i in body.blocks])
    length = len(text)
    page = text if length > _SHORT else "\n".join([b.text for b in blocks[:60]])[: 2 * _SHORT]
    heading = (title or "").strip()
    first = next((b.text for b in blocks if b.tag in ("h1", "h2")), "")
    codes: list[str] = []
    if length < _SHORT:
        if _CHALLENGE.search(heading.lower()) or (length < 600 and _CHALLENGE.search(page.lower())):
            codes.append("captcha")
        elif (
            _says_error(heading)
            or _says_error(first)
            or (
                length < 600 and any(len(b.text) < 120 and _ERROR.search(b.text.lower()) for b in blocks[:40])
            )
        ):
            codes.append("error_page")
    if not codes and _is_consent(text, length):
        codes.append("consent")
    if not codes and not body.blocks:
        codes.append("listing" if _linked_headings(blocks) >= _LISTED else "no_body")
    if not codes and _is_listing(layout, body, types, og_type):
        codes.append("listing")
    kinds = {name.lower() for name in types}
    if "liveblogposting" in kinds or layout.seen & class_names.LIVE:
        codes.append("live_blog")
    images = layout.images
    if (
        ("imagegallery" in kinds or "mediagallery" in kinds or images >= 12)
        and length < 1_000
        and len(body.blocks) * 2 < images
    ):
        codes.append("gallery")
    if length < 800 and (
        (og_type or "").startswith("video") or ("videoobject" in kinds and not _has_article(kinds))
    ):
        codes.append("video")
    return codes


def is_challenge(text: str) -> bool:
    """Whether a web page that stands where something else was asked for is a robot check."""
    try:
        tree = html.parse(text)
    except PageTooComplex:
        return False
    title = tree.css_first("title")
    said = clean(tree.body.text()) if tree.body else ""
    return _CHALLENGE.search((clean(title.text()) if title else "").lower()) is not None or (
        len(said) < _SHORT and _CHALLENGE.search(said.lower()) is not None
    )


def _says_error(heading: str) -> bool:
    return 0 < len(heading) < 120 and (_ERROR.search(heading.lower()) or _STATUS.search(heading)) is not None


def _has_article(kinds: set[str]) -> bool:
    return any(kind.endswith(("article", "posting")) for kind in kinds)


def _is_consent(text: str, length: int) -> bool:
    """A text about cookies: every third sentence speaks of them, from the first on."""
    opening = text[:400].lower()
    if not 0 < length < 6_000 or not any(mark in opening for mark in _CONSENT_MARKS):
        return False
    found = len(_CONSENT.findall(text))
    return found >= 3 and found * 250 > length


def _linked_headings(blocks: Sequence[Block]) -> int:
    return sum(
        b.tag in _HEADINGS and b.linked >= 0.9 * len(b.text) > 0 and b.text.count(" ") >= 2 for b in blocks
    )


def _is_listing(layout: Layout, body: Body, types: Sequence[str], og_type: str | None) -> bool:
    """Whether what was taken for paragraphs are the teasers of other articles: each stands with a linked heading."""
    if _has_article({name.lower() for name in types}) or og_type == "article" or body.container < 0:
        return False
    element = layout.elements[body.container]
    inside = layout.blocks[element.start : element.end]
    chosen = set(body.blocks)
    heads = pairs = 0
    for block, after in pairwise(inside):
        if block.links and block.linked >= 0.9 * len(block.text) and block.text.count(" ") >= 2:
            heads += 1
            pairs += after.index in chosen
    return (pairs >= 3 and pairs * 2 >= len(chosen)) or (
        body.title_at < 0 and heads >= 8 and heads >= 2 * len(chosen)
    )
