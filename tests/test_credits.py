"""Which agencies a text credits."""

from __future__ import annotations

import pytest

from scraper.copies.credits import find

CREDITS = {
    "hy": ("Կամուրջը բացվել է այսօր, «Արմենպրես»-ը հայտնում է քաղաքապետարանից։", ("Armenpress",)),
    "hy, genitive": ("Այս մասին «Արմենպրեսի» հետ զրույցում պատմել է ճարտարապետը։", ("Armenpress",)),
    "ru": ("Мост открыли сегодня, передает АЗЕРТАДЖ.", ("Azertag",)),
    "ru, quoting": ("Об этом сообщает РИА Новости со ссылкой на мэрию.", ("RIA Novosti",)),
    "az": ("Körpü bu gün açılıb. Bu barədə APA xəbər verir.", ("APA",)),
    "az, common word": ("Report şəhər bələdiyyəsinə istinadən xəbər verir ki, körpü açılıb.", ("Report",)),
    "ka": ("„ინტერპრესნიუსის“ ცნობით, ხიდი დღეს გაიხსნა.", ("Interpressnews",)),
    "en": ("The bridge was opened today, Reuters reports.", ("Reuters",)),
    "en, citing": ("The mayor resigned, the paper wrote, citing the AFP agency.", ("AFP",)),
    "tr": ("Köprü bugün açıldı, Anadolu Ajansı'nın haberine göre.", ("Anadolu",)),
    "dateline": ("YEREVAN, NOVEMBER 3, ARMENPRESS. The bridge was opened today.", ("Armenpress",)),
    "dateline in slashes": ("Tbilisi /IPN/ The bridge was opened today.", ("Interpressnews",)),
    "two": ("TASS reports, citing Interfax, that the bridge is open.", ("TASS", "Interfax")),
    "about an agency": ("Trend spotting is a hobby; the Reuters building was sold in 2005.", ()),
    "the word report": ("The report of the council says that the bridge is open.", ()),
    "part of a word": ("APARAT xəbər verir.", ()),
    "none": ("The bridge was opened today.", ()),
}


@pytest.mark.parametrize("text, names", CREDITS.values(), ids=CREDITS)
def test_credits(text, names):
    """A name beside a word of reporting or in the dateline is a credit, a mere mention is none."""
    assert find((text,)) == names


def test_only_the_ends_of_a_text():
    """A credit stands in the first paragraphs or the last; a quotation in the middle of a long text is not one."""
    filler = ("A paragraph.",) * 10
    credit = "The bridge is open, Reuters reports."
    assert find((*filler, credit)) == ("Reuters",)
    assert find((*filler, credit, *filler)) == ()
    assert find(()) == ()
