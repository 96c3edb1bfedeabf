"""``python -m bench NAME``: a benchmark's tables, and its result as one JSON line at the end.

A benchmark is a module of this package (or of tests.torture, which has the same command) with a function ``run(options) -> Report`` and, if it has options of its own,
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


def benches(package: ModuleType) -> dict[str, ModuleType]:
    """Return every benchmark of a package by name."""
    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name != "__main__" and not info.name.startswith("test_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            if hasattr(module, "run") and hasattr(module, "BENCH"):
                found[info.name] = module
    return dict(sorted(found.items()))


def main(
    argv: list[str] | None = None, package: ModuleType = bench, example: str = "extraction --rounds 3"
) -> int:
    command = f"python -m {package.__name__}"
    there = benches(package)
    listing = "\n".join(f"  {name:12} {module.BENCH}" for name, module in there.items())
    parser = argparse.ArgumentParser(
        prog=command,
        description="Measure, print a table, and one JSON line last.",
        epilog=f"names:\n{listing}\n\nexample: {command} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="name", metavar="NAME")
    for name, module in there.items():
        one = commands.add_parser(name, help=module.BENCH, description=module.BENCH)
        if hasattr(module, "options"):
            module.options(one)
    argv = sys.argv[1:] if argv is None else argv
    if not argv or (argv[0] not in there and not argv[0].startswith("-")):
        said = f"nothing is named {argv[0]!r}" if argv else "which one?"
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
