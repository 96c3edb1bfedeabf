"""Webhooks: which records fit, how messages are signed, and that each arrives in order, at least once, whatever dies."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
from datetime import UTC, datetime, timedelta

import pytest

from scraper.codec import decode
from scraper.errors import FetchError, HttpStatusError, NetworkError
from scraper.fetch.transport import LiveTransport
from scraper.model import Headline, Record
from scraper.notify.delivery import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, WebhookDelivery, pause_seconds
from scraper.notify.matching import matches_hook
from scraper.notify.message import message_for, webhook_signature
from scraper.notify.post import SECONDS, post_webhook
from scraper.settings import Notify, Settings
from storage import open_store
from tests.daemon.test_daemon import Process
from tests.support.demo_recording import DEMO_SOURCES, RECORDING
from tests.support.site import Site
from tests.support.stories import NOW, found, poll, story


def in_loop(test):
    """An async test, run."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        asyncio.run(test(*args, **kwargs))

    return run


HOOK = Notify(id="desk", url="https://desk.example/hook", secret="a secret")


# ------------------------------------------------------------------------------------------ which records


def record(body="Мост через Куру открыт.", **more):
    base = {
        "title": "Новости",
        "language": "ru",
        "source": "valley-post",
        "url": "https://v.example/1",
        "id": "x",
    }
    times = {"fetched": NOW, "first_seen": NOW}
    return Record(seq=1, revision=1, body=(body,), **{**base, **times, **more})


ELSEWHERE = (Headline(title="Землетрясение в Венесуэле"),)
FITS = {
    "anything": ({}, {}, True),
    "its language": ({"languages": ("ru", "ka")}, {}, True),
    "another language": ({"languages": ("ka",)}, {}, False),
    "no language known": ({"languages": ("ka",)}, {"language": None}, False),
    "its outlet": ({"sources": ("valley-post",)}, {}, True),
    "another outlet": ({"sources": ("hill-times",)}, {}, False),
    "a word in the body": ({"words": ("мост",)}, {}, True),
    "a word in capitals": ({"words": ("МОСТ",)}, {}, True),
    "a word in the title": ({"words": ("новости",)}, {}, True),
    "no title": ({"words": ("мост",)}, {"title": None}, True),
    "one of two words": ({"words": ("туннель", "мост")}, {}, True),
    "none of two words": ({"words": ("туннель", "поезд")}, {}, False),
    "part of a word": ({"words": ("мос",)}, {}, False),
    "the beginning of a word": ({"words": ("мос*",)}, {}, True),
    "a word in another form": ({"words": ("мостами",)}, {}, True),
    "a word in another form, exactly": ({"words": ("=мостами",)}, {}, False),
    "words in a row": ({"words": ('"через куру"',)}, {}, True),
    "words in a row, the last begun": ({"words": ('"через ку"*',)}, {}, True),
    "words that stand apart": ({"words": ('"мост открыт"',)}, {}, False),
    "a query": ({"words": ("(мост OR туннель) NOT поезд",)}, {}, True),
    "a query that excludes": ({"words": ("(поезд OR туннель) NOT мост",)}, {}, False),
    "a word of another article's headline": ({"words": ("землетрясение",)}, {"related": ELSEWHERE}, False),
    "a word and a language": ({"words": ("мост",), "languages": ("ka",)}, {}, False),
    "armenian in capitals": ({"words": ("երկրաշարժ",)}, {"body": ("ԵՐԿՐԱՇԱՐԺ Գյումրիում",)}, True),
    "georgian": ({"words": ("მიწისძვრა",)}, {"body": ("თბილისში მიწისძვრა იყო",)}, True),
    "azerbaijani capitals": ({"words": ("zəlzələ", "istilik")}, {"body": ("İSTİLİK artır",)}, True),
    "an empty body": ({"words": ("мост",)}, {"body": (), "title": None}, False),
}  # fmt: skip


@pytest.mark.parametrize("wanted, has, expected", FITS.values(), ids=FITS)
def test_fits(wanted, has, expected):
    """A hook hears of what it asked for, and of nothing else."""
    has = {"body": ("Мост через Куру открыт.",)} | has
    body = has.pop("body")
    one = Record(**{**{f: getattr(record(**has), f) for f in Record.__struct_fields__}, "body": body})
    assert matches_hook(Notify(id="h", url="https://x.example/", **wanted), one) == expected


# ------------------------------------------------------------------------------------------ messages


def test_signature_as_the_standard_has_it():
    """The example that the specification (standardwebhooks.com) gives its readers."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    found = webhook_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_that_only_looks_like_base64():
    """What cannot be decoded is taken as it stands; another secret gives another signature."""
    signatures = {
        webhook_signature(s, "i", "1", b"x") for s in ("whsec_not base64!", "plain", "whsec_cGxhaW4=")
    }
    assert len(signatures) == 2  # plain, and base64 of plain


def test_messages():
    """The line as it was published, an id that stays, a time that does not."""
    one = message_for(HOOK, 7, b'{"seq":7}', agent="Darial/1", now=NOW)
    two = message_for(HOOK, 7, b'{"seq":7}', agent="Darial/1", now=NOW + timedelta(seconds=9))
    assert one.body == b'{"seq":7}'
    assert one.headers["Webhook-Id"] == two.headers["Webhook-Id"] == "desk-7"
    assert one.headers["Webhook-Timestamp"] == "1795413600"
    assert one.headers["Webhook-Signature"] == webhook_signature("a secret", "desk-7", "1795413600", one.body)
    assert one.headers["Webhook-Signature"] != two.headers["Webhook-Signature"]
    unsigned = message_for(Notify(id="x", url=HOOK.url), 7, b"{}", agent="Darial/1", now=NOW)
    assert "Webhook-Signature" not in unsigned.headers


# ------------------------------------------------------------------------------------------ delivery


class Log:
    def __init__(self):
        self.events = []

    def _note(self, event, **values):
        self.events.append((event, values))

    info = warning = error = _note


class Receiver:
    """Says what ``answers`` has next (an error or None), then always yes; remembers what was said yes to."""

    def __init__(self, *answers, always=None):
        self.answers, self.always = list(answers), always
        self.tried, self.taken = [], []

    async def __call__(self, sent):
        seq = decode(sent.body, Record).seq
        self.tried.append(seq)
        answer = self.answers.pop(0) if self.answers else self.always
        if answer is not None:
            raise answer
        self.taken.append(seq)


class Served:
    """Notifications at work, with a clock that does not wait; ends when ``done()`` is true."""

    def __init__(self, store, posts, *, hooks=(HOOK,), looks=3):
        self.pauses, self.log, self.looks = [], Log(), looks
        self.idle = {hook.id: 0 for hook in hooks}
        self.posts = posts
        self.it = WebhookDelivery(
            settings=Settings(notify=tuple(hooks), user_agent="Darial/1"),
            store=store,
            post=self._post,
            log=self.log,
            now=lambda: NOW,
            sleep=self._sleep,
        )

    async def _post(self, sent):
        await self.posts[sent.headers["Webhook-Id"].rpartition("-")[0]](sent)

    async def _sleep(self, seconds):
        name = asyncio.current_task().get_name().removeprefix("notify ")
        self.pauses.append(seconds)
        self.idle[name] += seconds < FIRST_PAUSE_SECONDS
        await asyncio.sleep(0)

    async def until(self, done=None):
        """Run until every hook has looked at the end of the change log a few times, or ``done`` says so."""
        task = asyncio.create_task(self.it.run())
        async with asyncio.timeout(30):
            while not (done() if done else min(self.idle.values()) >= self.looks):
                assert not task.done()
                await asyncio.sleep(0.001)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def fill(store, *numbers, language="en"):
    articles = [found(f"https://a.example/{n}", story(n), title=f"T{n}", language=language) for n in numbers]
    return store.commit(poll(*articles, now=NOW), now=NOW)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "data") as opened:
        fill(opened, 0)
        yield opened


def serve(store, receiver, *, hooks=(HOOK,), done=None):
    served = Served(store, {HOOK.id: receiver} if isinstance(receiver, Receiver) else receiver, hooks=hooks)
    asyncio.run(served.until(done))
    return served


def test_a_new_hook_begins_now(store):
    """The archive is not sent; what comes after the first look is, also over a restart."""
    receiver = Receiver()
    serve(store, receiver)
    assert (receiver.taken, store.cursor("notify desk")) == ([], 1)
    fill(store, 1, 2)
    serve(store, receiver)
    serve(store, receiver)
    assert receiver.taken == [2, 3]


def test_more_than_a_page(store):
    """A backlog is delivered whole and in order."""
    receiver = Receiver()
    serve(store, receiver)
    fill(store, *range(1, 251))
    serve(store, receiver)
    assert receiver.taken == list(range(2, 252))


def test_only_what_fits_and_the_rest_is_passed_over(store):
    """Records that a hook does not want move its cursor all the same."""
    hook = Notify(id="desk", url=HOOK.url, languages=("ka",))
    receiver = Receiver()
    serve(store, receiver, hooks=[hook])
    fill(store, 1)
    fill(store, 2, language="ka")
    fill(store, 3)
    serve(store, receiver, hooks=[hook])
    assert (receiver.taken, store.cursor("notify desk")) == ([3], 4)


def test_failures_are_tried_again(store):
    """Until the receiver says yes, nothing else is sent to it; then all follows, in order, nothing twice."""
    receiver = Receiver()
    serve(store, receiver)
    fill(store, 1, 2)
    receiver.answers = [NetworkError("no", code="connect_failed"), HttpStatusError(500, url="u"), None]
    served = serve(store, receiver)
    assert (receiver.tried, receiver.taken) == ([2, 2, 2, 3], [2, 3])
    assert [p for p in served.pauses if p >= FIRST_PAUSE_SECONDS] == [5, 10]
    assert [(e, v.get("code")) for e, v in served.log.events] == [
        ("notify_failed", "connect_failed"),
        ("notify_failed", "http_500"),
        ("notified_again", None),
    ]


def test_a_dead_receiver_delays_nobody_else(store):
    """One hook that always fails, one that works: the second gets everything, and the first is where it was."""
    dead = Notify(id="dead", url="https://dead.example/")
    posts = {"desk": Receiver(), "dead": Receiver(always=NetworkError("no", code="connect_failed"))}
    serve(store, posts, hooks=[HOOK, dead])
    fill(store, 1, 2, 3)
    served = Served(store, posts, hooks=[HOOK, dead])
    asyncio.run(served.until(lambda: served.idle["desk"] >= 3 and len(posts["dead"].tried) >= 5))
    assert posts["desk"].taken == [2, 3, 4]
    assert set(posts["dead"].tried) == {2}
    assert (store.cursor("notify desk"), store.cursor("notify dead")) == (4, 1)
    assert served.it.states["dead"].code == "connect_failed"


@pytest.mark.parametrize("answered", [True, False], ids=["after its answer", "before its answer"])
def test_killed_while_it_delivers(store, answered):
    """What was under way when the daemon died is sent again, under the same id; nothing is left out."""
    serve(store, Receiver())
    fill(store, 1, 2, 3)
    receiver = Receiver()

    async def dying(sent):
        if answered:
            await receiver(sent)
        raise SystemExit  # as good as a kill: nothing after it runs

    with contextlib.suppress(BaseExceptionGroup, SystemExit):
        serve(store, {"desk": dying})
    serve(store, receiver)
    assert receiver.taken == ([2] if answered else []) + [2, 3, 4]


def test_a_hook_that_is_switched_off(store):
    """It keeps its place and is sent nothing; switched on again, it gets what it missed."""
    receiver = Receiver()
    serve(store, receiver)
    fill(store, 1)
    off = Notify(id="desk", url=HOOK.url, enabled=False)
    assert (
        WebhookDelivery(
            settings=Settings(notify=(off,)), store=store, post=receiver, log=Log(), now=lambda: NOW
        ).states
        == {}
    )
    serve(store, receiver)
    assert receiver.taken == [2]


def test_a_store_that_refuses(store, tmp_path):
    """A full disk stops a hook, not the daemon; it goes on when there is room."""
    receiver = Receiver()
    serve(store, receiver)
    fill(store, 1)

    class Full:
        refusals = 2

        def __getattr__(self, name):
            return getattr(store, name)

        def keep_cursor(self, name, seq):
            from scraper.errors import StoreError

            if self.refusals:
                self.refusals -= 1
                raise StoreError("the disk is full", code="store_full")
            store.keep_cursor(name, seq)

    served = serve(Full(), receiver)
    assert receiver.taken == [2, 2, 2]  # at least once
    assert store.cursor("notify desk") == 2
    assert [v["code"] for e, v in served.log.events if e == "notify_failed"] == ["store_full"] * 2


PAUSES = {
    "the first failure": (1, None, FIRST_PAUSE_SECONDS),
    "the fourth": (4, None, 8 * FIRST_PAUSE_SECONDS),
    "a receiver that is gone for weeks": (5000, None, LONGEST_PAUSE_SECONDS),
    "a receiver that asks for more time": (1, 60.0, 60.0),
    "one that asks for less": (4, 1.0, 8 * FIRST_PAUSE_SECONDS),
    "one that asks for a day": (1, 86400.0, LONGEST_PAUSE_SECONDS),
}


@pytest.mark.parametrize("failures, asked, seconds", PAUSES.values(), ids=PAUSES)
def test_pauses(failures, asked, seconds):
    """Twice as long each time, up to a quarter of an hour; the receiver may ask for longer, within it."""
    assert pause_seconds(failures, asked) == seconds


# ------------------------------------------------------------------------------------------ over the network


async def taken(x):
    body = await x.reader.readexactly(int(x.headers["content-length"]))
    there = x.site.state.setdefault("taken", [])
    there.append((x.headers, body))
    await x.reply(b"thanks", "202 Accepted")
    if len(there) == x.site.state.get("wanted"):
        x.site.state["all"].set()


async def send(site, path, *, allow=("127.0.0.1",), resolve=None, count=1, host=None, seconds=SECONDS):
    transport = LiveTransport(allow_private_hosts=allow, resolve=resolve)
    hook = Notify(id="desk", url=site.url(path, host), secret="s")
    async with contextlib.aclosing(transport):
        for n in range(count):
            sent = message_for(hook, n, b'{"title":"\xe1\x83\x90"}', agent="Darial/1", now=datetime.now(UTC))
            await post_webhook(sent, transport, now=lambda: NOW, seconds=seconds)


@in_loop
async def test_posting():
    """The body arrives byte for byte, signed; one connection serves several messages."""
    async with Site() as site:
        site.extra["taken"] = taken
        await send(site, "taken", count=3)
        (headers, body), *_ = site.state["taken"]
        assert body == b'{"title":"\xe1\x83\x90"}'
        expected = webhook_signature("s", headers["webhook-id"], headers["webhook-timestamp"], body)
        assert headers["webhook-signature"] == expected
        assert [h["webhook-id"] for h, _ in site.state["taken"]] == ["desk-0", "desk-1", "desk-2"]
        assert site.connections == 1


async def private(_host, _port):
    return ["10.0.0.1"]


REFUSED = {
    "an error": ("status/500", {}, "http_500", None),
    "an error that says when": ("status/503?120", {}, "http_503", 120),
    "a redirect": ("to?/ok", {}, "bad_redirect", None),
    "a private address": ("ok", {"allow": ()}, "blocked_address", None),
    "a name of a private address": (
        "ok",
        {"host": "desk.example", "resolve": private},
        "blocked_address",
        None,
    ),
    "nothing said": ("hang_up", {}, "connection_lost", None),
}


@pytest.mark.parametrize("path, more, code, after", REFUSED.values(), ids=REFUSED)
@in_loop
async def test_what_is_no_yes(path, more, code, after):
    """Every other answer is a failure with its code; nothing is followed, nothing private is asked."""
    async with Site() as site:
        with pytest.raises(FetchError) as caught:
            await send(site, path, **more)
        assert caught.value.code == code
        assert getattr(caught.value, "retry_after", None) == after


@in_loop
async def test_a_receiver_that_never_answers():
    """One message takes its time at most."""
    async with Site(mute=True) as site:
        with pytest.raises(FetchError) as caught:
            await send(site, "ok", seconds=0.2)
        assert caught.value.code == "timeout"


@in_loop
async def test_an_endless_answer():
    """What the receiver has to say beside its 2xx is not listened to for ever."""

    async def chatter(x):
        await x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await x.for_ever(b"1000\r\n" + b"x" * 4096 + b"\r\n", 0)

    async with Site() as site:
        site.extra["chatter"] = chatter
        await asyncio.wait_for(send(site, "chatter"), 10)


@in_loop
async def test_the_daemon_delivers(tmp_path):
    """A whole daemon: what it stores arrives at the receiver in order, signed, each once."""
    async with Site() as site:
        site.extra["taken"] = taken
        site.state |= {"wanted": 15, "all": asyncio.Event()}
        path = tmp_path / "sources.toml"
        hook = f'[[notify]]\nid = "desk"\nurl = "{site.url("taken")}"\nsecret = "s"\n'
        allow = '[settings]\nallow_private_hosts = ["127.0.0.1"]\n'
        demo = DEMO_SOURCES.read_text(encoding="utf-8").replace("[settings]\n", "")
        path.write_text(f"{allow}{hook}{demo}", encoding="utf-8")
        args = ["--sources", str(path), "--store", str(tmp_path / "data"), "--replay", str(RECORDING)]
        with Process(*args) as daemon:
            await asyncio.to_thread(daemon.until, "polled", 6)
            await asyncio.wait_for(site.state["all"].wait(), 30)
            daemon.signal(signal.SIGTERM)
            assert await asyncio.to_thread(daemon.end) == 0
        with open_store(tmp_path / "data", read_only=True) as store:
            assert [body for _, body in site.state["taken"]] == list(store.change_lines())


def test_the_daemon_with_a_dead_receiver(tmp_path):
    """Nobody listens at the hook's address: all outlets are polled, the failure is logged, the stop is clean."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = tmp_path / "sources.toml"
    hook = f'[[notify]]\nid = "desk"\nurl = "http://127.0.0.1:{port}/"\n'
    allow = '[settings]\nallow_private_hosts = ["127.0.0.1"]\n'
    demo = DEMO_SOURCES.read_text(encoding="utf-8").replace("[settings]\n", "")
    path.write_text(f"{allow}{hook}{demo}", encoding="utf-8")
    args = ["--sources", str(path), "--store", str(tmp_path / "data"), "--replay", str(RECORDING)]
    with Process(*args) as daemon:
        daemon.until("polled", 6)
        failed = daemon.until("notify_failed")
        daemon.signal(signal.SIGTERM)
        assert daemon.end() == 0
    assert (failed["hook"], failed["code"]) == ("desk", "connect_failed")
