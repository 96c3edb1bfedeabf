"""Pages of a Telegram channel, in the markup that their public readers parse. The texts and the channel are ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Message:
    """One post. ``extra`` is markup before its text, ``meta`` words beside its time."""

    number: int
    text: str = ""
    minute: int = 0
    views: str = "1.2K"
    extra: str = ""
    meta: str = ""


def message(post: Message, channel: str = "courier_ge", home: str = "https://t.me") -> str:
    text = (
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{post.text}</div>'
        if post.text
        else ""
    )
    hour, minute = divmod(post.minute, 60)
    return f"""
<div class="tgme_widget_message_wrap js-widget_message_wrap">
 <div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{channel}/{post.number}" data-view="abc">
  <div class="tgme_widget_message_user"><a href="{home}/{channel}"><i class="tgme_widget_message_user_photo"><img src="https://cdn.example/avatar.jpg"></i></a></div>
  <div class="tgme_widget_message_bubble">
   <div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" href="{home}/{channel}"><span dir="auto">Courier</span></a></div>
   {post.extra}{text}
   <div class="tgme_widget_message_footer compact js-message_footer">
    <div class="tgme_widget_message_info short js-message_info">
     <span class="tgme_widget_message_views">{post.views}</span><span class="copyonly"> views</span>
     <span class="tgme_widget_message_meta">{post.meta}<a class="tgme_widget_message_date" href="{home}/{channel}/{post.number}"><time datetime="2026-03-01T{8 + hour:02}:{minute:02}:00+00:00" class="time">x</time></a></span>
    </div>
   </div>
  </div>
 </div>
</div>"""


def channel_page(*posts: Message, channel: str = "courier_ge", home: str = "https://t.me") -> bytes:
    """The page, oldest post first; it links to what is older."""
    first = min((post.number for post in posts), default=1)
    more = (
        f'<a href="/s/{channel}?before={first}" class="tme_messages_more js-messages_more" data-before="{first}"></a>'
        if first > 1
        else ""
    )
    inside = "".join(message(post, channel, home) for post in posts)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>Courier – Telegram</title>
<meta property="og:title" content="Courier"></head><body class="widget_frame_base tgme_webpreview">
<header class="tgme_header"><div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span dir="auto">Courier</span></div></div></header>
<main class="tgme_main"><section class="tgme_channel_history js-message_history">{more}{inside}</section></main></body></html>""".encode()
