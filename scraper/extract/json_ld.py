"""The texts of a page's JSON-LD scripts in; what they say of the page's own article out. Tolerant, pure, never raises.

Scripts in the wild hold arrays, ``@graph``, references by ``@id``, comments, trailing commas, raw line ends in strings
and plain mistakes: a script is decoded as it is, and repaired only if that fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from scraper.codec import DecodeError, Struct, decode_any

Node = dict[str, Any]

MAX_SCRIPT_CHARS = 2_000_000
_MAX_NODES = 2_000
# Types whose name ends so are texts; the few others that are.
_ARTICLE_ENDINGS = ("article", "posting", "report", "review")
_ARTICLE_TYPES = frozenset(
    {"hentry", "newsstory", "opinion", "interview", "creativework", "analysisnewsarticle"}
)
_PAGE_TYPES = frozenset(
    {"webpage", "itempage", "videoobject", "audioobject", "podcastepisode", "imagegallery", "mediagallery"}
    | {"collectionpage", "searchresultspage", "profilepage", "aboutpage", "contactpage", "faqpage", "qapage"}
    | {"product", "event", "recipe", "jobposting", "itemlist"}
)
# What a page is made of, besides its article: where an article may hide, and nowhere else (not in lists of others).
_INTO = ("@graph", "mainEntity", "mainEntityOfPage", "subjectOf", "article")


class Person(Struct, frozen=True, kw_only=True):
    """An author as declared; ``organisation`` where the type says so."""

    name: str
    organisation: bool = False


class LinkedData(Struct, frozen=True, kw_only=True):
    """What JSON-LD says of the article. Texts are as declared: not unescaped, not cleaned."""

    types: tuple[str, ...] = ()  # of every node that stands for the page or its main content
    headline: str | None = None
    authors: tuple[Person, ...] = ()
    published: str | None = None
    modified: str | None = None
    page_published: str | None = None  # of the page or video where there is no article
    language: str | None = None
    description: str | None = None
    body: str | None = None
    images: tuple[tuple[str, str | None], ...] = ()  # URL and caption
    keywords: tuple[str, ...] = ()
    section: str | None = None
    publisher: str | None = None
    site: str | None = None
    paid: bool = False  # it is not accessible for free


def read_json_ld(scripts: Iterable[str], *, url: str | None = None, titles: Iterable[str] = ()) -> LinkedData:
    """Return the article among all nodes of the scripts: told by its address or headline where there are several."""
    nodes: list[Node] = []
    for script in scripts:
        for value in _load(script):
            nodes.extend(_nodes(value))
    if not nodes:
        return LinkedData()
    articles: list[Node] = []
    pages: list[Node] = []
    sites: list[Node] = []
    for node in nodes:
        kinds = _types(node)
        if _names_article(kinds):
            articles.append(node)
        elif kinds & _PAGE_TYPES:
            pages.append(node)
        if "website" in kinds:
            sites.append(node)
    article = _own(articles, url=url, titles=titles)
    by_id = _ids(nodes) if article is not None or pages else {}
    page = next((node for node in pages if node.get("datePublished") or node.get("uploadDate")), None)
    types = tuple(
        dict.fromkeys(
            name for node in ([article] if article else articles[:1]) + pages for name in _names(node)
        )
    )
    site = first_text(sites[0].get("name")) if sites else None
    page_published = first_text(page.get("datePublished") or page.get("uploadDate")) if page else None
    if article is None:
        return LinkedData(types=types, page_published=page_published, site=site)
    return LinkedData(
        types=types,
        headline=first_text(article.get("headline")),
        authors=tuple(_authors(article, by_id)),
        published=first_text(article.get("datePublished"))
        or first_text(article.get("dateCreated"))
        or first_text(article.get("uploadDate")),
        modified=first_text(article.get("dateModified")),
        page_published=page_published,
        language=_language(article.get("inLanguage")),
        description=first_text(article.get("description")),
        body=first_text(article.get("articleBody")) or first_text(article.get("text")),
        images=tuple(_images(article, by_id)),
        keywords=tuple(_keywords(article.get("keywords"))),
        section=first_text(article.get("articleSection")),
        publisher=next((person.name for person in _people(article.get("publisher"), by_id)), None),
        site=site,
        paid=str(article.get("isAccessibleForFree")).lower().rpartition("/")[2] == "false",
    )


def first_text(value: Any) -> str | None:
    """Return a string, or the first of a list, or the value of a language object; None for anything else or nothing."""
    while isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


# ------------------------------------------------------------------------------------------ reading

_OPENINGS = ("//<![CDATA[", "/*<![CDATA[*/", "<![CDATA[", "//<!--", "<!--", "//")
_CLOSINGS = ("//]]>", "/*]]>*/", "]]>", "//-->", "-->", "//")
_EDGES = "\ufeff \t\r\n;"
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_DOUBLE_COMMA = re.compile(r",\s*,+")
_NEXT_OBJECT = re.compile(r"}\s*(?=\{)")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_CONTROL = re.compile(r"[\x00-\x1f\u2028\u2029]+")


def _load(script: str) -> list[Any]:
    if not script or len(script) > MAX_SCRIPT_CHARS:
        return []
    try:
        return [decode_any(script)]
    except (DecodeError, UnicodeError):
        return _repair(script)


def _repair(script: str) -> list[Any]:
    """Undo the mistakes that templates make, from the harmless to the bold."""
    script = script.strip(_EDGES)
    for _ in range(2):  # one wrapping may stand in another
        for opening in _OPENINGS:
            script = script.removeprefix(opening).lstrip(_EDGES)
        for closing in _CLOSINGS:
            script = script.removesuffix(closing).rstrip(_EDGES)
    script = _CONTROL.sub(" ", script)
    if "&quot;" in script and '"' not in script:
        script = script.replace("&quot;", '"').replace("&amp;", "&")
    attempts = (
        lambda s: s,
        lambda s: _DOUBLE_COMMA.sub(",", _TRAILING_COMMA.sub("", s)),
        lambda s: _BAD_ESCAPE.sub("", s),
        lambda s: "[" + _NEXT_OBJECT.sub("},", s) + "]",
    )
    for attempt in attempts:
        script = attempt(script)
        try:
            return [decode_any(script)]
        except (DecodeError, UnicodeError):
            continue
    return []


# ------------------------------------------------------------------------------------------ choosing


def _nodes(value: Any) -> Iterator[Node]:
    """Every node that may stand for this page, outer ones first."""
    queue = [value]
    seen = 0
    while queue and seen < _MAX_NODES:
        value = queue.pop(0)
        seen += 1
        if isinstance(value, list):
            queue.extend(value)
        elif isinstance(value, dict):
            yield value
            queue.extend(value[key] for key in _INTO if isinstance(value.get(key), dict | list))


def _names(node: Node) -> list[str]:
    value = node.get("@type") or node.get("type") or ()
    names = value if isinstance(value, list) else [value]
    return [name.rpartition("/")[2].rpartition(":")[2].strip() for name in names if isinstance(name, str)]


def _types(node: Node) -> set[str]:
    return {name.lower() for name in _names(node)}


def _names_article(kinds: set[str]) -> bool:
    return any(name.endswith(_ARTICLE_ENDINGS) or name in _ARTICLE_TYPES for name in kinds)


def _own(articles: list[Node], *, url: str | None, titles: Iterable[str]) -> Node | None:
    """Return the article that this page is about: by its address, else by its headline, else the fullest of a few."""
    if len(articles) <= 1:
        return articles[0] if articles else None
    wanted = {_fold(title) for title in titles if title}
    path = _path(url) if url else None

    def rank(node: Node) -> tuple[bool, bool, int]:
        headline = _fold(first_text(node.get("headline")) or first_text(node.get("name")) or "")
        fields = sum(
            1 for key in ("headline", "datePublished", "author", "articleBody", "image") if node.get(key)
        )
        if not _people(node.get("author"), {}):
            fields -= 1
        address = _address(node)
        return (
            bool(path and address and _path(address) == path),
            bool(headline) and headline in wanted,
            fields,
        )

    best = max(articles, key=rank)
    if len({_fold(first_text(node.get("headline")) or "") for node in articles}) > 3 and not any(
        rank(best)[:2]
    ):
        return None  # a list of other articles
    return best


def _fold(title: str) -> str:
    return "".join(char for char in title.casefold() if char.isalnum())


def _path(url: str) -> str:
    return re.sub(r"^(?:https?:)?//[^/]*|[?#].*$|/$", "", url) or "/"


def _address(node: Node) -> str | None:
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and "/" in value:
            return value
    return None


def _ids(nodes: list[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        identity = node.get("@id")
        if isinstance(identity, str) and len(node) > 1:
            found.setdefault(identity, node)
    return found


# ------------------------------------------------------------------------------------------ fields


def _authors(article: Node, by_id: dict[str, Node]) -> list[Person]:
    people = _people(article.get("author"), by_id)
    return people or _people(article.get("creator"), by_id)


def _people(value: Any, by_id: dict[str, Node]) -> list[Person]:
    if isinstance(value, str):
        if value in by_id:
            return _people(by_id[value], {})
        return [] if value.startswith(("http://", "https://", "#")) else [Person(name=value)]
    if isinstance(value, list):
        return [person for item in value[:20] for person in _people(item, by_id)]
    if not isinstance(value, dict):
        return []
    name = value.get("name") or value.get("byline")
    identity = value.get("@id")
    if not name and isinstance(identity, str) and identity in by_id:
        return _people(by_id[identity], {})
    if not name and value.get("givenName"):
        name = f"{first_text(value['givenName'])} {first_text(value.get('familyName')) or ''}".strip()
    names = name if isinstance(name, list) else [name]
    organisation = any("organi" in kind for kind in _types(value))
    return [
        Person(name=item, organisation=organisation)
        for item in names
        if isinstance(item, str) and item.strip()
    ]


def _language(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    return first_text(value)


def _images(article: Node, by_id: dict[str, Node]) -> Iterator[tuple[str, str | None]]:
    values = article.get("image") or article.get("thumbnailUrl") or ()
    for value in (values if isinstance(values, list) else [values])[:20]:
        item = value
        if isinstance(item, dict) and len(item) == 1 and item.get("@id") in by_id:
            item = by_id[item["@id"]]
        if isinstance(item, dict):
            address = first_text(item.get("url")) or first_text(item.get("contentUrl"))
            caption = first_text(item.get("caption"))
        else:
            address, caption = (item if isinstance(item, str) else None), None
        if address:
            yield address, caption


def _keywords(value: Any) -> list[str]:
    if isinstance(value, str):
        return [word.strip() for word in re.split(r"[,;]", value)]
    if isinstance(value, list):
        return [word for item in value[:50] if (word := first_text(item))]
    return []
