"""Where a store is: directories and URLs, and what opens them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scraper.cli import main
from scraper.errors import StoreError
from storage import location, open_store

PLACES = {
    "a name": ("data", "", "data"),
    "a path": (Path("/var/lib/x"), "", "/var/lib/x"),
    "odd names": ("my:data/a@b", "", "my:data/a@b"),
    "a server": ("postgresql://db/press", "postgresql", "postgresql://db/press"),
    "upper case": ("PostgreSQL://db/press", "postgresql", "PostgreSQL://db/press"),
    "a password": ("postgresql://ann:s3:cret@db/press", "postgresql", "postgresql://ann:***@db/press"),
    "a password with everything": (
        "postgresql://ann:s3@c:t@db/press",
        "postgresql",
        "postgresql://ann:***@db/press",
    ),
    "a password asked for": (
        "postgresql:///press?user=ann&password=s3cret&sslmode=require",
        "postgresql",
        "postgresql:///press?user=ann&password=***&sslmode=require",
    ),
    "a socket": ("postgresql:///press?host=/run/pg", "postgresql", "postgresql:///press?host=/run/pg"),
}


@pytest.mark.parametrize("place, scheme, shown", PLACES.values(), ids=PLACES)
def test_places(place, scheme, shown):
    """A location is told from its scheme, and never shown with its password."""
    assert location.scheme(place) == scheme
    assert location.shown(place) == shown
    assert location.directory(place) == (None if scheme else Path(place))


def test_an_unknown_scheme():
    """A store that Darial does not know is refused with the choices, without its password."""
    with pytest.raises(StoreError, match=r"mysql://ann:\*\*\*@db/x: a store is a directory or") as refusal:
        open_store("mysql://ann:secret@db/x")
    assert refusal.value.code == "store_unknown"


def test_only_a_store_that_is_there(tmp_path):
    """``create=False`` opens for writing what is there, and makes nothing."""
    with pytest.raises(StoreError) as refusal:
        open_store(tmp_path / "data", create=False)
    assert refusal.value.code == "store_missing"
    assert not (tmp_path / "data").exists()


def test_what_needs_a_directory(capsys, monkeypatch):
    """A command that works on files says so of a store that has none."""
    monkeypatch.setenv("DARIAL_STORE", "postgresql://ann:secret@db/x")
    assert main.main(["store", "rebuild", "--database"]) == 2
    assert (
        "postgresql://ann:***@db/x: --database needs a store that is a directory" in capsys.readouterr().err
    )
