"""The HTTP interface: what it gives, page by page and as a stream, and that it is what its OpenAPI document says."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from datetime import timedelta
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from scraper.codec import decode
from scraper.model import Record
from scraper.settings import WebSettings
from storage import Filter, open_store
from tests.support.stories import NOW, found, poll, story
from tests.support.web_site import fill, serving

EXAMPLES = 12  # of each operation; more find nothing else in an hour


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("api") / "data"
    fill(place)
    return place


@pytest.fixture(scope="module")
def site(folder):
    with serving(folder) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def records(folder):
    with open_store(folder, read_only=True) as store:
        return {record.url.removeprefix("https://"): record for record in store.latest()}


def collected(site, path, limit):
    """The items of all pages."""
    items, cursor = [], None
    while True:
        page = site.get(f"{path}limit={limit}{f'&cursor={quote(cursor)}' if cursor else ''}").json
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


LISTS = {
    "articles": ("/api/v1/articles?", "id", 7),
    "articles of a country": ("/api/v1/articles?country=ge&", "id", 3),
    "articles of outlets": ("/api/v1/articles?source=vesti&source=haber&", "id", 2),
    "articles with words": ("/api/v1/articles?q=mayor+OR+bridge&source=herald&", "id", 2),
    "articles of a time": (
        "/api/v1/articles?by=published&since=2026-11-23T05:54:30Z&until=2026-11-24&",
        "id",
        5,
    ),
    "articles of no outlet": ("/api/v1/articles?country=fr&", "id", 0),
    "revisions": ("/api/v1/articles/{herald.example/mayor}/revisions?", "revision", 2),
    "clusters": ("/api/v1/clusters?", "id", 1),
    "clusters of many": ("/api/v1/clusters?min_outlets=4&", "id", 0),
    "hits": ("/api/v1/search?q=bridge&", "record", 7),
    "hits in headlines": ("/api/v1/search?q=elsewhere&within=related&", "record", 1),
    "sources": ("/api/v1/sources?", "source", 6),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_lists(site, records, name, limit):
    """Every list has each of its items once, whatever the size of its pages."""
    path, key, count = LISTS[name]
    for url, record in records.items():
        path = path.replace(f"{{{url}}}", record.id)
    items = [json.dumps(item[key]) for item in collected(site, path, limit)]
    assert len(items) == len(set(items))
    if key != "record":
        assert len(items) == count
    else:
        assert items


def test_an_article(site, records):
    """An article is the record that the store has, by id and by address."""
    record = records["herald.example/mayor"]
    answer = site.get(f"/api/v1/articles/{record.id}")
    assert decode(answer.body, Record) == record
    (by_address,) = site.get(f"/api/v1/articles?url={quote(record.url + '?utm_source=x')}").json["items"]
    assert by_address["id"] == record.id
    (as_shown,) = site.get(f"/api/v1/articles?url={quote(record.url.removeprefix('https://'))}").json["items"]
    assert as_shown["id"] == record.id
    assert site.get("/api/v1/articles?url=nonsense").json == {"items": [], "next": None}


def test_revisions(site, records, folder):
    """Revisions come as they were committed, the oldest first."""
    with open_store(folder, read_only=True) as store:
        expected = store.revisions(records["herald.example/mayor"].id)
    got = site.get(f"/api/v1/articles/{expected[0].id}/revisions").json["items"]
    assert [decode(json.dumps(item), Record) for item in got] == expected


def test_related(site, records):
    """The headline graph in both directions."""
    bridge, mayor = records["herald.example/bridge"], records["herald.example/mayor"]
    (to_bridge, elsewhere, _) = site.get(f"/api/v1/articles/{mayor.id}/related").json["points_to"]
    assert (to_bridge["article"], to_bridge["by"], elsewhere["article"]) == (bridge.id, "url", None)
    (back,) = site.get(f"/api/v1/articles/{bridge.id}/related").json["pointed_to_by"]
    assert back["id"] == mayor.id


def test_changes(site, folder):
    """Changes are the very lines that were published; the seq that comes with them is where to go on."""
    with open_store(folder, read_only=True) as store:
        lines = list(store.change_lines())
    first = site.get("/api/v1/changes?limit=3")
    assert b'{"items":[%s],"seq":3}' % b",".join(lines[:3]) == first.body
    rest = site.get("/api/v1/changes?since=3").json
    assert [item["seq"] for item in rest["items"]] == [4, 5, 6, 7, 8]
    assert site.get(f"/api/v1/changes?since={rest['seq']}").json == {"items": [], "seq": 8}
    georgian = site.get("/api/v1/changes?language=ka").json
    assert [item["source"] for item in georgian["items"]] == ["ambebi"]
    assert georgian["seq"] == 8  # what does not fit need not be looked at again


def test_sources(site):
    """An outlet's health has its ailments in words and its articles a day."""
    outlets = {outlet["source"]: outlet for outlet in site.get("/api/v1/sources").json["items"]}
    assert [ailment["kind"] for ailment in outlets["vesti"]["ailments"]] == ["failing"]
    assert len(outlets["herald"]["series"]) == 30


WRONG = {
    "limit too small": ("/api/v1/articles?limit=0", 400, "bad_request"),
    "limit too large": ("/api/v1/articles?limit=9999", 400, "bad_request"),
    "limit no number": ("/api/v1/articles?limit=x", 400, "bad_request"),
    "a cursor of nobody": ("/api/v1/articles?cursor=abc", 400, "bad_request"),
    "a huge cursor": (f"/api/v1/articles?cursor={'9' * 30}", 400, "bad_request"),
    "a cluster cursor of nobody": ("/api/v1/clusters?cursor=1", 400, "bad_request"),
    "a huge cluster cursor": (f"/api/v1/clusters?cursor={'9' * 17}~a", 400, "bad_request"),
    "the end of the calendar": ("/api/v1/articles?until=9999-12-31", 400, "bad_filter"),
    "no such day": ("/api/v1/articles?since=2026-02-30", 400, "bad_filter"),
    "no such place": ("/api/v1/articles?within=elsewhere", 400, "bad_request"),
    "no words": ("/api/v1/search?q=%3F%21", 400, "bad_query"),
    "no query": ("/api/v1/search", 400, "bad_request"),
    "a seq below zero": ("/api/v1/changes?since=-1", 400, "bad_request"),
    "no such article": ("/api/v1/articles/0123456789abcdef", 404, "not_found"),
    "revisions of none": ("/api/v1/articles/0123456789abcdef/revisions", 404, "not_found"),
    "relations of none": ("/api/v1/articles/0123456789abcdef/related", 404, "not_found"),
    "no such list": ("/api/v1/nothing", 404, "not_found"),
    "a NUL": ("/api/v1/articles/%00", 404, "not_found"),
}


@pytest.mark.parametrize("path, status, code", WRONG.values(), ids=WRONG)
def test_errors(site, path, status, code):
    """What is wrong is said with a code for programs and words for people."""
    answer = site.get(path)
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["error"]["message"]
    assert answer.headers["content-type"].startswith("application/json")


def test_a_damaged_store(tmp_path):
    """A store that cannot be read is told as such, without its innards."""
    fill(tmp_path / "data")
    with serving(tmp_path / "data") as site:
        assert site.get("/api/v1/articles").status == 200
        for name in ("darial.db", "darial.db-wal"):
            path = tmp_path / "data" / name
            if path.exists():
                path.write_bytes(b"x" * path.stat().st_size)
        answer = site.get("/api/v1/search?q=bridge")
        assert answer.status == 503
        assert "data" not in answer.json["error"]["message"]


CODINGS = {
    "a browser": ("gzip, deflate, br, zstd", "gzip"),
    "weights": ("zstd;q=0.1, gzip;q=0.9", "gzip"),
    "gzip refused": ("gzip;q=0", None),
    "gzip refused among others": ("gzip; q=0.0, zstd", None),
    "only what we have not": ("br", None),
    "nothing said": ("", None),
}


@pytest.mark.parametrize("accept, coding", CODINGS.values(), ids=CODINGS)
def test_compression(site, accept, coding):
    """Answers come as gzip where that is wanted; a client that has one already gets 304, whatever its encoding."""
    plain = site.get("/api/v1/articles")
    packed = site.get("/api/v1/articles", Accept_Encoding=accept)
    assert packed.headers.get("content-encoding") == coding
    assert (gzip.decompress(packed.body) if coding else packed.body) == plain.body
    assert plain.headers["etag"] == packed.headers["etag"]
    assert all("Accept-Encoding" in answer.headers["vary"] for answer in (plain, packed))
    again = site.get("/api/v1/articles", If_None_Match=plain.headers["etag"], Accept_Encoding=accept)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", plain.headers["etag"])
    assert site.get("/api/v1/articles?limit=1", If_None_Match=plain.headers["etag"]).status == 200


# ------------------------------------------------------------------------------------------ streams


def test_a_compressed_stream(site, listen):
    """A client that takes gzip has each event as soon as it is there, compressed."""
    listener = listen(site, "/api/v1/changes", Accept_Encoding="gzip")
    assert listener.response.headers["content-encoding"] == "gzip"
    unpack, text = zlib.decompressobj(wbits=31), b""
    while text.count(b"\ndata: {") < 8:
        text += unpack.decompress(listener.response.read1())
    live = listen(site, "/live", Accept_Encoding="gzip")
    assert "content-encoding" not in live.response.headers


def test_a_stream_of_changes(tmp_path, listen):
    """A stream gives what was there, then every commit as it happens; one that broke goes on where it was."""
    fill(tmp_path / "data")
    with serving(tmp_path / "data") as site:
        stream = listen(site, "/api/v1/changes?since=6")
        assert stream.response.getheader("content-type").startswith("text/event-stream")
        seen = [stream.next() for _ in range(2)]
        assert [id_ for id_, _ in seen] == ["7", "8"]
        with open_store(tmp_path / "data") as store:
            new = found("https://herald.example/new", story(77), title="New", language="ka")
            (record,) = store.commit(poll(new), now=NOW + timedelta(hours=3)).records
        id_, data = stream.next()
        assert (id_, decode(data, Record)) == ("9", record)
        assert listen(site, "/api/v1/changes?since=0", Last_Event_ID="8").next()[0] == "9"
        assert listen(site, "/api/v1/changes?language=ka&since=5").next()[0] == "9"
        assert listen(site, "/live?since=0").next() == ("9", "9")


def test_a_stream_ends_with_the_site(tmp_path, listen):
    """Listeners do not keep a site from stopping."""
    fill(tmp_path / "data")
    before = set(threading.enumerate())
    with serving(tmp_path / "data") as site:
        stream = listen(site, "/live?since=0")
        assert stream.next() == ("8", "8")
    assert stream.response.read() == b""
    assert "web" not in {thread.name for thread in set(threading.enumerate()) - before}


# ------------------------------------------------------------------------------------------ OpenAPI


def test_openapi_names_everything(site):
    """The document names every list and type, and says what is what."""
    document = site.get("/api/v1/openapi.json").json
    assert set(document["paths"]) == {
        "/api/v1/articles", "/api/v1/articles/{id}", "/api/v1/articles/{id}/revisions", "/api/v1/articles/{id}/related",
        "/api/v1/clusters", "/api/v1/stories", "/api/v1/stories/changes", "/api/v1/stories/{id}", "/api/v1/search", "/api/v1/sources", "/api/v1/changes",
    }  # fmt: skip
    for path in document["paths"].values():
        operation = path["get"]
        assert operation["description"]
        assert {"200", "400", "404", "503"} <= set(operation["responses"])
        assert all(p.get("description") for p in operation["parameters"])
    assert document["components"]["schemas"]["Record"]["properties"].keys() >= {"seq", "body", "related"}


def test_openapi_says_how(site):
    """The document names the token, streams, what an ETag does and what too many wrong tokens do; operations have short names."""
    document = site.get("/api/v1/openapi.json").json
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    operations = {path["get"]["operationId"]: path["get"] for path in document["paths"].values()}
    assert set(operations) == {
        "list_articles", "get_article", "list_revisions", "get_related", "list_clusters", "list_stories", "list_story_changes", "get_story", "search", "list_sources", "list_changes",
    }  # fmt: skip
    for operation in operations.values():
        assert {"304", "429"} <= set(operation["responses"])
        assert "ETag" in operation["responses"]["200"]["headers"]
    assert "text/event-stream" in operations["list_changes"]["responses"]["200"]["content"]


REFUSED = {
    "an unknown parameter": ("/api/v1/articles?lang=ka", "bad_request", "did you mean language?"),
    "one of another operation": ("/api/v1/sources?q=x", "bad_request", "there are cursor, limit"),
    "of one article": ("/api/v1/articles/0?x=1", "bad_request", "there is no parameter x"),
    "of changes": ("/api/v1/changes?after=1", "bad_request", "there is no parameter after"),
    "an unknown field": ("/api/v1/articles?fields=id,text", "bad_filter", "no field 'text'"),
    "a long cursor": (f"/api/v1/articles?cursor={'9' * 26}", "bad_request", "cursor"),
    "a long seq": (f"/api/v1/changes?since={'9' * 26}", "bad_request", "since"),
    "another clock": ("/api/v1/articles?by=fetched", "bad_request", "by"),
    "a query that is not closed": ("/api/v1/articles?q=a+(b", "bad_query", "is not closed"),
    "a long query": (f"/api/v1/search?q={'a+' * 600}", "bad_query", "at most 1,000"),
}


@pytest.mark.parametrize("path, code, says", REFUSED.values(), ids=REFUSED)
def test_refused(site, path, code, says):
    """What the document does not allow is refused with a code and with what to change."""
    answer = site.get(path)
    assert (answer.status, answer.code) == (400, code)
    assert says in answer.json["error"]["message"]


def test_a_long_event_id(site):
    """Last-Event-ID is a seq or refused."""
    answer = site.get("/api/v1/changes", Accept="text/event-stream", Last_Event_ID="9" * 26)
    assert (answer.status, answer.code) == (400, "bad_filter")


FIELDS = {
    "articles": ("/api/v1/articles", lambda answer: answer["items"]),
    "hits": ("/api/v1/search?q=bridge&", lambda answer: [hit["record"] for hit in answer["items"]]),
    "changes": ("/api/v1/changes", lambda answer: answer["items"]),
    "revisions": ("/api/v1/articles/{id}/revisions", lambda answer: answer["items"]),
    "an article": ("/api/v1/articles/{id}", lambda answer: [answer]),
}


@pytest.mark.parametrize("path, of", FIELDS.values(), ids=FIELDS)
def test_fields(site, records, path, of):
    """With `fields` records have these fields only."""
    path = path.replace("{id}", next(iter(records.values())).id)
    whole = of(site.get(path).json)
    some = of(site.get(f"{path}{'' if '?' in path else '?'}fields=id,title").json)
    assert some == [{"id": record["id"], "title": record["title"]} for record in whole]
    assert some


def test_by(site):
    """A list goes by the time that is named, and so do its filters."""
    published = site.get("/api/v1/articles?by=published").json["items"]
    seen = site.get("/api/v1/articles?by=seen").json["items"]
    assert {item["id"] for item in published} == {item["id"] for item in seen}
    born = [min(item["published"] or item["first_seen"], item["first_seen"]) for item in published]
    assert born == sorted(born, reverse=True)
    assert seen == site.get("/api/v1/articles").json["items"]


def test_it_is_what_it_says(folder, records):
    """Random requests of every operation, right and wrong ones, get what the document promises, and never an error of ours."""
    with serving(folder, WebSettings(port=0)) as site:
        schema = schemathesis.openapi.from_url(site.url + "api/v1/openapi.json")
        ids = st.sampled_from([record.id for record in records.values()])
        words_missing = schemathesis.checks.CHECKS.get_one(
            "positive_data_acceptance"
        )  # a query may have no words
        asked = 0
        for found_ in schema.get_all_operations():
            operation = found_.ok()

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            )
            @_given(operation, ids)
            def one(case):
                case.call_and_validate(excluded_checks=[words_missing])

            one()
            asked += 1
        assert asked == 11


def _given(operation, ids):
    """Cases of an operation; where it names an article, that of one that there is in half of them."""
    from hypothesis import given

    cases = operation.as_strategy()
    if "{id}" in operation.path:

        def with_id(case, id_, real):
            if real:
                case.path_parameters = {"id": id_}
            return case

        cases = st.builds(with_id, cases, ids, st.booleans())
    return given(case=cases)


def test_filters_mean_the_same_everywhere(site, folder):
    """What the interface narrows to is what the store narrows to."""
    with open_store(folder, read_only=True) as store:
        expected = [s.record.id for s in store.newest(None, Filter(languages=("hy", "ka")), grouped=False)]
    got = [item["id"] for item in site.get("/api/v1/articles?language=hy&language=ka").json["items"]]
    assert got == expected
