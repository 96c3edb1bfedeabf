"""What a person sees: the only import of typer and rich. stdout is data, stderr is talk.

Commands build on this: ``app()`` makes a command group, ``out`` prints data, ``talk`` prints to the person.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from scraper.codec import encode, pretty

Option = typer.Option
Argument = typer.Argument
Context = typer.Context
Exit = typer.Exit

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


def out(value: object, *, indent: bool = False) -> None:
    """One JSON value on stdout, followed by a newline."""
    data = encode(value)
    sys.stdout.buffer.write((pretty(data) if indent else data) + b"\n")


def flush() -> None:
    sys.stdout.buffer.flush()


def talk(message: str) -> None:
    """A line for the person, on stderr, never interpreted as markup."""
    console.print(message, markup=False, soft_wrap=True)


def table(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, to_stdout: bool = False
) -> None:
    """A table that fits the terminal. Numbers are right-aligned. Cell text is never interpreted as markup."""
    from rich.text import Text

    rows = [list(row) for row in rows]
    t = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], int | float) or row[i] in (None, "") for row in rows)
        t.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        t.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    (Console(highlight=False) if to_stdout else console).print(t)


def progress(description: str, total: int | None) -> Progress:
    """A live bar on stderr (nothing where stderr is no terminal); use as a context manager, task 0 is ready."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    bar.add_task(description, total=total)
    return bar
