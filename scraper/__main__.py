"""``python -m scraper`` is ``darial``."""

import sys

from scraper.cli import main

sys.exit(main())
