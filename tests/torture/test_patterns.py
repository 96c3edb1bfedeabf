"""The regular expressions of the project: none may need more than a look at each character, whatever it is given."""

from __future__ import annotations

import re

import pytest

from scraper.extract.text_lines import is_foot
from tests.torture.patterns import BOUNDED, Pattern, patterns, superlinear


def test_no_pattern_backtracks():
    """Every pattern of the project, found by itself, reads the worst texts of its alphabet in linear time."""
    found = patterns()
    assert len(found) > 300
    assert superlinear(found) == []


@pytest.mark.parametrize("source", [
    r"(a+)+$",
    r"(?:[#@][^\s#@]+[\s,]*)+$",  # hashtags with commas between, before they were told apart
    r"\s*x",
    r'"?(.+?)"?\s*[\t,;\s]\s*"?(https?://[^\s"]+)',  # a line of a listing, before it was read from its address
    r"<!--.*?-->",
])  # fmt: skip
def test_those_that_do_are_found(source):
    """The search for bad texts finds them: nested repeats, repeats side by side, and a start that is tried everywhere."""
    assert superlinear([Pattern("p", re.compile(source, re.DOTALL), ("search",))])


def test_the_exceptions_are_still_there():
    """A pattern that is excused because of what bounds its text has not gone or been renamed."""
    assert BOUNDED.keys() <= {pattern.name for pattern in patterns()}


@pytest.mark.parametrize("line, foot", [
    ("#valley,#bridge,#mills", True),
    ("#valley, #bridge @mills", True),
    ("#valley,#bridge said the mayor", False),
    ("#a," * 200 + " said the mayor", False),  # 2^200 ways, once
])  # fmt: skip
def test_hashtags_with_commas(line, foot):
    """A line of hashtags is one however they are separated, and a text that begins with many is soon told apart."""
    assert is_foot(line) is foot
