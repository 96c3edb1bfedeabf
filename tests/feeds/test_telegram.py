"""The public page of a Telegram channel: each post an entry, with all that it says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.errors import NotAFeed
from scraper.feeds.parse import parse_feed
from scraper.feeds.telegram import parse_channel
from scraper.model import Media, Post
from tests.support.channel import Message, channel_page

URL = "https://t.me/s/courier_ge"


def only(**of):
    (entry,) = parse_feed(channel_page(Message(number=120, **of)), url=URL).entries
    return entry


def test_a_page():
    """Posts come newest first, under their own addresses; the page leads to older ones."""
    found = parse_feed(
        channel_page(*(Message(number=n, minute=n, text=f"News {n}") for n in (40, 41, 42))), url=URL
    )
    assert (found.kind, found.title, found.older) == ("telegram", "Courier", f"{URL}?before=40")
    assert [(e.url, e.guid, e.title) for e in found.entries] == [
        (f"https://t.me/courier_ge/{n}", f"courier_ge/{n}", f"News {n}") for n in (42, 41, 40)
    ]
    assert found.entries[0].published == datetime(2026, 3, 1, 8, 42, tzinfo=UTC)
    assert found.entries[0].authors == ("Courier",)


def test_the_first_page_of_all_leads_nowhere():
    """Before post 1 there is nothing."""
    assert parse_feed(channel_page(Message(number=1, text="News")), url=URL).older is None


def test_a_text():
    """Lines are paragraphs; emphasis, emoji and entities are text; the first line is the title."""
    entry = only(
        text='<b>Road closed</b> <i class="emoji"><b>🚧</b></i><br/><br/>Snow &amp; ice.<br/>Drivers <a href="https://courier.example/n/1">wait</a>.<blockquote>Quote</blockquote>'
    )
    assert entry.title == "Road closed 🚧"
    assert entry.content == "<p>Road closed 🚧</p><p>Snow &amp; ice.</p><p>Drivers wait.</p><p>Quote</p>"


def test_a_long_first_line():
    """A title ends with a sentence, or with a word."""
    assert only(text="A first sentence. " + "word " * 40).title == "A first sentence."
    title = only(text="word " * 60).title
    assert title.endswith("word…")
    assert len(title) <= 121


def test_links():
    """What the text and its preview lead to; hashtags and mentions in the app are no addresses."""
    text = '<a href="https://courier.example/n/1">x</a> <a href="?q=%23news">#news</a> <a href="tg://resolve?domain=x">x</a> <a href="https://courier.example/n/1">again</a>'
    preview = '<a class="tgme_widget_message_link_preview" href="https://other.example/2"><div class="link_preview_title">T</div></a>'
    assert only(text=text, extra=preview).post.links == (
        "https://courier.example/n/1",
        "https://other.example/2",
    )


PHOTO = """<a class="tgme_widget_message_photo_wrap" href="https://t.me/courier_ge/120?single" style="width:800px;background-image:url('https://cdn.example/{}.jpg')"></a>"""
VIDEO = """<a class="tgme_widget_message_video_player"><i class="tgme_widget_message_video_thumb" style="background-image:url('https://cdn.example/t.jpg')"></i>
<video src="https://cdn.example/v.mp4" class="tgme_widget_message_video"></video><time class="message_video_duration js-message_video_duration">1:05</time></a>"""


def test_pictures_and_recordings():
    """An album is one post with all its pictures; a video has its length. Nobody's avatar is a picture of the post."""
    album = only(text="Album", extra=PHOTO.format("a") + PHOTO.format("b"))
    assert album.images == ("https://cdn.example/a.jpg", "https://cdn.example/b.jpg")
    film = only(text="Film", extra=VIDEO)
    assert film.media == (Media(url="https://cdn.example/v.mp4", type="video/mp4", seconds=65),)
    assert film.images == ("https://cdn.example/t.jpg",)
    assert film.published is not None


FORWARDED = '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from {}</div>'
SENDERS = {
    "a public channel": ('<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/agency/77"><span dir="auto">Agency</span></a>', "https://t.me/agency/77"),
    "a hidden one": ('<span class="tgme_widget_message_forwarded_from_name">A reader</span>', "A reader"),
}  # fmt: skip


@pytest.mark.parametrize("markup, sender", SENDERS.values(), ids=SENDERS)
def test_forwarded(markup, sender):
    """Whose words a post brings is kept."""
    assert only(text="News", extra=FORWARDED.format(markup)).post.forwarded_from == sender


VIEWS = {"950": 950, "1.2K": 1200, "3.4M": 3_400_000, "12K": 12_000, "": None}


@pytest.mark.parametrize("printed, number", VIEWS.items(), ids=VIEWS)
def test_views(printed, number):
    """Rounded numbers are numbers."""
    assert only(text="News", views=printed).post == Post(views=number)


def test_a_reply_keeps_to_its_own_words():
    """What a reply quotes is another post's."""
    quoted = '<a class="tgme_widget_message_reply" href="https://t.me/courier_ge/90"><div class="tgme_widget_message_text js-message_reply_text" dir="auto">Old <a href="https://old.example/">x</a></div></a>'
    entry = only(text="New", extra=quoted)
    assert (entry.content, entry.post.links) == ("<p>New</p>", ())


def test_a_signature():
    """A signed post is of who signed it."""
    assert only(
        text="News", meta='<span class="tgme_widget_message_from_author" dir="auto">Ann</span>, edited '
    ).authors == ("Ann",)


def test_posts_without_text():
    """A poll is its question; a picture alone is no entry, and is counted."""
    poll = '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Who wins?</div></div>'
    found = parse_feed(
        channel_page(Message(number=8, extra=poll), Message(number=9, extra=PHOTO.format("a"))), url=URL
    )
    assert [entry.title for entry in found.entries] == ["Who wins?"]
    assert found.notes == ("without_text:1",)


def test_no_channel():
    """The page of a private channel, or of a person, shows no posts; an empty channel is empty."""
    with pytest.raises(NotAFeed, match="shows no posts"):
        parse_feed(
            b'<!doctype html><html><body><div class="tgme_page"><div class="tgme_page_title">X</div></div>',
            url=URL,
        )
    assert parse_channel(channel_page().decode(), url=URL).entries == ()
