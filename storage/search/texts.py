"""What of a record is searched: its texts with the marks of its words, and what searches are narrowed by. Pure.

Text is folded by us, so that dotted and dotless i, Armenian ligatures and Georgian capitals meet; accents are folded by the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scraper import urls
from scraper.codec import Struct
from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.model import Headline, Record
from scraper.text.normalize import folded_words
from storage.model import Filter
from storage.search import forms
from storage.search.forms import Name
from storage.search.tokens import apart, tokens

# Of more hits than these, the newest are ranked: nobody reads on from the best of a common word.
NEWEST_RANKED = 1000
# The body first: FTS5 keeps the column of a word except of the first, two bytes for each word of an article
COLUMNS = ("body", "title", "related", "facets", "links")
WEIGHTS = (1.0, 4.0, 4.0, 0.0, 0.0)
MOST_TITLED = 200  # articles whose titles are looked at for the very one that a headline has
MOST_POINTING = 1000  # articles whose headlines are looked at for those that name an article
HAS_RELATED = "hasrelated"


class Texts(Struct, frozen=True):
    """What is indexed of a record. ``facets``: what searches are narrowed by, as words; ``links``: ids of the articles at
    the addresses of its related headlines.
    """

    body: str
    title: str
    related: str
    facets: str
    links: str


def texts_of(record: Record, folded_body: str) -> Texts:
    """Return the texts that are searched. ``folded_body``: the record's body by ``fingerprint.fold_paragraphs``."""
    title = fold_paragraphs((record.title or "",))
    headlines = [headline.title for headline in record.related]
    related = fold_paragraphs(headlines)
    in_title, in_body, in_related = tokens(title), tokens(folded_body), tokens(related)
    names = forms.names_in(record.title or "", record.body, in_title + in_body)

    def marked(text: str, words: Sequence[str], named: Mapping[str, Name]) -> str:
        return f"{apart(text)}\n{forms.marks(text, words, record.language, named)}" if text else ""

    return Texts(
        marked(folded_body, in_body, names),
        marked(title, in_title, names),
        marked(related, in_related, forms.names_in("\n".join(headlines), (), in_related)),
        " ".join(facets_of(record)),
        " ".join(urls.article_id(u) for h in record.related if (u := urls.canonical_or_none(h.url))),
    )


def title_terms(title: str | None) -> list[str]:
    """Return the words of a title as the index has them."""
    return tokens(fold_paragraphs((title or "",)))


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
