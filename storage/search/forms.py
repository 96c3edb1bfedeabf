"""The words of the index that stand for the forms of a word: marked stems, and outlines of names. Pure.

Beside each word the index has its stem behind a mark, in the order of the words, so that phrases of stems are found too; behind them
what else the words may be forms of, and how names sound. A query for a word asks for its marks, an exact one for the word itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.text.name_skeleton import skeletons
from scraper.text.script_languages import LATIN, languages_of
from scraper.text.stems import stems
from storage.search.tokens import tokens

# Letters to every tokenizer, and in no text of the press: clicks of African languages
_STEM, _NAME, _SURE_NAME = "\u01c0", "\u01c1", "\u01c3"
_CACHED = 1 << 17
SHORT = 2  # letters: such words, a quarter of every text, have no marks
MIN_NAME_SOUNDS = 3  # consonants, with a first vowel; two are shared by too many words
_GEORGIAN_NAME = 4  # letters; Georgian has no capitals
_SCRIPTS = {
    "ru": "c",
    "hy": "h",
    "ka": "k",
}  # a name is looked for by its sound in other scripts than its own
_VOWEL = re.compile(r"[aeiouyə]\Z")

# Nearly alike in many languages, and written with a capital before names: no names
_INTERNATIONAL = """
    president prezident президент պրեզիդենտ პრეზიდენტი minister ministr министр მინისტრი ministre premier премьер პრემიერი
    parliament parlament парламент պառլամենտ პარლამენტი republic respublika республика რესპუბლიკა party partiya партия პარტია
    general генерал գեներալ გენერალი constitution konstitusiya конституция კონსტიტუცია committee komitet комитет კომიტეტი
    commission komissiya комиссия კომისია university universitet университет უნივერსიტეტი academy akademiya академия აკადემია
    institute institut институт ინსტიტუტი doctor doktor доктор დოქტორი professor профессор პროფესორი director direktor директор
    დირექტორი deputat депутат დეპუტატი senat сенат სენატი senator сенатор სენატორი congress konqres конгресс კონგრესი federation
    federasiya федерация ფედერაცია organization organizasiya организация ორგანიზაცია center mərkəz центр ცენტრი bank банк ბანკი
    fond фонд ფონდი forum форум ფორუმი samit саммит სამიტი army армия არმია polis полиция პოლიცია sport спорт სპორტი league liqa
    лига ლიგა chempionat çempionat чемпионат ჩემპიონატი kubok кубок dollar dolar доллар დოლარი euro евро ევრო covid ковид კოვიდი
    colonel polkovnik полковник telegram телеграм ტელეგრამი internet интернет ინტერნეტი television телевидение ტელევიზია
    ambassador opposition müxalifət оппозиция ოპოზიცია coalition koalisiya коалиция კოალიცია referendum референдум რეფერენდუმი
    reform reforma реформа რეფორმა process proses процесс პროცესი project layihə проект პროექტი program proqram программа პროგრამა
    ministry ministerstvo министерство სამინისტრო agency agentlik агентство სააგენტო corridor koridor коридор კორიდორი
    gas газ oil visa виза ვიზა million миллион მილიონი milyon milliard миллиард მილიარდი milyard economy iqtisadiyyat экономика
    ეკონომიკა politics siyasət политика პოლიტიკა history история ისტორია culture mədəniyyət культура კულტურა company kompaniya
    компания კომპანია region регион რეგიონი document sənəd документ დოკუმენტი
"""

# Places whose consonants are too few to know them by
_SHORT_NAMES = """
    en: Baku Kyiv:Kiev Gaza Shusha:Shushi Poti Gori Rubio Rutte
    ru: Баку Киев Газа Шуша:Шуши Поти Гори Рубио Рютте
    hy: Բաքու Կիև Գազա Շուշի Փոթի Գորի Ռուբիո Ռյուտե
    ka: ბაქო კიევი ღაზა შუშა ფოთი გორი რუბიო რიუტე
    az: Bakı Kiyev Qəzza Şuşa Poti Qori Rubio Rutte
    tr: Bakü Kiev Gazze Şuşa Poti Gori Rubio Rutte
"""


def _capitals() -> str:
    spans = ((0x41, 0x250), (0x400, 0x530), (0x531, 0x557))
    return "".join(c for first, end in spans for c in map(chr, range(first, end)) if c.isupper())


_CAPITALISED = re.compile(rf"[{_capitals()}]\w*")
_BEFORE = frozenset(',;)»”"')  # in a sentence, besides letters and digits, before the blank before a word


class Name(NamedTuple):
    """A word that a text writes with a capital wherever it has it; ``sure`` if it does so within a sentence too."""

    spelt: str  # folded, with its marks
    sure: bool


def names_in(title: str, body: Sequence[str], folded: Iterable[str]) -> dict[str, Name]:
    """Return the names of a text by their words in the index. ``folded``: all words of the text."""
    lines = "\n".join((title, "", *body))
    written: Counter[str] = Counter()
    sure: set[str] = set()
    begins = len(title)
    for found in _CAPITALISED.finditer(lines):
        raw, at = found[0], found.start()
        written[raw] += 1
        if at > begins + 2 and lines[at - 1] == " " and (lines[at - 2].isalnum() or lines[at - 2] in _BEFORE):
            sure.add(raw)
    if not written:
        return {}
    everywhere = Counter(folded)
    capital: Counter[str] = Counter()
    spelt: dict[str, Name] = {}
    for raw, times in written.items():
        word, folded_raw = _word_of(raw)
        capital[word] += times
        if word not in spelt or raw in sure:
            spelt[word] = Name(folded_raw, raw in sure)
    return {word: name for word, name in spelt.items() if capital[word] >= everywhere[word]}


@lru_cache(_CACHED)
def _word_of(raw: str) -> tuple[str, str]:
    folded = fold_paragraphs((raw,))
    return "".join(tokens(folded)), folded


def marks(words: Sequence[str], language: str | None, names: Mapping[str, Name]) -> str:
    """Return the marks of the words of a text: a stem each, in their order, then once what else there is to find them by."""
    latin = language if language in LATIN else "en"
    found = {
        word: _marks(word, latin, names.get(word)) for word in dict.fromkeys(words)
    }  # no set: each process has another order
    main = [marked[0] for word in words if (marked := found[word])]
    return " ".join(chain(main, dict.fromkeys(chain.from_iterable(marked[1:] for marked in found.values()))))


@lru_cache(_CACHED)
def _marks(word: str, latin: str, name: Name | None) -> tuple[str, ...]:
    languages = languages_of(word) if len(word) > SHORT else ()
    if not languages:
        return ()
    language = latin if languages == LATIN else languages[0]
    found = [*_stem_marks(word, language, name=name is not None)]
    if name is not None and not name.sure:  # Зубров at the beginning of a sentence: a family, or bisons
        found += _stem_marks(word, language, name=False)
    if language == "ka" and len(word) >= _GEORGIAN_NAME:
        name = Name(word, sure=True)
    if name is not None:
        script = _SCRIPTS.get(language)
        for outline, last in _outlines(name.spelt, language):
            ending = f"{script or 'l'}{'' if script else last}"
            found.append(f"{_NAME}{outline}{ending}")
            if name.sure:
                found.append(f"{_SURE_NAME}{outline}{ending}")
    return tuple(dict.fromkeys(found))


def _stem_marks(word: str, language: str, *, name: bool) -> Iterator[str]:
    label = language[0] if language in LATIN else ""
    for stem in stems(word, language, name=name):
        yield f"{_STEM}{label}{stem}"


@lru_cache(_CACHED)
def _outlines(spelt: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return how a name may sound, with and without an ending; each with "v" if a vowel is its last letter, else "s"."""
    if language in ("az", "tr"):
        cut = {len(stem) for word in tokens(spelt) for stem in stems(word, language, name=True)}
        readings = [
            (part, skeletons(part, language, gaps=True)[:1]) for part in (spelt, *(spelt[:n] for n in cut))
        ]
    else:
        readings = [(spelt, skeletons(spelt, language, gaps=True))]
    if short := _short_names().get((language, _short_stem(spelt, language))):
        return ((short, "s"),)
    return tuple(
        dict.fromkeys(
            (outline.lower(), "v" if _VOWEL.search(part) else "s")
            for part, found in readings
            for outline in found
            if len(outline) - outline.count("I") - outline.count("O") >= MIN_NAME_SOUNDS  # without its gaps
        )
    )


def _sounds_like(spelt: str, languages: Sequence[str], mark: str) -> Iterator[str]:
    """Yield the marks of names in other scripts that sound like a word; of a Latin one, in Latin too."""
    own = _SCRIPTS.get(languages[0])
    for outline, last in dict.fromkeys(pair for code in languages for pair in _outlines(spelt, code)):
        if outline in _no_names():
            continue
        for script in _SCRIPTS.values():
            if script != own:
                yield f"{mark}{outline}{script}"
        for ending in ("s", "v") if own else (last,):
            yield f"{mark}{outline}l{ending}"


@lru_cache(1 << 12)
def alternatives(written: str) -> tuple[tuple[str, ...], ...]:
    """Return what to look for to find a written word in its forms: phrases, mostly of one word of the index each.

    Of a name also how it sounds. A word with numbers in it has no forms.
    """
    found = tokens(fold_paragraphs((written,)))
    languages = [languages_of(word) for word in found]
    if not all(languages) or len(max(found, key=len)) <= SHORT:
        return (tuple(found),) if found else ()
    capital = written[:1].isupper()
    if len(found) > 1:
        return tuple(
            dict.fromkeys(
                tuple(
                    next(_stem_marks(word, latin if each == LATIN else each[0], name=name))
                    for word, each in zip(found, languages, strict=True)
                    if len(word) > SHORT
                )
                for latin in (LATIN if LATIN in languages else LATIN[:1])
                for name in {capital, True}
            )
        )
    (word,) = found
    ways: list[str] = []
    for language in languages[0]:
        for name in {capital, True}:  # a name may be typed in small letters
            ways += _stem_marks(word, language, name=name)
    likely = capital or languages[0] == ("ka",)
    ways += _sounds_like(fold_paragraphs((written,)), languages[0], _NAME if likely else _SURE_NAME)
    return tuple((way,) for way in dict.fromkeys(ways))


def _short_stem(spelt: str, language: str) -> str:
    """Return the stem of a word; one that is its own stem is another than one with an ending (газ, Газа)."""
    word = "".join(tokens(spelt))
    stem = stems(word, language, name=True)[0]
    return stem if stem == word else f"{stem}-"


@lru_cache(1)
def _short_names() -> dict[tuple[str, str], str]:
    """Return the marks of short names by the language and the stem."""
    lines = [line.split() for line in fold_paragraphs((_SHORT_NAMES,)).split("\n") if line.strip()]
    return {
        (code[:2], _short_stem(form, code[:2])): english.split(":")[0]
        for code, *row in lines
        for english, forms in zip(lines[0][1:], row, strict=True)
        for form in forms.split(":")
    }


@lru_cache(1)
def _no_names() -> frozenset[str]:
    words = fold_paragraphs((_INTERNATIONAL,)).split()
    return frozenset(
        outline for word in words for code in languages_of(word) for outline, _ in _outlines(word, code)
    )


@lru_cache(1 << 15)
def found_by(written: str) -> frozenset[str]:
    """Return all words of the index by which a word of a text may have been found, whatever the text's language."""
    found = tokens(fold_paragraphs((written,)))
    name = Name(fold_paragraphs((written,)), sure=True) if written[:1].isupper() else None
    return frozenset(found) | {
        mark
        for word in found
        for latin in LATIN
        for named in (name, None)
        for mark in _marks(word, latin, named)
    }
