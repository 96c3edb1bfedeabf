"""Bytes to text: what is declared, what is true, and what becomes of the difference."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.text import codepages
from scraper.text.charset import decode_text
from tests.support.growth import assert_linear
from tests.support.shared import shared

TEXTS = {
    "ru": "Жители горных сёл сообщили об отключении электричества — ремонт продлится до пятницы.",
    "hy": "Լեռնային գյուղերի բնակիչները հայտնել են հոսանքազրկման մասին։ Վերանորոգումը կտևի մինչև ուրբաթ։",
    "ka": "მთის სოფლების მცხოვრებლებმა ელექტროენერგიის გათიშვის შესახებ განაცხადეს",
    "tr": "Dağ köylerinde yaşayanlar elektrik kesintisini bildirdi, çalışmalar cuma gününe kadar sürecek",
    "az": "Dağ kəndlərinin sakinləri işığın kəsildiyini bildirib",
    "de": "Die Bewohner der Bergdörfer meldeten gestern früh größere Ausfälle, die Störung dürfte länger dauern",
    "pl": "Mieszkańcy górskich wsi zgłosili awarię, naprawa potrwa do piątku, później światło wróci",
}
LEGACY = [
    ("ru", "windows-1251"),
    ("ru", "koi8-r"),
    ("ru", "ibm866"),
    ("ru", "iso-8859-5"),
    ("hy", "armscii-8"),
    ("ka", "georgian-ps"),
    ("ka", "georgian-academy"),
    ("tr", "windows-1254"),
    ("de", "windows-1252"),
    ("pl", "windows-1250"),
    ("pl", "iso-8859-2"),
]


def encoded(text: str, name: str) -> tuple[bytes, str]:
    """The text in a code page, and what of it the page can hold."""
    decoder = codepages.decoder_of(name)
    table = {decoder(bytes([byte]), "replace"): byte for byte in range(256)}
    kept = "".join(char for char in text if char in table and char != "\ufffd")
    return bytes(table[char] for char in kept), kept


def page(body: bytes, head: str = "") -> bytes:
    return (
        b"<!DOCTYPE html><html><head>"
        + head.encode()
        + b"</head><body><p class='x'>"
        + body
        + b"</p></body></html>"
    )


EAST_ASIAN = {
    "euc-jp": "山の村の住民は停電を報告した。工事は金曜日まで続く見込みである。",
    "shift-jis": "山の村の住民は停電を報告した。工事は金曜日まで続く見込みである。",
    "euc-kr": "산간 마을 주민들이 정전을 신고했다. 공사는 금요일까지 계속된다.",
    "gb2312": "山区村民报告停电，维修工作将持续到星期五，届时电力将恢复。",
    "big5": "山區村民報告停電，維修工作將持續到星期五，屆時電力將恢復。",
    "cp874": "ชาวบ้านบนภูเขาแจ้งว่าไฟฟ้าดับ การซ่อมแซมจะดำเนินต่อไปจนถึงวันศุกร์",
}


@pytest.mark.parametrize("name", EAST_ASIAN)
def test_undeclared_east_asian_charsets(name):
    """Pages of the Far East are read although nobody said what they are in."""
    text, _ = decode_text(page(EAST_ASIAN[name].encode(name)))
    assert EAST_ASIAN[name] in text


@pytest.mark.parametrize("name", ["windows-1251", "koi8-r", "ibm866", "iso-8859-5"])
def test_words_of_even_length_are_not_east_asian(name):
    """Single-byte text is not taken for double-byte text, not even where each word would allow it."""
    text = "Жители гор вчера сообщили: света не было до утра, а после на улицах опять темно"
    even = " ".join(word for word in text.split() if len(word.strip(",:")) % 2 == 0)
    assert even in decode_text(page(even.encode(name)))[0]


@pytest.mark.parametrize("language,name", LEGACY)
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/html",
        "text/html; charset=utf-8",
        "text/html; charset=ISO-8859-1",
        "text/html; charset=x-user-defined",
    ],
)
def test_legacy_pages_are_read_whatever_they_are_called(
    language: str, name: str, content_type: str | None
) -> None:
    """A page in a code page of the region is read right without a label, and under a wrong one."""
    body, kept = encoded(TEXTS[language], name)
    text, used = decode_text(page(body), content_type)
    assert kept in text
    assert used == name
    assert "\ufffd" not in text


@pytest.mark.parametrize("language,name", LEGACY)
def test_a_true_label_is_kept(language: str, name: str) -> None:
    """HTTP, http-equiv, meta charset and the XML declaration are believed where the letters agree."""
    body, kept = encoded(TEXTS[language][:24], name)
    for data, content_type in (
        (page(body), f"text/html; charset={name}"),
        (page(body), f'text/html;charset="{name.upper()}"'),
        (page(body, f"<meta charset={name}>"), None),
        (page(body, f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={name}">'), "text/html"),
        (
            f'<?xml version="1.0" encoding="{name}"?><rss><title>'.encode() + body + b"</title></rss>",
            "text/xml",
        ),
    ):
        text, used = decode_text(data, content_type)
        assert kept in text
        assert used == name


@pytest.mark.parametrize("language", sorted(TEXTS))
@pytest.mark.parametrize(
    "content_type",
    [None, "text/html; charset=windows-1251", "text/html; charset=iso-8859-1", "text/html; charset=utf-8"],
)
def test_utf8_is_utf8_whatever_it_is_called(language: str, content_type: str | None) -> None:
    """Valid UTF-8 beats every label, HTTP's and the page's own."""
    data = page(TEXTS[language].encode(), '<meta charset="windows-1251">')
    assert decode_text(data, content_type) == (data.decode(), "utf-8")


@pytest.mark.parametrize(
    "data,expected,name",
    [
        (b"", "", "utf-8"),
        (b"plain", "plain", "utf-8"),
        (b"\xef\xbb\xbf<p>\xd5\xa1</p>", "<p>ա</p>", "utf-8"),
        ("\ufeff<p>შ</p>".encode("utf-16-le"), "<p>შ</p>", "utf-16-le"),
        ("\ufeff<p>ж</p>".encode("utf-16-be"), "<p>ж</p>", "utf-16-be"),
        ("<p>no mark, wide</p>".encode("utf-16-le"), "<p>no mark, wide</p>", "utf-16-le"),
        ("<p>no mark, wide</p>".encode("utf-16-be"), "<p>no mark, wide</p>", "utf-16-be"),
        ("\ufeff<p>ə</p>".encode("utf-32-le"), "<p>ə</p>", "utf-32-le"),
        (b"<p>It\x92s 5 \xbd</p>", "<p>It’s 5 ½</p>", "windows-1252"),
        (b"<p>cut off \xd0", "<p>cut off \ufffd", "utf-8"),
    ],
)
def test_marks_and_edges(data: bytes, expected: str, name: str) -> None:
    """Byte order marks decide and go; wide text is seen without one; a cut character costs itself alone."""
    assert decode_text(data, None) == (expected, name)


def test_a_byte_order_mark_beats_the_label() -> None:
    """BOM first (WHATWG, Encoding 6.1)."""
    assert decode_text(b"\xef\xbb\xbf\xd0\xb6", "text/html; charset=koi8-r") == ("ж", "utf-8")


@pytest.mark.parametrize(
    "name,text",
    [
        ("gb2312", "昨天村里一座新桥通车，村民们非常高兴地走上了大桥。" * 4),
        ("shift_jis", "昨日、村に新しい橋が開通し、村人たちは喜んでいた。" * 4),
        ("euc-kr", "어제 마을에 새 다리가 개통되어 주민들이 기뻐했다." * 4),
        ("big5", "昨天村裡一座新橋通車，村民們非常高興地走上了大橋。" * 4),
    ],
)
def test_wide_code_pages_by_their_label(name: str, text: str) -> None:
    """East Asian pages are read by what they declare, a broken byte included."""
    data = page(text.encode(name), f'<meta charset="{name}">')
    assert text in decode_text(data, None)[0]
    damaged = page(text.encode(name) + b"\xff <b>" + text.encode(name), f'<meta charset="{name}">')
    assert text in decode_text(damaged, None)[0]


def test_a_few_broken_bytes_cost_only_themselves() -> None:
    """UTF-8 with damage stays UTF-8; as many characters are lost as were broken."""
    data = page(TEXTS["ka"].encode() + b"\xff" + TEXTS["ru"].encode() + b"\x96 \xd0" + TEXTS["hy"].encode())
    text, name = decode_text(data, None)
    assert name == "utf-8"
    assert text.count("\ufffd") == 3
    assert all(TEXTS[language] in text for language in ("ka", "ru", "hy"))


@pytest.mark.parametrize("language", ["ru", "hy", "ka", "tr", "de"])
@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
def test_utf8_encoded_twice_is_undone(language: str, wrong: str) -> None:
    """Text taken for a code page and encoded again comes back, where all of it does."""
    once = page((TEXTS[language] * 3).encode()).decode()
    try:
        twice = once.encode().decode(wrong)
    except UnicodeDecodeError:
        twice = "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in once.encode())
    assert decode_text(twice.encode(), None)[0] == once


def test_russian_encoded_twice_by_way_of_1251_is_undone() -> None:
    """The commonest accident of Russian sites."""
    once = page((TEXTS["ru"].replace("И", "и") * 3).encode()).decode()
    twice = "".join(bytes([byte]).decode("cp1251", "ignore") or chr(byte) for byte in once.encode())
    assert decode_text(twice.encode(), None)[0] == once


@pytest.mark.parametrize(
    "text",
    [
        "São João, São Tomé: não há informações, são três irmãos e mães; corações, ações, nações, opiniões, limões, pães",
        "Ð is a letter, so are Ñ and Õ; Ã too",
        "РСФСР, СССР, РС, РСО, СРР, РСС, РРС, ССР, РСР, РСРС",
    ],
)
def test_what_only_looks_twice_encoded_is_left_alone(text: str) -> None:
    """Undone only if certain: letters of the signature prove nothing by themselves."""
    data = page((text * 4).encode())
    assert decode_text(data, None)[0] == data.decode()


@given(
    st.binary(max_size=400),
    st.sampled_from([None, "text/html; charset=windows-1251", "text/html; charset=undefined"]),
)
def test_anything_is_decoded(data: bytes, content_type: str | None) -> None:
    """No bytes and no label raise."""
    text, name = decode_text(data, content_type)
    assert isinstance(text, str)
    assert name


@given(st.text(max_size=300))
def test_utf8_round_trips(text: str) -> None:
    """What was written as UTF-8 is read as it was, unless it begins like a byte order mark or is wide."""
    data = text.encode("utf-8", "ignore")
    if "\x00" in text or text.startswith("\ufeff"):
        return
    assert decode_text(data, None)[0] == data.decode()


@pytest.mark.parametrize(
    "label", ["", "none", "utf-7", "base64", "rot13", "hex", "unicode_escape", "idna", "bogus", "\0"]
)
def test_labels_that_mean_nothing_are_ignored(label: str) -> None:
    """Python's other codecs and unknown names are no charsets."""
    body, kept = encoded(TEXTS["ru"], "windows-1251")
    assert kept in decode_text(page(body), f"text/html; charset={label}")[0]


def _decode(data: bytes) -> str:
    return decode_text(data, None)[0]


def test_eight_megabytes_take_linear_time() -> None:
    """8 MiB costs about eight times what 1 MiB costs (legacy is the slow path)."""
    body, _ = encoded(TEXTS["ru"] + " <a href=x>", "windows-1251")

    assert_linear(_decode, lambda size: (body * (size // len(body) + 1))[:size], 8 << 20)


@pytest.mark.parametrize("opening", [b"<", b"<!--", b"<script ", b"<style>", b"<meta "])
def test_tags_that_never_end_take_linear_time(opening: bytes) -> None:
    """The search for a label in the head does not begin again at each of them."""
    assert_linear(_decode, lambda count: b"\xe6 \xe7 " * 100 + opening * count, 1 << 19)


def test_real_texts_survive_every_code_page() -> None:
    """Texts of outlets, written in the code pages of their languages and found again without a label."""
    lines = shared("corpus/dumps/ilur_am_articles.jsonl").read_text(encoding="utf-8").split("\n")[:150]
    armenian = [json.loads(line)["text"][:400] for line in lines]
    dump = shared("corpus/dumps/rt_russian_articles.json").read_text(encoding="utf-8")
    russian = [article["news"][:400] for article in json.loads(dump).values()][:150]
    wrong = 0
    for texts, names in ((armenian, ["armscii-8"]), (russian, ["windows-1251", "koi8-r", "ibm866"])):
        for text in texts:
            for name in names:
                body, kept = encoded(text, name)
                wrong += kept not in decode_text(page(body), None)[0]
    assert wrong <= 2


def test_a_real_windows_1251_file() -> None:
    """A dump of a Russian agency in windows-1251 is read without a label."""
    data = shared("corpus/dumps/interfax_ru_cp1251.json").read_bytes()
    text, name = decode_text(data, None)
    assert name == "windows-1251"
    assert text == data.decode("cp1251")
