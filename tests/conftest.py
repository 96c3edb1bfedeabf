"""Before any test: settings of whoever runs them are not the tests' business, least of all which store is his."""

from __future__ import annotations

import os

OURS = ("DARIAL_SHARED", "DARIAL_SCREENSHOTS")

for _name in [name for name in os.environ if name.startswith("DARIAL_") and name not in OURS]:
    del os.environ[_name]
