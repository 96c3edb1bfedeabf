"""Find the source that an address belongs to: a configured one, else an ad-hoc one named by its site. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from scraper import urls
from scraper.model import Source

MAX_ID_CHARS = 40
_NO_FIT = (False, -1)
_NO_ID = re.compile(r"[^a-z0-9]+")


class SourceLookup:
    """Looks up sources by address: one on that very host goes before one that only shares the registrable domain."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        self._by_host: dict[str, list[Source]] = {}
        self._by_site: dict[str, list[Source]] = {}
        for source in sources:
            pages = (source.homepage, *source.hosts)
            for address in pages:
                _note(self._by_site, urls.site_of(address), source)
            for address in (*pages, *(feed.url for feed in source.feeds), *source.sitemaps, *source.listings):
                _note(self._by_host, urls.host_of(address), source)

    def of(self, url: str) -> Source:
        """Return the configured source of an address, else an ad-hoc one."""
        return self.find(url) or ad_hoc_source(url)

    def is_shared(self, url: str) -> bool:
        """Return whether several configured sources are on the site of an address."""
        return len(self._by_site.get(urls.site_of(url), ())) > 1

    def find(self, url: str) -> Source | None:
        """Return the configured source of an address, if there is one; None where several share the host and none of them fits."""
        known = self._by_host.get(urls.host_of(url)) or self._by_site.get(urls.site_of(url)) or []
        best = max(known, key=lambda source: _fits(source, url), default=None)
        return None if best is not None and len(known) > 1 and _fits(best, url) == _NO_FIT else best


def _note(table: dict[str, list[Source]], name: str, source: Source) -> None:
    if name and source not in table.setdefault(name, []):
        table[name].append(source)


def _fits(source: Source, url: str) -> tuple[bool, int]:
    """Return how well one of several sources on a host fits: the form of its articles, then its home page's folder."""
    folder = urlsplit(source.homepage).path.rstrip("/")
    inside = urlsplit(url).path.startswith(folder + "/")
    return bool(source.article_url and re.search(source.article_url, url)), len(folder) if inside else -1


def ad_hoc_source(url: str) -> Source:
    """Return a source for an address of no configured one, named by its site."""
    site = urls.site_of(url) or "unknown"
    name = _NO_ID.sub("-", site.lower()).strip("-")[:MAX_ID_CHARS].strip("-")
    try:
        host = urlsplit(url).hostname or site
    except ValueError:
        host = site
    home = f"https://[{host}]/" if ":" in host else f"https://{host}/"
    return Source(id=name or "unknown", name=site, homepage=home, country="int", languages=())
