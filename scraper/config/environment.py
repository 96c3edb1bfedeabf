"""Put settings of the environment over those of the file. Pure: the tables of a sources file and an environment in, tables out.

``DARIAL_PACE_SECONDS`` sets ``[settings] pace_seconds``, ``DARIAL_WEB_PORT`` sets ``[web] port``, and
``DARIAL_NOTIFY_DESK_SECRET`` the secret of the ``[[notify]]`` whose id is desk,
``DARIAL_WATCH_QUAKE_TO`` the addresses, with blanks between, of the ``[[watch]]`` whose id is quake. An empty variable is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scraper.codec import ValidationError, convert
from scraper.settings import TABLES, settings_keys

PREFIX = "DARIAL_"
# Of the tables of which there are many, the key that is better kept out of a file
SECRETS = {"notify": "secret", "watch": "to"}
SWITCHES = {"1": True, "yes": True, "on": True, "0": False, "no": False, "off": False}


def variable(table: str, key: str) -> str:
    """Return the variable that sets a key; ``[settings]`` needs no name of its own."""
    place = "" if table == "settings" else f"{table}_"
    return f"{PREFIX}{place}{key}".upper().replace("-", "_")


def overlay(data: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Put the environment's values over the tables; return the tables, and which variable set which ``table.key``.

    What stands in the wrong place of a file (a text for a table, say) is left for the file's reader to refuse.
    """
    merged = dict(data)
    said: dict[str, str] = {}
    for table in TABLES:
        for key, type_ in settings_keys(table).items():
            name = variable(table, key)
            if environ.get(name) and isinstance(merged.get(table, {}), dict):
                merged[table] = {**merged.get(table, {}), key: value_of(environ[name], type_)}
                said[f"{table}.{key}"] = name
    for kind, key in SECRETS.items():
        tables = merged.get(kind)
        if not isinstance(tables, list):
            continue
        merged[kind] = list(tables)
        for i, table in enumerate(tables):
            id_ = table.get("id") if isinstance(table, dict) else None
            name = variable(f"{kind}_{id_}", key)
            if isinstance(id_, str) and environ.get(name):
                merged[kind][i] = {**table, key: environ[name].split() if kind == "watch" else environ[name]}
                said[f"{kind}[{i}].{key}"] = name
    return merged, said


def value_of(text: str, type_: Any) -> Any:
    """Return a variable's text as TOML would give it: lists are written with commas; unreadable text stays text."""
    if str in (type_, *getattr(type_, "__args__", ())) and getattr(type_, "__origin__", None) is not tuple:
        return text
    if getattr(type_, "__origin__", None) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if type_ is bool and text.lower() in SWITCHES:
        return SWITCHES[text.lower()]
    try:
        return convert(text, type=type_, strict=False)
    except ValidationError:
        return text
