"""``darial store import``: what other tools write is read or refused in a line, and nothing is left out unsaid."""

from __future__ import annotations

import json

import pytest

from scraper.cli import main
from storage import open_store

TITLE = "Մեծ կամուրջ, ґ"
ROW = {
    "link": "https://www.a.example/1?utm_source=x",
    "title": TITLE,
    "date": "2026-11-23",
    "text": "One.\nTwo.",
    "outlet": "a",
    "stars": "5",
}
HEADER, CELLS = ",".join(ROW), ",".join(f'"{value}"' for value in ROW.values())

FILES = {
    "JSON Lines": (json.dumps(ROW).encode(), ""),
    "blank lines first": (b"\n \n" + json.dumps(ROW).encode(), ""),
    "an array": (json.dumps([ROW], indent=1).encode(), "read as one JSON document"),
    "an object with a list": (
        json.dumps({"count": 1, "articles": [ROW]}, indent=1).encode(),
        "read as one JSON document",
    ),
    "one object on many lines": (json.dumps(ROW, indent=1).encode(), "read as one JSON document"),
    "UTF-16": (json.dumps(ROW, ensure_ascii=False).encode("utf-16"), "read as UTF-16"),
    "CSV": (f"{HEADER}\r\n{CELLS}\r\n".encode(), "read as CSV with ',' between cells, utf-8"),
    "CSV of a spreadsheet": ((f"{HEADER}\r\n{CELLS}\r\n".replace(",", ";", HEADER.count(",")).replace('","', '";"')).encode("utf-8-sig"), "with ';' between cells"),
    "CSV in UTF-16 with tabs": (f"{HEADER}\n{CELLS}\n".replace('","', '"\t"').replace(HEADER, HEADER.replace(",", "\t")).encode("utf-16"), "with tabs between cells"),
}  # fmt: skip


@pytest.mark.parametrize("data, said", FILES.values(), ids=FILES)
def test_forms(tmp_path, capsysbinary, data, said):
    """Each form gives the same record; what the file was taken for is said, and so is the key without a place."""
    path = tmp_path / "file"
    path.write_bytes(data)
    assert main.main(["store", "import", str(path), "--store", str(tmp_path / "data")]) == 0
    err = capsysbinary.readouterr().err.decode()
    assert said in err
    assert "stars (1)" in err
    assert "1 new" in err
    with open_store(tmp_path / "data") as store:
        (record,) = store.latest()
    assert (record.url, record.link, record.title) == ("https://a.example/1", ROW["link"], TITLE)
    assert record.body == ("One.", "Two.")
    assert (str(record.published), record.source) == ("2026-11-23 00:00:00+00:00", "a")


REFUSED = {
    "a workbook": (b"PK\x03\x04xl/workbook", "this is an Excel or zip file; save the sheet as CSV UTF-8"),
    "Parquet": (b"PAR1\x15\x04", "this is a Parquet file"),
    "a database": (b"SQLite format 3\0", "this is a database"),
    "bytes": (b"\x00\x01\x02\xff\n", "this is a binary file, not JSON or CSV"),
    "a page": (b"<!doctype html><p>x", "this is HTML or XML; `darial ingest` reads pages"),
    "half an array": (b'[{"url": "https://a.example/1"', "neither JSON Lines nor one JSON document"),
}


@pytest.mark.parametrize("data, said", REFUSED.values(), ids=REFUSED)
def test_refusals(tmp_path, capsysbinary, data, said):
    path = tmp_path / "file"
    path.write_bytes(data)
    assert main.main(["store", "import", str(path), "--store", str(tmp_path / "data")]) == 2
    err = capsysbinary.readouterr().err.decode()
    assert said in err
    assert err.count("\n") == 1


def test_a_map(tmp_path, capsysbinary):
    """--map names the place of a key; in JSON what is left out is counted by key."""
    path = tmp_path / "x.jsonl"
    rows = [
        {"url": f"https://a.example/{n}", "title": "t", "day": "2026-11-23", "stars": n} for n in range(3)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert (
        main.main(
            ["store", "import", str(path), "--map", "day=published", "--json", "--store", str(tmp_path / "d")]
        )
        == 0
    )
    out = json.loads(capsysbinary.readouterr().out)
    assert (out["new"], out["left_out"]) == (3, {"stars": 3})
    with open_store(tmp_path / "d") as store:
        assert {str(record.published) for record in store.latest()} == {"2026-11-23 00:00:00+00:00"}
