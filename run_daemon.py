"""Run the daemon from a checkout: the same as ``darial run``."""

import sys

from scraper.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
