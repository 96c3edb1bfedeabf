"""What is compared of a text over languages, and how a pair is scored."""

from __future__ import annotations

import pytest

from scraper.stories.concepts import concepts, lexicon
from scraper.stories.keys import names_as_printed, pack_keys, story_keys, telling_numbers, unpack_keys
from scraper.stories.score import SAME_STORY, pair_score

# One meeting as five outlets would print it.
TELLINGS = {
    "en": ("Aliyev receives Kobakhidze in Baku", "On Tuesday the president Ilham Aliyev met Irakli Kobakhidze. They spoke of 1,250 wagons."),
    "ru": ("Алиев принял Кобахидзе в Баку", "Во вторник президент Ильхам Алиев встретился с Ираклием Кобахидзе. Речь шла о 1 250 вагонах."),
    "hy": ("Ալիևը Բաքվում ընդունել է Կոբախիձեին", "Երեքշաբթի նախագահ Իլհամ Ալիևը հանդիպել է Իրակլի Կոբախիձեին։ Խոսքը 1250 վագոնի մասին էր։"),
    "ka": ("ალიევმა კობახიძე ბაქოში მიიღო", "სამშაბათს პრეზიდენტი ილჰამ ალიევი ირაკლი კობახიძეს შეხვდა. საუბარი 1 250 ვაგონს შეეხო."),
    "az": ("Əliyev Bakıda Kobaxidzeni qəbul edib", "Çərşənbə axşamı prezident İlham Əliyev İrakli Kobaxidze ilə görüşüb. Söhbət 1.250 vaqondan gedib."),
}  # fmt: skip


def keys(language):
    title, body = TELLINGS[language]
    return story_keys(title, [body], language)


@pytest.mark.parametrize("language", TELLINGS)
def test_a_telling_in_any_language_has_the_same_names_numbers_and_concepts(language):
    told = keys(language)
    assert {"ALV", "KBKC"} <= told.names
    assert told.numbers == {"1250"}
    assert {"president", "baku", "meeting"} <= told.concepts
    assert told.title_places == {"baku"}


@pytest.mark.parametrize("language", TELLINGS)
def test_keys_are_kept_as_a_short_line(language):
    line = pack_keys(keys(language))
    assert line.isascii()
    assert len(line) <= 636
    assert unpack_keys(line) == keys(language)


def test_the_keys_of_the_longest_text_are_a_short_line():
    text = [" ".join(f"Name{chr(97 + i % 26)}ov{chr(97 + i // 26 % 26)}rak {i * 7919}," for i in range(500))]
    assert len(pack_keys(story_keys("A title of 12,345", text, "en"))) <= 636


DAYS = [
    ("178-ci gün", "az", {"178"}),
    ("В Тбилиси проходит 178-й день протестов", "ru", {"178"}),
    ("պայքարի 178-րդ օրը", "hy", {"178"}),
    ("პროტესტის 178-ე დღე", "ka", {"178"}),
    ("Day 178: a march", "en", {"178"}),
    ("Protestonun 178. gününde", "tr", {"178"}),
    ("Noyabrın 12-nə məzənnə", "az", {"11.12"}),
    ("Погода на 13 ноября", "ru", {"11.13"}),
    ("Rain for 2 days, 12 gündəm", "en", set()),
]


@pytest.mark.parametrize("title, language, days", DAYS)
def test_the_days_of_a_title(title, language, days):
    assert story_keys(title, (), language).title_days == days


def test_what_a_title_names_contradicts_where_the_other_text_names_it_nowhere():
    """Not where a title says the country and the other one its capital, and the text both."""
    here = story_keys("A blast in Tbilisi, 12 hurt", ["Police of Georgia said so."], "en")
    there = story_keys(
        "Взрыв в Грузии, пострадали 14 человек", ["В Тбилиси пострадали 12, потом 14 человек."], "ru"
    )
    elsewhere = story_keys("Взрыв в Баку, пострадали 14 человек", ["Так сказала полиция."], "ru")
    assert pair_score(0.5, here, there).against == ()
    assert pair_score(0.5, here, elsewhere).against == ("places of the titles", "numbers of the titles")
    first, second = (
        story_keys(f"Погода на {day} ноября", ["Без осадков, до 7 градусов."], "ru") for day in (12, 13)
    )
    assert {"numbers of the titles", "days of the titles"} <= set(pair_score(0.9, first, second).against)


NUMBERS = [
    ("1,000 or 1 000 or 1.000", {"1000"}),
    ("5,5 and 5.5 %", {"5.5"}),
    ("day 178", {"178"}),
    ("in 2025, 3 of them", set()),
    ("25.10.2024", {"25", "10"}),
]


@pytest.mark.parametrize("text, wanted", NUMBERS)
def test_numbers(text, wanted):
    assert telling_numbers(text) == wanted


def test_every_concept_has_words_in_each_language():
    assert not {
        name
        for name, one in lexicon().items()
        if len(one.beginnings) != 6 or not all(map(str.strip, one.beginnings))
    }


def test_a_town_of_a_like_name_is_no_country():
    assert concepts("რუსთაველის გამზირი რუსთავში, თურქმენეთი", "ka").isdisjoint({"russia", "turkey"})
    assert concepts("Ռուսթավի, Թուրքմենստան", "hy").isdisjoint({"russia", "turkey"})
    assert {"russia", "turkey"} <= concepts("რუსული და თურქული, რუსეთი, თურქეთი", "ka")
    assert {"russia", "turkey"} <= concepts("ռուսական, թուրքերը", "hy")


def test_a_concept_of_two_words_needs_both():
    assert "prime-minister" in concepts("The prime ministers of both", "en")
    assert "prime-minister" not in concepts("Prime time for the minister", "en")
    assert concepts("The prime minister", "fr") == frozenset()


def test_one_event_scores_above_two_of_the_same_people():
    other = story_keys(
        "Алиев принял Кочаряна в Гяндже", ["В среду президент принял Роберта Кочаряна и 340 гостей."], "ru"
    )
    same = pair_score(0.4, keys("hy"), keys("ru"))
    assert same.score > 0.57 > pair_score(0.4, keys("hy"), other).score
    assert {"ALV", "KBKC"} <= set(same.names)
    assert pair_score(0.4, keys("hy"), other).against == ("places of the titles",)


def test_a_digest_and_a_repeated_title_are_no_story():
    digest = story_keys("Weekly roundup: Aliyev, Kobakhidze and others", ["Aliyev met Kobakhidze."], "en")
    assert pair_score(0.9, digest, keys("en")).score == 0
    assert pair_score(1.0, keys("en"), keys("en"), same_source=True).score == 0


def test_a_shared_name_is_shown_as_each_text_prints_it():
    assert names_as_printed(*TELLINGS["ka"], "ka")["KBKC"].startswith("კობახიძე")


@pytest.mark.parametrize(
    "first, second, form",
    [
        ("The world today 30.03.2025", "«The world today» 31.03.2025", True),
        ("Протест: день 178-й", "Протест: день 179-й", True),
        ("Three arrested in Gyumri", "Four arrested in Gyumri", False),
    ],
    ids=["bulletins", "days of a protest", "other words"],
)
def test_a_title_that_comes_again_with_another_number_is_a_form(first, second, form):
    """From one source; another one may well tell the same."""
    a, b = (story_keys(title, (), "ru") for title in (first, second))
    assert (pair_score(1.0, a, b, same_source=True).against == ("a form",)) is form
    assert pair_score(1.0, a, b).score > 0


@pytest.mark.parametrize("title, other, less", [
    ("Задержан мужчина", "Bir nəfər saxlanılıb", True),  # anywhere, by anyone
    ("В Гяндже задержан мужчина", "Gəncədə kişi saxlanılıb", False),
    ("Задержаны 14 человек", "14 nəfər saxlanılıb", False),
])  # fmt: skip
def test_a_pair_that_shares_nothing(title, other, less):
    """Two texts without a common name, number or second concept tell of one event only if they are nearly the same."""
    found = pair_score(0.65, story_keys(title, [], "ru"), story_keys(other, [], "az"))
    assert ("nothing shared" in found.against) is less
    assert not less or found.score < SAME_STORY
