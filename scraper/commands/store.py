"""``darial store ...`` and ``darial explain``: what other programs and people ask of a store."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from scraper import clock, terminal
from scraper.commands.options import DEFAULT_STORE, Json, StoreDir
from scraper.errors import ConfigError, StoreError
from scraper.terminal import Argument, Option

SHOWN_REFUSALS = 20

Since = Annotated[
    str | None,
    Option(
        "--since", metavar="SEQ|TIME", help="Only what came after this seq, or was fetched from this time on."
    ),
]
SourceId = Annotated[str | None, Option("--source", metavar="ID", help="Only this outlet.")]
Language = Annotated[str | None, Option("--language", metavar="CODE", help="Only this language.")]


def since_value(text: str | None) -> int | datetime | None:
    """``--since`` as a seq or an aware time."""
    if text is None:
        return None
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            [f"--since {text}: neither a seq nor a time like 2026-11-23 or 2026-11-23T06:00Z"]
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def export(
    store: StoreDir = DEFAULT_STORE,
    since: Since = None,
    source: SourceId = None,
    language: Language = None,
    revisions: Annotated[
        bool,
        Option(
            "--revisions", help="Every revision as it was published, not only the latest of each article."
        ),
    ] = False,
) -> None:
    r"""Print records as JSON Lines: the latest revision of every article, with its cluster as it is now.

    \b
    Example: darial store export --language ka --since 2026-11-01 | jq -r .title
    """
    from storage import open_store

    after = since_value(since)
    with open_store(store, read_only=True) as opened:
        lines = opened.change_lines if revisions else opened.latest_lines
        for line in lines(source=source, language=language, since=after):
            sys.stdout.buffer.write(line + b"\n")
    terminal.flush()


def import_(
    files: Annotated[list[Path], Argument(metavar="FILE.jsonl...", help="JSON Lines files; - is stdin.")],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Take records in: our own lines, or any objects with url or id, and title or body. Known ones are not stored again.

    Exit 1 if some lines were no records (the others are stored).

    \b
    Example: darial store import archive.jsonl --store data
    """
    from storage import Outcome, open_store

    for path in files:
        if str(path) != "-" and not path.is_file():
            raise ConfigError([f"{path}: {'not a file' if path.exists() else 'no such file'}"])
    total = Outcome()
    refused: list[str] = []
    with open_store(store) as opened, terminal.progress("records", None) as bar:
        for path in files:
            outcome = opened.add(_objects(path, refused, bar), now=clock.now())
            refused += [f"{path}: {why}" for why in outcome.refused]
            total += outcome
    for why in refused[:SHOWN_REFUSALS]:
        terminal.talk(why)
    if len(refused) > SHOWN_REFUSALS:
        terminal.talk(f"... and {len(refused) - SHOWN_REFUSALS} more")
    summary = {
        "new": total.new,
        "revised": total.revised,
        "unchanged": total.unchanged,
        "duplicates": total.duplicates,
        "refused": len(refused),
    }
    if json:
        terminal.out(summary)
    else:
        terminal.talk(", ".join(f"{count} {what}" for what, count in summary.items()))
    if refused:
        raise terminal.Exit(1)


def _objects(path: Path, refused: list[str], bar: Any) -> Iterator[Any]:
    """The JSON values of a file, one a line; what is no JSON is noted and passed over."""
    from scraper.codec import DecodeError, decode_any

    stream = sys.stdin.buffer if str(path) == "-" else path.open("rb")
    with stream:
        for number, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            try:
                value = decode_any(raw)
            except (DecodeError, UnicodeDecodeError) as e:
                refused.append(f"{path}: line {number} is no JSON: {e}")
                continue
            yield value
            bar.advance(0)


def rebuild(
    store: StoreDir = DEFAULT_STORE,
    database: Annotated[
        bool,
        Option("--database", help="The other way round: a lost or damaged database from the JSON files."),
    ] = False,
) -> None:
    r"""Write the JSON files anew from the database.

    \b
    Example: darial store rebuild --database --store data
    """
    if database:
        from storage.restore import rebuild_database

        terminal.talk(f"{rebuild_database(store)} lines restored from the JSON files")
        return
    with _existing(store) as opened:
        terminal.talk(f"{opened.rebuild()} lines written")


def _existing(store: Path) -> Any:
    """A store opened for writing that must be there already."""
    from storage import open_store
    from storage.sqlite import DATABASE

    if not (store / DATABASE).exists():
        open_store(store, read_only=True).close()
    return open_store(store)


def stats(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""The store in numbers.

    \b
    Example: darial store stats --json
    """
    from scraper.codec import field_names
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        found = opened.stats()
    if json:
        terminal.out(found)
        return
    rows = []
    for field in field_names(type(found)):
        value = getattr(found, field.name)
        if isinstance(value, dict):
            value = ", ".join(
                f"{name} {count}" for name, count in sorted(value.items(), key=lambda i: (-i[1], i[0]))
            )
        rows.append([field.name.replace("_", " "), "" if value is None else str(value)])
    terminal.table(None, ["what", "value"], rows, to_stdout=True)


def verify(store: StoreDir = DEFAULT_STORE, json: Json = False) -> None:
    r"""Prove that the database is whole and agrees with the JSON files, line by line. Exit 1 if not, naming what differs.

    \b
    Example: darial store verify --store data
    """
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        problems = list(opened.verify())
        found = opened.stats()
    if json:
        terminal.out({"ok": not problems, "lines": found.revisions, "problems": problems})
    else:
        for problem in problems:
            print(problem)
        terminal.talk(f"{found.revisions} lines, {len(problems)} problems")
    if problems:
        raise terminal.Exit(1)


def explain(
    article: Annotated[str, Argument(metavar="ID|URL", help="An article's id or address.")],
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Say why a record is new, a revision or a duplicate: its keys, its revisions, its cluster with scores and times.

    \b
    Example: darial explain 1f0c2d3e4b5a6978
    """
    from storage import open_store

    with open_store(store, read_only=True) as opened:
        found = opened.explain(article)
    if found is None:
        raise StoreError(f"{store} has no article {article}", code="no_such_article")
    if json:
        terminal.out(found)
        return
    print(f"{found.id}  {found.url}\nsource {found.source}\nrecognised by {', '.join(found.keys)}\n")
    terminal.table(
        "revisions",
        ["rev", "seq", "fetched", "title", "why"],
        [[v.revision, v.seq, _time(v.fetched), v.title, v.why] for v in found.versions],
        to_stdout=True,
    )
    if not found.members:
        print("\nno other article has nearly the same text")
        return
    print()
    terminal.table(
        f"cluster {found.cluster}, the earliest first",
        ["id", "source", "since", "role", "similarity", "title", "compared with"],
        [
            [
                ("* " if m.id == found.id else "") + m.id,
                m.source,
                _time(m.origin),
                m.role,
                "" if m.similarity is None else f"{m.similarity:.2f}",
                m.title,
                ", ".join(f"{other} {score:.2f}" for other, score in m.alike.items()),
            ]
            for m in found.members
        ],
        to_stdout=True,
    )


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def register(app: terminal.Group) -> None:
    from scraper.commands import quarantine, reextract

    group = terminal.app("The store: export, import, repair, numbers.")
    group.command("export")(export)
    group.command("import")(import_)
    group.command("rebuild")(rebuild)
    group.command("stats")(stats)
    group.command("verify")(verify)
    quarantine.register(group)
    reextract.register(group)
    app.add_typer(group, name="store")
    app.command("explain")(explain)
