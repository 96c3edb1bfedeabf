"""Turn countries into the ids of their sources, which a Filter takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scraper.model import Source

NO_SOURCE = "-"  # an id that matches none


def narrowed_ids(
    sources: Iterable[Source], countries: Collection[str], only: Collection[str]
) -> tuple[str, ...]:
    """Return the ids of the sources in these countries, of ``only`` these if some are named; NO_SOURCE if there is none.

    Without countries they are ``only``.
    """
    if not countries:
        return tuple(only)
    ids = sorted(s.id for s in sources if s.country in countries and (not only or s.id in only))
    return tuple(ids) or (NO_SOURCE,)
