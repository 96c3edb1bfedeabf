"""Decide what the answer to a revisit says about a stored article. Pure.

In: the Revisit, the article's latest Record, and what came of asking: that the page is gone, or a Page with the Article read
from it. Out: a PageReading. A wall, an error page or another story never replaces a text; that a page is gone or leads
elsewhere is believed when it was seen twice.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote, urlsplit

from scraper import urls
from scraper.codec import field_names
from scraper.dedupe import decide, fingerprint, similarity
from scraper.extract import page_type
from scraper.model import Article, ExtractedArticle, Failure, Page, Record, Revisit, Status
from scraper.pipeline.readings import PageReading
from scraper.schedule.revisits import RevisitOutcome

GONE = frozenset(("http_404", "http_410"))
LEAST_LEFT = 0.5  # of the words: less is a teaser, a wall, or the end of a session

# What stands in an article's place for some time only.
_WALLS = frozenset(("captcha", "consent", "error_page"))


def judge_gone(visit: Revisit, record: Record, at: datetime) -> PageReading:
    """Decide about a page that was not there."""
    return _became(visit, record, "deleted", None, at)


def judge_page(visit: Revisit, record: Record, page: Page, article: Article) -> PageReading:
    """Decide about a page that was there, maybe at another address."""
    here = urls.canonical_or_none(page.final_url)
    moved_to = None if here == urls.canonical_or_none(visit.url) else here
    if article.extraction.method == "none":
        kinds = page_type.FATAL & set(article.extraction.warnings)
        if moved_to and not kinds & _WALLS and not _asks_to_return(visit.url, moved_to):
            return _became(visit, record, "redirected", moved_to, page.fetched)
        code = "challenge" if "captcha" in kinds else "no_article"
        return _refused(page, code, ", ".join(article.extraction.warnings) or "no article any more")
    if is_same_story(article, record, visit.item.entry.title):
        status: Status = "redirected" if moved_to else "published"
        aliases = dict.fromkeys(u for u in (*record.urls, visit.url, page.final_url) if u != record.url)
        found = _of(record, article, tuple(aliases), at=page.fetched, status=status, moved_to=moved_to)
        edited = (
            fingerprint.fingerprint(article.title, article.body).hash != record.hash
            or (status, moved_to) != (record.status, record.moved_to)
        )  # fmt: skip
        return PageReading(outcome=RevisitOutcome(edited=edited), found=found)
    if moved_to and not _asks_to_return(visit.url, moved_to):
        return _became(visit, record, "redirected", moved_to, page.fetched)
    return _refused(page, "other_text", "the page now has another text")


def is_same_story(article: Article, record: Record, told: str | None) -> bool:
    """Return whether what a page says now can be the article it showed before, edited.

    The text must agree, or the headline (unless it may be the one that we were ``told`` before), or the page must call
    itself by the article's address and date. And it must not be much shorter: who replaces a text by a teaser has put up
    a wall.
    """
    new = fingerprint.fingerprint(article.title, article.body)
    if new.hash == record.hash:
        return True
    old = fingerprint.fingerprint(record.title, record.body)
    if len(new.body) < LEAST_LEFT * len(old.body):
        return False
    if similarity.similarity_of(new.body, old.body).similarity >= decide.MIN_AGREEMENT:
        return True
    words, shared = min(len(set(new.title)), len(set(old.title))), len(set(new.title) & set(old.title))
    if article.title != told and words >= 3 and shared >= decide.MIN_TITLE_AGREEMENT * words:
        return True
    own = urls.canonical_or_none(article.canonical) in {record.url, *map(urls.canonical_or_none, record.urls)}
    return own and article.published is not None and article.published == record.published


def _became(
    visit: Revisit, record: Record, status: Status, moved_to: str | None, at: datetime
) -> PageReading:
    """Report a doubt at the first time, a fact at the second; the text stays."""
    if (record.status, record.moved_to) == (status, moved_to):
        return PageReading()
    doubt = f"{status} {moved_to or ''}".strip()
    if visit.doubt != doubt:
        return PageReading(outcome=RevisitOutcome(doubt=doubt))
    return PageReading(outcome=RevisitOutcome(edited=True), found=_kept(record, status, moved_to, at))


def _refused(page: Page, code: str, message: str) -> PageReading:
    return PageReading(
        outcome=RevisitOutcome(failed=True),
        failure=Failure(url=page.url, code=code, message=f"at a revisit: {message}"),
    )


def _kept(record: Record, status: Status, moved_to: str | None, at: datetime) -> ExtractedArticle:
    """Return the article as it is stored, with what became of its page."""
    names = {field.name for field in field_names(Article)} & {field.name for field in field_names(Record)}
    article = Article(**{name: getattr(record, name) for name in names - {"url", "credits"}})
    return _of(record, article, record.urls, at=at, status=status, moved_to=moved_to)


def _of(
    record: Record,
    article: Article,
    aliases: tuple[str, ...],
    *,
    at: datetime,
    status: Status,
    moved_to: str | None,
) -> ExtractedArticle:
    """Return what is said of an article now, under the address that names it."""
    return ExtractedArticle(
        source=record.source,
        country=record.country,
        url=record.url,
        link=record.link,
        urls=aliases,
        keys=urls.identity_keys(record.source, (record.url, *aliases), record.feed.guid),
        article=article,
        fetched=at,
        feed=record.feed,
        found_by=record.found_by or "feed",
        status=status,
        moved_to=moved_to,
    )


def _asks_to_return(asked: str, there: str) -> bool:
    """Return whether an address has another one in its query, as those of consent walls and logins do."""
    path = urlsplit(asked).path
    return len(path) > 1 and path in unquote(unquote(urlsplit(there).query))
