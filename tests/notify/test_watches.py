"""Watches: what they find, when and how people are told, and that nothing is told twice or lost."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from scraper.cli import main
from scraper.errors import AlertError
from scraper.model import Record, Source
from scraper.notify.alert import alert_for, next_alert
from scraper.notify.matching import matches_hook, matches_watch, watched_stories
from scraper.notify.send_alert import send_alert, shown_addresses
from scraper.notify.watch_delivery import WatchDelivery
from scraper.settings import Notify, Watch
from storage import open_store
from tests.notify.test_notify import Log
from tests.support.sketching import sketched
from tests.support.stories import NOW, found, poll, story

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # apprise imports it
WATCH = Watch(id="bridges", query="aqueduct", to=("json://desk.example",))


def record(**more) -> Record:
    given = {
        "seq": 1,
        "id": "a",
        "revision": 1,
        "source": "herald",
        "url": "https://a.example/1",
        "title": "A bridge opens",
    }
    return Record(**{**given, "fetched": NOW, "first_seen": NOW, "country": "ge", "language": "en", **more})


MATCHES = {
    "its word in another form": (Watch(id="w", query="bridges"), {}, True),
    "another word": (Watch(id="w", query="tunnel"), {}, False),
    "anything of a country": (Watch(id="w", countries=("am", "ge")), {}, True),
    "another country": (Watch(id="w", countries=("am",)), {}, False),
    "a country that only the sources file knows": (Watch(id="w", countries=("tr",)), {"country": None}, True),
    "another source": (Watch(id="w", sources=("post",)), {}, False),
    "another language": (Watch(id="w", languages=("hy",)), {}, False),
    "purged": (Watch(id="w"), {"purged": (1,)}, False),
}


@pytest.mark.parametrize("watch, what, expected", MATCHES.values(), ids=MATCHES)
def test_matches(watch, what, expected):
    """All that narrows a watch must fit; a hook of the watch sends the same."""
    assert matches_watch(watch, record(**what), {"herald": "tr"}) is expected
    if what.get("country", 1):
        assert (
            matches_hook(Notify(id="h", url="https://x.example/", watch="w"), record(**what), watch)
            is expected
        )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TIMES = {
    "at once": ({}, "2026-11-23T10:20", "2026-11-23T10:20"),
    "at the full hour": ({"every": "hour"}, "2026-11-23T10:20", "2026-11-23T11:00"),
    "in the morning there": ({"every": "day", "at": "08:00", "timezone": "Asia/Tbilisi"}, "2026-11-23T03:59", "2026-11-23T04:00"),
    "tomorrow": ({"every": "day", "at": "08:00", "timezone": "Asia/Tbilisi"}, "2026-11-23T04:00", "2026-11-24T04:00"),
    "after the night": ({"quiet": "22:00-07:00"}, "2026-11-23T23:30", "2026-11-24T07:00"),
    "after the rest of the night": ({"quiet": "22:00-07:00"}, "2026-11-23T02:00", "2026-11-23T07:00"),
    "after lunch": ({"quiet": "12:00-13:00", "every": "hour"}, "2026-11-23T11:30", "2026-11-23T13:00"),
    "the first second after": ({"quiet": "22:00-07:00"}, "2026-11-23T07:00", "2026-11-23T07:00"),
}  # fmt: skip


@pytest.mark.parametrize("keys, now, due", TIMES.values(), ids=TIMES)
def test_when(keys, now, due):
    assert next_alert(Watch(id="w", **keys), at(now)) == at(due)


def test_a_message_groups_copies():
    """One entry a text, with all who carried it, the first one's title, link and time in the watch's zone."""
    records = [
        record(cluster="c", source="post", title="Copy", published=NOW + timedelta(hours=1), country="am"),
        record(cluster="c", link="http://www.a.example/1", published=NOW),
        record(id="b", title=None, source="x"),
    ]
    alert = alert_for(Watch(id="w", timezone="Asia/Tbilisi"), records, {"herald": "The Herald"})
    assert alert.title == "w: 3 new articles"
    first, second = alert.body.split("\n\n")
    assert (
        first
        == f"A bridge opens\npost, The Herald, {NOW + timedelta(hours=4):%Y-%m-%d %H:%M}\nhttp://www.a.example/1"
    )
    assert second.startswith("(no title)\nx, ")
    own = alert_for(Watch(id="w", template="{countries} {n}: {title}"), records, {})
    assert own.body.startswith("AM GE 2: A bridge opens\n\n")


def test_a_long_message_is_cut():
    alert = alert_for(WATCH, [record(id=str(n)) for n in range(45)], {})
    assert alert.body.endswith("\n\n... and 5 more")


# ------------------------------------------------------------------------------------------ delivery


class Desk:
    """A watch served in virtual time; ``refuse`` the next so many messages."""

    def __init__(self, store, watch=WATCH, *, refuse=0):
        self.got, self.slept, self.refuse, self.log = [], [], refuse, Log()
        self.time = NOW
        source = Source(
            id="herald", name="The Herald", homepage="https://a.example/", country="ge", languages=("en",)
        )
        self.it = WatchDelivery(
            [watch],
            [source],
            store=store,
            send=self.send,
            log=self.log,
            now=lambda: self.time,
            sleep=self.sleep,
        )

    def send(self, to, alert):
        if self.refuse:
            self.refuse -= 1
            raise AlertError("not accepted: json://desk.example")
        self.got.append(alert)

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def serve(self, until):
        async def run():
            task = asyncio.ensure_future(self.it.run())
            while not until(self) and not task.done():  # noqa: ASYNC110  (the desk's time is virtual)
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.wait([task])

        self.it.begin()
        asyncio.run(asyncio.wait_for(run(), 20))


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "data") as opened:
        yield opened


def keep(store, *seeds, title="An aqueduct opens"):
    for seed in seeds:
        store.commit(poll(found(f"https://a.example/{seed}", story(seed), title=title)), now=NOW)


def told(count):
    return lambda desk: len(desk.got) >= count


def test_each_article_is_told_once(store):
    """A new watch tells nothing old; after a restart it goes on where it was."""
    keep(store, 1)
    Desk(store).serve(lambda desk: len(desk.slept) > 2)
    keep(store, 2)
    keep(store, 3, title="A tunnel")
    first = Desk(store)
    first.serve(told(1))
    assert [alert.title for alert in first.got] == ["bridges: 1 new article"]
    assert "https://a.example/2" in first.got[0].body
    again = Desk(store)
    again.serve(lambda desk: len(desk.slept) > 2)
    assert again.got == []
    keep(store, 4)
    again.serve(told(1))
    assert "https://a.example/4" in again.got[0].body


def test_what_does_not_fit_is_read_once(store):
    """The cursor passes articles of other sources, so that a watch on a quiet one stays cheap."""
    watch = Watch(id="quiet", sources=("nobody",), to=("json://desk.example",))
    desk = Desk(store, watch)
    desk.it.begin()
    keep(store, 1, 2)
    desk.serve(lambda desk: len(desk.slept) > 1)
    assert store.cursor("watch quiet") == store.seq() == 2


def test_an_edit_is_not_news(store):
    Desk(store).it.begin()
    keep(store, 1)
    store.commit(
        poll(found("https://a.example/1", [*story(1), "One more."], title="An aqueduct opens")), now=NOW
    )
    desk = Desk(store)
    desk.serve(told(1))
    assert desk.got[0].title == "bridges: 1 new article"


def test_an_hour_is_one_message(store):
    """What came in the hour is told together at its end."""
    watch = Watch(id="bridges", query="aqueduct", to=("json://desk.example",), every="hour")
    Desk(store, watch).it.begin()
    keep(store, 1, 2, 3)
    desk = Desk(store, watch)
    desk.serve(told(1))
    assert desk.got[0].title == "bridges: 3 new articles"
    assert desk.time >= NOW.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@pytest.mark.parametrize("every", ["now", "hour"])
def test_a_refused_message_comes_again(store, every):
    """Less and less often, and it is said; nothing is lost."""
    watch = Watch(id="bridges", query="aqueduct", to=("json://desk.example",), every=every)
    Desk(store, watch).it.begin()
    keep(store, 1)
    desk = Desk(store, watch, refuse=3)
    desk.serve(told(1))
    assert "https://a.example/1" in desk.got[0].body
    assert [v["again_in_s"] for e, v in desk.log.events if e == "alert_failed"] == [5, 10, 20]


STORY = Watch(id="region", min_outlets=3, to=("json://desk.example",))
TELLINGS = {"herald": "en", "vesti": "ru", "lur": "hy", "xeber": "az"}


def tell(store, *sources, event="Zangezur corridor court", at=NOW):
    """Sources print an event in the same words, a minute apart, and it is compared."""
    for source in sources:
        n = sorted(TELLINGS).index(source)
        article = found(
            f"https://{source}.example/{event[:3]}",
            story(n + 10 * len(event)),
            title=event,
            source=source,
            language=TELLINGS[source],
            published=at - timedelta(minutes=9 - n),
        )
        records = store.commit(poll(article, source=source), now=NOW).records
        store.keep_sketches([sketched(record) for record in records])


def test_a_story_is_told_once_when_enough_outlets_tell_it(store):
    """What was told before the watch began is no news; a story that grows is told once, over restarts too."""
    tell(store, "herald", "vesti", "lur", event="Old quarrel settled")
    Desk(store, STORY).serve(lambda desk: len(desk.slept) > 1)
    tell(store, "herald", "vesti")
    quiet = Desk(store, STORY)
    quiet.serve(lambda desk: len(desk.slept) > 1)
    assert quiet.got == []
    tell(store, "lur")
    first = Desk(store, STORY, refuse=1)
    first.serve(told(1))
    assert first.got[0].title == "region: 1 new story"
    assert first.got[0].body == (
        f"Zangezur corridor court\nThe Herald, lur, vesti, {NOW - timedelta(minutes=9):%Y-%m-%d %H:%M}\nhttps://herald.example/Zan"
    )
    tell(store, "xeber")
    tell(store, "xeber", event="Old quarrel settled", at=NOW - timedelta(hours=1))  # its first now
    again = Desk(store, STORY)
    again.serve(lambda desk: len(desk.slept) > 2)
    assert again.got == []
    assert store.told("watch region") == {m.id for one in store.told_stories() for m in one.members}
    store.clear_stories()  # another version of the sketches: they are made again, one after another
    for record in store.unsketched(NOW.date(), after=0, limit=99):
        made_again = Desk(store, STORY)
        made_again.serve(lambda desk: len(desk.slept) > 1)
        store.keep_sketches([sketched(record)])
        assert made_again.got == []
    made_again = Desk(store, STORY)
    made_again.serve(lambda desk: len(desk.slept) > 1)
    assert made_again.got == []
    old = Desk(store, STORY)
    old.time = NOW + timedelta(hours=100)
    old.serve(lambda desk: len(desk.slept) > 1)
    assert store.told("watch region") == frozenset()


STORIES = {
    "outlets": ({"min_outlets": 4}, 1),
    "more outlets": ({"min_outlets": 5}, 0),
    "countries": ({"min_countries": 3}, 1),
    "more countries": ({"min_countries": 4}, 0),
    "told in each": ({"min_outlets": 2, "countries": ("ge", "am")}, 1),
    "not told in each": ({"min_outlets": 2, "countries": ("ge", "tr")}, 0),
    "by one of them": ({"min_outlets": 2, "sources": ("lur", "nobody")}, 1),
    "one has the words": ({"min_outlets": 2, "query": "court AND corridor", "languages": ("hy",)}, 1),
    "one has the words, another is of a source": (
        {"min_outlets": 2, "query": "court", "languages": ("hy",), "sources": ("xeber",)},
        1,
    ),
    "none has the word": ({"min_outlets": 2, "query": "volcano"}, 0),
    "in another language": ({"min_outlets": 2, "query": "court", "languages": ("ka",)}, 0),
}


@pytest.mark.parametrize("keys, count", STORIES.values(), ids=STORIES)
def test_stories_that_a_watch_waits_for(store, keys, count):
    tell(store, *TELLINGS)
    sources = [
        Source(id=id_, name=id_, homepage=f"https://{id_}.example/", country=country, languages=("en",))
        for id_, country in (("herald", "ge"), ("vesti", "ge"), ("lur", "am"), ("xeber", "az"))
    ]
    assert len(watched_stories(Watch(id="w", **keys), store, sources, NOW)) == count
    assert watched_stories(Watch(id="w", **keys), store, sources, NOW + timedelta(hours=73)) == []


def test_texts_are_read_when_a_story_changed(store):
    """And none of a story that was told; what does not fit is read again when stories change."""

    class Reads:
        def __init__(self):
            self.ids = []

        def get(self, id_):
            self.ids.append(id_)
            return store.get(id_)

        def __getattr__(self, name):
            return getattr(store, name)

    watch = Watch(id="region", min_outlets=2, query="quarrel", to=("json://desk.example",))
    reads = Reads()
    desk = Desk(reads, watch)
    desk.it.begin()
    tell(store, "herald", "vesti")
    tell(store, "herald", "vesti", event="Old quarrel settled")
    desk.serve(lambda desk: len(desk.slept) > 4)
    assert len(desk.got) == 1
    assert len(reads.ids) == len(set(reads.ids)) == 3  # one fits: its first article is enough
    tell(store, "lur")
    again = Desk(reads, watch)
    again.serve(lambda desk: len(desk.slept) > 1)
    assert (again.got, len(reads.ids)) == ([], 3 + 3)


def test_a_stop_waits_for_a_message_under_way(store):
    """Else it would be told again after the restart."""
    Desk(store).it.begin()
    keep(store, 1)
    desk = Desk(store)
    begun, go = threading.Event(), threading.Event()

    def slow(to, alert):
        begun.set()
        go.wait(10)
        desk.got.append(alert)

    async def run():
        desk.it._send = slow
        task = asyncio.ensure_future(desk.it.run())
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        go.set()
        await asyncio.wait([task])

    asyncio.run(run())
    assert len(desk.got) == 1
    again = Desk(store)
    again.serve(lambda desk: len(desk.slept) > 2)
    assert again.got == []


# ------------------------------------------------------------------------------------------ services


@pytest.fixture
def receiver():
    """A loopback web server that keeps what is posted to it."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/refuse" else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield taken, server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_http(receiver):
    """A service that takes JSON gets title and text; one that refuses is named without its password."""
    pytest.importorskip("apprise")
    taken, port = receiver
    alert = alert_for(WATCH, [record()], {})
    send_alert([f"json://127.0.0.1:{port}/"], alert)
    assert (taken[0]["title"], taken[0]["message"]) == (alert.title, alert.body)
    with pytest.raises(AlertError, match="not accepted: json://user:") as told_of:
        send_alert([f"json://user:hidden-password@127.0.0.1:{port}/refuse"], alert)
    assert "hidden-password" not in str(told_of.value)


def test_mail():
    """Mail arrives by SMTP with the watch as subject, in any script."""
    pytest.importorskip("apprise")
    controller = pytest.importorskip("aiosmtpd.controller")

    class Box:
        def __init__(self):
            self.mails = []

        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  (aiosmtpd's name)
            self.mails.append(envelope)
            return "250 OK"

    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = controller.Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        send_alert(
            [f"mailto://127.0.0.1:{port}?from=darial@a.example&to=desk@a.example&mode=insecure"],
            alert_for(WATCH, [record(title="ხიდი გაიხსნა")], {}),
        )
    finally:
        server.stop()
    (mail,) = box.mails
    parsed = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert parsed["subject"] == "bridges: 1 new article"
    assert "ხიდი გაიხსნა" in parsed.get_body(("plain",)).get_content()


def test_an_unknown_service():
    pytest.importorskip("apprise")
    with pytest.raises(AlertError, match=r"pigeon://\.\.\.: not an address that Apprise knows"):
        shown_addresses(["pigeon://loft/secret"])


# ------------------------------------------------------------------------------------------ the command


FILE = """# Ours.
[[source]]
id = "herald"
name = "The Herald"
homepage = "https://a.example/"
country = "ge"
languages = ["en"]
feeds = [{ url = "https://a.example/feed" }]
"""


def test_the_command(tmp_path, capsysbinary, receiver):
    """add, list, test and remove; the file is otherwise left as it is, and no password is shown."""
    pytest.importorskip("apprise")
    taken, port = receiver
    file, data = tmp_path / "sources.toml", tmp_path / "data"
    file.write_text(FILE, encoding="utf-8")
    with open_store(data) as store:
        keep(store, 1)

    def darial(*args):
        code = main.main([*args, "--sources", str(file)])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    address = f"json://user:hidden-password@127.0.0.1:{port}/"
    assert darial("watch", "add", "bridges", "aqueducts", "opens", "--country", "GE", "--to", address)[0] == 0
    assert darial("watch", "add", "all", "--every", "day")[0] == 0
    code, _, err = darial("watch", "add", "bridges", "x")
    assert (code, "bridges" in err, "is taken already" in err) == (2, True, True)
    code, _, err = darial("watch", "add", "bad", "(a")
    assert (code, "watch[2].query" in err) == (2, True)
    _, out, _ = darial("watch", "list")
    assert "aqueducts opens" in out
    assert "hidden-password" not in out
    assert [json.loads(line)["id"] for line in darial("watch", "list", "--json")[1].splitlines()] == [
        "bridges",
        "all",
    ]
    (shown,) = darial("watch", "show", "bridges", "--store", str(data), "--json")[1].splitlines()
    assert json.loads(shown)["title"] == "An aqueduct opens"
    assert "herald" in darial("watch", "show", "all", "--store", str(data))[1]
    code, _, err = darial("watch", "test", "bridges", "--store", str(data))
    assert (code, "accepted, with 1 article" in err) == (0, True)
    assert taken[0]["title"] == "Test: bridges: 1 new article"
    assert darial("watch", "test", "all", "--store", str(data))[0] == 2
    assert 'did you mean "bridges"?' in darial("watch", "remove", "brigdes")[2]
    assert darial("watch", "remove", "bridges")[0] == 0
    assert darial("watch", "remove", "all")[0] == 0
    options = ("--min-outlets", "3", "--min-countries", "2", "--to", address)
    assert darial("watch", "add", "region", *options)[0] == 0
    assert "3+ sources 2+ countries" in darial("watch", "list")[1]
    assert darial("watch", "show", "region", "--store", str(data)) == (0, "", "")
    assert darial("watch", "test", "region", "--store", str(data))[0] == 0
    assert taken[1]["message"] == "Nothing in the store matches yet."
    assert darial("watch", "remove", "region")[0] == 0
    assert file.read_text(encoding="utf-8") == FILE


WRONG = {
    "an hour that no clock has": ('at = "25:00"', 'at: must be a time like "08:00"'),
    "quiet without end": ('quiet = "22:00"', 'quiet: must be two times like "22:00-07:00"'),
    "another rhythm": ('every = "week"', 'every: must be "now" or "hour" or "day"'),
    "an unknown word of a template": ('template = "{headline}"', "template: must be a text with {title}"),
    "no address": ('to = ["desk@a.example"]', "to[0]: must be an address like mailto://"),
    "stories of one outlet": ("min_outlets = 1", "min_outlets: must be a whole number from 2 to 1000"),
    "stories for a webhook": (
        'min_countries = 2\n[[notify]]\nid = "hook"\nurl = "https://x.example/"\nwatch = "w1"',
        'notify[0].watch: "w1" waits for stories; a webhook sends articles',
    ),
    "an unknown source": ('sources = ["nobody"]', 'watch[0].sources: there is no source "nobody"'),
}


@pytest.mark.parametrize("line, said", WRONG.values(), ids=WRONG)
def test_wrong_keys(tmp_path, capsysbinary, line, said):
    file = tmp_path / "sources.toml"
    file.write_text(f'{FILE}\n[[watch]]\nid = "w1"\n{line}\n', encoding="utf-8")
    assert main.main(["sources", "check", "--sources", str(file)]) == 2
    assert said in capsysbinary.readouterr().err.decode()
