"""What is logged as a bug while entries of a document are read: they are spared, and a torture wants to know of them."""

from __future__ import annotations

import logging

from scraper.guard import LOGGER


class Bugs(logging.Handler):
    """Collects the lines from when it is made on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._lines: list[str] = []
        logging.getLogger(LOGGER).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

    def taken(self) -> list[str]:
        """Give the lines since the last time."""
        lines, self._lines = self._lines, []
        return lines
