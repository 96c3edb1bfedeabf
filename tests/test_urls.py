"""One spelling for each address; keys that recognise an article; canonical links that are to be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper import urls
from scraper.errors import BadUrl
from scraper.urls import (
    MAX_URL_BYTES,
    article_id,
    believable_canonical,
    canonical_or_none,
    canonicalise,
    identity_keys,
    is_strong,
    number_key,
    site_of,
)

SAME = {
    "scheme": ("http://news.example/a", "https://news.example/a"),
    "upper-case scheme and host": ("HTTPS://News.EXAMPLE/a", "https://news.example/a"),
    "path case is kept": ("https://news.example/A", "https://news.example/A"),
    "www": ("https://www.news.example/a", "https://news.example/a"),
    "numbered www": ("https://www2.news.example/a", "https://news.example/a"),
    "mobile host": ("https://m.news.example/a", "https://news.example/a"),
    "mobile host under www": ("https://www.m.news.example/a", "https://news.example/a"),
    "a site that is called m": ("https://m.example/a", "https://m.example/a"),
    "www under a two-level suffix": ("https://www.news.com.tr/a", "https://news.com.tr/a"),
    "a site that is called www": ("https://www.com.ge/a", "https://www.com.ge/a"),
    "amp host": ("https://amp.news.example/a", "https://news.example/a"),
    "amp folder": ("https://news.example/amp/a/b", "https://news.example/a/b"),
    "amp suffix": ("https://news.example/a/amp/", "https://news.example/a"),
    "amp file": ("https://news.example/a.amp.html", "https://news.example/a.html"),
    "print suffix": ("https://news.example/a/12345-b/print/", "https://news.example/a/12345-b"),
    "a section of print": ("https://news.example/issues/print", "https://news.example/issues/print"),
    "amp parameter": ("https://news.example/a?amp=1", "https://news.example/a"),
    "bare amp parameter": ("https://news.example/a?amp", "https://news.example/a"),
    "utm": ("https://news.example/a?utm_source=x&utm_medium=y", "https://news.example/a"),
    "click ids": ("https://news.example/a?fbclid=1&gclid=2&yclid=3", "https://news.example/a"),
    "tracker among content": ("https://news.example/?id=5&utm_source=x&p=2", "https://news.example/?id=5&p=2"),
    "content order is kept": ("https://news.example/?b=1&a=2", "https://news.example/?b=1&a=2"),
    "ref": ("https://news.example/a?ref=home", "https://news.example/a"),
    "from a messenger": ("https://news.example/a?from=telegram", "https://news.example/a"),
    "from as content": ("https://news.example/a?from=2020", "https://news.example/a?from=2020"),
    "an article called ref": ("https://news.example/read.php?ref=5001", "https://news.example/read.php?ref=5001"),
    "tracker behind a semicolon": ("https://news.example/?id=1;utm_source=x", "https://news.example/?id=1"),
    "zero-width blank behind": ("https://news.example/a\u200b", "https://news.example/a"),
    "zero-width blank, escaped": ("https://news.example/a%E2%80%8B", "https://news.example/a"),
    "marks of direction around": ("\u202ahttps://news.example/a\u202c", "https://news.example/a"),
    "escaped ampersand": ("https://news.example/?id=5&amp;utm_source=x", "https://news.example/?id=5"),
    "pair twice": ("https://news.example/?id=5&id=5", "https://news.example/?id=5"),
    "fragment": ("https://news.example/a#comments", "https://news.example/a"),
    "hash-bang": ("https://news.example/#!/a/1", "https://news.example/#!/a/1"),
    "trailing slash": ("https://news.example/a/", "https://news.example/a"),
    "root": ("https://news.example", "https://news.example/"),
    "double slashes": ("https://news.example//a///b", "https://news.example/a/b"),
    "dot segments": ("https://news.example/x/../a/./b", "https://news.example/a/b"),
    "above the root": ("https://news.example/../../a", "https://news.example/a"),
    "index page": ("https://news.example/a/index.html", "https://news.example/a"),
    "index page with content": ("https://news.example/index.php?id=5", "https://news.example/?id=5"),
    "default port": ("http://news.example:80/a", "https://news.example/a"),
    "default tls port": ("https://news.example:443/a", "https://news.example/a"),
    "other port": ("https://news.example:8443/a", "https://news.example:8443/a"),
    "user": ("https://me:secret@news.example/a", "https://news.example/a"),
    "trailing dot": ("https://news.example./a", "https://news.example/a"),
    "session in the path": ("https://news.example/a;jsessionid=F00", "https://news.example/a"),
    "lower-case escapes": ("https://news.example/%d0%b0", "https://news.example/%D0%B0"),
    "unescaped letters": ("https://news.example/а", "https://news.example/%D0%B0"),
    "needless escapes": ("https://news.example/%61%2D%7E", "https://news.example/a-~"),
    "meaningful escapes": ("https://news.example/a%2Fb%3Fc%23d", "https://news.example/a%2Fb%3Fc%23d"),
    "broken escape": ("https://news.example/100%", "https://news.example/100%25"),
    "legacy charset": ("https://news.example/%e0", "https://news.example/%E0"),
    "composed letters": ("https://news.example/é", "https://news.example/%C3%A9"),
    "space in query": ("https://news.example/?q=a+b", "https://news.example/?q=a%20b"),
    "plus in query": ("https://news.example/?q=a%2Bb", "https://news.example/?q=a%2Bb"),
    "international name": ("https://пример.example/a", "https://xn--e1afmkfd.example/a"),
    "international name, coded": ("https://XN--E1AFMKFD.example/a", "https://xn--e1afmkfd.example/a"),
    "white space around": (" \nhttps://news.example/a\t", "https://news.example/a"),
    "line break inside": ("https://news.example/a\nb", "https://news.example/ab"),
    "address of a machine": ("http://127.0.0.1:8000/a", "https://127.0.0.1:8000/a"),
    "IPv6": ("http://[0:0::1]/a", "https://[::1]/a"),
    "Georgian path": ("https://news.example/ამბავი", "https://news.example/" + "%E1%83%90%E1%83%9B%E1%83%91%E1%83%90%E1%83%95%E1%83%98"),
}  # fmt: skip


@pytest.mark.parametrize("written, canonical", SAME.values(), ids=SAME)
def test_spellings(written, canonical):
    """Spellings of one address become one, and that one stays itself."""
    assert canonicalise(written) == canonical
    assert canonicalise(canonical) == canonical


BAD = {
    "empty": "",
    "no scheme": "news.example/a",
    "script": "javascript:alert(1)",
    "file": "file:///etc/passwd",
    "mail": "mailto:desk@news.example",
    "data": "data:text/html,x",
    "no host": "http:///a",
    "space in host": "http://news example/a",
    "bad port": "http://news.example:99999/a",
    "bad IPv6": "http://[::1/a",
    "label too long": f"http://{'a' * 64}.example/",
    "half a character": "https://news.example/\ud800",
    "percent in host": "http://news%20.example/",
    "too long": "https://news.example/" + "a" * MAX_URL_BYTES,
    "too long once escaped": "https://news.example/" + "ა" * 400,
}


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_junk_is_refused(url):
    """What is no http(s) address raises BadUrl, and gives None where strangers wrote it."""
    with pytest.raises(BadUrl):
        canonicalise(url)
    assert canonical_or_none(url) is None


@given(st.text(max_size=60) | st.text(max_size=60).map(lambda s: "https://news.example/" + s))
def test_no_text_breaks_it(text):
    """Any text is an address of one spelling or a BadUrl: no other exception, and the spelling is a fixed point."""
    if (canonical := canonical_or_none(text)) is not None:
        assert canonicalise(canonical) == canonical
        assert canonical.isascii()
        assert canonical.startswith("https://")
    identity_keys("s", [text], text)
    site_of(text)


PIECES = st.sampled_from(
    [
        "a",
        "amp",
        "AMP",
        "index",
        "index.html",
        "default.aspx",
        "x.amp",
        "x.amp.html",
        "-b",
        "c.",
        "12345",
        "~d",
        "index.x",
        "ampere",
        "print",
        "print.html",
    ]
)


@given(
    st.sampled_from(
        ["news.example", "amp.example", "m.news.example", "a.b.news.com.tr", "www.com.ge", "am.example"]
    ),
    st.lists(PIECES, max_size=4),
)
def test_the_short_way_is_the_same_way(host, pieces):
    """Addresses that are canonical at first sight are what the rules would make of them."""
    url = "/".join([f"https://{host}", *pieces])
    assert canonicalise(url) == urls._canonicalise(url)


SITES = {
    "https://www.news.example/a": "news.example",
    "https://en.news.example/": "news.example",
    "news.example": "news.example",
    "https://www.news.com.tr": "news.com.tr",
    "https://a.b.news.org.ge": "news.org.ge",
    "https://com.example/": "com.example",
    "https://co.ge": "co.ge",
    "https://www.news.pvt.ge/": "news.pvt.ge",
    "https://one.blogspot.com/": "one.blogspot.com",
    "https://www.com.tr": "www.com.tr",
    "http://127.0.0.1/": "127.0.0.1",
    "http://[::1]/": "[::1]",
    "nothing here": "",
    "": "",
}


@pytest.mark.parametrize("url, site", SITES.items())
def test_sites(url, site):
    """The registrable domain, two-level suffixes included."""
    assert site_of(url) == site


PAGE = "https://www.news.example/en/politics/12345-some-long-slug?utm_source=x"
CLAIMS = {
    "itself": (PAGE, "https://news.example/en/politics/12345-some-long-slug"),
    "shorter address with the number": ("https://news.example/en/12345", "https://news.example/en/12345"),
    "slug in another folder": ("https://news.example/en/economy/some-long-slug", "https://news.example/en/economy/some-long-slug"),
    "sister host": ("https://en.news.example/politics/some-long-slug", "https://en.news.example/politics/some-long-slug"),
    "home page": ("https://news.example/", None),
    "home page with a tracker": ("https://news.example/?utm_source=canonical", None),
    "section above": ("https://news.example/en/politics", None),
    "bare section": ("https://news.example/en/latest", None),
    "other site": ("https://agency.example/en/politics/12345-some-long-slug", None),
    "other language": ("https://news.example/ru/politics/12345-some-long-slug", None),
    "junk": ("javascript:void(0)", None),
    "relative": ("/en/politics", None),
    "none": (None, None),
}  # fmt: skip


@pytest.mark.parametrize("claim, believed", CLAIMS.values(), ids=CLAIMS)
def test_canonical_links(claim, believed):
    """A page's own claim is believed when it names an article of the same site and language."""
    assert believable_canonical(PAGE, claim) == believed


TRANSLATIONS = {
    "folder dropped": ("/ru/news/12345-slug-of-it", "/news/12345-slug-of-it", False),
    "second folder dropped": ("/news/ru/12345.html", "/news/12345.html", False),
    "query dropped": ("/news/12345?lang=en", "/news/12345", False),
    "number of a language dropped": ("/news/12345?lang=2", "/news/12345", False),
    "last folder dropped": ("/news/2026/12345/en", "/news/2026/12345-a-b", False),
    "name of the file": ("/read_en.php?id=5", "/read.php?id=5", False),
    "last word of the file": ("/news/12345-ru.html", "/news/12345.html", False),
    "a folder that says so": ("/lang_ru/news/12345", "/news/12345", False),
    "a parameter that says so": ("/news/12345?site_lang=ru", "/news/12345", False),
    "three letters": ("/hye/news/12345", "/rus/news/12345", False),
    "script": ("/lat/news/12345-x-y", "/kir/news/12345-x-y", False),
    "script in a tag": ("/az-latn/news/12345", "/az-cyrl/news/12345", False),
    "region dropped": ("/en-us/news/12345", "/news/12345", False),
    "another host": ("https://ru.news.example/news/12345", "/news/12345", False),
    "one language written twice": ("/eng/news/12345", "/en/news/12345", True),
    "from query to folder": ("/news/12345?lang=ru", "/ru/news/12345", True),
    "from host to folder": ("https://ru.news.example/12345", "/ru/news/12345", True),
    "region of one language": ("/en-us/news/12345", "/en/news/12345", True),
    "language added": ("/news/12345", "/az/news/12345", True),
}


@pytest.mark.parametrize("page, claim, believed", TRANSLATIONS.values(), ids=TRANSLATIONS)
def test_translations_keep_their_own_address(page, claim, believed):
    """A canonical link that drops or changes the page's language names the original, not this page."""
    page, claim = (url if "//" in url else f"https://news.example{url}" for url in (page, claim))
    assert believable_canonical(page, claim) == (claim if believed else None)


GUIDS = {
    "absolute and relative": ("https://news.example/n/5", "/n/5"),
    "another scheme and host": ("http://www.news.example/n/some-slug", "https://news.example/n/some-slug"),
    "address and number": ("https://news.example/?p=12345", "12345"),
    "Drupal's": ("12345 at https://news.example", "https://news.example/node/12345"),
}


@pytest.mark.parametrize("old, new", GUIDS.values(), ids=GUIDS)
def test_guids_that_change_their_form(old, new):
    """A guid written anew still shares a weak key with what it was."""
    shared = set(identity_keys("outlet", (), old)) & set(identity_keys("outlet", (), new))
    assert shared
    assert not any(is_strong(key) for key in shared)


def test_years_are_no_numbers_of_articles():
    """Guids that only share a year or a date share nothing."""
    assert not set(identity_keys("o", (), "news-2026")) & set(identity_keys("o", (), "video-2026"))


def test_query_address_may_claim_a_slug():
    """``?p=123`` pages name their readable address."""
    assert believable_canonical("https://news.example/?p=123", "https://news.example/some-long-slug")


NUMBERS = {
    "number, slug": ("https://news.example/en/news/12345-some-slug", "news.example/en/news/12345"),
    "number, another slug": ("https://news.example/en/news/12345-other-words", "news.example/en/news/12345"),
    "number alone": ("https://news.example/en/news/12345", "news.example/en/news/12345"),
    "number, extension": ("https://news.example/a/33423156.html", "news.example/a/33423156"),
    "slug folder": ("https://news.example/a/a-slug-of-words/33423156.html", "news.example/a/33423156"),
    "slug, number": ("https://news.example/news/a-slug-of-words-1234567.html", "news.example/news/1234567"),
    "number, slug folder": ("https://news.example/news/12345/a-slug-of-words", "news.example/news/12345"),
    "year": ("https://news.example/2024/a-slug", None),
    "date": ("https://news.example/20240521", None),
    "round number of a title": ("https://news.example/prize-of-1000000", None),
    "short number": ("https://news.example/top-100", None),
    "no number": ("https://news.example/a-slug", None),
    "home": ("https://news.example/", None),
}


@pytest.mark.parametrize("url, key", NUMBERS.values(), ids=NUMBERS)
def test_article_numbers(url, key):
    """An article's number recognises it when its slug changes; dates and round numbers do not."""
    assert number_key(canonicalise(url)) == key


def test_languages_do_not_share_numbers():
    """A translation with the same number is another article."""
    assert number_key("https://news.example/en/news/12345") != number_key(
        "https://news.example/ru/news/12345"
    )


def test_keys_strongest_first():
    """Addresses before numbers before guids; junk addresses are left out; only addresses are proof."""
    keys = identity_keys("outlet", ["http://www.news.example/12345-a-b-c/", None, "no address"], " guid-1 ")
    assert keys == ("u:news.example/12345-a-b-c", "n:news.example/12345", "g:outlet:guid-1")
    assert [is_strong(key) for key in keys] == [True, False, False]


def test_article_id_is_stable():
    """Ids are part of the public contract: this one may never change."""
    assert article_id("https://news.example/a") == "95bbca1f9b4bae7d"
