"""Name months, weekdays, relative words and time zones, as data for ``dates``. Pure.

Every name is stored folded (``date_key``) and, for Latin script, also without its diacritics. A name means one month or
it is not here: "jui" (juin, juillet) is kept apart in ``UNSURE`` and only a weekday can decide it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from scraper.text.normalize import fold

# One line a language: twelve cells, each with all forms of one month (nominative, genitive, abbreviations).
_MONTHS = """
en| january jan | february feb febr | march mar | april apr | may | june jun | july jul | august aug | september sep sept | october oct | november nov | december dec
ru| январь января январе янв | февраль февраля феврале фев февр | март марта марте мар | апрель апреля апреле апр | май мая мае | июнь июня июне июн | июль июля июле июл | август августа августе авг | сентябрь сентября сентябре сен сент | октябрь октября октябре окт | ноябрь ноября ноябре ноя нояб | декабрь декабря декабре дек
uk| січень січня січ | лютий лютого лют | березень березня бер | квітень квітня кві квіт | травень травня тра трав | червень червня чер черв | липень липня лип | серпень серпня сер серп | вересень вересня вер | жовтень жовтня жов жовт | листопад листопада лис лист | грудень грудня гру груд
be| студзень студзеня | люты лютага | сакавік сакавіка | красавік красавіка | травеня | чэрвень чэрвеня | ліпень ліпеня | жнівень жніўня | верасень верасня | кастрычнік кастрычніка | лістапад лістапада | снежань снежня
bg| януари | февруари | - | април | - | юни | юли | - | септември | октомври | ноември | декември
hy| հունվար հունվարի հունվարին հնվ հուն | փետրվար փետրվարի փետրվարին փտվ փետ փետր | մարտ մարտի մարտին մրտ մար | ապրիլ ապրիլի ապրիլին ապր | մայիս մայիսի մայիսին մյս մայ | հունիս հունիսի հունիսին հնս հունս | հուլիս հուլիսի հուլիսին հլս հուլ | օգոստոս օգոստոսի օգոստոսին օգս օգոս օգոստ | սեպտեմբեր սեպտեմբերի սեպտեմբերին սեպ սեպտ | հոկտեմբեր հոկտեմբերի հոկտեմբերին հոկ հոկտ | նոյեմբեր նոյեմբերի նոյեմբերին նոյ նոյեմ | դեկտեմբեր դեկտեմբերի դեկտեմբերին դեկ դեկտ
hyw| յունուար յունուարի | փետրուար փետրուարի | - | - | - | յունիս յունիսի | յուլիս յուլիսի | - | - | - | - | -
az| yanvar yanvarın yanvarda yan | fevral fevralın fevralda fev | mart martın martda mar | aprel aprelin apreldə apr | may mayın mayda | iyun iyunun iyunda iyn | iyul iyulun iyulda iyl | avqust avqustun avqustda avq | sentyabr sentyabrın sentyabrda sen sent | oktyabr oktyabrın oktyabrda okt | noyabr noyabrın noyabrda noy | dekabr dekabrın dekabrda dek
azc| јанвар | феврал | - | апрел | - | ијун | ијул | - | сентјабр | октјабр | нојабр | декабр
tr| ocak oca | şubat şub | mart mar | nisan nis | mayıs may | haziran haz | temmuz tem | ağustos ağu | eylül eyl | ekim eki | kasım kas | aralık ara
de| januar jänner jän | februar feber | märz mär mrz | april | mai | juni | juli | august | september | oktober okt | november | dezember dez
fr| janvier janv | février févr fév fevr | mars | avril avr | mai | juin | juillet juil | août aoû | septembre | octobre | novembre | décembre déc
es| enero ene | febrero | marzo | abril abr | mayo | junio | julio | agosto ago | septiembre setiembre set | octubre | noviembre | diciembre dic
it| gennaio gen | febbraio | marzo | aprile | maggio mag | giugno giu | luglio lug | agosto | settembre sett | ottobre ott | novembre | dicembre
pt| janeiro | fevereiro | março | abril | maio | junho | julho | agosto | setembro | outubro out | novembro | dezembro
nl| januari | februari | maart mrt | april | mei | juni | juli | augustus | september | oktober | november | december
da| januar | februar | marts | april | maj | juni | juli | august | september | oktober | november | december des
sv| januari | februari | mars | april | maj | juni | juli | augusti | september | oktober | november | december
fi| tammikuu tammikuuta tammi | helmikuu helmikuuta helmi | maaliskuu maaliskuuta maalis | huhtikuu huhtikuuta huhti | toukokuu toukokuuta touko | kesäkuu kesäkuuta kesä | heinäkuu heinäkuuta heinä | elokuu elokuuta elo | syyskuu syyskuuta syys | lokakuu lokakuuta loka | marraskuu marraskuuta marras | joulukuu joulukuuta joulu
pl| styczeń stycznia sty | luty lutego lut | marzec marca | kwiecień kwietnia kwi | maj maja | czerwiec czerwca cze | lipiec lipca lip | sierpień sierpnia sie | wrzesień września wrz | październik października paź | listopad listopada lis | grudzień grudnia gru
cs| leden ledna | únor února | březen března | duben dubna | květen května | červen června | červenec července | srpen srpna | září | říjen října | - | prosinec prosince
ro| ianuarie ian | februarie | martie | aprilie | - | iunie iun | iulie iul | august | septembrie | octombrie | noiembrie noi | decembrie
hu| január | február | március márc | április ápr | május máj | június jún | július júl | augusztus | szeptember szept | október | november | december
sq| janar | shkurt | - | prill | maj | qershor | korrik | gusht | shtator | tetor | nëntor | dhjetor
sr| januar | februar | mart | april | maj | jun | jul | avgust | septembar | oktobar | novembar | decembar
ar| يناير | فبراير شباط | مارس آذار اذار مارت | أبريل إبريل نيسان | مايو أيار ايار | يونيو يونيه حزيران | يوليو يوليه تموز | أغسطس آب اب | سبتمبر أيلول ايلول | أكتوبر | نوفمبر | ديسمبر
el| ιανουάριος ιανουαρίου ιαν | φεβρουάριος φεβρουαρίου φεβ φεβρ | μάρτιος μαρτίου μάρ μάρτ μαρτ | απρίλιος απριλίου απρ | μάιος μαΐου μάι μαΐ μαι | ιούνιος ιουνίου ιούν ιουν | ιούλιος ιουλίου ιούλ ιουλ | αύγουστος αυγούστου αύγ αυγ | σεπτέμβριος σεπτεμβρίου σεπ σεπτ | οκτώβριος οκτωβρίου οκτ | νοέμβριος νοεμβρίου νοέ νοε | δεκέμβριος δεκεμβρίου δεκ
"""  # fmt: skip

# Georgian months decline regularly: stem + ending (nominative, genitive, dative, locative, bare stem), and abbreviations.
# One row each: stem, genitive stem, abbreviation, longer abbreviation.
_KA_MONTHS = """
იანვარ თებერვალ მარტ აპრილ მაის ივნის ივლის აგვისტო სექტემბერ ოქტომბერ ნოემბერ დეკემბერ
იანვრ თებერვლ მარტ აპრილ მაის ივნის ივლის აგვისტო სექტემბრ ოქტომბრ ნოემბრ დეკემბრ
იან თებ მარ აპრ მაი ივნ ივლ აგვ სექ ოქტ ნოე დეკ
იანვ თებერ - - - - - აგვის სექტ - ნოემ დეკემ
"""

# Months of two words are read as their other name.
_TWO_WORDS = {
    "كانون الثاني": "يناير",
    "كانون الأول": "ديسمبر",
    "كانون الاول": "ديسمبر",
    "تشرين الأول": "أكتوبر",
    "تشرين الاول": "أكتوبر",
    "تشرين الثاني": "نوفمبر",
}
_DIGITS = {ord(digit): str(i % 10) for i, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")} | {ord("،"): ","}

UNSURE: dict[str, tuple[int, ...]] = {"jui": (6, 7)}


def without_diacritics(name: str) -> str:
    """Return a Latin name without its diacritics ("şubat" is often printed "subat")."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def date_key(text: str) -> str:
    """Return text as names are looked up: folded, composed again (case folding takes "ΐ" apart), no dot left over from "İ"."""
    return unicodedata.normalize("NFC", fold(text)).replace("\u0307", "")


def plain_digits(line: str) -> str:
    """Return a folded line with Arabic digits and two-word months replaced by those of the tables."""
    line = line.translate(_DIGITS)
    if "ك" in line or "ت" in line:
        for two, one in _TWO_WORDS.items():
            line = line.replace(two, one)
    return line


def _both(name: str) -> set[str]:
    folded = date_key(name)
    return {folded, date_key(without_diacritics(folded))}


def _month_forms() -> Iterator[tuple[str, int]]:
    """Yield every name of a month, with its number."""
    for line in _MONTHS.strip().splitlines():
        for month, cell in enumerate(line.split("|")[1:], 1):
            yield from ((name, month) for name in cell.split())
    rows = (row.split() for row in _KA_MONTHS.strip().splitlines())
    for month, (stem, genitive, *short) in enumerate(zip(*rows, strict=True), 1):
        endings = ("ი", "ს", "ში", "ისთვის", "")
        for name in (
            *(stem + ending for ending in endings),
            *(genitive + end for end in ("ის", "ისა", "ისთვის")),
            *short,
        ):
            yield name, month


MONTHS: dict[str, int] = {}
for _name, _month in _month_forms():
    for _form in _both(_name) if _name != "-" else ():
        if MONTHS.setdefault(_form, _month) != _month:  # a mistake in the tables above, seen at import
            raise AssertionError(f"{_form} means two months")


def _words(line: str) -> frozenset[str]:
    return frozenset(form for word in line.split() for form in _both(word.replace("_", " ")))


# Monday = 0. They disambiguate 02/01/2006 and "jui"; otherwise a weekday is only skipped.
WEEKDAYS = {
    form: i % 7
    for i, names in enumerate(
        (
            "mon monday lun lundi", "tue tues tuesday mar mardi", "wed wednesday mer mercredi", "thu thur thurs thursday jeu jeudi",
            "fri friday ven vendredi", "sat saturday sam samedi", "sun sunday dim dimanche",
        )
    )
    for form in names.split()
}  # fmt: skip

# Stems by which a text is asked for the weekdays it names; words that mean a week, a market or surroundings too are left out.
WEEKDAY_STEMS = {
    stem: day
    for line in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "понедельник вторник среду четверг пятниц суббот воскресень",
        "երկուշաբթի երեքշաբթի չորեքշաբթի հինգշաբթի ուրբաթ - կիրակի",
        "ორშაბათ სამშაბათ ოთხშაბათ ხუთშაბათ პარასკევ შაბათ -",
        "pazartesi sali çarşamba perşembe cuma cumartesi -",
    )
    for day, stem in enumerate(line.split())
    if stem != "-"
}

# May stand between day, month and year without separating them.
GLUE = _words(
    "of the de del d di den dne at year in il ilin ilinin ili ildə yıl yılı yılının sene cı ci cu cü г г. год года году р року "
    "წ წელი წლის თ თ. თ.ვ. թ թ. թվ թվական թվականի թվականին vom am le el il tarixi st nd rd th"
) | frozenset(WEEKDAYS)

TODAY = _words(
    "today bugün bu_gün сегодня დღეს այսօր бүгүн heute hoy oggi hoje dzisiaj dziś idag vandaag сьогодні aujourd'hui бу_ҝүн"
)
YESTERDAY = _words(
    "yesterday dün dünən вчера გუშინ երեկ երէկ gestern hier ayer ieri ontem wczoraj igår gisteren вчора"
)
BEFORE_YESTERDAY = _words(
    "позавчера გუშინწინ srağagün srağa_gün evvelsi_gün evvelki_gün նախանցյալ_օրը vorgestern anteayer avant-hier"
)
NOW = _words("just_now только_что სულ_ახლახან ახლახან հենց_նոր indicə elə_indi şimdi az_önce az_əvvəl şu_an")

# A duration counts back from now only with one of these beside it ...
AGO = _words("ago назад тому წინ უკან առաջ əvvəl öncə qabaq önce evvel")
# ... or in Georgian, where listings print the genitive alone ("1 საათის" = of one hour, "before" understood).
AGO_ALONE = _words("საათის წუთის წამის დღის")
AND = _words("and и და և ու və ve")

_UNITS = {
    1: "second seconds sec secs s секунд секунду секунды секунда сек წამის წამი წამ վայրկյան վրկ saniyə san saniye sn",
    60: "minute minutes min mins m минут минуту минуты минута мин წუთის წუთი წთ րոպե ր dəqiqə dəq dakika dk хв хвилин",
    3600: "hour hours hr hrs h час часа часов ч საათის საათი სთ ժամ ժ saat sa годин година години",
    86400: "day days d день дня дней дн сутки დღის დღე օր gün дні днів",
    604800: "week weeks wk w неделю недели недель нед კვირის კვირა շաբաթ həftə hafta тиждень",
    2629800: "month months mo месяц месяца месяцев мес თვის თვე ամիս ay місяць",  # the mean Gregorian month
    31557600: "year years yr yrs год года лет წლის წელი տարի il yıl рік",
}
UNITS = {form: seconds for seconds, names in _UNITS.items() for name in names.split() for form in _both(name)}
ONE = _words("a an one один одну одна ერთი մեկ մի bir")

AM = _words("am öö 오전 上午 午前 πμ")
PM = _words("pm ös 오후 下午 午後 μμ")

# Hours from UTC. Where one abbreviation names several zones, the one that our sources mean (AMT Armenia, GET Georgia, GST
# Gulf) or, failing that, the one of RFC 5322 stands here.
_ZONES = """
0 utc gmt ut z wet zulu utz
1 cet bst west met mez wat ist_ie
2 eet cest mest mesz cat sast eest_-1
3 msk мск trt eest eat ast_ar tsi idt ait
4 azt get amt samt msd gst mut sct
5 azst amst gest pkt uzt yekt tjt tmt mvt
6 omst almt kgt bdt bst_bd
7 novt krat ict wib hovt
8 irkt hkt awst sgt myt pht wita cst_cn
9 jst kst yakt wit
10 aest vlat chst
11 aedt magt sret sbt
12 nzst pett fjt anat
13 nzdt
3.5 irst
4.5 irdt aft
5.5 ist
5.75 npt
6.5 mmt
9.5 acst
10.5 acdt
-1 azot cvt
-2 fnt brst
-2.5 ndt
-3 brt art adt clst uyt gft
-3.5 nst
-4 ast edt clt vet bot
-5 est cdt cot pet ect
-6 cst mdt
-7 mst pdt
-8 pst akdt
-9 akst hdt
-10 hst
-11 sst
"""
ZONES = {
    name: round(float(line.split()[0]) * 3600)
    for line in _ZONES.strip().splitlines()
    for name in line.split()[1:]
    if "_" not in name
}
