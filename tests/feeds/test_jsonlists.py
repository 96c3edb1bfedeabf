"""Articles listed in JSON: WordPress's own lists, and what an outlet's entry describes, a document or inside a page."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from scraper.errors import DarialError, NotAFeed
from scraper.feeds.embedded_json import embedded_documents
from scraper.feeds.json_path import values_at
from scraper.feeds.parse import parse_feed
from scraper.model import JsonList

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGE = "https://www.lernapat.example/hy"

POST = {
    "id": 4711,
    "date": "2026-11-20T13:30:05",
    "date_gmt": "2026-11-20T09:30:05",
    "modified_gmt": "2026-11-20T10:00:00",
    "guid": {"rendered": "https://lernapat.example/?p=4711"},
    "status": "publish",
    "type": "post",
    "link": "https://lernapat.example/2026/11/20/%d5%b3%d5%a1%d5%b6%d5%a1%d5%ba%d5%a1%d6%80%d5%b0/",
    "title": {
        "rendered": "Լեռնանցքի ճանապարհը բացվեց &#8220;երկու օր շուտ&#8221; &amp; առանց <em>խցանման</em>"
    },
    "content": {"rendered": "<p>Ճանապարհը փակ էր հոկտեմբերից։</p>", "protected": False},
    "excerpt": {"rendered": "<p>Ճանապարհը փակ էր հոկտեմբերից։ [&hellip;]</p>\n", "protected": False},
    "_embedded": {
        "author": [{"name": "Անի Սարգսյան"}, {"code": "rest_user_invalid_id"}],
        "wp:featuredmedia": [{"source_url": "https://lernapat.example/wp-content/1.jpg"}],
        "wp:term": [
            [{"name": "Հասարակություն", "taxonomy": "category"}],
            [{"name": "ճանապարհ &amp; կամուրջ"}],
        ],
    },
}


def read(data: object, **given):
    text = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    return parse_feed(text, url="https://lernapat.example/wp-json/wp/v2/posts", now=NOW, **given)


def test_a_post_of_wordpress():
    """Everything that a post says of its article, entities read, times in UTC."""
    found = read([POST])
    (entry,) = found.entries
    assert (found.kind, found.notes) == ("wordpress", ())
    assert entry.url == POST["link"]
    assert entry.guid == "https://lernapat.example/?p=4711"
    assert entry.title == "Լեռնանցքի ճանապարհը բացվեց “երկու օր շուտ” & առանց խցանման"
    assert entry.published == datetime(2026, 11, 20, 9, 30, 5, tzinfo=UTC)
    assert entry.modified == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert entry.content == "<p>Ճանապարհը փակ էր հոկտեմբերից։</p>"
    assert entry.summary == "Ճանապարհը փակ էր հոկտեմբերից։ […]"
    assert entry.authors == ("Անի Սարգսյան",)
    assert entry.tags == ("Հասարակություն", "ճանապարհ & կամուրջ")
    assert entry.images == ("https://lernapat.example/wp-content/1.jpg",)


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in POST.items() if name not in names}


WORDPRESS = {
    "no guid: the number": ([without("guid")], "guid", "4711"),
    "the site's own time, in its zone": ([without("date_gmt")], "published", datetime(2026, 11, 20, 9, 30, 5, tzinfo=UTC)),
    "a time that was never set": ([POST | {"date_gmt": "0000-00-00T00:00:00"}], "published", datetime(2026, 11, 20, 9, 30, 5, tzinfo=UTC)),
    "a password": ([POST | {"content": {"rendered": "<p>x</p>", "protected": True}}], "content", None),
    "few fields": ([{"link": POST["link"], "title": {"rendered": "A"}}], "title", "A"),
    "a link from the root": ([POST | {"link": "/ka/ambavi/17/"}], "url", "https://lernapat.example/ka/ambavi/17/"),
    "half a character": (json.dumps([POST | {"title": {"rendered": "A\ud83d B"}}]).encode(), "title", "A B"),
    "a mark before it": (b"\xef\xbb\xbf\n" + json.dumps([POST]).encode(), "guid", "https://lernapat.example/?p=4711"),
    "cut in the second": (json.dumps([POST, POST]).encode()[:-40], "guid", "https://lernapat.example/?p=4711"),
}  # fmt: skip


@pytest.mark.parametrize("data, field, value", WORDPRESS.values(), ids=WORDPRESS)
def test_posts_of_wordpress(data, field, value):
    """Posts with less in them, and lists that were cut, give what is there."""
    (entry,) = read(data, timezone="Asia/Yerevan").entries
    assert getattr(entry, field) == value


@pytest.mark.parametrize(
    "data",
    [
        {"code": "rest_no_route", "message": "No route", "data": {"status": 404}},
        [],
        [{"title": "text", "link": "https://x.example/"}],
    ],
    ids=["an error", "nothing", "another list"],
)
def test_no_posts_of_wordpress(data):
    """JSON of another shape is no feed unless the outlet's entry describes it."""
    with pytest.raises(NotAFeed):
        read(data)


# ------------------------------------------------------------------------------------------ as an outlet's entry describes it

HITS = [
    {"article_id": 501, "title": "Խորհուրդը հաստատեց ճանապարհի բյուջեն", "published_at": 1795174200},
    {"article_id": 502, "title": "Դպրոցում նոր մարզադահլիճ է բացվել", "published_at": 1795170600},
    {"banner": "x"},
]
WANTED = [
    ("https://www.lernapat.example/hy/article/501", "Խորհուրդը հաստատեց ճանապարհի բյուջեն", "2026-11-20T11:30", "501"),
    ("https://www.lernapat.example/hy/article/502", "Դպրոցում նոր մարզադահլիճ է բացվել", "2026-11-20T10:30", "502"),
]  # fmt: skip
LISTED = JsonList(
    items="props.feed.data.hits", link="/hy/article/{article_id}", date="published_at", id="article_id"
)
PROPS = {"component": "Home", "props": {"feed": {"data": {"hits": HITS, "total": 2}}}}
WHOLE = json.dumps(PROPS, ensure_ascii=False)
ESCAPED = json.dumps(PROPS).replace("</", "<\\/")
ATTRIBUTE = WHOLE.replace("&", "&amp;").replace('"', "&quot;")


def numbered(value: object) -> list[object]:
    """A value as one list whose members name each other by number, as Nuxt writes it."""
    flat: list[object] = []

    def put(one: object) -> int:
        at = len(flat)
        flat.append(None)
        if isinstance(one, dict):
            flat[at] = {key: put(member) for key, member in one.items()}
        elif isinstance(one, list):
            flat[at] = [put(member) for member in one]
        else:
            flat[at] = one
        return at

    put(value)
    return flat


def nuxt() -> str:
    """State behind two wrappers and the keys that Nuxt makes up, with what is undefined beside it."""
    moved = [[v + 3 if type(v) is int else v for v in x] if isinstance(x, list)
             else {k: v + 3 for k, v in x.items()} if isinstance(x, dict) else x for x in numbered(PROPS)]  # fmt: skip
    return json.dumps([["ShallowReactive", 1], {"data": 2, "state": -1}, ["Reactive", 3], *moved])


def page(*inside: str) -> str:
    return (
        '<!doctype html><html lang="hy"><head><title>Լեռնապատ</title><script>var a = [], b = {c: 1};</script>'
        '<script type="application/ld+json">{"@type": "WebSite", "hits": []}</script></head>'
        f'<body>{"".join(inside)}<a href="/hy/about">Մեր մասին</a></body></html>'
    )


def streamed(text: str) -> str:
    """Rows of a stream, cut anywhere, as calls in scripts of their own."""
    rows = '0:"$Sreact"\n1:I[7,[],"default"]\n2:["$","main",null,' + text + "]\n"
    pieces = [rows[at : at + 97] for at in range(0, len(rows), 97)]
    calls = (f"<script>self.__next_f.push([1,{json.dumps(piece)}])</script>" for piece in pieces)
    return f"<script>(self.__next_f=self.__next_f||[]).push([0])</script>{''.join(calls)}"


DOCUMENTS = {
    "a document of its own": (WHOLE, {}),
    "Next.js": (page(f'<script id="__NEXT_DATA__" type="application/json">{ESCAPED}</script>'), {}),
    "Next.js, streamed": (page(streamed(WHOLE)), {"items": "**.hits"}),
    "Inertia, in a script": (page(f'<script data-page="app" type="application/json">{WHOLE}</script><div id="app"></div>'), {}),
    "Inertia, in an attribute": (page(f'<div id="app" data-page="{ATTRIBUTE}"></div>'), {}),
    "Nuxt, numbered": (page(f'<script type="application/json" id="__NUXT_DATA__" data-ssr="true">{nuxt()}</script>'), {"items": "data.props.feed.data.hits"}),
    "Nuxt, assigned": (page(f"<script>window.__NUXT__={WHOLE};window.other={{}}</script>"), {}),
    "assigned after what is no JSON": (page(f"<script>var f = {{a: b}}, s = [1,; window['STATE'] = {WHOLE}\n;run()</script>"), {}),
    "parsed from a string": (page(f"<script>window.S = JSON.parse({json.dumps(WHOLE)});</script>"), {}),
    "the second document": (page('<script type="application/json">{"props": {"hits": 1}}</script>', f'<script type="application/json">{WHOLE}</script>'), {}),
    "a path with wildcards": (WHOLE, {"items": "props.*.data.hits"}),
    "every item by itself": (WHOLE, {"items": "props.feed.data.hits.*"}),
    "by number": (json.dumps([{"rows": []}, PROPS]), {"items": "1.props.feed.data.hits"}),
    "at any depth": (json.dumps({"a": [{"b": PROPS}]}), {"items": "**.hits"}),
}  # fmt: skip


def listed_in(text: str, listed: JsonList, **given):
    found = parse_feed(text.encode(), url=PAGE, timezone="Asia/Yerevan", now=NOW, listed=listed, **given)
    return found, [
        (e.url, e.title, e.published and e.published.strftime("%Y-%m-%dT%H:%M"), e.guid)
        for e in found.entries
    ]


@pytest.mark.parametrize("text, other", DOCUMENTS.values(), ids=DOCUMENTS)
def test_where_a_list_can_be(text, other):
    """The same list gives the same entries wherever a page or document carries it; items without the link's fields are none."""
    given = {name: getattr(LISTED, name) for name in ("items", "link", "date", "id")}
    found, entries = listed_in(text, JsonList(**given | other))
    assert entries == WANTED
    assert (found.kind, found.notes) == ("json", ("empty_items:1",))


ITEMS = {
    "the link as it is": ({"href": "https://gza.example/ka/ambavi/7"}, {"link": "{href}"}, ("https://gza.example/ka/ambavi/7", None, None)),
    "a link from the root": ({"href": "/ka/ambavi/7"}, {"link": "{href}"}, ("https://www.lernapat.example/ka/ambavi/7", None, None)),
    "two fields": ({"id": 7, "a": {"slug": "gza-gaixsna"}}, {"link": "/news/{id}-{a.slug}"}, ("https://www.lernapat.example/news/7-gza-gaixsna", None, None)),
    "a slug in its own letters": ({"slug": "ხეობის გზა"}, {"link": "/n/{slug}"}, ("https://www.lernapat.example/n/ხეობის%20გზა", None, None)),
    "titles with entities": ({"id": 1, "t": {"ru": "Дорогу &laquo;открыли&raquo;"}}, {"title": "t.ru"}, ("https://www.lernapat.example/n/1", "Дорогу «открыли»", None)),
    "milliseconds": ({"id": 1, "at": 1795174200000}, {"date": "at"}, ("https://www.lernapat.example/n/1", None, "2026-11-20T11:30")),
    "a local time": ({"id": 1, "at": "20.11.2026 / 15:30"}, {"date": "at"}, ("https://www.lernapat.example/n/1", None, "2026-11-20T11:30")),
    "a time in words": ({"id": 1, "at": "20 noyabr 2026, 15:30"}, {"date": "at"}, ("https://www.lernapat.example/n/1", None, "2026-11-20T11:30")),
    "a date that is none": ({"id": 1, "at": {"x": 1}}, {"date": "at"}, ("https://www.lernapat.example/n/1", None, None)),
    "true is no number": ({"id": True}, {}, None),
    "another scheme": ({"id": "x"}, {"link": "javascript:{id}"}, None),
}  # fmt: skip


@pytest.mark.parametrize("item, described, wanted", ITEMS.values(), ids=ITEMS)
def test_items(item, described, wanted):
    """Link, title and date of an item by the entry's description; one that has no address is none."""
    listed = JsonList(**{"items": "rows", "link": "/n/{id}"} | described)
    _, entries = listed_in(json.dumps({"rows": [item]}, ensure_ascii=False), listed)
    assert [entry[:3] for entry in entries] == ([wanted] if wanted else [])


ABSENT = {
    "another document": json.dumps({"error": "x"}),
    "no JSON": "{broken",
    "a page without": page(),
    "a page whose script is another": page('<script type="application/json">{"hits": 1}</script>'),
    "text": "Too many requests",
}


@pytest.mark.parametrize("text", ABSENT.values(), ids=ABSENT)
def test_no_such_list(text):
    """A list that is gone is an error with its own code, never an outlet without news."""
    with pytest.raises(NotAFeed) as caught:
        listed_in(text, LISTED)
    assert caught.value.code == "no_json_list"


def test_an_empty_list():
    """A list without items is an empty feed."""
    found, _ = listed_in('{"props": {"feed": {"data": {"hits": []}}}}', LISTED)
    assert (found.entries, found.notes) == ((), ())


HOSTILE = {
    "nested lists": '{"props": ' + "[" * 300_000,
    "nested in a script": page("<script>a = " + '{"hits":' * 100_000 + "</script>"),
    "assignments that never end": page("<script>" + 'a = [["hits", ' * 60_000 + "</script>"),
    "assignments in one string": page("<script>" + 'a = ["hits ' + "a = [ " * 200_000 + "</script>"),
    "wide and shared": page('<script id="__NUXT_DATA__" type="application/json">' + json.dumps([[1] * 2000, [2] * 2000, [3] * 2000, {"props": 0, "hits": 1}]) + "</script>"),
    "a list that holds itself": page('<script id="__NUXT_DATA__" type="application/json">[[0, 0], "hits"]</script>'),
    "wrappers in a circle": page('<script id="__NUXT_DATA__" type="application/json">[["Ref", 1], ["Ref", 0], "hits"]</script>'),
    "a number without end": '{"props": ' + "9" * 20_000 + "}",
    "pieces of a stream": page("<script>" + 'self.__next_f.push([1,"1:[' * 50_000 + "</script>"),
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("items", ["props.feed.data.hits", "**.hits", "*.*.*.*.hits"])
def test_hostile(text, items):
    """Whatever a document holds, it gives a feed or a known error (tests/torture/feeds says in what time)."""
    with suppress(DarialError):
        assert listed_in(text, JsonList(items=items, link="{id}"))[1] == []


def test_paths():
    """Names, numbers, one level and any depth, in the order of the document; a wrong turn leads nowhere."""
    value = {"a": [{"b": 1}, {"b": 2}], "c": {"b": 3}}
    cases = {"a.0.b": [1], "a.*.b": [1, 2], "*.b": [3], "**.b": [3, 1, 2], "a.b": [], "a.9": [], "x.y": []}
    assert {path: values_at(value, path) for path in cases} == cases


def test_documents_of_a_page():
    """Documents come in the order of the page, and only those that mention what is looked for."""
    text = page('<script type="application/json">{"one": 1}</script><script>x = {"two": 2}</script>')
    assert list(embedded_documents(text, about="two")) == [{"two": 2}]
    assert list(embedded_documents(text))[1:] == [{"one": 1}, {"two": 2}]
