"""The command line: every command, odd flags, what goes to which stream, and the exit codes."""

from __future__ import annotations

import asyncio
import gzip
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scraper import clock
from scraper.cli import main, status, terminal
from scraper.codec import field_names
from scraper.model import Entry, Failure, Fallback, Healing, Pending, PollDraft, Record, SourceState
from scraper.pipeline.decide import after_break
from storage import open_store
from tests.support.demo_recording import DEMO, DEMO_SOURCES, RECORDING
from tests.support.shared import ROOT

PATIENCE_SECONDS = 60
SOURCES = str(DEMO_SOURCES)
REPLAY = ["--sources", SOURCES, "--replay", str(RECORDING)]
PAGE = DEMO / "site/kheoba.example/ka/news/41220-taplis-bazroba.html"
FEED = DEMO / "site/lernayinlur.example/hy/atom.xml"
RECORD_KEYS = [field.name for field in field_names(Record)]


@pytest.fixture
def darial(capsysbinary, tmp_path):
    """Run a command line in this process, in an empty directory: exit code, stdout, stderr."""

    def _darial(*args):
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            code = main.main([str(a) for a in args])
        finally:
            os.chdir(here)
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return _darial


def start(*args, stderr=subprocess.PIPE, **kwargs):
    command = [sys.executable, "-m", "scraper", *map(str, args)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, **kwargs)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


# ------------------------------------------------------------------------------------------ help and usage

COMMANDS = ["run", "fetch", "extract", "feed", "status", "demo", "explain", "sources", "sources check", "sources list", "store",
            "store import", "store export", "store rebuild", "store stats", "store verify", "store reextract",
            "store quarantine list", "store quarantine show", "store quarantine retry", "sources test"]  # fmt: skip


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(darial, command, flag):
    """Help on stdout, exit 0, with an example for whatever can be run."""
    code, out, err = darial(*command.split(), flag)
    assert (code, err) == (0, "")
    assert command.split()[-1] in out
    assert "\\b" not in out
    if command not in ("sources", "store"):
        assert "Example" in out


def test_the_help_names_every_command(darial):
    """`darial --help` lists the commands and the exit codes."""
    code, out, _ = darial("--help")
    assert code == 0
    assert [
        name
        for name in terminal.commands(main.build_commands())
        if name and " " not in name and f"\n  {name} " not in out
    ] == []
    assert "Exit codes" in out


@pytest.mark.parametrize("path", [path for path in terminal.commands(main.build_commands()) if path])
def test_one_line_helps_fit_a_terminal(path):
    """The first sentence of each help is short enough for the list of commands at 80 columns."""
    text = terminal.helps(main.build_commands(), name="darial")[f"darial {path}"]
    first = text.partition("\n\n")[2].strip().partition("\n")[0]
    assert first.endswith(".")
    assert len(first) <= 46


def test_version(darial):
    """`darial --version` says which Darial it is."""
    assert darial("--version")[:2] == (0, "darial 0.1.0\n")


WRONG = {
    "no such command": (["fetsch"], "fetsch"),
    "no such option": (["fetch", "--stoer", "x"], "(see: darial fetch --help)"),
    "option without value": (["store", "export", "--store"], "(see: darial store export --help)"),
    "too many arguments": (["status", "x"], "x"),
    "missing argument": (["extract"], "extract --help"),
    "bad choice": (["run", "--log-format", "xml"], "xml"),
    "no sources file": (["fetch"], "sources.toml"),
    "no sources file to run": (["run"], "sources.toml"),
    "sources file that is none": (["fetch", "--sources", __file__], "not valid TOML"),
    "sources file that is a directory": (["fetch", "--sources", "/"], "directory"),
    "unknown outlet": (["fetch", "kheob", *REPLAY], "kheob"),
    "no such recording": (["fetch", "--sources", SOURCES, "--replay", "none.warc.gz"], "none.warc.gz: no such file"),
    "no such recording to run": (["run", "--sources", SOURCES, "--replay", "none.warc.gz"], "none.warc.gz: no such file"),
    "recording that is none": (["fetch", "--sources", SOURCES, "--replay", __file__], "not a WARC file"),
    "page from no address": (["extract", __file__, "--url", "here"], "--url here: not an http(s) address"),
    "recording into nowhere": (["fetch", *REPLAY, "--record", "no/such/dir/x.warc.gz"], "no/such/dir"),
    "store under a file": (["fetch", *REPLAY, "--store", __file__ + "/x"], "test_cli.py"),
    "a store that nobody named": (["fetch", *REPLAY, "--store", ""], "--store: the value is empty"),
    "more than can be counted": (["search", "road", "--limit", "9223372036854775808"], "--limit"),
    "more outlets than can be counted": (["clusters", "--min-outlets", "9" * 21], "--min-outlets"),
    "a seq that none has": (["store", "tail", "--since", "9" * 23], "--since"),
    "a seq to export from that none has": (["store", "export", "--since", "9" * 23], "--since"),
    "status of no store": (["status", "--store", "nowhere"], "nowhere"),
}  # fmt: skip


@pytest.mark.parametrize("args, said", WRONG.values(), ids=WRONG.keys())
def test_wrong_command_lines(darial, args, said):
    """Exit 2, one clear line on stderr, nothing on stdout, no traceback."""
    code, out, err = darial(*args)
    assert (code, out) == (2, "")
    assert err.startswith("darial: ")
    assert said in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_names_that_are_no_utf_8(darial, tmp_path):
    """A file may be called so, an article is not."""
    page = tmp_path / "caf\udce9.html"
    page.write_bytes(PAGE.read_bytes())
    code, out, _ = darial("extract", str(page))
    assert (code, json.loads(out)["input"]) == (0, f"{tmp_path}/caf\ufffd.html")
    assert darial("fetch", *REPLAY, "--store", tmp_path / "data")[0] == 0
    code, out, err = darial("explain", "caf\udce9", "--store", tmp_path / "data")
    assert (code, out) == (2, "")
    assert err == "darial: not UTF-8: 'caf\\udce9'\n"


def test_no_command_shows_the_help(darial):
    """`darial` alone explains itself on stderr: nothing was done."""
    code, out, err = darial()
    assert (code, out) == (2, "")
    assert "Commands:" in err


def test_all_mistakes_of_a_sources_file_at_once(darial, tmp_path):
    """Each mistake is a line of its own."""
    (tmp_path / "bad.toml").write_text(
        '[[source]]\nid = "A B"\nname = "x"\n[[source]]\nid = "ok-id"\nfoo = 1\n'
    )
    code, out, err = darial("fetch", "--sources", "bad.toml")
    assert (code, out) == (2, "")
    assert all(line.startswith("darial: bad.toml:") for line in err.splitlines())
    assert len(err.splitlines()) > 3


@pytest.mark.parametrize("debug", ["", "1"])
def test_bugs_are_one_line(darial, monkeypatch, debug):
    """What nobody expected is said in one line with its place; DARIAL_DEBUG=1 shows the traceback."""
    monkeypatch.setenv("DARIAL_DEBUG", debug)
    monkeypatch.setitem(
        sys.modules, "scraper.pipeline.fetch_once", None
    )  # an import that fails: a broken installation
    code, out, err = darial("fetch", *REPLAY)
    assert (code, out) == (main.BUG, "")
    assert "fetch.py" in err
    assert ("Traceback" in err) == bool(debug)
    assert debug or err.count("\n") == 2


# ------------------------------------------------------------------------------------------ fetch


def test_fetch_stores_and_tells(darial):
    """A table on stderr, nothing on stdout, exit 0; a second run finds everything known."""
    code, out, err = darial("fetch", *REPLAY)
    assert (code, out) == (0, "")
    assert "6 sources, 15 new, 0 revised" in err
    assert all(
        word in err
        for word in ("source", "feeds", "new", "revised", "duplicates", "failed", "why", "lernayin-lur")
    )
    code, out, err = darial("fetch", *REPLAY)
    assert code == 0
    assert "6 sources, 0 new, 0 revised, 0 duplicates" in err


def test_fetch_json(darial):
    """--json gives the stored records on stdout, the talk stays on stderr."""
    code, out, err = darial("fetch", *REPLAY, "--json")
    records = json_lines(out)
    assert code == 0
    assert len(records) == 15
    assert all(list(record) == RECORD_KEYS for record in records)
    assert "6 sources" in err


def test_fetch_some_outlets(darial):
    """Named sources alone are fetched, each once however often it was named."""
    code, out, _ = darial("fetch", "kheoba", "dag-xeber", "kheoba", *REPLAY, "--json")
    assert code == 0
    assert {record["source"] for record in json_lines(out)} == {"kheoba", "dag-xeber"}


def test_fetch_an_address(darial):
    """A single article is stored as its source's, found by its URL."""
    code, out, _ = darial("fetch", "https://kheoba.example/ka/news/41220-taplis-bazroba", *REPLAY, "--json")
    (record,) = json_lines(out)
    assert code == 0
    assert (record["source"], record["found_by"]) == ("kheoba", "url")


def test_fetch_an_address_without_sources(darial, monkeypatch):
    """An address needs no sources file: the list in the package is taken."""
    monkeypatch.delenv("DARIAL_SOURCES")
    code, out, _ = darial(
        "fetch", "https://kheoba.example/ka/news/41220-taplis-bazroba", "--replay", RECORDING, "--json"
    )
    assert code == 0
    assert len(json_lines(out)) == 1


def test_fetch_what_is_not_recorded(darial, tmp_path):
    """A source that fails is exit 1 with its code in the table; the others are stored."""
    text = DEMO_SOURCES.read_text(encoding="utf-8")
    (tmp_path / "s.toml").write_text(
        text.replace("kafkaspostasi.example/rss.xml", "kafkaspostasi.example/moved.xml")
    )
    code, _, err = darial("fetch", "--sources", "s.toml", "--replay", RECORDING)
    assert code == 1
    assert "not_recorded" in err
    assert "6 sources, 12 new" in err
    assert "; 1 failed" in err


def test_without_network(darial, tmp_path):
    """Every source fails fast with a code, nothing is written, exit 69, and a line says what can be tried."""
    hosts = "".join(
        f'[[source]]\nid = "s{i}"\nname = "S"\nhomepage = "http://127.0.0.1:1/"\ncountry = "ge"\nlanguages = ["ka"]\n'
        f'feeds = [{{ url = "http://127.0.0.1:1/{i}" }}]\n'
        for i in range(5)
    )
    (tmp_path / "s.toml").write_text(
        '[settings]\nallow_private_hosts = ["127.0.0.1"]\npace_seconds = 0\n' + hosts
    )
    code, out, err = darial("fetch", "--sources", "s.toml")
    assert (code, out) == (69, "")
    assert err.count("connect_failed") == 5
    assert "darial demo" in err
    assert not (tmp_path / "data").exists()


@pytest.fixture
def site():
    """A loopback site with a feed and a page; everything else is 404. Its base address, and the agents that it was asked by."""
    agents = []

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            agents.append(self.headers["User-Agent"])
            body = {"/feed": FEED.read_bytes(), "/page": PAGE.read_bytes()}.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", agents
    server.shutdown()
    thread.join()
    server.server_close()


SITE = """[settings]
allow_private_hosts = ["127.0.0.1"]
contact = "desk@news.example"
user_agent = "Desk/1"
pace_seconds = 0
"""


@pytest.mark.parametrize("command, path", [("feed", "/feed"), ("extract", "/page")])
def test_an_address_is_fetched_by_the_settings(darial, tmp_path, site, command, path):
    """Agent, contact and private hosts are those of the sources file; without it loopback is refused."""
    base, agents = site
    (tmp_path / "s.toml").write_text(SITE)
    code, out, _ = darial(command, base + path, "--sources", "s.toml")
    assert (code, bool(json_lines(out))) == (0, True)
    assert set(agents) == {"Desk/1 (+desk@news.example)"}
    code, _, err = darial(command, base + path)
    assert code == 1
    assert "blocked_address" in err


def test_status_after_a_first_fetch_that_failed(darial, tmp_path, site):
    """A store is made also where no article came of the first fetch, and says why."""
    base, _ = site
    entry = f'\n[[source]]\nid = "dead"\nname = "D"\nhomepage = "{base}/"\ncountry = "ge"\nlanguages = ["ka"]\nfeeds = [{{ url = "{base}/gone" }}]\n'
    (tmp_path / "s.toml").write_text(SITE + entry)
    assert darial("fetch", "--sources", "s.toml")[0] == 1
    code, out, _ = darial("status")
    assert code == 0
    assert "http_404: the page does not exist; another way is searched for" in out
    assert f"{base}/gone" in out


def test_record_and_replay(darial):
    """What --record wrote gives the same articles again."""
    assert darial("fetch", *REPLAY, "--record", "copy.warc.gz", "--store", "a")[0] == 0
    code, _, err = darial("fetch", "--sources", SOURCES, "--replay", "copy.warc.gz", "--store", "b")
    assert code == 0
    assert "6 sources, 15 new" in err


def test_two_owners(darial, tmp_path):
    """The second process on a store is told who has it, and exits with 75."""
    from storage import open_store

    darial("fetch", "kheoba", *REPLAY)
    with open_store(tmp_path / "data"):
        code, out, err = darial("fetch", *REPLAY)
    assert (code, out) == (75, "")
    assert str(os.getpid()) in err
    assert err.count("\n") == 1


# ------------------------------------------------------------------------------------------ extract, feed


def test_extract_prints_one_record_a_line_in_order(darial, tmp_path):
    """HTML and text, gzipped or not, in the order given; every key of a record, and the input's name first."""
    (tmp_path / "page.html").write_bytes(PAGE.read_bytes())
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(PAGE.read_bytes(), mtime=0))
    text = "The bridge was opened on Monday after two years of work, the road service said in a statement.\n\nIt cost nine million.\n"
    (tmp_path / "flat.txt").write_text(text)
    names = ["page.html", "flat.txt", "page.html.gz", "page.html"]
    code, out, err = darial("extract", *names)
    records = json_lines(out)
    assert (code, err) == (0, "")
    assert [record["input"] for record in records] == names
    assert all(list(record) == ["input", *RECORD_KEYS] for record in records)
    assert records[0]["body"] == records[2]["body"] == records[3]["body"]
    assert records[1]["extraction"]["method"] == "text"
    assert not (tmp_path / "data").exists()


def test_extract_makes_links_absolute_with_an_address(darial, tmp_path):
    """--url says where a file came from."""
    (tmp_path / "page.html").write_bytes(PAGE.read_bytes())
    _, out, _ = darial("extract", "page.html", "--url", "https://kheoba.example/ka/news/41220-taplis-bazroba")
    (record,) = json_lines(out)
    assert record["url"] == "https://kheoba.example/ka/news/41220-taplis-bazroba"
    assert all(headline["url"].startswith("https://kheoba.example/") for headline in record["related"])


def test_extract_goes_on_past_what_cannot_be_read(darial, tmp_path):
    """Unreadable input is a coded line on stderr and exit 1; the others are printed."""
    (tmp_path / "page.html").write_bytes(PAGE.read_bytes())
    (tmp_path / "cut.gz").write_bytes(gzip.compress(PAGE.read_bytes(), mtime=0)[:200])
    code, out, err = darial("extract", "none.html", "page.html", ".", "cut.gz", "page.html")
    assert code == 1
    assert [record["input"] for record in json_lines(out)] == ["page.html", "page.html"]
    assert [line.split(": ")[:2] for line in err.splitlines()] == [
        ["none.html", "unreadable"], [".", "unreadable"], ["cut.gz", "truncated"],
    ]  # fmt: skip


def test_extract_reads_standard_input():
    """- is standard input."""
    process = start("extract", "-", stdin=subprocess.PIPE)
    out, err = process.communicate(PAGE.read_bytes(), timeout=PATIENCE_SECONDS)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["input"] == "-"


def test_feed_prints_entries(darial):
    """A feed's entries one a line; --head gives what it says of itself."""
    code, out, err = darial("feed", FEED, "--url", "https://lernayinlur.example/hy/atom.xml")
    entries = json_lines(out)
    assert (code, err) == (0, "")
    assert [entry["url"] for entry in entries] == [
        "https://lernayinlur.example/hy/131210",
        "https://lernayinlur.example/hy/131207",
    ]
    code, out, _ = darial("feed", FEED, "--head")
    assert json.loads(out)["title"] == "Լեռնային լուր"
    assert json.loads(out)["entries"] == 2


@pytest.mark.parametrize(
    "name, said",
    [
        ("news.example/feed", "No such file or directory (an address begins with https://)"),
        ("www.news.example/a/1.html", "No such file or directory (an address begins with https://)"),
        ("feed.xml", "No such file or directory"),
        ("../news.example/feed", "No such file or directory"),
        ("/dev/null", "the document is empty"),
    ],
)
@pytest.mark.parametrize("command", ["feed", "extract"])
def test_inputs_that_are_none(darial, command, name, said):
    """What a person may have meant is said, and nothing gives no record."""
    code, out, err = darial(command, name)
    assert (code, out) == (1, "")
    assert err.endswith(f": {said}\n")


@pytest.mark.parametrize(
    "path, code",
    [(PAGE, "html_not_feed"), ("/dev/null", "empty_document"), ("nowhere", "unreadable")],
    ids=str,
)
def test_feed_of_what_is_none(darial, path, code):
    """What is no feed is one coded line and exit 1."""
    status, out, err = darial("feed", path)
    assert (status, out) == (1, "")
    assert err.startswith(f"darial: {code}")
    assert err.count("\n") == 1


# ------------------------------------------------------------------------------------------ status, demo


def test_status(darial):
    """A line for each source, numbers below; --json is the same for programs."""
    darial("fetch", *REPLAY)
    code, out, err = darial("status")
    assert (code, err) == (0, "")
    assert all(name in out for name in ("kheoba", "lernayin-lur", "15 articles", "6 sources, 0 failing"))
    code, out, _ = darial("status", "--json")
    status = json.loads(out)
    assert [s["source"] for s in status["sources"]] == sorted(s["source"] for s in status["sources"])
    assert status["stats"]["articles"] == 15
    assert status["running"] is None
    assert all(s["due"] and s["trouble"] is None for s in status["sources"])


def test_status_is_watched(darial, tmp_path):
    """--watch shows the status again and again until Ctrl-C; together with --json it is refused."""
    darial("fetch", "kheoba", *REPLAY)
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = start("status", "--store", tmp_path / "data", "--watch", "--every", "0.2", text=True)
    finally:
        signal.signal(signal.SIGINT, inherited)
    seen = 0
    while seen < 2:
        line = process.stdout.readline()
        assert line, "it ended"
        seen += line.startswith("source ")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, err) == (0, "")
    assert darial("status", "--watch", "--json")[0] == 2


def test_a_crash_loop_is_seen_from_outside(darial, tmp_path):
    """Another process than the daemon: status and doctor say that polls break, which, and what to do."""
    darial("fetch", *REPLAY)
    now = clock.now()
    with open_store(tmp_path / "data") as store:
        failure = Failure(
            url=None, code="poll_broke", message="RuntimeError: Unexpected error within the Pool"
        )
        for state in list(store.source_states().values())[:3]:
            broken = after_break(state, now=now)
            result = PollDraft(
                source=state.source, state=broken, articles=(), failures=(failure,), polled=now
            )
            store.commit(result, now=now)
    _, out, _ = darial("status")
    assert (
        "The last polls of 3 of 6 sources broke, a bug of Darial: look for poll_broke in the daemon's log"
        in out
    )
    assert "Unexpected error within the Pool" in out.replace("\n", " ")
    _, out, _ = darial("status", "--json")
    sources = json.loads(out)["sources"]
    assert [s["broken"] for s in sources] == [True, True, True, False, False, False]
    assert sources[0]["trouble"].startswith("poll_broke: a poll met a bug")
    code, out, _ = darial("doctor", "--json")
    polls = next(check for check in json.loads(out)["checks"] if check["name"] == "polls")
    assert (code, polls["verdict"]) == (1, "wrong")


def test_status_tells_the_trouble_first(darial, tmp_path):
    """A failing source comes first, with its error in words."""
    text = DEMO_SOURCES.read_text(encoding="utf-8")
    (tmp_path / "s.toml").write_text(
        text.replace("kafkaspostasi.example/rss.xml", "kafkaspostasi.example/moved.xml")
    )
    darial("fetch", "--sources", "s.toml", "--replay", RECORDING)
    _, out, _ = darial("status", "--json")
    first = json.loads(out)["sources"][0]
    assert (first["source"], first["error"], first["failures"]) == ("kafkas-postasi", "not_recorded", 1)
    assert first["trouble"] == "not_recorded: the recording has no such page"


NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
WAITING = tuple(
    Pending(entry=Entry(url=f"https://a.example/{i}"), found_by="feed", code="http_404") for i in range(2)
)
ELSEWHERE = Fallback(url="https://a.example/new", how="feed", origin="usual")
TROUBLE = {
    "all well": ({}, None),
    "no feed can be read": (
        {"failures": 3, "error": "dns_failed"},
        "dns_failed: the host name is unknown",
    ),
    "a failure that is over": ({"failures": 0, "error": "dns_failed"}, None),
    "articles cannot be had": ({"pending": WAITING}, "2 articles cannot be had: the page does not exist"),
    "a gap": ({"gap_since": NOW}, "the feed moved on"),
    "shut out": ({"failures": 1, "error": "http_403"}, "http_403: blocked: "),
    "gone for good": ({"failures": 4, "error": "http_410", "failing_since": NOW}, "http_410: dead, most likely: "),
    "read in another way": ({"last_poll": NOW, "healing": Healing(reason="http_404", since=NOW, used=ELSEWHERE)}, "http_404: the page does not exist; the feed https://a.example/new is read instead"),
    "back again": ({"last_poll": NOW, "healing": Healing(reason="http_404", since=NOW, used=ELSEWHERE, over=NOW)}, "its own addresses give articles again; for a while the feed https://a.example/new"),
    "no other way": ({"failures": 2, "error": "http_404", "healing": Healing(reason="http_404", since=NOW, rest_until=NOW)}, "http_404: the page does not exist; no other way to its articles was found; the next search is at 23 Nov 06:00 UTC (2 times"),
    "failing for a month": ({"failures": 90, "error": "timeout", "failing_since": NOW - timedelta(days=30)}, "timeout: dead, most likely: "),
}  # fmt: skip


@pytest.mark.parametrize("state, want", TROUBLE.values(), ids=TROUBLE.keys())
def test_trouble_in_words(state, want):
    """What is wrong with a source is said so that an operator knows what to do."""
    said = status.trouble(SourceState(source="a", **state), NOW)
    assert said is None if want is None else said.startswith(want)


def test_demo(darial, tmp_path):
    """Two whole records on stdout, the table and what to try next on stderr; exit 0, nothing left behind."""
    code, out, err = darial("demo")
    assert code == 0
    assert "Poll 2: 6 sources, 1 new article, 1 revised" in err
    assert "darial fetch" in err
    decoder, records, rest = json.JSONDecoder(), [], out
    while rest.strip():
        record, end = decoder.raw_decode(rest.lstrip())
        records.append(record)
        rest = rest.lstrip()[end:]
    assert len(records) == 2
    assert all(record["body"] and record["related"] for record in records)
    assert list(tmp_path.iterdir()) == []


def test_demo_keeps_its_store(darial):
    """With --store the records stay and can be exported."""
    assert darial("demo", "--store", "kept")[0] == 0
    _, out, _ = darial("store", "export", "--store", "kept")
    assert len(json_lines(out)) == 16


# ------------------------------------------------------------------------------------------ streams and signals


def test_a_closed_reader_ends_quietly(tmp_path):
    """`darial ... | head` says nothing on stderr."""
    with (tmp_path / "stderr").open("wb") as err:
        process = start("extract", *[PAGE] * 400, stderr=err)
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=PATIENCE_SECONDS) == main.BROKEN_PIPE
    assert (tmp_path / "stderr").read_bytes() == b""


def test_a_full_disk_is_told():
    """Output that cannot be written is an error, not silence."""
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "scraper", "feed", str(FEED)],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_SECONDS,
        )
    assert process.returncode == 1
    assert process.stderr == b"darial: No space left on device\n"


CLOSED = {
    "stdout, with nothing to say": ("fetch {replay} --store {store} >&-", 0),
    "stdout, with data to print": ("feed {feed} >&-", 1),
    "stderr": ("feed {feed} 2>&-", 0),
    "stderr, with a mistake to report": ("fetsch 2>&-", 2),
    "stdin, from which to read": ("store import - --store {store} <&-", 0),
    "all three": ("fetch {replay} --store {store} <&- >&- 2>&-", 0),
}


@pytest.mark.parametrize("line, code", CLOSED.values(), ids=CLOSED.keys())
def test_closed_streams(tmp_path, line, code):
    """A standard stream that is closed is no bug, and no file of ours takes its place."""
    store = tmp_path / "data"
    filled = line.format(replay=" ".join(REPLAY), store=store, feed=FEED)
    done = subprocess.run(
        f"{sys.executable} -m scraper {filled}",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert b"bug" not in done.stderr
    if store.exists():
        assert main.main(["store", "verify", "--store", str(store)]) == 0


def test_interrupt(tmp_path):
    """Ctrl-C ends a fetch at once with 130 and no traceback."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        (tmp_path / "s.toml").write_text(
            '[settings]\nallow_private_hosts = ["127.0.0.1"]\nfeed_timeout_seconds = 600\n'
            '[[source]]\nid = "silent"\nname = "S"\ncountry = "ge"\nlanguages = ["ka"]\n'
            f'homepage = "http://127.0.0.1:{port}/"\nfeeds = [{{ url = "http://127.0.0.1:{port}/rss" }}]\n'
        )
        # tests that run in the background of a shell inherit that SIGINT is ignored, and would hand it on
        inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            process = start("fetch", "--sources", tmp_path / "s.toml", "--store", tmp_path / "data")
        finally:
            signal.signal(signal.SIGINT, inherited)
        silent.settimeout(PATIENCE_SECONDS)
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        connection.close()
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err


def test_hostile_file_names_stay_on_their_line(darial):
    """A name with control characters cannot forge a line of output."""
    code, _, err = darial("feed", "a\nb\x1b[2J")
    assert code == 1
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_start_up_is_quick():
    """`darial --help` loads nothing heavy."""
    heavy = [
        "apscheduler",
        "feedparser",
        "httpx",
        "multiprocessing",
        "structlog",
        "rensa",
        "sqlite3",
        "fasttext",
        "requests",
    ]
    code = f"import sys; from scraper.cli import main, terminal; main.main(['--help']); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_event_loop_is_left_over():
    """Commands that ran a loop leave none behind for whoever imports us."""
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
