"""Logs: one event is one harmless line, whatever is in it."""

from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper import logs

HOSTILE = {
    "a forged line": "News\n2026-01-01T00:00:00Z critical everything_lost",
    "carriage return": "a\rb",
    "clear the screen": "\x1b[2J\x1b[H",
    "C1 control sequence": "\x9b31mred",
    "bidi override": "gnp.\u202eexe",
    "bidi isolate": "\u2066x\u2069",
    "line separator": "a\u2028b\u2029c",
    "NUL": "a\x00b",
    "lone surrogate": "a\ud800b",
    "new line that only Unicode knows": "a\x85b",
}


def lines(fmt, *events):
    """The lines that logging ``events`` writes."""
    to = io.StringIO()
    logs.configure(fmt, stream=to)
    for name, values in events:
        logs.get_logger().info(name, **values)
    return to.getvalue().split("\n")[:-1]


@pytest.fixture(autouse=True)
def _restore_logging():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("fmt", ["console", "json"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_values_stay_on_their_line(fmt, text):
    """Whatever a feed puts into a title, the log shows one line without a raw control character."""
    (line,) = lines(fmt, ("polled", {"title": text}))
    assert len(line.splitlines()) == 1
    assert not logs._CONTROL.search(line)


@pytest.mark.parametrize("fmt", ["console", "json"])
def test_hostile_event_names_stay_on_their_line(fmt):
    """Even an event name cannot break out."""
    (line,) = lines(fmt, ("a\nb\x1b[2J", {}))
    assert not logs._CONTROL.search(line)


def test_json_keeps_the_value():
    """What JSON escapes, a reader gets back exactly."""
    (line,) = lines("json", ("polled", {"title": "a\n\u202eb\x85", "n": 3, "none": None, "ok": True}))
    event = json.loads(line)
    assert event["title"] == "a\n\u202eb\x85"
    assert (event["event"], event["level"], event["n"], event["none"], event["ok"]) == (
        "polled",
        "info",
        3,
        None,
        True,
    )


def test_console_line_reads_well():
    """The console form is time, level, event, key=value; values with spaces are quoted, absent ones left out."""
    (line,) = lines("console", ("poll_done", {"source": "outlet", "why": "no route", "code": None, "new": 3}))
    assert line.endswith(' poll_done source=outlet why="no route" new=3')
    assert (line[4], line[19]) == ("-", "Z")


SECRETS = {
    "userinfo": ("https://bob:hunter2@news.example/x", "https://***@news.example/x"),
    "user alone": ("https://hunter2@news.example/", "https://***@news.example/"),
    "without scheme": ("see //bob:hunter2@news.example/", "see //***@news.example/"),
    "token": ("https://n.example/f?a=1&token=hunter2&b=2", "https://n.example/f?a=1&token=***&b=2"),
    "api key": ("https://n.example/f?api_key=hunter2", "https://n.example/f?api_key=***"),
    "X-Amz-Signature": ("https://n.example/f?X-Amz-Signature=hunter2#t", "https://n.example/f?X-Amz-Signature=***#t"),
    "password in a message": ("failed: https://n.example/?password=hunter2 (403)", "failed: https://n.example/?password=*** (403)"),
    "harmless query": ("https://n.example/?page=2&lang=ka", "https://n.example/?page=2&lang=ka"),
    "mail address": ("write to desk@news.example", "write to desk@news.example"),
}  # fmt: skip


@pytest.mark.parametrize("text, want", SECRETS.values(), ids=SECRETS.keys())
def test_secrets_of_urls_are_not_logged(text, want):
    """Userinfo and query values named like secrets are starred, the rest of the URL is kept."""
    assert logs.redact(text) == want


@pytest.mark.parametrize("fmt", ["console", "json"])
@pytest.mark.parametrize(
    "values",
    [{"a": "ж" * 100_000}, {f"k{i}": "x" * 500 for i in range(40)}, {f"k{i}": "ა" * 90 for i in range(400)}],
    ids=["one huge value", "many long values", "far too many values"],
)
def test_lines_are_at_most_4_kb(fmt, values):
    """A line is never longer than 4 KB in UTF-8, and JSON stays JSON."""
    (line,) = lines(fmt, ("big", values))
    assert len(line.encode()) + 1 <= logs.MAX_LINE_BYTES
    if fmt == "json":
        assert json.loads(line)["event"] == "big"


def test_exceptions_are_one_line_with_their_place():
    """A bug's log line says what it was and where it came from, innermost frame first."""
    to = io.StringIO()
    logs.configure("json", stream=to)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logs.get_logger().exception("bug")
    event = json.loads(to.getvalue())
    assert event["error"] == "ValueError: two\nlines"
    assert event["trace"].startswith("test_logs.py:")
    assert event["level"] == "error"


def test_library_warnings_become_events():
    """What a library logs through the standard library arrives in our form."""
    to = io.StringIO()
    logs.configure("json", stream=to)
    logging.getLogger("some.library").warning("odd: %s", "a\nb")
    event = json.loads(to.getvalue())
    assert (event["event"], event["name"], event["message"], event["level"]) == (
        "library",
        "some.library",
        "odd: a\nb",
        "warning",
    )


def test_values_that_cannot_be_printed():
    """A value whose str() fails costs its text, not the daemon."""

    class Rude:
        def __str__(self):
            raise RuntimeError("no")

    (line,) = lines("console", ("polled", {"value": Rude()}))
    assert "Rude: RuntimeError" in line


def test_closed_stderr_is_survived():
    """A stderr that is gone stops the log, not the program."""
    to = io.StringIO()
    logs.configure("console", stream=to)
    to.close()
    logs.get_logger().info("still here")


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_one_line(name, value):
    """No text whatever makes two lines of one event."""
    for fmt in ("console", "json"):
        (line,) = lines(fmt, (name, {"value": value}))
        assert not logs._CONTROL.search(line)
