"""Guard the reading of many documents: an unexpected exception costs one, as a failure with a code and a line in the log.

To be used where one entry, page or link of many is read. What is no document's fault (the store, the disk, memory) passes.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import ParamSpec, TypeVar

from scraper.errors import Bug, DarialError, StoreError
from scraper.own_faults import own_fault

P = ParamSpec("P")
T = TypeVar("T")
LOGGER = "darial"


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
    logging.getLogger(LOGGER).error("bug: %s at %s: %s", what, url, trace(error))
    return Bug(what, url=url)


def spared(url: str | None, read: Callable[P, T | None], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Return what ``read`` gives of one entry of many; None where it raises, so that the others are read."""
    try:
        return read(*args, **kwargs)
    except Exception as error:
        coded(error, url)
        return None
