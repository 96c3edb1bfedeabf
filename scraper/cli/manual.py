"""The reference, written from the code: commands and error codes as Markdown, commands as manual pages.

``python -m scraper.cli.manual docs`` writes docs/commands.md and docs/errors.md (`make reference`), ``man DIR`` the pages
(`make man`). A test compares the former with what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scraper.cli import main as cli
from scraper.cli import terminal
from scraper.cli.terminal import Described
from scraper.error_messages import GROUPS
from scraper.version import __version__

DOCS = Path("docs")
_NOTE = "<!-- Written by `make reference` from the code. Do not edit. -->\n"
_FILES = (
    ("sources.toml", "the outlets and the settings; --sources names another"),
    ("data/", "the store; --store names another"),
)


def commands() -> str:
    """Every command with its arguments and options, as Markdown."""
    pages = terminal.described(cli.build(), name="darial")
    lines = [
        _NOTE,
        "# Commands\n",
        "What `--help` says of each. stdout is data, stderr is talk; [exit codes](running.md#exit-codes).\n",
    ]
    for page in pages[1:]:
        depth = page.path.count(" ")
        lines += [
            f"{'#' * (depth + 1)} {page.path}\n",
            f"```\n{page.usage}\n```\n",
            *map(_markdown, paragraphs(page.help)),
        ]
        if page.children:
            lines.append(
                ", ".join(f"[`{name}`](#{page.path.replace(' ', '-')}-{name})" for name in page.children)
                + "\n"
            )
            continue
        for title, rows in (("argument", page.arguments), ("option", page.options)):
            if rows:
                lines += [
                    f"| {title} | |\n|---|---|",
                    *(f"| {_code(name)} | {_cell(said)} |" for name, said in rows),
                    "",
                ]
    return "\n".join(lines)


def errors() -> str:
    """Every error code with its meaning, as Markdown."""
    lines = [
        _NOTE,
        "# Error codes\n",
        "They stand in the table of `darial fetch`, in `darial status`, in log lines, in metrics and in the store.\n",
    ]
    for title, codes in GROUPS.items():
        rows = [f"| `{code}` | {_cell(words)} |" for code, words in codes.items()]
        lines += [f"## {title}\n", "| code | meaning |\n|---|---|", *rows, ""]
    lines.append(
        "Other codes that begin with `http_` are the server's HTTP status. Codes that begin with `store` come from the store, not from a "
        "poll.\n"
    )
    return "\n".join(lines)


def paragraphs(text: str) -> Iterator[tuple[str, bool]]:
    """The paragraphs of a help text, and whether their line breaks count."""
    for part in text.strip().split("\n\n"):
        if part.startswith("\b"):
            yield part.lstrip("\b\n"), True
        else:
            yield " ".join(part.split()), False


def _markdown(paragraph: tuple[str, bool]) -> str:
    text, verbatim = paragraph
    return f"```\n{text}\n```\n" if verbatim else f"{_prose(text)}\n"


def _prose(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def _code(text: str) -> str:
    """Code in a table: Markdown dialects do not agree on how a pipe is written there."""
    return f"<code>{text.replace('&', '&amp;').replace('<', '&lt;').replace('|', '&#124;')}</code>"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# ------------------------------------------------------------------------------------------ manual pages


def man_pages() -> dict[str, str]:
    """A page a command, by file name: darial.1, darial-fetch.1, darial-store-export.1 ..."""
    pages = terminal.described(cli.build(), name="darial")
    return {f"{page.path.replace(' ', '-')}.1": man_page(page, pages) for page in pages}


def man_page(page: Described, pages: Sequence[Described]) -> str:
    name = page.path.replace(" ", "-")
    first, *rest = paragraphs(page.help)
    what = first[0].split(". ")[0].rstrip(".")
    lines = [
        f'.TH {name.upper()} 1 "" "darial {__version__}" "Darial"',
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(what)}",
        ".SH SYNOPSIS",
        f".B {_roff(page.usage)}",
        ".SH DESCRIPTION",
        *_man_paragraphs([first, *rest]),
    ]
    for title, rows in (("ARGUMENTS", page.arguments), ("OPTIONS", page.options)):
        if rows:
            lines.append(f".SH {title}")
            for names, said in rows:
                lines += [".TP", f".B {_roff(names)}", _roff(said)]
    if page.children:
        lines.append(".SH COMMANDS")
        for child in (p for p in pages if p.path.rpartition(" ")[0] == page.path):
            lines += [
                ".TP",
                f".BR {_roff(child.path.replace(' ', '-'))} (1)",
                _roff(next(paragraphs(child.help))[0]),
            ]
    if page.path == "darial":
        lines.append(".SH FILES")
        for file, said in _FILES:
            lines += [".TP", f".I {_roff(file)}", _roff(said)]
    else:
        lines += [".SH SEE ALSO", f".BR {_roff(page.path.rpartition(' ')[0].replace(' ', '-'))} (1)"]
    return "\n".join(lines) + "\n"


def _man_paragraphs(parts: Sequence[tuple[str, bool]]) -> Iterator[str]:
    for text, verbatim in parts:
        yield ".PP"
        if verbatim:
            yield from (".nf", *map(_roff, text.split("\n")), ".fi")
        else:
            yield _roff(text)


def _roff(text: str) -> str:
    """Text that troff takes as it is: no escapes, no hyphens that become typographic, no line that looks like a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def main(args: Sequence[str]) -> int:
    match args:
        case ["docs"]:
            (DOCS / "commands.md").write_text(commands(), encoding="utf-8")
            (DOCS / "errors.md").write_text(errors(), encoding="utf-8")
        case ["man", folder]:
            place = Path(folder)
            place.mkdir(parents=True, exist_ok=True)
            for name, text in man_pages().items():
                (place / name).write_text(text, encoding="utf-8")
        case _:
            sys.stderr.write("usage: python -m scraper.cli.manual docs | man DIR\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
