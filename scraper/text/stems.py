"""Reduce the words of six languages to stems, so that a search finds them in their forms. Pure.

Light rules: endings of nouns and adjectives come off (of verbs in Russian and English too), derived words stay apart. Where an ending
may as well belong to the word (Ильхам, dative plural or a name?) there are several stems; two words are forms of one if they share any.
Words come as ``storage.search.tokens`` makes them: folded, Latin letters without marks (ə stays).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache

MOST_STEMS = 4  # of one word
_CACHED = 1 << 17  # words; a few weeks of the press in six languages
_VERB = "\u01c2"  # before the stem of a verb, and what no rule gives: it meets its like only


@lru_cache(_CACHED)
def stems(word: str, language: str, *, name: bool = False) -> tuple[str, ...]:
    """Return the stems of a word, the likeliest first. ``name``: it is written with a capital."""
    if known := _IRREGULAR[language].get(word):
        return (known,)
    found = dict.fromkeys(_RULES[language](word, name=name))
    return tuple(found)[:MOST_STEMS]


def _irregular(table: str) -> dict[str, str]:
    """Read a table: ``stem: form form``, one a line."""
    rows = (line.partition(":") for line in table.strip().splitlines())
    return {form: stem.strip().replace("=", _VERB) for stem, _, forms in rows for form in forms.split()}


_IRREGULAR = {
    "en": _irregular("""
        man: man men
        woman: woman women
        child: child children
        foot: foot feet
        crisi: crisis crises
        said: said say says saying
        meet: met
        hold: held
        win: won winning
        lead: led
        leav: left
        tak: took taken
        giv: gave given
        kept: keep kept keeps keeping
        fight: fought
        send: sent
        buy: bought buy buys buying
        sell: sold
        begin: began begun beginning
        go: went gone go goes going
        know: knew known
        speak: spoke spoken
        writ: wrote written writing
        elect: elect
        =news: news
        =united: united
        =evening: evening evenings
        =during: during
        =nothing: nothing
        =something: something
        =morning: morning mornings
        =beijing: beijing
    """),
    "ru": _irregular("""
        =день: день дня дню днем дне дни дней дням днями днях
        =люди: люди людей людям людьми людях человек человека человеку человеком человеке
        =дети: дети детей детям детьми детях ребенок ребенка ребенку ребенком ребенке
        =деньги: деньги денег деньгам деньгами деньгах
        =путь: путь пути путем путей путям путями путях
        =мать: мать матери матерью матерей матерям
        =лев: лев льва льву львом льве
        =баку: баку
        =сша: сша
        =оон: оон
        =его: его
        =много: много
        =год: год года году годом годе годы годов годам годами годах лет
    """),
    "hy": _irregular("""
        մարդ: մարդիկ մարդկանց մարդկանցից
        կին: կին կնոջ կինը կանայք կանանց կանայքն
        =օր: օր օրը օրվա օրվան օրեր օրերի օրերին օրում
    """),
    "ka": {},
    "az": _irregular("""
        =dollar: dollar dollari dollarin dollarla dollardan dollara
        baki: baki bakiya bakida bakidan bakinin bakini bakidaki
    """),
    "tr": _irregular("""
        part: partiye
        =dolar: dolar dolari dolarin dolara
    """),
}


def irregular_forms(stem: str) -> list[str]:
    """Return the forms of a word that no rule reduces to its stem."""
    return [form for forms in _IRREGULAR.values() for form, known in forms.items() if known == stem]


_VOWELS = frozenset("aeiouyəаеиоуыэюяաեէըիոօაეიოუ")


def _stands(stem: str, least: int = 3) -> bool:
    """Return True if what is left may be a word's stem."""
    return len(stem) >= least and not _VOWELS.isdisjoint(stem)


class _Endings:
    """Endings, the longest of which comes off."""

    def __init__(self, endings: str) -> None:
        self._by_last: dict[str, list[str]] = defaultdict(list)
        for ending in sorted(endings.split(), key=len, reverse=True):
            self._by_last[ending[-1]].append(ending)

    def cut(self, word: str, first: int = 0) -> int:
        """Return where the longest ending begins, not before ``first``; -1 if there is none."""
        for ending in self._by_last.get(word[-1:], ()):
            if word.endswith(ending, first):
                return len(word) - len(ending)
        return -1


# ------------------------------------------------------------------------------------------ English

_ES = re.compile(r"(?:s|x|z|ch|sh)es\Z")
_EN_VES = ("lves", "ives", "eaves", "oaves")
_DOUBLED = tuple(letter * 2 for letter in "bdgklmnprstz")


def _english(word: str, *, name: bool) -> Iterator[str]:  # noqa: ARG001
    stem = word
    if stem.endswith("ies") and len(stem) > 4:
        stem = stem[:-3] + "y"
    elif _ES.search(stem):
        stem = stem[:-2]
    elif stem.endswith("s") and not stem.endswith(("ss", "us", "is")) and len(stem) > 3:
        stem = stem[:-1]
    for ending in ("ing", "ied", "eed", "ed"):
        rest = stem.removesuffix(ending)
        if rest != stem and _stands(rest):
            stem = rest + {"ied": "y", "eed": "ee"}.get(ending, "")
            break
    if stem.endswith(_DOUBLED):
        stem = stem[:-1]
    if stem.endswith("e") and len(stem) > 3:
        stem = stem[:-1]
    if len(stem) > 2 and stem.endswith("y") and stem[-2] not in "aeiou":
        stem = stem[:-1] + "i"
    yield stem
    if word.endswith(_EN_VES):  # wolves, lives
        yield word[:-3] + "f"


# ------------------------------------------------------------------------------------------ Russian

_RU_ENDINGS = _Endings(
    "а я о е и ы у ю ь й ой ей ою ею ом ем ам ям ах ях ами ями ов ев ье ья ью ьи ьей ьем ьям ьями ьях ый ая яя ое ее ые ого его"
    " ому ему ым им ых их ыми ими ую юю"
)
# Of Армения, заявление: the и stays, or Грузия would be груз; of adjectives (последний, русские) it goes
_RU_I_ENDINGS = _Endings("ия ии ию ией ием иям иями иях ие ий")
_RU_MAYBE = ("ам", "ям", "ах", "ях", "ом", "ем", "им", "ым", "ой", "ей", "ий", "ами", "ых", "их", "ого")
_RU_VERB = re.compile(r"(?:[аяиеуыо](?:л|ла|ло|ли|ть)|[аяу]ет|[аяу]ют|ет|ит|ут|ют|ат|ят|[аяи]в)(?:ся|сь)?\Z")
_RU_LONGEST_VERB = 5  # letters of an ending: what is before them need not be searched
_RU_SURNAME = ("ов", "ев")
_RU_FLEETING_OV = ("овь", "овью")
_RU_FLEETING = ((re.compile(r"(?<=[^аеиоуыэюя])ок\Z"), "к"), (re.compile(r"(?<=[^аеиоуыэюя])ец\Z"), "ц"),
                (re.compile(r"(?<=[аеиоуыэюя])ец\Z"), "йц"), (re.compile(r"(?<=[шжч])ек\Z"), "к"))  # fmt: skip


def _russian(word: str, *, name: bool) -> Iterator[str]:
    if name and word.endswith(_RU_SURNAME) and _stands(word[:-2], 2):
        yield word
        return
    yield from map(_without_fleeting, _russian_noun(word))
    if word.endswith(_RU_FLEETING_OV) and len(word) > 5:  # церковь, церкви
        yield word[: word.rindex("овь")] + "в"
    if (
        not name
        and (verb := _RU_VERB.search(word, len(word) - _RU_LONGEST_VERB))
        and _stands(word[: verb.start()])
    ):
        yield _VERB + word[: verb.start()]


def _russian_noun(word: str) -> Iterator[str]:
    at = _RU_I_ENDINGS.cut(word)
    if at >= 0 and _stands(rest := word[:at]):
        adjective = word[at:] in ("ий", "ие")
        if adjective and rest[-1] in "кгхжшщч":
            yield rest
            return
        yield rest + "и"
        if adjective:
            yield rest
        return
    at = _RU_ENDINGS.cut(word)
    if at >= 0 and _stands(word[:at]):
        yield word[:at]
        if word[at:] in _RU_MAYBE:
            yield word[:-1] if word.endswith(("й", "ь")) else word
    elif _RU_ENDINGS.cut(word, len(word) - 1) >= 0 and _stands(word[:-1]):
        yield word[:-1]
    else:
        yield word


def _without_fleeting(stem: str) -> str:
    """Return рынк for рынок, отц for отец: the vowel goes in all other forms."""
    if len(stem) > 3 and stem.endswith(("ок", "ец", "ек")):
        for pattern, kept in _RU_FLEETING:
            stem = pattern.sub(kept, stem)
    return stem


# ------------------------------------------------------------------------------------------ Armenian

_HY_ENDINGS = _Endings("ներ եր ը ին ից ով ում ու վա ման ի")
_HY_ABSTRACT = re.compile(r"ությ(?:ուն|ու|ան|ա|ամբ)?\Z")
_HY_GLIDE = re.compile(r"(?<=[աո])յ\Z|(?<=[^աեէըիոօու])վ\Z")
_HY_REDUCED = re.compile(r"(?<=[^աեէըիոօու])(?:ի|ու)(?=[^աեէըիոօու]+\Z)")
_HY_VOWEL = re.compile("[աեէըիոօ]")
_HY_LEAST = 3  # letters; vowels need not be among them: գրքի, սրտի
_HY_BEFORE_N = frozenset("աեէիոօուն")


def _armenian(word: str, *, name: bool) -> Iterator[str]:  # noqa: ARG001
    stem = word
    while True:
        if "ությ" in stem and (abstract := _HY_ABSTRACT.search(stem)):
            stem = stem[: abstract.start()] + "ությ"
            break
        shorter = _HY_GLIDE.sub("", stem) if len(stem) > 3 and stem.endswith(("յ", "վ")) else stem
        at = _HY_ENDINGS.cut(shorter)
        if at < 0 and shorter[-1] == "ն" and shorter[-2:-1] in _HY_BEFORE_N:
            at = len(shorter) - 1
        if at >= _HY_LEAST:
            shorter = shorter[:at]
        if shorter == stem:
            break
        stem = shorter
    reduced = _HY_REDUCED.search(stem)  # երկիր, երկրի
    if not reduced:
        yield stem
        return
    without = stem[: reduced.start()] + stem[reduced.end() :]
    # a word of one syllable has both: գիրք, գրքի; լիճ, լիճում
    if not _HY_VOWEL.search(stem, 0, reduced.start()):
        yield stem
    if len(without) >= _HY_LEAST:
        yield without


# ------------------------------------------------------------------------------------------ Georgian

_KA_CASES = "ი მა მ ს ის ისა ისას ისთვის სთვის ისგან სგან ისკენ სკენ იდან დან ით თ ითა ად დ ამდე მდე ში ზე თან სთან თა"
_KA_ENDINGS = _Endings(" ".join(  # after a plural, and with "too" or "the very" behind them
    plural + case + also for plural in ("", "ებ") for case in _KA_CASES.split() for also in ("", "ც", "აც", "ვე")
))  # fmt: skip
_KA_FINAL = ("ა", "ე", "ო")
_KA_SYNCOPE = re.compile(r"(?<=[^აეიოუ])[აეო](?=[ნლრმ]\Z)")


def _georgian(word: str, *, name: bool) -> Iterator[str]:  # noqa: ARG001
    stem = word
    at = _KA_ENDINGS.cut(stem)
    if at > 1:
        stem = stem[:at]
    final = stem[:-1] if stem.endswith(_KA_FINAL) else stem
    final = final.removesuffix("ებ")  # განცხადება is no plural, its genitive looks like one
    if _stands(final) or (final != stem and len(final) > 1 and _VOWELS.isdisjoint(final)):  # გზა, გზის
        stem = final
    if len(stem) > 3 and stem.endswith(("ნ", "ლ", "რ", "მ")):
        stem = _KA_SYNCOPE.sub("", stem)  # ქვეყანა, ქვეყნის
    yield stem


# ------------------------------------------------------------------------------------------ Azerbaijani and Turkish

_TURKIC_ENDINGS = {
    "az": "lar lər i u si su sin sun in un nin nun a ə ya yə ni nu yi yu da də dan dən la lə dir dur miz imiz muz umuz daki dəki",
    "tr": "lar ler i u si su sin sun in un nin nun a e ya ye ni nu yi yu da de ta te dan den tan ten la le yla yle dir dur tir tur"
    " miz imiz muz umuz daki deki taki teki",
}
_TURKIC_ENDING = {code: _Endings(endings) for code, endings in _TURKIC_ENDINGS.items()}
# after a vowel the consonant belongs to the ending, or to the word
_BUFFERED = re.compile(r"[nsy][iuaeə]n?\Z")
_TURKIC_VOWELS = "aeiouə"
_KEPT = re.compile(r"i[y][aeə]\Z")  # Rusiya, Türkiye: not the dative of a word in -i
_SOFT = {"az": {"k": "y", "q": "g"}, "tr": {"k": "g", "p": "b"}}


def _turkic(code: str) -> Callable[..., Iterator[str]]:
    def readings(word: str, *, name: bool) -> Iterator[str]:  # noqa: ARG001
        left = [word]
        for _ in range(12):
            if not left:
                return
            stem = left.pop(0)
            if shorter := list(_shorter(stem, code)):
                left[:0] = shorter
            else:
                yield stem[:-1] + _SOFT[code].get(stem[-1], stem[-1])

    return readings


def _shorter(stem: str, code: str) -> Iterator[str]:
    """Yield a word without its last ending; twice if it may be read in two ways (Bakı-nın, Azərbaycan-ın)."""
    at = -1 if _KEPT.search(stem, len(stem) - 3) else _TURKIC_ENDING[code].cut(stem, 3)
    if at < 0:
        return
    rest, ending = stem[:at], stem[at:]
    if _BUFFERED.fullmatch(ending):
        if rest[-1] in _TURKIC_VOWELS:
            yield rest
        ending, rest = ending[1:], rest + ending[0]
        if len(ending) == 1 or len(rest) > 3:
            yield rest
        return
    after_vowel = rest[-1] in _TURKIC_VOWELS
    if ending[0] in _TURKIC_VOWELS and (after_vowel or (rest[-1] == "y" and ending[0] in "aeə")):
        return
    if not _stands(rest, 4 if ending in ("in", "un") else 3):
        return
    yield rest


_RULES: dict[str, Callable[..., Iterator[str]]] = {
    "en": _english,
    "ru": _russian,
    "hy": _armenian,
    "ka": _georgian,
    "az": _turkic("az"),
    "tr": _turkic("tr"),
}
