"""Regular expressions of users: what they find, which are refused, and that none can go on for ever."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.text.user_regex import regex_error, search_regex
from tests.support.shared import ROOT

SITE = "https://valley.example"
FOUND = {
    "anywhere": (r"/news/\d+", f"{SITE}/az/news/12?x=1", True),
    "anchored": (r"^/news", f"{SITE}/news", False),
    "end": (r"\d$", f"{SITE}/12/", False),
    "nothing": ("", SITE, True),
    "a letter of another alphabet": (r"/\w+-\w+-\d+$", f"{SITE}/xəbər-მთა-ծով-12", False),
    "letters of other alphabets": (r"/\w+-\w+-\w+-\d+$", f"{SITE}/xəbər-მთა-ծով-12", True),
    "in a class": (r"/[\w-]+-\d+$", f"{SITE}/новости-дня-12", True),
    "not in a class": (r"/[^\w/]+$", f"{SITE}/новости", False),
    "what stands behind a class": (r"[]\w[]+\w{3}/$", f"{SITE}/xəbə/", True),
    "an escaped backslash": (r"\\w", f"{SITE}/w", False),
    "percent signs": (r"/%[0-9A-F]{2}", f"{SITE}/%D0%BC", True),
    "no accent but a letter": (r"/é/", f"{SITE}/é/", True),
    "one sign, not two bytes": (r"/.{3}/", f"{SITE}/მთა/", True),
    "whatever case": (r"(?i)/НОВОСТИ/ŞƏKİ", f"{SITE}/новости/şəkİ", True),
    "its own case": (r"/НОВОСТИ", f"{SITE}/новости", False),
    "at most three": (r"/n\d{,3}/", f"{SITE}/n1234/", False),
    "up to three": (r"/n\d{,3}/", f"{SITE}/n123/", True),
    "a brace in a class": (r"[{,3}]", f"{SITE}/a,b", True),
    "a named group": (r"/(?P<kind>news|sport)/", f"{SITE}/sport/", True),
    "half a sign": (r"/x", f"{SITE}/x\ud83d", True),
}


@pytest.mark.parametrize("pattern, text, found", FOUND.values(), ids=FOUND)
def test_what_a_pattern_finds(pattern, text, found):
    assert regex_error(pattern) is None
    assert search_regex(pattern, text) is found
    assert bool(re.search(pattern, text)) is found


REFUSED = {
    r"/(?=\d)": "(?=; RE2 reads it",
    r"/(?!tag/)": "(?!; RE2 reads it",
    r"(?<=/)x": "(?<",
    r"(?>a+)": "(?>; RE2 reads it",
    r"\d++": "++; RE2 reads it",
    r"(a)\1": r"\1; RE2 reads it",
    r"\d\Z": r"\Z; RE2 reads it",
    "(": "missing )",
    "[a": "missing ]",
    "*": "no argument for repetition operator: *",
    "((a{100}){100}){100}": "invalid repetition size",
}


@pytest.mark.parametrize("pattern, said", REFUSED.items(), ids=REFUSED)
def test_what_is_refused(pattern, said):
    """What RE2 cannot read is refused, and the message says which part and what to do."""
    told = regex_error(pattern)
    assert told is not None
    assert said in told


@pytest.mark.parametrize(
    "pattern", [r"^(a+)+$", r"(a*)*b", r"(a|a)*b", r"(?i)(aA?)*b", r"(a?){30}a{30}b", r"(\w+\s?)*!$"]
)
def test_none_goes_on_for_ever(pattern):
    """What makes a reader that backtracks hang is searched like anything else."""
    assert regex_error(pattern) is None
    assert not search_regex(pattern, "a" * 20_000 + "?")


@given(st.text(alphabet="ab-/.|()[]{}*+?^$\\\\d1,:P<>=!", max_size=24))
@settings(deadline=None)
def test_any_pattern_is_judged(pattern):
    """Every text is either a pattern that can be used or has a complaint in one line."""
    told = regex_error(pattern)
    if told is None:
        search_regex(pattern, "ab-/1")
    else:
        assert told.isprintable()


OURS = [
    source["article_url"]
    for source in tomllib.loads((ROOT / "sources.toml").read_text("utf-8"))["source"]
    if "article_url" in source
]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_our_patterns_mean_what_they_mean_to_python(data):
    """The patterns of our sources file, on addresses made from them, whole and with a part missing."""
    pattern = data.draw(st.sampled_from(OURS))
    address = data.draw(st.from_regex(pattern, alphabet=st.characters(codec="ascii"))).replace("\n", "")
    cut = data.draw(st.integers(0, len(address)))
    for text in (address, address[:cut] + address[cut + 1 :], f"{address}ə"):
        assert search_regex(pattern, text) == bool(re.search(pattern, text))
