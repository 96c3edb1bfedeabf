"""Before any test: settings of whoever runs them are not the tests' business, least of all which store is his."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

OURS = ("DARIAL_SHARED", "DARIAL_SCREENSHOTS")

for _name in [name for name in os.environ if name.startswith("DARIAL_") and name not in OURS]:
    del os.environ[_name]
os.environ["DARIAL_SOURCES"] = "sources.toml"  # never the real outlets of the package
os.environ["DARIAL_STORIES"] = "off"  # an encoder takes 0.2 s an article: the tests of stories turn it on

# How long an example takes says something about the machine, not about the code.
settings.register_profile("darial", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("darial")

# A shell that runs tests in the background has them ignore interrupts, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


# The files that take longest, first the worst. They have few tests, so xdist by itself begins with all others and waits for them.
LONGEST = (
    "engines/test_cluster.py", "torture/test_store.py", "daemon/test_daemon.py", "web/test_web_browser.py", "ingest/test_ingest.py",
    "torture/test_patterns.py", "web/test_web_api.py",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the longest files, in whatever order the rest is."""
    rank = {Path(__file__).parent / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(autouse=True)
def no_bugs(request, caplog):
    """No test goes by while something unexpected was spared and logged, unless that is what it is about."""
    yield
    if request.node.get_closest_marker("bugs") is None:
        said = [
            record.getMessage()
            for when in ("setup", "call")
            for record in caplog.get_records(when)
            if record.name == "darial"
        ]
        assert said == []


def pytest_terminal_summary(terminalreporter, config):
    """Print the seed of the random order, which pytest-randomly says in a header that -q hides."""
    if seed := getattr(config.option, "randomly_seed", None):
        terminalreporter.write_line(f"random order: repeat with ARGS=--randomly-seed={seed}")
