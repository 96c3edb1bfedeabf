"""Host names: asked as browsers ask for them, or refused; and what an address costs that is none."""

from __future__ import annotations

import asyncio
import json

import pytest

from scraper.cli import main as cli
from scraper.errors import BadUrl, FetchError
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.redirects import check_url
from scraper.settings import Settings
from scraper.text.host_names import ascii_host
from tests.ingest.test_ingest import Recording, page
from tests.support import world
from tests.support.fake_network import FakeNetwork

ASKED_AS = {
    "plain": ("News.Example", "news.example"),
    "Armenian և": ("լևոն.հայ", "xn--29an5ah3c.xn--y9a3aq"),
    "the same in capitals": ("ԼԵՒՈՆ.ՀԱՅ", "xn--29an5ah3c.xn--y9a3aq"),
    "German ß": ("faß.de", "xn--fa-hia.de"),
    "Greek ς": ("σς.gr", "xn--3xab.gr"),
    "Cyrillic": ("Новости.РФ", "xn--b1amnebsh.xn--p1ai"),
    "Georgian": ("ნიუსი.გე", "xn--todakvj.xn--node"),
    "ASCII already": ("XN--FIQS8S.cn", "xn--fiqs8s.cn"),
    "full width": ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
    "a full stop of another script": ("ex。ample.com", "ex.ample.com"),
    "a soft hyphen": ("exam\u00adple.com", "example.com"),
    "a line below": ("a_b.é.com", "a_b.xn--9ca.com"),
    "hyphens that look like a prefix": ("ab--cd.com", "ab--cd.com"),
    "an IPv6 address": ("2001:DB8::1", "2001:db8::1"),
}  # fmt: skip
NO_HOSTS = [
    "", ".", "a..b", "xn--", "xn--a", "xn--0.pt", "xn--a-ecp.ru", "xn--ls8h.la", "💩.la", "sub.xn--a.example", "a" * 64 + ".com", "a." * 200, "a b.com", "a%41.com",
    "a／b.com", "a\ud800.com", "a\u200db.com", "[", "a]", "::g", "fe80::1%eth0", "xn--" + "9" * 50, "\u0301a.com", "<a>.com", "a" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("typed, asked", ASKED_AS.values(), ids=ASKED_AS)
def test_how_a_host_is_asked_for(typed, asked):
    """By UTS 46 without the old exceptions, as browsers do; and what comes out stays as it is."""
    assert ascii_host(typed) == asked
    assert ascii_host(asked) == asked
    if ":" not in typed:
        assert check_url(f"https://{typed}/x") == f"https://{asked}/x"


@pytest.mark.parametrize("typed", NO_HOSTS, ids=ascii)
def test_what_is_no_host(typed):
    """A name that IDNA 2008 or the length of names refuses is refused, and so is an address with it."""
    with pytest.raises(ValueError, match=r"\w"):
        ascii_host(typed)
    with pytest.raises(BadUrl):
        check_url(f"http://{typed}/news/1")


def test_requests_to_names_that_cannot_be_shown():
    """A name that httpx cannot decode, though every part of it may be asked for, is asked for."""
    url = "http://xn--9ca._x.example/news"
    net = FakeNetwork({url: (200, {}, b"x")})

    async def main():
        async with Fetcher(Settings(pace_seconds=0), transport=net) as fetcher:
            return await fetcher.get(url)

    assert asyncio.run(main()).body == b"x"
    assert net.asked[-1].headers["host"] == "xn--9ca._x.example"


BAD = [
    "http://xn--a/",
    "http://xn--ls8h.la/x",
    "http://💩.la/x",
    "http://[",
    "http://xn--/",
    "http://xn--0.pt/1",
]


@pytest.mark.parametrize("bad", BAD, ids=ascii)
def test_redirects(bad):
    """A page that leads there is refused; a robots.txt that does is none, so that the page is read."""
    answers = {
        "https://a.example/moved": (302, {"Location": bad}, b""),
        "https://b.example/robots.txt": (302, {"Location": bad}, b""),
        "https://b.example/page": (200, {}, b"x"),
    }

    async def main():
        async with Fetcher(Settings(pace_seconds=0), transport=FakeNetwork(answers)) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.get("https://a.example/moved")
            return caught.value.code, (await fetcher.get("https://b.example/page")).body

    assert asyncio.run(main()) == ("bad_redirect", b"x")


@pytest.fixture
def darial(capsysbinary, tmp_path):
    def run(*words):
        code = cli.main([str(word) for word in words])
        done = capsysbinary.readouterr()
        return code, done.out.decode(), done.err.decode()

    return run


@pytest.mark.parametrize("bad", BAD, ids=ascii)
def test_commands(darial, tmp_path, bad):
    """Each command that takes an address says that it is none; nothing is a bug."""
    file = tmp_path / "s.toml"
    entry = 'id = "x1"\nname = "X"\ncountry = "ge"\nlanguages = ["en"]\nhomepage = "{}"\nfeeds = [{{ url = "{}" }}]\n'
    file.write_text(f"[[source]]\n{entry.format(bad, bad)}")
    store = ("--store", tmp_path / "store")
    code, _, err = darial("sources", "check", "--sources", file)
    assert (code, "homepage: must be an" in err, "feeds[0].url: must be an" in err) == (2, True, True)
    file.write_text("")
    (tmp_path / "feeds.opml").write_text(
        f'<opml><body><outline xmlUrl="{bad}" htmlUrl="{bad}"/></body></opml>'
    )
    for words, wanted in (
        (("fetch", bad, "--sources", file, *store), 1),
        (("extract", bad), 1),
        (("feed", bad), 1),
        (("sources", "add", bad, "--sources", file), 2),
        (("sources", "import", tmp_path / "feeds.opml", "--sources", file), 0),
    ):
        code, out, err = darial(*words)
        assert code == wanted, (words, out, err)
        assert "bad_url" in err or "must be an" in err
        assert "bug" not in out + err


def test_a_list_and_a_recording_with_bad_addresses(darial, tmp_path):
    """ingest refuses each by its code and stores the others, whatever their number."""
    recording = Recording(zipped=False)
    recording.add("https://herald.example/news/1", page(1))
    for bad in ("http://[", "http://", "http://a／b.example/"):
        recording.add(bad, page(2))
    recording.add("https://herald.example/news/3", page(3))
    path = recording.save(tmp_path / "a.warc")
    (tmp_path / "list.txt").write_text("https://x.example/\n" + "\n".join(BAD), encoding="utf-8")
    (tmp_path / "s.toml").write_text("")
    more = ("--sources", tmp_path / "s.toml", "--store", tmp_path / "store", "--json")
    code, out, err = darial("ingest", path, *more)
    assert (code, json.loads(out)["tally"]["new"]) == (0, 2), err
    assert json.loads(out)["tally"]["reasons"] == {"bad_url": 3}


def test_a_feed_with_a_bad_link(darial, tmp_path):
    """darial fetch: the link costs itself; its outlet's articles and all other outlets' are stored."""
    recording = Recording(zipped=False)
    for name in ("courier", "herald"):
        bad = b"".join(
            f"<item><title>No host {n}</title><link>{url}</link></item>".encode() for n, url in enumerate(BAD)
        )
        feed = world.feed(f"{name}.example", 1, 2).replace(b"<item>", bad + b"<item>", 1)
        recording.add(
            f"https://{name}.example/feed.xml", feed, headers=[("Content-Type", "application/rss+xml")]
        )
        for n in (1, 2):
            body = world.article(n).replace(b"Council", name.encode())
            recording.add(f"https://{name}.example/news/{n}-road", body)
    lines = "".join(
        f'[[source]]\nid = "{n}"\nname = "{n}"\nhomepage = "https://{n}.example/"\ncountry = "ge"\nlanguages = ["en"]\n'
        f'feeds = [{{ url = "https://{n}.example/feed.xml" }}]\n'
        for n in ("courier", "herald")
    )
    (tmp_path / "s.toml").write_text(lines)
    replay = recording.save(tmp_path / "a.warc")
    code, out, err = darial(
        "fetch", "--sources", tmp_path / "s.toml", "--replay", replay, "--store", tmp_path / "st", "--json"
    )
    assert code == 0, err
    assert sorted(json.loads(line)["url"] for line in out.splitlines()) == [
        f"https://{name}.example/news/{n}-road" for name in ("courier", "herald") for n in (1, 2)
    ]
    assert "bad_url" in err
