"""Headlines of other articles: cleaned, absolute, once each, with the heading of their list; nothing else is one."""

from __future__ import annotations

import pytest

from scraper.extract import article, boilerplate, class_names, thresholds
from scraper.extract import headlines as headline
from scraper.model import Headline

URL = "https://ridge.example/news/2026/11/09/valley-harvest-48123"
BODY = (
    "<h1>Valley harvest beats forecasts again</h1><div class='text'>"
    + "".join(
        f"<p>Paragraph number {n} says something about the harvest, at some length, and ends properly.</p>"
        for n in range(4)
    )
    + "</div>"
)


def headlines(after: str, *, inside: str = "", url: str = URL) -> tuple[Headline, ...]:
    page = BODY.replace("</p><p>Paragraph number 2", f"</p>{inside}<p>Paragraph number 2")
    return article.extract_article(f"<html><body><main>{page}{after}</main></body></html>", url=url).related


@pytest.mark.parametrize(
    ("printed", "clean"),
    [
        ("Bridge reopens after repairs", "Bridge reopens after repairs"),
        ("12:40 | Bridge reopens after repairs", "Bridge reopens after repairs"),
        ("12.11.2026 - Bridge reopens after repairs", "Bridge reopens after repairs"),
        ("Bridge reopens after repairs | 12.11.2026", "Bridge reopens after repairs"),
        ("Bridge reopens after repairs (12)", "Bridge reopens after repairs"),
        ("» Bridge reopens after repairs →", "Bridge reopens after repairs"),
        ("9. madde Meclis'e sunuldu", "9. madde Meclis'e sunuldu"),
        ("1-2 helpers wanted in Nuuk", "1-2 helpers wanted in Nuuk"),
        ("Offer ends on 25.02.2026", "Offer ends on 25.02.2026"),
        ("What happens next", "What happens next"),
        ("Next article of the day Next →", "Next article of the day"),
    ],
)
def test_titles_are_cleaned(printed: str, clean: str) -> None:
    """Dates, counters and arrows around a headline go; numbers that belong to it stay."""
    assert headline.clean_title(printed) == clean


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x/1", "http://www.a.example/x/1/", True),
        ("https://a.example/x/1?utm_source=b", "https://a.example/x/1", True),
        ("https://a.example/n?id=1", "https://a.example/n?id=2", False),
    ],
)
def test_one_target_has_one_identity(one: str, other: str, same: bool) -> None:
    """Scheme, www, trailing slash and tracking do not make two targets of one."""
    assert (headline.link_identity(one) == headline.link_identity(other)) == same


@pytest.mark.parametrize(
    ("own", "other", "possible", "strong"),
    [
        ("https://a.example/news/2026/bridge-reopens", "https://a.example/politics", True, False),
        ("https://a.example/news/48123", "https://a.example/news/48001", True, True),
        ("https://a.example/node/842", "https://a.example/node/87", True, True),
        ("https://a.example/node/842", "https://a.example/staff/87", True, False),
        (
            "https://a.example/cup-2026-opens-today",
            "https://a.example/bridge-reopens-after-repairs",
            True,
            True,
        ),
        ("https://a.example/news/48123", "https://a.example/who-we-are-here", True, False),
        ("https://a.example/n/48123", "https://a.example/find/?q=%22Ann%20Marrow%22", True, False),
        ("https://a.example/n/48123", "https://a.example/%e1%83%a1%e1%83%9e%e1%83%9d%e1%83%a0", True, False),
        ("https://a.example/n/48123", "https://a.example/kategorien/alles-ueber-den-hafen", False, False),
        ("https://a.example/n/48123", "https://a.example/taxonomy/term/5123", False, False),
    ],
)
def test_addresses_of_articles(own: str, other: str, possible: bool, strong: bool) -> None:
    """A slug, or a number where the page's own address has one; a year is no number, nor are the digits of escapes."""
    assert headline.Addresses(own).judge(other)[:2] == (possible, strong)


def test_list_below_the_text() -> None:
    """A list under a known heading is trailing, labelled, of that kind, with absolute addresses."""
    found = headlines(
        "<div><h3>Read also</h3><ul><li><a href='/news/2026/11/08/ford-48001'>Ford is passable again</a></li></ul></div>"
    )
    assert found == (
        Headline(
            title="Ford is passable again",
            url="https://ridge.example/news/2026/11/08/ford-48001",
            where="trailing",
            label="Read also",
            kind="read_also",
        ),
    )


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Читайте также", "read_also"),
        ("Կարդացեք նաև", "read_also"),
        ("მსგავსი სიახლეები", "related"),
        ("Ən çox oxunanlar", "popular"),
        ("Son dakika", "latest"),
        ("Recommended", "recommended"),
        ("Новости партнёров", "sponsored"),
    ],
)
def test_kinds_by_heading(label: str, kind: str) -> None:
    """The heading of a list says what it is, in six languages."""
    items = "".join(
        f"<li><a href='/news/2026/11/08/story-{n}-4800{n}'>Story {n} of the eighth of November</a></li>"
        for n in range(3)
    )
    found = headlines(f"<section><h2>{label}</h2><ul>{items}</ul></section>")
    assert [(h.label, h.kind) for h in found] == [(label, kind)] * 3


def test_line_between_paragraphs_is_inline() -> None:
    """A "read also" line between paragraphs is an inline headline and no paragraph."""
    line = "<p>Read also: <a href='/news/2026/11/01/frost-47001'>Frost fund pays out at last</a></p>"
    page = (
        f"<main>{BODY.replace('</p><p>Paragraph number 2', '</p>' + line + '<p>Paragraph number 2')}</main>"
    )
    found = article.extract_article(page, url=URL)
    assert [(h.title, h.where, h.label) for h in found.related] == [
        ("Frost fund pays out at last", "inline", "Read also")
    ]
    assert len(found.body) == 4


def test_card_is_one_headline() -> None:
    """Picture, kicker, title and teaser that lead to one article are one headline: its title."""
    card = (
        "<article class='card'><a href='/news/2026/11/08/ford-48001'><img src='x.jpg'></a><a href='/region'>Region</a>"
        "<h3><a href='/news/2026/11/08/ford-48001'>Ford is passable again</a></h3>"
        "<p><a href='/news/2026/11/08/ford-48001'>After two weeks of high water the ford below the mill is open to cars.</a></p></article>"
    )
    other = "<article class='card'><h3><a href='/news/2026/11/07/mill-47990'>Mill grinds again after a century</a></h3></article>"
    assert [h.title for h in headlines(f"<div class='cards'>{card}{other}</div>")] == [
        "Ford is passable again",
        "Mill grinds again after a century",
    ]


def test_parts_of_a_link_are_told_apart() -> None:
    """Time and kicker inside a link are no part of the headline; hidden words for screen readers neither."""
    items = "".join(
        f"<li><a href='/news/2026/11/08/s-4800{n}'><span class='time'>12:0{n}</span> <span class='kicker'>Region</span>"
        f" <span>Story number {n} of the day</span><span class='visually-hidden'>, article with image</span></a></li>"
        for n in range(3)
    )
    assert [h.title for h in headlines(f"<ul class='related'>{items}</ul>")] == [
        f"Story number {n} of the day" for n in range(3)
    ]


def test_list_that_no_element_holds() -> None:
    """Lines behind the text, in the element in which the text stands, are one list under one heading."""
    lines = "".join(
        f"<p><a href='/news/2026/11/08/story-{n}-4800{n}'>Story {n} of the eighth of November</a></p>"
        for n in range(5)
    )
    page = BODY.replace("</div>", f"<p><b>Read also:</b></p>{lines}</div>")
    found = article.extract_article(f"<html><body><main>{page}</main></body></html>", url=URL).related
    assert [(h.title, h.label) for h in found] == [
        (f"Story {n} of the eighth of November", "Read also:") for n in range(5)
    ]


def test_list_next_to_the_text_under_plain_addresses() -> None:
    """Long lines of links behind the text are headlines even where addresses have neither number nor slug; short ones are not."""
    line = "<p><b>12.11.2026</b><br><a href='/news/{}'>{}</a></p>"
    long = "".join(
        line.format(w, f"The {w} of the upper valley beats all forecasts")
        for w in ("wine", "corn", "wool", "milk")
    )
    short = "".join(line.format(w, f"The {w} of the valley") for w in ("wine", "corn", "wool", "milk"))
    page = "<html><body><main>{}</main></body></html>"
    assert (
        len(article.extract_article(page.format(BODY.replace("</div>", long + "</div>")), url=URL).related)
        == 4
    )
    assert (
        len(article.extract_article(page.format(BODY.replace("</div>", short + "</div>")), url=URL).related)
        == 0
    )


def test_list_of_deeply_wrapped_items() -> None:
    """Wrappers around one headline do not part it from its list."""
    items = "".join(
        f"<li>{'<div>' * 7}<a href='/news/story-{n}-4800{n}'>Story {n} of the eighth of November</a>{'</div>' * 7}"
        f"<p>A teaser that says a little more.</p></li>"
        for n in range(4)
    )
    assert len(headlines(f"<section><h3>What else there is</h3><ul>{items}</ul></section>")) == 4


def test_side_of_a_card_is_no_side_column() -> None:
    """What stands to the right of a picture is not beside the text."""
    items = "".join(
        f"<div class='row'><div class='left-col'><img src='x.jpg'></div><div class='right-col'>"
        f"<a href='/news/story-{n}-4800{n}'>Story {n} of the eighth of November</a></div></div>"
        for n in range(4)
    )
    assert len(headlines(f"<div class='list'>{items}</div>")) == 4


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("<p><a href='{}'>Read also: Bridge reopens after repairs</a></p>", "Read also"),
        ("<p><a href='{}'>Читайте также: Bridge reopens after repairs</a></p>", "Читайте также"),
        ("<p><a href='{}'>Կարդացեք նաև՝ Bridge reopens after repairs</a></p>", "Կարդացեք նաև"),
        ("<p>(<a href='{}'>Həmçinin oxuyun: Bridge reopens after repairs</a>)</p>", "Həmçinin oxuyun"),
        ("<p>[Related: <a href='{}'>Bridge reopens after repairs</a>]</p>", "Related"),
        ("<p class='related'>On our other site: <a href='{}'>Bridge reopens after repairs</a></p>", None),
        ("<p><b>Read also:</b></p><p><a href='{}'>Bridge reopens after repairs</a></p>", "Read also:"),
    ],
)
def test_label_and_headline_on_a_line(line: str, label: str | None) -> None:
    """What announces a headline is its label, inside the link and before it, and no part of the headline or the text."""
    page = BODY.replace(
        "</p><p>Paragraph number 2", f"</p>{line.format('/news/2026/11/08/x-48001')}<p>Paragraph number 2"
    )
    found = article.extract_article(f"<main>{page}</main>", url=URL)
    assert [(h.title, h.label, h.where) for h in found.related] == [
        ("Bridge reopens after repairs", label, "inline")
    ]
    assert len(found.body) == 4


def test_row_of_headlines() -> None:
    """Several headlines in a paragraph of their own are a list, whatever stands between them."""
    row = " | ".join(
        f"<a href='/news/2026/11/08/s-4800{n}'>Story {n} of the eighth of November</a> (AP)" for n in range(3)
    )
    assert len(headlines("", inside=f"<p>{row}</p>")) == 3


def test_row_without_a_sign_between_its_links() -> None:
    """Links parted by line breaks alone are headlines, though the last ends like a sentence."""
    row = "<br>".join(
        f"<a href='/news/2026/11/08/s-4800{n}'>Is story {n} of the eighth of November true?</a>"
        for n in range(3)
    )
    page = f"<html><body><main>{BODY.replace('</div>', f'<div>{row}</div></div>')}</main></body></html>"
    found = article.extract_article(page, url=URL)
    assert len(found.related) == 3
    assert len(found.body) == 4


def test_announcement_inside_a_link() -> None:
    """What announces a headline in an element of its own, within the link, is its label."""
    box = (
        "<div><a href='/news/2026/11/08/s-48001'><span>İlgili haberler</span><b>Closer together</b></a></div>"
    )
    assert [(h.title, h.label) for h in headlines("", inside=box)] == [("Closer together", "İlgili haberler")]


def test_headline_that_opens_its_teaser() -> None:
    """A list may print date, headline and teaser in one block; a single such block is a remark."""
    item = (
        "<div class='news-item'><span>12.11.2026</span> <a href='/news/4800{0}'><b>Story {0} of the eighth of November</b></a><br>"
        "And then a teaser says, at a length that is greater than the headline's, what the article tells its readers.</div>"
    )
    items = "".join(item.format(n) for n in range(3))
    assert [h.title for h in headlines(f"<h3>More on this topic</h3><div>{items}</div>")] == [
        f"Story {n} of the eighth of November" for n in range(3)
    ]
    assert headlines(f"<div>{item.format(1)}</div>") == ()


def test_heading_of_a_list_of_cards() -> None:
    """Kickers, teasers and advertisement labels are not what a list is called."""
    card = (
        "<article><h4 class='kicker'>{1}</h4><h3><a href='/news/4800{0}'>Story {0} of the eighth of November</a></h3>"
        "<h5>What the story says in a few words</h5></article>"
    )
    cards = "".join(card.format(n, s) for n, s in enumerate(("World", "Politics", "Sports", "World")))
    found = headlines(
        f"<section><h2>Recommended</h2><div class='title'>Advertisement</div><div>{cards}</div></section>"
    )
    assert [(h.label, h.kind) for h in found] == [("Recommended", "recommended")] * 4


def test_title_in_a_part_of_a_part() -> None:
    """A title that stands in a link beside words for the screen reader is told from them at any depth."""
    link = (
        "<nav class='post-navigation'><a href='/news/48001' rel='prev'><span class='arrow-prev'><i></i>"
        "<span class='screen-only'>Prev</span></span><span class='link__prev'><span class='prev--label'>Previous</span>"
        "<span class='prev--title'>Bridge reopens after repairs</span></span></a></nav>"
    )
    assert [h.title for h in headlines(link)] == ["Bridge reopens after repairs"]


def test_section_beside_a_headline() -> None:
    """One linked word that shares a card with a headline is the name of a section; one in a list is a headline."""
    card = (
        "<div><div><div><h3><a href='/news/4800{0}'>{1}</a></h3></div><p><a href='/news/4900{0}'>"
        "Story {0} of the eighth of November</a></p></div></div>"
    )
    cards = "".join(card.format(n, "Athletics") for n in range(3))
    assert "Athletics" not in [h.title for h in headlines(f"<div class='related'>{cards}</div>")]
    alone = "<h3><a href='/news/48009'>Athletics</a></h3>" + "".join(
        f"<h3><a href='/news/4800{n}'>Story {n} of the eighth of November</a></h3>" for n in range(3)
    )
    assert "Athletics" in [h.title for h in headlines(f"<div class='related'>{alone}</div>")]


def test_sentence_that_goes_on_in_a_link() -> None:
    """An item of the text whose end is linked is text; an item behind a short kicker is a headline."""
    inside = (
        "<ul><li>Your <a href='/news/grape-list-48007'>list of grapes will begin to grow</a></li>"
        "<li>Harvest: <a href='/news/grape-news-48008'>Grapes of the upper valley are sold out</a></li></ul>"
    )
    assert [h.title for h in headlines("", inside=inside)] == ["Grapes of the upper valley are sold out"]


@pytest.mark.parametrize(
    "after",
    [
        (
            "<div><h3>Sources:</h3><p><a href='/news/harvest-of-2019-40001'>The harvest of 2019 was the best so far</a></p>"
            "<p><a href='/news/harvest-of-2020-40002'>The harvest of 2020 was better by a third</a></p>"
            "<p><a href='/news/harvest-of-2021-40003'>The harvest of 2021 disappointed everybody</a></p></div>"
        ),
        (
            "<footer><h6>News</h6><ul><li><h6><a href='/page/?article=158511785'>Terms of our use</a></h6></li>"
            "<li><h6><a href='/page/?article=158511786'>New rules of privacy</a></h6></li>"
            "<li><h6><a href='/page/?article=158511787'>Rules of the house</a></h6></li></ul></footer>"
        ),
        "<div class='related'><a href='/feature/harvest-of-the-year-2'>More in Harvest of the Year</a></div>",
        (
            "<div><h4>Sports</h4><ul><li><a href='/cup-48123'>World Cup</a></li><li><a href='/ball-48124'>Balls 2026</a></li>"
            "<li><a href='/table-48125'>League tables</a></li></ul></div>"
        ),
        (
            "<div><h4>Latest news</h4><ul><li><a href='/gold-48123'>Gram of gold</a></li><li><a href='/gold-48124'>Ounce of gold</a></li>"
            "<li><a href='/names-48125'>Names for boys</a></li><li><a href='/names-48126'>Names for girls</a></li></ul></div>"
        ),
        "<div class='related'><p><a href='/page-48123'>Terms of use</a></p><p><a href='/page-48124'>Gizlilik politikası</a></p></div>",
        "<p><a href='/apps/get-it-now-48123'>CLICK HERE TO GET THE NEWS OF THE RIDGE APP</a></p>",
        "<ul class='tags'><li><a href='/tag/harvest'>The harvest of this year</a></li><li><a href='/tag/grapes'>Grapes of the upper valley</a></li></ul>",
        "<footer><a href='/about'>About the people who write this</a> <a href='/terms'>Terms of use of this site</a></footer>",
        "<div class='share'><a href='https://www.facebook.com/sharer/sharer.php?u=x'>Share this story on that network</a></div>",
        "<nav><ul><li><a href='/politics/'>Politics and society of the region</a></li><li><a href='/sport/'>Sport in the whole region today</a></li></ul></nav>",
        "<div id='comments'><p><a href='/users/4711'>A reader of this newspaper since 1998</a> writes</p></div>",
        "<p><a href='mailto:desk@ridge.example'>Write to the desk of this newspaper</a></p>",
        "<div class='author-box'><a href='/authors/ann-marrow'>Ann Marrow writes about farms</a></div>",
        "<aside class='sidebar'><ul><li><a href='/news/2026/11/08/s-48001'>Something that stands beside the text</a></li></ul></aside>",
        "<div class='row'></div><div class='right'><a href='/news/2026/11/08/s-48001'>Something that stands beside the text</a></div>",
        f"<div class='related'><a href='{URL}'>Valley harvest beats forecasts again</a></div>",
    ],
)
def test_what_is_no_headline(after: str) -> None:
    """Tags, services, menus, comments, authors, side columns and the article itself are not listed."""
    assert headlines(after) == ()


def test_one_target_is_listed_once() -> None:
    """The same article in two lists, or under two addresses with one title, is one headline."""
    item = "<a href='/news/2026/11/08/ford-48001{}'>Ford is passable again for all cars</a>"
    found = headlines(
        f"<div class='related'>{item.format('')}</div><div class='popular'>{item.format('?utm_source=list')}</div>"
    )
    assert len(found) == 1


def test_lists_are_capped() -> None:
    """A page may list hundreds; a record holds the first two hundred."""
    items = "".join(
        f"<li><a href='/news/2026/11/08/story-{n}'>Story number {n} of this very long day</a></li>"
        for n in range(400)
    )
    assert (
        len(headlines(f"<section class='related'><ul>{items}</ul></section>"))
        == thresholds.RELATED.max_headlines
    )


@pytest.mark.parametrize(
    ("names", "flag"),
    [
        ("related-posts", class_names.RELATED),
        ("relatedPosts", class_names.RELATED),
        ("article__body", class_names.BODY),
        ("td-post-content tagdiv-type", class_names.BODY),
        ("comments-area", class_names.COMMENT),
        ("sidebar-right", class_names.SIDE),
        ("js-cookie-consent", class_names.FORM),
        ("fig-caption", class_names.CAPTION),
        ("has-sidebar", 0),
        ("commentary", 0),
        ("download", 0),
        ("post hentry type-post category-politics tag-press", class_names.SCOPE),
        ("content-footer", 0),
    ],
)
def test_names_say_what_elements_are(names: str, flag: int) -> None:
    """Class names are read word by word, whichever way the words are joined; a word that says "without" is heeded."""
    found = class_names.flags("div", names) & ~(
        class_names.SCOPE | class_names.BODY if flag not in (class_names.SCOPE, class_names.BODY) else 0
    )
    assert found & flag == flag
    if not flag or flag == class_names.SCOPE:
        assert not found & class_names.JUNK


@pytest.mark.parametrize(
    ("line", "call", "label", "caption"),
    [
        ("Подписывайтесь на наш канал в Telegram", True, False, False),
        ("Abunə ol", True, False, False),
        ("Have a tip? Write to the desk.", True, False, False),
        ("Advertisement", False, True, False),
        ("ՄԵԿՆԱԲԱՆՈՒԹՅՈՒՆՆԵՐ", False, True, False),
        ("Реклама", False, True, False),
        ("Pickers at dawn in the upper valley. (Image: GETTY)", False, False, True),
        ("Фото: личный архив", False, False, True),
        ("Grapes in a cellar / AFP", False, False, True),
        ("Fotoğraflar Vadi Ajansı tarafından çekildi.", False, False, True),
        ("Foto Vadi Xəbər tərəfindən təqdim edilib.", False, False, True),
        ("Fotoğraf yarışması belediye tarafından düzenlendi.", False, False, False),
        ("The alliance said so in a letter seen by Reuters.", False, False, False),
        ("Die elektronische Patientenakte (ePA)", False, False, False),
    ],
)
def test_lines_that_are_no_text(line: str, call: bool, label: bool, caption: bool) -> None:
    """Calls, labels and credits are known by their words; sentences that name an agency are not credits."""
    assert (boilerplate.is_call(line), boilerplate.is_label(line), boilerplate.is_caption(line)) == (
        call,
        label,
        caption,
    )


def test_outlet_pattern_tells_articles() -> None:
    """The outlet's pattern for addresses of articles proves short links and refutes long ones."""
    links = (
        ("/n/7", "The ford is open again"),
        ("/n/6", "Mill grinds again today"),
        ("/special-projects-of-the-year", "All special projects"),
    )
    items = "".join(f"<li><a href='{href}'>{title}</a></li>" for href, title in links)
    text = f"<main>{BODY}<ul>{items}</ul></main>"
    known = article.extract_article(text, url="https://ridge.example/n/48", article_url=r"/n/\d+$").related
    assert [h.title for h in known] == ["The ford is open again", "Mill grinds again today"]


@pytest.mark.parametrize(
    ("line", "comments"),
    [
        ("12 comments", True),
        ("Comments (3)", True),
        ("34 responses to “We needed to win this game”", True),
        ("Leave a Reply", True),
        ("Комментарии", True),
        ("Մեկնաբանություններ (2)", True),
        ("2 კომენტარი", True),
        ("Şərhlər", True),
        ("Yorum yap", True),
        ("Comments from the minister angered the opposition", False),
        ("Комментарий министра вызвал споры", False),
        ("Commentary on the new law", False),
    ],
)
def test_headings_of_comments(line: str, comments: bool) -> None:
    """Where readers write is known by its heading; a headline about a comment is not it."""
    assert boilerplate.is_comments(line) == comments
