"""What a person sees: the only import of typer and rich. stdout is data, stderr is talk.

Commands build on this: ``app()`` makes a command group, ``out`` prints data, ``talk`` prints to the person.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
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
from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script
from typer.exceptions import TyperException

from scraper.codec import encode, pretty
from scraper.errors import ConfigError
from scraper.text.normalize import clean

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


def app(help: str) -> typer.Typer:  # noqa: A002
    """A command group in our style: help on -h too, no tracebacks with locals, no completion noise in help."""
    return typer.Typer(
        help=help,
        no_args_is_help=True,
        add_completion=False,
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
SHELLS = ("bash", "zsh", "fish")


def complete(group: typer.Typer, *, name: str) -> None:
    """Answer a shell's question for the words that may follow; ends the process as click does (SystemExit)."""
    completion_init()
    typer.main.get_command(group).main(prog_name=name, complete_var=COMPLETE)


def completion(shell: str, *, name: str) -> str:
    """What a shell must be told once, so that it asks us for the words that may follow."""
    return get_completion_script(prog_name=name, complete_var=COMPLETE, shell=shell)


def commands(group: typer.Typer) -> dict[str, list[str]]:
    """The commands of a group and the long options of each: for tests of the documentation."""
    found: dict[str, Any] = getattr(typer.main.get_command(group), "commands", {})
    return {
        name: [option for p in command.params for option in p.opts if option.startswith("--")]
        for name, command in found.items()
    }


class Described(NamedTuple):
    """What a command's help says, in parts: for manuals. ``path`` begins with the program's name."""

    path: str
    help: str  # as in the docstring; a paragraph that begins with a backspace keeps its line breaks
    usage: str
    arguments: list[tuple[str, str]]
    options: list[tuple[str, str]]
    children: list[str]


def described(group: typer.Typer, *, name: str) -> list[Described]:
    """Every command of a group, groups included, in the order of the help."""
    command = typer.main.get_command(group)
    _unescape(command)
    return list(_described(command, name))


def _described(command: Any, path: str) -> Iterator[Described]:
    with command.make_context(path, [], resilient_parsing=True, max_content_width=100) as context:
        children = getattr(command, "commands", {})
        records = [(p.param_type_name, p.get_help_record(context)) for p in command.get_params(context)]
        yield Described(
            path=path,
            help=command.help or "",
            usage=" ".join([path, *command.collect_usage_pieces(context)]),
            arguments=[(r[0].partition(" <")[0], r[1]) for kind, r in records if kind == "argument" and r],
            options=[r for kind, r in records if kind == "option" and r and "--help" not in r[0]],
            children=list(children),
        )
    for name, child in children.items():
        if not child.hidden:
            yield from _described(child, f"{path} {name}")


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


def out(value: object, *, indent: bool = False) -> None:
    """One JSON value on stdout, followed by a newline."""
    data = encode(value)
    sys.stdout.buffer.write((pretty(data) if indent else data) + b"\n")


def line(cells: Sequence[str]) -> None:
    """One line of stdout, its cells apart by tabs, cleaned of what a terminal might obey."""
    sys.stdout.write("\t".join(clean(cell) for cell in cells) + "\n")


def flush() -> None:
    sys.stdout.buffer.flush()


def talk(message: str) -> None:
    """A line for the person, on stderr, never interpreted as markup."""
    console.print(message, markup=False, soft_wrap=True)


def table(
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
    printed = [["" if cell is None else clean(str(cell)) for cell in row] for row in rows]
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


class Line(NamedTuple):
    """A line of a picture of the whole terminal, and how it looks where there are colours."""

    text: str
    style: str = ""


def has_colours() -> bool:
    """Whether a person watches stdout who wants colours (NO_COLOR, TERM=dumb)."""
    console = Console(highlight=False)
    return console.color_system is not None and not console.no_color


def is_live() -> bool:
    """Whether a person watches stdout."""
    return Console(highlight=False).is_terminal


def size() -> tuple[int, int]:
    """Columns and lines of the terminal; 80 and 40 where there is none."""
    return shutil.get_terminal_size((80, 40))


def lines(picture: Iterable[Line]) -> None:
    """A picture on stdout, as text."""
    for row in picture:
        sys.stdout.write(_harmless(row.text) + "\n")


def _harmless(text: str) -> str:
    """The same columns, without what a terminal might obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def watch(picture: Callable[[int, int], Sequence[Line]], *, every: float) -> None:
    """Fill the terminal with a picture of so many columns and lines, anew every so many seconds, until q or Ctrl-C."""
    screen = Console(highlight=False)
    try:
        with _keys() as pressed, Live(console=screen, screen=True, auto_refresh=False) as live:
            while True:
                rows = picture(screen.width, screen.height)
                text = Text("\n", no_wrap=True, overflow="ellipsis").join(
                    Text(_harmless(row.text), style=row.style) for row in rows
                )
                live.update(text, refresh=True)
                if pressed(every) in ("q", "Q"):
                    return
    except KeyboardInterrupt:
        return


def _sleep(seconds: float) -> str:
    time.sleep(seconds)
    return ""


@contextlib.contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """A function that waits so many seconds for a key; keys count as they are pressed, and the terminal is left as it was."""
    if not sys.stdin.isatty():
        yield _sleep
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)

    def pressed(seconds: float) -> str:
        ready, _, _ = select.select([number], [], [], seconds)
        if not ready:
            return ""
        return os.read(number, 1).decode("latin-1") or "q"  # the terminal has gone

    try:
        tty.setcbreak(number, termios.TCSANOW)
        yield pressed
    finally:
        termios.tcsetattr(number, termios.TCSANOW, before)


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
