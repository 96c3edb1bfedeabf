"""Extract records from pages and texts, without a store: ``darial extract``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper.cli import terminal
from scraper.cli.inputs import CliInput, is_url, read_input, shown_name, sources_for
from scraper.cli.options import BaseUrl
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import argument, option
from scraper.codec import decode_any, encode, replace
from scraper.errors import ConfigError, DarialError
from scraper.text.normalize import clean_line

if TYPE_CHECKING:
    from scraper.extract.explain import Examined
    from scraper.model import Article, Record
    from scraper.parse_pool import ParseJob

ReadInput = Callable[[str], CliInput]
SHOWN_CHARS, SHOWN_PLACE = 70, 20  # of a block and of its element, in the table of --explain
FEW = 3  # so few documents are parsed in this process: starting others would take longer


def extract_command(
    inputs: Annotated[list[str], argument("PATH|URL|-...", "Files, addresses, or - for standard input.")],
    *,
    url: BaseUrl = None,
    timezone: Annotated[
        str | None,
        option(
            "--timezone ZONE",
            "The time zone of times without one, such as Asia/Tbilisi; default: of the source, else UTC.",
        ),
    ] = None,
    source: Annotated[
        str | None, option("--source ID", "Use the zone, the languages and the rules of this source.")
    ] = None,
    sources: SourcesFile = DEFAULT_FILE,
    indent: Annotated[bool, option("--indent", "Print indented JSON.")] = False,
    explain: Annotated[
        bool, option("--explain", "Print every block with its decision and the reason, not the record.")
    ] = False,
    html: Annotated[
        Path | None,
        option("--html FILE", "Write a page that shows body, headlines and dropped blocks in colours."),
    ] = None,
    json: Annotated[bool, option("--json", "With --explain: print JSON instead of a table.")] = False,
) -> None:
    r"""Print records of pages or text files.

    Uses no store. Prints one JSON record a line, with the name of the input as "input". Inputs are HTML or plain text, gzipped or not. An
    input that cannot be read or parsed is reported on stderr; the exit code is then 1. Dates such as "yesterday" or
    "25 November" are resolved for addresses only, because nobody knows when a file was saved. If the zone of a local time is
    unknown (see --timezone and --source), it is read as UTC and the record has the warning local_time_as_utc.

    \b
    Examples:
      darial extract page.html --url https://news.example/1
      darial extract pages/*.html.gz | jq -c '{title, body, related}'
      pbpaste | darial extract - --indent
      darial extract page.html --source valley-post
      darial extract page.html --explain
      darial extract page.html --html decisions.html
    """
    if url is not None and not is_url(url):
        raise ConfigError([f"--url {url}: not an http(s) address"])
    common = _common(source, sources, timezone)
    read = partial(read_input, known=sources_for(inputs, sources), url=url)
    if explain or html is not None:
        _explain(inputs, read, html, common, explain=explain, as_json=json)
        return
    failed = 0
    with terminal.progress("extracting", len(inputs)) as bar:
        for name, found in results(inputs, read, common):
            if isinstance(found, DarialError):
                failed += 1
                _report_failure(name, found)
            else:
                terminal.print_json({"input": name, **decode_any(encode(found))}, indent=indent)
            bar.step()
    if failed:
        raise terminal.Exit(1)


def _common(source: str | None, sources: Path, timezone: str | None) -> ParseJob:
    """Return a job with what the options say of all pages. Raises ConfigError."""
    from scraper.config import fields
    from scraper.parse_pool import ParseJob

    if timezone is not None:
        try:
            timezone = fields.timezone(timezone)
        except fields.Wrong as wrong:
            raise ConfigError([f"--timezone {what}" for _, what in wrong.problems]) from wrong
    if source is None:
        return ParseJob(data=b"", timezone=timezone)
    (known,) = read_sources(sources).select([source])
    return ParseJob(
        data=b"",
        timezone=timezone or known.timezone,
        languages=known.languages,
        rules=known.rules,
        article_url=known.article_url,
    )


def _explain(
    inputs: Sequence[str],
    read: ReadInput,
    html: Path | None,
    common: ParseJob,
    *,
    explain: bool,
    as_json: bool,
) -> None:
    """Show the decision on every block, on stdout as a table or JSON, or as a page for a browser, or both."""
    if html is not None and not html.absolute().parent.is_dir():
        raise ConfigError([f"--html {html}: {html.parent} is not a directory"])
    pages = [page for name in inputs if (page := _examined(name, read, common)) is not None]
    for page in pages if explain else ():
        if as_json:
            made = {"title": page.article.title, "extraction": page.article.extraction}
            terminal.print_json({"input": page.name, "url": page.url, **made, "blocks": page.verdicts})
        else:
            _table(page)
    if html is not None and pages:
        from scraper.extract import explain_html

        html.write_text(explain_html.render(pages), encoding="utf-8", errors="replace")
        terminal.log_line(f"{html} written: open it in a browser")
    if len(pages) < len(inputs):
        raise terminal.Exit(1)


def _examined(name: str, read: ReadInput, common: ParseJob) -> Examined | None:
    """Return an input with the decisions on its blocks; None, and a message, if it cannot be read or parsed."""
    from scraper.extract.explain import examine

    try:
        given = read(name)
        kind = given.headers.get("content-type")
        return examine(
            given.data, name=shown_name(name), url=given.url, content_type=kind, rules=common.rules
        )
    except DarialError as error:
        _report_failure(shown_name(name), error)
        return None


def _table(page: Examined) -> None:
    found = page.article.extraction
    title = f"{page.name}: {found.method}, confidence {found.confidence:.2f}"
    rows = [
        (v.verdict, v.why, _short(v.where, SHOWN_PLACE), _short(v.text, SHOWN_CHARS)) for v in page.verdicts
    ]
    columns = ("decision", "why", "where", "text")
    terminal.print_table(clean_line(", ".join((title, *found.warnings))), columns, rows)


def _short(text: str, limit: int) -> str:
    text = clean_line(text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def results(
    inputs: Iterable[str], read: ReadInput, common: ParseJob
) -> Iterator[tuple[str, Record | DarialError]]:
    """Yield the record of every input, or its error, in the order given; many inputs are parsed in parallel."""
    from scraper import clock
    from scraper.parse_pool import ParsePool

    names = list(inputs)
    unread: dict[int, DarialError] = {}
    urls: dict[int, str | None] = {}

    def jobs() -> Iterator[ParseJob]:
        for i, name in enumerate(names):
            try:
                given = read(name)
            except DarialError as error:
                unread[i] = error
                yield common  # without data: it keeps the place
                continue
            urls[i] = given.url
            now, kind = clock.now(), given.headers.get("content-type")
            yield replace(
                common,
                data=given.data,
                url=given.url,
                content_type=kind,
                now=now if is_url(name) else None,
                latest=now,
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
    """Return the record of a page that no feed announced, as a store would get it."""
    from scraper import clock, urls
    from scraper.model import ExtractedArticle
    from storage import records

    canonical = urls.canonical_or_none(urls.believable_canonical(url, article.canonical)) if url else None
    address = canonical or urls.canonical_or_none(url or article.canonical) or ""
    found = ExtractedArticle(
        source="",
        url=address,
        link=url,
        urls=(),
        keys=(),
        article=article,
        fetched=clock.now(),
        found_by="url" if is_url(name) else "file",
    )
    record = records.compose(found)
    return record if address else replace(record, id="")  # an id is made of an address


def _report_failure(name: str, error: DarialError) -> None:
    terminal.log_line(f"{name}: {error.code}: {str(error).removeprefix(f'{name}: ')}")
