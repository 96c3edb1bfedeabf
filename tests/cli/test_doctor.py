"""`darial doctor`: each judgement of a fact, and the command on healthy and broken stores."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from scraper.cli import doctor_checks, main
from scraper.model import SourceState
from scraper.pipeline.decide import after_break
from tests.support.demo_recording import DEMO_SOURCES, RECORDING
from tests.support.site import Site

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
GB = 1 << 30


def states(*failures, ago=timedelta(minutes=5)):
    return [SourceState(source=f"s{i}", failures=n, last_poll=NOW - ago) for i, n in enumerate(failures)]


def at(*minutes):
    return [NOW + timedelta(minutes=m) for m in minutes]


BROKEN = after_break(SourceState(source="gorge"), now=NOW)
FACTS = {
    "a good python": (doctor_checks.version("python", (3, 11, 2), (3, 11), "new"), "ok", ""),
    "an old python": (doctor_checks.version("python", (3, 9, 1), (3, 11), "get one"), "wrong", "3.11 or newer is needed: get one"),
    "an expat that bombs blow up": (doctor_checks.version("expat", (2, 4, 0), doctor_checks.OLDEST_EXPAT, "x"), "wrong", "2.4.1"),
    "a good sqlite": (doctor_checks.sqlite((3, 40, 1), {"ENABLE_FTS5"}), "ok", ""),
    "an old sqlite": (doctor_checks.sqlite((3, 31, 0), {"ENABLE_FTS5"}), "wrong", "3.37.0"),
    "a sqlite that cannot search": (doctor_checks.sqlite((3, 45, 0), set()), "wrong", "FTS5"),
    "all libraries": (doctor_checks.libraries([]), "ok", ""),
    "a library lacks": (doctor_checks.libraries(["rensa"]), "wrong", "make setup"),
    "time zones": (doctor_checks.time_zones([]), "ok", ""),
    "no time zones": (doctor_checks.time_zones(["Asia/Tbilisi"]), "wrong", "tzdata"),
    "many open files": (doctor_checks.open_files(1024), "ok", ""),
    "any number of open files": (doctor_checks.open_files(-1), "ok", ""),
    "few open files": (doctor_checks.open_files(256), "warning", "ulimit"),
    "no proxy": (doctor_checks.proxies({"PATH": "/bin", "HTTPS_PROXY": ""}), "ok", ""),
    "a proxy": (doctor_checks.proxies({"https_proxy": "http://10.0.0.1:3128"}), "warning", "ignores"),
    "a name server": (doctor_checks.name_servers("# x\nnameserver 9.9.9.9\n"), "ok", ""),
    "no name server": (doctor_checks.name_servers("search lan\nnameserver\n"), "warning", "127.0.0.1"),
    "no resolv.conf": (doctor_checks.name_servers(None), "warning", "127.0.0.1"),
    "a good clock": (doctor_checks.clock(NOW, at(0, 0, 0)), "ok", ""),
    "one server's clock is wrong": (doctor_checks.clock(NOW, at(0, 0, 90)), "ok", ""),
    "our clock is wrong": (doctor_checks.clock(NOW, at(90, 90, 0)), "wrong", "NTP"),
    "nobody to compare with": (doctor_checks.clock(NOW, []), "skipped", ""),
    "much room": (doctor_checks.disk("/", 50 * GB, 99 * GB, 10**6), "ok", ""),
    "little room": (doctor_checks.disk("/", GB, 99 * GB, 10**6), "warning", "free some space"),
    "no room": (doctor_checks.disk("/", 1 << 20, 99 * GB, None), "wrong", "nothing can be stored"),
    "no inodes": (doctor_checks.disk("/", 50 * GB, 99 * GB, 7), "warning", "files"),
    "a local disk": (doctor_checks.file_system("ext4"), "ok", ""),
    "a disk that nobody knows": (doctor_checks.file_system(None), "ok", ""),
    "a network disk": (doctor_checks.file_system("nfs4"), "wrong", "local disk"),
    "our own files": (doctor_checks.permissions([]), "ok", ""),
    "root's files": (doctor_checks.permissions(["/x/darial.db"]), "wrong", "chown"),
    "files as the database": (doctor_checks.projection(9, 9, running=True), "ok", ""),
    "files behind": (doctor_checks.projection(9, 7, running=True), "warning", "restart"),
    "files behind, no daemon": (doctor_checks.projection(9, 7, running=False), "warning", "next start"),
    "an empty store": (doctor_checks.future(NOW, None), "ok", ""),
    "a poll of tomorrow": (doctor_checks.future(NOW, NOW + timedelta(days=1)), "wrong", "clock"),
    "a poll of just now": (doctor_checks.future(NOW, NOW + timedelta(seconds=3)), "ok", ""),
    "a busy daemon": (doctor_checks.polling(NOW, states(0), running=True), "ok", ""),
    "a silent daemon": (doctor_checks.polling(NOW, states(0, ago=timedelta(hours=8)), running=True), "wrong", "restart"),
    "no daemon": (doctor_checks.polling(NOW, states(0, ago=timedelta(days=8)), running=False), "ok", ""),
    "nothing polled": (doctor_checks.polling(NOW, [], running=True), "ok", ""),
    "all sources answer": (doctor_checks.failing_sources(states(0, 1, 2)), "ok", ""),
    "one source fails": (doctor_checks.failing_sources(states(0, 0, 9)), "warning", "darial status"),
    "most sources fail": (doctor_checks.failing_sources(states(0, 5, 9)), "wrong", "network"),
    "no poll breaks": (doctor_checks.broken(states(0, 9)), "ok", ""),
    "one poll breaks": (doctor_checks.broken([*states(0, 0, 0), BROKEN]), "warning", "poll_broke"),
    "polls break": (doctor_checks.broken([*states(0, 0, 0), BROKEN, BROKEN, BROKEN]), "wrong", "report the bug"),
    "the polls of the only source break": (doctor_checks.broken([BROKEN]), "wrong", "restart"),
    "no source, no poll": (doctor_checks.broken([]), "ok", ""),
    "no feed was asked": (doctor_checks.feeds({}), "skipped", ""),
    "all feeds answer": (doctor_checks.feeds({"a": None, "b": None}), "ok", ""),
    "one feed fails": (doctor_checks.feeds({"a": None, "b": "http_403"}), "warning", "probe"),
    "all feeds fail": (doctor_checks.feeds({"a": "dns_failed", "b": "dns_failed"}), "wrong", "name server"),
}  # fmt: skip


@pytest.mark.parametrize("check, verdict, advice", FACTS.values(), ids=FACTS.keys())
def test_judgements(check, verdict, advice):
    """Each fact is judged, and whatever is not well comes with advice."""
    assert check.verdict == verdict
    assert advice in (check.advice or "")
    assert bool(check.advice) == (verdict in ("warning", "wrong"))
    assert check.found


@pytest.fixture
def examined(tmp_path, monkeypatch, capfdbinary):
    """Run the command over a store in an empty directory: exit code, checks by name."""
    monkeypatch.chdir(tmp_path)
    for name in (*doctor_checks.PROXIES, *map(str.upper, doctor_checks.PROXIES)):
        monkeypatch.delenv(name, raising=False)

    def _examined(*args):
        code = main.main(["doctor", "--json", *map(str, args)])
        out, _ = capfdbinary.readouterr()
        found = json.loads(out)
        assert found["ok"] == (code == 0)
        return code, {check["name"]: check for check in found["checks"]}

    return _examined


def test_a_new_machine(examined):
    """No store yet is fine; no sources file is not."""
    code, checks = examined("--store", "none/yet")
    assert code == 1
    assert checks["store"]["verdict"] == "ok"
    assert checks["settings"]["verdict"] == "wrong"
    assert "sources.toml" in checks["settings"]["found"]


@pytest.fixture(scope="module")
def demo_store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor") / "store"
    args = ["fetch", "--sources", str(DEMO_SOURCES), "--replay", str(RECORDING)]
    assert main.main([*args, "--store", str(folder)]) == 0
    return folder


def test_a_healthy_store(examined, demo_store):
    """Nothing is wrong with what the demo leaves behind."""
    code, checks = examined("--store", demo_store, "--sources", DEMO_SOURCES)
    assert {name for name, check in checks.items() if check["verdict"] == "wrong"} <= {"disk"}
    assert code == int(checks["disk"]["verdict"] == "wrong")
    assert "articles" in checks["store"]["found"]
    assert checks["JSON files"]["verdict"] == "ok"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_store_of_somebody_else(examined, demo_store):
    """Files that cannot be written are named."""
    (demo_store / "darial.db").chmod(0o400)
    try:
        code, checks = examined("--store", demo_store)
    finally:
        (demo_store / "darial.db").chmod(0o600)
    assert code == 1
    assert "darial.db" in checks["permissions"]["found"]


def test_a_damaged_store(examined, tmp_path):
    """What cannot be opened is wrong, with the reason."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "darial.db").write_bytes(b"this is no database at all" * 100)
    code, checks = examined("--store", "broken")
    assert code == 1
    assert checks["store"]["verdict"] == "wrong"


def test_the_table_is_for_people(capfd, demo_store):
    """For people: a line a check, no JSON, exit 1 for what is wrong."""
    code = main.main(["doctor", "--store", str(demo_store), "--sources", str(DEMO_SOURCES)])
    out, err = capfd.readouterr()
    assert " store " in out
    assert ("0 wrong" in err) is (code == 0)
    assert ("wrong" in out) is (code == 1)


class Loopback:
    """tests/support/site.py in a loop of its own, for commands that bring theirs."""

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.site = Site()
        asyncio.run_coroutine_threadsafe(self.site.__aenter__(), self.loop).result(10)
        return self.site

    def __exit__(self, *error):
        asyncio.run_coroutine_threadsafe(self.site.__aexit__(*error), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


def test_network_asks_feeds(examined, tmp_path):
    """`--network` asks a few feeds as the daemon would; what fails is said in words."""
    with Loopback() as site:
        feeds = ", ".join(
            f'{{ url = "http://127.0.0.1:{site.port}/{path}" }}' for path in ("etag", "status/503")
        )
        (tmp_path / "sources.toml").write_text(
            f"""
[settings]
allow_private_hosts = ["127.0.0.1"]
pace_seconds = 0
[[source]]
id = "valley-post"
name = "The Valley Post"
homepage = "https://valley.example/"
country = "ge"
languages = ["ka"]
feeds = [{feeds}]
"""
        )
        _, checks = examined("--network")
    assert checks["feeds"]["verdict"] == "warning"
    assert checks["feeds"]["found"].startswith("1 of 2 can be read: ")
