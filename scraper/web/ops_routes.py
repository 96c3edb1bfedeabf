"""Serve /metrics, /healthz and /readyz."""

from __future__ import annotations

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from scraper.errors import StoreError
from scraper.web import metrics
from scraper.web.context import AppContext


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/metrics", sync_to_thread=True, include_in_schema=False)
    def measured() -> Response[bytes]:
        """Serve the metrics of the store and the daemon, for Prometheus."""
        facts = metrics.MetricFacts(
            stats=context.stats(),
            states=context.store.source_states().values(),
            countries={outlet.id: outlet.country for outlet in context.sources().sources},
            today=context.store.tallies(context.current_time().date()),
            daemon_status=context.daemon_status(),
            free_bytes=context.free_bytes(),
            story_backlog=context.story_backlog(),
        )
        return Response(metrics.metrics_text(facts), media_type=metrics.MEDIA_TYPE)

    @get("/healthz", sync_to_thread=False, include_in_schema=False)
    def alive() -> Response[str]:
        """Answer 200 while the process works; 503 asks for a restart."""
        daemon_status = context.daemon_status()
        if daemon_status is not None and (why := daemon_status.stalled):
            return _text(503, f"stalled: {why}")
        return _text(200, "ok")

    @get("/readyz", sync_to_thread=True, include_in_schema=False)
    def ready() -> Response[str]:
        """Answer 200 while the store can be read and no fault of our own stops the polls."""
        try:
            context.store.seq()
        except StoreError as error:
            return _text(503, error.code)
        daemon_status = context.daemon_status()
        if daemon_status is not None and daemon_status.own_fault:
            return _text(503, daemon_status.own_fault)
        return _text(200, "ok")

    return [measured, alive, ready]


def _text(status: int, text: str) -> Response[str]:
    headers = {"cache-control": "no-store"}
    return Response(f"{text}\n", status_code=status, media_type="text/plain", headers=headers)
