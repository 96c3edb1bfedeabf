"""Hard cases of telling copies, in six languages: series, updates, excerpts, reprints, shared backgrounds, translations."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import combinations

import pytest

from storage import open_store
from tests.support.hard_copies import (
    BACKGROUND,
    BULLETINS,
    CREDIT,
    DAYS,
    FLASHES,
    FORMS,
    LEADS,
    REPORT,
    STORY,
    WRITTEN_OTHERWISE,
)
from tests.support.stories import NOW, found, poll

LANGUAGES = tuple(STORY)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "data") as opened:
        yield opened


def printed(store, *texts, hours=1.0, titles=()):
    """Each text as another article, so many hours after the one before; gives them as they stand in the end.

    A text is (outlet, paragraphs).
    """
    urls = []
    for i, (outlet, body) in enumerate(texts):
        at = NOW + timedelta(hours=hours * i)
        urls.append(f"https://{outlet}.example/articles/{'abcdefgh'[i]}")
        title = titles[i] if titles else f"Title {'abcdefgh'[i]}"
        article = found(urls[-1], list(body), source=outlet, title=title, fetched=at, published=at)
        store.commit(poll(article, source=outlet, now=at), now=at)
    return [store.get(url) for url in urls]


def roles(records):
    return [record.role for record in records]


@pytest.mark.parametrize("bulletin", BULLETINS.values(), ids=BULLETINS)
@pytest.mark.parametrize("outlets", [("a", "a"), ("a", "b")], ids=["one outlet", "two outlets"])
def test_bulletins_of_two_days(store, bulletin, outlets):
    """A daily report with the numbers of another day is a story of its own, whoever prints it."""
    bodies = [[bulletin.format(*numbers)] for numbers in DAYS]
    assert roles(printed(store, *zip(outlets, bodies, strict=True), hours=24)) == [None, None]


@pytest.mark.parametrize("bulletin", BULLETINS.values(), ids=BULLETINS)
def test_bulletins_of_one_day(store, bulletin):
    """The same report at another outlet is a reprint."""
    body = [bulletin.format(*DAYS[0])]
    assert roles(printed(store, ("a", body), ("b", body))) == ["original", "reprint"]


@pytest.mark.parametrize("form, one, other", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("outlets", [("a", "a"), ("a", "b")], ids=["one outlet", "two outlets"])
def test_form_letters(store, form, one, other, outlets):
    """Telephone calls and congratulations of one form are stories of their own when other names stand in them."""
    bodies = [[form.format(*names)] for names in (one, other)]
    assert roles(printed(store, *zip(outlets, bodies, strict=True))) == [None, None]


@pytest.mark.parametrize("form, one, _", FORMS.values(), ids=FORMS)
def test_one_form_letter_at_two_outlets(store, form, one, _):
    """The same letter is a reprint, also with a byline of each outlet's own, and with another agency's credit."""
    letter = form.format(*one)
    texts = (
        ("a", ["By Anna Finch, Herald", letter, "Photo: Karl Maria Norris"]),
        ("b", ["Photo: Petra Quill", letter, "Story by Lena Orr"]),
    )
    assert roles(printed(store, *texts)) == ["original", "reprint"]


@pytest.mark.parametrize("flash, other", FLASHES.values(), ids=FLASHES)
def test_flashes(store, flash, other):
    """One sentence to the word at another outlet within hours is a reprint; with one figure or name exchanged it is not."""
    records = printed(store, ("a", [flash]), ("b", [flash]), ("c", [other]))
    assert roles(records) == ["original", "reprint", None]


@pytest.mark.parametrize(
    "outlets, hours", [(("a", "a"), 1), (("a", "b"), 20)], ids=["one outlet", "the next day"]
)
def test_placeholders(store, outlets, hours):
    """One sentence again at the same outlet, or the next day, may be what stands there in place of a story."""
    texts = [(outlet, [FLASHES["ru"][0]]) for outlet in outlets]
    assert roles(printed(store, *texts, hours=hours, titles=("Bridge", "Flood"))) == [None, None]


def test_a_flash_with_a_credit(store):
    """A line of credit, and an agency's name for another's, make no other flash."""
    flash = FLASHES["en"][0]
    texts = (
        ("a", [flash.replace("hurt,", "hurt, TASS reports,")]),
        ("b", [flash.replace("hurt,", "hurt, Reuters reports,")]),
        ("c", [flash.replace("hurt,", "hurt, TASS reports,"), "As the Herald writes."]),
    )
    assert roles(printed(store, *texts)) == ["original", "reprint", "reprint"]


@pytest.mark.parametrize("exchanged", WRITTEN_OTHERWISE.values(), ids=WRITTEN_OTHERWISE)
def test_numbers_and_names_written_otherwise(store, exchanged):
    """Another way to write a number or a name is no other number or name, and one correction is no other story."""
    other = "\n".join(REPORT)
    for before, after in exchanged:
        assert before in other
        other = other.replace(before, after)
    assert roles(printed(store, ("a", REPORT), ("b", other.split("\n")))) == ["original", "reprint"]


def test_a_figure_corrected_in_the_title(store):
    """A long text that comes again on the same day with one figure mended, title and all, is the same story."""
    body = [*REPORT, "Of 250 wagons 14 came late, and 3 not at all.", *STORY["en"]]
    texts = (("a", body), ("a", [body[0].replace("3,200", "3,300"), *body[1:]]))
    titles = ("Vellin handled 3,200 tonnes of grain", "Vellin handled 3,300 tonnes of grain")
    assert roles(printed(store, *texts, titles=titles)) == ["original", "reprint"]


def test_a_story_that_goes_on(store):
    """At the same outlet the first words, some of the rest told anew, and more than before: an update."""
    first = [*STORY["ru"][:2], "Информации о пострадавших на данный момент нет."]
    then = [*STORY["ru"][:2], "По уточнённым данным, двое рабочих получили ожоги.", *STORY["ru"][3:]]
    assert roles(printed(store, ("a", first), ("a", then))) == ["original", "update"]


WEEKDAYS = {
    "en": "Tomorrow, on {}, no rain is expected in the valley, and the wind of the west will blow on the passes.",
    "ru": "Завтра, в {}, в долине ожидается погода без осадков, на перевалах подует западный ветер, ночью похолодает.",
    "hy": "Վաղը՝ {}, հովտում սպասվում է առանց տեղումների եղանակ, լեռնանցքներում կփչի արևմտյան քամի, գիշերը կցրտի։",
    "ka": "ხვალ, {}, ხეობაში უნალექო ამინდია მოსალოდნელი, უღელტეხილებზე დასავლეთის ქარი დაუბერავს, ღამით აცივდება და მოყინავს.",
    "tr": "Yarın, {} günü, vadide yağış beklenmiyor, geçitlerde batı rüzgârı esecek, gece hava soğuyacak ve yollar buzlanacak.",
}
OF_THE_WEEK = {
    "en": ("Monday", "Tuesday"),
    "ru": ("понедельник", "четверг"),
    "hy": ("երկուշաբթի", "երեքշաբթի"),
    "ka": ("ორშაბათს", "სამშაბათს"),
    "tr": ("pazartesi", "perşembe"),
}


@pytest.mark.parametrize("language", WEEKDAYS)
def test_forecasts_of_two_weekdays(store, language):
    """A forecast that names its weekday is none of another weekday."""
    bodies = [[WEEKDAYS[language].format(day)] for day in OF_THE_WEEK[language]]
    assert roles(printed(store, ("a", bodies[0]), ("b", bodies[1]), ("c", bodies[0]))) == [
        "original",
        None,
        "reprint",
    ]


def test_greetings_of_two_years(store):
    """A short letter with the same words a year later is of that year; a long text is a reprint."""
    letter, long = [FORMS["en"][0].format(*FORMS["en"][1])], [*STORY["en"], *REPORT]
    short = [" ".join(letter[0].split()[:45])]
    assert roles(printed(store, ("a", short), ("a", short), hours=24 * 365)) == [None, None]
    assert roles(printed(store, ("b", long), ("b", long), hours=24 * 365)) == ["original", "reprint"]


def test_three_outlets_print_a_series_for_a_week(store):
    """Seven days of one bulletin at three outlets are seven clusters of three."""
    numbers = [[str(day), *(str(base + 3 * day) for base in (380, 400, 12, 40))] for day in range(9, 16)]
    for day, row in enumerate(numbers):
        at = NOW + timedelta(days=day)
        for outlet in "abc":
            body = [BULLETINS["ru rates"].format(*row)]
            article = found(f"https://{outlet}.example/day/x{day}", body, source=outlet, fetched=at)
            store.commit(poll(article, source=outlet, now=at), now=at)
    assert [len(one.members) for one in store.clusters()] == [3] * 7


def test_a_programme_with_one_text_every_day(store):
    """Titles that differ by a date only: each day's programme is its own, though the blurb below never changes."""
    titles = ("Evening news 23.11.2026", "Evening news 24.11.2026")
    records = printed(store, ("a", STORY["en"][:3]), ("a", STORY["en"][:3]), hours=24, titles=titles)
    assert roles(records) == [None, None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flash_and_the_full_story(store, language):
    """The first sentences, then the whole at the same outlet: an update of what stands alone."""
    story = STORY[language]
    assert roles(printed(store, ("a", story[:2]), ("a", story))) == ["original", "update"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", [slice(0, 3), slice(2, 5), slice(3, 6)], ids=["first", "middle", "last"])
def test_an_agency_story_cut(store, language, part):
    """Half of a story at another outlet is an excerpt, whichever half."""
    story = STORY[language]
    assert roles(printed(store, ("agency", story), ("b", story[part]))) == ["original", "excerpt"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reprint_with_an_intro_and_a_credit(store, language):
    """A line of the outlet's own and the agency's name make no other story; the credit is told."""
    story = STORY[language]
    records = printed(store, ("agency", story), ("b", [CREDIT[language], *story]))
    assert roles(records) == ["original", "reprint"]
    assert records[1].duplicate_of == records[0].id
    assert (len(records[0].credits), len(records[1].credits)) == (0, 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outlets", [("a", "a"), ("a", "b")], ids=["one outlet", "two outlets"])
def test_another_headline(store, language, outlets):
    """The same text under another headline is a copy."""
    texts = zip(outlets, (STORY[language], STORY[language]), strict=True)
    records = printed(store, *texts, titles=("Bridge opens", "Two thousand walk across the river"))
    assert roles(records) == ["original", "reprint"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("recalled", [1, 2, 4])
def test_stories_with_one_background(store, language, recalled):
    """What an outlet recalls below two different stories of a day does not make them one."""
    texts = [("a", [lead, *BACKGROUND[language][:recalled]]) for lead in LEADS[language]]
    assert roles(printed(store, *texts)) == [None, None]


def test_one_background_at_two_outlets(store):
    """A short story that ends in what a long one of another outlet recalls is not cut from it."""
    short = [
        LEADS["en"][1],
        "The owner of a stall said that the heater had been left on overnight.",
        *STORY["en"][4:],
    ]
    assert roles(printed(store, ("a", [LEADS["en"][0], *REPORT, *STORY["en"][4:]]), ("b", short))) == [
        None,
        None,
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_stories_with_one_quotation(store, language):
    """Two outlets that quote the same words in stories of their own have not copied each other."""
    lead, other = LEADS[language]
    quote = STORY[language][2]
    texts = (("a", [lead, quote]), ("b", [quote, other]))
    assert roles(printed(store, *texts)) == [None, None]


def test_translations(store):
    """One story told in six languages is six articles: words are compared, not meanings."""
    texts = [(f"outlet-{language}", body) for language, body in STORY.items()]
    assert roles(printed(store, *texts)) == [None] * len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_corrected_text(store, language):
    """The outlet mends a sentence at the same address: a revision, no duplicate."""
    url, story = "https://a.example/articles/one", STORY[language]
    for hour, body in enumerate((story, [*story[:5], LEADS[language][0]])):
        at = NOW + timedelta(hours=hour)
        store.commit(poll(found(url, body, source="a", fetched=at), source="a", now=at), now=at)
    record = store.get(url)
    assert (record.revision, record.role, store.stats().articles) == (2, None, 1)


SPELLINGS = {
    "az, capitals": ("az", str.upper),
    "tr, capitals": ("tr", lambda text: text.replace("i", "İ").upper()),
    "az, Cyrillic ә": ("az", lambda text: text.replace("ə", "ә").replace("Ə", "Ә")),
    "az, no dot": ("az", lambda text: text.replace("i", "ı")),
    "ka, Mtavruli": ("ka", str.upper),
    "hy, ligature": ("hy", lambda text: text.replace("և", "եւ")),
    "hy, quotes": ("hy", lambda text: text.replace("«", '"').replace("»", '"')),
    "ka, quotes": ("ka", lambda text: text.replace("„", "«").replace("“", "»")),
    "en, soft hyphens": ("en", lambda text: text.replace("idge", "i\u00addge")),
    "en, straight quotes": ("en", lambda text: text.replace("“", '"').replace("”", '"')),
    "ru, without the dots": ("ru", lambda text: text.replace("ё", "е")),
    "ru, with the dots": ("ru", lambda text: text.replace("ее", "её").replace("ем", "ём")),
    "ru, Latin look-alikes": (
        "ru",
        lambda text: re.sub(r"(?<=\w)[оа]", lambda m: {"о": "o", "а": "a"}[m[0]], text),
    ),
    "en, Cyrillic look-alikes": ("en", lambda text: text.replace("bridge", "bridgе").replace("town", "tоwn")),
    "decomposed": ("az", lambda text: text.replace("ö", "o\u0308").replace("ü", "u\u0308")),
}


@pytest.mark.parametrize("language, respelt", SPELLINGS.values(), ids=SPELLINGS)
def test_one_text_spelt_otherwise(store, language, respelt):
    """What a reader would not notice makes no other text: similarity 1, and no revision at the same address."""
    body = [CREDIT[language], *STORY[language]]
    first, copy = printed(store, ("a", body), ("b", [respelt(paragraph) for paragraph in body]))
    assert (copy.duplicate_of, copy.similarity) == (first.id, 1.0)
    at = NOW + timedelta(hours=3)
    again = found(
        first.url, [respelt(paragraph) for paragraph in body], source="a", title=first.title, fetched=at
    )
    assert store.commit(poll(again, source="a", now=at), now=at).unchanged == 1


def test_all_of_it_in_one_store(store):
    """Nothing of all these hangs together by chance: every language has its own clusters."""
    texts = [
        (f"{language}-{outlet}", body)
        for language, story in STORY.items()
        for outlet, body in (("a", story), ("b", story[:3]))
    ]
    urls = []
    for n, (outlet, body) in enumerate(texts):
        urls.append(f"https://{outlet}.example/x{n}")
        store.commit(poll(found(urls[-1], body, source=outlet), source=outlet), now=NOW)
    clusters = [store.get(url).cluster for url in urls]
    assert len(set(clusters)) == len(LANGUAGES)
    assert all(a == b for a, b in zip(clusters[::2], clusters[1::2], strict=True))
    assert all(a != b for a, b in combinations(clusters[::2], 2))
