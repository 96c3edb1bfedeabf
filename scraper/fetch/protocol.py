"""Define what the pipeline needs of the network: ``scraper.fetch.fetcher.Fetcher`` has it, and so have the fakes of tests."""

from __future__ import annotations

from typing import Literal, Protocol

from scraper.model import NotModified, Page, Source, Validators

Kind = Literal["feed", "page", "robots"]


class Network(Protocol):
    """Anything that fetches URLs. Raises FetchError if a URL cannot be read."""

    async def get(
        self,
        url: str,
        *,
        kind: Kind = "page",
        validators: Validators | None = None,
        source: Source | None = None,
        force: bool = False,
    ) -> Page | NotModified: ...
