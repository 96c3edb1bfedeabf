"""One printed headline: its title without what lists put around it, its address made absolute and judged. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import unquote, urljoin, urlsplit

from scraper.extract import vocabulary
from scraper.extract.blocks import Block
from scraper.text.user_regex import search_regex

MAX_URL = 2048

# In small letters: a pattern that need not fold letters looks at slashes alone.
_NO_ARTICLE = re.compile(
    r"[/;,](?:tags?|taxonomy|teq(?:ler)?|etiket(?:ler)?|etiquetas?|topics?|collections?|series|newsletters?|temas?|themes?|emner?|categor(?:y|ies)|categor[ií]as?|kategor\w{1,3}|rubrics?|rubriki?"
    r"|authors?|autor(?:es)?|people|person|profiles?|users?|search"
    r"|log-?in|sign-?(?:in|up)|register|subscri\w*|accounts?|about(?:-us)?|contacts?|privacy\w*|terms\w*|cookies?|help|faq|rss|feed"
    r"|newsletters?|advertis\w*|sitemap|share|sharer|intent|careers?|wp-login\.php|legal|donate|membership|shop|store)"
    r"(?:[/;,?.#]|$)|/apps?/?(?:$|\?|#)"
)
_SERVICE_HOST = re.compile(
    r"^(?:[\w-]+\.)*(?:facebook|twitter|x|t|telegram|whatsapp|wa|linkedin|pinterest|reddit|vk|ok|instagram|youtube|youtu|tiktok"
    r"|viber|apple|google|disqus|addtoany|flipboard|threads|bsky|messenger|addthis)\.(?:com|me|ru|org|net|be|app|social)(?::\d+)?$"
)
_TIME = r"(?:\d{1,2}[:.]\d{2}(?:\s*(?:[AaPp]\.?[Mm]\.?))?)"
_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}\s+\w{3,12}\.?,?\s+\d{4})"
_STAMP = rf"(?:{_DATE}[\s,|/•·-]*{_TIME}|{_TIME}[\s,|/•·-]*{_DATE}|{_DATE}|{_TIME})"
_LEADING = re.compile(rf"^(?:{_STAMP}(?=[\s,|/•·–—-])[\s,|/•·–—-]*|[•·▪►»›‹→←|–—-]+\s*(?=\w)|«\s(?=[^»]*$))")
_TRAILING = re.compile(
    rf"(?:\s*[,|/•·–—-]\s*{_STAMP}|\s+{_DATE}[\s,|]*{_TIME}|\s*[→›|•·]+|\s+»|\s*\((?!(?:19|20)\d\d\))\d{{1,5}}\)|\s+(?:next|previous)\s*[→←])$",
    re.IGNORECASE,
)
_ARROWS = frozenset("→›»|•·←")
_MAX_TRAILING_CHARS = 64
# Day and time of day glued to the first word of a text: a sentence may begin with a day, not with both.
GLUED_STAMP = re.compile(
    rf"^(?:{_DATE}[\s,|/•·-]*{_TIME}|{_TIME}[\s,|/•·-]*{_DATE})[\s,|/•·–—-]*(?=[^\W\d_])"
)
PURE_STAMP = re.compile(rf"^(?:{_STAMP}|\w{{3,12}}\.?\s+\d{{1,2}},?\s+\d{{4}})$")
_COUNTER = re.compile(rf"(?xi)^(?:{vocabulary.pattern('counter')}|{vocabulary.pattern('service')})$")


_FOUR_DIGITS = re.compile(r"(?:\d\D*){4}")
# A date, or a number that is no year: what addresses are numbered with. Years stand in headlines as well.
_NUMBER = re.compile(
    r"/(?:19|20)\d\d/|(?<!\d)(?:19|20)\d\d-?\d\d-?\d\d|(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{4}|[/=]\d+(?:$|[/?&.])"
)
_ITEM = re.compile(r"[/=](?=\d{2,8}(?:$|[/?&.]))")
_TWO_DIGITS = re.compile(r"\d\D*\d")
_WORDS = re.compile(r"\w+")
_SIGNS = bytes(i for i in range(128) if not _WORDS.match(chr(i)))


def clean_title(text: str) -> str:
    """Return a headline without the dates, counters and arrows that lists put around it."""
    if not text[:1].isalpha():
        text = _LEADING.sub("", text, count=1)
    last, before = text[-1:], text[-2:-1]
    if (
        last.isdigit()
        or last in _ARROWS
        or (last in "mM." and before in "aApPmM.")
        or (last == ")" and before.isdigit())
    ):
        found = _TRAILING.search(text, max(0, len(text) - _MAX_TRAILING_CHARS))
        text = text[: found.start()].strip() if found else text
    return text


def is_counter(title: str) -> bool:
    """Return True if a line counts or dates something: "and 3,269 more", "480 views", "3 days ago"."""
    return title.isdigit() or _COUNTER.match(title) is not None or PURE_STAMP.match(title) is not None


def key(title: str | None) -> str:
    """Return what is compared when two printed titles might be one: letters and digits."""
    folded = (title or "").casefold()
    if folded.isascii():
        return folded.encode().translate(None, _SIGNS).decode()  # a tenth of what it costs a str
    return "".join(_WORDS.findall(folded))


def link_identity(url: str) -> str:
    """Enough of a URL to tell whether two links lead to the same article."""
    bare = url.partition("://")[2] or url
    bare = bare.removeprefix("www.").removeprefix("m.")
    path, _, query = bare.partition("?")
    if query and ("utm_" in query or "ref=" in query or "from=" in query):
        query = ""
    return (path.rstrip("/") + ("?" + query if query else "")).lower()


_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "gov", "edu", "ac", "info"))


def _brand(host: str) -> str:
    """Return the name under which an outlet registers domains: the same for example.com, example.co.uk and www.example.am."""
    labels = host.partition(":")[0].split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL:
        return labels[-3]
    return labels[-2] if len(labels) > 1 else host


def common_host(blocks: Sequence[Block]) -> str | None:
    """Return the host to which most links of a page lead, None if most name none: whose page it is that has no address."""
    hosts = Counter(
        link.href.partition("://")[2].partition("/")[0].lower() for block in blocks for link in block.links
    )
    return next((host for host, _ in hosts.most_common(1) if not _SERVICE_HOST.match(host)), None) or None


class Addresses:
    """Links of one page made absolute and judged: does this look like the address of an article?"""

    __slots__ = ("_base", "_brand", "_hosts", "_items", "_numbered", "_origin", "_pattern", "_scheme")

    def __init__(
        self,
        own_url: str | None,
        article_url: str | None = None,
        own_host: str | None = None,
        *,
        base: str | None = None,
    ) -> None:
        """Take ``base`` for what the page's relative addresses are relative to, if that is not its own address."""
        parts, root = urlsplit(own_url or ""), urlsplit(base or own_url or "")
        self._base = base or own_url
        self._scheme = root.scheme or "https"
        self._origin = f"{root.scheme}://{root.netloc}" if root.netloc else ""
        self._brand = _brand(parts.hostname or own_host or root.hostname or "")
        # The outlet's own pattern is believed if it knows this very page.
        self._pattern = (
            article_url if article_url and own_url and search_regex(article_url, own_url) else None
        )
        self._hosts: dict[str, tuple[bool, bool]] = {}  # of a service that hosts no news; of another site
        own = f"{parts.path}?{parts.query}"[1:]
        self._numbered = _NUMBER.search("/" + own) is not None
        # "node/842": what has a number in the same place is an article as well, however short the number
        item = _ITEM.search(own)
        self._items = own[: item.end()] if item is not None else None

    def absolute(self, href: str) -> str | None:
        """None for anchors, scripts, mail."""
        href = href.strip()
        if href.startswith(("http://", "https://")):
            url = href
        elif href.startswith("//"):
            url = f"{self._scheme}:{href}"
        elif href.startswith("/"):
            url = self._origin + href
        elif not href or href[0] == "#" or ":" in href.partition("/")[0]:
            return None
        else:
            try:
                url = urljoin(self._base, href) if self._base else href
            except ValueError:
                return None
        return url.partition("#")[0] if len(url) <= MAX_URL else None

    def judge(self, url: str) -> tuple[bool, bool, bool]:
        """(may be an article's, has what section pages lack: a slug, a number, a file; leads to another site)."""
        scheme, _, rest = url.partition("://")
        if rest:
            host, slash, path = rest.partition("/")
        else:
            scheme, host, slash, path = "", "", "/", url.removeprefix("/")
        service = foreign = False
        if scheme:
            known = self._hosts.get(host)
            if known is None:
                small = host.lower()
                known = _SERVICE_HOST.match(small) is not None, _brand(small) != self._brand
                self._hosts[host] = known
            service, foreign = known
        if service or _NO_ARTICLE.search("/" + path.lower()):
            return False, False, False
        if "%" in path:
            path = unquote(path)  # the digits of an escape are none of the address's
        bare, _, query = path.partition("?")
        if not bare.strip("/") and not (query and any(map(str.isdigit, query))):
            return False, False, foreign
        last = bare.rstrip("/").rpartition("/")[2]
        strong = (
            last.count("-") >= 2
            or last.count("_") >= 2
            or len(last) > 30
            or _FOUR_DIGITS.search(path) is not None
            or (
                self._items is not None
                and path.startswith(self._items)
                and path[len(self._items) :][:2].isdigit()
            )
        )
        if strong and self._numbered and not foreign and _TWO_DIGITS.search(path) is None:
            strong = False  # the page's own address carries a number or a date, this one does not
        if self._pattern is not None and not foreign:
            strong = search_regex(self._pattern, url)
        return bool(slash), strong, foreign
