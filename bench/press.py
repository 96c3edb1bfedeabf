"""Texts for the benchmarks: real ones from the dumps, and any number of new ones mixed from their sentences and words.

The same seed gives the same texts. A mixed story reads like nothing, but its words and phrases are as frequent as in the
press; every sentence is reworded so much that two stories do not share more than the press's stock phrases.
"""

from __future__ import annotations

import csv
import json
import random
import re
from array import array
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from scraper.codec import Struct

REWORDED = 0.4  # share of the words of a borrowed sentence that are exchanged
_SENTENCE = re.compile(r"(?<=[.!?։:])\s+")


class Text(Struct, frozen=True):
    """One real text of the dumps."""

    dump: str
    language: str
    title: str | None
    body: tuple[str, ...]
    url: str | None = None
    date: str | None = None


def real_texts(dumps: Path) -> Iterator[Text]:
    """Every article text of the dumps."""
    csv.field_size_limit(1 << 30)
    for line in (dumps / "ilur_am_articles.jsonl").open(encoding="utf-8"):
        item = json.loads(line)
        yield Text("ilur", "hy", None, _paragraphs(item["text"]), None)
    for item in json.loads((dumps / "banker_az_articles_2025-08-24.json").read_text(encoding="utf-8"))[
        "articles_with_content"
    ]:
        yield Text(
            "banker",
            "az",
            item.get("title"),
            _paragraphs(item.get("content") or ""),
            item.get("url"),
            item.get("date_iso"),
        )
    for name, charset, dump in (
        ("rt_russian_articles.json", "utf-8", "rt"),
        ("interfax_ru_cp1251.json", "cp1251", "interfax"),
    ):
        for item in json.loads((dumps / name).read_bytes().decode(charset)).values():
            yield Text(dump, "ru", item["header"], _paragraphs(item["news"]), item["url"], item.get("date"))
    for name, title, text, date in (
        ("armenia_first_dataset.csv", "Title", "Text", "Date Published"),
        ("armenia_mixed_378.csv", "Title", "Text", "Date"),
        ("armenia_test_123.csv", "Name of Article", "Text", "Date of Article"),
        ("rferl_armenia_2004_2009.csv", "Title", "Text", "Date"),
        ("mfa_rso_south_ossetia_2021.csv", "News_Titles", "News_Shorts", "News_Dates"),
        ("mfaapsny_abkhazia_2021.csv", "News_Titles", "News_Shorts", "News_Dates"),
    ):
        for row in _rows(dumps / name):
            address = row.get("URL")
            listing = "mfa" in name  # its addresses are of listings, not of articles
            yield Text(
                name.split(".")[0],
                "en",
                row.get(title),
                _paragraphs(row.get(text) or ""),
                None if listing else address,
                " ".join((row.get(date) or "").split()) or None,
            )
    for line in (dumps / "naive_text_with_trailing_headlines.jsonl").open(encoding="utf-8"):
        item = json.loads(line)
        yield Text("naive", "hy", item["title"], _paragraphs(item["true_body"] or ""), item["url"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        yield from csv.DictReader(file)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(p for line in text.splitlines() if (p := " ".join(line.split())))


class Press:
    """An endless press: ``story(n)`` is always the same story. Languages come in the shares that the dumps have."""

    def __init__(self, dumps: Path, *, seed: int = 4) -> None:
        self.seed = seed
        sentences: dict[str, list[list[str]]] = {}
        counts: dict[str, dict[str, int]] = {}
        for text in real_texts(dumps):
            for paragraph in text.body:
                for sentence in _SENTENCE.split(paragraph):
                    words = sentence.split()
                    if 4 <= len(words) <= 60:
                        sentences.setdefault(text.language, []).append(words)
                        count = counts.setdefault(text.language, {})
                        for word in words:
                            count[word] = count.get(word, 0) + 1
        self.sentences = sentences
        self.languages = sorted(sentences)
        self._shares = list(accumulate(len(sentences[language]) for language in self.languages))
        self.counts = counts
        self.vocabulary = {language: list(count) for language, count in counts.items()}
        # every word of the press once for each time it stands there, as its place in the vocabulary
        self._printed = {
            language: array("I", (n for n, times in enumerate(count.values()) for _ in range(times)))
            for language, count in counts.items()
        }

    def words(self, language: str, count: int, rng: random.Random) -> list[str]:
        """Words as frequent as in the press."""
        vocabulary, printed = self.vocabulary[language], self._printed[language]
        size, draw = len(printed), rng.random
        return [vocabulary[printed[int(draw() * size)]] for _ in range(count)]

    def sentence(self, language: str, rng: random.Random) -> list[str]:
        """A sentence that nobody wrote."""
        words = list(rng.choice(self.sentences[language]))
        exchanged = [i for i in range(len(words)) if rng.random() < REWORDED]
        for i, other in zip(exchanged, self.words(language, len(exchanged), rng), strict=True):
            words[i] = other
        return words

    def story(self, number: int) -> Story:
        """The same story for the same number."""
        rng = random.Random(self.seed * 1_000_003 + number)
        (language,) = rng.choices(self.languages, cum_weights=self._shares)
        count = max(3, min(60, round(rng.lognormvariate(2.4, 0.6))))
        return Story(self, language, [self.sentence(language, rng) for _ in range(count)], rng)


class Story:
    """Sentences of words, and what editors do to them. Every edit gives another story."""

    def __init__(self, press: Press, language: str, sentences: list[list[str]], rng: random.Random) -> None:
        self.press = press
        self.language = language
        self.sentences = sentences
        self.rng = rng

    @property
    def body(self) -> tuple[str, ...]:
        """Three sentences a paragraph."""
        return tuple(
            " ".join(" ".join(words) for words in self.sentences[i : i + 3])
            for i in range(0, len(self.sentences), 3)
        )

    @property
    def title(self) -> str:
        return " ".join(self.sentences[0][:8])

    def _with(self, sentences: list[list[str]]) -> Story:
        return Story(self.press, self.language, sentences, self.rng)

    def fresh(self, count: int) -> list[list[str]]:
        """New sentences in the story's language."""
        return [self.press.sentence(self.language, self.rng) for _ in range(count)]

    def edited(self, share: float) -> Story:
        """A share of the words exchanged for others."""
        sentences = []
        for words in self.sentences:
            others = self.press.words(self.language, len(words), self.rng)
            sentences.append(
                [o if self.rng.random() < share else w for w, o in zip(words, others, strict=True)]
            )
        return self._with(sentences)

    def appended(self) -> Story:
        """A fifth of other matter after it: other headlines, a notice."""
        return self._with(self.sentences + self.fresh(max(1, len(self.sentences) // 5)))

    def prepended(self) -> Story:
        return self._with(self.fresh(max(1, len(self.sentences) // 5)) + self.sentences)

    def half(self) -> Story:
        """Half of it, in one piece."""
        size = (len(self.sentences) + 1) // 2
        start = self.rng.randrange(len(self.sentences) - size + 1)
        return self._with(self.sentences[start : start + size])

    def headline_changed(self) -> Story:
        """Another title over the same text."""
        return Retitled(self.press, self.language, self.sentences, self.rng)

    def third(self) -> Story:
        """Another story on the same topic: a third of the sentences are the same, the rest is new."""
        size = round(len(self.sentences) / 3)
        kept = sorted(self.rng.sample(range(len(self.sentences)), size))
        sentences = self.fresh(len(self.sentences) - size)
        for i in kept:
            sentences.insert(min(i, len(sentences)), self.sentences[i])
        return self._with(sentences)


class Retitled(Story):
    @property
    def title(self) -> str:
        return " ".join(self.press.sentence(self.language, self.rng)[:8])


EDITS: dict[str, Callable[[Story], Story]] = {
    "5 % of words": lambda story: story.edited(0.05),
    "15 % of words": lambda story: story.edited(0.15),
    "30 % of words": lambda story: story.edited(0.30),
    "appended": Story.appended,
    "prepended": Story.prepended,
    "half": Story.half,
    "headline": Story.headline_changed,
    "hard negative": Story.third,
}
