"""``darial init``, and where the sources file is looked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scraper.cli import main
from scraper.cli.sources_file import PACKAGED_FILE, read_sources
from scraper.codec import decode_any


@pytest.fixture
def darial(capsysbinary, tmp_path, monkeypatch):
    """Run a command line in an empty directory without DARIAL_SOURCES: exit code, stdout, stderr."""
    monkeypatch.delenv("DARIAL_SOURCES")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def _darial(*args):
        code = main.main([str(a) for a in args])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return _darial


def test_the_list_of_the_package(darial):
    """A folder with all enabled sources, a data folder, and the next command; the comments of the list stay."""
    code, out, err = darial("init", "press", "--contact", "desk@example.org")
    assert (code, out) == (0, "")
    assert err.splitlines()[-1] == "next: cd press && darial fetch"
    assert list(Path("press/data").iterdir()) == []
    known, packaged = read_sources(Path("press/sources.toml")), read_sources(PACKAGED_FILE)
    assert known.settings.contact == "desk@example.org"
    assert known.sources == packaged.sources
    assert len(known.enabled) > 100


def test_the_demo(darial):
    """A folder in which fetch works without network; the current one by default."""
    assert darial("init", "--demo")[0] == 0
    code, _, err = darial("fetch", "--replay", "demo.warc.gz")
    assert (code, "15 new" in err) == (0, True)


WRONG = {
    "a file that is there": (["init"], "there is a sources file already"),
    "no address": (["init", "new", "--contact", "nobody here"], "--contact: must be a web or mail address"),
}


@pytest.mark.parametrize("args, said", WRONG.values(), ids=WRONG)
def test_what_it_refuses(darial, args, said):
    """Nothing that is there is changed, and nothing is written with a wrong contact."""
    Path("sources.toml").write_text("# mine\n")
    code, _, err = darial(*args)
    assert (code, said in err) == (2, True)
    assert list(Path().iterdir()) == [Path("sources.toml")]
    assert Path("sources.toml").read_text() == "# mine\n"


def test_the_order_of_places(darial, tmp_path):
    """The package, then XDG_CONFIG_HOME, the current folder, a variable, an option; config show says which."""

    def shown(*args):
        code, out, _ = darial("config", "show", "--json", *args)
        assert code == 0
        (found,) = [one for one in decode_any(out) if one["key"] == "--sources"]
        return found["value"], found["origin"]

    if not Path("/etc/darial/sources.toml").exists():
        assert shown() == (str(PACKAGED_FILE), "package")
    places = {
        tmp_path / "xdg" / "darial" / "sources.toml": "XDG_CONFIG_HOME",
        Path("sources.toml"): "current folder",
    }
    for path, place in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        assert shown() == (str(path), place)
    assert shown("--sources", PACKAGED_FILE) == (str(PACKAGED_FILE), "--sources")


def test_adding_to_the_list_of_the_package(darial, tmp_path):
    """The package is never written to: a new file is made here."""
    Path("feeds.opml").write_text(
        '<opml version="2.0"><body><outline text="V" type="rss" xmlUrl="https://valley.example/feed"/></body></opml>'
    )
    before = PACKAGED_FILE.read_bytes()
    code, _, err = darial("sources", "import", "feeds.opml")
    assert (code, "added to sources.toml" in err) == (0, True)
    assert PACKAGED_FILE.read_bytes() == before


EXTRAS = {
    "web": (["web"], "litestar", "web"),
    "assistants": (["mcp", "--store", "s"], "mcp", "mcp"),
    "parquet": (["store", "export", "--store", "s", "--format", "parquet"], "pyarrow", "parquet"),
    "another database": (["status", "--store", "postgresql://h.example/d"], "psycopg", "postgres"),
}


@pytest.mark.parametrize("args, library, extra", EXTRAS.values(), ids=EXTRAS)
def test_a_missing_extra(darial, tmp_path, args, library, extra):
    """One line names the library and the extra; exit 2."""
    assert darial("demo", "--store", "s")[0] == 0
    hide = f"import sys; sys.modules[{library!r}] = None\nfrom scraper.cli.main import main\nsys.exit(main({args!r}))"
    done = subprocess.run(
        [sys.executable, "-c", hide], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert (
        f"this needs {library}, which the extra {extra} brings: pip install 'darial[{extra}]'" in done.stderr
    )
