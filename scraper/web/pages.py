"""The pages: a request in, a view from the store, HTML out."""

from __future__ import annotations

from scraper.web import templates
from scraper.web.desk import Desk
from scraper.web.http import Handler, HTTPException, Response, get

HTML = "text/html"
FOR_EVER = "public, max-age=31536000, immutable"


def routes(desk: Desk) -> list[Handler]:
    @get("/", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def latest() -> bytes:
        return templates.render("latest.html", stories=desk.store.newest(), now=desk.moment())

    return [latest, static]


@get("/static/{hash:str}/{name:str}", sync_to_thread=False, include_in_schema=False)
def static(hash: str, name: str) -> Response[bytes]:  # noqa: A002
    """Our own files, under an address that changes with them."""
    if name not in templates.STATIC or templates.static_url(name) != f"/static/{hash}/{name}":
        raise HTTPException(status_code=404)
    return Response(
        templates.static(name), media_type=templates.STATIC[name], headers={"cache-control": FOR_EVER}
    )
