"""robots.txt: our reading of RFC 9309, by its own examples and by the cases that parsers get wrong. No network."""

from __future__ import annotations

import pytest

from scraper.fetch import robots
from scraper.fetch.robots import RobotsRules, meaning_of_status, renewed_robots

DAY = 24 * 3600.0


def allows(text: str, path: str) -> bool:
    return RobotsRules(text.encode()).allows(f"https://valley.test{path}")


CASES = {
    # groups
    "no rules": ("", "/a", True),
    "everyone": ("User-agent: *\nDisallow: /", "/a", False),
    "robots.txt itself": ("User-agent: *\nDisallow: /", "/robots.txt", True),
    "our own group": ("User-agent: *\nDisallow: /\n\nUser-agent: Darial\nAllow: /", "/a", True),
    "our group in any case": ("User-agent: dARIAL\nDisallow: /", "/a", False),
    "our group forbids": ("User-agent: *\nAllow: /\n\nUser-agent: Darial\nDisallow: /a", "/a/b", False),
    "the star does not add to our group": (
        "User-agent: *\nDisallow: /a\n\nUser-agent: Darial\nDisallow: /b",
        "/a",
        True,
    ),
    "another's group": ("User-agent: OtherBot\nDisallow: /", "/a", True),
    "a longer name is not ours": ("User-agent: DarialPro\nDisallow: /", "/a", True),
    "a shorter name is not ours": ("User-agent: Dar\nDisallow: /", "/a", True),
    "several agents, one group": ("User-agent: x\nUser-agent: darial\nDisallow: /", "/a", False),
    "a group in two places": (
        "User-agent: darial\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: darial\nDisallow: /b",
        "/b",
        False,
    ),
    "rules before any group": ("Disallow: /\nUser-agent: x\nDisallow: /", "/a", True),
    "a version after the token": ("User-agent: Darial/1.0\nDisallow: /", "/a", False),
    # matching
    "a prefix": ("User-agent: *\nDisallow: /fish", "/fish.html", False),
    "a prefix in another case": ("User-agent: *\nDisallow: /fish", "/Fish.asp", True),
    "not a prefix": ("User-agent: *\nDisallow: /fish", "/catfish", True),
    "a folder": ("User-agent: *\nDisallow: /fish/", "/fish", True),
    "a star": ("User-agent: *\nDisallow: /*.php", "/folder/file.php?x=1", False),
    "a star and the end": ("User-agent: *\nDisallow: /*.php$", "/file.php?x=1", True),
    "the end": ("User-agent: *\nDisallow: /*.php$", "/file.php", False),
    "a star inside": ("User-agent: *\nDisallow: /fish*.php", "/fishheads/cat.php", False),
    "the query counts": ("User-agent: *\nDisallow: /*?", "/a?b", False),
    "an empty rule allows": ("User-agent: *\nDisallow:", "/a", True),
    "the longest wins": ("User-agent: *\nAllow: /p\nDisallow: /", "/page", True),
    "the longest wins again": ("User-agent: *\nAllow: /page\nDisallow: /*.html", "/page.html", False),
    "equal length: allowed": ("User-agent: *\nDisallow: /folder\nAllow: /folder", "/folder/page", True),
    "order does not matter": ("User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c", "/a/b/d", True),
    # bytes
    "percent against UTF-8": ("User-agent: *\nDisallow: /%E1%83%9C", "/ნ", False),
    "UTF-8 against percent": ("User-agent: *\nDisallow: /ნ", "/%E1%83%9C", False),
    "percent of plain letters": ("User-agent: *\nDisallow: /%61", "/a", False),
    "small and large hex": ("User-agent: *\nDisallow: /%e1%83%9c", "/%E1%83%9C", False),
    # form
    "a byte order mark": ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
    "CR only": ("User-agent: *\rDisallow: /", "/a", False),
    "CRLF": ("User-agent: *\r\nDisallow: /\r\n", "/a", False),
    "comments": ("# hello\nUser-agent: * # all\nDisallow: / # nothing", "/a", False),
    "blank lines inside a group": ("User-agent: *\n\n\nDisallow: /", "/a", False),
    "spaces": ("  User-agent  :  *  \n  Disallow :  /a  ", "/a", False),
    "unknown lines": ("User-agent: *\nNoindex: /\nFoo\nDisallow: /a", "/a", False),
    "sitemaps between": ("User-agent: *\nSitemap: https://valley.test/s.xml\nDisallow: /a", "/a", False),
    "HTML": ("<!doctype html><html><body>User-agent: *<br>Disallow: /</body></html>", "/a", True),
    "a line separator is no line end": ("User-agent: *\nDisallow: /x\u2028Disallow: /a", "/a", True),
    "junk": ("\x00\x01\xff" * 100, "/a", True),
}


@pytest.mark.parametrize("name", CASES)
def test_rules(name):
    """What a robots.txt says of a path, for us."""
    text, path, allowed = CASES[name]
    assert allows(text, path) is allowed


def test_the_first_500_kibibytes_count():
    """Rules within the limit hold, what is beyond is ignored, and half a rule at the limit is none."""
    padding = "# " + "x" * 997 + "\n"
    inside = "User-agent: *\nDisallow: /a\n" + padding * 400 + "Disallow: /b\n"
    assert not allows(inside, "/b")
    assert allows(inside + padding * 200 + "Disallow: /c\n", "/c")
    head = "User-agent: *\n"
    text = head + "#" * (robots.MAX_BYTES - len(head) - len("\nDisallow: /")) + "\nDisallow: /only-this\n"
    assert allows(text, "/a")


def test_crawl_delay_and_sitemaps():
    """Both are read where they are; the delay is our group's."""
    rules = RobotsRules(b"User-agent: *\nCrawl-delay: 7.5\nSitemap: https://valley.test/s.xml\n")
    assert rules.crawl_delay == 7.5
    assert rules.sitemaps == ("https://valley.test/s.xml",)


def test_many_rules_cost_little():
    """100,000 rules and a pattern made to be slow are read and asked within a second or so."""
    text = "User-agent: *\n" + "".join(f"Disallow: /{i}/*a*b$\n" for i in range(20_000))
    assert allows(text, "/x" * 500)
    assert allows("User-agent: *\nDisallow: /" + "*a" * 200 + "$", "/" + "a" * 1000 + "b")


@pytest.mark.parametrize("status, said", [
    (200, "rules"), (204, "rules"), (304, "none"), (400, "none"), (401, "none"), (403, "none"), (404, "none"), (410, "none"),
    (429, "none"), (451, "none"), (500, "unreachable"), (502, "unreachable"), (503, "unreachable"), (599, "unreachable"),
])  # fmt: skip
def test_statuses(status, said):
    """RFC 9309 section 2.3.1: 4xx means there is none, 5xx means we may not."""
    assert meaning_of_status(status) == said


def test_life_of_a_policy():
    """Unknown forbids; a copy holds through a breakdown; after 30 days of no answer there is none."""
    forbids = RobotsRules(b"User-agent: *\nDisallow: /private\n")
    url, private = "https://valley.test/a", "https://valley.test/private"

    unknown = renewed_robots(None, "unreachable", 0.0)
    assert (unknown.allows(url, 0.0), unknown.expires) == (None, robots.RETRY_SECONDS)
    offline = renewed_robots(None, "offline", 0.0)
    assert offline.expires == robots.NETWORK_RETRY_SECONDS

    good = renewed_robots(unknown, forbids, 10.0)
    assert (good.allows(url, 10.0), good.allows(private, 10.0), good.expires) == (True, False, 10.0 + DAY)

    broken = renewed_robots(good, "unreachable", DAY)
    assert (broken.allows(url, DAY), broken.allows(private, DAY)) == (True, False)
    longer = renewed_robots(broken, "unreachable", 20 * DAY)
    assert (longer.allows(private, 20 * DAY), longer.failing_since) == (False, DAY)
    forgiven = renewed_robots(longer, "unreachable", 31 * DAY + 1)
    assert forgiven.allows(private, 31 * DAY + 1) is True

    never = renewed_robots(renewed_robots(None, "unreachable", 0.0), "offline", 29 * DAY)
    assert never.allows(url, 29 * DAY) is None
    assert renewed_robots(never, "unreachable", 30 * DAY).allows(url, 30 * DAY) is True

    assert renewed_robots(broken, "none", 2 * DAY).allows(private, 2 * DAY) is True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_editors_save(encoding):
    """Rules in UTF-16, with a mark or without, are rules."""
    rules = RobotsRules("User-agent: *\r\nDisallow: /private\r\n".encode(encoding))
    assert not rules.allows("https://khevi.example/private/1")
    assert rules.allows("https://khevi.example/news/1")
