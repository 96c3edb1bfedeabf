"""Prepare stories for a page: the strip of countries, who had it first, shared words marked, what nobody has. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from scraper.codec import Struct
from scraper.config.codes import OWN_COUNTRIES
from scraper.model import Source, SourceState
from scraper.stories.keys import story_keys, telling_numbers
from scraper.text.name_skeleton import skeletons
from scraper.web import formatting
from scraper.web.highlight import HighlightPiece
from storage.model import StoryDetail, StoryLink, StoryMember, ToldStory

STRIP = ("am", "az", "ge", "ru", "tr")  # countries that are shown though nobody there tells it
SILENCE_HOURS = 48
MOST_BEHIND = 20  # articles that are being compared
ENOUGH_OUTLETS = 3  # must have answered before anything is said of their silence
_WORD = re.compile(r"\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,\u00a0\u202f]\d+)+|[^\W_]+")  # a number is one word


class StripMark(Struct, frozen=True, kw_only=True):
    """A country of the strip, and how many of its outlets tell the story."""

    code: str
    name: str
    outlets: int


class TellingLine(Struct, frozen=True, kw_only=True):
    """One member of a story as a line; ``lag`` is how long after the first it appeared."""

    id: str
    name: str
    country: str | None
    language: str | None
    title: tuple[HighlightPiece, ...]
    url: str
    published: datetime | None
    first_seen: datetime
    lag: float  # seconds
    copies: int


class StoryPanel(Struct, frozen=True, kw_only=True):
    """A story as the page shows it."""

    id: str
    first: datetime
    grown: datetime
    outlets: int
    strip: tuple[StripMark, ...]
    lines: tuple[TellingLine, ...]


class StoryEvidence(Struct, frozen=True, kw_only=True):
    """Why two members are alike, in words."""

    names: str
    score: float
    cosine: float
    shared: tuple[str, ...]
    numbers: tuple[str, ...]
    concepts: tuple[str, ...]
    against: tuple[str, ...]


def story_panel(story: ToldStory, name_of: Callable[[str], str]) -> StoryPanel:
    """Return a story with its shared words marked."""
    shared = _shared_words(story.members)
    by_country = Counter(country for country, _ in {(m.country, m.source) for m in story.members} if country)
    codes = [*STRIP, *sorted(by_country.keys() - set(STRIP))]
    return StoryPanel(
        id=story.id,
        first=story.first,
        grown=story.grown,
        outlets=story.outlets,
        strip=tuple(
            StripMark(code=code, name=formatting.country_name(code), outlets=by_country[code])
            for code in codes
        ),
        lines=tuple(_line(member, story.first, name_of, shared) for member in story.members),
    )


def telling_lines(
    members: Iterable[StoryMember], since: datetime, name_of: Callable[[str], str]
) -> tuple[TellingLine, ...]:
    """Return articles as lines without marks."""
    return tuple(_line(member, since, name_of, frozenset()) for member in members)


def story_evidence(link: StoryLink, name_of: Mapping[str, str]) -> StoryEvidence:
    """Return the evidence of a pair; ``name_of`` gives the outlet of an article."""
    return StoryEvidence(
        names=" – ".join(name_of.get(id_, id_) for id_ in (link.a, link.b)),
        score=link.score,
        cosine=link.cosine,
        shared=tuple(mine if mine == theirs else f"{mine} = {theirs}" for mine, theirs in link.names),
        numbers=link.numbers,
        concepts=link.concepts,
        against=link.against,
    )


def silences(
    detail: StoryDetail,
    sources: Sequence[Source],
    states: Mapping[str, SourceState],
    now: datetime,
    behind: int = 0,
) -> list[str]:
    """Return which countries' outlets do not have a story, in words that say no more than is known.

    Nothing is said of a story older than the window, of a country where an article possibly tells it, or where fewer
    than ENOUGH_OUTLETS answered since it began, or while more than MOST_BEHIND articles are not compared yet.
    """
    began = detail.story.first
    if now - began > timedelta(hours=SILENCE_HOURS) or behind > MOST_BEHIND:
        return []
    country_of = {source.id: source.country for source in sources}
    told = {country_of.get(source) for source in detail.carriers}
    said = []
    for code in sorted(OWN_COUNTRIES.keys() | set(STRIP)):
        answered = sum(
            source.enabled and source.country == code and _answered_since(states.get(source.id), began)
            for source in sources
        )
        if code not in told and answered >= ENOUGH_OUTLETS:
            said.append(
                f"None of the {answered} sources of {formatting.country_name(code)} that answered in these"
                f" {SILENCE_HOURS} h has it, as far as this comparison can tell."
            )
    return said


def _answered_since(state: SourceState | None, moment: datetime) -> bool:
    return state is not None and state.last_success is not None and state.last_success >= moment


def _line(
    member: StoryMember, since: datetime, name_of: Callable[[str], str], shared: frozenset[str]
) -> TellingLine:
    return TellingLine(
        id=member.id,
        name=name_of(member.source),
        country=member.country,
        language=member.language,
        title=_marked(member, shared),
        url=member.url,
        published=member.published,
        first_seen=member.first_seen,
        lag=(member.origin - since).total_seconds(),
        copies=member.copies,
    )


def _shared_words(members: Sequence[StoryMember]) -> frozenset[str]:
    """Return the skeletons of names, and the numbers, that stand in the titles of two members at least.

    A word that is no name may have the skeleton of one, so only names count where the language shows which words are.
    """
    counts: Counter[str] = Counter()
    for member in members:
        keys = story_keys(member.title or "", (member.title or "",), _language(member))
        counts.update(keys.names | keys.numbers)
    return frozenset(key for key, count in counts.items() if count > 1)


def _marked(member: StoryMember, shared: frozenset[str]) -> tuple[HighlightPiece, ...]:
    text, at, pieces = member.title or "(without a title)", 0, []
    for match in _WORD.finditer(text):
        word = match[0]
        if not shared.isdisjoint({*telling_numbers(word), *skeletons(word, _language(member))}):
            pieces += [HighlightPiece(text[at : match.start()]), HighlightPiece(word, found=True)]
            at = match.end()
    return tuple(piece for piece in (*pieces, HighlightPiece(text[at:])) if piece.text)


def _language(member: StoryMember) -> str:
    return (member.language or "").partition("-")[0]
