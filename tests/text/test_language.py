"""The language of a text: six languages right on five words, the neighbours told apart."""

from __future__ import annotations

import csv
import json

import pytest

from scraper.text.language import detect_language
from tests.support.growth import growth
from tests.support.shared import shared

TITLES = [
    ("hy", "Գյուղում նոր կամուրջ է բացվել"),
    ("hy", "ԿԱՌԱՎԱՐՈՒԹՅՈՒՆԸ ՔՆՆԱՐԿԵԼ Է ԲՅՈՒՋԵՆ"),
    ("hy", "Apple-ը նոր գրասենյակ կբացի Երևանում"),
    ("ka", "სოფელში ახალი ხიდი გაიხსნა გუშინ"),
    ("ka", "ᲛᲗᲐᲕᲠᲝᲑᲐᲛ ᲑᲘᲣᲯᲔᲢᲘ ᲒᲐᲜᲘᲮᲘᲚᲐ"),
    ("ru", "В селе открыли новый мост"),
    ("ru", "Президент прибыл на саммит"),
    ("ru", "Парламент принял закон"),
    ("ru", "Путин и Алиев"),
    ("ru", "МОСКВА ГОТОВИТ НОВЫЙ ЗАКОН"),
    ("az", "Kənddə yeni körpü açılıb bu gün"),
    ("az", "Bakıda güclü külək əsəcək sabah"),
    ("az", "PREZİDENT YENİ QANUNU İMZALAYIB"),
    ("az", "Bakıda metro qatarı dayandı: sakinlər narahatdır"),
    ("az", "Sabah yağış yağacaq, külək olacaq"),
    ("tr", "Köyde yeni köprü bugün açıldı"),
    ("tr", "İSTANBUL'DA METRO SEFERLERİ DURDU"),
    ("tr", "Ankara'da okullar yarın tatil edildi"),
    ("en", "New bridge opens in village"),
    ("en", "Armenia, Georgia sign transit deal"),
    ("en", "BREAKING: PARLIAMENT PASSES BUDGET BILL"),
    ("uk", "У селі відкрили новий міст їхали гості"),
    ("be", "У вёсцы адкрылі новы мост, прыехаў міністр"),
    ("bg", "В селото беше открит нов мост вчера, съобщи кметът"),
    ("os", "Хъӕуы байгом кодтой ног хид"),
    ("ab", "Ақыҭаҿы ацҳаҿыц аартуп, иҳәеит аҵарадырра ахада"),
    ("kk", "Ауылда жаңа көпір ашылды деп хабарлады қала әкімдігі"),
    ("de", "Im Dorf wurde gestern eine neue Brücke eröffnet"),
    ("fr", "Un nouveau pont a été inauguré hier dans le village"),
    ("es", "Ayer se inauguró un nuevo puente en el pueblo"),
    ("it", "Ieri è stato inaugurato un nuovo ponte nel paese"),
    ("pt", "Uma nova ponte foi inaugurada ontem na aldeia"),
    ("pl", "Wczoraj we wsi otwarto nowy most przez rzekę"),
    ("sv", "En ny bro invigdes i byn i går kväll"),
    ("lt", "Vakar kaime atidarytas naujas tiltas per upę"),
    ("fa", "پل جدیدی دیروز در روستا افتتاح شد گفت"),
    ("ar", "تم افتتاح جسر جديد في القرية أمس"),
    ("he", "גשר חדש נחנך אתמול בכפר"),
    ("el", "Νέα γέφυρα εγκαινιάστηκε χθες στο χωριό"),
    ("zh", "昨天村里一座新桥通车"),
    ("ja", "昨日、村に新しい橋が開通しました"),
]


@pytest.mark.parametrize(
    "language,title", TITLES, ids=[f"{language}-{title[:20]}" for language, title in TITLES]
)
def test_titles(language: str, title: str) -> None:
    """A headline is enough."""
    code, confidence = detect_language(title)
    assert code == language
    assert 0 < confidence <= 1


@pytest.mark.parametrize("text", ["", "   ", "2026-11-23 14:05", "123,45 % — …", "!?", "\u00a0\u200b"])
def test_nothing_to_judge_by(text: str) -> None:
    """Without letters there is no language, whatever is expected."""
    assert detect_language(text, prior=("hy",)) == (None, 0.0)


@pytest.mark.parametrize(
    "text,prior,expected",
    [
        ("Gol", ("az",), "az"),
        ("Парламент принял закон", ("bg",), "ru"),  # the letters and words are Russian all the same
        ("Stortinget vedtok loven i går kveld etter lang debatt", ("nb",), "nb"),
        ("Stortinget vedtok loven i går kveld etter lang debatt", (), "no"),
        ("New bridge opens in village", ("hy", "ru"), "en"),
        ("სოფელში ახალი ხიდი გაიხსნა", ("en-US",), "ka"),
    ],
)
def test_what_the_outlet_declares_weighs_in(text: str, prior: tuple[str, ...], expected: str) -> None:
    """A prior helps where a text is short, and does not overrule a clear one."""
    assert detect_language(text, prior=prior)[0] == expected


def test_the_script_with_most_letters_wins() -> None:
    """Names and quotations in another alphabet do not change the language."""
    assert (
        detect_language(
            "Ընկերությունը Microsoft Corporation-ի հետ պայմանագիր է ստորագրել, հայտնել է մամուլի խոսնակը"
        )[0]
        == "hy"
    )
    assert detect_language("«Вести» сообщили: NATO и EU обсудили вопрос в Тбилиси, თბილისი")[0] == "ru"


def test_a_long_text_costs_no_more_than_a_short_one() -> None:
    """A sample is judged: what stands outside it, megabytes or not, changes nothing."""
    text = "The committee said on Monday that the bridge would be repaired. "
    assert detect_language(text * 32_000) == detect_language(text * 1_000)
    assert growth(detect_language, text * 500, text * 32_000) < 32


def rows(name: str, column: str) -> list[str]:
    with shared(f"corpus/dumps/{name}").open(encoding="utf-8", errors="replace", newline="") as file:
        return [row[column].strip() for row in csv.DictReader(file) if row.get(column)]


def feed_titles(name: str) -> list[str]:
    lines = shared(f"corpus/dumps/{name}").read_text(encoding="utf-8").strip().split("\n")
    return [json.loads(line)["title"] for line in lines]


@pytest.mark.parametrize(
    "language,least,titles",
    [
        ("hy", 0.998, lambda: feed_titles("rferl_video_titles_azatutyun.jsonl")),
        ("az", 0.997, lambda: rows("oxu_az_listing_2025-11-28.csv", "title")),
        ("az", 0.995, lambda: feed_titles("rferl_video_titles_azadliq.jsonl")),
        ("ru", 0.998, lambda: feed_titles("rferl_video_titles_kavkazr.jsonl")),
        ("ka", 1.0, lambda: rows("georgian_labeled_headline_pairs.csv", "headline_a")),
        ("en", 0.99, lambda: rows("armenia_first_dataset.csv", "Title")),
    ],
)
def test_real_titles_cut_to_five_words(language: str, least: float, titles: object) -> None:
    """Headlines of real outlets, five words each, with the outlet's language as the prior."""
    cut = [" ".join(title.split()[:5]) for title in titles() if len(title.split()) >= 5]  # type: ignore[operator]
    right = sum(detect_language(title, prior=(language,))[0] == language for title in cut)
    assert right / len(cut) >= least


def test_real_pages() -> None:
    """The annotated pages of fourteen languages, by their bodies; nb is told from no by what the page says."""
    truths = [
        json.loads(line)
        for line in shared("corpus/truth.jsonl").read_text(encoding="utf-8").strip().split("\n")
    ]
    right = sum(
        detect_language(
            "\n".join(truth["body_paragraphs"]), prior=("nb",) if truth["language"] == "nb" else ()
        )[0]
        == truth["language"]
        for truth in truths
    )
    assert right / len(truths) >= 0.97


PROSE = {
    "en": "The ministers of the two villages said that they had agreed on a plan for the bridge, which was to be built "
    "with money from the region, and that work would begin before the end of the year.",
    "nl": "De burgemeester had gezegd dat het plan was goedgekeurd, of het geld nu was gevonden of niet, en had daarna "
    "met de bewoners gesproken over de brug die in het dorp was gebouwd.",
    "de": "Im Kino des Dorfes lief gestern The Lord of the Rings and the Bridge, danach sprach der Bürgermeister mit den "
    "Bewohnern über den Bau der neuen Brücke und über die Kosten, die das Dorf im nächsten Jahr tragen wird.",
}


@pytest.mark.parametrize("code", PROSE)
def test_small_words_tell_english_prose(code: str) -> None:
    """English prose is told by its small words; a neighbour that shares some, or quotes a title, is not taken for it."""
    assert detect_language(PROSE[code])[0] == code
