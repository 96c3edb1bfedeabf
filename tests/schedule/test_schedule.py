"""When to come back: back-off, outages, rhythm, depth, headers. Pure, by tables and by properties."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.codec import decode, encode, replace
from scraper.fetch import caching
from scraper.model import PublicationRate, Source, SourceState
from scraper.schedule import gaps, interval, publication_rate
from scraper.schedule.interval import PollEvidence
from scraper.settings import Settings

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
SOURCE = Source(
    id="valley", name="Valley News", homepage="http://valley.test/", country="am", languages=("hy",)
)
SETTINGS = Settings()
FRESH = SourceState(source="valley")


def advance(state=FRESH, evidence=None, *, now=NOW, chance=0.5, source=SOURCE, **more):
    evidence = evidence or PollEvidence(answered=1)
    return interval.advance(
        state, evidence, source=source, settings=SETTINGS, now=now, chance=lambda: chance, **more
    )


def watched(rate: float, *, hours: float = 240.0, depth: int = 30) -> SourceState:
    """An outlet of so many articles an hour, evenly, seen for some days."""
    state = FRESH
    for day in range(int(hours // 24)):
        at = NOW - timedelta(hours=hours) + timedelta(days=day + 1)
        count = int(rate * 24)
        times = tuple(at - timedelta(hours=24 * (i + 0.5) / count) for i in range(count))
        state = advance(
            state, PollEvidence(answered=1, published=times, oldest=at - 24 * HOUR, depth=depth), now=at
        )
    return state


# ------------------------------------------------------------------------------------------ failures


OUTAGES = {
    # name: (code, minutes since the last answer, minutes to wait)
    "the shortest interval": ("timeout", 10, 5),
    "a quarter of the time": ("timeout", 60, 15),
    "a server's own fault": ("http_503", 60, 15),
    "gone": ("http_410", 60, 45),
    "not found": ("http_404", 60, 30),
    "forbidden by robots.txt": ("robots_denied", 60, 45),
    "six hours at most": ("timeout", 60 * 24 * 40, 360),
}


@pytest.mark.parametrize("name", OUTAGES)
@pytest.mark.parametrize("chance", (0.0, 0.5, 0.999))
def test_the_longer_a_source_fails_the_rarer_it_is_tried(name, chance):
    """A share of the time since its last answer, give or take a tenth; a larger one where it will not pass by itself."""
    code, waited, minutes = OUTAGES[name]
    state = replace(watched(1), last_success=NOW - timedelta(minutes=waited))
    failed = advance(state, PollEvidence(codes=(code,)), chance=chance)
    assert failed.interval_seconds == 60 * minutes
    assert abs((failed.due - NOW).total_seconds() - 60 * minutes) <= 6 * minutes
    assert (failed.failures, failed.failing_since, failed.error) == (1, NOW, code)
    well = advance(failed)
    assert (well.failures, well.failing_since, well.error) == (0, None, None)


def test_a_source_that_never_answered_is_tried_at_the_shortest_interval_first():
    """A new source waits by the time of its first failure; in a day it comes down to every few hours."""
    state, now, waits = FRESH, NOW, []
    while now < NOW + timedelta(days=2):
        state = advance(state, PollEvidence(codes=("dns_failed",)), now=now)
        waits.append((state.due - now).total_seconds() / 3600)
        now = state.due
    assert waits[0] * 60 == 5
    assert waits == sorted(waits)
    assert len(waits) < 35
    assert waits[-1] == 6


@pytest.mark.parametrize(
    "waited, usual, minutes",
    [(None, None, 5), (10, 60, 5), (60, 120, 15), (600, 120, 120), (600, 5, 5)],
    ids=["never polled", "the shortest", "a quarter", "the usual interval at most", "a short one"],
)
def test_the_longer_nobody_answers_the_rarer_it_is_tried(waited, usual, minutes):
    """In our own outage a source waits as after a failure of its own, but no longer than usual."""
    last = NOW - timedelta(minutes=waited) if waited else None
    state = SourceState(source="valley", last_success=last, interval_seconds=usual and 60 * usual)
    due = interval.due_in_outage(state, floor_minutes=5, now=NOW)
    assert due - NOW == timedelta(minutes=minutes)


def test_one_feed_of_two_failing_is_no_failure():
    """An outlet that answers with one of its feeds is well, but the code of the other is kept."""
    state = advance(evidence=PollEvidence(codes=("http_404",), answered=1))
    assert (state.failures, state.error) == (0, "http_404")


def test_nothing_is_ever_switched_off():
    """After a year of failures the next try is still hours away, not never; the state says dead."""
    state, now = FRESH, NOW
    for _ in range(2000):
        state = advance(state, PollEvidence(codes=("http_410",)), now=now)
        assert now < state.due <= now + timedelta(hours=7.3)
        now = state.due
    assert interval.is_dead(state, now=now)
    assert not interval.is_dead(advance(state, now=now), now=now)


def test_dead_after_thirty_days():
    """30 days of failures, or one Gone."""
    failing = replace(FRESH, failing_since=NOW, error="timeout")
    assert not interval.is_dead(failing, now=NOW + timedelta(days=29))
    assert interval.is_dead(failing, now=NOW + timedelta(days=30))
    assert interval.is_dead(replace(failing, error="http_410"), now=NOW)


# ------------------------------------------------------------------------------------------ when all is well


@pytest.mark.parametrize(
    "rate, low, high", [(0.1, 280, 360), (1, 60, 90), (6, 17, 27), (12, 10, 16), (60, 5, 6)]
)
def test_busy_outlets_are_asked_more_often(rate, low, high):
    """Minutes between polls, by articles an hour: six times the articles, about three times the polls."""
    minutes = watched(rate, depth=100).interval_seconds / 60
    assert low <= minutes <= high


def test_floor_and_ceiling_hold():
    """Settings bound the interval, and an outlet's own bounds go before them."""
    assert watched(1000).interval_seconds >= 300
    assert watched(0.05).interval_seconds <= 360 * 60
    own = replace(SOURCE, poll_min_minutes=20.0, poll_max_minutes=30.0)
    assert 1200 <= advance(watched(1000), source=own).interval_seconds <= 1800
    assert 1200 <= advance(watched(0.05), source=own).interval_seconds <= 1800


def test_jitter_is_a_tenth():
    """So that outlets do not march in step; never more."""
    waits = [(advance(watched(2), chance=c).due - NOW).total_seconds() for c in (0.0, 0.5, 0.999)]
    assert waits[0] == pytest.approx(0.9 * waits[1])
    assert waits[2] == pytest.approx(1.1 * waits[1], rel=0.01)


def test_jitter_never_comes_before_the_shortest_interval():
    """A busy source and one that has just failed are asked after five minutes or a little more."""
    failing = replace(watched(60, depth=100), last_success=NOW)
    for evidence in (PollEvidence(answered=1, depth=100), PollEvidence(codes=("timeout",))):
        waits = [advance(failing, evidence, chance=c).due - NOW for c in (0.0, 0.5, 0.999)]
        assert waits[0] == timedelta(minutes=5)
        assert max(waits) <= timedelta(minutes=5.5)


def test_jitter_never_comes_before_a_cache_expires():
    """A server's cache that is ten minutes old at most is not asked after nine: it would give the same copy."""
    cached = PollEvidence(answered=1, asked_seconds=600.0, depth=100)
    for chance in (0.0, 0.5, 0.999):
        wait = (advance(watched(12), cached, chance=chance).due - NOW).total_seconds()
        assert 600 <= wait <= 1.1 * 60 * 16


def test_nights_are_long():
    """An outlet that prints from 6 to 18 o'clock is asked often by day and seldom by night, the morning not missed."""
    state = FRESH
    for day in range(14):
        midnight = (NOW - timedelta(days=14 - day)).replace(hour=0, minute=0) + timedelta(days=1)
        times = tuple(midnight - timedelta(hours=24 - h - m / 4) for h in range(6, 18) for m in range(4))
        state = advance(
            state,
            PollEvidence(answered=1, published=times, oldest=midnight - 24 * HOUR, depth=50),
            now=midnight,
        )

    def minutes(hour):
        at = NOW.replace(hour=hour, minute=0)
        still = replace(state, rhythm=replace(state.rhythm, until=at, burst=0.0, burst_expected=0.0))
        return (
            interval.interval_seconds(
                still, PollEvidence(answered=1, depth=50), source=SOURCE, settings=SETTINGS, now=at
            )
            / 60
        )

    assert minutes(21) > 3 * minutes(12)
    assert minutes(3) > minutes(5) > minutes(9)
    assert minutes(4) <= 4 * 60


def test_a_short_feed_is_asked_before_it_turns_over():
    """60 articles an hour in a feed of ten: within four minutes' worth of them, down to the floor."""
    state = watched(12, depth=5)
    assert state.interval_seconds <= 0.4 * 5 / 12 * 3600 + 60


def dated(*entries: str) -> list[tuple[str, datetime | None]]:
    """ "a9" is entry a, published at nine; "a" has no date."""
    return [(e[0], NOW.replace(hour=int(e[1:]), minute=0) if e[1:] else None) for e in entries]


GAPS = {
    "never read before": ("", dated("a"), 8, False),
    "an empty feed proves nothing": ("ab", [], 8, False),
    "shared": ("ab", dated("c", "b"), 8, False),
    "nothing shared": ("ab", dated("d", "c"), 8, True),
    "an edited story on top hides no hole": (
        "abcdefgh",
        dated("h9", *(f"{k}9" for k in "mnopqrstuvw")),
        8,
        True,
    ),
    "an edited story that has sunk hides no hole": (
        "abcdefgh",
        dated(*(f"{k}9" for k in "mnopqrstuvw"), "h9"),
        8,
        True,
    ),
    "half of the entries were seen, whatever their dates": ("abcd", dated("e9", "f9", "a9", "b9"), 8, False),
    "the oldest quarter is shared": ("abcdefgh", dated(*"mnopqrstu", "a", "b"), 8, False),
    "without dates, either end": ("abc", dated("c", "d", "e"), 8, False),
    "reaches back to the reading before": ("ab", dated("f9", "e9", "d8", "c7"), 8, False),
    "does not reach back": ("ab", dated("f9", "e9", "d9", "c9"), 8, True),
    "oldest first": ("abc", dated("c6", "d8", "e9", "f9"), 8, False),
    "oldest first, with a hole": ("abc", dated("d8", "e9", "f9", "g9"), 7, True),
    "dates that lag behind prove nothing": ("ab", dated("f5", "e5", "d4", "c3"), 8, True),
    "an uncovered old entry is no hole": ("abcd", dated("e9", "d7", "c6", "x3"), 8, False),
    "no time of the reading before": ("ab", dated("d9", "c3"), None, True),
}


@pytest.mark.parametrize("name", GAPS)
def test_what_is_a_gap(name):
    """Whether a feed still reaches back to what was seen of it."""
    before, after, since, gap = GAPS[name]
    at = None if since is None else NOW.replace(hour=since, minute=30)
    assert gaps.is_gap(before, after, at) is gap


def test_not_modified_is_doubted_when_news_is_overdue():
    """Four articles expected and none seen: ask without validators, at most once an hour."""

    def force(rate=4.0, *, new_hours=3.0, forced_hours=5.0):
        state = replace(watched(rate), last_new=NOW - new_hours * HOUR)
        forced = None if forced_hours is None else NOW - forced_hours * HOUR
        return interval.must_force(state, forced=forced, now=NOW)

    assert force()
    assert not force(forced_hours=0.5)
    assert not force(new_hours=0.5)
    assert not force(forced_hours=None)
    assert not force(0.1)


def test_overdue_news_is_judged_by_the_clock_of_the_outlet():
    """Six hours without an article are doubted where they were a morning, not where they were a night."""

    def force(zone):
        until = publication_rate.local_time(NOW - 6 * HOUR, zone)
        rate = PublicationRate(level=30.0, level_hours=20.0, until=until)
        state = decode(encode(replace(FRESH, last_new=until, rhythm=rate)), SourceState)
        return interval.must_force(state, forced=until, now=NOW)

    assert force("Asia/Tbilisi")  # 7:30 to 13:30
    assert not force("America/New_York")  # 22:30 to 4:30


def test_a_young_source_is_believed_to_keep_the_usual_day():
    """One evening of a feed is known: the night to come is thought quiet, by the source's own clock."""
    evening = NOW.replace(hour=18)
    times = tuple(evening - timedelta(minutes=10 * i) for i in range(20))
    evidence = PollEvidence(answered=1, published=times, oldest=times[-1], depth=100)

    def at_four(zone):
        state = advance(evidence=evidence, now=evening, source=replace(SOURCE, timezone=zone))
        night = publication_rate.local_time(evening.replace(hour=0) + timedelta(days=1, hours=0), zone)
        return publication_rate.rate_at(state.rhythm, night.replace(hour=4))

    busy = len(times) / 3.2
    assert at_four("Asia/Yerevan") < busy / 4
    assert at_four("Etc/GMT+12") > busy  # what was seen was its early morning: busy hours are to come


def test_what_the_outlet_asks_for():
    """ttl and Cache-Control are obeyed up to an hour, but not by an outlet that itself prints three articles in that time,
    nor where the feed would turn over; Retry-After up to a day."""
    state = watched(2, depth=200)
    asked = PollEvidence(answered=1, asked_seconds=1800.0, depth=200)
    assert advance(state, replace(asked, asked_seconds=3550.0)).interval_seconds == 3550
    assert advance(watched(20), asked).interval_seconds < 900
    assert advance(state, replace(asked, asked_seconds=86400.0)).interval_seconds <= 3600
    assert advance(state, replace(asked, asked_seconds=3600.0, depth=3)).interval_seconds < 2700
    for chance in (0.0, 0.999):
        waits = advance(state, replace(asked, retry_after=7200.0), chance=chance).due - NOW
        assert waits >= timedelta(hours=2)
    assert (
        advance(state, PollEvidence(codes=("http_429",), retry_after=1e9), chance=0.5).due <= NOW + 24 * HOUR
    )


def test_a_change_of_the_clocks_is_learned():
    """Summer time moves an outlet's hours: after a week the first morning hour is asked as often as the old one was."""
    state = FRESH
    for day in range(28):
        midnight = NOW.replace(hour=0, minute=0) - timedelta(days=27 - day)
        first = 6 if day < 21 else 5
        times = tuple(midnight - timedelta(hours=24 - first - m / 4) for m in range(48))
        state = advance(
            state,
            PollEvidence(answered=1, published=times, oldest=midnight - 24 * HOUR, depth=50),
            now=midnight,
        )
        if day == 20:
            before = publication_rate.rate_at(
                state.rhythm, midnight.replace(hour=6)
            ) / publication_rate.base_rate(state.rhythm)
    after = publication_rate.rate_at(state.rhythm, NOW.replace(hour=5)) / publication_rate.base_rate(
        state.rhythm
    )
    assert after > 0.5 * before
    assert after > 2 * publication_rate.rate_at(
        state.rhythm, NOW.replace(hour=2)
    ) / publication_rate.base_rate(state.rhythm)


def test_the_first_poll_learns_from_the_feed_itself():
    """The dates of the entries tell the rhythm at once."""
    for rate in (0.2, 2.0, 30.0):
        times = tuple(NOW - timedelta(hours=(i + 0.5) / rate) for i in range(20))
        state = advance(evidence=PollEvidence(answered=1, published=times, oldest=times[-1], depth=20))
        no_burst = replace(state.rhythm, until=None)
        expected = publication_rate.expected_articles(no_burst, times[-1], NOW)
        assert expected == pytest.approx(len(times), rel=0.35)


@given(
    st.lists(st.floats(min_value=0, max_value=1e6), max_size=30),
    st.floats(min_value=0, max_value=1e6),
    st.integers(min_value=0, max_value=10_000),
    st.one_of(st.none(), st.floats(min_value=0, max_value=1e12)),
    st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_the_next_poll_is_always_within_bounds(ages, oldest, depth, asked, chance):
    """Whatever a feed says of its dates: not sooner than the floor, not later than the ceiling, give or take jitter."""
    times = tuple(NOW - timedelta(seconds=age) for age in ages)
    evidence = PollEvidence(
        answered=1, published=times, oldest=NOW - timedelta(seconds=oldest), depth=depth, asked_seconds=asked
    )
    state = advance(evidence=evidence, chance=chance)
    assert 0.9 * 300 - 1 <= (state.due - NOW).total_seconds() <= 1.1 * 360 * 60 + 1
    assert advance(state, now=state.due).due > state.due
    assert decode(encode(state), SourceState) == state


@pytest.mark.parametrize(
    "jump", [timedelta(days=3650), timedelta(days=-3650), timedelta(hours=1), timedelta(hours=-1)]
)
def test_clocks_that_jump_do_no_harm(jump):
    """Time may go forward or back by years: no exception, and the next poll is hours away at most."""
    state = watched(5)
    later = NOW + jump
    after = advance(state, PollEvidence(answered=1, published=(NOW, later), oldest=NOW, depth=10), now=later)
    assert timedelta(0) < after.due - later <= timedelta(hours=6.7)


# ------------------------------------------------------------------------------------------ rhythm


def test_rhythm_finds_the_rate_of_a_random_outlet():
    """Two weeks of a Poisson process: the learned rate is near the true one at day and at night."""
    rng = random.Random(7)
    learned, at = PublicationRate(), NOW - timedelta(days=14)
    true = lambda t: 8.0 if 6 <= t.hour < 20 else 0.5  # noqa: E731
    while at < NOW:
        step = timedelta(minutes=20)
        times = [at + step * rng.random()] * sum(
            rng.random() < true(at) * step.total_seconds() / 3600 / 10 for _ in range(10)
        )
        learned = publication_rate.update_rate(learned, times, since=at, now=at + step)
        at += step
    quiet = replace(learned, burst=0.0, burst_expected=0.0)
    assert publication_rate.rate_at(quiet, NOW.replace(hour=12)) == pytest.approx(8, rel=0.35)
    assert publication_rate.rate_at(quiet, NOW.replace(hour=2)) < 1.5


def test_a_burst_is_felt_and_forgotten():
    """Three times as much as usual within an hour raises the rate now, and no longer tomorrow."""
    state = watched(4)
    burst = publication_rate.update_rate(
        state.rhythm, [NOW + timedelta(minutes=i) for i in range(0, 60, 2)], since=NOW, now=NOW + HOUR
    )
    assert publication_rate.rate_at(burst, NOW + HOUR) > 1.8 * publication_rate.rate_at(state.rhythm, NOW)
    assert publication_rate.burst_factor(burst, NOW + 24 * HOUR) == pytest.approx(1.0, abs=0.05)


def test_learning_backwards_in_time_changes_nothing():
    """A span that ends before it begins teaches nothing."""
    state = watched(4)
    assert publication_rate.update_rate(state.rhythm, [NOW], since=NOW, now=NOW - HOUR) == state.rhythm


# ------------------------------------------------------------------------------------------ headers


@pytest.mark.parametrize("value, seconds", [
    (None, None), ("", None), ("120", 120.0), (" 120 ", 120.0), ("0", 0.0), ("-5", None), ("1.5", None), ("abc", None),
    ("Wed, 04 Mar 2026 10:30:00 GMT", 3600.0), ("Wed, 04 Mar 2026 08:30:00 GMT", 0.0), ("Wed, 04 Mar 2036 10:30:00 GMT", 86400.0),
    ("Wednesday, 04-Mar-26 10:30:00 GMT", 3600.0), ("99999999999999999999", 86400.0), ("Wed, 99 Foo 2026", None),
    ("120, 240", None), ("²", None), ("Wed, 04 Mar 2026 10:30:00", 3600.0),
])  # fmt: skip
def test_retry_after(value, seconds):
    """Seconds or a date, from the past, garbage or ten years ahead: 0 to 24 hours, or nothing."""
    assert caching.retry_after_seconds(value, now=NOW) == seconds


@pytest.mark.parametrize("headers, seconds", [
    ({}, None), ({"cache-control": "max-age=600"}, 600.0), ({"cache-control": "public, Max-Age=600", "age": "100"}, 500.0),
    ({"cache-control": "max-age=600, s-maxage=60"}, 60.0), ({"cache-control": "no-cache, max-age=600"}, None),
    ({"cache-control": "no-store"}, None), ({"cache-control": "max-age=abc"}, None), ({"cache-control": 'max-age="30"'}, 30.0),
    ({"expires": "Wed, 04 Mar 2026 09:40:00 GMT"}, 600.0), ({"expires": "0"}, None), ({"expires": "-1"}, None),
    ({"expires": "Wed, 04 Mar 2020 09:40:00 GMT"}, 0.0), ({"cache-control": "max-age=60", "age": "999"}, 0.0),
])  # fmt: skip
def test_cache_headers(headers, seconds):
    """For how long a response calls itself fresh."""
    assert caching.cache_seconds(headers, now=NOW) == seconds
