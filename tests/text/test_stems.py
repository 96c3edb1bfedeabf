"""The stems of words in six languages: all forms of one meet, other words stay apart."""

from __future__ import annotations

import pytest

from scraper.text.normalize import fold
from scraper.text.script_languages import LATIN, languages_of
from scraper.text.stems import stems
from storage.search.tokens import tokens

FORMS = {
    "ru": """
        Алиев Алиева Алиеву Алиевым Алиеве Алиевых
        Карабах Карабаха Карабаху Карабахом Карабахе
        Ильхам Ильхама Ильхаму Ильхамом
        Путин Путина Путину Путиным Путине
        Армения Армении Армению Арменией
        Россия России Россию Россией
        Грузия Грузии Грузию Грузией
        выборы выборов выборам выборами выборах
        рынок рынка рынку рынком рынки рынков рынках
        отец отца отцу
        боец бойца бойцы бойцов
        Зеленский Зеленского Зеленскому Зеленским Зеленском
        президент президента президенту президентом президенте президенты президентов
        война войны войне войну войной войн войнами
        страна страны стране стран странах
        граница границы границе границ границах границу
        переговоры переговоров переговорам переговорах
        мир мира миру миром мире
        соглашение соглашения соглашению соглашением соглашений
        Пашинян Пашиняна Пашиняну Пашиняном Пашиняне
        Ереван Еревана Еревану Ереваном Ереване
        Лавров Лаврова Лаврову Лавровым
        заявил заявила заявили заявить
        военный военные военных военного военной
        армия армии армию армией
        герой героя герою героем героев
        Сергей Сергея Сергею Сергеем
        режим режима режиму режимом режимы
        канал канала канале каналы каналов
        суд суда суду судом судов
        русский русские русских русского
        последний последние последних последнего
    """,
    "hy": """
        Փաշինյան Փաշինյանը Փաշինյանի Փաշինյանին Փաշինյանից Փաշինյանով Փաշինյանն
        պատերազմ պատերազմը պատերազմի պատերազմում պատերազմից պատերազմներ պատերազմների
        Հայաստան Հայաստանի Հայաստանում Հայաստանը Հայաստանից
        խաղաղություն խաղաղության խաղաղությունը խաղաղությամբ խաղաղությունից
        երկիր երկրի երկրներ երկրում երկրները երկիրը
        ընտրություն ընտրություններ ընտրությունների ընտրություններում ընտրությունները
        Բաքու Բաքվի Բաքվում Բաքուն
        քաղաքացի քաղաքացու քաղաքացիներ քաղաքացիների քաղաքացին
        Թուրքիա Թուրքիայի Թուրքիայում Թուրքիան Թուրքիայից
        Ալիև Ալիևի Ալիևը Ալիևին Ալիևից Ալիևով
        Պուտին Պուտինի Պուտինը Պուտինին Պուտինից
        սահման սահմանի սահմանին սահմանում սահմանները
        զինվոր զինվորի զինվորներ զինվորների զինվորը
        քննարկում քննարկման քննարկումներ քննարկումը
        վարչապետ վարչապետի վարչապետը վարչապետին
        նախագահ նախագահի նախագահը նախագահին նախագահներ
        Երևան Երևանի Երևանում Երևանից
        ժողովուրդ ժողովրդի ժողովրդին ժողովուրդը
        համաձայնագիր համաձայնագրի համաձայնագիրը
    """,
    "ka": """
        საქართველო საქართველოს საქართველოში საქართველოდან საქართველოსთან საქართველოსთვის
        ალიევი ალიევის ალიევმა ალიევს ალიევთან ალიევით
        თბილისი თბილისის თბილისში თბილისს თბილისიდან
        ომი ომის ომში ომს ომით ომები
        ქვეყანა ქვეყნის ქვეყანას ქვეყანაში ქვეყნები ქვეყნებში ქვეყნიდან
        პრეზიდენტი პრეზიდენტის პრეზიდენტმა პრეზიდენტს პრეზიდენტთან პრეზიდენტები
        არჩევნები არჩევნების არჩევნებში არჩევნებზე არჩევნებს
        უკრაინა უკრაინის უკრაინას უკრაინაში უკრაინამ უკრაინიდან
        კობახიძე კობახიძის კობახიძემ კობახიძეს კობახიძესთან
        მთავრობა მთავრობის მთავრობამ მთავრობას მთავრობაში
        მთავარი მთავრის მთავარს
        საზღვარი საზღვრის საზღვარზე საზღვარს საზღვართან
        რუსეთი რუსეთის რუსეთში რუსეთს რუსეთთან რუსეთმა რუსეთიდან
        მინისტრი მინისტრის მინისტრები მინისტრებს მინისტრმა
        მშვიდობა მშვიდობის მშვიდობას
        პარლამენტი პარლამენტის პარლამენტში პარლამენტმა
        სააკაშვილი სააკაშვილის სააკაშვილმა სააკაშვილს
        წყალი წყლის წყალს წყლები
        მოლაპარაკება მოლაპარაკების მოლაპარაკებები მოლაპარაკებებზე
    """,
    "az": """
        Əliyev Əliyevin Əliyevə Əliyevi Əliyevlə Əliyevdən
        prezident prezidenti prezidentin prezidentinin prezidentə prezidentlər prezidentlərin
        Azərbaycan Azərbaycanın Azərbaycanda Azərbaycana Azərbaycandan Azərbaycanı
        Bakı Bakıda Bakının Bakıya Bakıdan
        Rusiya Rusiyanın Rusiyada Rusiyaya Rusiyadan Rusiyanı
        Putin Putinin Putinə Putini Putinlə Putindən
        müharibə müharibənin müharibədə müharibəyə müharibələr müharibəsi müharibəsində
        ölkə ölkənin ölkədə ölkələr ölkələrin ölkəsi ölkəmiz
        Ermənistan Ermənistanın Ermənistanda Ermənistana Ermənistanla
        sülh sülhün sülhə sülhü
        nazirlik nazirliyi nazirliyin nazirliyinin
        torpaq torpağı torpaqlar torpaqları torpağın
        seçki seçkilər seçkinin seçkidə seçkilərdə
        sərhəd sərhədi sərhəddə sərhədin sərhədlər
        polis polisi polisin polislər
        Paşinyan Paşinyanın Paşinyana Paşinyanla
        danışıq danışıqlar danışıqların danışıqlara
        Türkiyə Türkiyənin Türkiyədə Türkiyəyə
        şəhər şəhəri şəhərin şəhərdə şəhərlər
        hökumət hökuməti hökumətin hökumətinin
    """,
    "tr": """
        Erdoğan Erdoğanın Erdoğana Erdoğanı
        savaş savaşı savaşın savaşta savaşlar savaşına savaşından
        bakan bakanı bakanın bakanlar bakanlar
        bakanlık bakanlığı bakanlığın bakanlığının bakanlığından
        cumhurbaşkanı cumhurbaşkanının cumhurbaşkanına cumhurbaşkanından
        ülke ülkenin ülkeler ülkesi ülkede ülkelerin ülkeye
        Türkiye Türkiyenin Türkiyede Türkiyeye
        seçim seçimi seçimler seçimlerde seçimlerin seçiminde
        sınır sınırı sınırda sınırın sınırlar
        barış barışı barışın barışa
        meclis meclisi meclisin mecliste
        hükümet hükümeti hükümetin hükümetinin
        ordu ordunun ordusu orduya
        asker askerler askerlerin askere
        parti partisi partinin partiler partiye partide
        kitap kitabı kitaplar
        görüşme görüşmeler görüşmesi görüşmelerin
        anlaşma anlaşması anlaşmanın anlaşmaya
        dünya dünyanın dünyada dünyaya
        polis polisi polisin
    """,
    "en": """
        war wars
        minister ministers
        party parties
        election elections
        attack attacks attacked attacking
        vote votes voted voting
        country countries
        talk talks talked talking
        prisoner prisoners
        plan plans planned planning
        agree agreed agrees agreeing
        meet met meets meeting meetings
        border borders
        crisis crises
        agreement agreements
        city cities
        kill killed killing kills
        sign signs signed signing
        church churches
        woman women
    """,
}

APART = {
    "ru": "груз Грузия, Иван Иванов, Али Алиев, русский Россия, армия армянин, часть участь, партия парта",
    "hy": "պատերազմ պատ, Հայաստան հայ, երկիր երկու, քաղաք քաղաքացի, Թուրքիա թուրք",
    "ka": "საქართველო ქართველი, რუსეთი რუსი, თბილისი თბილი, მთავარი მთავრობა",
    "az": "Rusiya rus, Türkiyə türk, seçki seçim, nazir nazirlik, Putin put, şəhər şərh",
    "tr": "Türkiye Türk, bakan bakanlık, kadın kadro, basın baş, seçim seçki",
    "en": "party part, minister ministry, Armenia Armenian, news new, evening even, meeting metal, police policy",
}


def _stems(word: str, language: str) -> set[str]:
    return set(stems(tokens(fold(word))[0], language, name=word[0].isupper()))


@pytest.mark.parametrize(
    "language, forms", [(code, line) for code, lines in FORMS.items() for line in lines.strip().splitlines()]
)
def test_forms_meet(language, forms):
    """Every form of a word has a stem that its first form has too."""
    first, *others = forms.split()
    assert [form for form in others if not _stems(form, language) & _stems(first, language)] == []


@pytest.mark.parametrize(
    "language, pair", [(code, pair) for code, row in APART.items() for pair in row.split(", ")]
)
def test_other_words_stay_apart(language, pair):
    """Words that only look alike share no stem."""
    one, other = pair.split()
    assert not _stems(one, language) & _stems(other, language)


def test_languages():
    """The script says whose rules fit; a number has no forms."""
    assert [languages_of(word) for word in ("мост", "կամուրջ", "ხიდი", "bridge", "2026", "")] == [
        ("ru",), ("hy",), ("ka",), LATIN, (), LATIN,
    ]  # fmt: skip
