"""Reduce a name to its consonants as they sound, so that spellings in five alphabets meet. Pure.

Aliyev, Əliyev, Алиев, Ալիև and ალიევი are all ``ALV``. Vowels go, but for a first one, which is ``A``; sounds that one alphabet
tells apart and another does not become one letter: g, gh, h, k, kh and q are ``K``, f and p are ``P``, sh is ``X``. Languages that
inflect names add endings: ``skeletons`` gives the word as it stands and without its ending, and two words may be one name if
they share any of these.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CACHED = 1 << 16  # words; a month of names of one press
_SHORTEST = 3  # letters of a stem

_VOWEL, _SILENT = "-", "."  # while a word is spelt out: what is dropped, but for a first vowel


def _sounds(table: str) -> dict[str, str]:
    """Read a table: ``letters:SOUND`` with spaces between, several spellings by commas."""
    pairs = (entry.split(":") for entry in table.split())
    return {spelling: sound for spellings, sound in pairs for spelling in spellings.split(",")}


_LATIN = _sounds("""
    sch,tch:C dzh,dj:J sh,ş,š:X ch,ç,č,cz,tsch:C zh,j,ž:J kh,gh,ğ,q,k,g,h,ck:K ts,tz,dz:C th,t:T ph,p,f:P
    b:B d:D v:V s,z:S ss:S l,ł:L m:M n,ñ:N r:R ce,ci,cy:S c:K x:KS y,i̇:-
    a,e,i,o,u,ə,ö,ü,ı,â,î,û,ä,é,è,ê,á,í,ó,ú,ë:- '’ʼ:.
""")
_LATIN["sch"], _LATIN["tsch"], _LATIN["z"], _LATIN["zz"], _LATIN["w"] = "X", "C", "Z", "Z", "V"
# Azerbaijani and Turkish write some sounds as English does others
_TURKIC = _LATIN | _sounds("c,j:J x:K ce:J- ci:J- cy:J-")
_OTHERS = _sounds("""
    дж:J ж:J дз:C тс,ц,ч:C щ,ш:X кс:KS г,ғ,к,х,қ,һ,ґ,ҳ:K т:T п,ф:P б:B д:D в,ў:V с:S з:Z л:L м:M н,ң:N р:R
    а,е,ё,и,й,о,у,ы,э,ю,я,і,ї,є,ј,ө,ү,ә:- ь,ъ:.
    տս,ց,ծ,ձ,չ,ճ:C ջ,ժ:J դժ:J շ:X գ,կ,ք,խ,հ,ղ:K տ,թ:T պ,փ,ֆ:P բ:B դ:D վ,ւ:V և:-V ս:S զ:Z լ:L մ:M ն:N ր,ռ:R
    ու:- ա,ե,է,ը,ի,ո,օ,յ:-
    დჟ:J ჯ,ჟ:J ტს,ც,წ,ძ,ჩ,ჭ:C შ:X გ,კ,ქ,ყ,ღ,ხ,ჰ,ჴ:K ტ,თ:T პ,ფ:P ბ:B დ:D ვ:V ს:S ზ:Z ლ:L მ:M ნ:N რ:R
    ა,ე,ი,ო,უ:-
""")


def _reader(table: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, table), key=len, reverse=True)) + r"|\d+")


_TABLES = {False: _LATIN | _OTHERS, True: _TURKIC | _OTHERS}
_READERS = {turkic: _reader(table) for turkic, table in _TABLES.items()}
_TURKIC_LETTER = re.compile("[əğışçöü]")
_GLIDE = re.compile(r"(?<=[aeou])w(?![aeiouy])")  # Powell, Brown
# mac; John, Wright; Scholz
_SPELLING = re.compile(r"\Amc(?=[a-z])|(?<=o)h(?=n)|(?<=[aeiou])gh(?=t)|(?<=[lnr])z\Z")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`][^\W\d_]{0,6}\Z")  # Aliyev's, Əliyev'in
_LIKE_I = "+"
_LETTERS_LIKE_I = frozenset("iıyîíüиыйяюіїիյი")
_GAP_TABLES = {  # with the vowels that sound like i told apart
    turkic: {
        letters: sound.replace(_VOWEL, _LIKE_I) if letters in _LETTERS_LIKE_I else sound
        for letters, sound in table.items()
    }
    for turkic, table in _TABLES.items()
}
_GAP = re.compile(f"{_VOWEL}+")
_GAP_LIKE_I = re.compile(rf"(?<!{_VOWEL}){_VOWEL}*[{_LIKE_I}][{_VOWEL}{_LIKE_I}]*")
_DOUBLED = re.compile(r"([^\W\d_])\1+")

# Endings that add consonants; those that are vowels only vanish anyway. The longest that leaves a stem is taken off.
_ENDINGS = {
    "latin": """(?:lar|lər|ler)?(?:[nsy]?[ıiuü])?(?:n[ıiuü]n|[ıiuü]n|d[aəe]n|t[ae]n|d[aəe]|t[ae]|n[ıiuü]|n[aəe]|y?l[aəe]|l[ıiuü]|s[ıiuü]|d[ıiuü]r|s)?
        |(?:lar|lər|ler)""",
    "cyrillic": "ого|его|ому|ему|ым|им|ом|ем|ём|ами|ями|ах|ях|ых|их|ою",
    "armenian": "ների[ցն]?|ներ[ըն]?|[եո]ր[ըն]|ին|ից|ով|ում|(?<!յա)ն|ց|ս",
    "georgian": "ისთვის|ისგან|იდან|სთან|თვის|ებმა|ების|ებს|ები|ისა|მდე|დან|თან|მა|ის|ით|ში|ზე|ად|ს|მ|დ|თი",
}
_ENDING = {script: re.compile(rf"(?:{endings})\Z", re.VERBOSE) for script, endings in _ENDINGS.items()}
_SCRIPTS = (("ა", "ჿ", "georgian"), ("ա", "և", "armenian"), ("а", "ӿ", "cyrillic"))


@lru_cache(_CACHED)
def skeleton(word: str, language: str = "", *, gaps: bool = False) -> str:
    """Return the consonants of a word as capital letters of ASCII; "" for what has no letter of a known alphabet.

    The language, a code such as "az", settles what the Latin c, j and x stand for where the word does not show it.
    """
    return _spell(_folded(word), turkic=language in {"az", "tr"}, gaps=gaps)


@lru_cache(_CACHED)
def skeletons(word: str, language: str = "", *, gaps: bool = False) -> tuple[str, ...]:
    """Return the skeleton of a word, then that of its stem if it seems to have an ending: of Əliyevin, ALVN and ALV.

    With ``gaps`` a letter stands where vowels part two consonants, I if one sounds like i, else O: Iran is ARON, Ирина ARIN.
    """
    folded, turkic = _folded(word), language in {"az", "tr"}
    whole = _spell(folded, turkic=turkic, gaps=gaps)
    script = "latin" if folded.isascii() else _script(folded)
    if script == "latin" and language and not turkic:
        return (whole,) if whole else ()
    found = _ENDING[script].search(folded, _SHORTEST)
    stem = _spell(folded[: found.start()], turkic=turkic, gaps=gaps) if found else whole
    return tuple(dict.fromkeys(filter(None, (whole, stem))))


def _script(folded: str) -> str:
    last = next((letter for letter in reversed(folded) if letter.isalpha()), "")
    return next((name for first, end, name in _SCRIPTS if first <= last <= end), "latin")


def _folded(word: str) -> str:
    """Return the word in lower case with its letters composed, without a possessive behind an apostrophe."""
    lower = unicodedata.normalize("NFKC", word.replace("İ", "i")).lower()
    lower = lower.replace("եվ", "և").replace("եւ", "և")
    return _APOSTROPHE.sub("", lower)


def _spell(lower: str, *, turkic: bool, gaps: bool = False) -> str:
    turkic = turkic or _TURKIC_LETTER.search(lower) is not None
    if not turkic:
        lower = _SPELLING.sub(lambda m: {"mc": "mac", "h": "", "z": "ts"}.get(m[0], ""), lower)
        lower = _GLIDE.sub("", lower)
    if _DOUBLED.search(lower):
        lower = _DOUBLED.sub(r"\1", lower)
    table = (_GAP_TABLES if gaps else _TABLES)[turkic]
    spelt = "".join([table.get(letters, letters) for letters in _READERS[turkic].findall(lower)])
    if not spelt:
        return ""
    first = "A" if spelt[0] in (_VOWEL, _LIKE_I) else ""
    if not gaps:
        return first + spelt.replace(_VOWEL, "").replace(_SILENT, "")
    spelt = spelt.replace(_SILENT, "").strip(_VOWEL + _LIKE_I)
    return first + _GAP.sub("O", _GAP_LIKE_I.sub("I", spelt))
