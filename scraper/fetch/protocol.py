"""What the way of the data needs of the network, and no more: ``scraper.fetch.fetcher.Fetcher`` has it, a test's world too."""

from __future__ import annotations

from typing import Literal, Protocol

from scraper.model import NotModified, Page, Source, Validators


class Network(Protocol):
    """Raises FetchError for whatever keeps an address from being read."""

    async def get(
        self,
        url: str,
        *,
        kind: Literal["feed", "page", "robots"] = "page",
        validators: Validators | None = None,
        source: Source | None = None,
        force: bool = False,
    ) -> Page | NotModified: ...
