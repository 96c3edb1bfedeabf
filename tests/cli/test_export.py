"""``darial store export``: what spreadsheets and data frames read, each opened as a user would."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from scraper.cli import main
from scraper.model import Headline, Image
from storage import open_store
from tests.support.stories import NOW, found, poll, story


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store of two days: on the first nothing has a copy, a date or an author."""
    path = tmp_path_factory.mktemp("export") / "data"
    first = found("https://a.example/1", story(1), title="=1+1", language="en", fetched=NOW)
    later = NOW + timedelta(days=1, microseconds=1234)
    second = found(
        "https://b.example/2", story(1), source="b", title="Кура", language="ru", fetched=later, published=NOW,
        authors=("Ա. Բ.",), images=(Image(url="https://b.example/i.jpg", caption="c"),),
        related=(Headline(title="Other", url="https://b.example/3"), Headline(title="No link")),
    )  # fmt: skip
    with open_store(path) as store:
        store.commit(poll(first), now=NOW)
        store.commit(poll(second, now=later), now=later)
    return path


@pytest.fixture
def export(folder, capsysbinary):
    def run(*args: str) -> bytes:
        assert main.main(["store", "export", "--store", str(folder), *args]) == 0, (
            capsysbinary.readouterr().err
        )
        return capsysbinary.readouterr().out

    return run


def test_times_have_one_form(export, folder):
    """Milliseconds and Z: in JSON, in the day files and in CSV."""
    for record in map(json.loads, export().splitlines()):
        for name in ("published", "fetched", "first_seen"):
            assert record[name] is None or len(record[name]) == len("2026-11-23T06:00:00.000Z")
    assert ".001Z" in (folder / "articles").joinpath(f"{NOW + timedelta(days=1):%Y-%m-%d}.jsonl").read_text(
        "utf-8"
    )
    assert b".001Z" in export("--format", "csv")


def test_pandas(export, tmp_path):
    pandas = pytest.importorskip("pandas")
    out = tmp_path / "x.jsonl"
    export("--out", str(out))
    frame = pandas.read_json(out, lines=True, dtype=False)
    assert str(pandas.to_datetime(frame.fetched).dtype).endswith("UTC]")
    assert list(frame.title) == ["=1+1", "Кура"]
    table = pandas.read_csv(io.BytesIO(export("--format", "csv")), parse_dates=["published", "first_seen"])
    assert list(table.language) == ["en", "ru"]
    assert str(table.first_seen.dtype).endswith("UTC]")


def test_polars(folder):
    """All days at once: on the first day every copy is null, which no schema that is guessed survives."""
    polars = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    from storage.table_schema import arrow_schema

    schema = polars.Schema(arrow_schema(times_as_text=True))
    frame = polars.scan_ndjson(folder / "articles" / "*.jsonl", schema=schema).collect()
    assert frame["first_seen"].str.to_datetime().dtype == polars.Datetime("us", "UTC")
    assert frame.height == 2
    assert frame["related"].to_list()[1][0]["title"] == "Other"


def test_duckdb(export, tmp_path):
    """The folder by day is read with its day as a column."""
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    export("--format", "parquet", "--out", str(tmp_path / "days"))
    export("--format", "parquet", "--out", str(tmp_path / "days"))  # again: nothing twice
    rows = duckdb.sql(
        f"SELECT day::text, count(*) FROM read_parquet('{tmp_path}/days/*/*.parquet', hive_partitioning=true)"
        " GROUP BY day ORDER BY day"
    ).fetchall()
    assert rows == [(f"{NOW:%Y-%m-%d}", 1), (f"{NOW + timedelta(days=1):%Y-%m-%d}", 1)]


def test_excel(export, tmp_path):
    """A workbook has texts as texts and times as times; CSV for Excel has a mark and ids that stay ids."""
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "x.xlsx"
    export("--format", "xlsx", "--out", str(path))
    header, first, second = openpyxl.load_workbook(path)["articles"].iter_rows(values_only=True)
    assert dict(zip(header, first, strict=True))["title"] == "=1+1"
    assert dict(zip(header, second, strict=True))["published"] == NOW.replace(tzinfo=None)
    assert not list(tmp_path.glob(".*"))
    assert export("--format", "csv", "--excel").startswith(b"\xef\xbb\xbfseq,")


@pytest.mark.parametrize("cell", ["1234567890123456", "12345678901234e1", "0012"])
def test_ids_that_look_like_numbers(cell):
    from scraper.cli.csv_rows import excel_row
    from scraper.model import Record

    record = Record(seq=1, id=cell, revision=1, source="s", url="u", fetched=NOW, first_seen=NOW)
    assert excel_row(record)[1] == f'="{cell}"'


def test_ninjs(export):
    """Every key is one that ninjs 2.1 has, and every associated item has the name and address that it asks for."""
    items = [json.loads(line) for line in export("--format", "ninjs").splitlines()]
    known = {
        "standard", "uri", "type", "version", "pubstatus", "language", "firstcreated", "versioncreated", "headlines",
        "descriptions", "bodies", "by", "people", "infosources", "subjects", "located", "altids", "renditions", "associations",
    }  # fmt: skip
    assert all(item.keys() <= known for item in items)
    assert [set(one) & {"name", "uri"} for one in items[1]["associations"]] == [{"name", "uri"}] * 3
    assert items[1]["people"] == [{"name": "Ա. Բ.", "rel": "author"}]


NARROWED = {
    "a search": (["--query", "Кура"], 1),
    "days ago": (["--since", "1d"], 0),
    "a source that is configured and has nothing yet": (["--until", "today"], 2),
}


@pytest.mark.parametrize("args, count", NARROWED.values(), ids=NARROWED)
def test_narrowed(export, args, count):
    assert len(export(*args).splitlines()) == count


WRONG = {
    "an unknown source": (
        ["--source", "nobody"],
        "--source nobody: neither the store nor sources.toml has such a source",
    ),
    "an unknown language": (["--language", "english"], "--language english: not a language code"),
    "a time of no kind": (["--since", "soon"], "--since soon: not a time like 2026-11-23"),
    "a mark without CSV": (["--excel"], "--excel is for --format csv"),
    "a folder that is not there": (
        ["--out", "/nowhere/x.jsonl"],
        "--out /nowhere/x.jsonl: no such file or directory",
    ),
}


@pytest.mark.parametrize("args, said", WRONG.values(), ids=WRONG)
def test_wrong_options(folder, capsysbinary, args, said):
    assert main.main(["store", "export", "--store", str(folder), *args]) == 2
    assert said in capsysbinary.readouterr().err.decode()
