"""/metrics, /healthz, /readyz; and that the dashboard, the alerts and the page of the manual speak of what there is."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import yaml

from scraper.codec import replace
from scraper.errors import StoreError
from scraper.model import ExtractionStats, Pending, SourceState
from scraper.model.daemon_status import STALL_SECONDS, DaemonStatus, WebhookStatus
from scraper.web import metrics
from scraper.web.access import AccessControl
from scraper.web.app import build_app
from scraper.web.context import AppContext
from storage import open_store
from storage.model import Stats, Tally
from tests.support.asgi import ask
from tests.support.shared import ROOT
from tests.support.stories import NOW, found, poll, story
from tests.web.test_feeds_out import SOURCES

VITALS = DaemonStatus(
    counts={"requests": 10, "bytes": 2048, "http_404": 2},
    running=3,
    stalled_seconds=1.5,
    hooks={"context": WebhookStatus(seq=4, sent=2, failures=1)},
)
BROKEN = replace(VITALS, breaks=7, broken="5 polls of 3 sources broke and nothing was stored since")
FULL = replace(VITALS, own_fault="the disk is full")
STATE = SourceState(
    source="valley-post", failures=4, due=NOW, last_poll=NOW, last_success=NOW - timedelta(days=1), last_new=NOW,
    pending=(Pending(entry=None),), yields=ExtractionStats(drift=("length",)), gap_since=NOW,
)  # fmt: skip
TALLY = Tally(
    day="2026-11-23", source="valley-post", language="ka", delay=1, articles=5, copies=2, headlines=9
)
FACTS = metrics.MetricFacts(
    stats=Stats(
        articles=6, seq=7, projected=5, languages={"ka": 4, "hy": 2}, database_bytes=99, quarantined=1
    ),
    states=[
        STATE,
        SourceState(source="hill-times"),
        SourceState(source="gorge", failures=1, error="poll_broke"),
    ],
    countries={"valley-post": "ge"},
    today=[TALLY, replace(TALLY, language="en", articles=1, copies=0)],
    daemon_status=replace(BROKEN, own_fault="the disk is full"),
    free_bytes=1 << 30,
    story_backlog=12,
)


def numbers(body):
    """The samples of an exposition."""
    lines = [line for line in body.decode().splitlines() if line and not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


HERE = 'country="ge",source="valley-post"'
SAMPLES = {
    "darial_articles": 6,
    "darial_changes_total": 7,
    "darial_json_lines_behind": 2,
    "darial_stories_behind": 12,
    'darial_articles_by_language{language="ka"}': 4,
    f"darial_source_articles_today{{{HERE}}}": 6,
    f"darial_source_copies_today{{{HERE}}}": 2,
    f"darial_source_failures{{{HERE}}}": 4,
    'darial_source_failures{country="",source="hill-times"}': 0,
    f"darial_source_pending{{{HERE}}}": 1,
    f"darial_source_drift{{{HERE}}}": 1,
    f"darial_source_gap{{{HERE}}}": 1,
    f"darial_source_last_poll_timestamp_seconds{{{HERE}}}": NOW.timestamp(),
    f"darial_source_broken{{{HERE}}}": 0,
    'darial_source_broken{country="",source="gorge"}': 1,
    "darial_polls_broken_total": 7,
    "darial_stalled": 1,
    "darial_own_fault": 1,
    "darial_requests_total": 10,
    "darial_received_bytes_total": 2048,
    'darial_request_errors_total{code="http_404"}': 2,
    "darial_stalled_seconds": 1.5,
    'darial_notify_sent_total{hook="context"}': 2,
    'darial_notify_behind{hook="context"}': 3,
    "darial_disk_free_bytes": 1 << 30,
}


def _sorted_labels(sample):
    name, brace, labels = sample.partition("{")
    return name + brace + ",".join(sorted(labels.rstrip("}").split(","))) + ("}" if brace else "")


@pytest.mark.parametrize("sample, value", SAMPLES.items(), ids=[s.partition("{")[0] for s in SAMPLES])
def test_samples(sample, value):
    """Every number is the one that the store or the daemon has."""
    found_ = {_sorted_labels(name): number for name, number in numbers(metrics.metrics_text(FACTS)).items()}
    assert found_[_sorted_labels(sample)] == value


def test_what_never_happened_is_left_out():
    """A source that was never polled has no time of it, not 1970."""
    names = [n for n in numbers(metrics.metrics_text(FACTS)) if "hill-times" in n]
    assert not [n for n in names if "timestamp" in n]


def test_alone_over_a_store():
    """Without the daemon, nothing is said of it; the rest is the same."""
    alone = numbers(metrics.metrics_text(FACTS._replace(daemon_status=None, free_bytes=None)))
    assert not [n for n in alone if "request" in n or "notify" in n or "stalled" in n or "free" in n]
    assert alone["darial_articles"] == 6


# ------------------------------------------------------------------------------------------ who speaks of them


def names():
    return {name.partition("{")[0] for name in numbers(metrics.metrics_text(FACTS))}


def spoken_of(text):
    return set(re.findall(r"\b(?:darial|process)_[a-z0-9_]+\b", text))


def expressions():
    rules = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert {"summary", "action"} <= rule["annotations"].keys(), rule["alert"]
            yield rule["alert"], rule["expr"]
    board = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize("where, expression", list(expressions()))
def test_dashboard_and_alerts(where, expression):
    """Every number that a panel or an alert is made of exists, and its brackets are closed."""
    assert spoken_of(expression) - names() == set()
    assert spoken_of(expression) or expression.startswith("up{")
    for pair in ("()", "{}", "[]"):
        assert expression.count(pair[0]) == expression.count(pair[1])


def test_nothing_is_shown_nowhere():
    """Each of our numbers is on the dashboard or in an alert: what nobody looks at need not be counted."""
    shown = set().union(*(spoken_of(expression) for _, expression in expressions()))
    assert {n for n in names() if n.startswith("darial_")} - shown <= {
        "darial_source_last_poll_timestamp_seconds"
    }


def test_panels_do_not_overlap():
    """The dashboard's grid: 24 columns, every panel in a place of its own, ids that differ."""
    panels = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text(encoding="utf-8"))["panels"]
    taken = [
        (x, y)
        for p in (panel["gridPos"] for panel in panels)
        for x in range(p["x"], p["x"] + p["w"])
        for y in range(p["y"], p["y"] + p["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_metric_is_documented():
    """docs/metrics.md has a row for each, and for no other."""
    rows = set(
        re.findall(r"^\| `([a-z0-9_]+)", (ROOT / "docs" / "metrics.md").read_text("utf-8"), re.MULTILINE)
    )
    assert rows == {n for n in names() if n.startswith("darial_")}


def test_every_alert_is_documented():
    """Each alert has its row, with what to do."""
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rules = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    assert [r["alert"] for g in rules["groups"] for r in g["rules"] if f"`{r['alert']}`" not in page] == []


# ------------------------------------------------------------------------------------------ over HTTP


class Broken:
    """A store that cannot be read any more."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        if name == "seq":
            raise StoreError("gone", code="store_unreadable")
        return getattr(self._store, name)


@pytest.fixture
def context(tmp_path):
    with open_store(tmp_path / "data") as store:
        article = found("https://valley.example/1", story(1), source="valley-post", fetched=NOW)
        store.commit(poll(article, source="valley-post", now=NOW), now=NOW)
        yield AppContext(
            store, lambda: SOURCES, daemon_status=lambda: VITALS, folder=tmp_path, now=lambda: NOW
        )


def test_a_scrape(context):
    """Prometheus' format, and what the store holds."""
    answer = ask(build_app(context, AccessControl()), "/metrics")
    assert (answer.status, answer.headers["content-type"]) == (200, f"{metrics.MEDIA_TYPE}; charset=utf-8")
    found_ = numbers(answer.body)
    assert found_["darial_articles"] == 1
    assert found_['darial_source_articles_today{country="ge",source="valley-post"}'] == 1
    assert found_["darial_disk_free_bytes"] > 0
    assert found_["process_resident_memory_bytes"] > 1e6


def test_stats_are_not_counted_for_every_scrape(context):
    """Half a minute old is new enough; then they are counted again."""
    first = context.stats()
    moment = NOW + timedelta(seconds=29)
    context.current_time = lambda: moment
    assert context.stats() is first
    moment = NOW + timedelta(seconds=31)
    assert context.stats() is not first


STUCK = replace(VITALS, stalled_seconds=STALL_SECONDS)
HEALTH = {
    "well": ("/healthz", {}, 200, "ok"),
    "stuck": ("/healthz", {"daemon_status": STUCK}, 503, "stalled: work has been due for 900 s and none was finished"),
    "all polls break": ("/healthz", {"daemon_status": BROKEN}, 503, f"stalled: {BROKEN.broken}"),
    "a full disk, which no restart makes larger": ("/healthz", {"daemon_status": FULL}, 200, "ok"),
    "without a daemon": ("/healthz", {"daemon_status": None}, 200, "ok"),
    "ready": ("/readyz", {}, 200, "ok"),
    "a store that is gone": ("/readyz", {"broken": True}, 503, "store_unreadable"),
    "a store that takes nothing": ("/readyz", {"daemon_status": FULL}, 503, "the disk is full"),
    "stuck, but readable": ("/readyz", {"daemon_status": STUCK}, 200, "ok"),
}  # fmt: skip


@pytest.mark.parametrize("path, more, status, said", HEALTH.values(), ids=HEALTH)
def test_health(context, path, more, status, said):
    """Alive: work gets done. Ready: the store can be read. Nothing is cached, no token is asked for."""
    app = build_app(context, AccessControl("a-long-long-token"))
    context.daemon_status = lambda: more.get("daemon_status", VITALS)
    if more.get("broken"):
        context.store = Broken(context.store)
    answer = ask(app, path)
    assert (answer.status, answer.text.strip()) == (status, said)
    assert answer.headers["cache-control"] == "no-store"


def test_metrics_behind_a_token(context):
    """Prometheus shows the token as it likes: in the header or in the address."""
    app = build_app(context, AccessControl("a-long-long-token"))
    assert ask(app, "/metrics").status == 401
    assert ask(app, "/metrics", authorization="Bearer a-long-long-token").status == 200
    assert ask(app, "/metrics?token=a-long-long-token").status == 200
