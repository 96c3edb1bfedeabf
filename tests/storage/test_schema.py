"""The JSON Schema of a record: made from the types, committed, and true of what is stored."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.codec import decode, decode_any
from scraper.model import Record
from storage import open_store, schema
from storage.line import record_line
from tests.support.stories import NOW, found, poll, story

SCHEMA = schema.schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())

# The keys of schema 1: renaming or dropping any breaks other people's programs.
KEYS = [
    "schema",
    "seq",
    "id",
    "revision",
    "source",
    "url",
    "urls",
    "title",
    "authors",
    "published",
    "modified",
    "fetched",
    "first_seen",
    "published_raw",
    "published_from",
    "language",
    "summary",
    "body",
    "related",
    "images",
    "tags",
    "section",
    "duplicate_of",
    "cluster",
    "similarity",
    "extraction",
    "feed",
    "hash",
]


def test_the_committed_schema_is_current():
    """`make schema` was run after the types changed."""
    assert schema.PATH.read_bytes() == schema.schema_text()


def test_the_schema_is_a_schema():
    """It is itself valid, and demands every key."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(KEYS) <= set(SCHEMA["required"]) == set(SCHEMA["properties"])


def test_stored_lines_are_valid(tmp_path):
    """Lines of a store, duplicates and revisions included, validate."""
    with open_store(tmp_path) as store:
        store.commit(
            poll(
                found("https://a.example/1", story(1)),
                found("https://b.example/1", story(1)),
                found("https://a.example/2", []),
            ),
            now=NOW,
        )
        store.commit(poll(found("https://a.example/1", story(2))), now=NOW)
        store.add([{"id": "x", "title": "y", "related": ["A headline"]}], now=NOW)
        lines = [*store.change_lines(), *store.latest_lines()]
    assert len(lines) == 9
    for line in lines:
        VALIDATOR.validate(decode_any(line))
        assert b"\n" not in line


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_demanded(key):
    """Keys are null or empty, never missing."""
    line = decode_any(
        record_line(Record(seq=1, id="a", revision=1, source="s", url="u", fetched=NOW, first_seen=NOW))
    )
    VALIDATOR.validate(line)
    del line[key]
    assert not VALIDATOR.is_valid(line)


TEXT = st.text(max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "url": st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9]{1,8}", fullmatch=True),
            "title": TEXT.filter(str.strip),
        },
        optional={
            "body": st.lists(TEXT),
            "authors": st.lists(TEXT),
            "summary": TEXT,
            "tags": st.lists(TEXT),
            "published": st.datetimes(
                min_value=NOW.replace(tzinfo=None, year=1995), max_value=NOW.replace(tzinfo=None)
            ).map(lambda t: t.isoformat()),
            "related": st.lists(TEXT),
        },
    )
)
def test_any_foreign_line_becomes_a_valid_one(tmp_path_factory, line):
    """Whatever text a foreign line holds, the stored line is strict JSON, valid, and reads back as itself."""
    with open_store(tmp_path_factory.mktemp("s") / "data") as store:
        outcome = store.add([line], now=NOW)
        for raw in store.change_lines():
            VALIDATOR.validate(decode_any(raw))
            assert record_line(decode(raw, Record)) == raw
            assert len(raw.decode().splitlines()) >= 1
        assert outcome.new + len(outcome.refused) == 1
