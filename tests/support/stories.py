"""Fictional stories and arrivals for the tests of dedupe and store: the same ones for every store."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from scraper.model import Article, ExtractedArticle, Extraction, FeedOrigin, PollDraft, SourceState
from scraper.urls import canonicalise, identity_keys

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

WORDS = [
    "bridge",
    "river",
    "council",
    "minister",
    "valley",
    "train",
    "harvest",
    "market",
    "winter",
    "road",
    "school",
    "museum",
    "border",
    "water",
    "village",
    "road",
    "mayor",
    "session",
    "budget",
    "repair",
    "tourists",
    "festival",
    "orchestra",
    "vineyard",
    "glacier",
    "shepherd",
    "tunnel",
    "customs",
    "railway",
    "power",
    "station",
    "forest",
    "engineer",
    "doctor",
    "student",
    "painter",
    "stadium",
    "harbour",
    "factory",
    "bakery",
    "library",
    "court",
    "judge",
    "deputy",
    "vote",
    "opened",
    "closed",
    "promised",
    "built",
    "announced",
    "visited",
    "repaired",
    "discussed",
    "signed",
    "measured",
    "planted",
    "counted",
    "found",
    "lost",
]


def story(seed: int, paragraphs: int = 6, words: int = 30) -> list[str]:
    """A text that shares no more with other seeds than any two texts do."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=words)).capitalize() + "." for _ in range(paragraphs)]


def reworded(body: list[str], share: float, seed: int = 1) -> list[str]:
    """The same text with a share of its words exchanged for new ones."""
    rng = random.Random(seed)
    return [
        " ".join(f"new{rng.randrange(10**6)}" if rng.random() < share else word for word in paragraph.split())
        for paragraph in body
    ]


def found(
    url: str, body: list[str], *, title: str = "A title", source: str = "herald", **more
) -> ExtractedArticle:
    """One article as the pipeline finds it. ``more``: fetched, published, language, guid, canonical, method ..."""
    canonical = canonicalise(more.pop("canonical", None) or url)
    guid = more.pop("guid", None)
    fetched = more.pop("fetched", NOW)
    method = more.pop("method", "generic")
    article = Article(
        title=title,
        body=tuple(body),
        language=more.pop("language", "en"),
        extraction=Extraction(method=method, confidence=0.9),
        **more,
    )
    return ExtractedArticle(
        source=source,
        url=canonical,
        urls=(url,),
        keys=identity_keys(source, [canonical, url], guid),
        article=article,
        fetched=fetched,
        feed=FeedOrigin(url=f"https://{source}.example/feed", guid=guid),
    )


def poll(
    *articles: ExtractedArticle,
    source: str = "herald",
    failures=(),
    due_minutes: int = 5,
    now: datetime = NOW,
) -> PollDraft:
    state = SourceState(source=source, due=now + timedelta(minutes=due_minutes), last_poll=now)
    return PollDraft(source=source, state=state, articles=articles, failures=tuple(failures), polled=now)
