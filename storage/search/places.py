"""Places, and a few people, by their names in six languages, where those are not known by their sound: Москва and მოსკოვი. Pure.

The names are in ``places.txt``. A word of a text is one of them if it has the stem of a form and may be a form of it: газ is none of Газа,
gənclər none of Gəncə.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import NamedTuple

from scraper.dedupe.fingerprint import fold_paragraphs
from scraper.text.stems import stems
from storage.search.tokens import tokens

_LANGUAGES = ("en", "ru", "hy", "ka", "az", "tr")
_WITH_WHOLE_NAME = ("az", "tr")  # endings follow the name; elsewhere its last vowel may go
_RU_UNCHANGED = tuple("иоуе")  # such a name has no other forms


class NamedPlace(NamedTuple):
    """A line of the table: the first of its English names, and whether other spellings are known by their sound."""

    name: str
    by_sound: bool


class _Form(NamedTuple):
    letters: str
    place: NamedPlace


def place_of(word: str, language: str) -> NamedPlace | None:
    """Return the place that a word of the index may name, in any form of a language; else None."""
    for stem in stems(word, language, name=True):
        for form in _forms().get((language, stem), ()):
            if _is_form(word, stem, form.letters, language):
                return form.place
    return None


@cache
def letters_of(place: str) -> frozenset[str]:
    """Return the first letters of the names of a place."""
    return frozenset(
        form.letters[0] for forms in _forms().values() for form in forms if form.place.name == place
    )


def _is_form(word: str, stem: str, form: str, language: str) -> bool:
    if word == form:
        return True
    if language == "en" or (language == "ru" and form.endswith(_RU_UNCHANGED)):
        return False
    if language in _WITH_WHOLE_NAME:
        return word.startswith(form)
    return word != stem or form == stem


@cache
def _forms() -> dict[tuple[str, str], list[_Form]]:
    """Return the listed forms by their language and stems."""
    raw = fold_paragraphs(((resources.files("storage.search") / "places.txt").read_text(encoding="utf-8"),))
    found: dict[tuple[str, str], list[_Form]] = {}
    for line in raw.splitlines():
        if not line or line.startswith("#"):
            continue
        cells = [tokens(cell) for cell in line.split("|")]
        place = NamedPlace(cells[0][0], by_sound=not line.startswith("="))
        for language, forms in zip(_LANGUAGES, cells, strict=True):
            for form in forms:
                for stem in stems(form, language, name=True):
                    found.setdefault((language, stem), []).append(_Form(form, place))
    return found
