"""Printed dates: every form that outlets and feeds were seen to print, and what must never be guessed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from scraper.text import date_names
from scraper.text.dates import parse_date
from tests.support.growth import assert_linear

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BAKU = "Asia/Baku"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# What the outlets of the region print; +04:00 holds where no zone is named.
LOCAL = {
    "21 ივლისი 2026, 00:23": "2026-07-20 20:23",
    "21 ივლისს, 2026 წელს 00:23": "2026-07-20 20:23",
    "2026 წლის 21 ივლისი": "2026-07-20 20:00",
    "1 საათის": "2026-11-20 11:00",
    "00:23, 21.07.2026": "2026-07-20 20:23",
    "21.07.2026 / 00:23": "2026-07-20 20:23",
    "21/07/2026 - 10:12": "2026-07-21 06:12",
    "19:44 • 21.07.26": "2026-07-21 15:44",
    "Հուլիս 21, 2026 14:05": "2026-07-21 10:05",
    "Հուլիսի 21, 2026 14:05": "2026-07-21 10:05",
    "2026 թ. հուլիսի 21-ին, 14:05": "2026-07-21 10:05",
    "21 Յուլիս, 2026": "2026-07-20 20:00",
    "30 հուլիսի, 17:30": "2026-07-30 13:30",
    "21.02.2026 [19:22]": "2026-02-21 15:22",
    "21 fevral 2026 17:44": "2026-02-21 13:44",
    "21 fevral, 2026": "2026-02-20 20:00",
    "15 noyabr, 2025 / 19:44": "2025-11-15 15:44",
    "21 İYUL 2026": "2026-07-20 20:00",
    "2026-cı il 21 iyul": "2026-07-20 20:00",
    "Bu gün / 12:18": "2026-11-20 08:18",
    "Dünən / 22:30": "2026-11-19 18:30",
    "09.11.2025 | 10:59": "2025-11-09 06:59",
    "15 Noyabr 10:31 (UTC+04)": "2026-11-15 06:31",
    "21 July 2025 14:01 (UTC+04:00)": "2025-07-21 10:01",
    "14:05 - 21.07.2026": "2026-07-21 10:05",
    "21 июля 2026, 14:05": "2026-07-21 10:05",
    "21 июля 2026 г. в 14:05": "2026-07-21 10:05",
    "Вт, 21 июл. 2026 14:05 (мск)": "2026-07-21 11:05",
    "21.07.2026г. 14.05": "2026-07-21 10:05",
    "14:05": "2026-11-20 10:05",
    "18:05": "2026-11-19 14:05",  # still to come today, so it was yesterday
    "November 25, 2020 11:43": "2020-11-25 07:43",
    "March 1st, 2026": "2026-02-28 20:00",
    "November 16th, 2024": "2024-11-15 20:00",
    "21 Temmuz 2026 Salı, 14:05": "2026-07-21 10:05",
    "5 SUBAT 2026": "2026-02-04 20:00",
    "Ağustos 5, 2026 - 14:05 TRT": "2026-08-05 11:05",
    "Published: July 21, 2026 at 14:05 by Jane May": "2026-07-21 10:05",
    "21.07, 14:05": "2026-07-21 10:05",
    "21 декабря, 10:00": "2025-12-21 06:00",  # no year: the nearest past
    "21 ноября, 10:00": "2026-11-21 06:00",  # tomorrow is near enough
    "29 февраля": "2024-02-28 20:00",
}

RELATIVE = {
    "today 12:18": "2026-11-20 08:18", "сегодня в 12:18": "2026-11-20 08:18", "დღეს, 12:18": "2026-11-20 08:18",
    "այսօր 12:18": "2026-11-20 08:18", "bugün 12:18": "2026-11-20 08:18", "bu gün, 12:18": "2026-11-20 08:18",
    "yesterday": "2026-11-18 20:00", "вчера": "2026-11-18 20:00", "გუშინ": "2026-11-18 20:00",
    "երեկ": "2026-11-18 20:00", "dünən": "2026-11-18 20:00", "dün": "2026-11-18 20:00",
    "1 hour ago": "2026-11-20 11:00", "час назад": "2026-11-20 11:00", "1 საათის წინ": "2026-11-20 11:00",
    "1 ժամ առաջ": "2026-11-20 11:00", "1 saat əvvəl": "2026-11-20 11:00", "1 saat önce": "2026-11-20 11:00",
    "5 minutes ago": "2026-11-20 11:55", "5 минут назад": "2026-11-20 11:55", "5 წუთის წინ": "2026-11-20 11:55",
    "5 րոպե առաջ": "2026-11-20 11:55", "5 dəqiqə əvvəl": "2026-11-20 11:55", "5 dakika önce": "2026-11-20 11:55",
    "2 days ago": "2026-11-18 12:00", "2 дня назад": "2026-11-18 12:00", "2 დღის წინ": "2026-11-18 12:00",
    "2 օր առաջ": "2026-11-18 12:00", "2 gün əvvəl": "2026-11-18 12:00", "2 gün önce": "2026-11-18 12:00",
    "an hour ago": "2026-11-20 11:00", "2 hours and 5 minutes ago": "2026-11-20 09:55", "5h ago": "2026-11-20 07:00",
    "позавчера 10:00": "2026-11-18 06:00", "только что": "2026-11-20 12:00", "just now": "2026-11-20 12:00",
}  # fmt: skip

# What feeds print, with no zone known: UTC.
FEEDS = {
    "Tue, 21 Jul 2026 14:05:00 +0400": "2026-07-21 10:05",
    "Tue, 21 Jul 2026 14:05:00 GMT": "2026-07-21 14:05",
    "Tue, 21 Jul 2026 24:00:00 +0400": "2026-07-21 20:00",
    "Tue, 21 Jul 2026 14-05-00 +0400": "2026-07-21 10:05",
    "Tue, 21 Jul 26 14:05 +0400": "2026-07-21 10:05",
    "21 Jul 2026 14:05:00 AZT": "2026-07-21 10:05",
    "Tue, 21 Jul 2026 14:05:00 AMT": "2026-07-21 10:05",
    "Tue, 21 Jul 2026 14:05:00 GET": "2026-07-21 10:05",
    "Wed, 02 Oct 2002 15:00:00 PST": "2002-10-02 23:00",
    "Wed, 02 Oct 2002 15:00:00 EDT": "2002-10-02 19:00",
    "Wed, 02 Oct 2002 15:00:00 XYZ": "2002-10-02 15:00",
    "Mon, 26 Jun 2006 12:00 AM": "2006-06-26 00:00",
    "Mon, 26 Jun 2006 12:00 PM": "2006-06-26 12:00",
    "Jan. 2, 2006, 3:04 a.m.": "2006-01-02 03:04",
    "January 2, 2006 - 3:04pm": "2006-01-02 15:04",
    "1/2/2006 3:04 PM MST": "2006-01-02 22:04",
    "Mon, 01/02/2006 - 15:04": "2006-01-02 15:04",
    "Mon, 02/01/2006": "2006-01-02 00:00",
    "Mon, 01 02 2006 15:04:05 -0700": "2006-01-02 22:04:05",
    "02/21/2026": "2026-02-21 00:00",
    "03/04/2026": "2026-04-03 00:00",
    "2008-12-26 00:00:00.0 -0500": "2008-12-26 05:00",
    "2008-12-26 00:00:00.0 15:04:05.0 -0700": "2008-12-26 22:04:05",
    "Mon, 02 Jan 2006 15 -0700": "2006-01-02 22:00",
    "Mon, 02 Jan 2006 15:04:05 --0700": "2006-01-02 22:04:05",
    "Mon, 02 Jan 2006 15:04:05 -700": "2006-01-02 22:04:05",
    "Mon, 02 Jan 2006 15:04:05 -07": "2006-01-02 22:04:05",
    "Mon, 02 Jan 2006 15:04:05 MST-07:00": "2006-01-02 22:04:05",
    "Mon, 02 Jan 2006 15:04:05 -0700 GMT": "2006-01-02 22:04:05",
    "Mon, 02 Jan 2006 15:04:05GMT": "2006-01-02 15:04:05",
    "Mon , 02 Jan 2006 15:4:5 UT": "2006-01-02 15:04:05",
    "02 Monday, Jan 2006 15:04": "2006-01-02 15:04",
    "Mon Jan  2 15:04:05 2006": "2006-01-02 15:04:05",
    "Mon Jan 2 15:04:05 MST 2006": "2006-01-02 22:04:05",
    "Mon Jan 02 2006 15:04:05 GMT+0400 (Georgia Standard Time)": "2006-01-02 11:04:05",
    "Monday, 02-Jan-06 15:04:05 MST": "2006-01-02 22:04:05",
    "Mon, 2th Jan 2006 15:05:05 MST": "2006-01-02 22:05:05",
    "2006-01-02T15:04:05:-0700": "2006-01-02 22:04:05",
    "2006-01-02T15:04:05-07:00:00": "2006-01-02 22:04:05",
    "2006-01-02T15:04:05-07:00Z": "2006-01-02 22:04:05",
    "2006-1-2T15:04:05Z": "2006-01-02 15:04:05",
    "2006-01-02 at 15:04:05": "2006-01-02 15:04:05",
    "Thu, 25 Feb 2016 00:00:00 Europe/Brussels": "2016-02-24 23:00",
    "Fri, 31 Mar 2023 20:19:00 America/Los_Angeles": "2023-04-01 03:19",
    "2026-07-21T14:05:00Z": "2026-07-21 14:05",
    "2026-07-21T14:05:00.123456789+04:00": "2026-07-21 10:05:00.123456",
    "20260721T140500Z": "2026-07-21 14:05",
    "20260721": "2026-07-21 00:00",
    "20260721140500": "2026-07-21 14:05",
    "2026-202": "2026-07-21 00:00",
    "2026-07": "2026-07-01 00:00",
    "2026": "2026-01-01 00:00",
    "July 2026": "2026-07-01 00:00",
    "2026-07-21T24:00:00Z": "2026-07-22 00:00",
    "2026-12-31T23:59:60Z": "2027-01-01 00:00",
    "1784635500": "2026-07-21 12:05",
    "1784635500123": "2026-07-21 12:05:00.123",
    "mer, 9 avr 2014 00:00:00 +0200": "2014-04-08 22:00",
    "mar. 8 avr. 2014": "2014-04-08 00:00",
    "Do, 29 Mär 2018 00:00:00 +0200": "2018-03-28 22:00",
    "lun, 9 jui 2014": "2014-06-09 00:00",  # the weekday says that it is June
    "21 de julio de 2026": "2026-07-21 00:00",
    "21 listopada 2026": "2026-11-21 00:00",
    "2004-július-13T9:15-05:00": "2004-07-13 14:15",
    "Κυρ, 11 Ιούλ 2004 12:00:00 EST": "2004-07-11 17:00",
    "2004년 05월 28일  01:31:15": "2004-05-28 01:31:15",
    "2004-05-25 오후 11:23:17": "2004-05-25 23:23:17",
    "٢١.٠٧.٢٠٢٦": "2026-07-21 00:00",
}

NEVER = [
    "", " ", "yesterday's news", "Baku", "21 Foobar 2026", "Foo 21, 2026", "21-Foo-2026", "30 Feb 2026", "2026-02-30", "29.02.2025",
    "31 июня 2026", "32.01.2026", "0000-00-00", "00.00.0000", "2026-13-01", "25:00", "21.07.2026 25:00", "21.07.2026 10:61",
    "2026-01-01T25:00:00Z", "2026-01-01T10:00:00+99:99", "2026-01-01T10:00:00+23:00", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "-1",
    "1767", "99999999999999999999", "9999-12-31T23:59:59Z", "9 jui 2014", "+0400", "12345", "1.2.3.4", "x" * 5000,
    "2 " * 200,
]  # fmt: skip


@pytest.mark.parametrize("text", LOCAL)
def test_what_outlets_print(text):
    """Every date form that an outlet was seen to print is read, in the outlet's zone."""
    assert parse_date(text, timezone=BAKU, now=NOW) == utc(LOCAL[text])
    assert parse_date(f" \n{text}\u00a0", timezone="+04:00", now=NOW) == utc(LOCAL[text])


@pytest.mark.parametrize("text", RELATIVE)
def test_relative_dates(text):
    """Words that count from now are read in all six languages, and are nothing without a now."""
    assert parse_date(text, timezone=BAKU, now=NOW) == utc(RELATIVE[text])
    assert parse_date(text, timezone=BAKU) is None


@pytest.mark.parametrize("text", FEEDS)
def test_what_feeds_print(text):
    """Every odd form of feed dates is read; without a zone it is UTC."""
    assert parse_date(text) == utc(FEEDS[text])


@pytest.mark.parametrize("text", NEVER)
def test_never_a_guess(text):
    """Unknown names, impossible dates and what is no date at all are None."""
    assert parse_date(text) is None
    assert parse_date(text, now=NOW) is None


def test_explicit_zone_beats_the_outlets():
    """A zone in the text wins over the outlet's."""
    assert parse_date("2026-07-21 14:05 +0300", timezone=BAKU) == utc("2026-07-21 11:05")
    assert parse_date("2026-07-21 14:05", timezone=BAKU) == utc("2026-07-21 10:05")
    assert parse_date("2026-07-21 14:05", timezone="No/Where") == utc("2026-07-21 14:05")


def test_window():
    """With a now, nothing later than 48 hours ahead; nothing before 1995."""
    assert parse_date("2026-11-22T11:00:00Z", now=NOW) == utc("2026-11-22 11:00")
    assert parse_date("2026-11-22T13:00:00Z", now=NOW) is None
    assert parse_date("1994-12-31", now=NOW) is None
    assert parse_date("2099-01-01") == utc("2099-01-01")


@pytest.mark.parametrize(
    "order",
    [
        "{d} {m} {y}, 14:05",
        "{m} {d}, {y} 14:05",
        "14:05, {d} {m} {y}",
        "{y} {m} {d} 14:05",
        "{d}-{m}-{y} 14:05",
    ],
)
def test_every_month_name_in_every_order(order):
    """Each form of each month is read in each order, in any letter case that the script has."""
    for name, month in date_names.MONTHS.items():
        for written in {name, name.title(), name.upper()}:
            if (
                date_names.date_key(written) not in date_names.MONTHS
            ):  # Mtavruli and dotless i do not always come back
                continue
            expected = datetime(2026, month, 21, 14, 5, tzinfo=UTC)
            assert parse_date(order.format(d=21, m=written, y=2026)) == expected, written
            assert parse_date(order.format(d=21, m=written + "xq", y=2026)) is None, written


def test_round_trip_of_exact_forms():
    """What RFC 822 and ISO 8601 writers write is read back to the second."""
    rng = random.Random(7)
    for _ in range(300):
        when = datetime(1996, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(30 * 365 * 86400))
        for form in (
            "%a, %d %b %Y %H:%M:%S GMT",
            "%Y-%m-%dT%H:%M:%SZ",
            "%d.%m.%Y %H:%M:%S",
            "%d %B %Y %H:%M:%S UTC",
            "%b %d, %Y %I:%M:%S %p",
            "%s",
        ):
            text = str(int(when.timestamp())) if form == "%s" else when.strftime(form)
            assert parse_date(text) == when, text


def test_hostile_strings_are_harmless():
    """Garbage made of date parts raises nothing and gives aware UTC or None."""
    rng = random.Random(20261120)
    parts = [
        *LOCAL,
        *FEEDS,
        *NEVER[:30],
        "\x01",
        "²",
        "T",
        "z",
        "+",
        "-",
        ":",
        "年",
        "²:²²",
        "\u0307",
        "(" * 40,
        "1:" * 60,
        "a/" * 60,
    ]
    for i in range(4000):
        text = "".join(
            rng.choice(parts)[rng.randrange(4) :][: rng.randrange(1, 30)] for _ in range(rng.randrange(1, 9))
        )
        found = parse_date(text, now=NOW if i % 2 else None, timezone=rng.choice((None, BAKU, "+04:00")))
        assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("part", ["(", "1:", "a/", "1 ", "²:²²", "12:30 ", "21 July 2026, "])
def test_hostile_strings_are_cheap(part):
    """A part of a date again and again costs no more than its length."""
    assert_linear(lambda text: parse_date(text, now=NOW), lambda count: part * count, 16_000)


def test_a_year_missing_on_29_february():
    """The last leap year is meant."""
    assert parse_date("29 February", now=NOW) == utc("2024-02-29")
