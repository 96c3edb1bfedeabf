"""Render the pages of sources that need a browser, where there is one: playwright is an extra, and takes a second to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.errors import BrowserError

if TYPE_CHECKING:
    from scraper.fetch.browser import Browser


class Rendering:
    """The browser of one fetcher, made when it is needed first."""

    def __init__(self) -> None:
        self._browser: Browser | None = None

    def open_browser(self) -> Browser:
        """Return the browser. Raises BrowserError where the extra or Chromium is missing."""
        if self._browser is None:
            try:
                from scraper.fetch.browser import Browser
            except ImportError as error:
                raise BrowserError("darial[browser] is not installed", code="browser_missing") from error
            self._browser = Browser()
        return self._browser
