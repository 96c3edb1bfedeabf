"""Which agencies a text credits."""

from __future__ import annotations

import pytest

from scraper.dedupe.agency_credits import credited_agencies

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
    assert credited_agencies((text,)) == names


def test_only_the_ends_of_a_text():
    """A credit stands in the first paragraphs or the last; a quotation in the middle of a long text is not one."""
    filler = ("A paragraph.",) * 10
    credit = "The bridge is open, Reuters reports."
    assert credited_agencies((*filler, credit)) == ("Reuters",)
    assert credited_agencies((*filler, credit, *filler)) == ()
    assert credited_agencies(()) == ()


# How agencies are credited in print, and by which name they stand in a record.
PHRASES = {
    "«Արմենպրես»-ը հայտնում է, որ": ("Armenpress",),
    "Այս մասին «Արմենպրես»-ին ասաց նախարարը։": ("Armenpress",),
    "ԵՐԵՎԱՆ, 3 ՆՈՅԵՄԲԵՐԻ, ԱՐՄԵՆՊՐԵՍ: Կառավարությունը": ("Armenpress",),
    "Armenpress-ը հայտնում է։": ("Armenpress",),
    "Ինչպես տեղեկացնում է ՏԱՍՍ-ը, նախագահը": ("TASS",),
    "Տեղեկությունը հայտնում է «Ինտերֆաքս» գործակալությունը։": ("Interfax",),
    "Այդ մասին գրում է Reuters-ը:": ("Reuters",),
    "Ըստ ՌԻԱ Նովոստիի՝": ("RIA Novosti",),
    "Ինչպես փոխանցում է «РИА Новости»-ն, հայտարարել է": ("RIA Novosti",),
    "Լուրը հաղորդում է Sputnik Արմենիան։": ("Sputnik",),
    "Թուրքական Anadolu-ի փոխանցմամբ՝": ("Anadolu",),
    "Աղբյուրը՝ ԱրմԻնֆո": ("ArmInfo",),
    "Հաղորդում է «Արմինֆո»-ն։": ("ArmInfo",),
    "Ֆրանս պրես գործակալությունը հայտնում է": ("AFP",),
    "Հաղորդում է Bloomberg-ը": ("Bloomberg",),
    "Ասոշիեյթեդ փրես-ը հայտնում է": ("AP",),
    "передает ТАСС.": ("TASS",),
    "Об этом сообщает РИА Новости.": ("RIA Novosti",),
    "сообщает «Интерфакс» со ссылкой на": ("Interfax",),
    "как передаёт корреспондент Арменпресс": ("Armenpress",),
    "пишет агентство Reuters.": ("Reuters",),
    "сообщает агентство Рейтер": ("Reuters",),
    "ЕРЕВАН, 3 ноя – РИА Новости. Президент": ("RIA Novosti",),
    "БАКУ, 5 марта. /ТАСС/. Глава": ("TASS",),
    "Баку. 5 марта. АПА: Глава МИД": ("APA",),
    "Trend: Президент сказал": ("Trend",),
    "Как передает Trend, глава": ("Trend",),
    "Об этом Report сообщили в пресс-службе МВД.": ("Report",),
    "сообщает Report со ссылкой на": ("Report",),
    "информирует Report.": ("Report",),
    "передает Report.az": ("Report",),
    "Azərbaycan Respublikası. AZƏRTAC xəbər verir.": ("Azertag",),
    "AZƏRTAC xəbər verir ki, prezident": ("Azertag",),
    "Bu barədə APA-ya Daxili İşlər Nazirliyindən məlumat verilib.": ("APA",),
    '"Report" xəbər verir ki,': ("Report",),
    "Report-un məlumatına görə": ("Report",),
    "Trend-ə bildirib ki": ("Trend",),
    "Turan agentliyi yazır": ("Turan",),
    "Bu barədə RİA Novosti məlumat yayıb.": ("RIA Novosti",),
    '"Reuters"ə istinadən xəbər verilir': ("Reuters",),
    "TASS-a istinadən": ("TASS",),
    "Bakı, 5 mart, AZƏRTAC": ("Azertag",),
    "Bakı. Trend:": ("Trend",),
    '„ინტერპრესნიუსის" ცნობით,': ("Interpressnews",),
    'როგორც „ინტერპრესნიუსს" განუცხადეს': ("Interpressnews",),
    'ამის შესახებ „რეიტერი" იტყობინება': ("Reuters",),
    '„როიტერის" ინფორმაციით': ("Reuters",),
    'ინფორმაციას „რია ნოვოსტი" ავრცელებს': ("RIA Novosti",),
    'სააგენტო „ტასის" ცნობით': ("TASS",),
    "ინტერფაქსის ცნობით": ("Interfax",),
    "Reuters-ი წერს": ("Reuters",),
    '„საქინფორმი" იუწყება': ("Saqinform",),
    '„ასოშიეითედ პრესი" წერს': ("AP",),
    '„ფრანს პრესის" ცნობით': ("AFP",),
    "AFP იუწყება": ("AFP",),
    "როგორც Bloomberg-ი იუწყება": ("Bloomberg",),
    "BAKU, Azerbaijan, March 5. AZERTAC reports that": ("Azertag",),
    "Baku, March 5, AZERTAC": ("Azertag",),
    "BAKU, Azerbaijan, November 3. Trend: The": ("Trend",),
    "YEREVAN, NOVEMBER 3, ARMENPRESS. The": ("Armenpress",),
    "Yerevan /Mediamax/. The": ("Mediamax",),
    "Report informs that": ("Report",),
    "APA reports, citing TASS.": ("APA", "TASS"),
    "(Reuters) - The": ("Reuters",),
    "TBILISI (AFP) — The": ("AFP",),
    "WASHINGTON (AP) -- The": ("AP",),
    "The Associated Press contributed to this report.": ("AP",),
    "according to Interfax.": ("Interfax",),
    "YEREVAN (ARKA). The": ("ARKA",),
    "the TASS news agency reported": ("TASS",),
    "Armenian state news agency Armenpress quoted him as saying": ("Armenpress",),
    "TASS quoted Lavrov as saying": ("TASS",),
    "Source: Reuters": ("Reuters",),
    "he told AFP.": ("AFP",),
    "he told the AP": ("AP",),
    "Anadolu Ajansı (AA)'nın haberine göre": ("Anadolu",),
    "AA muhabirine açıklama yapan": ("Anadolu",),
    "AA'nın aktardığına göre": ("Anadolu",),
    "Reuters'ın haberine göre": ("Reuters",),
    "DHA'nın haberine göre": ("DHA",),
    "İHA muhabiri bildirdi.": ("IHA",),
    "Demirören Haber Ajansı (DHA)": ("DHA",),
    "Bakan AA'ya konuştu ve": ("Anadolu",),
    "APA'nın bildirdiğine göre": ("APA",),
    "With reporting by AP, and TASS": ("AP", "TASS"),
    "ТБИЛИСИ, 17 ноя — РИА Новости, Иван Петров. Мост": ("RIA Novosti",),
    "Баку. 17 ноября. REPORT.AZ/ Мост": ("Report",),
    "Bakı. 18 noyabr. REPORT.AZ/ Körpü": ("Report",),
    "ԵՐԵՎԱՆ, 12 ՆՈՅԵՄԲԵՐԻ, ԱՐՄԵՆՊՐԵՍ։ Կամուրջը": ("Armenpress",),
    "Ինչպես հաղորդում է Թրենդը, կամուրջը": ("Trend",),
    "Քաղաքապետի պատասխանը «Արմինֆո» գործակալության հարցին։": ("ArmInfo",),
    "Информацию распространяет «Интерпресньюс».": ("Interpressnews",),
    "Об этом в беседе с Trend сказал депутат.": ("Trend",),
    "Xəbəri Report yayıb.": ("Report",),
    "Nazir Report-a deyib ki, körpü": ("Report",),
    "“Report”un məlumatına görə": ("Report",),
    "İhlas Haber Ajansı'na konuşan vali dedi": ("IHA",),
    "Turan and another paper reported": ("Turan",),
}


@pytest.mark.parametrize("text", PHRASES)
def test_phrases(text):
    """The many forms of words in six languages and Turkish by which a report is credited."""
    assert credited_agencies((text,)) == PHRASES[text]


NO_CREDITS = (
    "Photo: Reuters",
    "The agency Armenpress was founded in 1918.",
    "Report on human rights: the commission reports progress.",
    "Human Rights Watch issued a Report, it said.",
    "A trend reported by analysts: Trend lines rise.",
    "Он работал в ТАСС с 1980 года.",
    "АПАРТАМЕНТЫ сообщили",
    "AA batteries reported",
    "The APA style guide says",
    "Annual Report 2020 says that growth",
    "Report: Armenia says it will",
    "The UPIR project was reported on.",
    "A new Trend is reported from the north.",
    "Reporters Without Borders said that he must be freed.",
    "Reporting from the north, our correspondent said",
    "Report by the ministry says that the bridge is good.",
    "Reportaj çəkən jurnalist bildirib",
    "Репортёр канала сообщил о мосте, репортаж передали",
    "Trends show that prices rise, experts said.",
    "Тренд на снижение цен сохранится, сообщает министерство.",
    "Trend Micro said that somebody had attacked.",
    "The American Psychological Association (APA) said in a statement",
    "Turan Topalova jurnalistlərə deyib",
    "In Turan village the school was opened, the ministry reports.",
    "Anadolu Üniversitesi'nden yapılan açıklamada bildirildi.",
    "Anadolu'da kış sert geçiyor, uzmanlar söyledi, haber bu.",
    "Anadolu Efes won, the coach said.",
    "Вакцина Sputnik V поступила, сообщили в Минздраве.",
    "„სპუტნიკ V“ არ შემოვა, განაცხადა მინისტრმა.",
    "Michael Bloomberg said that he would run.",
    "UPI payments in India hit a record, the bank said.",
    "He worked for TASS.",
    "Путин встретился с главой ТАСС.",
)

# Signed at the end, or at the top below a byline: the paragraphs of a text, and its credits.
SIGNED = {
    "in brackets": (("A.", "The war ended in 1994. (AFP)"), ("AFP",)),
    "in brackets, after a stop": (("A.", "The war ended in 1994.(dpa/AFP)"), ("DPA", "AFP")),
    "several": (("A.", "It ended. (AP, ITAR-TASS, day.az)"), ("AP", "TASS")),
    "the last of several": (("A.", "It ended. (paper.ru/Interfax)"), ("Interfax",)),
    "a line of its own": (("A.", "ТАСС"), ("TASS",)),
    "a line after a dash": (("A.", "– Interfax"), ("Interfax",)),
    "a line of two": (("A.", "Reuters, AFP"), ("Reuters", "AFP")),
    "after a dash": (("A.", "Мост открыт - Арменпресс"), ("Armenpress",)),
    "a source": (("A.", "Kaynak: AA"), ("Anadolu",)),
    "below a byline": (("By A. Baba", "BAKU, November 3. Trend:", "The bridge was opened."), ("Trend",)),
    "below a headline": (("Мост открыт", "Москва. 7 октября. INTERFAX.RU - Мост"), ("Interfax",)),
    "below a long paragraph": (("A long paragraph. " * 5, "Москва. INTERFAX.RU - Мост", "B."), ()),
    "not at the end": (("A long paragraph. " * 5, "It ended. (AFP)", "B.", "C."), ()),
    "a place of work": (("A.", "He lives in Rome and works for TASS"), ()),
    "a picture": (("A.", "Photo: Reuters"), ()),
}


@pytest.mark.parametrize("body, names", SIGNED.values(), ids=SIGNED)
def test_signatures(body, names):
    """A text is signed by the agency in its last words, in brackets, behind a dash or on a line of its own."""
    assert credited_agencies(body) == names


@pytest.mark.parametrize("text", NO_CREDITS)
def test_no_credits(text):
    """Names that are words, photographers, founders and longer words are no sources."""
    assert credited_agencies((text,)) == ()
