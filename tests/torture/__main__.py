"""``python -m tests.torture NAME``: one torture, or ``all`` of them; tables, and one JSON line at the end."""

from __future__ import annotations

import sys

from bench.__main__ import main
from tests import torture

sys.exit(main(package=torture, example="store --only A1"))
