"""Settings: the environment over the file over the defaults, and `darial config show`, which says which it was."""

from __future__ import annotations

import json

import pytest

from scraper.cli import main
from scraper.cli.config import VARIABLES
from scraper.config.environment import PREFIX, variable
from scraper.config.load import load_sources
from scraper.errors import ConfigError
from scraper.settings import TABLES, settings_keys

FILE = """
[settings]
pace_seconds = 2
[store]
archive = true
[[notify]]
id = "night-desk"
url = "https://desk.example/hook"
secret = "from the file"
"""


OVERLAYS = {
    "nothing said": ({}, "settings.pace_seconds", 2.0),
    "a number": ({"DARIAL_PACE_SECONDS": "0.5"}, "settings.pace_seconds", 0.5),
    "an empty variable says nothing": ({"DARIAL_PACE_SECONDS": ""}, "settings.pace_seconds", 2.0),
    "a whole number": ({"DARIAL_MAX_IN_FLIGHT": "4"}, "settings.max_in_flight", 4),
    "a text that looks like a number": ({"DARIAL_USER_AGENT": "9"}, "settings.user_agent", "9"),
    "a text that looks like nothing": ({"DARIAL_CONTACT": "a@desk.example"}, "settings.contact", "a@desk.example"),
    "a list": ({"DARIAL_ALLOW_PRIVATE_HOSTS": "127.0.0.1, ::1,"}, "settings.allow_private_hosts", ("127.0.0.1", "::1")),
    "a switch by number": ({"DARIAL_STORE_ARCHIVE": "0"}, "store.archive", False),
    "a switch in words": ({"DARIAL_STORE_ARCHIVE": "Off"}, "store.archive", False),
    "a switch as in TOML": ({"DARIAL_STORE_ARCHIVE": "false"}, "store.archive", False),
    "the store itself is no setting of a table": ({"DARIAL_STORE": "/x"}, "store.archive", True),
    "other programs' variables": ({"PACE_SECONDS": "9"}, "settings.pace_seconds", 2.0),
}  # fmt: skip


@pytest.mark.parametrize("environ, key, value", OVERLAYS.values(), ids=OVERLAYS.keys())
def test_the_environment_goes_before_the_file(environ, key, value):
    """Variables are read by the type of their key; what is not said stays as the file has it."""
    settings = load_sources(FILE, environ=environ).settings
    table, _, name = key.partition(".")
    found = getattr(settings if table == "settings" else getattr(settings, table), name)
    assert (found, type(found)) == (value, type(value))


def test_secrets_may_stay_out_of_the_file():
    """A hook's secret comes from the variable of its id."""
    known = load_sources(FILE, environ={"DARIAL_NOTIFY_NIGHT_DESK_SECRET": "from outside"})
    assert known.settings.notify[0].secret == "from outside"


WRONG = {
    "no number": ({"DARIAL_PACE_SECONDS": "fast"}, "DARIAL_PACE_SECONDS: must be a number"),
    "part of a list": ({"DARIAL_ALLOW_PRIVATE_HOSTS": "ok,no host"}, "DARIAL_ALLOW_PRIVATE_HOSTS: must be a host name"),
    "floor above ceiling": ({"DARIAL_POLL_MIN_MINUTES": "900"}, "DARIAL_POLL_MIN_MINUTES: must be at most"),
}  # fmt: skip


@pytest.mark.parametrize("environ, said", WRONG.values(), ids=WRONG.keys())
def test_mistakes_name_the_variable(environ, said):
    """A wrong variable is a mistake of the variable, not of the file."""
    with pytest.raises(ConfigError) as caught:
        load_sources(FILE, environ=environ)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(said)


HOOKS = {
    "a query that cannot be read": ('[[notify]]\nid = "desk-2"\nurl = "https://x.example/"\nwords = ["a (b"]', "is not closed"),
    "twice the same id": ('[[notify]]\nid = "night-desk"\nurl = "https://x.example/"', "taken already"),
    "no address": ('[[notify]]\nid = "b2"', "notify[1].url: is missing"),
    "an outlet that there is not": ('[[notify]]\nid = "b2"\nurl = "https://x.example/"\nsources = ["nobody"]', 'no source "nobody"'),
    "a user name in the address": ('[[notify]]\nid = "b2"\nurl = "https://me:you@x.example/"', "without a user name"),
}  # fmt: skip


@pytest.mark.parametrize("text, said", HOOKS.values(), ids=HOOKS.keys())
def test_mistakes_of_hooks(text, said):
    """A [[notify]] that cannot work is refused when the file is read."""
    with pytest.raises(ConfigError, match=said.replace("[", r"\[")):
        load_sources(FILE + text)


@pytest.fixture
def shown(tmp_path, monkeypatch, capfdbinary):
    """What `darial config show` says: exit code, settings by key, the talk."""
    (tmp_path / "my.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DARIAL_SOURCES")

    def _shown(*args, **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        code = main.main(["config", "show", "--json", *args])
        out, err = capfdbinary.readouterr()
        return code, {one["key"]: (one["value"], one["origin"]) for one in json.loads(out)}, err.decode()

    return _shown


def test_show_says_where_each_comes_from(shown):
    """Flag, variable, file and default each are called what they are; secrets are starred."""
    code, found, _ = shown("--sources", "my.toml", DARIAL_MAX_IN_FLIGHT="4", DARIAL_STORE="elsewhere")
    assert code == 0
    assert found["--sources"] == ("my.toml", "--sources")
    assert found["--store"] == ("elsewhere", "DARIAL_STORE")
    assert found["settings.max_in_flight"] == (4, "DARIAL_MAX_IN_FLIGHT")
    assert found["settings.pace_seconds"] == (2, "my.toml")
    assert found["settings.page_timeout_seconds"] == (45, "default")
    assert found["notify.night-desk.secret"] == ("***", "my.toml")
    every = {f"{table}.{key}" for table in TABLES for key in settings_keys(table)}
    assert every <= found.keys()


def test_show_without_a_file(shown):
    """No sources file is no mistake: the defaults are shown, and that they are."""
    code, found, err = shown()
    assert code == 0
    assert found.pop("--sources")[1] == "package"
    assert {origin for key, (_, origin) in found.items()} == {"default"}
    assert err == "" or "sources.toml" in err


def test_show_complains_of_typing_errors(shown):
    """A variable that begins like ours and names nothing is pointed out."""
    _, _, err = shown(DARIAL_PASE_SECONDS="1")
    assert "DARIAL_PASE_SECONDS" in err


def test_no_two_keys_share_a_variable():
    """Each variable answers for one key, and none for what a flag's variable says."""
    names = [variable(table, key) for table in TABLES for key in settings_keys(table)]
    assert len(names) == len(set(names))
    assert not set(names) & set(VARIABLES)
    assert all(name.startswith(PREFIX) for name in names)
