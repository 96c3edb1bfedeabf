"""Reduce a text to what can be compared over languages: skeletons of its names, its numbers, what it is about. Pure.

Georgian has no capitals, so that any of its words may be a name: all that the lexicon does not know are kept, and meet the names
of other texts. Words of the lexicon are no names: what they say is said by the concept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from zlib import crc32

from scraper.codec import Struct, replace
from scraper.dedupe.dates_named import named_days
from scraper.dedupe.proper_names import proper_names
from scraper.stories.concepts import concepts, lexicon
from scraper.text.name_skeleton import skeletons
from scraper.text.normalize import folded_words

KEYS_VERSION = 3  # of the lexicon, the skeletons and what is here: keys of another version are made again
LINE_BYTES, NUMBER_COUNT = 636, 16  # what is kept: packed keys, numbers
MAX_BODY = 20_000  # letters that are read
_SHORTEST, _LONGEST = 3, 9  # letters of a skeleton; what is longer is cut
_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+")
_DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
_GEORGIAN_FORM = re.compile(
    r"(?:ობ|ებ)(?:ა|ის|ას|ით|ამ|აზე|აში|ისთვის|ისას|ისა|ათა|ების?|ებს|ები)\Z|(?:ნენ|ვენ|ბენ|დეს|ვს|ბს|ბდა|ვდა|ულად|ურად|დათ|ავთ)\Z"
)
_COUNTED_DAY = re.compile(r"(?:day|день|gün(?:ü(?:n|nd[əe])?)?|օր(?:ը|ն)?|დღეა?)\Z")
_COMMON = re.compile(r"\d|(?:19|20)\d\d|0+")  # counts of few, years
DIGEST = "digest"
NO_CAPITALS = frozenset({"ka"})


class Keys(Struct, frozen=True):
    """Hold what is compared of a text. ``title_numbers``, ``title_places``, ``title_days`` are those of its title."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    concepts: frozenset[str] = frozenset()
    title_numbers: frozenset[str] = frozenset()
    title_places: frozenset[str] = frozenset()
    title_names: frozenset[str] = frozenset()  # none where any word may be one
    title_days: frozenset[str] = frozenset()  # dates, and days that are counted: of 3 November, day 178
    title: str = ""  # a checksum of its words
    language: str = ""
    digest: bool = False  # one text about many events
    any_word: bool = False  # its language writes names as any word: all words stand among the names


def story_keys(title: str, body: Sequence[str], language: str) -> Keys:
    """Return the keys of a text; ``language`` is a code such as "ka", "" where it is unknown."""
    text = "\n".join((title, *body))[:MAX_BODY]
    about, of_title = concepts(text, language), concepts(title, language)
    keys = Keys(
        numbers=frozenset(
            sorted(telling_numbers(text), key=lambda number: (-len(number), number))[:NUMBER_COUNT]
        ),
        concepts=frozenset(name for name in about if lexicon()[name].weight),
        title_numbers=telling_numbers(title),
        title_places=frozenset(name for name in of_title if lexicon()[name].place),
        title_names=frozenset(() if language in NO_CAPITALS else _names(title, (), title, language)),
        title_days=_days(folded_words(title)),
        title=_form(title),
        language=language,
        digest=DIGEST in of_title,
        any_word=language in NO_CAPITALS,
    )
    room = LINE_BYTES - len(pack_keys(keys))
    return replace(keys, names=_most_telling(_names(title, body, text, language), room))


def _form(title: str) -> str:
    """Return a mark of a title without its numbers: bulletins of two days have the same."""
    words = [word for word in folded_words(title) if word.isalpha()]
    return f"{crc32(' '.join(words).encode()):08x}"


def _days(words: Sequence[str]) -> frozenset[str]:
    """Return the days that a title is about: dates, and days of a count ("178-й день", "day 178")."""
    counted = {
        near
        for i, word in enumerate(words)
        if _COUNTED_DAY.match(word)
        for near in (*words[max(0, i - 2) : i], *words[i + 1 : i + 2])
        if near.isdecimal()
    }
    return frozenset(f"{month}.{day}" for month, day in named_days(words)) | counted


def telling_numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text that tell something: 1,000 as "1000", 5,5 as "5.5", no single digits, no years."""
    found: set[str] = set()
    for written in _NUMBER.findall(text):
        if _THOUSANDS.fullmatch(written):
            found.add(re.sub(r"\D", "", written))
        elif _DECIMAL.fullmatch(written):
            found.add(written.replace(",", "."))
        else:
            found.update(re.findall(r"\d+", written))
    return frozenset(number for number in found if not _COMMON.fullmatch(number))


def name_weight(name: str) -> float:
    """Return how much a shared skeleton tells: a short one is shared by chance."""
    return min(len(name), 6) - 2.0


@cache
def _marks() -> dict[str, str]:
    """Return the concepts with their places in the lexicon, which are short."""
    return {name: f"{n:x}" for n, name in enumerate(lexicon())}


@cache
def _marked() -> dict[str, str]:
    return {mark: name for name, mark in _marks().items()}


def pack_keys(keys: Keys) -> str:
    """Return keys as one line of ASCII, concepts by their places in the lexicon."""
    about, of_title = ({_marks()[name] for name in some} for some in (keys.concepts, keys.title_places))
    parts = (keys.names, keys.numbers, about, keys.title_numbers, of_title, keys.title_names, keys.title_days)
    marks = "d" * keys.digest + "w" * keys.any_word
    return "|".join((*(" ".join(sorted(part)) for part in parts), keys.title, keys.language, marks))


def unpack_keys(line: str) -> Keys:
    """Return the keys of a packed line."""
    *parts, title, language, marks = line.split("|")
    names, numbers, about, title_numbers, of_title, title_names, days = (
        frozenset(part.split()) for part in parts
    )
    known = _marked()
    return Keys(
        names=names,
        numbers=numbers,
        concepts=frozenset(known[mark] for mark in about),
        title_numbers=title_numbers,
        title_places=frozenset(known[mark] for mark in of_title),
        title_names=title_names,
        title_days=days,
        title=title,
        language=language,
        digest="d" in marks,
        any_word="w" in marks,
    )


def names_as_printed(title: str, body: Sequence[str], language: str) -> dict[str, str]:
    """Return the words of a text by their skeletons, as they are printed, for showing what two texts share."""
    printed: dict[str, str] = {}
    for word in re.findall(r"[^\W\d_][\w’'ʼ-]+", "\n".join((title, *body))[:MAX_BODY]):
        for skeleton in skeletons(word, language):
            printed.setdefault(skeleton[:_LONGEST], word)
    return printed


def _names(title: str, body: Sequence[str], text: str, language: str) -> Counter[str]:
    """Count the skeletons of what may be names; those of the title count three times more."""
    found: Counter[str] = Counter()
    words = Counter(folded_words(text))
    words.update(3 * folded_words(title))
    if language in NO_CAPITALS:
        known: AbstractSet[str] = words.keys() - _native(words)
    else:
        known = proper_names((title, *body)) | _first_word(title)
    for word in sorted(known):
        if not word.isdigit() and not concepts(word, language):
            forms = skeletons(word, language)
            if language in NO_CAPITALS:  # a name in Georgian ends in a vowel, or it is inflected
                forms = forms[-1:]
            for each in forms:
                if len(each) >= _SHORTEST:
                    found[each[:_LONGEST]] += words[word]
    return found


def _first_word(title: str) -> frozenset[str]:
    """Return the first word of a title, which is a name more often than not; most others are in the lexicon."""
    return frozenset(folded_words(title)[:1])


def _native(words: Iterable[str]) -> set[str]:
    """Return the Georgian words that are no names by their endings: verbs, nouns of action, adverbs."""
    return {word for word in words if _GEORGIAN_FORM.search(word)}


def _most_telling(found: Counter[str], left: int) -> frozenset[str]:
    """Return so many skeletons as fit into so many bytes: what is repeated first, then what is longest."""
    kept: list[str] = []
    for name in sorted(found, key=lambda name: (-min(found[name], 3), -min(len(name), 6), name)):
        left -= len(name) + 1
        if left < 0:
            break
        kept.append(name)
    return frozenset(kept)
