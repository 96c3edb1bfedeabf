"""Write the reference from the code: commands and error codes as Markdown, commands as manual pages.

``python -m scraper.cli.manual docs`` writes docs/commands.md and docs/errors.md (`make reference`), ``man DIR`` writes the
manual pages (`make man`). A test compares the Markdown files with the code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from scraper.cli import main as program
from scraper.cli import terminal
from scraper.error_messages import GROUPS
from scraper.version import __version__

DOCS = Path("docs")
_NOTE = "<!-- Written by `make reference` from the code. Do not edit. -->\n"
# a paragraph that keeps its line breaks
_VERBATIM = re.compile(r"^\x08\n(.*?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def commands_page() -> str:
    """Return every command with its arguments and options, as Markdown."""
    text = _VERBATIM.sub(r"```\n\1\n```", terminal.reference(program.build_commands(), name="darial"))
    return f"{_NOTE}\n{text.strip()}\n"


def errors_page() -> str:
    """Return every error code with its meaning, as Markdown."""
    lines = [
        _NOTE,
        "# Error codes\n",
        "You find them in the table of `darial fetch`, in `darial status`, in log lines, in metrics and in the store.\n",
    ]
    for title, codes in GROUPS.items():
        rows = [f"| `{code}` | {_cell(words)} |" for code, words in codes.items()]
        lines += [f"## {title}\n", "| code | meaning |\n|---|---|", *rows, ""]
    lines.append(
        "Other codes that begin with `http_` contain the HTTP status of the server. Codes that begin with `store` come from the "
        "store, not from a poll.\n"
    )
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def man_pages() -> dict[str, str]:
    """Return a page for each command, by file name: darial.1, darial-fetch.1, darial-store-export.1 ..."""
    return {
        f"{path.replace(' ', '-')}.1": man_page(path, text)
        for path, text in terminal.helps(program.build_commands(), name="darial").items()
    }


def man_page(path: str, text: str) -> str:
    """Return the manual page of a command: its help under the usual headings."""
    name = path.replace(" ", "-")
    usage, _, rest = text.partition("\n\n")
    what = rest.strip().partition("\n")[0].partition(". ")[0].rstrip(".:")
    lines = [
        f'.TH {name.upper()} 1 "" "darial {__version__}" "Darial"',
        f".SH NAME\n{_roff(name)} \\- {_roff(what)}",
        f".SH SYNOPSIS\n.B {_roff(' '.join(usage.removeprefix('Usage:').split()))}",
        ".SH DESCRIPTION\n.nf",
        *map(_roff, rest.rstrip().split("\n")),
        ".fi",
    ]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    """Escape text for troff: backslashes, hyphens, and lines that look like a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def write_reference(args: Sequence[str]) -> int:
    """Write what ``args`` name and return the exit code."""
    match args:
        case ["docs"]:
            (DOCS / "commands.md").write_text(commands_page(), encoding="utf-8")
            (DOCS / "errors.md").write_text(errors_page(), encoding="utf-8")
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
    sys.exit(write_reference(sys.argv[1:]))
