"""Search the articles of a store and explain them: ``darial search|explain|diff|clusters|related``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.filters import (
    By,
    ClusterId,
    Countries,
    HasRelated,
    Languages,
    LeftOut,
    Since,
    SourceIds,
    Until,
    moment_value,
    narrowed,
    refuse_unknown,
)
from scraper.cli.options import DEFAULT_STORE, MOST, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile
from scraper.cli.terminal import argument, option
from scraper.codec import to_builtins
from scraper.dedupe.revision_diff import MARKS, Diff, DiffPiece, Kept, diff_revisions, marked_diff
from scraper.errors import ConfigError, StoreError
from scraper.model import Record
from scraper.text.human import counted, to_minute
from storage import location, open_store
from storage.checksums import DamagedLine
from storage.model import SYNTAX, Explanation, Member, StoryDetail

if TYPE_CHECKING:
    from storage import Store

Article = Annotated[str, argument("ID|URL", "The id or the address of an article.")]
Limit = Annotated[int, option("--limit -n N", "At most this many.", min=1, max=MOST)]

_COLOURS: Mapping[Kept, tuple[str, str]] = {
    "gone": ("\x1b[31;9m", "\x1b[0m"),
    "new": ("\x1b[32m", "\x1b[0m"),
    "same": ("", ""),
}
SHOWN_UNCHANGED = 2  # paragraphs between two changes
OPENING_CHARS = 60
MEMBER = ("since", "source", "id", "role", "similarity", "title")


def missing_article(store: str, article: str) -> StoreError:
    return StoreError(f"{location.shown(store)} has no article {article}", code="no_such_article")


def explain_command(article: Article, store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Explain how a record was classified.

    Shows why it is new, a revision or a duplicate: its keys, its revisions, and its cluster with similarities and times.

    \b
    Example: darial explain 1f0c2d3e4b5a6978
    """
    with open_store(store, read_only=True) as opened:
        found = opened.explain(article)
        if found is None:
            raise missing_article(store, article)
        titles = _titles(opened, found.members)
        told = opened.told_story(article)
    if json:
        terminal.print_json({**to_builtins(found), "story": told})
        return
    _print_classification(found, titles)
    if told is not None:
        _print_links(told)


def _print_classification(found: Explanation, titles: Mapping[str, str]) -> None:
    keys = ", ".join(found.keys) or "its id only"
    print(f"{found.id}  {found.url}\nsource {found.source}\nrecognised by {keys}\n")
    terminal.print_table(
        "revisions",
        ["rev", "seq", "fetched", "title", "why"],
        [[v.revision, v.seq, to_minute(v.fetched), v.title, v.why] for v in found.versions],
    )
    if not found.members:
        print("\nno other article has nearly the same text")
        return
    print(f"\n{_place(found)}\n")
    terminal.print_table(
        f"cluster {found.cluster}, the earliest first",
        ["", *MEMBER],
        [["*" if m.id == found.id else "", *_member(m, titles)] for m in found.members],
    )
    compared = next(m.alike for m in found.members if m.id == found.id)
    print()
    terminal.print_table(
        "compared with", ["id", "similarity"], [[other, f"{score:.2f}"] for other, score in compared.items()]
    )


def _print_links(told: StoryDetail) -> None:
    """Print what makes a story of its members: each pair that is alike, with its evidence."""
    sources = {member.id: member.source for member in told.story.members}
    print()
    if len(sources) == 1:
        print(f"no other article is about the same event; {counted(len(told.possibly), 'article')} possibly")
        return
    terminal.print_table(
        f"story {told.story.id}: {counted(told.story.outlets, 'source')}, {counted(len(told.possibly), 'article')} more possibly",
        ["one", "other", "score", "vectors", "names", "numbers", "about", "against"],
        [
            [
                *(f"{id_} {sources[id_]}" for id_ in (link.a, link.b)),
                f"{link.score:.2f}",
                f"{link.cosine:.2f}",
                "; ".join(a if a == b else f"{a} = {b}" for a, b in link.names),
                " ".join(link.numbers),
                ", ".join(link.concepts),
                ", ".join(link.against),
            ]
            for link in told.links
        ],
    )


def _member(member: Member, titles: Mapping[str, str]) -> list[object]:
    """Return the cells under MEMBER."""
    m = member
    similarity = "" if m.similarity is None else f"{m.similarity:.2f}"
    return [to_minute(m.origin), m.source, m.id, m.role, similarity, titles[m.id]]


def _titles(store: Store, members: Iterable[Member]) -> dict[str, str]:
    """Return the titles of articles by their ids."""
    untitled = {m.id: store.get(m.id) for m in members if not m.title}
    return {m.id: m.title or title_or_opening(untitled[m.id]) for m in members}


def _place(found: Explanation) -> str:
    """Return a sentence on the place of an article in its cluster."""
    head = found.members[0]
    me = next(m for m in found.members if m.id == found.id)
    if me.id == head.id:
        return f"the earliest of {len(found.members)} articles with nearly the same text"
    article = "an" if me.role in ("excerpt", "update") else "a"
    where = f"{article} {me.role} of {head.id}, which {head.source} had at {to_minute(head.origin)}"
    if head.id in me.alike:
        return f"{where}: {me.alike[head.id]:.0%} of the shorter text is in the other"
    nearest = max(me.alike, key=lambda other: me.alike[other])
    return f"{where}: {me.alike[nearest]:.0%} of the shorter text is in {nearest}, which belongs to the same cluster"


def diff_command(
    article: Article,
    revisions: Annotated[
        list[int] | None, argument("[REV REV]", "Two revisions; default: the last two.")
    ] = None,
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Show what changed between two revisions.

    Compares word by word: in colours on a terminal, otherwise as [-gone-] and {+new+}.

    \b
    Example: darial diff 1f0c2d3e4b5a6978 1 3
    """
    with open_store(store, read_only=True) as opened:
        known = {record.revision: record for record in opened.revisions(article)}
    if not known:
        raise missing_article(store, article)
    old, new = _two(revisions or [], known)
    found = diff_revisions(old, new)
    if json:
        terminal.print_json(found)
        return
    _print_diff(found, old, new)


def _two(revisions: Sequence[int], there: dict[int, Record]) -> tuple[Record, Record]:
    if not revisions and len(there) == 1:
        raise StoreError("the article has only one revision", code="no_such_revision")
    wanted = list(revisions) or [max(there) - 1, max(there)]
    if len(wanted) != 2:
        raise ConfigError(["give two revisions, or none for the last two"])
    if unknown := [str(number) for number in wanted if number not in there]:
        raise StoreError(
            f"there is no revision {' or '.join(unknown)}, only 1 to {max(there)}", code="no_such_revision"
        )
    return there[wanted[0]], there[wanted[1]]


def _print_diff(found: Diff, old: Record, new: Record) -> None:
    styles = _COLOURS if terminal.has_colours() else MARKS
    print(
        f"{found.id}: revision {old.revision} ({to_minute(old.fetched)}) to {new.revision} ({to_minute(new.fetched)})"
    )
    print(f"{found.words_new} words new, {found.words_gone} gone\n")
    for change in found.fields:
        pieces = (DiffPiece("gone", _value(change.old)), DiffPiece("new", _value(change.new)))
        print(f"{change.field}: {' '.join(marked_diff([piece], styles) for piece in pieces if piece.text)}")
    if found.fields:
        print()
    print(f"{marked_diff(found.title, styles)}\n")
    for changed, run in groupby(found.body, key=lambda pieces: any(piece.kept != "same" for piece in pieces)):
        paragraphs = list(run)
        if not changed and len(paragraphs) > SHOWN_UNCHANGED:
            print(f"... {len(paragraphs)} paragraphs unchanged ...\n")
            continue
        for paragraph in paragraphs:
            print(marked_diff(paragraph, styles) + "\n")


def _value(value: object) -> str:
    """Return the value of a field as text, empty for None."""
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def clusters_command(
    store: StoreDir = DEFAULT_STORE,
    since: Since = None,
    min_outlets: Annotated[
        int, option("--min-outlets N", "Only clusters of at least N sources.", min=1, max=MOST)
    ] = 1,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    r"""List articles with nearly the same text.

    Shows for each cluster which source was first, which copied it, and when. Newest clusters first.

    \b
    Example: darial clusters --since 2026-11-20 --min-outlets 3
    """
    with open_store(store, read_only=True) as opened:
        found = opened.clusters(since=moment_value(since), min_outlets=min_outlets, limit=limit)
        titles = {} if json else _titles(opened, [m for cluster in found for m in cluster.members])
    for cluster in found:
        if json:
            terminal.print_json(cluster)
            continue
        terminal.print_table(
            f"{cluster.id}  {counted(len(cluster.members), 'article')}, {counted(cluster.outlets, 'source')}",
            MEMBER,
            [_member(m, titles) for m in cluster.members],
        )
        print()
    if not found:
        terminal.log_line("no clusters")


def search_command(
    words: Annotated[list[str], argument("QUERY", SYNTAX)],
    *,
    store: StoreDir = DEFAULT_STORE,
    within: Annotated[
        str, option("--in text|related", "Search the articles, or their related headlines.")
    ] = "text",
    source: SourceIds = None,
    country: Countries = None,
    language: Languages = None,
    since: Since = None,
    until: Until = None,
    by: By = "published",
    cluster: ClusterId = None,
    has_related: HasRelated = False,
    sources: SourcesFile = DEFAULT_FILE,
    limit: Limit = 20,
    json: Json = False,
) -> None:
    r"""Search titles and bodies, best hits first.

    Words are found in their forms (hy ka az ru tr en), names in other alphabets too; =word and "a phrase" only as written.
    Related headlines belong to other articles: search them with --in related. The shell needs quotes around quotes,
    brackets and a minus.

    \b
    Examples:
      darial search russia war
      darial search '"bridge over" (river OR stream) NOT toll' --country am --since 2026-11-01
    """
    query = " ".join(words)
    filters = narrowed(
        within=within,
        source=source,
        country=country,
        sources=sources,
        language=language,
        since=moment_value(since),
        until=until,
        by=by,
        cluster=cluster,
        has_related=has_related,
    )
    with open_store(store, read_only=True) as opened:
        found = opened.search(query, filters, limit=limit)
        refuse_unknown(opened, sources, source=source, language=language, cluster=cluster)
    left_out = LeftOut()
    for seq in found.damaged:
        left_out(DamagedLine(seq))
    if json:
        for hit in found.hits:
            terminal.print_json(hit)
        left_out.judge()
        return
    terminal.print_table(
        None,
        ["score", "published", "source", "id", "title"],
        [
            [f"{h.score:.1f}", _published(r), r.source, r.id, title_or_opening(r)]
            for h in found.hits
            for r in (h.record,)
        ],
    )
    among = f"{found.ranked:,}" if found.complete else f"the newest {found.ranked:,}"
    terminal.log_line(
        f"{len(found.hits)} of {among} articles found"
        + (" (more: --limit)" if len(found.hits) < found.ranked else "")
    )
    left_out.judge()


def related_command(
    article: Article, store: StoreDir = DEFAULT_STORE, limit: Limit = 100, json: Json = False
) -> None:
    r"""Show links between related headlines.

    Lists the articles that the related headlines of an article point to, and the articles whose headlines point to it.

    \b
    Example: darial related 1f0c2d3e4b5a6978
    """
    with open_store(store, read_only=True) as opened:
        found = opened.related(article, limit=limit)
    if found is None:
        raise missing_article(store, article)
    if json:
        terminal.print_json(found)
        return
    if not (found.points_to or found.pointed_to_by):
        terminal.log_line("this article has no related headlines, and no headline points to it")
        return
    terminal.print_table(
        "points to",
        ["article", "by", "kind", "where", "headline", "address"],
        [[p.article or "not stored", p.by, p.kind, p.where, p.title, p.url] for p in found.points_to],
    )
    print()
    terminal.print_table(
        "pointed to by",
        ["article", "source", "published", "title"],
        [[r.id, r.source, _published(r), title_or_opening(r)] for r in found.pointed_to_by],
    )


def title_or_opening(record: Record | None) -> str:
    """Return the title of an article, or its first words if it has none."""
    if record is None:
        return ""
    opening = record.body[0] if record.body else ""
    return record.title or textwrap.shorten(opening, OPENING_CHARS, placeholder=" ...")


def _published(record: Record) -> str:
    return to_minute(record.published) if record.published else ""
