"""``darial sources``: exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import json

import pytest

from scraper.cli import sources_file, terminal
from scraper.cli.main import build_commands
from scraper.errors import ConfigError
from scraper.model import Source

TWO = """
[settings]
contact = "desk@valley.example"

[[source]]
id = "gorge-times"
name = "Gorge Times [bold]"
homepage = "https://gorge.example/"
country = "os"
languages = ["ru", "os"]
feeds = [{ url = "https://gorge.example/rss" }, { url = "https://gorge.example/old", enabled = false }]

[[source.rules]]
body = ["article"]
proved = true

[[source]]
id = "valley-post"
name = "ხეობის ფოსტა"
homepage = "https://valley.example/"
country = "ge"
languages = ["ka"]
enabled = false
"""


@pytest.fixture
def darial(tmp_path, capfd):
    """Run ``darial sources ARGS`` on a file with ``text``: exit code, stdout, stderr."""
    app = build_commands()
    path = tmp_path / "sources.toml"

    def run(*args: str, text: str | bytes = TWO) -> tuple[int, str, str]:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = terminal.invoke(app, ["sources", *args, "--sources", str(path)], name="darial")
        terminal.flush_stdout()
        out, err = capfd.readouterr()
        return code, out, err.replace(str(tmp_path), "")

    return run


def test_check_of_a_good_file(darial):
    """One line says what the file holds; nothing is printed on stdout."""
    code, out, err = darial("check")
    assert (code, out) == (0, "")
    assert (
        err
        == "/sources.toml: 2 sources (1 enabled), 2 feeds (1 enabled), 1 rule set (1 proved): no mistakes\n"
    )


def test_check_asks_for_a_contact(darial):
    """Fetching from other people's servers without saying who one is deserves a word."""
    code, _, err = darial("check", text=TWO.replace("contact", "# contact"))
    assert code == 0
    assert "settings.contact is not set" in err


UNREADABLE = {
    "wrong": (TWO.replace('"ka"', '"kk", "zz"').replace('"os"\n', '"osh"\n'), ["gorge-times: country", "valley-post: languages[1]"]),
    "not UTF-8": (TWO.encode() + b"\n# \xff\n", ["sources.toml:25: not UTF-8"]),
    "not TOML": ("[[source]", ["sources.toml:1: not valid TOML"]),
}  # fmt: skip


@pytest.mark.parametrize("text, told", UNREADABLE.values(), ids=UNREADABLE)
def test_check_of_a_bad_file(darial, text, told):
    """All mistakes reach the caller, who prints them and exits with 2."""
    with pytest.raises(ConfigError) as error:
        darial("check", text=text)
    assert len(error.value.problems) == len(told)
    assert all(part in problem for part, problem in zip(told, error.value.problems, strict=True))


def test_no_such_file(tmp_path):
    """A missing file is a mistake of the command line, told in one line."""
    with pytest.raises(ConfigError, match="no such file or directory"):
        sources_file.read_sources(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="is a directory"):
        sources_file.read_sources(tmp_path)


LISTS = {
    "all": ((), ["gorge-times", "valley-post"]),
    "country": (("--country", "ge"), ["valley-post"]),
    "two countries": (("--country", "ge", "--country", "os"), ["gorge-times", "valley-post"]),
    "language": (("--language", "os"), ["gorge-times"]),
    "enabled": (("--enabled",), ["gorge-times"]),
    "disabled": (("--disabled",), ["valley-post"]),
    "none": (("--enabled", "--language", "ka"), []),
}


@pytest.mark.parametrize("args, ids", LISTS.values(), ids=LISTS)
def test_list_as_json(darial, args, ids):
    """One object a line, every key of a source present, filters combined."""
    code, out, _ = darial("list", "--json", *args)
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [source["id"] for source in found] == ids
    assert all(set(source) >= {"id", "feeds", "rules", "notes", "enabled"} for source in found)


def test_list_as_table(darial):
    """The table is data: it goes to stdout, with names as they are; the count is talk."""
    code, out, err = darial("list")
    assert code == 0
    assert err == "2 sources, 1 enabled\n"
    assert [line.split()[0] for line in out.splitlines()] == ["id", "gorge-times", "valley-post"]
    assert "Gorge Times [bold]" in out
    assert "ხეობის ფოსტა" in out


@pytest.mark.parametrize("command", ["check", "list", "export", "import"])
def test_help_shows_an_example(darial, command):
    """Every command's help has an example to copy."""
    code, out, err = darial(command, "--help")
    assert code == 0
    assert f"Example: darial sources {command}" in out + err


OPML = """<opml version="2.0"><body>
<outline title="Ridge" xmlUrl="https://ridge.example/feed" language="hy" category="/am"/>
<outline title="Gorge" xmlUrl="https://gorge.example/rss"/>
<outline title="Broken" xmlUrl="javascript:alert(1)"/>
</body></opml>"""


@pytest.fixture
def subscriptions(tmp_path):
    path = tmp_path / "subscriptions.opml"
    path.write_text(OPML, encoding="utf-8")
    return path


def test_import(darial, subscriptions, tmp_path):
    """New feeds go to the end of the file, known and broken ones do not; what stood there stays."""
    code, out, err = darial("import", str(subscriptions))
    assert (code, out) == (0, "")
    assert "left out: must be an http or https address" in err
    assert "1 source with 1 feed added to /sources.toml" in err
    text = (tmp_path / "sources.toml").read_text(encoding="utf-8")
    assert text.startswith(TWO)
    assert 'country = "am"\nlanguages = ["hy"]' in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sources.toml", "subscriptions.opml"]
    _, _, err = darial("import", str(subscriptions), text=text)
    assert "nothing to add" in err
    assert (tmp_path / "sources.toml").read_text(encoding="utf-8") == text


def test_import_dry_run(darial, subscriptions, tmp_path):
    """A dry run prints the entries and writes nothing."""
    code, out, err = darial("import", str(subscriptions), "--dry-run")
    assert code == 0
    assert out.startswith('[[source]]\nid = "ridge-example"\n')
    assert "would be added" in err
    assert (tmp_path / "sources.toml").read_text(encoding="utf-8") == TWO


def test_import_with_a_bad_code(darial, subscriptions, tmp_path):
    """A wrong default is refused before anything is written."""
    with pytest.raises(ConfigError, match="must be a country code"):
        darial("import", str(subscriptions), "--country", "Georgia", text="")
    assert (tmp_path / "sources.toml").read_text(encoding="utf-8") == ""


def test_add_keeps_mode_and_link(tmp_path):
    """The file keeps its permissions, and a link to it stays a link."""
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text(TWO, encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    sources_file.add_to_file(
        link,
        [
            Source(
                id="ridge",
                name="R",
                homepage="https://r.example/",
                country="am",
                languages=("hy",),
                enabled=False,
            )
        ],
    )
    assert link.is_symlink()
    assert [s.id for s in sources_file.read_sources(real).sources] == ["gorge-times", "valley-post", "ridge"]
    assert real.stat().st_mode & 0o777 == 0o640


def test_export(darial):
    """The enabled feeds of enabled sources, on stdout."""
    code, out, _ = darial("export")
    assert code == 0
    assert out.count("xmlUrl=") == 1
    assert 'xmlUrl="https://gorge.example/rss"' in out
