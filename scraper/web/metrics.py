"""A store, and the daemon beside it, in Prometheus' words: the only import of prometheus_client.

``metrics_text`` is a function of what it is given: nothing is counted here, so nothing is lost with a restart of the page.
docs/metrics.md lists what there is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from scraper.model import SourceState
from scraper.model.daemon_status import DaemonStatus
from scraper.schedule.source_health import is_broken
from scraper.version import __version__
from storage.model import Stats, Tally

MEDIA_TYPE = "text/plain; version=0.0.4"
_COUNTS = ("requests", "bytes")  # of the fetcher; its other counts are error codes


class MetricFacts(NamedTuple):
    """What a scrape is made of. ``countries``: of the outlets; ``today``: what came since midnight (UTC)."""

    stats: Stats
    states: Collection[SourceState]
    countries: Mapping[str, str]
    today: Collection[Tally]
    daemon_status: DaemonStatus | None
    free_bytes: int | None
    story_backlog: int | None = None


def metrics_text(facts: MetricFacts) -> bytes:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Given([*_of_store(facts), *_of_sources(facts), *_of_daemon(facts)]))
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> list[Metric]:
        return self._metrics


def _of_store(facts: MetricFacts) -> Iterator[Metric]:
    stats = facts.stats
    info = GaugeMetricFamily("darial_info", "The version that answers.", labels=["version"])
    info.add_metric([__version__], 1)
    yield info
    yield GaugeMetricFamily("darial_articles", "Articles in the store.", value=stats.articles)
    yield CounterMetricFamily("darial_changes", "Revisions ever stored (the last seq).", value=stats.seq)
    yield GaugeMetricFamily("darial_clusters", "Clusters of nearly the same text.", value=stats.clusters)
    yield GaugeMetricFamily(
        "darial_copies", "Articles whose text an earlier one has.", value=stats.duplicates
    )
    yield GaugeMetricFamily("darial_quarantined_pages", "Pages given up.", value=stats.quarantined)
    yield GaugeMetricFamily("darial_database_bytes", "Size of the database.", value=stats.database_bytes)
    yield GaugeMetricFamily("darial_json_bytes", "Size of the JSON files.", value=stats.json_bytes)
    behind = max(0, stats.seq - stats.projected)
    yield GaugeMetricFamily("darial_json_lines_behind", "Lines that the JSON files lack.", value=behind)
    if facts.free_bytes is not None:
        yield GaugeMetricFamily("darial_disk_free_bytes", "Room on the store's disk.", value=facts.free_bytes)
    if facts.story_backlog is not None:
        said = "Articles of the last days that are not compared for stories."
        yield GaugeMetricFamily("darial_stories_behind", said, value=facts.story_backlog)
    languages = GaugeMetricFamily(
        "darial_articles_by_language", "Articles in the store.", labels=["language"]
    )
    for language, count in stats.languages.items():
        languages.add_metric([language], count)
    yield languages


def _of_sources(facts: MetricFacts) -> Iterator[Metric]:
    labels = ["source", "country"]
    today = GaugeMetricFamily("darial_source_articles_today", "New since midnight, UTC.", labels=labels)
    copies = GaugeMetricFamily("darial_source_copies_today", "Of them, copies.", labels=labels)
    for source in sorted({tally.source for tally in facts.today}):
        of_it = [tally for tally in facts.today if tally.source == source]
        names = [source, facts.countries.get(source, "")]
        today.add_metric(names, sum(tally.articles for tally in of_it))
        copies.add_metric(names, sum(tally.copies for tally in of_it))
    failures = GaugeMetricFamily("darial_source_failures", "Failed polls in a row.", labels=labels)
    pending = GaugeMetricFamily("darial_source_pending", "Announced articles still to be had.", labels=labels)
    broken = GaugeMetricFamily("darial_source_broken", "1: its last poll met a bug.", labels=labels)
    drift = GaugeMetricFamily("darial_source_drift", "1: its pages yield less than usual.", labels=labels)
    replaced = GaugeMetricFamily(
        "darial_source_replaced", "1: its own addresses give nothing, another is read.", labels=labels
    )
    gap = GaugeMetricFamily("darial_source_gap", "1: articles may have been missed.", labels=labels)
    times = {
        name: GaugeMetricFamily(f"darial_source_{name}_timestamp_seconds", said, labels=labels)
        for name, said in (
            ("last_poll", "When it was last asked."),
            ("last_success", "When it last answered."),
            ("last_new", "When it last had a new article."),
            ("due", "When it is to be asked again."),
        )
    }
    for state in sorted(facts.states, key=lambda state: state.source):
        names = [state.source, facts.countries.get(state.source, "")]
        failures.add_metric(names, state.failures)
        pending.add_metric(names, len(state.pending))
        broken.add_metric(names, is_broken(state))
        drift.add_metric(names, bool(state.yields.drift))
        replaced.add_metric(names, state.healing.in_use is not None)
        gap.add_metric(names, state.gap_since is not None)
        for name, family in times.items():
            moment: datetime | None = getattr(state, name)
            if moment is not None:
                family.add_metric(names, moment.timestamp())
    yield from (today, copies, failures, pending, broken, drift, replaced, gap, *times.values())


def _of_daemon(facts: MetricFacts) -> Iterator[Metric]:
    """Only where the daemon itself serves the page."""
    daemon_status = facts.daemon_status
    if daemon_status is None:
        return
    counts = daemon_status.counts
    yield CounterMetricFamily(
        "darial_requests", "Requests to other servers.", value=counts.get("requests", 0)
    )
    yield CounterMetricFamily(
        "darial_received_bytes", "Bytes of their answers.", value=counts.get("bytes", 0)
    )
    errors = CounterMetricFamily("darial_request_errors", "Requests that failed.", labels=["code"])
    for code in sorted(counts.keys() - set(_COUNTS)):
        errors.add_metric([code], counts[code])
    yield errors
    yield GaugeMetricFamily("darial_polls_running", "Polls under way.", value=daemon_status.running)
    yield GaugeMetricFamily(
        "darial_stalled_seconds",
        "How long work has been due and none finished.",
        value=daemon_status.stalled_seconds,
    )
    yield CounterMetricFamily("darial_polls_broken", "Polls that met a bug.", value=daemon_status.breaks)
    yield GaugeMetricFamily(
        "darial_stalled", "1: no work gets done (/healthz fails).", value=bool(daemon_status.stalled)
    )
    yield GaugeMetricFamily(
        "darial_own_fault",
        "1: the last poll met a fault of our own: disk, database, descriptors, memory.",
        value=bool(daemon_status.own_fault),
    )
    sent = CounterMetricFamily("darial_notify_sent", "Messages that a hook's receiver took.", labels=["hook"])
    failed = GaugeMetricFamily("darial_notify_failures", "Failed deliveries in a row.", labels=["hook"])
    lag = GaugeMetricFamily("darial_notify_behind", "Changes that a hook has not looked at.", labels=["hook"])
    for name, hook in daemon_status.hooks.items():
        sent.add_metric([name], hook.sent)
        failed.add_metric([name], hook.failures)
        lag.add_metric([name], max(0, facts.stats.seq - hook.seq))
    yield from (sent, failed, lag)
