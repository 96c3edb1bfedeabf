"""The words of the index that stand for the forms of a word: marked stems, and outlines of names. Pure.

Behind the words of a text the index has once each: their stems behind a mark, those of words with a hyphen in a row, and how names sound.
A query for a word asks for its marks, an exact one for the word itself. A word that is its own stem needs no mark; but for Azerbaijani
and Turkish, whose stems are words of each other and of English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.text.name_skeleton import skeleton, skeletons
from scraper.text.script_languages import LATIN, languages_of
from scraper.text.stems import irregular_forms, stems
from storage.search.places import NamedPlace, letters_of, place_of
from storage.search.tokens import Phrase, tokens

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
_VERB = "\u01c2"  # of scraper.text.stems
_PLACE = "0"  # before the name of a place: no sound
_LABELS = {"az": _NAME, "tr": _SURE_NAME}  # behind the sign of a stem
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


def _capitals() -> str:
    spans = ((0x41, 0x250), (0x400, 0x530), (0x531, 0x557))
    return "".join(c for first, end in spans for c in map(chr, range(first, end)) if c.isupper())


_CAPITALISED = re.compile(rf"[{_capitals()}]\w*")
# In a sentence: behind a word or one of these signs, and a blank. The capital first: the others need not be looked at
_WITHIN = re.compile(rf"[{_capitals()}](?<=[\w,;)»”\"] .)\w*")
_HYPHENS = "-‐‑֊"


class Name(NamedTuple):
    """A word that a text writes with a capital wherever it has it; ``sure`` if it does so within a sentence too."""

    spelt: str  # folded, with its marks
    sure: bool


def names_in(title: str, body: Sequence[str], folded: Iterable[str]) -> dict[str, Name]:
    """Return the names of a text by their words in the index. ``folded``: all words of the text."""
    text = "\n".join(body)
    written = Counter(_CAPITALISED.findall(text))
    written.update(_CAPITALISED.findall(title))
    if not written:
        return {}
    sure = set(_WITHIN.findall(text))
    everywhere = Counter(folded)
    capital: Counter[str] = Counter()
    spelt: dict[str, Name] = {}
    for (raw, times), folded_raw in zip(
        written.items(), fold_paragraphs((*written,)).split("\n"), strict=True
    ):
        word = folded_raw if folded_raw in everywhere else "".join(tokens(folded_raw))
        capital[word] += times
        if word not in spelt or raw in sure:
            spelt[word] = Name(folded_raw, raw in sure)
    return {word: name for word, name in spelt.items() if capital[word] >= everywhere[word]}


def marks(folded: str, words: Sequence[str], language: str | None, names: Mapping[str, Name]) -> str:
    """Return the marks of the words of a folded text, once each."""
    latin = language if language in LATIN else "en"
    distinct = dict.fromkeys(words)  # no set: each process has another order
    found = [_marks(word, latin, names.get(word)) for word in distinct]
    for hyphen in _HYPHENS:
        if hyphen in folded:
            compounds = {piece: None for piece in folded.split() if hyphen in piece}
            found += [_compound(tokens(piece), latin, names.keys()) for piece in compounds]
    return " ".join(dict.fromkeys(chain.from_iterable(found)))


def _compound(parts: Sequence[str], latin: str, names: Container[str]) -> tuple[str, ...]:
    """Return the mark of a word of several: the first stems of all, but for short ones; none if that leaves only one."""
    long = [(part, languages) for part in parts if len(part) > SHORT and (languages := languages_of(part))]
    stemmed = [
        f"{_STEM}{stems(part, latin if languages == LATIN else languages[0], name=part in names)[0]}"
        for part, languages in long
    ]
    return ("".join(stemmed),) if len(stemmed) > 1 else ()


@lru_cache(_CACHED)
def _marks(word: str, latin: str, name: Name | None) -> tuple[str, ...]:
    languages = languages_of(word) if len(word) > SHORT else ()
    if not languages:
        return ()
    language = latin if languages == LATIN else languages[0]
    named = Name(word, sure=True) if language == "ka" and len(word) >= _GEORGIAN_NAME else name
    place = place_of(word, language) if named is not None else None
    found: list[str] = []
    if place is None or named is None or not named.sure:  # Gəncə is no form of gənc
        found += _stem_marks(word, language, name=name is not None)
        if name is not None and not name.sure:  # Зубров at the beginning of a sentence: a family, or bisons
            found += _stem_marks(word, language, name=False)
        if language not in _LABELS:
            own = f"{_STEM}{word}"
            found = [mark for mark in found if mark != own]
    if named is not None:
        found += _name_marks(named, language, place)
    return tuple(found)


def _name_marks(name: Name, language: str, place: NamedPlace | None) -> Iterator[str]:
    kind = _SURE_NAME if name.sure else _NAME
    if place is not None:
        yield f"{kind}{_PLACE}{place.name}"
    if place is None or place.by_sound:
        script = _SCRIPTS.get(language)
        for outline, last in _outlines(name.spelt, language):
            yield f"{kind}{outline}{script or 'l'}{'' if script else last}"


def _stem_marks(word: str, language: str, *, name: bool) -> Iterator[str]:
    label = _LABELS.get(language, "")
    for stem in stems(word, language, name=name):
        yield f"{_STEM}{label}{stem}"


@lru_cache(_CACHED)
def _outlines(spelt: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return how a name may sound, with and without an ending; each with "v" if a vowel is its last letter, else "s"."""
    if language in _LABELS:
        cut = {len(stem) for word in tokens(spelt) for stem in stems(word, language, name=True)}
        readings = [
            (part, skeleton(part, language, gaps=True)) for part in (spelt, *(spelt[:n] for n in cut))
        ]
        if language == "tr" and "c" in spelt:  # which leaves foreign names as they are
            readings.append((spelt, skeleton(spelt, "en", gaps=True)))
    else:
        readings = [(spelt, outline) for outline in skeletons(spelt, language, gaps=True)]
    found = {outline: "v" if _VOWEL.search(part) else "s" for part, outline in readings}
    known = {
        o: last for o, last in found.items() if len(o) - o.count("I") - o.count("O") >= MIN_NAME_SOUNDS
    }  # without gaps
    return tuple((outline.lower(), last) for outline, last in known.items())


def _sounds_like(spelt: str, languages: Sequence[str], kinds: str) -> Iterator[str]:
    """Yield the marks of names in other scripts that sound like a word; of a Latin one, in Latin too."""
    own = _SCRIPTS.get(languages[0])
    for outline, last in dict.fromkeys(pair for code in languages for pair in _outlines(spelt, code)):
        if outline in _no_names():
            continue
        for kind in kinds:
            for script in _SCRIPTS.values():
                if script != own:
                    yield f"{kind}{outline}{script}"
            for ending in ("s", "v") if own else (last,):
                yield f"{kind}{outline}l{ending}"


@lru_cache(1 << 12)
def alternatives(written: str) -> tuple[Phrase, ...]:
    """Return what to look for to find a written word in its forms, mostly one word of the index each.

    Of a name also how it sounds. A word with numbers in it has no forms.
    """
    found = tokens(fold_paragraphs((written,)))
    languages = [languages_of(word) for word in found]
    long = [word for word in found if len(word) > SHORT]
    if not all(languages) or not long:
        return (Phrase(tuple(found)),) if found else ()
    capital = written[:1].isupper()
    if len(long) > 1:
        marked = {way for latin in LATIN for named in ((), found) for way in _compound(found, latin, named)}
        return (*(Phrase((way,)) for way in sorted(marked)), *_apart(found))
    return tuple(Phrase((way,)) for way in dict.fromkeys(_ways(long[0], written, capital=capital)))


def _apart(found: Sequence[str]) -> Iterator[Phrase]:
    """Yield words in a row, of the last its beginning: Нью-Йорк as Нью Йорке."""
    *first, last = found
    begun = {stems(last, language, name=True)[0] for language in languages_of(last)}
    for stem in sorted(begun):
        if len(stem) > SHORT and last.startswith(stem):
            yield Phrase((*first, stem), prefix=True)
    yield Phrase((*found,))


def _ways(word: str, written: str, *, capital: bool) -> Iterator[str]:
    languages = languages_of(word)
    places = {code: place for code in languages if (place := place_of(word, code))}
    likely = capital or languages == ("ka",)
    for language in languages:
        if places and likely:
            if language not in places:
                yield word
            continue
        for name in {capital, True}:  # a name may be typed in small letters
            for stem, mark in zip(
                stems(word, language, name=name), _stem_marks(word, language, name=name), strict=True
            ):
                yield mark
                if language not in _LABELS and len(stem) > SHORT and stem in stems(stem, language, name=name):
                    yield stem  # such words have no mark
    kinds = _NAME + _SURE_NAME if likely else _SURE_NAME
    if not places:
        yield from _sounds_like(fold_paragraphs((written,)), languages, kinds)
    for place in sorted({*places.values()}):
        yield from (f"{kind}{_PLACE}{place.name}" for kind in kinds)


@lru_cache(1)
def _no_names() -> frozenset[str]:
    words = fold_paragraphs((_INTERNATIONAL,)).split()
    return frozenset(
        outline for word in words for code in languages_of(word) for outline, _ in _outlines(word, code)
    )


@lru_cache(1 << 15)
def found_by(written: str, language: str | None) -> frozenset[str]:
    """Return all words of the index by which a word of a text may have been found; in any language if that is not known."""
    folded = fold_paragraphs((written,))
    found = tokens(folded)
    readings = (Name(folded, sure=True), None) if written[:1].isupper() else (None,)
    return frozenset(found) | {
        mark
        for word in found
        for latin in (
            (language,) if language in LATIN else LATIN if languages_of(word) == LATIN else LATIN[:1]
        )
        for name in readings
        for mark in _marks(word, latin, name)
    }


def sound_script(written: str) -> str:
    """Return the script of a word of a text that may be sought by its sound, as marks have it; else nothing."""
    language = (languages_of(written.lower()) or LATIN)[0]
    return _SCRIPTS.get(language, "l") if written[:1].isupper() or language == "ka" else ""


def sound_scripts(marks: Iterable[str]) -> frozenset[str]:
    """Return the scripts in which marks look for names by their sound."""
    sounds = {mark[-1] for mark in marks if mark.startswith((_NAME, _SURE_NAME)) and mark[1] != _PLACE}
    return frozenset(end if end in _SCRIPTS.values() else "l" for end in sounds)


def initials_of(word: str) -> frozenset[str]:
    """Return the first letters of the words of a text that may have a mark, or that are a word of the index."""
    stem = word.lstrip(_STEM + _NAME + _SURE_NAME)
    if word.startswith((_NAME + _PLACE, _SURE_NAME + _PLACE)):
        return letters_of(stem.removeprefix(_PLACE))
    return frozenset(map(initial_of, (stem.lstrip(_VERB), *irregular_forms(stem))))


def initial_of(word: str) -> str:
    """Return the first letter of a word of a text, folded; of one of two alphabets in that of most."""
    return _initial(word if not word.isascii() and word[0].isascii() else word[:1])


@lru_cache(1 << 10)
def _initial(begun: str) -> str:
    return "".join(tokens(fold_paragraphs((begun,))))[:1]
