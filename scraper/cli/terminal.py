"""Read command lines and print answers, as the only module that imports typer and rich.

Data goes to stdout (``print_json``, ``print_table``), messages go to stderr (``log_line``).
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

Context = typer.Context
Parameter = typer.CallbackParam
Exit = typer.Exit
Group = typer.Typer

WHOLE_CELLS = 16  # of the terminal: a word of so many, an id, is not broken to fit it
GAP = 2  # cells between two columns
PIPE_WIDTH = 1000  # characters of a table line where no terminal sets a limit

console = Console(stderr=True, highlight=False)


def option(names: str, help: str, **more: Any) -> Any:  # noqa: A002
    """Declare an option by its names and the word for its value: ``option("--limit -n N", "At most this many.", min=1)``."""
    *flags, last = names.split()
    if not last.startswith("-"):
        return typer.Option(*flags, metavar=last, help=help, **more)
    return typer.Option(*flags, last, help=help, **more)


def argument(value: str | None, help: str, **more: Any) -> Any:  # noqa: A002
    """Declare an argument by the word for its value."""
    return typer.Argument(metavar=value, help=help, **more)


def app(help: str, *, completion: bool = False) -> typer.Typer:  # noqa: A002
    """Make a command group: help on -h too, exceptions left to the caller."""
    return typer.Typer(
        help=help,
        no_args_is_help=True,
        add_completion=completion,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def invoke(group: typer.Typer, args: Sequence[str], *, name: str) -> int:
    """Run a command line and return its exit code. Raises ConfigError for a wrong line, and whatever the command raises."""
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


COMPLETE = "_DARIAL_COMPLETE"  # a shell asks in this variable for the words that may follow


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
    """Yield the leading words of a command line, as far as they name commands."""
    for word in args:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            return
        yield word


def _unescape(command: Any) -> None:
    """Make a real backspace of the mark in raw docstrings that keeps the line breaks of a paragraph."""
    command.help = (command.help or "").replace("\\b\n", "\b\n") or None
    for child in getattr(command, "commands", {}).values():
        _unescape(child)


def print_json(value: object, *, indent: bool = False) -> None:
    """Print one JSON value and a newline on stdout; records in it have their times in the form of the store."""
    from storage.line import one_time_form

    data = one_time_form(encode(value))
    sys.stdout.buffer.write((pretty(data) if indent else data) + b"\n")


def print_row(cells: Sequence[str]) -> None:
    """Print cells on one line of stdout, separated by tabs and free of control characters."""
    sys.stdout.write("\t".join(clean_line(cell) for cell in cells) + "\n")


def flush_stdout() -> None:
    sys.stdout.buffer.flush()


def log_line(message: str) -> None:
    """Print a message on stderr; its text is never read as markup."""
    console.print(message, markup=False, soft_wrap=True)


def print_table(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    stderr: bool = False,
    styles: Sequence[str] = (),
) -> None:
    """Print a table that fits the terminal; in a pipe or a file its lines are as long as needed, so that they can be searched.

    Numbers are right-aligned, ``styles`` colour rows. Cell text is never read as markup or as a control sequence.
    """
    rows = [list(row) for row in rows]
    printed = [["" if cell is None else clean_line(str(cell)) for cell in row] for row in rows]
    t = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], int | float) or row[i] in (None, "") for row in rows)
        t.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for i, cells in enumerate(printed):
        t.add_row(*map(Text, cells), style=styles[i] if styles else None)
    target = Console(highlight=False, stderr=stderr)
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
    """Return widths with which columns fit a line; an empty list leaves the choice to rich.

    Short cells stay on one line, or else short words stay whole; the other columns share the rest.
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
    """Return True if stdout is a terminal that shows colours (see NO_COLOR, TERM=dumb)."""
    console = Console(highlight=False)
    return console.color_system is not None and not console.no_color


def watch(read: Callable[[], Any], show: Callable[[Any], object], *, every: float) -> None:
    """Read and show a value every so many seconds until Ctrl-C, each time on a cleared terminal."""
    screen = Console(highlight=False)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            value = read()
            screen.clear()
            show(value)
            flush_stdout()
            time.sleep(every)


class _Rate(ProgressColumn):
    """A column that shows the steps per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if not speed else f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s", style="dim")


def can_ask() -> bool:
    """Return True if a person can be asked: stdin and stderr are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def answer(question: str) -> str:
    """Ask a question and return the line that is typed, without spaces around it."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def agreed(question: str) -> bool:
    """Ask a question and return True for yes; any other answer is no."""
    return answer(f"{question} [y/N] ").lower() in ("y", "yes")


class Bar(Progress):
    """A live bar for one task on stderr; it prints nothing if stderr is not a terminal. Use it as a context manager."""

    def step(self, done: float | None = None, total: float | None = None, *, text: str | None = None) -> None:
        """Move the bar on by one, or to ``done`` of ``total``."""
        self.update(
            self.task_ids[0],
            advance=1 if done is None else None,
            completed=done,
            total=total,
            description=text,
        )


def progress(text: str, total: float | None, *, long: bool = False) -> Bar:
    """Return a bar that counts steps; a ``long`` one shows the share that is done instead of counts and a rate."""
    counts: list[ProgressColumn] = [TaskProgressColumn()] if long else [MofNCompleteColumn(), _Rate()]
    bar = Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        *counts,
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=not long),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    bar.add_task(text, total=total)
    return bar
