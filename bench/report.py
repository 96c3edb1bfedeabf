"""The one form of every benchmark: tables for a person, then one JSON line for a program. In: figures. Out: text.

    {"bench": NAME, "figures": {...}, "reach": [{"what", "got", "want", "ok"}], "ok": bool}

A figure that could not be had (a peer that is not installed) is null, and what needs it is not reached.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from scraper.cli.terminal import flush_stdout, print_table
from scraper.codec import Struct, encode

ROOT = Path(__file__).resolve().parent.parent


class Reach(Struct, frozen=True):
    """One thing asked for. ``want`` is printed as it was compared, ``<= 4.5``."""

    what: str
    got: float | None
    want: str
    ok: bool


class Table(Struct, frozen=True):
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Report(Struct, frozen=True, kw_only=True):
    """What a benchmark found. ``notes`` are for the person: what was missing, what to run."""

    figures: dict[str, Any]
    reach: tuple[Reach, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return bool(self.reach) and all(row.ok for row in self.reach)


class Unable(Exception):
    """The benchmark cannot run here; the message says what it lacks."""


Comparison = Literal["<=", ">=", "=="]


def reach(what: str, got: float | None, sign: Comparison, want: float) -> Reach:
    """Compare at the printed precision, so that no row reads "0.97, want >= 0.97: no"."""
    got = None if got is None else round(got, 4)
    ok = got is not None and {"<=": got <= want, ">=": got >= want, "==": got == want}[sign]
    return Reach(what, got, f"{sign} {want:g}", ok)


def show(name: str, report: Report) -> int:
    """Print everything, the JSON line last; the exit code."""
    for one in report.tables:
        print_table(one.title, one.columns, one.rows)
        sys.stdout.write("\n")
    rows = [(row.what, row.got, row.want, "yes" if row.ok else "NO") for row in report.reach]
    print_table("Reach", ("what", "got", "want", "ok"), _filled(rows))
    sys.stdout.write("\n" + "".join(note + "\n" for note in report.notes))
    sys.stdout.flush()
    line = {"bench": name, "figures": report.figures, "reach": report.reach, "ok": report.ok}
    sys.stdout.buffer.write(encode(line) + b"\n")
    flush_stdout()
    return 0 if report.ok else 1


def _filled(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    return [["–" if cell is None else cell for cell in row] for row in rows]


def shared(relative: str, *, environ: dict[str, str]) -> Path:
    """A folder of real pages: ``$DARIAL_SHARED``, else ``../shared``. Raises Unable where there is none."""
    path = Path(environ.get("DARIAL_SHARED") or ROOT.parent / "shared") / relative
    if not path.exists():
        raise Unable(f"no {relative} in $DARIAL_SHARED or ../shared: this benchmark needs its pages")
    return path
