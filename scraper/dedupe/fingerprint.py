"""Reduce an article's title and body to the words and numbers that are compared. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from scraper.codec import Struct
from scraper.dedupe import minhash
from scraper.text import homoglyphs, normalize


class Fingerprint(Struct, frozen=True, kw_only=True):
    """The parts of an article that are compared: its folded words, their hash, and the sketch of the body."""

    title: tuple[str, ...]
    body: tuple[str, ...]
    folded: str  # the body as it is searched
    hash: str
    sketch: tuple[int, ...]


# A short line around a number that says nothing of the story: views, comments, "5 minutes ago", "updated 12:18".
_VOLATILE_WORDS = """
    view views read reads comment comments share shares like likes ago minute minutes min hour hours day days week weeks
    updated published today yesterday advertisement
    просмотр просмотра просмотров просмотры прочтений комментарий комментария комментариев комментарии назад минут минуты
    минуту час часа часов день дня дней обновлено опубликовано сегодня вчера реклама поделиться
    դիտում դիտումներ դիտվել մեկնաբանություն մեկնաբանություններ առաջ րոպե ժամ օր այսօր երեկ թարմացվել գովազդ կիսվել
    ნახვა ნახვები კომენტარი კომენტარები წინ წუთის წუთი საათის საათი დღის დღე დღეს გუშინ განახლდა რეკლამა გაზიარება
    baxış baxılıb oxunub oxunuş şərh rəy əvvəl dəqiqə saat gün bu bugün dünən yeniləndi reklam paylaş
    okunma görüntülenme yorum önce dakika bugün dün güncellendi güncelleme paylaşım
"""
_VOLATILE = frozenset(normalize.folded_words(_VOLATILE_WORDS))
_MAX_VOLATILE_WORDS = 8
_NUMBER = re.compile(r"\d+\Z")
_WORD = re.compile(r"\w+")


def is_volatile(words: Sequence[str]) -> bool:
    """Return True if a paragraph is a counter, a clock or an advert's label rather than a part of the story."""
    if len(words) > _MAX_VOLATILE_WORDS:
        return False
    return any(_NUMBER.match(word) for word in words) and all(
        _NUMBER.match(word) or word in _VOLATILE for word in words
    )


# Stands between paragraphs while a body is folded in one piece: folding keeps it, and it is part of no word.
_MARK = "\ue000"


def fold_paragraphs(body: Sequence[str]) -> str:
    """Return a body in the form that is compared and searched: folded, one line a paragraph."""
    joined = _MARK.join(body)
    if not all(map(str.isprintable, body)):
        joined = normalize.without_invisible(joined)
    return homoglyphs.unmix(normalize.fold(joined)).replace(_MARK, "\n")


def title_words(title: str | None) -> tuple[str, ...]:
    """Return the folded words of a title."""
    return tuple(_WORD.findall(fold_paragraphs((title or "",))))


def body_words(body: Sequence[str]) -> list[str]:
    """Return the folded words of a body, volatile lines left out."""
    return _kept_words(fold_paragraphs(body))


def _kept_words(folded_body: str) -> list[str]:
    kept: list[str] = []
    for line in folded_body.split("\n"):
        words = _WORD.findall(line)
        if not is_volatile(words):
            kept += words
    return kept


def fingerprint(title: str | None, body: Sequence[str]) -> Fingerprint:
    """Return what is compared: case, punctuation, white space, paragraph breaks and volatile lines do not matter."""
    in_title = title_words(title)
    text_of_body = fold_paragraphs(body)
    in_body = _kept_words(text_of_body)
    digest = hashlib.sha256(f"{' '.join(in_title)}\n{' '.join(in_body)}".encode("utf-8", "surrogatepass"))
    return Fingerprint(
        title=in_title,
        body=tuple(in_body),
        folded=text_of_body,
        hash=digest.hexdigest()[:32],
        sketch=minhash.sketch(in_body),
    )
