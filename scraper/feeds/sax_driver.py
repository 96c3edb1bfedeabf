"""Give feedparser Python's own XML parser, set to hand over text whole instead of at every reference.

The text of an item in escaped markup is a thousand references: a call for each costs ten times as much as the parser itself.
"""

from __future__ import annotations

from xml.sax import expatreader  # as feedparser does: what it reads holds no declaration of ours or of others


class _Parser(expatreader.ExpatParser):
    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]


def create_parser() -> expatreader.ExpatParser:
    """Return the parser: the function that xml.sax asks a driver for."""
    return _Parser()
