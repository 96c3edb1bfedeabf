"""Kinds of lists that outlets print, in the six languages of the region: every headline is found, where it stands is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scraper.codec import Struct
from scraper.extract import article
from scraper.model import Headline


class Words(Struct, frozen=True, kw_only=True):
    """What the pages of one language say. ``also`` and ``more`` head lists; nothing is outlet's own."""

    title: str
    text: str
    also: str
    dossier: str
    section: str
    comment: str
    more: str
    kicker: str
    titles: tuple[str, ...]
    teaser: str


WORDS = {
    "en": Words(
        title="The mountain road stays closed until spring",
        text="The road above the gorge has been closed for three weeks, and bread is carried up on horses, the district office said on Friday.",
        also="Read also",
        dossier="Dossier",
        section="Society",
        comment="Leave a comment (4)",
        more="Other news",
        kicker="A long winter.",
        titles=(
            "Bridge at the mill opens for the season",
            "Farmers ask for a helicopter",
            "Cheese festival held in the upper village",
        ),
        teaser="The bridge at the old mill will be open to walkers from the first day of the season, the town hall said on Monday.",
    ),
    "ru": Words(
        title="Горная дорога закрыта до самой весны",
        text="Дорога над ущельем закрыта третью неделю, хлеб и лекарства везут на лошадях через перевал, сообщили в районном управлении.",
        also="Читайте также",
        dossier="Досье",
        section="Общество",
        comment="Оставить комментарий (4)",
        more="Другие новости раздела",
        kicker="Долгая зима.",
        titles=(
            "Мост у мельницы откроют к началу сезона",
            "Фермеры просят вертолёт",
            "В верхнем селе прошёл праздник сыра",
        ),
        teaser="Мост у старой мельницы откроют для пешеходов к началу туристического сезона, сообщили в понедельник в мэрии города.",
    ),
    "hy": Words(
        title="Լեռնային ճանապարհը փակ է մինչև գարուն",
        text="Կիրճի վրայով անցնող ճանապարհը փակ է արդեն երրորդ շաբաթը, հացն ու դեղերը տեղափոխում են ձիերով, հայտնեցին համայնքապետարանից։",
        also="Կարդացեք նաև",
        dossier="Դոսյե",
        section="Հասարակություն",
        comment="Թողնել մեկնաբանություն",
        more="Այլ նորություններ",
        kicker="Երկար ձմեռ։",
        titles=(
            "Ջրաղացի մոտի կամուրջը կբացվի ամռանը",
            "Ֆերմերները ուղղաթիռ են խնդրում",
            "Վերին գյուղում անցկացվեց պանրի տոն",
        ),
        teaser="Հին ջրաղացի մոտի կամուրջը հետիոտների համար կբացվի սեզոնի առաջին օրը, երկուշաբթի հայտնեցին քաղաքապետարանից։",
    ),
    "ka": Words(
        title="მთის გზა გაზაფხულამდე დაკეტილი იქნება",
        text="ხეობის თავზე გამავალი გზა მესამე კვირაა დაკეტილია, პური და წამლები ცხენებით გადააქვთ, განაცხადეს მუნიციპალიტეტში პარასკევს.",
        also="ასევე წაიკითხეთ",
        dossier="დოსიე",
        section="საზოგადოება",
        comment="დატოვე კომენტარი",
        more="სხვა სიახლეები",
        kicker="გრძელი ზამთარი.",
        titles=(
            "წისქვილთან ხიდი სეზონისთვის გაიხსნება",
            "ფერმერები ვერტმფრენს ითხოვენ",
            "ზემო სოფელში ყველის დღესასწაული გაიმართა",
        ),
        teaser="ძველ წისქვილთან ხიდი ფეხით მოსიარულეთათვის სეზონის პირველ დღეს გაიხსნება, განაცხადეს ორშაბათს ქალაქის მერიაში.",
    ),
    "az": Words(
        title="Dağ yolu yaza qədər bağlı qalacaq",
        text="Dərənin üstündən keçən yol üç həftədir bağlıdır, çörək və dərmanlar atlarla daşınır, bu barədə cümə günü rayon idarəsi məlumat verib.",
        also="Həmçinin oxuyun",
        dossier="Dosye",
        section="Cəmiyyət",
        comment="Şərh yaz",
        more="Digər xəbərlər",
        kicker="Uzun qış.",
        titles=(
            "Dəyirmanın yanındakı körpü mövsümə açılacaq",
            "Fermerlər helikopter istəyir",
            "Yuxarı kənddə pendir bayramı keçirildi",
        ),
        teaser="Köhnə dəyirmanın yanındakı körpü piyadalar üçün mövsümün ilk günü açılacaq, bu barədə bazar ertəsi bələdiyyə məlumat verib.",
    ),
    "tr": Words(
        title="Dağ yolu bahara kadar kapalı kalacak",
        text="Vadinin üstünden geçen yol üç haftadır kapalı, ekmek ve ilaçlar atlarla taşınıyor, kaymakamlık cuma günü bunu duyurdu.",
        also="Ayrıca okuyun",
        dossier="Dosya",
        section="Toplum",
        comment="Yorum yap",
        more="Diğer haberler",
        kicker="Uzun bir kış.",
        titles=(
            "Değirmendeki köprü sezon için açılıyor",
            "Çiftçiler helikopter istiyor",
            "Yukarı köyde peynir şenliği yapıldı",
        ),
        teaser="Eski değirmendeki köprü sezonun ilk günü yayalara açılacak, belediye pazartesi günü yaptığı açıklamada bunu duyurdu.",
    ),
}
HREFS = ("/news/2026/03/04/48120.html", "/news/2026/03/04/48121.html", "/news/2026/03/03/48101.html")
URL = "https://valley.example/news/2026/03/05/48130.html"


def related(
    w: Words, after: str = "", *, inside: str = "", around: str = "{}", url: str | None = URL
) -> tuple[Headline, ...]:
    """Return the headlines of a page whose text is followed by ``after`` and interrupted by ``inside``."""
    texts = "".join(f"<p>{w.text} ({n})</p>{inside if n == 1 else ''}" for n in range(4))
    main = around.format(f"<div class='story-text'><h1>{w.title}</h1>{texts}</div>{after}")
    page = f"<html><head><title>{w.title}</title></head><body><main>{main}</main></body></html>"
    return article.extract_article(page, url=url).related


def each(item: Callable[[str, str], str], w: Words) -> str:
    return "".join(item(href, title) for href, title in zip(HREFS, w.titles, strict=True))


def stamped(href: str, title: str) -> str:
    return f"<a href='{href}'><b>{title}</b></a><br><span>04.03.2026, 18:10</span><br>"


AFTER: dict[str, Callable[[Words], str]] = {
    "headline in bold and teaser in one link": lambda w: (
        f"<h2>{w.more}</h2><table>"
        + each(
            lambda h, t: f"<tr><td>18:10</td><td><a href='{h}'><strong>{t}</strong>{w.teaser}</a></td></tr>",
            w,
        )
        + "</table>"
    ),
    "headline in bold and a teaser that ends without a stop": lambda w: (
        "<ul>"
        + each(lambda h, t: f"<li><a href='{h}'><b>{t} </b>{w.teaser.rstrip('.։')}</a></li>", w)
        + "</ul>"
    ),
    "who pays for it and headline in parts of one link": lambda w: (
        "<div>"
        + each(lambda h, t: f"<a href='{h}'><span>Presented by Valley Bank</span><div>{t}</div></a>", w)
        + "</div>"
    ),
    "box that says it has advertisements": lambda w: (
        f"<div class='news has-gemini-ad'><h4>{w.more}</h4>"
        + each(lambda h, t: f"<div><a href='{h}'>{t}</a></div>", w)
        + "</div>"
    ),
    "headline and teaser in one link, a line each": lambda w: (
        f"<h2>{w.more}</h2><ul>"
        + each(lambda h, t: f"<li><a href='{h}'>{t}<br>{w.teaser}</a></li>", w)
        + "</ul>"
    ),
    "headline and teaser in blocks of one link": lambda w: (
        "<div>" + each(lambda h, t: f"<a href='{h}'><div>{t}</div><div>{w.teaser}</div></a>", w) + "</div>"
    ),
    "links and stamps parted by lines": lambda w: f"<div><b>{w.dossier}:</b><br>{each(stamped, w)}</div>",
    "label without a heading": lambda w: (
        f"<div class='x1'><div class='x2'>{w.dossier}</div><ul>"
        + each(lambda h, t: f"<li><a href='{h}'>{t}</a><br><span>{w.section}, 24.10.2026</span></li>", w)
        + "</ul></div>"
    ),
    "cards with picture, section and date": lambda w: (
        "<div class='grid'>"
        + each(
            lambda h, t: (
                f"<div class='card'><a href='{h}'><img src='x.jpg'></a><a href='/s'>{w.section}</a>"
                f"<div><a href='{h}'>{t}</a></div><time>04.03.2026</time></div>"
            ),
            w,
        )
        + "</div>"
    ),
    "section, headline and teaser in parts of one link": lambda w: (
        "<div>"
        + each(
            lambda h, t: f"<a href='{h}'><span>{w.section}</span><span>{t}</span><span>{w.teaser}</span></a>",
            w,
        )
        + "</div>"
    ),
    "headline in italics and teaser in one link": lambda w: (
        "<ul>" + each(lambda h, t: f"<li><a href='{h}'><em>{t}</em> {w.teaser}</a></li>", w) + "</ul>"
    ),
    "parts called title, description and meta": lambda w: (
        "<div>"
        + each(
            lambda h, t: (
                f"<a href='{h}'><div class='title'>{t}</div><div class='desc'>{w.teaser}</div>"
                "<div class='meta'>04.03.2026 | 120</div></a>"
            ),
            w,
        )
        + "</div>"
    ),
    "number in the link": lambda w: (
        f"<h3>{w.more}</h3><ol>"
        + each(lambda h, t: f"<li><a href='{h}'><span>1</span> {t}</a></li>", w)
        + "</ol>"
    ),
    "plain addresses under a heading that names the topic": lambda w: (
        f"<h3>{w.also}</h3><ul>"
        + "".join(f"<li><a href='/a/{n}'>{t}</a></li>" for n, t in enumerate(w.titles))
        + "</ul>"
    ),
    "cells of a row": lambda w: (
        "<table><tr>"
        + each(lambda h, t: f"<td><a href='{h}'><img src='x.jpg'></a><br><a href='{h}'>{t}</a></td>", w)
        + "</tr></table>"
    ),
    "carousel of pictures with captions": lambda w: (
        "<div class='swiper'>"
        + each(
            lambda h, t: f"<div class='slide'><a href='{h}'><img src='x.jpg'><span>{t}</span></a></div>", w
        )
        + "</div>"
    ),
    "definitions": lambda w: (
        f"<h3>{w.more}</h3><dl>"
        + each(lambda h, t: f"<dt>04.03.2026</dt><dd><a href='{h}'>{t}</a></dd>", w)
        + "</dl>"
    ),
    "rows of a table": lambda w: (
        f"<table><tr><th>{w.more}</th></tr>"
        + each(lambda h, t: f"<tr><td>18:10</td><td><a href='{h}'>{t}</a></td></tr>", w)
        + "</table>"
    ),
    "lines of a paragraph": lambda w: (
        f"<p>{w.also}:</p><p>" + each(lambda h, t: f"– <a href='{h}'>{t}</a><br>", w) + "</p>"
    ),
    "items that go on with a teaser": lambda w: (
        f"<h3>{w.more}</h3><ul>"
        + each(lambda h, t: f"<li><a href='{h}'>{t}</a> {w.teaser}</li>", w)
        + "</ul>"
    ),
    "numbered items": lambda w: (
        f"<h3>{w.more}</h3><ol>"
        + each(lambda h, t: f"<li><div>20</div><div><a href='{h}'>{t}</a> 10:19</div></li>", w)
        + "</ol>"
    ),
}
LANGUAGES = sorted(WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(AFTER))
def test_lists_after_the_text(kind: str, language: str) -> None:
    """Every headline of a list is found, and nothing else, whatever the list is made of."""
    w = WORDS[language]
    found = related(w, AFTER[kind](w))
    assert [(h.title, h.where) for h in found] == [(title, "trailing") for title in w.titles]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(AFTER))
def test_lists_of_a_page_without_an_address(kind: str, language: str) -> None:
    """The links tell whose page it is where the page itself does not."""
    w = WORDS[language]
    after = AFTER[kind](w).replace("href='/", "href='https://valley.example/")
    assert [h.title for h in related(w, after, url=None)] == list(w.titles)


@pytest.mark.parametrize("language", LANGUAGES)
def test_kicker_that_is_a_sentence(language: str) -> None:
    """A kicker that ends like a sentence is a part of the headline; the name of a section is none."""
    w = WORDS[language]
    cards = each(lambda h, t: f"<article><h2><a href='{h}'><span>{w.kicker} </span>{t}</a></h2></article>", w)
    assert [h.title for h in related(w, f"<h3>{w.more}</h3>{cards}")] == [f"{w.kicker} {t}" for t in w.titles]
    cards = each(
        lambda h, t: f"<article><h2><a href='{h}'><span>{w.section} </span>{t}</a></h2></article>", w
    )
    assert [h.title for h in related(w, f"<h3>{w.more}</h3>{cards}")] == list(w.titles)


INSIDE: dict[str, tuple[Callable[[Words], str], int]] = {
    "line with a label": (
        lambda w: f"<p><strong>{w.also}: <a href='{HREFS[0]}'>{w.titles[0]}</a></strong></p>",
        1,
    ),
    "label in the link": (lambda w: f"<p><a href='{HREFS[0]}'>{w.also}: {w.titles[0]}</a></p>", 1),
    "box": (
        lambda w: (
            f"<div><h6>{w.also}</h6><ul>"
            + each(lambda h, t: f"<li><a href='{h}'>{t}</a></li>", w)
            + "</ul></div>"
        ),
        3,
    ),
    "box of a partner under a line": (
        lambda w: (
            "<div id='in'><div><b>Partner</b></div>"
            + each(lambda h, t: f"<div><a href='https://partner.example{h}'>{t}</a></div>", w)
            + "</div>"
        ),
        3,
    ),
    "box of a partner, a paragraph each": (
        lambda w: (
            "<div class='in'><h6>Partner</h6>"
            + each(lambda h, t: f"<p><a href='https://partner.example/go/{HREFS.index(h)}77'>{t}</a></p>", w)
            + "</div>"
        ),
        3,
    ),
    "label glued to its link": (
        lambda w: f"<div><span>{w.also}</span><a href='{HREFS[0]}'>{w.titles[0]}</a></div>",
        1,
    ),
    "card with a label": (
        lambda w: (
            f"<div class='embed'><a href='{HREFS[0]}'><img src='x.jpg'><span>{w.also}</span><h4>{w.titles[0]}</h4></a></div>"
        ),
        1,
    ),
    "quotation": (
        lambda w: f"<blockquote><p>{w.also}: <a href='{HREFS[0]}'>{w.titles[0]}</a></p></blockquote>",
        1,
    ),
    "box of a partner": (
        lambda w: (
            "<div id='in'><h6>Partner</h6><ul>"
            + each(lambda h, t: f"<li><a href='https://partner.example{h}'>{t}</a></li>", w)
            + "</ul></div>"
        ),
        3,
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(INSIDE))
def test_lists_between_paragraphs(kind: str, language: str) -> None:
    """What stands between two paragraphs is inline, announced or not."""
    w = WORDS[language]
    inside, count = INSIDE[kind]
    found = related(w, inside=inside(w))
    assert [(h.title, h.where) for h in found] == [(title, "inline") for title in w.titles[:count]]


BESIDE = {
    "called right": "<div>{}</div><div class='rightcol'>{}</div>",
    "right of a main column": "<div class='page-left'>{}</div><div class='page-right'>{}</div>",
    "narrow part of a grid": "<div class='col-md-8'>{}</div><div class='col-md-4'>{}</div>",
    "column of pixels": "<div class='col670'>{}</div><div class='col300'>{}</div>",
    "cell of a table": "<table><tr><td>{}</td><td>{}</td></tr></table>",
    "aside": "<div class='a'>{}</div><aside class='b'>{}</aside>",
    "right, misspelt": "<div class='leftwidecolum'>{}</div><div class='righttallcolum'>{}</div>",
    "side bar, misspelt": "<div class='contentcol'>{}</div><div class='siderbar2'>{}</div>",
    "lettered column": "<div id='aCol'>{}</div><div id='cCol'>{}</div>",
    "third column": "<div class='col-1'>{}</div><div class='col-3'>{}</div>",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(BESIDE))
def test_columns_beside_the_text(kind: str, language: str) -> None:
    """A list in a side column stands elsewhere; the same list below the text in its own column does not."""
    w = WORDS[language]
    items = each(lambda h, t: f"<li><a href='{h}'>{t}</a></li>", w)
    box = f"<div><h3>{w.more}</h3><ul>{items}</ul></div>"
    column = BESIDE[kind].format("{}", box)
    assert {(h.title, h.where) for h in related(w, around=column)} == {(t, "elsewhere") for t in w.titles}
    column = BESIDE[kind].format("{}", "<p>x</p>")
    assert {(h.title, h.where) for h in related(w, box, around=column)} == {(t, "trailing") for t in w.titles}


@pytest.mark.parametrize("name", ["relative w-full", "page-bottom", "content-footer"])
def test_an_aside_that_says_it_stands_below(name: str) -> None:
    """Or that it is as wide as the page: no column."""
    w = WORDS["en"]
    items = each(lambda h, t: f"<li><a href='{h}'>{t}</a></li>", w)
    around = f"<section>{{}}</section><aside class='{name}'><h3>{w.more}</h3><ul>{items}</ul></aside>"
    assert [h.where for h in related(w, around=around)] == ["trailing"] * 3


def test_in_both_places() -> None:
    """A headline that stands below the text and beside it is the article's own."""
    w = WORDS["en"]
    box = (
        "<div><h3>Other news</h3><ul>"
        + each(lambda h, t: f"<li><a href='{h}'>{t}</a></li>", w)
        + "</ul></div>"
    )
    found = related(w, box, around=BESIDE["called right"].format("{}", box))
    assert [h.where for h in found] == ["trailing"] * 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_headline(language: str) -> None:
    """Comments, the page's own headline, sections, tags, pages, shares and shops stand in no list of articles."""
    w = WORDS[language]
    junk = (
        f"<ul><li><a href='/all/'>{w.more}</a></li><li><a href='/print.php?id=48130'>{w.section}</a></li>"
        f"<li><a href='/news/48130#comment'>{w.comment}</a></li></ul>"
        f"<div><a href='/similar/48130'>{w.title}</a></div>"
        f"<div class='tags'><a href='/tag/{w.section}'>{w.section}</a><a href='/tags/road'>{w.titles[0]}</a></div>"
        f"<div><a href='https://www.facebook.com/sharer/sharer.php?u=x'>{w.titles[1]}</a></div>"
        f"<div><a href='https://apps.apple.com/app/id48130'>{w.titles[2]}</a></div>"
        "<div class='pages'><a href='?page=1'>1</a><a href='?page=2'>2</a><a href='?page=3'>3</a></div>"
    )
    assert related(w, junk) == ()


@pytest.mark.parametrize(
    "text",
    [
        "and 3,269 more",
        "12,480 views",
        "3 days ago",
        "December 20, 2023",
        "Advertisement",
        "Report an error",
        "By Ann Marrow",
        "Written by Ann Marrow",
        "More about the valley",
        "1204",
    ],
)
def test_what_cards_print_beside_headlines(text: str) -> None:
    """Counters, dates, bylines and services in the same list as headlines are none."""
    w = WORDS["en"]
    items = each(lambda h, t: f"<li><h4><a href='{h}'>{t}</a></h4></li>", w)
    junk = f"<li><h4><a href='/service/48777.html'>{text}</a></h4></li>"
    found = related(w, f"<div class='related'><ul>{items}{junk}</ul></div>")
    assert [h.title for h in found] == list(w.titles)
