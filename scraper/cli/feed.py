"""Print the entries of a feed or sitemap: ``darial feed``."""

from __future__ import annotations

from typing import Annotated

from scraper.cli import terminal
from scraper.cli.inputs import read_input, sources_for
from scraper.cli.options import BaseUrl
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile
from scraper.cli.terminal import argument, option


def feed_command(
    source: Annotated[str, argument("PATH|URL|-", "A file, an address, or - for standard input.")],
    url: BaseUrl = None,
    sources: SourcesFile = DEFAULT_FILE,
    head: Annotated[bool, option("--head", "Print the head of the feed instead of its entries.")] = False,
) -> None:
    r"""Print the entries of a feed as JSON.

    Reads RSS, Atom, RDF, JSON Feed, sitemaps and the posts of WordPress. Prints one entry a line. An address is fetched as the
    sources file says: user agent, contact, private hosts.

    \b
    Examples:
      darial feed https://news.example/rss.xml | jq -r .title
      darial feed saved.xml --url https://news.example/rss.xml --head
    """
    from scraper.codec import to_builtins
    from scraper.feeds import parse

    given = read_input(source, sources_for([source], sources), url=url, kind="feed")
    parsed = parse.parse_feed(given.data, headers=given.headers, url=given.url)
    if head:
        terminal.print_json({**to_builtins(parsed), "entries": len(parsed.entries)})
    else:
        for entry in parsed.entries:
            terminal.print_json(entry)
    if "truncated" in parsed.notes:
        terminal.flush_stdout()
        terminal.log_line(
            f"{source}: the feed is cut off; {len(parsed.entries):,} of its entries could be read"
        )
        raise terminal.Exit(1)
