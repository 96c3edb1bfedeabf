"""The near-duplicate index of the store as a process of its own, fed through a pipe, so that its memory and CPU are its own.

``Index`` files stories in a real SQLite store by the very functions that a commit uses; ``serve`` runs in the child.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from scraper.codec import Struct, decode, encode
from scraper.dedupe import fingerprint
from storage import cluster_graph
from storage.sql import band_index
from storage.sql import sqlite as database

BATCH = 500


class Document(Struct, frozen=True):
    """A story as an outlet printed it; ``hour`` counts from the first."""

    source: str
    hour: int
    title: str
    body: tuple[str, ...]


class Answer(Struct, frozen=True):
    """Edges (newer, older) of one batch, the CPU seconds it took, resident bytes since the start."""

    edges: tuple[tuple[int, int], ...]
    seconds: float
    resident: int
    database: int


class Index:
    """Numbered documents in, edges out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = database.connect(path)
        database.migrate(self.db, path)
        self.count = self.db.execute("SELECT count(*) FROM article").fetchone()[0]

    def add(self, documents: Sequence[Document]) -> list[tuple[int, int]]:
        """File one batch in one durable transaction: the rows that a commit writes for dedupe, and the text."""
        db, edges = self.db, []
        with database.transaction(db):
            for document in documents:
                n = self.count = self.count + 1
                prints = fingerprint.fingerprint(document.title, document.body)
                born = document.hour * 3_600_000_000
                db.execute(
                    "INSERT INTO article (n, id, source, latest, revisions, origin) VALUES (?, ?, ?, ?, 1, ?)",
                    (n, f"{n:016x}", document.source, n, born),
                )
                db.execute(
                    "INSERT INTO line VALUES (?, ?, 1, '', ?, NULL, 0, ?, NULL, NULL, NULL, '', ?, '')",
                    (n, n, document.source, prints.hash, encode(document)),
                )
                text = cluster_graph.Text(document.source, document.title, document.body)
                found = band_index.neighbours(db, text, prints, born, n)
                band_index.link(db, n, prints.sketch, found)
                edges += [(n, edge.article) for edge in found]
        return edges


def serve(connection: Connection, path: Path) -> None:
    """The child: batches of documents come in, answers go out; an empty message ends it."""
    index = Index(path)
    while data := connection.recv_bytes():
        documents = decode(data, tuple[Document, ...])
        start = time.process_time()
        edges = index.add(documents)
        seconds = time.process_time() - start
        size = sum(p.stat().st_size for p in path.parent.glob(path.name + "*"))
        connection.send_bytes(encode(Answer(tuple(edges), seconds, peak_resident(), size)))
    index.db.close()


def peak_resident() -> int:
    """Bytes. Not ru_maxrss: that remembers the process that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split(maxsplit=1)[0]) * 1024


class Child:
    """The index in its own process."""

    def __init__(self, path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=serve, args=(there, path), daemon=True)
        self._process.start()
        there.close()

    def add(self, documents: Sequence[Document]) -> Answer:
        self.send(documents)
        return self.receive()

    def send(self, documents: Sequence[Document]) -> None:
        """Hand a batch over; ``receive`` its answer before the next."""
        self._here.send_bytes(encode(documents))

    def receive(self) -> Answer:
        return decode(self._here.recv_bytes(), Answer)

    def close(self) -> None:
        self._here.send_bytes(b"")
        self._process.join()
        self._here.close()


def first_answer_seconds(path: Path, document: Document) -> float:
    """How long a process that has just started needs to open the index and answer: there is nothing to warm up."""
    start = time.perf_counter()
    db, _ = database.connect_reader(path)
    band_index.neighbours(
        db,
        cluster_graph.Text("s", document.title, document.body),
        fingerprint.fingerprint(document.title, document.body),
        0,
        0,
    )
    seconds = time.perf_counter() - start
    db.close()
    return seconds
