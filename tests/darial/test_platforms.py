"""Where Python has no fcntl, termios, pwd and resource, as on Windows: what reads works, what writes says that it cannot."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from scraper.cli.demo import replay

HIDDEN = 'import sys; sys.modules.update(dict.fromkeys(["fcntl", "termios", "pwd", "grp", "resource"]))\n'
READERS = {
    "extract_page": "print(darial.extract_page('<html><body><article><p>' + 'A sentence that is long enough. ' * 20).text[:10])",
    "split_text": "print(len(darial.split_text('One paragraph of the text.\\nAnother paragraph.').body))",
    "parse_feed": "print(darial.parse_feed('<rss version=\"2.0\"><channel><item><title>T</title><link>https://a.example/1</link></item></channel></rss>').entries)",
    "parse_date": "print(darial.parse_date('21 July 2026, 14:05', timezone='Asia/Tbilisi'))",
    "a store": "print([r.title for r in darial.open_store(STORE, read_only=True).latest()])",
    "a search": "print(darial.open_store(STORE, read_only=True).search('bridge').hits)",
    "darial store export": "import scraper.cli.main as m; sys.exit(m.main(['store', 'export', '--store', STORE]))",
    "darial status": "import scraper.cli.main as m; sys.exit(m.main(['status', '--store', STORE]))",
    "darial --help": "import scraper.cli.main as m; sys.exit(m.main(['--help']))",
}
WRITERS = {
    "a store": "darial.open_store(STORE)",
    "darial fetch": "import scraper.cli.main as m; sys.exit(m.main(['fetch', '--store', STORE]))",
    "darial run": "import scraper.cli.main as m; sys.exit(m.main(['run', '--store', STORE]))",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The demo's records."""
    folder = tmp_path_factory.mktemp("platforms") / "data"
    asyncio.run(replay(folder))
    return folder


def hidden(code, store):
    program = f"{HIDDEN}import darial\nSTORE = {str(store)!r}\n{code}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("code", READERS.values(), ids=READERS)
def test_what_reads(store, code):
    """Readers and pure functions need none of them."""
    done = hidden(code, store)
    assert (done.returncode, done.stderr if "Error" in done.stderr else "") == (0, "")
    assert done.stdout.strip()


@pytest.mark.parametrize("code", WRITERS.values(), ids=WRITERS)
def test_what_writes(store, code):
    """A store is not written without a lock; one sentence says so."""
    done = hidden(code, store)
    assert done.returncode
    assert "stores can only be read on this system" in done.stderr.splitlines()[-1]
