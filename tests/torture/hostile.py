"""Pages and feeds made to cost much, each a shape of any size, and what one document costs in a process of its own.

A shape is its head, a unit that is repeated (with a number where it has one), and its tail. What is refused at the largest
size may cost most just below the bound, so each is tried at many sizes.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.report import Reach, Table, reach
from tests.torture import forked

MAX_PAGE_BYTES = 4 * 1024 * 1024
MAX_FEED_BYTES = 8 * 1024 * 1024
STEPS = 12  # sizes of a shape, each 0.7 of the one before: from 4 MiB to 80 KB
MAX_CPU_SECONDS = 1.0
MAX_MEGABYTES = 100.0  # beside the 50 MB of a process that has everything loaded
SHOWN = 12
PATIENCE_SECONDS = 20.0  # of CPU, after which a document counts as endless


class Shape(NamedTuple):
    """A document of any size. ``{i}`` in the unit is its number."""

    unit: str
    head: str = ""
    tail: str = ""

    def of(self, size: int) -> bytes:
        """The document with as many units as fit."""
        numbered = "{i}" in self.unit
        room = size - len((self.head + self.tail).encode())
        each = len(self.unit.replace("{i}", "123456").encode())
        count = max(room // each, 1)
        units = (
            "".join([self.unit.replace("{i}", str(i)) for i in range(count)])
            if numbered
            else self.unit * count
        )
        return (self.head + units + self.tail).encode()


class Cost(NamedTuple):
    """What one document took: its code ("" where it was read), CPU seconds, and MB that the process grew at its peak."""

    name: str
    size: int
    code: str
    seconds: float
    megabytes: float


_TEXT = "The council of the town voted on Monday for a new bridge over the river, and work begins in May. "
_ARTICLE = (
    f"<html><head><title>A new bridge</title></head><body><article><h1>A new bridge</h1><p>{_TEXT * 6}</p>"
)
_LD = '<html><head><script type="application/ld+json">'
_LD_END = f"</script></head><body><article><p>{_TEXT * 6}</p></article>"
_STORY = "A headline of several words number {i}"

PAGES: dict[str, Shape] = {
    # elements by the hundred thousand
    "first headings": Shape("<h1>A title here</h1>", _ARTICLE),
    "second headings": Shape("<h2>x</h2>", _ARTICLE),
    "empty headings": Shape("<h1></h1>", _ARTICLE),
    "unclosed headings": Shape("<h1>x", _ARTICLE),
    "definitions": Shape("<dt>a<dd>b", _ARTICLE + "<dl>"),
    "short paragraphs": Shape("<p>x ", _ARTICLE),
    "paragraphs": Shape(f"<p>{_TEXT}{{i}}</p>", _ARTICLE),
    "one-word divs": Shape("<div>x</div>", _ARTICLE),
    "empty divs": Shape("<div></div>", _ARTICLE),
    "spans": Shape("<span>x</span>", _ARTICLE),
    "spans in a link": Shape("<span>x</span>", _ARTICLE + "<a href=/a>"),
    "breaks": Shape("<br>", _ARTICLE),
    "lines": Shape("x<br>", _ARTICLE),
    "lines with two breaks": Shape("x<br><br>", _ARTICLE),
    "rules": Shape("<hr>", _ARTICLE),
    "headlines": Shape(f'<li><a href="/2026/03/story-{{i}}">{_STORY}</a></li>', _ARTICLE + "<ul>"),
    "headlines in divs": Shape(f'<div><a href="/2026/03/story-{{i}}">{_STORY}</a></div>', _ARTICLE),
    "headlines in headings": Shape(f'<h3><a href="/2026/03/story-{{i}}">{_STORY}</a></h3>', _ARTICLE),
    "headlines in one paragraph": Shape(f'<a href="/2026/03/story-{{i}}">{_STORY}</a> ', _ARTICLE + "<p>"),
    "headlines with pictures": Shape(f'<div class=card><a href="/s-{{i}}"><img src="/{{i}}.jpg"><h3>{_STORY}</h3></a><time>1 May</time></div>', _ARTICLE),
    "links of one word": Shape("<a href=/a>x</a>", _ARTICLE),
    "links that stay open": Shape("<a href=/a>x", _ARTICLE),
    "links to one place": Shape(f'<li><a href="/2026/03/story-1">{_STORY}</a></li>', _ARTICLE + "<ul>"),
    "related boxes": Shape(f'<section class=related><h4>Read also</h4><a href="/s-{{i}}">{_STORY}</a></section>', _ARTICLE),
    "rows of a table": Shape("<tr><td>a<td>b", _ARTICLE + "<table>"),
    "cells of a table": Shape("<td>a", _ARTICLE + "<table><tr>"),
    "small tables": Shape("<table><tr><td>a</table>", _ARTICLE),
    "tables in tables": Shape("<table><tr><td>", _ARTICLE),
    "fostered text": Shape("x<tr>", _ARTICLE + "<table>"),
    "fostered elements": Shape("<b>x</b><tr>", _ARTICLE + "<table>"),
    "options": Shape("<option>x", _ARTICLE + "<select>"),
    "selects": Shape("<select><option>x</select>", _ARTICLE),
    "options in groups": Shape("<optgroup><option>x", _ARTICLE + "<select>"),
    "ruby": Shape("<ruby>a<rt>b</ruby>", _ARTICLE),
    "ruby texts": Shape("<rb>a<rt>b<rp>c", _ARTICLE + "<ruby>"),
    "list items": Shape("<li>x", _ARTICLE + "<ul>"),
    "lists in lists": Shape("<ul><li>", _ARTICLE),
    "quotes": Shape("<blockquote>x</blockquote>", _ARTICLE),
    "articles": Shape(f"<article><h2>{_STORY}</h2><p>{_TEXT}</p></article>", _ARTICLE),
    "small articles": Shape("<article><h1>x</h1></article>", _ARTICLE),
    "sections": Shape("<section class=related><h4>x</h4></section>", _ARTICLE),
    "captions": Shape("<figure><img src=/a.jpg><figcaption>x</figcaption></figure>", _ARTICLE),
    "pictures": Shape('<img src="/a{i}.jpg">', _ARTICLE),
    "bylines": Shape('<span class="author">By Ann Smith</span>', _ARTICLE),
    "bylines in divs": Shape('<div class="byline">By Ann Smith{i}</div>', _ARTICLE),
    "bylines by rel": Shape("<a rel=author href=/a{i}>Ann Smith</a>", _ARTICLE),
    "dates": Shape("<time datetime=2026-03-01T10:00:00Z>1 March 2026</time> ", _ARTICLE),
    "different dates": Shape("<p>1 March 2026, 10:{i}</p>", _ARTICLE),
    "dates by class": Shape('<div class="date">1 March 2026 10:{i}</div>', _ARTICLE),
    "comments of readers": Shape('<div class="comment"><p>x</p></div>', _ARTICLE),
    "menus": Shape("<nav><a href=/a>x</a></nav>", _ARTICLE),
    "footers": Shape("<footer>x</footer>", _ARTICLE),
    "asides": Shape("<aside><p>x</p></aside>", _ARTICLE),
    "hidden": Shape('<div hidden style="display:none">x</div>', _ARTICLE),
    "classes": Shape('<div class="a{i} b{i} c{i}">x</div>', _ARTICLE),
    "ids": Shape('<p id="a{i}">x', _ARTICLE),
    "microdata": Shape('<div itemscope itemtype="https://schema.org/NewsArticle"><b itemprop=headline>x</b></div>', _ARTICLE),
    "microdata bodies": Shape("<div itemprop=articleBody>x</div>", _ARTICLE),
    "template": Shape("<template><p>x</p></template>", _ARTICLE),
    "svg": Shape("<svg><path d=x /></svg>", _ARTICLE),
    "paths of one svg": Shape("<path d=x />", _ARTICLE + "<svg>"),
    "math": Shape("<math><mi>x</mi></math>", _ARTICLE),
    "scripts": Shape("<script>x</script>", _ARTICLE),
    "styles": Shape("<style>x</style>", _ARTICLE),
    "frames": Shape("<iframe></iframe>", _ARTICLE),
    "buttons": Shape("<button>x</button>", _ARTICLE),
    "buttons that stay open": Shape("<button>x", _ARTICLE),
    "forms": Shape("<form><input name=a></form>", _ARTICLE),
    "inputs": Shape("<input name=a>", _ARTICLE),
    "bodies": Shape("<body a{i}=1>", _ARTICLE),
    "htmls": Shape("<html a{i}=1>", _ARTICLE),
    # nested
    "made-up tags nested": Shape("<x{i}>", _ARTICLE),
    "made-up tags": Shape("<x{i}>a</x{i}>", _ARTICLE),
    "one made-up tag nested": Shape("<x-y>", _ARTICLE),
    "tags of many kinds nested": Shape("<div><section><article><main><ul><li><dl><dd><center><figure>", _ARTICLE),
    "custom tags in deep custom tags": Shape("<b1><b2><b3><b4></b4></b3></b2></b1>", _ARTICLE + "".join(f"<x{i}>" for i in range(900))),
    "paragraphs below deep tags": Shape("<p>x</p>", _ARTICLE + "".join(f"<x{i}>" for i in range(900))),
    "text below deep divs": Shape("<p>x</p>", _ARTICLE + "<div>" * 900),
    "ends of nothing": Shape("</x{i}>", _ARTICLE + "<div>" * 900),
    "ends of paragraphs": Shape("</p>", _ARTICLE),
    "ends of breaks": Shape("</br>", _ARTICLE),
    "ends of divs below deep spans": Shape("</div>", _ARTICLE + "<span>" * 900),
    "formatting that stays open": Shape("<b><i>", _ARTICLE),
    "formatting over paragraphs": Shape("<b><p>x", _ARTICLE),
    "formatting crossed": Shape("<b><i></b></i>", _ARTICLE),
    "formatting crossed by blocks": Shape("<b><div></b></div>", _ARTICLE),
    "formatting crossed by paragraphs": Shape("<a><b><p></a></b>x", _ARTICLE),
    "formatting crossed below deep divs": Shape("<b><i></b>x</i>", _ARTICLE + "<div>" * 900),
    "fonts with attributes": Shape("<font a{i}=1>x</font>", _ARTICLE),
    "nobr": Shape("<nobr>x", _ARTICLE),
    # one thing that is long
    "one paragraph": Shape(_TEXT, "<article><p>"),
    "one paragraph without blanks": Shape("x", "<article><p>"),
    "one paragraph of lines": Shape("x\n", "<article><p>"),
    "one paragraph of points": Shape("a. ", "<article><p>"),
    "one paragraph of dates": Shape("1 March 2026, ", "<article><p>"),
    "one paragraph of addresses": Shape("http://a.example/b ", "<article><p>"),
    "one paragraph of names": Shape("Ann Smith, ", "<article><p>By "),
    "one paragraph of blanks": Shape(" ", "<article><p>x"),
    "one paragraph of references": Shape("&amp;", "<article><p>"),
    "one paragraph of numbers": Shape("&#1072;", "<article><p>"),
    "one paragraph in Georgian": Shape("საქართველოს პარლამენტი ", "<article><p>"),
    "one title": Shape("A title | ", "<title>"),
    "one heading": Shape("A title - ", "<article><h1>"),
    "one link": Shape("A title - ", "<article><a href=/a>"),
    "one attribute": Shape("x ", _ARTICLE + '<p title="', '">x</p>'),
    "one class": Shape("news{i} ", _ARTICLE + '<div class="', f'"><p>{_TEXT}</p></div>'),
    "one address": Shape("x/", _ARTICLE + '<a href="http://a.example/', '">A headline of several words</a>'),
    "one address of dots": Shape("../", _ARTICLE + '<a href="http://a.example/', '">A headline of several words</a>'),
    "one address of escapes": Shape("%41", _ARTICLE + '<a href="http://a.example/', '">A headline of several words</a>'),
    "one style": Shape("display:block;", _ARTICLE + '<div style="', '">x</div>'),
    "one comment": Shape("- ", _ARTICLE + "<!--", "-->"),
    "one open comment": Shape("x<!-", _ARTICLE + "<!--"),
    "one script": Shape("var a = 1;", _ARTICLE + "<script>", "</script>"),
    "one open script": Shape("<!--<script", _ARTICLE + "<script>"),
    "one textarea": Shape("<p>x", _ARTICLE + "<textarea>"),
    "one noscript": Shape("<p>x", _ARTICLE + "<noscript>"),
    "one plaintext": Shape("<p>x", _ARTICLE + "<plaintext>"),
    # attributes, comments, marks
    "attributes of one tag": Shape(" a{i}", _ARTICLE + "<p", ">x"),
    "attributes with values": Shape(" a{i}='1'", _ARTICLE + "<p", ">x"),
    "tags with 300 attributes": Shape("<p" + "".join(f" a{i}" for i in range(300)) + ">", _ARTICLE),
    "tags with 30 attributes": Shape("<p" + "".join(f" data-a{i}='v'" for i in range(30)) + ">x", _ARTICLE),
    "tags with new attributes": Shape("<p a{i}=1 b{i}=2 c{i}=3>x", _ARTICLE),
    "comments": Shape("<!---->", _ARTICLE),
    "bogus comments": Shape("<!x>", _ARTICLE),
    "instructions": Shape("<?x>", _ARTICLE),
    "CDATA": Shape("<![CDATA[x]]>", _ARTICLE),
    "CDATA in svg": Shape("<![CDATA[x]]>", _ARTICLE + "<svg>"),
    "doctypes": Shape("<!doctype html>", _ARTICLE),
    "brackets": Shape("<", _ARTICLE),
    "brackets and blanks": Shape("< ", _ARTICLE),
    "open ends": Shape("</", _ARTICLE),
    "ampersands": Shape("&", _ARTICLE),
    "NULs": Shape("\0", _ARTICLE),
    "NULs in tags": Shape("<p\0>", _ARTICLE),
    "combining marks": Shape("\u0301", _ARTICLE + "<p>a"),
    # the head
    "metas": Shape('<meta name="a{i}" content="x">', "<html><head>"),
    "metas of one name": Shape('<meta property="og:title" content="x{i}">', "<html><head>"),
    "metas of authors": Shape('<meta name="author" content="Ann Smith{i}">', "<html><head>"),
    "metas of tags": Shape('<meta property="article:tag" content="x{i}">', "<html><head>"),
    "metas of pictures": Shape('<meta property="og:image" content="http://a.example/{i}.jpg">', "<html><head>"),
    "metas of dates": Shape('<meta property="article:published_time" content="2026-03-01T10:{i}">', "<html><head>"),
    "link elements": Shape('<link rel=canonical href="/a{i}">', "<html><head>"),
    "alternates": Shape('<link rel=alternate type="application/rss+xml" href="/a{i}">', "<html><head>"),
    "titles": Shape("<title>x</title>", "<html><head>"),
    "bases": Shape("<base href=/a{i}>", "<html><head>"),
    # JSON-LD
    "JSON-LD objects": Shape('{"@type":"NewsArticle","headline":"x{i}"},', _LD + "[", "{}]" + _LD_END),
    "JSON-LD small objects": Shape("{},", _LD + "[", "{}]" + _LD_END),
    "JSON-LD small lists": Shape("[],", _LD + "[", "{}]" + _LD_END),
    "JSON-LD deep lists": Shape("[", _LD, _LD_END),
    "JSON-LD lists closed": Shape("[[[[[[[[]]]]]]]],", _LD + "[", "{}]" + _LD_END),
    "JSON-LD deep objects": Shape('{"a":', _LD, _LD_END),
    "JSON-LD deep graphs": Shape('{"@graph":[', _LD, _LD_END),
    "JSON-LD a graph": Shape('{"@id":"#{i}","author":{"@id":"#1"}},', _LD + '{"@graph":[', "{}]}" + _LD_END),
    "JSON-LD keys": Shape('"a{i}":1,', _LD + '{"@type":"NewsArticle",', '"z":1}' + _LD_END),
    "JSON-LD authors": Shape('{"@type":"Person","name":"Ann Smith{i}"},', _LD + '{"@type":"NewsArticle","author":[', "{}]}" + _LD_END),
    "JSON-LD names": Shape('"Ann Smith{i}",', _LD + '{"@type":"NewsArticle","author":[', '""]}' + _LD_END),
    "JSON-LD pictures": Shape('"http://a.example/{i}.jpg",', _LD + '{"@type":"NewsArticle","image":[', '""]}' + _LD_END),
    "JSON-LD keywords": Shape("x{i},", _LD + '{"@type":"NewsArticle","keywords":"', '"}' + _LD_END),
    "JSON-LD a body": Shape(_TEXT, _LD + '{"@type":"NewsArticle","articleBody":"', '"}' + _LD_END),
    "JSON-LD a body of lines": Shape("x\\n", _LD + '{"@type":"NewsArticle","articleBody":"', '"}' + _LD_END),
    "JSON-LD a body of markup": Shape("<p>x</p>", _LD + '{"@type":"NewsArticle","articleBody":"', '"}' + _LD_END),
    "JSON-LD a headline": Shape("word ", _LD + '{"@type":"NewsArticle","headline":"', '"}' + _LD_END),
    "JSON-LD numbers": Shape("1,", _LD + "[", "1]" + _LD_END),
    "JSON-LD one number": Shape("1", _LD + '{"a":', "}" + _LD_END),
    "JSON-LD cut": Shape('{"@type":"NewsArticle"},', _LD + "[", _LD_END),
    "JSON-LD with controls": Shape('{"a":"\t"},', _LD + "[", "{}]" + _LD_END),
    "JSON-LD with escapes": Shape("\\u0061", _LD + '{"@type":"NewsArticle","articleBody":"', '"}' + _LD_END),
    "JSON-LD with half characters": Shape('"\\ud83d",', _LD + '{"@type":"NewsArticle","author":[', '""]}' + _LD_END),
    "JSON-LD scripts": Shape('<script type="application/ld+json">{"@type":"NewsArticle","headline":"x{i}"}</script>', "<html><head>"),
    "JSON-LD broken scripts": Shape('<script type="application/ld+json">{"@type":</script>', "<html><head>"),
}  # fmt: skip

_RSS = "<?xml version='1.0'?><rss version='2.0'><channel><title>C</title>"
_END = "</channel></rss>"
_ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><title>C</title>"
_MAP = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
_JSON = '{"version":"https://jsonfeed.org/version/1.1","title":"C","items":['
_LINK = "<link>http://a.example/{i}</link>"

FEEDS: dict[str, Shape] = {
    "items": Shape(f"<item><title>x{{i}}</title>{_LINK}</item>", _RSS, _END),
    "empty items": Shape("<item/>", _RSS, _END),
    "items that stay open": Shape("<item>", _RSS, _END),
    "items in items": Shape("<item><title>x", _RSS),
    "long items": Shape(f"<item><title>x{{i}}</title>{_LINK}<description>{_TEXT * 80}</description></item>", _RSS, _END),
    "items of markup": Shape(f"<item>{_LINK}<description><![CDATA[{'<p>x</p>' * 900}]]></description></item>", _RSS, _END),
    "items of escaped markup": Shape(f"<item>{_LINK}<description>{'&lt;p>x&lt;/p>' * 600}</description></item>", _RSS, _END),
    "items of elements": Shape(f"<item>{_LINK}{'<a>x</a>' * 900}</item>", _RSS, _END),
    "entries": Shape("<entry><id>x{i}</id><title>x{i}</title><link href='http://a.example/{i}'/></entry>", _ATOM, "</feed>"),
    "entries with xhtml": Shape(f"<entry><id>x{{i}}</id><content type='xhtml'><div>{'<p>x</p>' * 900}</div></content></entry>", _ATOM, "</feed>"),
    "entries in base64": Shape("<entry><id>x{i}</id><content type='application/octet-stream'>" + "QUJD" * 400 + "</content></entry>", _ATOM, "</feed>"),
    "links of one entry": Shape("<link href='http://a.example/{i}'/>", _ATOM + "<entry>", "</entry></feed>"),
    "authors of one entry": Shape("<author><name>x{i}</name></author>", _ATOM + "<entry>", "</entry></feed>"),
    "attributes of one element": Shape(" a{i}='1'", _RSS + "<item", "><title>x</title></item>" + _END),
    "attributes of the root": Shape(" a{i}='1'", "<rss", "><channel><item><title>x</title></item>" + _END),
    "attributes without values": Shape(" a{i}", _RSS + "<item", "><title>x</title></item>" + _END),
    "attributes of an open tag": Shape(" a{i}='1'", _RSS + "<item><title>x</title></item><item"),
    "tags with attributes without values": Shape("<a" + "".join(f" a{i}" for i in range(250)) + "/>", _RSS + "<item>", "</item>" + _END),
    "attributes below": Shape("<item a='1' b='2' c='3' d='4' e='5' f='6'/>", _RSS, _END),
    "attributes of an unknown root": Shape(" a{i}='1'", "<x", "/>"),
    "tags with 250 attributes": Shape("<a" + "".join(f" a{i}='1'" for i in range(250)) + "/>", _RSS + "<item>", "</item>" + _END),
    "a long attribute": Shape("x ", _RSS + "<item a='", "'/>" + _END),
    "outlines": Shape("<outline text='x' xmlUrl='http://a.example/{i}'/>", "<opml version='1.0'><body>", "</body></opml>"),
    "small outlines": Shape("<outline/>", "<opml><body>", "</body></opml>"),
    "small elements of an unknown root": Shape("<a/>", "<x>", "</x>"),
    "elements of an unknown root": Shape("<a{i}>x</a{i}>", "<x>", "</x>"),
    "deep": Shape("<a>", _RSS),
    "deep, closed": Shape("<a></a>", _RSS + "<a>" * 5000, "</a>" * 5000 + _END),
    "deep, of an unknown root": Shape("<a>", "<x>"),
    "namespaces": Shape(" xmlns:p{i}='urn:{i}'", "<rss", "><channel><item><title>x</title></item>" + _END),
    "namespaces below": Shape("<a xmlns='urn:{i}'/>", _RSS + "<item>", "</item>" + _END),
    "prefixes below": Shape("<p{i}:a/>", _RSS + "<item>", "</item>" + _END),
    "prefixes in items": Shape("<item><p{i}:a>x</p{i}:a></item>", _RSS, _END),
    "names": Shape("<n{i}/>", _RSS + "<item>", "</item>" + _END),
    "entities declared": Shape("<!ENTITY e{i} 'xx'>", "<!DOCTYPE rss [", "]>" + _RSS + "<item><title>&e1;</title></item>" + _END),
    "entities used": Shape("&e;", "<!DOCTYPE rss [<!ENTITY e 'xxxxxxxxxx'>]>" + _RSS + "<item><title>", "</title></item>" + _END),
    "entities unknown": Shape("&u{i};", _RSS + "<item><title>", "</title></item>" + _END),
    "entities of HTML": Shape("&eacute;", _RSS + "<item><description>", "</description></item>" + _END),
    "numbers": Shape("&#1072;", _RSS + "<item><description>", "</description></item>" + _END),
    "halves of characters": Shape("&#xD83D;&#xDE00;", _RSS + "<item><description>", "</description></item>" + _END),
    "ampersands": Shape("&", _RSS + "<item><description>", "</description></item>" + _END),
    "comments": Shape("<!---->", _RSS, _END),
    "instructions": Shape("<?x?>", _RSS, _END),
    "CDATA": Shape("<![CDATA[x]]>", _RSS + "<item><title>", "</title></item>" + _END),
    "CDATA of brackets": Shape("]]", _RSS + "<item><title><![CDATA[", "]]></title></item>" + _END),
    "brackets": Shape("<", _RSS, _END),
    "brackets and blanks": Shape("< ", _RSS, _END),
    "closing brackets": Shape(">", _RSS, _END),
    "ends": Shape("</a>", _RSS, _END),
    "ends of items": Shape("</item>", _RSS, _END),
    "doctypes": Shape("<!DOCTYPE x>", "", _RSS + _END),
    "titles of the channel": Shape("<title>x{i}</title>", _RSS, _END),
    "categories": Shape("<category>c{i}</category>", _RSS + "<item>", "</item>" + _END),
    "keywords": Shape("k{i},", _RSS + "<item><media:keywords>", "</media:keywords></item>" + _END),
    "enclosures": Shape("<enclosure url='http://a.example/{i}.jpg' type='image/jpeg'/>", _RSS + "<item>", "</item>" + _END),
    "media": Shape("<media:content url='http://a.example/{i}.jpg'/>", _RSS + "<item>", "</item>" + _END),
    "media groups": Shape("<media:group><media:content url='http://a.example/{i}.jpg'/></media:group>", _RSS + "<item>", "</item>" + _END),
    "dates": Shape("<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate>", _RSS + "<item>", "</item>" + _END),
    "odd dates": Shape(f"<item>{_LINK}<pubDate>{'1 ' * 200}</pubDate></item>", _RSS, _END),
    "guids": Shape("<guid>x{i}</guid>", _RSS + "<item>", "</item>" + _END),
    "one title": Shape("word ", _RSS + "<item><title>", "</title></item>" + _END),
    "one title of tags": Shape("&lt;b>", _RSS + "<item><title>", "</title></item>" + _END),
    "one author": Shape("Ann, ", _RSS + "<item><author>", "</author></item>" + _END),
    "one description": Shape("x", _RSS + "<item><description>", "</description></item>" + _END),
    "one description of pictures": Shape("<img src='/{i}.jpg'>", _RSS + "<item><description><![CDATA[", "]]></description></item>" + _END),
    "one description of blanks": Shape(" ", _RSS + "<item><description>x", "x</description></item>" + _END),
    "a base in each": Shape("<entry xml:base='http://a.example/{i}/'><id>x{i}</id><link href='a'/></entry>", _ATOM, "</feed>"),
    "rdf": Shape("<item rdf:about='http://a.example/{i}'><title>x</title></item>", "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>", "</rdf:RDF>"),
    "cdf": Shape("<item href='http://a.example/{i}'><title>x</title></item>", "<channel href='http://a.example/'>", "</channel>"),
    "a sitemap": Shape("<url><loc>http://a.example/{i}</loc><lastmod>2026-03-01</lastmod></url>", _MAP, "</urlset>"),
    "a news sitemap": Shape("<url><loc>http://a.example/{i}</loc><news:news><news:title>x</news:title><news:publication_date>2026-03-01</news:publication_date></news:news></url>", _MAP, "</urlset>"),
    "pictures of a sitemap": Shape("<image:image><image:loc>http://a.example/{i}.jpg</image:loc></image:image>", _MAP + "<url><loc>http://a.example/</loc>", "</url></urlset>"),
    "small urls of a sitemap": Shape("<url/>", _MAP, "</urlset>"),
    "urls of a sitemap that stay open": Shape("<url>", _MAP, "</urlset>"),
    "an index": Shape("<sitemap><loc>http://a.example/{i}</loc></sitemap>", "<sitemapindex>", "</sitemapindex>"),
    "a list of addresses": Shape("http://a.example/{i}\n"),
    "a list of short lines": Shape("http://a\n"),
    "JSON items": Shape('{"id":"{i}","url":"http://a.example/{i}","title":"x"},', _JSON, "{}]}"),
    "JSON small items": Shape("{},", _JSON, "{}]}"),
    "JSON small lists": Shape("[],", _JSON, "{}]}"),
    "JSON deep": Shape("[", _JSON),
    "JSON deep objects": Shape('{"a":', _JSON),
    "JSON keys": Shape('"a{i}":1,', _JSON + "{", '"z":1}]}'),
    "JSON numbers": Shape("1,", _JSON, "1]}"),
    "JSON one number": Shape("1", _JSON, "]}"),
    "JSON cut": Shape('{"id":"{i}"},', _JSON),
    "JSON with controls": Shape('{"id":"\t{i}"},', _JSON, "{}]}"),
    "JSON with half characters": Shape('{"id":"\\ud83d{i}"},', _JSON, "{}]}"),
    "JSON tags": Shape('"t{i}",', _JSON + '{"id":"1","tags":[', '""]}]}'),
    "JSON authors": Shape('{"name":"n{i}"},', _JSON + '{"id":"1","authors":[', "{}]}]}"),
    "JSON one content": Shape("<p>x</p>", _JSON + '{"id":"1","content_html":"', '"}]}'),
    "WordPress posts": Shape('{"id":{i},"link":"http://a.example/{i}","title":{"rendered":"x"}},', "[", "{}]"),
    "a page of links": Shape("<a href=/a{i}>A headline of several words</a>", "<html><body>"),
    "a page of paragraphs": Shape("<p>x", "<html><body>"),
    "plain text": Shape("word "),
    "blanks": Shape(" "),
    "NULs": Shape("\0", "<rss>"),
}  # fmt: skip


def sizes(largest: int, steps: int = STEPS) -> Iterator[int]:
    """From the largest size down."""
    for step in range(steps):
        yield int(largest * 0.7**step)


def tried(shapes: Mapping[str, Shape], largest: int, steps: int, read: Callable[[bytes], str]) -> list[Cost]:
    """What each shape costs at each size."""
    return [
        cost(name, shape.of(size), read) for name, shape in shapes.items() for size in sizes(largest, steps)
    ]


def verdict(costs: Sequence[Cost]) -> tuple[dict[str, Any], tuple[Reach, ...], Table]:
    """Figures, what was asked, and the dearest shapes."""
    costs = costs or [Cost("none", 0, "", 0.0, 0.0)]
    slowest, largest = max(costs, key=lambda c: c.seconds), max(costs, key=lambda c: c.megabytes)
    dearest = {c.name: c for c in sorted(costs, key=lambda c: c.seconds)}
    rows = sorted(dearest.values(), key=lambda c: -c.seconds)[:SHOWN]
    figures = {
        "shapes": len(dearest),
        "documents": len(costs),
        "refused": sum(bool(c.code) for c in costs),
        "slowest": slowest._asdict(),
        "largest": largest._asdict(),
    }
    asked = (
        reach("hostile documents that raised or died", sum(c.code.startswith("!") for c in costs), "==", 0),
        reach(
            "CPU seconds of the dearest hostile document", round(slowest.seconds, 3), "<=", MAX_CPU_SECONDS
        ),
        reach("MB more for the largest hostile document", round(largest.megabytes, 1), "<=", MAX_MEGABYTES),
    )
    shown = tuple((c.name, c.size, c.code or "read", f"{c.seconds:.2f}", f"{c.megabytes:.0f}") for c in rows)
    return figures, asked, Table("The dearest shapes", ("shape", "bytes", "end", "CPU s", "MB"), shown)


def cost(name: str, document: bytes, read: Callable[[bytes], str]) -> Cost:
    """Run ``read``, which returns a code, in a process of its own that ends when its time is over."""

    def work(pipe: int) -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(PATIENCE_SECONDS), int(PATIENCE_SECONDS) + 1))
        Path("/proc/self/clear_refs").write_text("5")
        before, began = _status("VmRSS"), time.process_time()
        code = read(document)
        spent = time.process_time() - began
        os.write(pipe, f"{code or '-'} {spent} {(_status('VmHWM') - before) / 1024}\n".encode())

    pid, pipe = forked.child(work)
    lines = forked.read(pipe)
    os.waitpid(pid, 0)
    if not lines or lines[0].startswith("!"):
        why = lines[0][1:].replace(" ", "_") if lines else "died"
        return Cost(name, len(document), "!" + why, PATIENCE_SECONDS if not lines else 0.0, 0.0)
    code, seconds, megabytes = lines[0].split()
    return Cost(name, len(document), code.strip("-"), float(seconds), float(megabytes))


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0
