"""Write a sources file and a data folder to start with: ``darial init``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from scraper.cli import terminal
from scraper.cli.demo import RECORDINGS
from scraper.cli.sources_file import DEFAULT_FILE, PACKAGED_FILE, read_sources
from scraper.cli.terminal import argument, option
from scraper.errors import ConfigError
from scraper.text.human import counted
from storage.location import DEFAULT as DEFAULT_STORE

QUESTION = "An address under which the owners of sites can reach you (e-mail or https://, Enter for none): "
_SETTINGS = "[settings]\n"


def init(
    folder: Annotated[
        Path, argument("[DIR]", "The directory; default: the current one.", show_default=False)
    ] = Path(),
    *,
    contact: Annotated[str | None, option("--contact ADDRESS", "How owners of sites can reach you.")] = None,
    demo: Annotated[
        bool, option("--demo", "Write the invented sources of darial demo and their recording instead.")
    ] = False,
) -> None:
    r"""Write a sources.toml that you can change.

    Writes the list of sources that comes with Darial into a directory, and makes a folder for the records. On a terminal it asks
    for a contact address, which is sent to the servers with every request. An existing sources.toml is never changed.

    \b
    Examples:
      darial init
      darial init press --contact desk@example.org
      darial init tour --demo && cd tour && darial fetch --replay demo.warc.gz
    """
    path = folder / DEFAULT_FILE
    if path.exists():
        raise ConfigError([f"{path}: there is a sources file already"])
    if contact is None and not demo and terminal.can_ask():
        contact = terminal.answer(QUESTION) or None
    text = (RECORDINGS / DEFAULT_FILE if demo else PACKAGED_FILE).read_text(encoding="utf-8")
    if contact is not None:
        text = with_contact(text, contact)
    (folder / DEFAULT_STORE).mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if demo:
        shutil.copyfile(RECORDINGS / "demo.warc.gz", folder / "demo.warc.gz")
    known = read_sources(path)
    terminal.log_line(
        f"{path}: {counted(len(known.enabled), 'enabled source')}; the records will be in {folder / DEFAULT_STORE}"
    )
    if contact is None and not demo:
        terminal.log_line(
            "no contact is set; servers trust requests more that have one: see [settings] contact"
        )
    there = "" if folder == Path() else f"cd {folder} && "
    terminal.log_line(f"next: {there}darial fetch{' --replay demo.warc.gz' if demo else ''}")


def with_contact(text: str, contact: str) -> str:
    """Return a sources file with a contact in [settings]. Raises ConfigError for what is no address."""
    from scraper.codec import encode
    from scraper.config import fields

    try:
        line = f"contact = {encode(fields.contact(contact)).decode()}\n"
    except fields.Wrong as wrong:
        raise ConfigError([f"--contact: {what}" for _, what in wrong.problems]) from None
    head, mark, tail = text.partition(_SETTINGS)
    return f"{head}{mark}{line}{tail}" if mark else f"{_SETTINGS}{line}\n{text}"
