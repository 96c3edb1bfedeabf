"""Dates, authors and titles where pages hide them, one kind of page a table, in the six languages of the outlets.

The pages are written for these tests. A page is a headline, prose and what the kind adds.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.extract import html
from scraper.extract.block_reader import Readings
from scraper.extract.metadata import Metadata, extract_metadata

LATEST = datetime(2026, 12, 1, tzinfo=UTC)

TITLES = {
    "en": "Mountain road stays closed until the middle of the month",
    "ru": "Дорога над ущельем закрыта до середины месяца",
    "hy": "Կիրճի վրայի ճանապարհը փակ է մինչև ամսվա կեսը",
    "ka": "ხეობის გზა თვის შუა რიცხვებამდე დაკეტილია",
    "az": "Dərə üstündəki yol ayın ortasına qədər bağlıdır",
    "tr": "Vadi yolu ayın ortasına kadar kapalı kalacak",
}
PROSE = {
    "en": "The village council met on Tuesday evening to discuss the state of the road, which has been closed since the first snow of the season fell.",
    "ru": "Жители верхних сёл третью неделю добираются до районного центра пешком: дорогу над ущельем засыпало камнями после первых дождей осени.",
    "hy": "Վերին գյուղերի բնակիչները երրորդ շաբաթն է ոտքով են հասնում շրջկենտրոն. կիրճի վրայի ճանապարհը փակվել է քարաթափումից հետո, և մեքենաները չեն անցնում։",
    "ka": "ზემო სოფლების მცხოვრებნი უკვე მესამე კვირაა რაიონულ ცენტრამდე ფეხით მიდიან, რადგან გზა პირველი წვიმების შემდეგ ქვებმა ჩაკეტა და მანქანები ვერ დადიან.",
    "az": "Yuxarı kəndlərin sakinləri üçüncü həftədir ki, rayon mərkəzinə piyada gedirlər, çünki yolu ilk yağışlardan sonra daşlar bağlayıb və maşınlar keçə bilmir.",
    "tr": "Yukarı köylerin sakinleri üç haftadır ilçe merkezine yürüyerek gidiyor, çünkü yol ilk yağmurlardan sonra taşlarla kapandı ve araçlar geçemiyor, diyorlar.",
}
DAYS = {
    "en": "4 March 2026",
    "ru": "4 марта 2026",
    "hy": "4 մարտի 2026",
    "ka": "4 მარტი, 2026",
    "az": "4 mart 2026",
    "tr": "4 Mart 2026",
}
LANGUAGES = tuple(TITLES)


def read(
    body: str, *, lang: str = "ru", head: str = "", title: str | None = None, **options: object
) -> Metadata:
    """Return the metadata of a page of one language, seen nobody knows when."""
    document = TITLES[lang] if title is None else title
    markup = f'<!doctype html><html lang="{lang}"><head><title>{document}</title>{head}</head><body>{body}</body></html>'
    settings: dict[str, object] = {"latest": LATEST, **options}
    return extract_metadata(Readings(html.parse(markup)), **settings)  # type: ignore[arg-type]


def page(template: str, lang: str) -> str:
    """Return a template with the headline, the prose and the day of a language."""
    prose = "".join(f"<p>{PROSE[lang]} {PROSE[lang]}</p>" for _ in range(3))
    return template.format(title=TITLES[lang], prose=prose, day=DAYS[lang])


# ------------------------------------------------------------------------------------------ dates

DATED = {
    "below-the-text": "<main><div><h1>{title}</h1>{prose}</div><div class='info'>{day}, 11:30</div></main>",
    "below-the-text-with-an-address": "<div><h1>{title}</h1>{prose}<p>www.vestnik.example/1.html<br>11:30 04.03.2026</p></div>",
    "headline-in-h4": "<div class='x'><h4 id='t'>{title}</h4><div><span class='date'>{day} 18:20</span>{prose}</div></div>",
    "headline-in-a-div": "<div><div><b>{title}</b></div><div>{day}</div><div>{prose}</div></div>",
    "headline-in-a-span": "<table><tr><td><span class='big'>{title}</span></td></tr><tr><td>04.03.2026 18:20</td></tr><tr><td>{prose}</td></tr></table>",
    "glued-in-front-of-the-headline": "<div><h1><small>04.03.2026 18:20</small> {title}</h1>{prose}</div>",
    "glued-to-the-headline": "<div><h1>{title}<span>{day} 18:20</span></h1>{prose}</div>",
    "in-front-of-the-headline": "<article-page><div class='a1'>x</div><div class='a2'>y</div><div class='date'><a href='/d'>{day}</a></div><div>z</div><div>7</div><div class='views'>1</div><h1>{title}</h1>{prose}</article-page>",
    "behind-wrappers": "<div><div><div><div><div><div>{day} 18:20</div></div></div></div><div><div><div><div><div><h1>{title}</h1></div></div></div></div></div></div>{prose}</div>",
    "labelled-far-away": "<table><tr><td><table><tr><td class='date'>Date: 04.03.2026 | 18:20</td></tr></table></td></tr></table><div><span class='date'>09:30</span></div><div>{prose}</div>",
    "in-the-foot-of-its-article": "<article><header><h1>{title}</h1></header>{prose}<footer>{day}, 18:20</footer></article>",
    "in-an-abbreviation": "<div><h1>{title}</h1><abbr class='published' title='2026-03-04T10:00:00+04:00'>{day}</abbr>{prose}</div>",
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("template", DATED.values(), ids=list(DATED))
def test_a_printed_day_is_found(template: str, lang: str) -> None:
    """Wherever the page prints it, and the title stays the headline."""
    found = read(page(template, lang), lang=lang)
    assert found.published is not None
    assert found.published.date().isoformat() == "2026-03-04"
    assert found.title == TITLES[lang]


NOT_DATED = {
    "today-in-the-page-head": "<div id='top'><div>{day}. +4°C</div></div><div><h1>{title}</h1>{prose}</div>",
    "today-in-an-unnamed-bar": "<main><div><div>{day}</div></div><div><h1>{title}</h1>{prose}</div></main>",
    "copyright": "<div><h1>{title}</h1>{prose}<p>© 4.03.2026 Vestnik</p></div>",
    "comments": "<div><h1>{title}</h1>{prose}<div class='comments'><p>Ann, {day} 10:00</p></div></div>",
    "other-articles": "<div><h1>{title}</h1>{prose}<h3>+</h3><ul><li><a href='/2'>{title}</a> {day} 10:00</li></ul></div>",
    "an-event": "<div><h1>{title}</h1>{prose}<p>+ next meeting: {day}</p></div>",
    "no-day": "<div><h1>{title}</h1>{prose}</div>",
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("template", NOT_DATED.values(), ids=list(NOT_DATED))
def test_a_day_of_something_else_is_none(template: str, lang: str) -> None:
    """No date is better than a wrong one."""
    assert read(page(template, lang), lang=lang).published is None


@pytest.mark.parametrize(
    "opening",
    ["VALLEY, March 4, 2026 - The", "4th March 2026 - The", "March 4, 2026 -- The", "4 March 2026 18:20The"],
)
def test_a_dateline_dates_the_text(opening: str) -> None:
    """With a place or without, parted from the text by a dash or by nothing."""
    found = read(f"<h1>{TITLES['en']}</h1><p>{opening} {PROSE['en']}</p><p>{PROSE['en']}</p>", lang="en")
    assert found.published is not None
    assert found.published.date().isoformat() == "2026-03-04"


@pytest.mark.parametrize(
    "declared,printed,day",
    [
        ("2026-03-04", "6 March 2026", "2026-03-06"),
        ("2026-03-04", "4 March 2026", "2026-03-04"),
        ("2026-03-04", "6 April 2026", "2026-03-04"),
        ("2026-03-04", "Updated 6 March 2026", "2026-03-04"),
        ("2026-03-04T10:00Z", "6 March 2026", "2026-03-04"),
    ],
)
def test_a_bare_day_may_be_when_the_text_was_made(declared: str, printed: str, day: str) -> None:
    """The one printed beside the headline, a few days later, is that of publication; a moment is believed."""
    head = f'<meta name="pubdate" content="{declared}">'
    found = read(f"<h1>{TITLES['en']}</h1><p>{printed}</p><p>{PROSE['en']}</p>", lang="en", head=head)
    assert found.published is not None
    assert found.published.date().isoformat() == day


def test_a_time_behind_a_label_of_updates_is_no_publication() -> None:
    """However many elements stand between the label and the time."""
    data = (
        '{"@type": "NewsArticle", "datePublished": "2024-03-04T10:00Z", "dateModified": "2026-04-24T11:00Z"}'
    )
    head = f'<script type="application/ld+json">{data}</script>'
    line = '<div>last updated <span><span><time datetime="2026-04-24T11:00Z">24 April 2026</time></span></span></div>'
    found = read(f"<h1>{TITLES['en']}</h1>{line}<p>{PROSE['en']}</p>", lang="en", head=head)
    assert found.published == datetime(2024, 3, 4, 10, tzinfo=UTC)


LABELS = {
    "en": ("Published", "Last updated", "Edited"),
    "ru": ("Создано", "Последнее обновление", "Отредактировано"),
    "hy": ("Տեղադրվել է", "Վերջին թարմացում", "Խմբագրվել է"),
    "ka": ("შეიქმნა", "განახლების თარიღი", "შეიცვალა"),
    "az": ("Nəşr edilib", "Yenilənmə tarixi", "Redaktə olunub"),
    "tr": ("Oluşturulma", "Güncelleme Tarihi", "Değiştirilme"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "line",
    [
        "{published}: {day} | {updated}: {later}", "{updated}: {later} | {published}: {day}", "{day} ({updated} {later})",
        "<div>{updated}: {later} 14:05</div><div>{published}: {day} 10:00</div>",
        "<div>{updated}</div><div>{later}</div><div>{published}</div><div>{day}</div>",
    ],
)  # fmt: skip
def test_publication_and_change_are_told_by_their_labels(line: str, lang: str) -> None:
    """In one line or several, whichever stands first."""
    published, *changes = LABELS[lang]
    for updated in changes:
        text = line.format(published=published, updated=updated, day=DAYS[lang], later="6.03.2026")
        found = read(page(f"<div><h1>{{title}}</h1>{text}{{prose}}</div>", lang), lang=lang)
        assert found.published is not None
        assert found.published.date().isoformat() == "2026-03-04", updated


@pytest.mark.parametrize(
    "text",
    [
        "25 ноября, 06:30",
        "Сегодня, 12:18",
        "вчера в 10:00",
        "2 часа назад",
        "12:18",
        "bugün 10:00",
        "այսօր 12:00",
        "დღეს 12:00",
    ],
)
def test_the_clock_of_the_reader_dates_nothing(text: str) -> None:
    """What is relative is read where the moment is known, and nowhere else."""
    body = f"<div><h1>{TITLES['ru']}</h1><p class='date'>{text}</p><p>{PROSE['ru']}</p><p>{PROSE['ru']}</p></div>"
    assert read(body).published is None
    seen = read(body, now=datetime(2026, 11, 26, 13, tzinfo=UTC))
    assert seen.published is not None
    assert seen.published.year == 2026


@pytest.mark.parametrize(
    "path",
    [
        "/articles/2011/11/25/1012905.shtml", "/2011/11/25/x", "/news-20111125.html", "/25-11-2011-x", "/2011/nov/25/x",
        "/2011/november/25/x", "/25-november-2011/", "/november-25-2011-x", "/news/2011-11-25/1", "/news/20111125063015", "/n/201111250630-x",
    ],
)  # fmt: skip
def test_the_address_tells_the_year(path: str) -> None:
    """A day without a year is that of the address."""
    body = f"<div><h1>{TITLES['ru']}</h1><p class='date'>25 ноября, 06:30</p><p>{PROSE['ru']}</p><p>{PROSE['ru']}</p></div>"
    found = read(body, url=f"https://vestnik.example{path}")
    assert found.published == datetime(2011, 11, 25, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "head,day",
    [
        ('<meta property="article:modified_time" content="2019-01-02T10:00:00Z">', "2017-07-12"),
        (
            '<meta property="article:published_time" content="2019-01-02T10:00:00Z"><meta property="article:modified_time" content="2019-01-02T10:00:00Z">',
            "2017-07-12",
        ),
        (
            '<meta property="article:published_time" content="2017-12-07">',
            "2017-07-12",
        ),  # day and month in wrong order
        ('<meta property="article:published_time" content="2017-07-13T02:00:00+04:00">', "2017-07-12"),
        ('<meta property="article:published_time" content="2017-07-20T10:00:00Z">', "2017-07-20"),
    ],
    ids=["modified-alone", "published-is-modified", "swapped", "declared-agrees", "declared-differs"],
)
def test_the_day_of_the_address_and_a_modification(head: str, day: str) -> None:
    """The address was made when the article was: it wins over a later change, not over a declared publication."""
    found = read(f"<h1>{TITLES['ru']}</h1>", head=head, url="https://vestnik.example/2017/7/12/x.html")
    assert found.published is not None
    assert found.published.date().isoformat() == day


@pytest.mark.parametrize(
    "line,day",
    [
        ("الأحد، 04 آب/اغسطس 2013، آخر تحديث 02:21 (GMT+0400)", "2013-08-04"),
        ("٢٨ تشرين الثاني ٢٠١١", "2011-11-28"),
        ("5 كانون الأول/ديسمبر 2019", "2019-12-05"),
        ("الثلاثاء 3 مارس 2026", "2026-03-03"),
        ("12 korrik 2017", "2017-07-12"),
        ("03.01.2012 08:29 (Updated: 26.05.2012 05:26)", "2012-01-03"),
        ("Опубликовано: 04.03.2026, обновлено 06.03.2026", "2026-03-04"),
        ("AFP / Updated: Dec 22, 2023, 19:28 IST", "2023-12-22"),
        ("31 December 2025 11.59pm GMT-1", "2026-01-01"),
    ],
)
def test_months_in_two_tongues_and_updates(line: str, day: str) -> None:
    """The day of publication; "updated" is the last resort."""
    found = read(
        f"<div><h1>{TITLES['en']}</h1><div>{line}</div><p>{PROSE['en']}</p><p>{PROSE['en']}</p></div>",
        lang="en",
    )
    assert found.published is not None
    assert found.published.date().isoformat() == day


def test_numbers_that_may_be_a_day_or_a_month() -> None:
    """In English 03/04/2026 is dated only where something tells which number is the day."""
    body = f"<div><h1>{TITLES['en']}</h1><p>03/04/2026</p><p>{PROSE['en']}</p><p>{PROSE['en']}</p></div>"
    assert read(body, lang="en").published is None
    assert read(body, lang="en", timezone="Asia/Tbilisi").published == datetime(2026, 4, 3, tzinfo=UTC)
    assert read(body, lang="en", timezone="America/New_York").published == datetime(2026, 3, 4, tzinfo=UTC)
    assert read(body, lang="en", url="https://v.example/2026/03/04/x").published == datetime(
        2026, 3, 4, tzinfo=UTC
    )
    assert read(body.replace("/04/", "/14/"), lang="en").published == datetime(2026, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "line,timezone,warned",
    [
        ("04.03.2026 18:20", None, True),
        ("04.03.2026 18:20", "Asia/Yerevan", False),
        ("04.03.2026 18:20 +04:00", None, False),
        ("04.03.2026", None, False),
    ],
)
def test_a_local_time_of_nobody_knows_where_is_told(line: str, timezone: str | None, warned: bool) -> None:
    """A time that is read as UTC for want of a zone."""
    found = read(f"<div><h1>{TITLES['ru']}</h1><p>{line}</p><p>{PROSE['ru']}</p></div>", timezone=timezone)
    assert ("local_time_as_utc" in found.warnings) is warned


# ------------------------------------------------------------------------------------------ titles


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "body,document",
    [
        ("<h1><a href='/'>Vestnik</a></h1><div><h2>{0}</h2></div>", "{0} - News - VestnikConsulting"),
        ("<h1>News of the day</h1><h2>Menu</h2><div><h2>{0}</h2></div>", "{0} | Region | Vestnik"),
        ("<h1>Vestnik</h1><div><b>{0}</b></div>", "{0} : Region / Vestnik"),
        ("<div>...</div>", "{0}: Society: Region: Vestnik.ru"),
        ("<h1><span class='kicker'>Region</span>: {0}</h1>", "{0} | Vestnik"),
        ("<h1>{0} (04.03.2026 18:20)</h1>", "{0}"),
        ("<h1>{0} | Region News | Vestnik</h1>", "{0}"),
        ("<div><b>{0}</b></div>", "Vestnik » {0}"),
        ("<h2><a href='/1'>{0}</a></h2>", "Vestnik » Region » {0}"),
        ("<div><b>{0}</b></div>", "Vestnik.am Region: {0}"),
        ("<div>...</div>", "{0} ● Region ● Vestnik"),
        ("<h1><a href='/r'>Region</a> {0} <i>(12)</i></h1>", "{0} | Vestnik"),
    ],
    ids=[
        "logo",
        "section",
        "site-and-bold",
        "chain",
        "cut-kicker",
        "glued-date",
        "suffix-in-h1",
        "prefix",
        "prefixes",
        "colon-prefix",
        "other-signs",
        "parts-of-a-heading",
    ],
)
def test_a_headline_without_what_stands_around_it(body: str, document: str, lang: str) -> None:
    """No logo, section, site, kicker or date."""
    title = TITLES[lang]
    assert read(body.format(title), lang=lang, title=document.format(title)).title == title


def test_a_heading_is_spelt_as_metadata_spells_it() -> None:
    """Elements part words where no space is printed."""
    head = "<meta property='og:title' content='Road: closed until spring'>"
    assert (
        read("<h1><span>Road</span>: closed until spring</h1>", head=head).title
        == "Road: closed until spring"
    )


def test_the_heading_that_says_it_exactly_is_the_headline() -> None:
    """Not the one before it that says more."""
    head = f"<meta property='og:title' content='{TITLES['en']}'>"
    body = f"<h1>{TITLES['en']}. Who gains? Who loses?</h1><div><h1>{TITLES['en']}</h1></div>"
    assert read(body, lang="en", head=head, title="News").title == TITLES["en"]


# ------------------------------------------------------------------------------------------ authors

PEOPLE = {
    "en": ("By", "Ann Example"),
    "ru": ("Автор:", "Вельм Александр"),
    "hy": ("Հեղինակ՝", "Արամ Օրինակյան"),
    "ka": ("ავტორი:", "გიორგი ნიმუშაძე"),
    "az": ("Müəllif:", "Elçin Nümunəli"),
    "tr": ("Yazar:", "Ayşe Örnek"),
}

ROLES = {
    "en": ("correspondent", "Photo"),
    "ru": ("корреспондент", "Фото"),
    "hy": ("լրագրող", "Լուսանկարը"),
    "ka": ("ჟურნალისტი", "ფოტო"),
    "az": ("müxbir", "Foto"),
    "tr": ("muhabir", "Fotoğraf"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "template",
    [
        "<h1>{title}</h1><div class='authors'><span>{label} {name}</span></div>{prose}",
        "<article><h1>{title}</h1>{prose}<div class='authors'><span>{label} {name}</span></div></article>",
        "<h1>{title}</h1><div class='x'><div class='by'>{label}</div> <a href='/author/1'>{name}</a></div>{prose}",
        "<h1>{title}</h1><p>{label} {name} | 04.03.2026</p>{prose}",
        "<h1>{title}</h1><dl><dt>04.03.2026</dt><dd>Region</dd><dt>{label}</dt><dd>{name}</dd></dl>{prose}",
        "<h1>{title}</h1><p>Reuters, 04.03.2026</p><p>{label} {name}</p>{prose}",
        "<article><h1>{title}</h1>{prose}<footer>{label} <a href='/author/7'>{name}</a></footer></article>",
        "<article><h1>{title}</h1>{prose}<footer><p>{day} | {label} {name}</p></footer></article>",
        "<h1>{title}</h1><p>{day}, 11:30 {label} {name}</p>{prose}",
        "<h1>{title}</h1>{prose}<p class='author'>{name}</p>",
        "<h1>{title}</h1><p class='author'>{name}<br>{role}</p>{prose}",
        "<h1>{title}</h1><p>{name}, {role}</p>{prose}",
        "<h1>{title}</h1><p>{name} — {role}</p>{prose}",
        "<h1>{title}</h1><p>{role}: {name}</p>{prose}",
        "<h1>{title}</h1>{prose}<p>{name} ({role})</p>",
        "<h1>{title}</h1><p>{photo}: {other}</p><p>{label} {name}, {photo}: {other}</p>{prose}",
    ],
    ids=[
        "above",
        "below",
        "label-apart",
        "with-the-date",
        "terms",
        "beside-an-agency",
        "foot-of-the-article",
        "in-the-foot-behind-a-date",
        "behind-a-date",
        "called-so-below",
        "role-on-a-line-of-its-own",
        "role-behind-a-comma",
        "role-behind-a-dash",
        "role-as-the-label",
        "role-in-brackets-below",
        "beside-a-photographer",
    ],
)
def test_a_labelled_author(template: str, lang: str) -> None:
    """Above or below the text."""
    (label, name), (role, photo) = PEOPLE[lang], ROLES[lang]
    prose = f"<p>{PROSE[lang]} {PROSE[lang]}</p>" * 3
    known = {"title": TITLES[lang], "prose": prose, "day": DAYS[lang], "role": role, "photo": photo}
    body = template.format(label=label, name=name, other="Ben Other", **known)
    assert read(body, lang=lang).authors == (name,)


@pytest.mark.parametrize(
    "author",
    [
        "Даниил Вельм - идея, дизайн, контент - e-mail:post@vestnik.example, программирование - Alex Ross",
        "BDigital Web Solutions", "Vestnik Sp. z o.o", "ООО «Вестник»", "vestnik.example", "Gorni Vestnik", "admin", "editor1", "newsroom",
        "Приморский край, Приморье, Дальний Восток", "Photo: Ann Example", "Источник: Вестник", "January", "By", "Published",
    ],
)  # fmt: skip
def test_no_author_in_a_meta_element(author: str) -> None:
    """Outlets, studios, users, regions and credits sign nothing."""
    head = f'<meta name="author" content="{author}"><meta property="og:site_name" content="Gorni Vestnik">'
    assert read(f"<h1>{TITLES['ru']}</h1><p>{PROSE['ru']}</p>", head=head).authors == ()


@pytest.mark.parametrize(
    "byline,authors,agencies",
    [
        ("<span class='byline'>كايلا فيلم وأنجليكا روس</span>", ("كايلا فيلم", "أنجليكا روس"), ()),
        ("<div class='n'><div class='author-by'>Nga</div> <a href='https://g.example/author/g/'>Gazeta Ura</a></div>", ("Gazeta Ura",), ()),
        ("<p class='author'>SHAN ROSS Published 3 May 2026</p>", ("Shan Ross",), ()),
        ("<p class='author'>Reuters</p>", (), ("Reuters",)),
        ("<p class='author'>Ann Example, Reuters</p>", ("Ann Example",), ("Reuters",)),
        ("<p class='author'>AFP / Ann Example</p>", (), ("AFP",)),
        ("<div class='author'><div class='date'>04.03.2026 | Источник:</div><h3><a href='/author/'>Вестник.Ру</a></h3></div>", (), ()),
        ("<p class='author'>Фото: Анна Примерова</p>", (), ()),
        ("<p class='author'>Staff Writer</p>", (), ()),
        ("<p class='author'>Edited by Ann Example</p>", (), ()),
        ("<p class='author'>Редактор Анна Примерова</p>", (), ()),
        ("<p>Photograph by: Ann Example, vestnik.example</p>", (), ()),
        ("<p>Powered by Ann Example</p>", (), ()),
        ("<p class='byline'>By Ann Example, correspondent, and Ben Other</p>", ("Ann Example", "Ben Other"), ()),
        ("<div class='bylineComments'>By <span rel='author'>Ann Example</span> <a href='#c'>7 comments</a></div>", ("Ann Example",), ()),
        ("<p>Derek Abma And Robert Hiltz</p>", (), ()),
        ("<p class='author'>Translated by Ann Example</p>", (), ()),
        ("<p class='author'>Наш корреспондент</p>", (), ()),
        ("<p class='author'>Haber Merkezi</p>", (), ()),
        ("<p class='author'>ann@vestnik.example</p>", (), ()),
        ("<p>By STAFF</p>", (), ()),
        ("<p>Анна Примерова, мэр города</p>", (), ()),
        ("<p>Ann Example / AFP</p>", (), ()),
        ("<p>By Ann Example in Tbilisi and Ben Other in Yerevan | @ann_example</p>", ("Ann Example", "Ben Other"), ()),
        ("<p>Words: Ann Example Photos: Ben Other</p>", ("Ann Example",), ()),
        ("<p class='author'>By Dr. Ann Example, Tbilisi</p>", ("Dr. Ann Example",), ()),
        ("<p>Published 4 March 2026 by Ann Example</p>", ("Ann Example",), ()),
        ("<p>By</p><p>Ann Example</p><p>Published</p><p>4 March 2026</p>", ("Ann Example",), ()),
        ("<p>By Derek Abma And Robert Hiltz</p>", ("Derek Abma", "Robert Hiltz"), ()),
    ],
)  # fmt: skip
def test_what_a_printed_byline_says(byline: str, authors: tuple[str, ...], agencies: tuple[str, ...]) -> None:
    """People are authors, agencies are credits, the rest is neither."""
    found = read(
        f"<article><h1>{TITLES['ru']}</h1>{byline}<p>{PROSE['ru']}</p><p>{PROSE['ru']}</p></article>"
    )
    assert (found.authors, found.credits) == (authors, agencies)


@pytest.mark.parametrize("prefix", ["", "article:", "vr:", "DCSext.", "dcterms."])
def test_a_prefix_of_a_name_matters_nothing(prefix: str) -> None:
    """A label is judged by what stands behind it."""
    head = f'<meta name="{prefix}author" content="Ann Example"><meta name="{prefix}published_time" content="2026-03-04T10:00Z">'
    found = read(f"<h1>{TITLES['en']}</h1><p>{PROSE['en']}</p>", lang="en", head=head)
    assert (found.authors, found.published) == (("Ann Example",), datetime(2026, 3, 4, 10, tzinfo=UTC))


@pytest.mark.parametrize("box", ["header", "top-opinion", "x1"])
def test_a_columnist_who_is_quoted_above_signs_nothing(box: str) -> None:
    """A byline in a box that links to another text is of that text."""
    quote = f"<div id='{box}'><div><a href='/mnenie/1.html'>Мы к этому ещё не приучены...</a><div><a href='/avtor/v' class='author' rel='author'>Виталий Вельм</a></div></div></div>"
    body = f"<div>{quote}<div><div><h1>{TITLES['ru']}</h1><div><p>{PROSE['ru']}</p><p>{PROSE['ru']}</p></div></div></div></div>"
    assert read(body).authors == ()


def test_the_byline_of_a_teaser_below_signs_nothing() -> None:
    """A small box below the text that links to another article is of that article."""
    card = "<div class='card'><span class='author'>Виталий Вельм</span><h2><a href='/2'>Европа: будет ли снег?</a></h2></div>"
    body = f"<div><h1>{TITLES['ru']}</h1><p>{PROSE['ru']} {PROSE['ru']}</p>{card}</div>"
    assert read(body).authors == ()


# ------------------------------------------------------------------------------------------ pictures, tags, addresses


@pytest.mark.parametrize(
    "other",
    [
        "https://v.example/a-300x200.jpg", "https://i0.wp.com/v.example/a.jpg?resize=300%2C200&ssl=1", "https://v.example/a.jpg?w=640",
        "https://v.example/a-scaled.jpg", "https://www.v.example/a.jpg?width=100&height=50", "https://v.example/a@2x.jpg",
    ],
)  # fmt: skip
def test_one_picture_in_several_sizes(other: str) -> None:
    """Is one picture; another picture is another."""
    head = "".join(
        f'<meta property="og:image" content="{url}">'
        for url in ("https://v.example/a.jpg", other, "https://v.example/b.jpg?id=7")
    )
    assert [image.url for image in read("", head=head).images] == [
        "https://v.example/a.jpg",
        "https://v.example/b.jpg?id=7",
    ]


@pytest.mark.parametrize(
    "keywords,tags",
    [
        ("Дорога, над, ущельем, закрыта, до, середины, месяца", ()),
        ("Дорога, над, ущельем, закрыта, до, середины, месяца, горы", ("горы",)),
        ("дорога, горы, ремонт", ("дорога", "горы", "ремонт")),
        ("жители, и, не, о, том, знали", ()),
        (TITLES["ru"], ()),
    ],
)
def test_tags_are_topics(keywords: str, tags: tuple[str, ...]) -> None:
    """Not the title, word by word."""
    assert read(f"<h1>{TITLES['ru']}</h1>", head=f'<meta name="keywords" content="{keywords}">').tags == tags


def test_addresses_are_relative_to_the_base() -> None:
    """As a browser reads them."""
    head = '<base href="/ru/"><link rel="canonical" href="news/1.html"><meta property="og:image" content="i/a.jpg">'
    found = read("", head=head, url="https://v.example/news/2026/x.html")
    assert found.canonical == "https://v.example/ru/news/1.html"
    assert found.images[0].url == "https://v.example/ru/i/a.jpg"
