"""Where the real pages, feeds and texts are: ``$DARIAL_SHARED``, else ``../shared``. Tests skip where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("DARIAL_SHARED") or ROOT.parent / "shared")


def shared(relative: str) -> Path:
    """The path of a shared file or folder; skips the calling test where there is none."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"no {relative} in $DARIAL_SHARED or ../shared")
    return path
