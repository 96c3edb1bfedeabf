"""Sketch revisions for stories in the processes of a parse pool, so that no loop waits for an encoder."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from scraper.model import Record
from scraper.parse_pool import ParsePool
from scraper.stories.sketch import StorySketch, is_cluster_copy, sketch_job, sketch_version


async def sketch_all(
    pool: ParsePool, records: Collection[Record]
) -> tuple[list[StorySketch], list[BaseException]]:
    """Return the sketches of revisions, and why others failed. Without an encoder there are none of either.

    Each record in its cluster as it is now: of a copy there is nothing to compare.
    """
    version = sketch_version()
    if version is None:
        return [], []
    copies = [StorySketch(r.id, r.seq, version) for r in records if is_cluster_copy(r)]
    jobs = [job for record in records if not is_cluster_copy(record) and (job := sketch_job(record))]
    if not jobs:
        return copies, []
    from scraper.stories.vectors import sketch_revision

    made = await asyncio.gather(
        *(pool.run(sketch_revision, job, url=job.id) for job in jobs), return_exceptions=True
    )
    failed = [one for one in made if isinstance(one, BaseException)]
    return copies + [one for one in made if isinstance(one, StorySketch)], failed
