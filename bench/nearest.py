"""The near-duplicate index of the store as a process of its own, fed through a pipe, so that its memory and CPU are its own.

``Index`` files stories in a real SQLite store by the very functions that a commit uses; ``serve`` runs in the child.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from scraper.codec import Struct, decode, encode
from scraper.dedupe import fingerprint
from scraper.model import Record
from storage.sql import sqlite as database
from storage.sql.batch import BatchWriter
from storage.sql.dialect import Sqlite
from storage.sql.prefetched import Prefetched
from storage.upsert import Arrival

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
        self.db = Sqlite(database.connect(path))
        database.migrate(self.db.connection, path)
        (self.count,) = self.db.row("SELECT count(*) FROM article")

    def add(self, documents: Sequence[Document]) -> list[tuple[int, int]]:
        """Index one batch in one durable transaction: the rows that a commit writes for dedupe, and the text."""
        db, before = self.db, self.count
        arrivals = [_arrival(document, n) for n, document in enumerate(documents, before + 1)]
        with database.transaction(db.connection):
            writer = BatchWriter(db, Prefetched(arrivals, NoSearch()))
            for arrival, document in zip(arrivals, documents, strict=True):
                n = self.count = writer.next_number()
                writer.index(n, arrival.draft, n, arrival.prints)
                writer.insert(n, arrival.draft, encode(document), "", why="")
            writer.write()
        return [(a, b) for a, b in db.all("SELECT a, b FROM edge WHERE a > ? AND b < a", (before,))]


class NoSearch:
    """Stands for the full text index, which is not measured here."""

    def prepare(self, *_: object) -> None: ...

    def index(self, *_: object) -> None: ...

    def unindex(self, *_: object) -> None: ...

    def write(self, *_: object) -> None: ...


def _arrival(document: Document, n: int) -> Arrival:
    seen = datetime.fromtimestamp(document.hour * 3600, UTC)
    draft = Record(
        seq=n, id=f"{n:016x}", revision=1, source=document.source, url=f"https://a.example/{n}", title=document.title,
        body=document.body, fetched=seen, first_seen=seen,
    )  # fmt: skip
    return Arrival(draft, (), fingerprint.fingerprint(document.title, document.body))


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
    index.db.connection.close()


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
    BatchWriter(Sqlite(db), Prefetched([_arrival(document, 0)], NoSearch())).compare()
    seconds = time.perf_counter() - start
    db.close()
    return seconds
