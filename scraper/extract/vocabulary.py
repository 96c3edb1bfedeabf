"""Read the words and phrases that extraction knows from vocabulary.toml, once.

A purpose is a table of the file ("list_heading.related"); its keys are languages. ``phrases`` gives whole phrases,
``pattern`` gives alternatives for a verbose regular expression. Pure after the first import.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

_FILE = tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
_SEPARATORS = re.compile(r"[;\n]")


def table(purpose: str) -> dict[str, Any]:
    """Return what the file holds under a dotted name. Raises KeyError for a name that it does not hold."""
    found = _FILE
    for name in purpose.split("."):
        found = found[name]
    return found


def phrases(purpose: str) -> tuple[str, ...]:
    """Return the phrases of one purpose in all languages, as they are written."""
    texts = table(purpose).values()
    return tuple(part.strip() for text in texts for part in _SEPARATORS.split(text) if part.strip())


def pattern(purpose: str) -> str:
    """Return the alternatives of ``pattern.<purpose>`` in all languages, for a verbose regular expression."""
    return "|".join(f"(?:{text})" for text in table(f"pattern.{purpose}").values())
