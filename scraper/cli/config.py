"""Show the effective settings and where each comes from: ``darial config``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scraper.cli import terminal
from scraper.cli.options import DEFAULT_STORE, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, default_file, read_sources
from scraper.codec import Struct
from storage import location

if TYPE_CHECKING:
    from scraper.config.load import Sources

SECRET = "***"  # noqa: S105 - what is shown instead of one
VARIABLES = (
    "DARIAL_STORE",
    "DARIAL_SOURCES",
    "DARIAL_LOG_FORMAT",
    "DARIAL_DEBUG",
    "DARIAL_SHARED",
    "DARIAL_STORIES",
)


class ShownSetting(Struct, frozen=True, kw_only=True):
    """One setting. ``origin`` is an option, a variable, the sources file, or "default"."""

    key: str
    value: object
    origin: str


def show_config(
    context: terminal.Context,
    sources: SourcesFile = DEFAULT_FILE,
    store: StoreDir = DEFAULT_STORE,
    json: Json = False,
) -> None:
    r"""Print all settings and their origins.

    An option overrides a variable (DARIAL_...), a variable overrides the sources file, and the file overrides the default.
    Without --sources the file is the first that exists: sources.toml in the current folder, $XDG_CONFIG_HOME/darial/sources.toml,
    /etc/darial/sources.toml, the one in the package. Secrets are shown as ***.

    \b
    Examples:
      darial config show
      DARIAL_PACE_SECONDS=5 darial config show --json | jq '.[] | select(.origin != "default")'
    """
    known = read_sources(sources)
    found = [
        flag(context, "store", location.shown(store), "default"),
        flag(context, "sources", sources, default_file(os.environ)[0]),
        *shown_settings(known),
    ]
    if json:
        terminal.print_json(found)
    else:
        rows = [(setting.key, in_toml(setting.value), setting.origin) for setting in found]
        terminal.print_table(None, ("setting", "value", "from"), rows)
    for name in unknown_variables(os.environ, known):
        terminal.log_line(f"{name} is set, but there is no such setting")


def flag(context: terminal.Context, name: str, value: Path | str, otherwise: str) -> ShownSetting:
    """Return an option of every command; ``otherwise`` is its origin if nobody said it."""
    source = context.get_parameter_source(name)
    origins = {"COMMANDLINE": f"--{name}", "ENVIRONMENT": f"DARIAL_{name.upper()}"}
    return ShownSetting(
        key=f"--{name}", value=str(value), origin=origins.get(source.name if source else "", otherwise)
    )


def shown_settings(known: Sources) -> list[ShownSetting]:
    """Return every key of [settings] and the other tables that are not sources."""
    from scraper.config.environment import SECRETS, variable
    from scraper.settings import TABLES, settings_keys

    found = []
    for table in TABLES:
        holder = known.settings if table == "settings" else getattr(known.settings, table)
        for key in settings_keys(table):
            value = getattr(holder, key)
            origin = known.origins.get(f"{table}.{key}", "default")
            found.append(ShownSetting(key=f"{table}.{key}", value=hidden(key, value), origin=origin))
    for kind, secret in SECRETS.items():
        for table in getattr(known.settings, kind):
            for key in table.__struct_fields__:
                value = getattr(table, key)
                said = os.environ.get(name := variable(f"{kind}_{table.id}", secret)) and key == secret
                if key != "id" and value not in (None, (), ""):
                    origin = name if said else known.origins[kind]
                    shown = SECRET if key == secret else value
                    found.append(ShownSetting(key=f"{kind}.{table.id}.{key}", value=shown, origin=origin))
    return found


def hidden(key: str, value: object) -> object:
    return SECRET if value and ("secret" in key or "token" in key) else value


def in_toml(value: object) -> str:
    """Return a value as the sources file would have it."""
    from scraper.codec import encode

    return "" if value is None else encode(value).decode()


def unknown_variables(environ: Mapping[str, str], known: Sources) -> list[str]:
    """Return variables that look like settings and are none: most likely typing errors."""
    from scraper.config.environment import PREFIX, SECRETS, variable
    from scraper.settings import TABLES, settings_keys

    ours = {*VARIABLES, *(variable(table, key) for table in TABLES for key in settings_keys(table))}
    ours |= {
        variable(f"{kind}_{table.id}", key)
        for kind, key in SECRETS.items()
        for table in getattr(known.settings, kind)
    }
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in ours)
