"""``python -m bench NAME``: a benchmark's tables, and its result as one JSON line at the end.

A benchmark is a module of this package with a function ``run(options) -> Report`` and, if it has options of its own,
``options(parser)``. Exit code 0 if everything asked for was reached, 1 if not, 2 for a name that is not there.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from types import ModuleType

import bench
from bench import report


def benches() -> dict[str, ModuleType]:
    """Every benchmark there is, by name."""
    found = {}
    for info in pkgutil.iter_modules(bench.__path__):
        if info.name != "__main__":
            module = importlib.import_module(f"bench.{info.name}")
            if hasattr(module, "run") and hasattr(module, "BENCH"):
                found[info.name] = module
    return dict(sorted(found.items()))


def main(argv: list[str] | None = None) -> int:
    there = benches()
    listing = "\n".join(f"  {name:12} {module.BENCH}" for name, module in there.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure, print a table, and one JSON line last.",
        epilog=f"benchmarks:\n{listing}\n\nexample: python -m bench extraction --rounds 3",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="name", metavar="NAME")
    for name, module in there.items():
        one = commands.add_parser(name, help=module.BENCH, description=module.BENCH)
        if hasattr(module, "options"):
            module.options(one)
    argv = sys.argv[1:] if argv is None else argv
    if not argv or (argv[0] not in there and not argv[0].startswith("-")):
        said = f"no benchmark named {argv[0]!r}" if argv else "which benchmark?"
        sys.stderr.write(f"{said}; there are:\n{listing}\n")
        return 2
    chosen = parser.parse_args(argv)
    try:
        found = there[chosen.name].run(chosen)
    except report.Unable as why:
        found = report.Report(figures={"skipped": str(why)}, notes=(f"Skipped: {why}",))
    return report.show(chosen.name, found)


if __name__ == "__main__":
    sys.exit(main())
