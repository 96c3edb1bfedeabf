"""One document costs itself: an exception that nobody expected becomes a failure with a code, and a line in the log.

To be used where one entry, page or link of many is read. What is no document's fault (the store, the disk, memory) passes.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import PurePath

from scraper.errors import Bug, DarialError, StoreError
from scraper.own_faults import own_fault


def coded(error: Exception, url: str | None) -> DarialError:
    """Return the failure that ``error`` is for the document at ``url``. Raises it again where it is our own trouble."""
    if isinstance(error, StoreError | OSError) or own_fault(error) is not None:
        raise error
    if isinstance(error, DarialError):
        return error
    from scraper.logs import trace

    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    what = f"{type(error).__name__}: {error}{place}"
    logging.getLogger("darial").error("bug: %s at %s: %s", what, url, trace(error))
    return Bug(what, url=url)
