"""What is given to commands by mistake, and how they end."""

from __future__ import annotations

import io
import signal
import subprocess
import sys

import pytest

from scraper.cli import main
from storage import open_store
from tests.support.stories import NOW, found, poll, story

CUT = b"<rss version='2.0'><channel><item><title>One</title><link>https://a.example/1</link></item><item><title>T"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@pytest.mark.parametrize("options", [[], ["--head"]], ids=["entries", "head"])
def test_a_feed_that_is_cut_off(monkeypatch, capsysbinary, options):
    """What can be read is printed, and that there was more is said."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CUT)))
    assert main.main(["feed", "-", *options]) == 1
    out, err = capsysbinary.readouterr()
    assert out
    assert b"-: the feed is cut off; " in err


@pytest.mark.parametrize("command", ["feed", "extract"])
def test_a_binary_file(tmp_path, capsysbinary, command):
    path = tmp_path / "x.png"
    path.write_bytes(PICTURE)
    assert main.main([command, str(path)]) == 1
    assert b"not_text: " in capsysbinary.readouterr().err


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_web_server_is_told_once(tmp_path, told):
    """A stop that was asked for is no failure."""
    with open_store(tmp_path / "data") as store:
        store.commit(poll(found("https://a.example/1", story(1))), now=NOW)
    command = [sys.executable, "-m", "scraper", "web", "--store", str(tmp_path / "data"), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as server:
        assert server.stderr is not None
        assert server.stderr.readline().startswith(b"http://")
        server.send_signal(told)
        assert server.wait(20) == 0
