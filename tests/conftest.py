"""Before any test: settings of whoever runs them are not the tests' business, least of all which store is his."""

from __future__ import annotations

import os
import signal

OURS = ("DARIAL_SHARED", "DARIAL_SCREENSHOTS")

for _name in [name for name in os.environ if name.startswith("DARIAL_") and name not in OURS]:
    del os.environ[_name]

# A shell that runs tests in the background has them ignore interrupts, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
