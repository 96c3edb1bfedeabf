"""Short texts in six languages that name places, and queries with what each should find. Written before a search was run on them.

A text has tags: which places, people and things it is about. A query's truth is a set of tags, joined, taken away or cut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

# language, tags, text
TEXTS = """
ru | moscow talks | Вчера переговоры в Москве завершились поздно вечером.
ru | gas gazprom | Сегодня цены на газ выросли, заявил министр.
ru | gaza cairo | Посредники сообщили, что в Газе объявлено перемирие, а делегация вернулась в Каир.
ru | gas armenia gyumri | Поставки газа выросли, и жители Гюмри платят больше, говорят в Армении.
ru | nakhchivan baku | Новую дорогу получит Нахичевань, сообщили в Баку.
ru | stepanakert | За два дня жители Степанакерта покинули город.
ru | georgia vienna | Вчера глава МИД Грузии прилетел в Вену.
ru | tbilisi march | Вчера в Тбилиси прошёл марш.
ru | kars gyumri | Новый поезд соединит Карс и Гюмри.
ru | ganja | Голосование в Гяндже перенесено на осень.
ru | ivan | На сцене снова выступил Иван Ванин.
ru | van | За десять лет обмелело озеро Ван.
ru | shusha | Фестиваль в Шуше откроют летом.
ru | beijing | Наш посол в Пекине встретился с премьером.
ru | turkey | Границу обещала открыть Турция.
ru | youth | О работе молодёжи говорили на форуме.
ru | sukhumi | Из аэропорта Сухума пошли рейсы.
ru | athens | Об этом заявили в Афинах.
hy | moscow | Երեկ բանակցությունները Մոսկվայում ավարտվեցին ուշ երեկոյան։
hy | georgia tbilisi | Վրաստանի վարչապետը երեկ խոսեց Թբիլիսիում։
hy | baku | Դատավարությունը Բաքվում շարունակվում է։
hy | nakhchivan | Ճանապարհը կանցնի Նախիջևանով։
hy | stepanakert | Մարդիկ հեռացան Ստեփանակերտից։
hy | shusha | Հին եկեղեցին գտնվում է Շուշիում։
hy | gaza | Կրակը դադարեցրին Գազայում։
hy | gas | Բնական գազի գինը կբարձրանա։
hy | armenia yerevan | Հայաստանի կառավարությունը հավաքվեց Երևանում։
hy | armen | Դատարանում ելույթ ունեցավ Արմենը։
hy | van | Լիճը Վանի մոտ է։
hy | turkey | Սահմանը կբացի Թուրքիան։
hy | vienna | Հանդիպումը կլինի Վիեննայում։
hy | athens | Նա երեկ մեկնեց Աթենք։
ka | moscow | მოლაპარაკება მოსკოვში გვიან დასრულდა.
ka | nakhchivan | ახალი გზა ნახიჩევანში გაივლის.
ka | baku | სასამართლო ბაქოში გრძელდება.
ka | georgia | საქართველოს მთავრობამ კანონი მიიღო.
ka | gaza | ცეცხლი ღაზაში შეწყდა.
ka | gas | ბუნებრივი აირი გაძვირდება.
ka | armenia | სომხეთის პარლამენტი შეიკრიბა.
ka | sukhumi | რეისები სოხუმიდან დაიწყო.
ka | athens | დელეგაცია ათენში ჩავიდა.
ka | turkey | საზღვარს თურქეთი გახსნის.
ka | vienna | შეხვედრა ვენაში გაიმართება.
ka | gyumri | მატარებელი გიუმრიდან გავიდა.
ka | beijing | ელჩი პეკინში ჩავიდა.
az | moscow | Dünən danışıqlar Moskvada gec bitdi.
az | nakhchivan | Yeni yol Naxçıvana çatacaq.
az | baku | Məhkəmə Bakıda davam edir.
az | stepanakert | Tələbələr Xankəndinə köçür.
az | shusha | Festival yayda Şuşada açılacaq.
az | georgia tbilisi | Dünən Gürcüstanın baş naziri Tiflisdə danışdı.
az | yerevan armenia | Görüş İrəvanda keçdi, bildirib Ermənistan.
az | ganja | Səsvermə payıza qədər Gəncədə keçiriləcək.
az | youth | Forumda gəncə iş tapmaq çətindir, dedilər.
az | gas | Qazın qiyməti artacaq.
az | gaza | Atəşkəs Qəzzada elan olundu.
az | athens | Bunu Afinada bildirdilər.
az | beijing | Səfir dünən Pekində idi.
az | turkey | Sərhədi açacaq Türkiyə.
tr | moscow | Dün görüşmeler Moskova'da geç bitti.
tr | nakhchivan | Yeni yol Nahçıvan'a ulaşacak.
tr | baku | Dava dün Bakü'de sürdü.
tr | georgia tbilisi | Dün Gürcistan başbakanı Tiflis'te konuştu.
tr | yerevan armenia | Toplantı Erivan'da yapıldı, dedi Ermenistan.
tr | gaza cairo | Ateşkes Gazze'de başladı, heyet Kahire'ye döndü.
tr | gas | Dün doğal gaz fiyatı arttı.
tr | kars gyumri | Yeni tren Kars ile Gümrü arasında çalışacak.
tr | athens | Bunu dün Atina'da söylediler.
tr | vienna | Toplantı Viyana'da olacak.
tr | sukhumi | Uçuşlar dün Sohum'dan başladı.
en | moscow talks | Yesterday the talks in Moscow ended late.
en | gaza cairo | The truce in Gaza holds, say people in Cairo.
en | gas | Prices of natural gas rise again.
en | nakhchivan | A new road reaches Nakhchivan.
en | stepanakert | They all left Stepanakert in two days.
en | shusha | The festival in Shusha opens in summer.
en | georgia tbilisi march | A march in Tbilisi stopped traffic, and in Georgia nobody was surprised.
en | yerevan armenia | The cabinet of Armenia met in Yerevan.
en | ganja | The vote in Ganja is moved.
en | sukhumi | Flights from Sukhumi began.
en | athens | They said so in Athens.
en | turkey | The border will be opened by Turkey.
en | armen | The court heard Armen Petrosyan.
en | vienna | The meeting will be in Vienna.
en | beijing | The ambassador was in Beijing.
en | baku | The trial in Baku goes on.
"""


class Text(NamedTuple):
    """A text, its language and what it is about."""

    language: str
    tags: frozenset[str]
    text: str


def texts() -> dict[str, Text]:
    """Return the texts by a name of each."""
    rows = [[cell.strip() for cell in line.split("|")] for line in TEXTS.strip().splitlines()]
    return {
        f"{n:02}-{language}-{tags.replace(' ', '-')}": Text(language, frozenset(tags.split()), text)
        for n, (language, tags, text) in enumerate(rows)
    }


def about(*tags: str, languages: str = "ru hy ka az tr en") -> set[str]:
    """Return the texts that are about one of these, in these languages."""
    return {
        key
        for key, text in texts().items()
        if not text.tags.isdisjoint(tags) and text.language in languages.split()
    }


def holding(form: str) -> set[str]:
    """Return the texts that have these letters."""
    return {key for key, text in texts().items() if form in text.text}


class JudgedPlace(NamedTuple):
    """``by``: what was written; ``right``: which texts should be found."""

    by: str
    right: Callable[[], set[str]]


JUDGED_PLACES = [
    # a place by its name in each language
    JudgedPlace("Москва", lambda: about("moscow")),
    JudgedPlace("მოსკოვი", lambda: about("moscow")),
    JudgedPlace("Moskova", lambda: about("moscow")),
    JudgedPlace("Մոսկվա", lambda: about("moscow")),
    JudgedPlace("Moscow", lambda: about("moscow")),
    JudgedPlace("Moskva", lambda: about("moscow")),
    JudgedPlace("Нахичевань", lambda: about("nakhchivan")),
    JudgedPlace("Naxçıvan", lambda: about("nakhchivan")),
    JudgedPlace("Nahçıvan", lambda: about("nakhchivan")),
    JudgedPlace("ნახიჩევანი", lambda: about("nakhchivan")),
    JudgedPlace("Նախիջևան", lambda: about("nakhchivan")),
    JudgedPlace("Nakhchivan", lambda: about("nakhchivan")),
    JudgedPlace("Тбилиси", lambda: about("tbilisi")),
    JudgedPlace("Tiflis", lambda: about("tbilisi")),
    JudgedPlace("Ереван", lambda: about("yerevan")),
    JudgedPlace("İrəvan", lambda: about("yerevan")),
    JudgedPlace("Erivan", lambda: about("yerevan")),
    JudgedPlace("Степанакерт", lambda: about("stepanakert")),
    JudgedPlace("Xankəndi", lambda: about("stepanakert")),
    JudgedPlace("Шуша", lambda: about("shusha")),
    JudgedPlace("Շուշի", lambda: about("shusha")),
    JudgedPlace("Gəncə", lambda: about("ganja")),
    JudgedPlace("Гянджа", lambda: about("ganja")),
    JudgedPlace("Gyumri", lambda: about("gyumri")),
    JudgedPlace("Gümrü", lambda: about("gyumri")),
    JudgedPlace("Афины", lambda: about("athens")),
    JudgedPlace("Atina", lambda: about("athens")),
    JudgedPlace("Աթենք", lambda: about("athens")),
    JudgedPlace("Пекин", lambda: about("beijing")),
    JudgedPlace("Beijing", lambda: about("beijing")),
    JudgedPlace("Вена", lambda: about("vienna")),
    JudgedPlace("Viyana", lambda: about("vienna")),
    JudgedPlace("Сухум", lambda: about("sukhumi")),
    JudgedPlace("სოხუმი", lambda: about("sukhumi")),
    JudgedPlace("Каир", lambda: about("cairo")),
    JudgedPlace("Турция", lambda: about("turkey")),
    JudgedPlace("Türkiye", lambda: about("turkey")),
    JudgedPlace("საქართველო", lambda: about("georgia")),
    JudgedPlace("Georgia", lambda: about("georgia")),
    JudgedPlace("Армения", lambda: about("armenia")),
    JudgedPlace("Ermənistan", lambda: about("armenia")),
    # what is alike and another thing
    JudgedPlace("газ", lambda: about("gas", languages="ru")),
    JudgedPlace("газа", lambda: about("gas", languages="ru") | about("gaza")),
    JudgedPlace("Газа", lambda: about("gaza")),
    JudgedPlace("Qəzza", lambda: about("gaza")),
    JudgedPlace("Van", lambda: about("van")),
    JudgedPlace("Иван", lambda: about("ivan")),
    JudgedPlace("gənc", lambda: about("youth", languages="az")),
    JudgedPlace("Армен", lambda: about("armen")),
    # in forms
    JudgedPlace("Москвой", lambda: about("moscow")),
    JudgedPlace("Bakıdan", lambda: about("baku")),
    JudgedPlace("ბაქოდან", lambda: about("baku")),
    JudgedPlace("Բաքվի", lambda: about("baku")),
    JudgedPlace("Tiflis'in", lambda: about("tbilisi")),
    # exactly, quotes, brackets
    JudgedPlace("=Москве", lambda: holding("Москве")),
    JudgedPlace("=Москва", set),
    JudgedPlace('"в Афинах"', lambda: holding("в Афинах")),
    JudgedPlace('"talks in Moscow"', lambda: holding("talks in Moscow")),
    JudgedPlace("Москва NOT переговоры", lambda: about("moscow") - holding("переговоры")),
    JudgedPlace("(Баку OR Ереван) NOT Нахичевань", lambda: about("baku", "yerevan") - about("nakhchivan")),
    JudgedPlace("Gazze Kahire", lambda: about("gaza") & about("cairo")),
    JudgedPlace("Gürcistan (Tiflis OR Vienna)", lambda: about("georgia") & about("tbilisi", "vienna")),
    JudgedPlace("Грузия -Tbilisi", lambda: about("georgia") - about("tbilisi")),
    JudgedPlace("Карс OR Ван", lambda: about("kars", "van")),
]
