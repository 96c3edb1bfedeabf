"""Full text search without an index: what of a record is searched, and what a person's query asks for. Pure.

Text is folded by us, so that dotted and dotless i, Armenian ligatures and Georgian capitals meet; accents are folded by the
index. A query is words (all must occur), "phrases in quotes", begin* for prefixes of three letters and more, -word or NOT word for
what must not occur, OR between two of which one must; AND between two says what is so anyhow.
"""

from __future__ import annotations

import re

from scraper import urls
from scraper.codec import Struct
from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.errors import StoreError
from scraper.model import Headline, Record
from scraper.text.homoglyphs import unmix
from scraper.text.normalize import fold, folded_words
from storage.model import Filter

# Of more hits than these, the newest are ranked: nobody reads on from the best of a common word.
NEWEST_RANKED = 2000
WEIGHTS = (4.0, 1.0, 4.0, 0.0, 0.0)  # of title, body, related, facets, links
MOST_TITLED = 200  # articles whose titles are looked at for the very one that a headline has
MOST_POINTING = 1000  # articles whose headlines are looked at for those that name an article
# Letters; half the language begins with the same one or two: what is shorter is looked for as a word
MIN_BEGINNING = 3
HAS_RELATED = "hasrelated"


class Texts(Struct, frozen=True):
    """What is indexed of a record. ``facets``: what searches are narrowed by, as words; ``links``: ids of the articles at
    the addresses of its related headlines.
    """

    title: str
    body: str
    related: str
    facets: str
    links: str


class Phrase(Struct, frozen=True):
    """Words in a row; with ``prefix`` the last is only the beginning of one."""

    words: tuple[str, ...]
    prefix: bool = False


class Query(Struct, frozen=True):
    """One phrase of each group of ``wanted`` must occur, none of ``unwanted`` may."""

    wanted: tuple[tuple[Phrase, ...], ...]
    unwanted: tuple[Phrase, ...] = ()


def texts_of(record: Record, folded_body: str) -> Texts:
    """Return the texts that are searched. ``folded_body``: the record's body by ``fingerprint.fold_paragraphs``."""
    return Texts(
        fold_paragraphs((record.title or "",)),
        folded_body,
        fold_paragraphs([headline.title for headline in record.related]),
        " ".join(facets_of(record)),
        " ".join(urls.article_id(u) for h in record.related if (u := urls.canonical_or_none(h.url))),
    )


def facets_of(record: Record) -> list[str]:
    found = [facet("source", record.source), facet("language", record.language or "")]
    return [*found, HAS_RELATED] if record.related else found


def facet(kind: str, value: str) -> str:
    """One word of the index for one value: letters and digits only, so that no tokenizer splits it."""
    return kind + value.encode().hex()


def facets(filters: Filter) -> list[tuple[str, ...]]:
    """Return the filters that are words of the index: of each group one must occur."""
    groups: list[tuple[str, ...]] = []
    if filters.sources:
        groups.append(tuple(facet("source", source) for source in filters.sources))
    if filters.languages:
        groups.append(tuple(facet("language", language) for language in filters.languages))
    if filters.has_related:
        groups.append((HAS_RELATED,))
    return groups


_OPERATORS = ("AND", "OR", "NOT")
_PART = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')


def parse(text: str) -> Query:
    """Read what a person wrote. Raises StoreError (bad_query) if it has no words to look for."""
    wanted: list[tuple[Phrase, ...]] = []
    unwanted: list[Phrase] = []
    operator: str | None = None
    for match in _PART.finditer(text):
        minus, quoted, star, plain = match.groups()
        if plain in _OPERATORS:
            operator = plain
            continue
        if plain is not None:
            minus, star = ("-" if plain.startswith("-") else ""), ("*" if plain.endswith("*") else "")
            quoted = plain
        terms = tuple(folded_words(unmix(fold(quoted))))
        if not terms:
            continue
        phrase = Phrase(terms, bool(star) and (len(terms) > 1 or len(terms[0]) >= MIN_BEGINNING))
        if minus or operator == "NOT":
            unwanted.append(phrase)
        elif operator == "OR" and wanted:
            wanted[-1] = tuple(dict.fromkeys((*wanted[-1], phrase)))
        else:
            wanted.append((phrase,))
        operator = None
    if not wanted:
        raise StoreError("the query has no words to look for", code="bad_query")
    return Query(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(unwanted)))


def may_name(headline: Headline, article: Record) -> bool:
    """Whether a headline has an address of an article, or its very title: what the index finds has the words somewhere."""
    address = urls.canonical_or_none(headline.url)
    if address is not None and urls.article_id(address) in addresses_of(article):
        return True
    title = folded_words(headline.title)
    return bool(title) and title == folded_words(article.title or "")


def addresses_of(record: Record) -> list[str]:
    """Return the ids that links to this article may have."""
    return sorted({record.id, *(urls.article_id(c) for u in record.urls if (c := urls.canonical_or_none(u)))})
