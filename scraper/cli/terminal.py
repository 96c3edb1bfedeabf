"""What a person sees: the only import of typer and rich. stdout is data, stderr is talk.

Commands build on this: ``app()`` makes a command group, ``print_json`` prints data, ``log_line`` prints to the person.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text
from typer.cli import get_docs_for_click
from typer.exceptions import TyperException

from scraper.codec import encode, pretty
from scraper.errors import ConfigError
from scraper.text.normalize import clean_line

Option = typer.Option
Argument = typer.Argument
Context = typer.Context
Parameter = typer.CallbackParam
Exit = typer.Exit
Group = typer.Typer
Bar = Progress

WHOLE_CELLS = 16  # of the terminal: a word of so many, an id, is not broken to fit it
GAP = 2  # cells between two columns
PIPE_WIDTH = 1000  # characters of a table line where no terminal sets a limit

console = Console(stderr=True, highlight=False)


def app(help: str, *, completion: bool = False) -> typer.Typer:  # noqa: A002
    """Make a command group in our style: help on -h too, no tracebacks with locals."""
    return typer.Typer(
        help=help,
        no_args_is_help=True,
        add_completion=completion,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def invoke(group: typer.Typer, args: Sequence[str], *, name: str) -> int:
    """Run a command line against ``group`` and return its exit code. Raises ConfigError for a line that is wrong.

    Everything else that a command raises passes: what to make of it is the caller's business.
    """
    command = typer.main.get_command(group)
    _unescape(command)
    try:
        with command.make_context(name, list(args)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except TyperException as error:
        where = getattr(error, "ctx", None)
        path = where.command_path if where else " ".join([name, *_named(command, args)])
        if not error.format_message().strip() or type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(error.format_message() + "\n")
            return error.exit_code
        raise ConfigError([f"{error.format_message()} (see: {path} --help)"]) from error
    return 0


COMPLETE = "_DARIAL_COMPLETE"  # the variable in which a shell asks for the words that may follow


def complete(group: typer.Typer, *, name: str) -> None:
    """Answer a shell that asks for the words that may follow; ends the process as click does (SystemExit)."""
    typer.main.get_command(group).main(prog_name=name)


def commands(group: typer.Typer) -> dict[str, list[str]]:
    """Return the long options of every command of a group by its path ("store export"): for tests of the documentation."""
    command = typer.main.get_command(group)
    return {
        path: [option for p in one.params for option in p.opts if option.startswith("--")]
        for path, one in _walk(command, "")
    }


def helps(group: typer.Typer, *, name: str) -> dict[str, str]:
    """Return the help of every command of a group by its path, groups included, in the order of the help."""
    command = typer.main.get_command(group)
    _unescape(command)
    found = {}
    for path, one in _walk(command, name):
        with one.make_context(path, [], resilient_parsing=True, max_content_width=100) as context:
            found[path] = one.get_help(context)
    return found


def reference(group: typer.Typer, *, name: str) -> str:
    """Return the documentation of a group as Markdown, as typer writes it."""
    command = typer.main.get_command(group)
    _unescape(command)
    with command.make_context(name, [], resilient_parsing=True) as context:
        return get_docs_for_click(obj=command, ctx=context, name=name)  # type: ignore[arg-type]


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from _walk(child, f"{path} {name}".strip())


def _named(command: Any, args: Sequence[str]) -> Iterator[str]:
    """The names of the command that a line is for: its leading words, as far as they name one."""
    for word in args:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            return
        yield word


def _unescape(command: Any) -> None:
    """Help texts are raw docstrings; the mark that keeps the line breaks of a paragraph is a real backspace."""
    command.help = (command.help or "").replace("\\b\n", "\b\n") or None
    for child in getattr(command, "commands", {}).values():
        _unescape(child)


def print_json(value: object, *, indent: bool = False) -> None:
    """One JSON value on stdout, followed by a newline."""
    data = encode(value)
    sys.stdout.buffer.write((pretty(data) if indent else data) + b"\n")


def print_row(cells: Sequence[str]) -> None:
    """One line of stdout, its cells apart by tabs, cleaned of what a terminal might obey."""
    sys.stdout.write("\t".join(clean_line(cell) for cell in cells) + "\n")


def flush() -> None:
    sys.stdout.buffer.flush()


def log_line(message: str) -> None:
    """A line for the person, on stderr, never interpreted as markup."""
    console.print(message, markup=False, soft_wrap=True)


def print_table(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    to_stdout: bool = False,
    styles: Sequence[str] = (),
) -> None:
    """A table that fits the terminal; in a pipe or a file, lines as long as they need to be, so that they can be searched.

    Numbers are right-aligned; ``styles`` colour rows, where colours are shown. Cell text is never interpreted: neither as
    markup nor as a terminal's control sequence.
    """
    rows = [list(row) for row in rows]
    printed = [["" if cell is None else clean_line(str(cell)) for cell in row] for row in rows]
    t = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], int | float) or row[i] in (None, "") for row in rows)
        t.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for i, cells in enumerate(printed):
        t.add_row(*map(Text, cells), style=styles[i] if styles else None)
    target = Console(highlight=False, stderr=not to_stdout)
    if target.is_terminal:
        texts = [[name, *(cells[i] for cells in printed)] for i, name in enumerate(columns)]
        for column, width in zip(t.columns, fitted(texts, target.width), strict=False):
            column.width = width
        target.print(t)
        return
    target.width = PIPE_WIDTH
    with target.capture() as captured:
        target.print(t)
    for row in captured.get().splitlines():  # each is padded to the longest
        target.file.write(row.rstrip() + "\n")


def fitted(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """The widths of columns that together have to fit.

    Short cells stay on one line, or else short words whole; the rest is shared. Nothing where they fit anyhow, or where they
    cannot: rich knows what to do.
    """
    wanted = [max(map(cell_len, cells)) for cells in columns]
    room = width - GAP * (len(columns) - 1)
    whole_words = [
        max((n for cell in cells for word in cell.split() if (n := cell_len(word)) <= WHOLE_CELLS), default=1)
        for cells in columns
    ]
    whole_cells = [
        most if most <= WHOLE_CELLS else least for most, least in zip(wanted, whole_words, strict=True)
    ]
    widths = next((least for least in (whole_cells, whole_words) if sum(least) <= room), None)
    if widths is None or sum(wanted) <= room:
        return []
    left = room - sum(widths)
    narrow_first = sorted(range(len(columns)), key=lambda i: wanted[i] - widths[i])
    for others, i in zip(range(len(columns) - 1, -1, -1), narrow_first, strict=True):
        more = min(wanted[i] - widths[i], left // (others + 1))
        widths[i] += more
        left -= more
    return widths


def has_colours() -> bool:
    """Whether a person watches stdout who wants colours (NO_COLOR, TERM=dumb)."""
    console = Console(highlight=False)
    return console.color_system is not None and not console.no_color


def is_live() -> bool:
    """Whether a person watches stdout."""
    return Console(highlight=False).is_terminal


def watch(show: Callable[[], object], *, every: float) -> None:
    """Clear the terminal and call ``show`` again and again, every so many seconds, until Ctrl-C."""
    screen = Console(highlight=False)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            screen.clear()
            show()
            flush()
            time.sleep(every)


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if not speed else f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s", style="dim")


def can_ask() -> bool:
    """True if a person sits there."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str) -> bool:
    """True if the person says yes; whatever else is said is no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def progress(description: str, total: int | None) -> Progress:
    """A live bar on stderr (nothing where stderr is no terminal); use as a context manager, task 0 is ready."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    bar.add_task(description, total=total)
    return bar


def long_progress(description: str, total: float) -> Progress:
    """``progress`` for what takes hours: the share that is done and the time that is left."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    bar.add_task(description, total=total)
    return bar
