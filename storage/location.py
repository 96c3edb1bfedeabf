"""Where a store is, as a person writes it: a directory, or the URL of a database server. Opens and asks nothing."""

from __future__ import annotations

import re
from pathlib import Path

DEFAULT = "data"
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=://)([^/@?#:]*):[^/?#]*(?=@)|(?<=[?&])((?:ssl)?password)=[^&#]*")


def scheme(location: str | Path) -> str:
    """Return the scheme of a URL in lower case; empty for a directory."""
    match = _SCHEME.match(str(location)) if isinstance(location, str) else None
    return match[1].lower() if match else ""


def directory(location: str | Path) -> Path | None:
    """Return the directory that the store is; None for a database server's."""
    return None if scheme(location) else Path(location)


def beside(location: str | Path) -> Path:
    """Where this machine keeps files that belong to a store (fetched pages): in it, or in data/ if a server has it."""
    return directory(location) or Path(DEFAULT)


def has_password(location: str | Path) -> bool:
    """Whether a location says a password: such a one has no place in an argument."""
    return _PASSWORD.search(str(location)) is not None


def shown(location: str | Path) -> str:
    """Return the location for people: without a password."""
    return _PASSWORD.sub(
        lambda match: f"{match[1]}:***" if match[1] is not None else f"{match[2]}=***", str(location)
    )
