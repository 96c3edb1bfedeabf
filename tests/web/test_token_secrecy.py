"""`darial web` as a process, asked in every way that holds the token, also wrongly: nothing that it writes has the token."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys

from scraper.web.access import cookie_of
from tests.support.shared import ROOT
from tests.support.web_site import fill

TOKEN = "s3cret-Token-of-the-desk_0123"
COOKIE = f"darial={cookie_of(TOKEN)}"
FORM = f"token={TOKEN}&to=/sources?token={TOKEN}"
PROGRAM = """
import logging
from scraper import logs
from scraper.cli.main import main
from scraper.web.context import AppContext

def configure(usual=logs.configure):
    usual(level=logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)  # of the libraries too

def broken(self):
    raise RuntimeError("a fault of ours")

logs.configure = configure
AppContext.this_day = broken
main()
"""
REQUESTS = {
    "query": f"GET /?token={TOKEN} HTTP/1.1",
    "query of a feed": f"GET /feed.atom?token={TOKEN} HTTP/1.1",
    "header": f"GET /api/v1/articles HTTP/1.1\r\nAuthorization: Bearer {TOKEN}",
    "malformed header": f"GET /api/v1/articles HTTP/1.1\r\nAuthorization Bearer {TOKEN}",
    "cookie": f"GET / HTTP/1.1\r\nCookie: {COOKIE}",
    "the token as a cookie": f"GET / HTTP/1.1\r\nCookie: darial={TOKEN}",
    "form": f"POST /token HTTP/1.1\r\nContent-Length: {len(FORM)}\r\n\r\n{FORM}",
    "form cut short": f"POST /token HTTP/1.1\r\nContent-Length: 9999\r\n\r\n{FORM}",
    "path": f"GET /{TOKEN} HTTP/1.1\r\nCookie: {COOKIE}",
    "path of an article": f"GET /article/{TOKEN}?token={TOKEN} HTTP/1.1\r\nCookie: {COOKIE}",
    "parameter without sense": f"GET /api/v1/articles?limit={TOKEN} HTTP/1.1\r\nCookie: {COOKIE}",
    "searched for": f"GET /latest?q=({TOKEN} HTTP/1.1\r\nCookie: {COOKIE}",
    "method": f"{TOKEN} / HTTP/1.1",
    "no HTTP": f"token={TOKEN}",
    "control characters": f"GET /\x00?token={TOKEN} HTTP/1.1",
    "foreign host": f"GET /?token={TOKEN} HTTP/1.1\r\nHost: evil.example",
    "a fault of ours": f"GET /numbers?token={TOKEN} HTTP/1.1\r\nCookie: {COOKIE}",
    "a fault in the API": f"GET /trend.csv?q=a HTTP/1.1\r\nAuthorization: Bearer {TOKEN}",
    "upgrade": f"GET /?token={TOKEN} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {TOKEN}",
    "endless header": f"GET / HTTP/1.1\r\nX: {TOKEN}{'x' * 100_000}",
}


def asked(port: int, request: str) -> bytes:
    """Return how the answer begins; empty if the server hung up."""
    head, _, body = request.partition("\r\n\r\n")
    if "HTTP/1.1" in head and "Host:" not in head:
        head += "\r\nHost: 127.0.0.1"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())
            if "Content-Length: 9999" in head:
                connection.shutdown(socket.SHUT_WR)
            return connection.recv(1 << 16)
        except ConnectionError:
            return b""


def test_the_token_is_never_written(tmp_path):
    """Neither of a refused request, nor of a broken store, nor in the report of a fault of ours, with all that libraries say."""
    fill(tmp_path / "data")
    command = [sys.executable, "-c", PROGRAM, "web", "--store", str(tmp_path / "data"), "--port", "0"]
    environ = os.environ | {"DARIAL_WEB_TOKEN": TOKEN}
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        said = ""
        while "http://127.0.0.1" not in said:
            said = server.stdout.readline()
        port = int(said.rstrip("/\n").rsplit(":", 1)[1])
        statuses = {asked(port, request)[9:12] for request in REQUESTS.values()}
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "darial.db")) as db:
            db.execute("ALTER TABLE article RENAME TO elsewhere")
        statuses |= {asked(port, request)[9:12] for request in REQUESTS.values()}
        server.terminate()
        said += server.stdout.read()
    assert {b"200", b"303", b"400", b"401", b"404", b"405", b"421", b"500", b"503"} <= statuses
    assert "a fault of ours" in said
    assert [secret for secret in (TOKEN, COOKIE.partition("=")[2]) if secret in said] == []
