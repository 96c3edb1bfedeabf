"""Several hundred short texts in six languages with known words, and queries with what each should find.

A text is a frame with one word in the form that the frame asks for, so it is known which words it has. ``FORMS`` lists all forms of a
word; names have one id in all languages. A judged query is a query, and a set of texts as an expression over words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

FRAMES = {
    "ru": (
        "Сегодня {} снова в центре внимания прессы.",
        "Журналисты обсуждают роль {} в последние дни.",
        "Наблюдатели посвятили {} большую статью.",
        "Газета упрекает {} в долгом молчании.",
        "Редакция с утра следит за {} и ждет новостей.",
        "В обзоре подробно говорится о {} и соседях.",
    ),
    "hy": (
        "Այսօր {} կրկին մամուլի ուշադրության կենտրոնում է։",
        "Թերթը գրում է, որ {} կրկին լռում է։",
        "Լրագրողները քննարկում են {} դերը տարածաշրջանում։",
        "Խմբագրությունը հոդված է նվիրել {} այս շաբաթ։",
        "Ընթերցողները շատ բան են սպասում {} առաջիկայում։",
        "Վերլուծաբանը զբաղված է {} արդեն երկար։",
    ),
    "ka": (
        "დღეს {} ისევ პრესის ყურადღების ცენტრშია.",
        "გაზეთის ცნობით, {} გუშინ ბევრი რამ შეცვალა.",
        "ჟურნალისტები {} სტატიას უძღვნიან.",
        "მიმომხილველები {} როლს განიხილავენ.",
        "რედაქცია {} ინტერესდება დილიდან.",
        "სტატიაში {} დაწვრილებით წერია.",
    ),
    "az": (
        "Bu gün {} yenə mətbuatın diqqət mərkəzindədir.",
        "Jurnalistlər {} rolunu müzakirə edirlər.",
        "Müşahidəçilər {} böyük məqalə həsr ediblər.",
        "Qəzet {} uzun sükuta görə qınayır.",
        "Redaksiya {} yeni xəbər gözləyir.",
        "Məqalədə {} çox şey yazılıb.",
    ),
    "tr": (
        "Bugün {} yine basının ilgi odağında.",
        "Gazeteciler {} rolünü tartışıyor.",
        "Gözlemciler {} uzun bir yazı ayırdı.",
        "Gazete {} sessiz kaldığı için eleştiriyor.",
        "Okurlar {} yeni haber bekliyor.",
        "Yazıda {} çok şey anlatılıyor.",
    ),
    "en": (
        "Today {} again stands in the centre of attention.",
        "Reporters describe the role of {} in recent days.",
        "The paper writes that {} kept silent for long.",
    ),
}

# name: forms in the order of the frames
NAMES = {
    "aliyev": {
        "ru": "Алиев Алиева Алиеву Алиева Алиевым Алиеве",
        "hy": "Ալիև Ալիևը Ալիևի Ալիևին Ալիևից Ալիևով",
        "ka": "ალიევი ალიევმა ალიევს ალიევის ალიევით ალიევზე",
        "az": "Əliyev Əliyevin Əliyevə Əliyevi Əliyevdən Əliyevlə",
        "tr": "Aliyev Aliyev'in Aliyev'e Aliyev'i Aliyev'den Aliyev'le",
        "en": "Aliyev Aliyev Aliyev's",
    },
    "pashinyan": {
        "ru": "Пашинян Пашиняна Пашиняну Пашиняна Пашиняном Пашиняне",
        "hy": "Փաշինյան Փաշինյանը Փաշինյանի Փաշինյանին Փաշինյանից Փաշինյանով",
        "ka": "ფაშინიანი ფაშინიანმა ფაშინიანს ფაშინიანის ფაშინიანით ფაშინიანზე",
        "az": "Paşinyan Paşinyanın Paşinyana Paşinyanı Paşinyandan Paşinyanla",
        "tr": "Paşinyan Paşinyan'ın Paşinyan'a Paşinyan'ı Paşinyan'dan Paşinyan'la",
        "en": "Pashinyan Pashinyan Pashinyan's",
    },
    "putin": {
        "ru": "Путин Путина Путину Путина Путиным Путине",
        "hy": "Պուտին Պուտինը Պուտինի Պուտինին Պուտինից Պուտինով",
        "ka": "პუტინი პუტინმა პუტინს პუტინის პუტინით პუტინზე",
        "az": "Putin Putinin Putinə Putini Putindən Putinlə",
        "tr": "Putin Putin'in Putin'e Putin'i Putin'den Putin'le",
        "en": "Putin Putin Putin's",
    },
    "erdogan": {
        "ru": "Эрдоган Эрдогана Эрдогану Эрдогана Эрдоганом Эрдогане",
        "hy": "Էրդողան Էրդողանը Էրդողանի Էրդողանին Էրդողանից Էրդողանով",
        "ka": "ერდოღანი ერდოღანმა ერდოღანს ერდოღანის ერდოღანით ერდოღანზე",
        "az": "Ərdoğan Ərdoğanın Ərdoğana Ərdoğanı Ərdoğandan Ərdoğanla",
        "tr": "Erdoğan Erdoğan'ın Erdoğan'a Erdoğan'ı Erdoğan'dan Erdoğan'la",
        "en": "Erdogan Erdogan Erdogan's",
    },
    "kobakhidze": {
        "ru": "Кобахидзе Кобахидзе Кобахидзе Кобахидзе Кобахидзе Кобахидзе",
        "hy": "Կոբախիձե Կոբախիձեն Կոբախիձեի Կոբախիձեին Կոբախիձեից Կոբախիձեով",
        "ka": "კობახიძე კობახიძემ კობახიძეს კობახიძის კობახიძით კობახიძეზე",
        "az": "Kobaxidze Kobaxidzenin Kobaxidzeyə Kobaxidzeni Kobaxidzedən Kobaxidze",
        "en": "Kobakhidze Kobakhidze Kobakhidze's",
    },
    "zelensky": {
        "ru": "Зеленский Зеленского Зеленскому Зеленского Зеленским Зеленском",
        "hy": "Զելենսկի Զելենսկին Զելենսկու Զելենսկուն Զելենսկուց Զելենսկիով",
        "ka": "ზელენსკი ზელენსკიმ ზელენსკის ზელენსკის ზელენსკით ზელენსკიზე",
        "az": "Zelenski Zelenskinin Zelenskiyə Zelenskini Zelenskidən Zelenski",
        "en": "Zelensky Zelensky Zelensky's",
    },
    "trump": {
        "ru": "Трамп Трампа Трампу Трампа Трампом Трампе",
        "hy": "Թրամփ Թրամփը Թրամփի Թրամփին Թրամփից Թրամփով",
        "ka": "ტრამპი ტრამპმა ტრამპს ტრამპის ტრამპით ტრამპზე",
        "az": "Tramp Trampın Trampa Trampı Trampdan Trampla",
        "tr": "Trump Trump'ın Trump'a Trump'ı Trump'tan Trump'la",
        "en": "Trump Trump Trump's",
    },
    "lavrov": {
        "ru": "Лавров Лаврова Лаврову Лаврова Лавровым Лаврове",
        "hy": "Լավրով Լավրովը Լավրովի Լավրովին Լավրովից Լավրովով",
        "ka": "ლავროვი ლავროვმა ლავროვს ლავროვის ლავროვით ლავროვზე",
        "az": "Lavrov Lavrovun Lavrova Lavrovu Lavrovdan Lavrovla",
        "en": "Lavrov Lavrov Lavrov's",
    },
    # near to others in letters, and none of them
    "ivan": {"ru": "Иван Ивана Ивану Ивана Иваном Иване"},
    "ivanov": {"ru": "Иванов Иванова Иванову Иванова Ивановым Иванове"},
    "karabakh": {
        "ru": "Карабах Карабаха Карабаху Карабах Карабахом Карабахе",
        "en": "Karabakh Karabakh Karabakh",
    },
    "georgia": {
        "ru": "Грузия Грузии Грузии Грузию Грузией Грузии",
        "ka": "საქართველო საქართველომ საქართველოს საქართველოს საქართველოთი საქართველოზე",
    },
    "rusiya": {"az": "Rusiya Rusiyanın Rusiyaya Rusiyanı Rusiyadan Rusiya"},
    "turkiye": {"tr": "Türkiye Türkiye'nin Türkiye'ye Türkiye'yi Türkiye'den Türkiye"},
    "hayastan": {"hy": "Հայաստան Հայաստանը Հայաստանի Հայաստանին Հայաստանից Հայաստանով"},
}

WORDS = {
    "ru": """президент президента президенту президента президентом президенте
        война войны войне войну войной войне
        граница границы границе границу границей границе
        министр министра министру министра министром министре
        выборы выборов выборам выборы выборами выборах
        рынок рынка рынку рынок рынком рынке
        соглашение соглашения соглашению соглашение соглашением соглашении
        армия армии армии армию армией армии
        боец бойца бойцу бойца бойцом бойце
        груз груза грузу груз грузом грузе
        армянин армянина армянину армянина армянином армянине
        русские русских русским русских русскими русских
        канал канала каналу канал каналом канале
        город города городу город городом городе""",
    "hy": """պատերազմ պատերազմը պատերազմի պատերազմին պատերազմից պատերազմով
        նախագահ նախագահը նախագահի նախագահին նախագահից նախագահով
        սահման սահմանը սահմանի սահմանին սահմանից սահմանով
        խաղաղություն խաղաղությունը խաղաղության խաղաղությանը խաղաղությունից խաղաղությամբ
        երկիր երկիրը երկրի երկրին երկրից երկրով
        զինվոր զինվորը զինվորի զինվորին զինվորներից զինվորներով
        քաղաքացի քաղաքացին քաղաքացու քաղաքացուն քաղաքացիներից քաղաքացիներով
        ընտրություններ ընտրությունները ընտրությունների ընտրություններին ընտրություններից ընտրություններով
        դպրոց դպրոցը դպրոցի դպրոցին դպրոցից դպրոցներով
        հարց հարցը հարցի հարցին հարցերից հարցերով""",
    "ka": """ომი ომმა ომს ომის ომით ომზე
        პრეზიდენტი პრეზიდენტმა პრეზიდენტს პრეზიდენტის პრეზიდენტით პრეზიდენტზე
        საზღვარი საზღვარმა საზღვარს საზღვრის საზღვრით საზღვარზე
        ქვეყანა ქვეყანამ ქვეყანას ქვეყნის ქვეყნით ქვეყანაზე
        მთავრობა მთავრობამ მთავრობას მთავრობის მთავრობით მთავრობაზე
        არჩევნები არჩევნებმა არჩევნებს არჩევნების არჩევნებით არჩევნებზე
        მოლაპარაკება მოლაპარაკებამ მოლაპარაკებას მოლაპარაკების მოლაპარაკებებით მოლაპარაკებებზე
        ჯარისკაცი ჯარისკაცმა ჯარისკაცს ჯარისკაცის ჯარისკაცებით ჯარისკაცებზე
        სკოლა სკოლამ სკოლას სკოლის სკოლებით სკოლებზე
        მინისტრი მინისტრმა მინისტრს მინისტრის მინისტრებით მინისტრებზე""",
    "az": """müharibə müharibənin müharibəyə müharibəni müharibədən müharibədə
        prezident prezidentin prezidentə prezidenti prezidentdən prezidentlə
        sərhəd sərhədin sərhədə sərhədi sərhəddən sərhədlərdə
        seçki seçkinin seçkiyə seçkini seçkidən seçkilərdə
        ölkə ölkənin ölkəyə ölkəni ölkədən ölkələrdə
        sülh sülhün sülhə sülhü sülhdən sülhlə
        nazirlik nazirliyin nazirliyə nazirliyi nazirlikdən nazirlikdə
        torpaq torpağın torpağa torpağı torpaqdan torpaqlarda
        rus rusun rusa rusu rusdan ruslarla
        şəhər şəhərin şəhərə şəhəri şəhərdən şəhərlərdə""",
    "tr": """savaş savaşın savaşa savaşı savaştan savaşlarla
        cumhurbaşkanı cumhurbaşkanının cumhurbaşkanına cumhurbaşkanını cumhurbaşkanından cumhurbaşkanıyla
        sınır sınırın sınıra sınırı sınırdan sınırlarla
        seçim seçimin seçime seçimi seçimden seçimlerle
        ülke ülkenin ülkeye ülkeyi ülkeden ülkelerle
        barış barışın barışa barışı barıştan barışla
        hükümet hükümetin hükümete hükümeti hükümetten hükümetle
        bakanlık bakanlığın bakanlığa bakanlığı bakanlıktan bakanlıkla
        anlaşma anlaşmanın anlaşmaya anlaşmayı anlaşmadan anlaşmayla
        Türk Türk'ün Türk'e Türk'ü Türk'ten Türklerle""",
    "en": """war wars war
        president presidents president
        border borders bordered
        minister ministers minister
        election elections election
        agreement agreements agreement
        prisoner prisoners prisoner
        country countries country
        party parties party
        part parts part""",
}


class Judged(NamedTuple):
    """``by``: what was written; ``right``: which texts should be found, of ``named`` and ``word``."""

    by: str
    right: Callable[[], set[str]]


def _forms() -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the kind, id, language and forms of each word."""
    for id_, languages in NAMES.items():
        for language, forms in languages.items():
            yield "name", id_, language, forms.split()
    for language, lines in WORDS.items():
        for line in lines.splitlines():
            forms = line.split()
            yield "word", forms[0], language, forms


def texts() -> dict[str, tuple[str, str]]:
    """Return the texts with their languages by a name of each."""
    return {
        f"{language}-{id_}-{i}": (language, frame.format(form))
        for _, id_, language, forms in _forms()
        for i, (frame, form) in enumerate(zip(FRAMES[language], forms, strict=True))
    }


def named(*ids: str) -> set[str]:
    """Return the texts, in any language, that have one of these names."""
    return {key for key in texts() if key.split("-")[1] in ids and key.split("-")[1] in NAMES}


def word(language: str, *lemmas: str) -> set[str]:
    """Return the texts of a language that have one of these words in any form."""
    return {key for key in texts() if key.split("-")[0] == language and key.split("-")[1] in lemmas}


def exactly(form: str) -> set[str]:
    """Return the texts that have a form as it is written here."""
    pattern = re.compile(rf"\b{form}\b", re.IGNORECASE)
    return {key for key, (_, text) in texts().items() if pattern.search(text)}


def frame(language: str, number: int) -> set[str]:
    """Return the texts that were made from a frame."""
    return {key for key in texts() if key.startswith(f"{language}-") and key.endswith(f"-{number}")}


JUDGED = [
    # names, from six alphabets and in forms
    Judged("Aliyev", lambda: named("aliyev")),
    Judged("Əliyev", lambda: named("aliyev")),
    Judged("Алиева", lambda: named("aliyev")),
    Judged("Ալիևի", lambda: named("aliyev")),
    Judged("ალიევმა", lambda: named("aliyev")),
    Judged("Əliyevin", lambda: named("aliyev")),
    Judged("Pashinyan", lambda: named("pashinyan")),
    Judged("Փաշինյան", lambda: named("pashinyan")),
    Judged("Пашинян", lambda: named("pashinyan")),
    Judged("Paşinyan", lambda: named("pashinyan")),
    Judged("ფაშინიანი", lambda: named("pashinyan")),
    Judged("Путин", lambda: named("putin")),
    Judged("putin", lambda: named("putin")),
    Judged("პუტინის", lambda: named("putin")),
    Judged("Erdoğan", lambda: named("erdogan")),
    Judged("Эрдоганом", lambda: named("erdogan")),
    Judged("Էրդողանի", lambda: named("erdogan")),
    Judged("Kobakhidze", lambda: named("kobakhidze")),
    Judged("კობახიძის", lambda: named("kobakhidze")),
    Judged("Зеленский", lambda: named("zelensky")),
    Judged("Zelenskyy", lambda: named("zelensky")),
    Judged("Трамп", lambda: named("trump")),
    Judged("ტრამპი", lambda: named("trump")),
    Judged("Лавров", lambda: named("lavrov")),
    Judged("Lavrov", lambda: named("lavrov")),
    Judged("Иванов", lambda: named("ivanov")),
    Judged("Карабах", lambda: named("karabakh")),
    Judged("Грузия", lambda: named("georgia")),
    Judged("Rusiya", lambda: named("rusiya")),
    Judged("Türkiye", lambda: named("turkiye")),
    Judged("Հայաստան", lambda: named("hayastan")),
    Judged("საქართველო", lambda: named("georgia")),
    # common words
    Judged("президент", lambda: word("ru", "президент")),
    Judged("война", lambda: word("ru", "война")),
    Judged("границах", lambda: word("ru", "граница")),
    Judged("выборы", lambda: word("ru", "выборы")),
    Judged("рынок", lambda: word("ru", "рынок")),
    Judged("соглашение", lambda: word("ru", "соглашение")),
    Judged("պատերազմ", lambda: word("hy", "պատերազմ")),
    Judged("խաղաղություն", lambda: word("hy", "խաղաղություն")),
    Judged("երկիր", lambda: word("hy", "երկիր")),
    Judged("քաղաքացիներ", lambda: word("hy", "քաղաքացի")),
    Judged("ომი", lambda: word("ka", "ომი")),
    Judged("ქვეყანა", lambda: word("ka", "ქვეყანა")),
    Judged("მოლაპარაკება", lambda: word("ka", "მოლაპარაკება")),
    Judged("არჩევნები", lambda: word("ka", "არჩევნები")),
    Judged("müharibə", lambda: word("az", "müharibə")),
    Judged("nazirlik", lambda: word("az", "nazirlik")),
    Judged("torpaqlar", lambda: word("az", "torpaq")),
    Judged("rus", lambda: word("az", "rus")),
    Judged("savaş", lambda: word("tr", "savaş")),
    Judged("ülkeler", lambda: word("tr", "ülke")),
    Judged("bakanlık", lambda: word("tr", "bakanlık")),
    Judged("wars", lambda: word("en", "war")),
    Judged("election", lambda: word("en", "election")),
    Judged("party", lambda: word("en", "party")),
    # brackets and operators
    Judged("Aliyev NOT (газета OR редакция)", lambda: named("aliyev") - frame("ru", 3) - frame("ru", 4)),
    Judged("Путин OR (война -газета)", lambda: named("putin") | (word("ru", "война") - frame("ru", 3))),
    Judged("(Trump OR Putin) AND (reporters OR paper)",
           lambda: {k for k in named("trump", "putin") if k.startswith("en-")} - frame("en", 0)),
    Judged("(президент OR министр) журналисты", lambda: word("ru", "президент", "министр") & frame("ru", 1)),
    Judged("մամուլ NOT (պատերազմ OR Ալիև)", lambda: frame("hy", 0) - word("hy", "պատերազմ") - named("aliyev")),
    Judged("qəzet (müharibə OR (sülh NOT prezident))", lambda: word("az", "müharibə", "sülh") & frame("az", 3)),
    # exactly
    Judged("=Алиева", lambda: exactly("Алиева")),
    Judged('"role of Putin"', lambda: named("putin") & frame("en", 1)),
    Judged("=Aliyev", lambda: exactly("Aliyev")),
    Judged('"война"', lambda: exactly("война")),
]  # fmt: skip
