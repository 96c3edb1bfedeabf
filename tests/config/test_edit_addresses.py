"""Addresses of one source are replaced in their place; the rest of the file stays byte for byte."""

from __future__ import annotations

import pytest

from scraper.codec import replace
from scraper.config import edit
from scraper.config.load import load_sources
from scraper.errors import ConfigError
from scraper.model import FeedRef

HEAD = """# [[source]] in a comment
[[source]]
id = "first"
name = "A [[source]] # in a string"
homepage = "https://first.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://first.example/rss" }]

"""
TAIL = """
[[source.rules]]
body = ["p"]

[[source]]
id = "last"
name = "Last"
homepage = "https://last.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://last.example/rss" }]
"""
ENTRY = """[[source]]  # ours
id = 'mid'
name = "Mid"
homepage = "https://mid.example/"
country = "ge"
languages = ["ka"]
"""
OLD, NEW, PAGE = "https://mid.example/rss", "https://mid.example/new", "https://mid.example/"
CASES = {  # the lines before, what is to be, the lines after
    "a feed": (f'feeds = [{{ url = "{OLD}", language = "ka" }}]  # good', {"feeds": (FeedRef(url=NEW, language="ka"),)},
               f'# why\nfeeds = [{{ url = "{NEW}", language = "ka" }}]  # good'),
    "one of several lines": (f'feeds = [\n  {{ url = "{OLD}" }},  # a [bracket] {{ in a comment\n  # {{ url = "x" }}\n  {{ url = "https://mid.example/b" }}\n]', {"feeds": (FeedRef(url=OLD, enabled=False), FeedRef(url="https://mid.example/b"), FeedRef(url=NEW))},
               f'# why\nfeeds = [\n  {{ url = "{OLD}", enabled = false }},  # a [bracket] {{ in a comment\n  # {{ url = "x" }}\n  {{ url = "https://mid.example/b" }},\n  {{ url = "{NEW}" }}\n]'),
    "a listing that was not there": (f'feeds = [{{ url = "{OLD}" }}]\ntimezone = "Asia/Tbilisi"', {"feeds": (FeedRef(url=OLD, enabled=False),), "listings": (PAGE,)},
               f'# why\nfeeds = [{{ url = "{OLD}", enabled = false }}]\nlistings = ["{PAGE}"]\ntimezone = "Asia/Tbilisi"'),
    "one more sitemap": (f'feeds = [{{ url = "{OLD}" }}]\nsitemaps = [\n  "{OLD}.xml",\n]', {"feeds": (FeedRef(url=OLD, enabled=False),), "sitemaps": (f"{OLD}.xml", f"{NEW}.xml")},
               f'# why\nfeeds = [{{ url = "{OLD}", enabled = false }}]\nsitemaps = [\n  "{OLD}.xml",\n  "{NEW}.xml",\n]'),
    "a feed where there was a listing": (f'listings = ["{PAGE}"]', {"feeds": (FeedRef(url=NEW),)},
               f'# why\nlistings = ["{PAGE}"]\nfeeds = [\n  {{ url = "{NEW}" }},\n]'),
    "a pattern that fits no more": (f"listings = [\"{PAGE}\"]\narticle_url = '/\\d+$'  # old", {"article_url": None},
               f"listings = [\"{PAGE}\"]\n# why\n# article_url = '/\\d+$'  # old"),
}  # fmt: skip


@pytest.mark.parametrize("before, change, after", CASES.values(), ids=CASES)
def test_addresses_are_replaced(before, change, after):
    """Only the list that changes is written anew, with the note above it."""
    text = f"{HEAD}{ENTRY}{before}\n{TAIL}"
    source = replace(load_sources(text).sources[1], **change)
    assert edit.replace_addresses(text, source, note="why") == f"{HEAD}{ENTRY}{after}\n{TAIL}"


def test_what_cannot_be_edited_is_said():
    """An entry in another form of TOML is left as it is."""
    text = f'{HEAD}{ENTRY}[[source.feeds]]\nurl = "{OLD}"\n{TAIL}'
    source = replace(load_sources(text).sources[1], feeds=(FeedRef(url=NEW),))
    with pytest.raises(ConfigError, match="mid: the entry is not in a form that can be edited"):
        edit.replace_addresses(text, source, note="why")
