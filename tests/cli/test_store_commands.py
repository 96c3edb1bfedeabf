"""``darial store ...``, explain, diff, clusters, search, related: what they print, and how they fail."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from scraper import clock, parse_feed
from scraper.cli import main, terminal
from scraper.cli.store import found_twice
from scraper.codec import convert
from scraper.model import Headline, Record
from scraper.urls import article_id
from storage import open_store
from storage.records import adopt
from tests.support.stories import NOW, found, poll, story

URL = "https://herald.example/news/12345-a-bridge-opens"


@pytest.fixture
def folder(tmp_path):
    """A store with a revision, a copy, and a headline that points to an article."""
    path = tmp_path / "data"
    later = NOW + timedelta(hours=1)
    with open_store(path) as store:
        store.commit(poll(found(URL, story(1), title="A bridge opens")), now=NOW)
        store.commit(
            poll(found(URL, [*story(1), "The mayor came."], title="A bridge opens", fetched=later)), now=later
        )
        copy = found(
            "https://a.example/copy", story(1), source="a", title="Bridge", language="ka", fetched=later
        )
        pointing = found(
            "https://herald.example/x", story(2), title="X", related=(Headline(title="Bridges", url=URL),)
        )
        store.commit(poll(copy, pointing), now=later)
    return path


@pytest.fixture
def run(capsysbinary, folder):
    """Run a command line on the store: exit code, stdout, stderr."""

    def runner(*args: str) -> tuple[int, str, str]:
        code = main.main([*args, "--store", str(folder)])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return runner


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_export(run):
    """The latest revision of every article, or every line; by seq, and by the filters of a search."""
    assert [r["seq"] for r in lines(run("store", "export")[1])] == [2, 3, 4]
    assert [r["seq"] for r in lines(run("store", "export", "--revisions")[1])] == [1, 2, 3, 4]
    assert [r["seq"] for r in lines(run("store", "export", "--since", "3")[1])] == [4]
    assert [r["seq"] for r in lines(run("store", "export", "--since", "0")[1])] == [2, 3, 4]
    for options, seqs in (
        ("--since 2026-11-23T06:30", [3]),
        ("--until 2026-11-23T06:30", [2, 4]),
        ("--language KA", [3]),
        ("--source herald", [2, 4]),
        ("--source herald --source a", [2, 3, 4]),
        ("--has-related", [4]),
        (f"--cluster {article_id(URL)}", [2, 3]),
    ):
        assert [r["seq"] for r in lines(run("store", "export", *options.split())[1])] == seqs, options
    assert run("store", "export", "--since", "soon")[0] == 2


def test_export_as_a_table(run):
    """CSV that a spreadsheet reads: one row an article, the same columns always, paragraphs in one cell."""
    code, out, _ = run("store", "export", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert code == 0
    assert [row["seq"] for row in rows] == ["2", "3", "4"]
    assert rows[0]["body"].split("\n\n") == [*story(1), "The mayor came."]
    assert rows[0]["fetched"] == "2026-11-23T07:00:00.000Z"
    assert rows[2]["related_urls"] == URL
    assert run("store", "export", "--format", "xml")[0] == 2


@pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(folder, run, begin):
    """What a spreadsheet would run begins with an apostrophe; in the middle, and in JSON, texts stay as they are."""
    body = [f'{begin}HYPERLINK("http://evil.example","3-1=2")', "=2"]
    with open_store(folder) as store:
        store.add([{"url": "https://x.example/1", "source": "x", "body": body}], now=NOW)
    out = run("store", "export", "--format", "csv", "--source", "x")[1]
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert row["body"] == "'" + "\n\n".join(body)
    assert lines(run("store", "export", "--source", "x")[1])[0]["body"] == body


SOURCES = """
[[source]]
id = "herald"
name = "Herald"
homepage = "https://herald.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://herald.example/feed" }]
"""


def test_by_country(run, tmp_path):
    """Searches and exports are narrowed to the sources of a country, as the sources file has it."""
    path = tmp_path / "outlets.toml"
    path.write_text(SOURCES, encoding="utf-8")
    named = ("--sources", str(path))
    for options, seqs in (("--country GE", [2, 4]), ("--country ge --source a", [2, 3, 4])):
        found_ = lines(run("store", "export", *options.split(), *named)[1])
        assert [r["seq"] for r in found_] == seqs
    word = story(1)[0].split()[0]
    hits = lines(run("search", word, "--json", "--country", "ge", *named)[1])
    assert {hit["record"]["source"] for hit in hits} == {"herald"}
    code, _, err = run("store", "export", "--country", "am", *named)
    assert code == 2
    assert "has no source of this country" in err


def test_export_as_parquet(run, folder):
    """A Parquet file with every key as a column, nested and typed as in the JSON."""
    pq = pytest.importorskip("pyarrow.parquet")
    done = subprocess.run(
        [sys.executable, "-m", "scraper", "store", "export", "--format", "parquet", "--store", str(folder)],
        capture_output=True,
        check=True,
    )
    table = pq.read_table(io.BytesIO(done.stdout))
    with open_store(folder, read_only=True) as store:
        assert [convert(row, Record) for row in table.to_pylist()] == list(store.latest())
    assert str(table.schema.field("published").type) == "timestamp[us, tz=UTC]"


def test_export_as_atom(run):
    """An Atom feed that a feed reader reads back: title, address, text, related headlines."""
    code, out, _ = run("store", "export", "--format", "atom")
    entries = parse_feed(out.encode(), url="https://x.example/feed").entries
    assert code == 0
    assert [entry.title for entry in entries] == ["A bridge opens", "Bridge", "X"]
    assert entries[0].url == URL


def test_import(run, folder, tmp_path, capsysbinary):
    """What was exported is imported elsewhere with the same ids; bad lines are named and the exit code is 1."""
    exported = run("store", "export", "--revisions")[1]
    path = tmp_path / "x.jsonl"
    path.write_text(exported, encoding="utf-8")
    other = tmp_path / "other"
    assert main.main(["store", "import", str(path), "--store", str(other), "--json"]) == 0
    assert json.loads(capsysbinary.readouterr().out)["new"] == 3
    assert main.main(["store", "export", "--revisions", "--store", str(other)]) == 0
    assert capsysbinary.readouterr().out.decode() == exported
    path.write_text(
        '{"title": "no address"}\nno json\n\n{"url": "https://b.example/1", "title": "t"}\n'
        + "[" * 200_000
        + "\n",
        encoding="utf-8",
    )
    code, _, err = run("store", "import", str(path))
    assert code == 1
    assert "line 1: this is not a record" in err
    assert "line 2: not JSON" in err
    assert "line 5: not JSON: JSON is nested too deeply" in err
    assert "1 new" in err
    assert run("store", "import", str(tmp_path / "nowhere"))[0] == 2


SPOILT = {
    "cut short": lambda data: data[:-12],
    "rubbish behind it": lambda data: data + b"rubbish",
    "a spoilt byte": lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:],
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_import_of_a_spoilt_file(run, tmp_path, spoil):
    """What can be read of it, a byte order mark or not, is stored; that the rest cannot be is said, as a refusal."""
    path = tmp_path / "x.jsonl.gz"
    whole = "\ufeff" + "".join(f'{{"url": "https://b.example/{i}", "title": "t{i}"}}\n' for i in range(2000))
    path.write_bytes(spoil(gzip.compress(whole.encode(), mtime=0)))
    code, _, err = run("store", "import", str(path))
    assert code == 1
    assert err.count(": line ") == err.count(": the rest of the file cannot be read") == 1
    assert int(err.split(" new")[0].split()[-1]) > 1000


def test_compact(run, folder):
    """Days that are over are packed and read by every command as before; a store that is not there is not made."""
    with open_store(folder) as store:
        later = NOW + timedelta(days=1)
        store.commit(poll(found("https://herald.example/y", story(3), fetched=later), now=later), now=later)
    before = run("store", "tail", "--since", "0")[1]
    assert json.loads(run("store", "compact", "--json")[1])["files"] == 1
    assert [p.name for p in sorted((folder / "articles").glob("*.jsonl*"))] == [
        "2026-11-23.jsonl.zst",
        "2026-11-24.jsonl",
    ]
    assert "0 files compressed" in run("store", "compact")[2]
    assert run("store", "tail", "--since", "0")[1] == before
    assert run("store", "verify")[0] == 0
    assert main.main(["store", "compact", "--store", str(folder / "nowhere")]) == 2


def test_purge(run, folder):
    """Old articles and archived pages go; the age is a number of hours, days or weeks."""
    pages = folder / "archive"
    pages.mkdir()
    for day in ("2020-01-01", "2999-01-01"):
        (pages / f"{day}-001.warc.gz").write_bytes(b"")
    with open_store(folder) as store:
        store.add(
            [{"url": "https://herald.example/old", "title": "Old", "fetched": "2020-01-01T00:00:00Z"}],
            now=NOW,
        )
    age = (clock.now() - datetime(2020, 6, 1, tzinfo=UTC)).days
    told = json.loads(run("store", "purge", "--older-than", f"{age}d", "--json")[1])
    assert told == {"articles": 1, "lines": 1, "files": 1, "archive_files": 1}
    assert [path.name for path in pages.iterdir()] == ["2999-01-01-001.warc.gz"]
    assert "0 articles" in run("store", "purge", "--older-than", "99999w")[2]
    for age in ("1y", "x", "", "-1d", "999999d"):
        assert run("store", "purge", "--older-than", age)[0] == 2
    assert run("store", "verify")[0] == 0


def test_tail(run):
    """The change log from a seq on, every line whole."""
    assert [r["seq"] for r in lines(run("store", "tail", "--since", "2")[1])] == [3, 4]
    assert run("store", "tail")[1:] == ("", "")
    for command in ("tail", "export"):
        assert run("store", command, "--since", "4")[1:] == ("", "")
        said = "--since 20261102: the last seq of this store is 4\n"
        assert run("store", command, "--since", "20261102")[1:] == ("", said)


def test_stats_and_verify(run, folder):
    """A store in numbers; a damaged file is named, exit code 1, and rebuilt."""
    assert json.loads(run("store", "stats", "--json")[1])["articles"] == 3
    told = run("store", "stats")[1]
    assert "herald 2" in told
    assert [line for line in told.splitlines() if line != line.rstrip()] == []
    assert run("store", "verify")[0] == 0
    (file,) = (folder / "articles").iterdir()
    file.write_bytes(file.read_bytes().replace(b"The mayor came", b"The mayor went"))
    code, out, _ = run("store", "verify")
    assert (code, out) == (1, f"{file.name}: seq 2 differs from the database\n")
    assert json.loads(run("store", "verify", "--json")[1])["ok"] is False
    assert run("store", "rebuild")[0] == 0
    assert run("store", "verify")[0] == 0


@pytest.mark.parametrize(
    ("looks", "want"),
    [
        pytest.param([[]], [], id="nothing, one look"),
        pytest.param([["a"], []], [], id="finished meanwhile"),
        pytest.param([["a", "b"], ["b"]], ["b"], id="one stays"),
        pytest.param([["a"], ["b"]], [], id="another writer's moment"),
        pytest.param([["b", "a"], ["a", "b"]], ["b", "a"], id="damage stays, in order"),
    ],
)
def test_what_is_found_twice(looks, want):
    """A problem counts that a second look finds again; the pause is only made where there is something to look at."""
    pauses = []
    left = iter(looks)
    assert found_twice(lambda: next(left), pause=lambda: pauses.append(1)) == want
    assert len(pauses) == len(looks) - 1


def test_verify_beside_a_writer(folder):
    """A line that is in the database and reaches its file a moment later is no problem; one that never does is."""
    (file,) = (folder / "articles").iterdir()
    whole = file.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    with open_store(folder, read_only=True) as opened:
        file.write_bytes(whole.removesuffix(last))
        assert found_twice(opened.verify, pause=lambda: None) == [f"{file.name}: seq 4 is missing"]
        assert found_twice(opened.verify, pause=lambda: file.write_bytes(whole) and None) == []


def test_rebuild_the_database(run, folder):
    """A lost database is a clear error, and comes back from the files."""
    before = run("store", "export", "--revisions")[1]
    for path in folder.glob("darial.db*"):
        path.unlink()
    code, _, err = run("store", "import", "-")
    assert code == 1
    assert f"darial store rebuild --database --store {folder}" in err
    assert run("store", "rebuild", "--database")[0] == 0
    assert run("store", "export", "--revisions")[1] == before


def test_explain(run):
    """Reasons, revisions and cluster, in words or as JSON."""
    code, out, _ = run("explain", URL)
    assert code == 0
    assert "text changed" in out
    assert "reprint" in out
    assert len(json.loads(run("explain", URL, "--json")[1])["members"]) == 2
    assert "no other article" in run("explain", "https://herald.example/x")[1]
    assert run("explain", URL.removeprefix("https://"))[1] == out
    code, _, err = run("explain", "nowhere")
    assert code == 1
    assert "has no article nowhere" in err


def test_diff(run):
    """What came and went, marked in the text; the last two revisions unless two are named."""
    out = run("diff", URL)[1]
    assert "{+The mayor came.+}" in out
    assert "3 words new, 0 gone" in out
    assert "[-The mayor came.-]" in run("diff", URL, "2", "1")[1]
    assert json.loads(run("diff", URL, "--json")[1])["words_new"] == 3
    assert run("diff", URL, "1", "9")[0] == 1
    assert run("diff", URL, "1")[0] == 2
    assert run("diff", "https://herald.example/x")[0] == 1


def test_diff_of_what_is_not_text(run, folder):
    """Fields are shown as a person writes them: names and no brackets, nothing where there was nothing."""
    line = {"url": "https://x.example/1", "source": "x", "body": story(3)}
    with open_store(folder) as store:
        store.add([line], now=NOW)
        more = {"authors": ["A. B.", "C. D."], "published": "2026-11-20T08:00:00Z", "body": story(4)}
        store.add([line | more], now=NOW)
    out = run("diff", "https://x.example/1")[1]
    assert "\nauthors: {+A. B.; C. D.+}\n" in out
    assert "\npublished: {+2026-11-20T08:00:00Z+}\n" in out
    assert "\nauthors: [-A. B.; C. D.-]\n" in run("diff", "https://x.example/1", "2", "1")[1]


def test_articles_without_title_or_date(run, folder):
    """Lists call an untitled article by its first words, and leave a date out that nobody said."""
    body = ["Nobody gave a headline to this one.", *story(5)]
    with open_store(folder) as store:
        for i in (1, 2):
            store.add([{"url": f"https://x.example/{i}", "source": "x", "body": body}], now=NOW)
    hits = [line for line in run("search", "gave headline")[1].splitlines() if "Nobody gave" in line]
    assert len(hits) == 2
    assert "2026" not in "".join(hits)
    for command in (["clusters"], ["explain", "https://x.example/1"]):
        assert run(*command)[1].count("Nobody gave a headline to this one.") == 2, command


FITTED = {
    "they fit": ([["id", "1f0c2d3e4b5a6978"], ["title", "A bridge"]], 40, []),
    "ids stay whole, titles wrap": ([["id", "1f0c2d3e4b5a6978"], ["title", "A bridge opens at last"]], 30, [16, 12]),
    "two that wrap share": ([["a", "one two three four five six"], ["b", "one two three four five six"]], 32, [15, 15]),
    "dates give way to ids": ([["since", "2026-11-24 11:50"], ["id", "1f0c2d3e4b5a6978"], ["t", "A"]], 34, [13, 16, 1]),
    "too narrow for all": ([["id", "1f0c2d3e4b5a6978"], ["id", "1f0c2d3e4b5a6978"]], 20, []),
    "two cells a letter": ([["t", "橋橋橋 橋橋橋"], ["id", "1f0c2d3e"]], 18, [8, 8]),
}  # fmt: skip


@pytest.mark.parametrize("case", FITTED)
def test_columns_fit_the_terminal(case):
    """What a person copies out of a table is not broken for as long as there is room."""
    columns, width, widths = FITTED[case]
    assert terminal.fitted(columns, width) == widths


def test_clusters(run):
    """Who had it first and who copied it."""
    assert "2 articles, 2 sources" in run("clusters")[1]
    assert len(lines(run("clusters", "--json")[1])) == 1
    assert "no clusters" in run("clusters", "--min-outlets", "3")[2]
    assert run("clusters", "--since", "soon")[0] == 2


def test_search(run, tmp_path):
    """Hits, best first; by country through the sources file."""
    assert [h["record"]["source"] for h in lines(run("search", "mayor came", "--json")[1])] == ["herald"]
    assert "1 of 1 articles found" in run("search", "mayor came")[2]
    assert lines(run("search", "=bridges", "--json")[1]) == []
    assert len(lines(run("search", "bridges", "--in", "related", "--json")[1])) == 1
    assert run("search", "x", "--in", "body")[0] == 2
    assert run("search", "?!")[0] == 1
    sources = tmp_path / "sources.toml"
    sources.write_text(
        '[[source]]\nid = "herald"\nname = "H"\nhomepage = "https://herald.example/"\ncountry = "am"\nlanguages = ["en"]\n'
        'feeds = [{ url = "https://herald.example/feed" }]\n',
        encoding="utf-8",
    )
    in_country = ("search", "bridge", "--sources", str(sources), "--json", "--country")
    assert [h["record"]["source"] for h in lines(run(*in_country, "am")[1])] == ["herald", "herald"]
    assert run(*in_country, "ge")[0] == 2


STRANGE = {
    "an outlet": (
        ["--source", "heralds"],
        "--source heralds: neither the store nor sources.toml has such a source",
    ),
    "one of two": (
        ["--source", "herald", "--source", "x"],
        "--source x: neither the store nor sources.toml has such a source",
    ),
    "a language": (["--language", "english"], "--language english: not a language code like hy, ka or ru"),
    "a cluster": (["--cluster", "c1"], "--cluster c1: the store has no such cluster"),
}


@pytest.mark.parametrize("command", [["search", "bridge"], ["store", "export"]], ids=" ".join)
@pytest.mark.parametrize("options, said", STRANGE.values(), ids=STRANGE)
def test_what_names_nothing(run, command, options, said):
    """A name that nobody has ever heard of is a mistake, not an empty answer."""
    code, out, err = run(*command, *options)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("command", [["search", "bridge"], ["store", "export"]], ids=" ".join)
def test_what_names_something(run, command):
    """Languages that no article has, and all that is there, are no mistakes."""
    cluster = json.loads(run("clusters", "--json")[1])["id"]
    for options in (
        ["--source", "herald"],
        ["--language", "ka"],
        ["--language", "HY"],
        ["--cluster", cluster],
    ):
        code, _, err = run(*command, *options)
        assert (code, [line for line in err.splitlines() if line.startswith("--")]) == (0, [])


def test_related(run):
    """Both directions of the headline graph."""
    told = json.loads(run("related", "https://herald.example/x", "--json")[1])
    assert [p["by"] for p in told["points_to"]] == ["url"]
    assert "https://herald.example/x" in json.dumps(
        json.loads(run("related", URL, "--json")[1])["pointed_to_by"]
    )
    assert "pointed to by" in run("related", URL)[1]


COMMANDS = [
    ["store", "export"],
    ["store", "stats"],
    ["store", "verify"],
    ["store", "tail"],
    ["store", "rebuild"],
    ["store", "upgrade"],
    ["explain", "x"],
    ["diff", "x"],
    ["clusters"],
    ["search", "x"],
    ["related", "x"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_store(command, tmp_path, capsysbinary):
    """Without a store: exit code 2, one line that says so, nothing created."""
    assert main.main([*command, "--store", str(tmp_path / "none")]) == 2
    out, err = capsysbinary.readouterr()
    assert out == b""
    assert err.count(b"\n") == 1
    assert b"there is no store" in err
    assert not (tmp_path / "none").exists()


def test_locked(run, folder):
    """A store in use: exit code 75, and who has it."""
    with open_store(folder):
        code, _, err = run("store", "rebuild")
    assert code == 75
    assert "in use by process" in err


@pytest.mark.parametrize("printed, year", {"2": None, "12": None, "1700000000": 2023}.items())
def test_numbers_as_dates(printed, year):
    """A foreign archive's "2" is no second of 1970; a real timestamp is a time."""
    line = {"url": "https://courier.example/1", "title": "Bridge", "published": printed}
    published = adopt(line, now=datetime(2026, 11, 23, tzinfo=UTC)).published
    assert (published and published.year) == year
