"""List where else a source may be read when its configured addresses give nothing, the most promising first. Pure.

In: the source and what its site was seen to name. Out: Fallbacks to be tried. healing.py says when, and what comes of a try.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit, urlunsplit

from scraper import urls
from scraper.error_messages import BLOCKS
from scraper.fetch import robots
from scraper.model import Fallback, FeedState, Healing, Page, Source
from scraper.pipeline import pending, probe_site

MAX_SITEMAPS = 3  # of those that robots.txt names
# No server answered: its other pages will not either, but another name or port may
UNREACHED = frozenset(("connect_failed", "connection_lost", "dns_failed", "timeout", "tls_failed"))
# What says nothing of the site: a recording without the page, our own settings
NOT_THEIRS = frozenset(("not_recorded", "blocked_address"))
# What is tried of a source whose addresses can be read, but show nothing new
SURE = frozenset(("configured", "homepage"))
# By kind of trouble, the origins that are tried; what is not listed has all of them
_BLOCKED = SURE | {"announced", "redirect"}  # what the site itself shows to everyone; nothing is guessed
_UNREACHED = SURE | {"announced", "redirect", "twin"}


def other_addresses(
    source: Source, feeds: Iterable[FeedState], healing: Healing, reason: str
) -> list[Fallback]:
    """Return every address that may replace the configured ones, in the order in which they are tried."""
    home = healing.home or source.homepage
    asked = [ref.url for ref in source.feeds if ref.enabled and ref.kind is None]
    known = {feed.url: feed for feed in feeds}
    found = [
        Fallback(url=state.moved_to, how="feed", origin="redirect")
        for url in asked
        if (state := known.get(url)) and state.moved_to
    ]
    if asked:
        found += [Fallback(url=url, how="sitemap", origin="configured") for url in source.sitemaps]
    # without feeds they were asked, but with a pattern; here any headline counts
    if asked or source.article_url:
        found += [Fallback(url=url, how="listing", origin="configured") for url in source.listings]
    found.append(Fallback(url=home, how="listing", origin="homepage"))
    found += healing.offers
    found += [Fallback(url=url, how="feed", origin="twin") for url in _feed_twins(asked, home)]
    found += [Fallback(url=url, how="listing", origin="twin") for url in _twins(home) if reason in UNREACHED]
    found += [Fallback(url=url, how="feed", origin="usual") for url in _usual_feeds(home)]
    found.append(Fallback(url=urljoin(home, "/robots.txt"), how="robots", origin="robots"))
    sitemaps = probe_site.common_paths(home, probe_site.SITEMAP_PATHS)
    found += [Fallback(url=url, how="sitemap", origin="usual") for url in sitemaps]
    allowed = _UNREACHED if reason in UNREACHED else None
    if reason in BLOCKS or (allowed is None and pending.is_transient(reason)):
        allowed = _BLOCKED
    usable = [way for way in found if allowed is None or way.origin in allowed]
    once = {way.url: way for way in reversed(usable) if way.url not in asked}
    return [way for way in usable if once.pop(way.url, None) is not None]


def _feed_twins(feeds: Iterable[str], home: str) -> list[str]:
    """Return the other spellings of feeds: where the homepage is now, https, with or without www and the last slash."""
    found = []
    for url in feeds:
        if urls.site_of(home) != urls.site_of(url):
            found.append(urljoin(home, urlunsplit(urlsplit(url)._replace(scheme="", netloc=""))))
        found += _twins(url)
        parts = urlsplit(url)
        if not parts.query and "." not in parts.path.rpartition("/")[2]:
            other = parts.path.removesuffix("/") if parts.path.endswith("/") else f"{parts.path}/"
            found.append(urlunsplit(parts._replace(path=other)))
    return found


def _twins(url: str) -> list[str]:
    """Return an address with https, and with www or without."""
    parts = urlsplit(url)
    found = [urlunsplit(parts._replace(scheme="https"))] if parts.scheme == "http" else []
    host = parts.netloc
    if host.startswith("www."):
        other = host.removeprefix("www.")
    elif urls.registrable_domain(host) == host:
        other = f"www.{host}"
    else:  # a name of its own, such as feeds.example.org
        return found
    return [*found, urlunsplit(parts._replace(scheme="https", netloc=other))]


def _usual_feeds(home: str) -> list[str]:
    """Return where feeds often are: below the homepage where that is a folder of the site, else at the root."""
    parts = urlsplit(home)
    if parts.path.strip("/"):
        folder = urlunsplit(parts._replace(path=parts.path.rstrip("/"), query="", fragment=""))
        return [f"{folder}/feed/", f"{folder}/rss"]
    return probe_site.common_paths(home, probe_site.FEED_PATHS)


def named_by_page(page: Page) -> tuple[Fallback, ...]:
    """Return the feeds that a page announces, and the list of posts of WordPress."""
    found = probe_site.read_home_page(page)
    addresses = [*found.feeds, *([found.posts] if found.posts else [])]
    return tuple(Fallback(url=url, how="feed", origin="announced") for url in addresses)


def named_by_robots(page: Page) -> tuple[Fallback, ...]:
    """Return the sitemaps that a robots.txt names, those for news first."""
    named = [probe_site.absolute_address(page.final_url, at) for at in robots.RobotsRules(page.body).sitemaps]
    found = sorted(dict.fromkeys(filter(None, named)), key=lambda url: "news" not in url)
    return tuple(Fallback(url=url, how="sitemap", origin="robots") for url in found[:MAX_SITEMAPS])


def is_refusal(code: str) -> bool:
    """Return whether a failure says that the site does not want to be asked; robots.txt forbids one address only."""
    return code in BLOCKS and code != "robots_denied"
