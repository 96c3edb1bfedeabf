"""Query parameters that say how a reader came, and articles that are named by the same words."""

from __future__ import annotations

import pytest

from scraper.text.tracking import is_tracking

TRACKING = (
    "fbclid=x", "utm_anything=5", "ref=home", "ref=top-stories", "ref=https://t.co/x", "ref=", "referrer=widget_2",
    "print=1", "print=y", "printable=", "int_source=x", "itm_campaign=5", "at_medium=x", "at_custom1=[post]",
    "ga_source=x", "feature=youtu.be", "feature=emb_title", "feature=share", "via=twitter", "via=@some_one", "rss=1",
    "rss=rss", "share=facebook", "spm=a2.b", "campaign_id=123456789012", "from=telegram", "amp=1", "amp=", "etext=2202.abc",
    "icid=menu_top", "xtor=rss-1", "session_id=0123456789abcdef", "_=1700000000", "view=print", "replytocom=17",
    "gad_source=1", "srsltid=AfmBOoq",
)  # fmt: skip
CONTENT = (
    "ref=5001", "ref=storm-closes-mountain-road", "referrer=5001", "print=17", "int_id=5", "itm_id=5", "at_id=5", "ga_id=5",
    "feature=5001", "feature=caucasus-votes", "via=5001", "rssid=5", "rss=5001", "share=501", "spm=12", "campaign_id=5",
    "from=2020", "amp=12", "etext=12", "icid=12", "cmp=12", "session_id=12", "sessionid=5", "feed_id=12", "refid=12",
    "trackid=9", "view=5", "type=news", "m=12", "id=5", "p=5", "lang=en", "page=2",
)  # fmt: skip


@pytest.mark.parametrize("pair", TRACKING)
def test_tracking(pair):
    """A known name with a value that tracking gives it."""
    assert is_tracking(*pair.split("=", 1))


@pytest.mark.parametrize("pair", CONTENT)
def test_content(pair):
    """A number or a slug chooses an article, whatever its name is elsewhere."""
    assert not is_tracking(*pair.split("=", 1))
