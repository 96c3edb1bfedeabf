"""The same article, a new revision, a near-duplicate: three questions with their own answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scraper.codec import replace
from scraper.dedupe import dates_named, minhash, proper_names, similarity
from scraper.dedupe import decide as dedupe
from scraper.dedupe.decide import StoredArticle, decide, origin
from scraper.dedupe.fingerprint import fingerprint, is_volatile
from scraper.dedupe.near_duplicate import PairContext, differ_only_in_numbers, is_copy, role_of
from scraper.text.normalize import folded_words
from storage import records
from tests.support.stories import NOW, found, reworded, story

URL = "https://herald.example/news/12345-a-bridge-opens"
BODY = story(1)


def known(key: str, *, title="A title", body=BODY, url=URL, hours=0.0, older=(), **more) -> StoredArticle:
    """A stored article that shares ``key`` with an arrival."""
    draft = records.compose(found(url, body, title=title, fetched=NOW - timedelta(hours=hours), **more))
    digest = fingerprint(draft.title, draft.body).hash
    latest = dedupe.Record(
        **{**{f: getattr(draft, f) for f in draft.__struct_fields__}, "hash": digest, "revision": 1}
    )
    return StoredArticle(number=1, key=key, latest=latest, hashes=(*older, digest))


def decision(arrival, *matches):
    draft = records.compose(arrival)
    return decide(draft, fingerprint(draft.title, draft.body), matches)


U = "u:herald.example/news/12345-a-bridge-opens"
N = "n:herald.example/news/12345"
G = "g:herald:guid-7"


class TestIdentity:
    def test_unknown_keys(self):
        """An arrival that nothing recognises is new."""
        assert decision(found(URL, BODY)).verdict == "new"

    def test_known_address(self):
        """A known address is the article, whatever it says now."""
        result = decision(found(URL, story(2), title="Quite another"), known(U))
        assert (result.verdict, result.known is not None) == ("revised", True)

    @pytest.mark.parametrize("key", [N, G])
    def test_weak_key_with_the_same_text(self, key):
        """A number or a guid recognises an article whose text agrees: the slug was edited."""
        arrival = found(
            "https://herald.example/news/12345-the-bridge-is-open", reworded(BODY, 0.1), title="Edited"
        )
        assert decision(arrival, known(key)).verdict == "revised"

    @pytest.mark.parametrize("key", [N, G])
    def test_weak_key_with_another_text(self, key):
        """A reused number or guid does not merge two stories."""
        arrival = found(
            "https://herald.example/news/12345-elections-today", story(3), title="Elections today"
        )
        result = decision(arrival, known(key))
        assert result.verdict == "new"
        assert key in result.why

    def test_canonical_link_of_all_pages(self):
        """A template that prints one canonical link on every page does not merge them."""
        arrival = found("https://herald.example/sports/other", story(4), title="Football", canonical=URL)
        result = decision(arrival, known(U))
        assert (result.verdict, result.own_address) == ("new", True)

    def test_canonical_link_of_a_copy_page(self):
        """A page under another address that claims an article and has its text is that article."""
        arrival = found("https://herald.example/print/778", BODY, canonical=URL)
        assert decision(arrival, known(U)).verdict == "unchanged"

    def test_address_known_to_the_article(self):
        """A page whose own address led to the article before is the article even after a rewrite."""
        arrival = found("http://www.herald.example/news/12345-a-bridge-opens/", story(5), canonical=URL)
        assert decision(arrival, known(U)).verdict == "revised"


COSMETIC = {
    "white space": [p.replace(" ", "  ") for p in BODY],
    "paragraph breaks": [" ".join(BODY)],
    "case": [p.upper() for p in BODY],
    "soft hyphens": [p.replace("idge", "i\u00addge") for p in BODY],
    "quotation marks": [p.replace(".", " «».") for p in BODY],
    "a view counter": [*BODY, "1204 views"],
    "relative time": ["5 minutes ago", *BODY],
    "a Russian counter": [*BODY, "Просмотров: 1 204"],
    "an Armenian counter": [*BODY, "Դիտում՝ 1204"],
    "an Azerbaijani counter": [*BODY, "Baxış: 1204"],
    "a Georgian counter": [*BODY, "ნახვა: 1204"],
    "a clock": [*BODY, "12:18"],
}


class TestRevisions:
    @pytest.mark.parametrize("body", COSMETIC.values(), ids=COSMETIC)
    def test_cosmetic_changes(self, body):
        """What is not the story is no revision of it."""
        assert decision(found(URL, body), known(U)).verdict == "unchanged"

    @pytest.mark.parametrize(
        "title, body, part",
        [
            ("Another title", BODY, "title"),
            ("A title", [*BODY, "The mayor has resigned."], "text"),
            ("A title", [BODY[0].replace(BODY[0].split()[3], "seven"), *BODY[1:]], "text"),
        ],
    )
    def test_real_changes(self, title, body, part):
        """A changed title or text is a revision, and the reason names the part."""
        result = decision(found(URL, body, title=title), known(U))
        assert result.verdict == "revised"
        assert part in result.why

    def test_a_number_in_a_sentence_is_news(self):
        """The toll in a story is not a counter."""
        before, after = (
            ["At least 5 people were hurt on the road."],
            ["At least 7 people were hurt on the road."],
        )
        assert decision(found(URL, after), known(U, body=before)).verdict == "revised"

    def test_two_versions_that_take_turns(self):
        """A server that alternates between two copies does not make a revision a poll."""
        first = fingerprint("A title", story(9)).hash
        assert decision(found(URL, story(9)), known(U, older=(first,), hours=1)).verdict == "unchanged"

    def test_a_text_restored_later(self):
        """An edit taken back after a day is a revision."""
        first = fingerprint("A title", story(9)).hash
        assert decision(found(URL, story(9)), known(U, older=(first,), hours=24)).verdict == "revised"

    def test_an_old_revision_again(self):
        """Importing an old line again stores nothing."""
        first = fingerprint("A title", story(9)).hash
        arrival = found(URL, story(9), fetched=NOW - timedelta(days=2))
        assert decision(arrival, known(U, older=(first, "x"))).verdict == "unchanged"

    def test_a_failed_extraction_erases_nothing(self):
        """No text this time is not a revision."""
        assert decision(found(URL, []), known(U)).verdict == "unchanged"

    def test_the_feeds_text_does_not_replace_the_pages(self):
        """When the page cannot be had, the feed's shorter text is no revision; the reverse is."""
        assert decision(found(URL, BODY[:1], method="feed"), known(U)).verdict == "unchanged"
        assert decision(found(URL, BODY), known(U, body=BODY[:1], method="feed")).verdict == "revised"


def test_volatile_lines():
    """Only short lines made of numbers and counter words are volatile."""
    assert is_volatile(folded_words("Comments: 12"))
    assert not is_volatile(folded_words("Comments on the treaty"))
    assert not is_volatile(folded_words("In 2024 the council met 12 times"))


LANGUAGES = {
    "Azerbaijani dots": ("İSTANBUL VƏ BAKI", "istanbul və bakı"),
    "Armenian ligature": ("Երեւան եւ Գյումրի", "Երևան և Գյումրի"),
    "Armenian ligature in capitals": ("ԵՐԵՎԱՆ ԵՎ ԳՅՈՒՄՐԻ", "Երևան և Գյումրի"),
    "Armenian spellings": ("Եվրոպայում", "Եւրոպայում"),
    "Georgian capitals": ("ᲗᲑᲘᲚᲘᲡᲘ", "თბილისი"),
    "soft hyphen": ("Тби\u00adлиси", "Тбилиси"),
    "Latin letters in a Russian word": ("Мocквa", "Москва"),
    "Cyrillic letters in an English word": ("Reutеrs", "Reuters"),
    "a hyphen between alphabets": ("IT-компания", "IT-компания"),
    "quotes": ("«Тбилиси»", '"Тбилиси"'),
}


@pytest.mark.parametrize("a, b", LANGUAGES.values(), ids=LANGUAGES)
def test_spellings_of_one_text(a, b):
    """Spellings that a reader does not tell apart are one text."""
    assert fingerprint(a, [a]).hash == fingerprint(b, [b]).hash


ELSEWHERE = PairContext(same_source=False, apart=timedelta(hours=5))
LATER = PairContext(same_source=True, apart=timedelta(days=1))


def copied(a, b, kin=ELSEWHERE):
    return is_copy(similarity.similarity_of(fingerprint("", a).body, fingerprint("", b).body), kin)


class TestCopies:
    @pytest.mark.parametrize(
        "other",
        [
            BODY,
            reworded(BODY, 0.05),
            reworded(BODY, 0.15),
            BODY[:3],
            BODY[2:5],
            [*story(8, 1), *BODY],
            [*BODY, *story(8, 2)],
        ],
        ids=["equal", "5 %", "15 %", "first half", "middle half", "prepended", "appended"],
    )
    def test_copies(self, other):
        """Edited, cut and extended copies are copies."""
        assert copied(BODY, other)

    @pytest.mark.parametrize(
        "other",
        [story(7), [*BODY[:2], *story(7, 4)], [*story(7, 3), *BODY[4:], *story(6, 1)], BODY[:1], []],
        ids=["other story", "a third at the start", "a third within", "a quotation", "nothing"],
    )
    def test_others(self, other):
        """Other stories are none, though they borrow a third of their sentences."""
        assert not copied(BODY, other)

    def test_serial_reports(self):
        """A report of the same form with the numbers of another day is no copy, wherever it is printed."""
        form = (
            "On November {} the dollar cost {} drams, the euro {}, the rouble {}, gold {} and silver {}. {}"
        )
        monday, tuesday = (
            [form.format(*numbers, " ".join(BODY[0].split()[:40]))]
            for numbers in ((9, 387.1, 405.4, 4.17, 15321, 178), (10, 388.6, 406.2, 4.21, 15400, 181))
        )
        assert copied(monday, monday)
        assert not copied(monday, tuesday)
        assert not copied(monday, tuesday, LATER)

    def test_the_same_outlet_the_next_day(self):
        """An outlet that prints half the same words the next day continues a series; the same words are a copy."""
        assert copied(BODY, BODY, LATER)
        assert copied(BODY, reworded(BODY, 0.05), LATER)
        assert not copied(BODY, reworded(BODY, 0.25), LATER)
        assert copied(BODY, reworded(BODY, 0.25), ELSEWHERE)

    @pytest.mark.parametrize("days", [1, 11, 200, 400])
    def test_a_long_text_at_another_outlet(self, days):
        """However much later it is printed, an edited long text is a copy, and a story of its own is none."""
        kin = PairContext(same_source=False, apart=timedelta(days=days))
        assert copied(BODY, reworded(BODY, 0.15), kin)
        assert copied(BODY, reworded(BODY, 0.25), kin)
        assert not copied(BODY, [*BODY[:2], *story(7, 4)], kin)

    def test_a_short_text_at_another_outlet(self):
        """A note is printed while it is news; much later only its very words are a copy."""
        note = [" ".join(" ".join(BODY).split()[:80])]
        later = PairContext(same_source=False, apart=timedelta(days=30))
        assert copied(note, note, later)
        assert copied(note, reworded(note, 0.1), ELSEWHERE)
        assert not copied(note, reworded(note, 0.1), later)

    def test_symmetry(self):
        """Which of the two came first does not matter."""
        a, b = fingerprint("", BODY).body, fingerprint("", reworded(BODY[:4], 0.2)).body
        there, back = similarity.similarity_of(a, b), similarity.similarity_of(b, a)
        assert (there.similarity, there.a_in_b, there.b_in_a) == (back.similarity, back.b_in_a, back.a_in_b)

    def test_equal_texts(self):
        """A text compared with itself is all there: its words, its numbers, its opening, whatever it is made of."""
        for text in (BODY, ["On 3 May 2026 12 of 40 houses burnt, and 12 more on 4 May."], ["2026 began."]):
            words = fingerprint("", text).body
            alike = similarity.similarity_of(words, tuple(iter(words)))
            nearly = similarity.similarity_of(words, (*words, "more"))
            assert (alike.similarity, alike.own, alike.opening) == (1.0, 0.0, 1.0)
            assert (alike.numbers, alike.numbers_kept) == (nearly.numbers, nearly.numbers_kept)
            assert (alike.pairs, nearly.similarity) == (nearly.pairs, 1.0)


def test_sketches():
    """Copies share most values, strangers none, short texts have none."""
    a, b, c = (set(fingerprint("", t).sketch) for t in (BODY, reworded(BODY, 0.05), story(7)))
    assert len(a) == minhash.VALUES
    assert len(a & b) >= 8
    assert len(a & c) < minhash.MIN_SHARED
    assert fingerprint("", ["Too short to be told from others."]).sketch == ()


def test_origin():
    """The earliest is who published first; a bare date is the end of its day; nothing is published after it was seen."""
    day = NOW.replace(hour=0)
    assert origin(None, None, NOW) == NOW
    assert origin(NOW - timedelta(hours=3), "23 November, 03:00", NOW) == NOW - timedelta(hours=3)
    assert origin(NOW + timedelta(hours=3), "23 November, 09:00", NOW) == NOW
    assert origin(day, "23 November 2026", NOW) == NOW
    assert origin(day - timedelta(days=2), "2026-11-21", NOW) == day - timedelta(days=1)
    assert origin(day - timedelta(days=2), "21.11.2026", NOW) == day - timedelta(days=1)


def test_roles():
    """What a member is to its cluster's head."""
    assert role_of(1.0, 1.0) == "reprint"
    assert role_of(0.7, 0.7) == "reprint"
    assert role_of(1.0, 0.5) == "excerpt"
    assert role_of(0.5, 1.0) == "update"
    assert role_of(0.33, 0.73) == "update"
    assert role_of(0.73, 0.33) == "excerpt"


DAYS_NAMED = {
    "en": ("On 3 November, and again on November 5, at 10.30", [(11, 3), (11, 5)]),
    "hy": ("Նոյեմբերի 13-ին, ժամը 12.55-ին", [(11, 13)]),
    "ka": ("გუშინ, 9 ნოემბერს, 14 საათზე", [(11, 9)]),
    "az": ("Noyabrın 3-də və 4 noyabrda", [(11, 3), (11, 4)]),
    "ru": ("Утром 3-го ноября, 17 градусов", [(11, 3)]),
    "tr": ("24 Kasım sabahı", [(11, 24)]),
    "numbers": ("Yerevan, 24.11.2026, 19:45", [(11, 24)]),
    "a year is no day": ("in November 2026", []),
    "no date": ("at least 5 people in 12 houses", []),
}


@pytest.mark.parametrize("text, named", DAYS_NAMED.values(), ids=DAYS_NAMED)
def test_days_that_a_text_names(text, named):
    """Days are read in every language, in either order, with endings between."""
    assert sorted(set(dates_named.named_days(folded_words(text)))) == named


def test_of_other_days():
    """Only what begins with a day that the other nowhere names is of another day; who names none may be of any."""
    monday, tuesday = folded_words("On 9 November it rained."), folded_words("On 10 November it rained.")
    later = folded_words("On 10 November it stopped. On 9 November it had rained.")
    assert dates_named.of_other_days(monday, tuesday)
    assert not dates_named.of_other_days(monday, later)
    assert not dates_named.of_other_days(monday, folded_words("Today it rained."))


def test_numbers_are_counted_one_by_one():
    """A number counts once for each time it stands there, after the same word, and at the beginning before the next."""
    like = similarity.similarity_of(
        folded_words("5 years ago on May 3 or May 3"), folded_words("6 years ago on May 3 or May 4")
    )
    assert (like.numbers, like.numbers_kept, like.words_kept) == (3, 1, 1.0)


FIGURES = {
    "the same": ("dollar 381,20 and euro 441,85", "dollar 381,20 and euro 441,85", 4, 4),
    "a part of a number": ("dollar 381,20", "dollar 381,25", 2, 0),
    "one unit": ("1 dollar for 381", "1 dollar for 382", 1, 0),
    "thousands": ("grain 3,200 and 12 000 trains", "grain 3200 and 12.000 trains", 2, 2),
    "thousand": ("and 12,000 crowns", "and 12 thousand crowns", 1, 1),
    "in words": ("hired 40 men", "hired forty men", 0, 0),
    "a year is no thousand": ("in 2026, 400 men", "in 2026, 401 men", 2, 0),
}


@pytest.mark.parametrize("a, b, numbers, kept", FIGURES.values(), ids=FIGURES)
def test_numbers_however_written(a, b, numbers, kept):
    """A number is compared whole, with what stands before it, however it is written; one in words says nothing."""
    like = similarity.similarity_of(
        folded_words(f"there were {a} in all"), folded_words(f"there were {b} in all")
    )
    assert (like.numbers, like.numbers_kept) == (numbers, kept)


NAMES = {
    "en": (
        "The mayor of Marrow Ford met Anna Finch on Monday.",
        {"marrow", "ford", "anna", "finch", "monday"},
    ),
    "ru": ("Мэр встретил Анну Финч. Он сказал: «Мы ждали».", {"анну", "финч"}),
    "hy": ("Քաղաքապետը հանդիպել է Աննա Ֆինչին։ Նա գոհ էր։", {"աննա", "ֆինչին"}),
    "az": ("Şəhər başçısı İradə Əliyə ilə görüşüb.", {"iradə", "əliyə"}),
    "quoted": (
        "The ship “Aurora” left Karrow - Vellin and (Norland) too.",
        {"aurora", "karrow", "vellin", "norland"},
    ),
    "first in a sentence": ("Мэр принял Эдмунда Ларка. Ларк остался доволен.", {"эдмунда", "ларка", "ларк"}),
    "a dialogue": ("– Nobody knows, he said.", set()),
    "capitals": ("THE BRIDGE IS OPEN IN MARROW FORD", set()),
    "months and agencies": ("It opened in November, as Reuters and Armenpress report.", set()),
    "Georgian": ("მერი ანა ფინჩს შეხვდა.", set()),
}


@pytest.mark.parametrize("text, found", NAMES.values(), ids=NAMES)
def test_names(text, found):
    """Words with a capital where no sentence begins are names; months and agencies are none."""
    assert proper_names.proper_names([text]) == found


EXCHANGED = {
    "none": ("anna finch", "", 0),
    "one": ("anna", "olga", 1),
    "left out": ("anna finch", "olga", 1),
    "spelt otherwise": ("hovakimyan", "ovakimian", 0),
    "declined": ("макроном", "макрона", 0),
    "two": ("anna finch", "edmund lark", 2),
}


@pytest.mark.parametrize("mine, theirs, count", EXCHANGED.values(), ids=EXCHANGED)
def test_names_exchanged(mine, theirs, count):
    """A name stands for another unless it is the same in other letters."""
    assert proper_names.exchanged(set(mine.split()), set(theirs.split())) == count
    assert proper_names.exchanged(set(theirs.split()), set(mine.split())) == count


def test_titles_of_a_series():
    """Titles that differ by numbers only are of a series; equal ones and others are not."""
    assert differ_only_in_numbers(("rates", "on", "3", "may"), ("rates", "on", "4", "may"))
    assert not differ_only_in_numbers(("rates", "on", "3", "may"), ("rates", "on", "3", "may"))
    assert not differ_only_in_numbers(("rates", "on", "3", "may"), ("rates", "on", "4", "june"))


def test_a_text_of_an_older_version_of_ours():
    """A hash that an older version noted, of the same text folded otherwise, is no revision."""
    before = known(U)
    before = replace(before, latest=replace(before.latest, hash="0" * 32), hashes=("0" * 32,))
    assert decision(found(URL, BODY), before).verdict == "unchanged"
