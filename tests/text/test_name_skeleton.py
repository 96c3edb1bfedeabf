"""Names in five alphabets, and the names that must stay apart."""

from __future__ import annotations

import pytest

from scraper.text.name_skeleton import skeleton, skeletons

ONE_NAME = {
    "Aliyev": "Aliyev Əliyev Алиев Ալիև Ալիեւ ալիեվ ალიევი ALİYEV Әлиев",
    "Pashinyan": "Pashinyan Paşinyan Пашинян Փաշինյան ფაშინიანი",
    "Kobakhidze": "Kobakhidze Кобахидзе კობახიძე Կոբախիձե",
    "Yerevan": "Yerevan Ереван Երևան ერევანი İrəvan Erivan",
    "Erdogan": "Erdogan Erdoğan Эрдоган Էրդողան ერდოღანი",
    "Karabakh": "Karabakh Qarabağ Карабах Ղարաբաղ ყარაბაღი",
    "Washington": "Washington Vaşinqton Вашингтон Վաշինգտոն ვაშინგტონი",
    "Hasanov": "Hasanov Həsənov Гасанов Հասանով ჰასანოვი",
    "Zurabishvili": "Zurabishvili Zurabişvili Зурабишвили ზურაბიშვილი Զուրաբիշվիլի",
    "Khankendi": "Khankendi Xankəndi Ханкенди ხანკენდი",
    "Johnson": "Johnson Джонсон ჯონსონი Ջոնսոն",
    "Alexander": "Alexander Александр Aleksandr Ալեքսանդր ალექსანდრე",
}


@pytest.mark.parametrize("name", ONE_NAME)
def test_one_name_has_one_skeleton(name):
    assert {skeleton(spelling) for spelling in ONE_NAME[name].split()} == {skeleton(name)}


def test_names_that_differ_have_skeletons_of_their_own():
    assert len({skeleton(name) for name in ONE_NAME}) == len(ONE_NAME)


INFLECTED = [
    ("Əliyevin", "az", "Aliyev"),
    ("Əliyevdən", "az", "Aliyev"),
    ("Erdoğan'ın", "tr", "Erdogan"),
    ("Алиевым", "ru", "Aliyev"),
    ("Пашиняном", "ru", "Pashinyan"),
    ("Փաշինյանին", "hy", "Pashinyan"),
    ("Երևանում", "hy", "Yerevan"),
    ("ალიევმა", "ka", "Aliyev"),
    ("ერევანში", "ka", "Yerevan"),
    ("კობახიძისთვის", "ka", "Kobakhidze"),
    ("Aliyev’s", "en", "Aliyev"),
]


@pytest.mark.parametrize("word, language, name", INFLECTED)
def test_an_ending_does_not_hide_a_name(word, language, name):
    assert skeleton(name) in skeletons(word, language)


def test_a_name_that_ends_as_an_ending_does_keeps_its_whole_form():
    assert all(skeletons(word)[0] == skeleton("Putin") for word in ("Putin", "Путин", "Պուտին", "პუტინი"))


def test_the_language_settles_what_c_stands_for():
    assert skeleton("Cavadov", "az") == skeleton("Джавадов") != skeleton("Cavadov", "en")


@pytest.mark.parametrize("word", ["", "—", "₾", "漢字", "’"])
def test_what_has_no_known_letter_has_no_skeleton(word):
    assert (skeleton(word), skeletons(word)) == ("", ())
