"""The HTTP interface for programs, version 1."""

from __future__ import annotations

from scraper.model import Record
from scraper.web.desk import Desk
from scraper.web.http import FromPath, Handler, HTTPException, get


def routes(desk: Desk) -> list[Handler]:
    @get("/api/v1/articles/{article:str}", sync_to_thread=True)
    def article(article: FromPath[str]) -> Record:
        """The latest revision of an article, with its cluster as it is now."""
        record = desk.store.get(article)
        if record is None:
            raise HTTPException(status_code=404, detail="there is no such article")
        return record

    return [article]
