"""``darial extract``: pages and texts to records, without a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from scraper.cli import terminal
from scraper.cli.inputs import is_url, read_input, shown_name
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import Argument, Option
from scraper.errors import ConfigError, DarialError

if TYPE_CHECKING:
    from scraper.extract.explain import Examined
    from scraper.model import Article, Record, Rules
    from scraper.parse_pool import ParseJob


class Outlet(NamedTuple):
    """What is known of the outlet whose pages are read."""

    timezone: str | None = None
    languages: tuple[str, ...] = ()
    rules: tuple[Rules, ...] = ()
    article_url: str | None = None


UNKNOWN = Outlet()
SHOWN_CHARS, SHOWN_PLACE = 70, 20  # of a block and of its element, in the table of --explain
FEW = 3  # so few documents are parsed here: starting processes would take longer


def extract_command(
    inputs: Annotated[
        list[str], Argument(metavar="PATH|URL|-...", help="Files, addresses, or - for standard input.")
    ],
    *,
    url: Annotated[
        str | None, Option("--url", metavar="URL", help="Where the page came from; makes its links absolute.")
    ] = None,
    timezone: Annotated[
        str | None,
        Option(
            "--timezone",
            metavar="ZONE",
            help="Where times without a zone are local, such as Asia/Tbilisi; default: the source's, else UTC.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        Option(
            "--source",
            metavar="ID",
            help="Read the pages as those of this source: with its zone, languages and rules.",
        ),
    ] = None,
    sources: SourcesFile = DEFAULT_FILE,
    indent: Annotated[bool, Option("--indent", help="Indented JSON, for reading.")] = False,
    explain: Annotated[
        bool,
        Option("--explain", help="Instead of the record: every block with its verdict and why, as a table."),
    ] = False,
    html: Annotated[
        Path | None,
        Option(
            "--html",
            metavar="FILE",
            help="Write a page that shows body, headlines and what was dropped in colours.",
        ),
    ] = None,
    json: Annotated[bool, Option("--json", help="With --explain: JSON instead of a table.")] = False,
) -> None:
    r"""Print one JSON record a line for every page or text; no store is touched.

    HTML and plain text are told apart by content, and either may be gzipped. A record has the input's name as "input".
    What cannot be read or parsed is reported on stderr, the others go on, and the exit code is 1. Dates such as
    "yesterday" or "25 November" are read only from addresses: when a file was saved, nobody knows. A local time that is
    read as UTC because neither page, --timezone nor --source names its zone has the warning local_time_as_utc.

    \b
    Examples:
      darial extract page.html --url https://news.example/1
      darial extract pages/*.html.gz | jq -c '{title, body, related}'
      pbpaste | darial extract - --indent
      darial extract page.html --source valley-post
      darial extract page.html --explain
      darial extract page.html --html verdicts.html
    """
    if url is not None and not is_url(url):
        raise ConfigError([f"--url {url}: no http(s) address"])
    outlet = _outlet(source, sources, timezone)
    if explain or html is not None:
        _explain(inputs, url, html, outlet, explain=explain, as_json=json)
        return
    bar = terminal.progress("extracting", len(inputs))
    failed = 0
    with bar:
        for name, found in results(inputs, url, outlet):
            if isinstance(found, DarialError):
                failed += 1
                terminal.log_line(f"{name}: {found.code}: {_without(name, found)}")
            else:
                terminal.print_json({"input": name, **as_dict(found)}, indent=indent)
            bar.advance(bar.task_ids[0])
    terminal.flush()
    if failed:
        raise terminal.Exit(1)


def _outlet(source: str | None, sources: Path, timezone: str | None) -> Outlet:
    """Return what the options say of the outlet. Raises ConfigError."""
    from scraper.config import fields

    if timezone is not None:
        try:
            timezone = fields.timezone(timezone)
        except fields.Wrong as wrong:
            raise ConfigError([f"--timezone {what}" for _, what in wrong.problems]) from wrong
    if source is None:
        return Outlet(timezone=timezone)
    (known,) = read_sources(sources).select([source])
    return Outlet(timezone or known.timezone, known.languages, known.rules, known.article_url)


def _explain(
    inputs: Sequence[str],
    url: str | None,
    html: Path | None,
    outlet: Outlet,
    *,
    explain: bool,
    as_json: bool,
) -> None:
    """What became of every block: on stdout as a table or as JSON, or as a page for a browser, or both."""
    if html is not None and not html.absolute().parent.is_dir():
        raise ConfigError([f"--html {html}: {html.parent} is no directory"])
    pages = [page for name in inputs if (page := _examined(name, url, outlet)) is not None]
    for page in pages if explain else ():
        if as_json:
            terminal.print_json(
                {
                    "input": page.name,
                    "url": page.url,
                    "title": page.article.title,
                    "extraction": page.article.extraction,
                    "blocks": page.verdicts,
                }
            )
        else:
            _table(page)
    terminal.flush()
    if html is not None and pages:
        from scraper.extract import explain_html

        html.write_text(explain_html.render(pages), encoding="utf-8", errors="replace")
        terminal.log_line(f"{html} written: open it in a browser")
    if len(pages) < len(inputs):
        raise terminal.Exit(1)


def _examined(name: str, url: str | None, outlet: Outlet) -> Examined | None:
    """One input with its verdicts; None, and a line on stderr, if it cannot be read or parsed."""
    from scraper.extract.explain import examine

    try:
        given = read_input(name, url=url)
        return examine(
            given.data,
            name=shown_name(name),
            url=given.url,
            content_type=given.headers.get("content-type"),
            rules=outlet.rules,
        )
    except DarialError as error:
        terminal.log_line(f"{shown_name(name)}: {error.code}: {_without(name, error)}")
        return None


def _table(page: Examined) -> None:
    from scraper.text.normalize import clean_line

    found = page.article.extraction
    title = f"{page.name}: {found.method}, confidence {found.confidence:.2f}"
    rows = [
        (
            v.verdict,
            clean_line(v.why),
            _short(clean_line(v.where), SHOWN_PLACE),
            _short(clean_line(v.text), SHOWN_CHARS),
        )
        for v in page.verdicts
    ]
    terminal.print_table(
        clean_line(", ".join((title, *found.warnings))),
        ("verdict", "why", "where", "text"),
        rows,
        to_stdout=True,
    )


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def results(
    inputs: Iterable[str], url: str | None, outlet: Outlet = UNKNOWN
) -> Iterator[tuple[str, Record | DarialError]]:
    """Every input's record, or what was wrong with it, in the order given; parsed side by side if there are many."""
    from scraper import clock
    from scraper.parse_pool import ParsePool

    names = list(inputs)
    unread: dict[int, DarialError] = {}
    urls: dict[int, str | None] = {}

    def jobs() -> Iterator[ParseJob]:
        from scraper.parse_pool import ParseJob

        for i, name in enumerate(names):
            try:
                given = read_input(name, url=url)
            except DarialError as error:
                unread[i] = error
                yield ParseJob(data=b"")  # keeps the place
                continue
            urls[i] = given.url
            yield ParseJob(
                data=given.data,
                url=given.url,
                content_type=given.headers.get("content-type"),
                rules=outlet.rules,
                timezone=outlet.timezone,
                languages=outlet.languages,
                article_url=outlet.article_url,
                now=clock.now() if is_url(name) else None,
                latest=clock.now(),
            )

    with ParsePool(0 if len(names) <= FEW else None) as workers:
        for i, result in enumerate(workers.extract_all(jobs())):
            if i in unread:
                yield shown_name(names[i]), unread[i]
            elif isinstance(result, DarialError):
                yield shown_name(names[i]), result
            else:
                yield shown_name(names[i]), draft(result, names[i], urls[i])


def draft(article: Article, name: str, url: str | None) -> Record:
    """The record that a store would be given, of a page that no feed announced."""
    from scraper import clock, urls
    from scraper.codec import replace
    from scraper.model import ExtractedArticle
    from storage import records

    canonical = urls.canonical_or_none(urls.believable_canonical(url, article.canonical)) if url else None
    address = canonical or urls.canonical_or_none(url or article.canonical) or ""
    found = ExtractedArticle(
        source="",
        url=address,
        urls=(),
        keys=(),
        article=article,
        fetched=clock.now(),
        found_by="url" if is_url(name) else "file",
    )
    record = records.compose(found)
    return record if address else replace(record, id="")  # an id is that of an address


def as_dict(record: Record) -> dict[str, object]:
    from scraper.codec import decode_any, encode

    fields: dict[str, object] = decode_any(encode(record))
    return fields


def _without(name: str, error: DarialError) -> str:
    return str(error).removeprefix(f"{name}: ")


def register(app: terminal.Group) -> None:
    app.command("extract")(extract_command)
