"""Sketch revisions for stories in the processes of a parse pool, so that no loop waits for an encoder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from scraper.model import Record
from scraper.parse_pool import ParsePool
from scraper.stories.sketch import StorySketch, encoder_name, sketch_job


async def sketch_all(
    pool: ParsePool, records: Iterable[Record]
) -> tuple[list[StorySketch], list[BaseException]]:
    """Return the sketches of revisions, and why others failed. Without an encoder there are none of either."""
    jobs = [job for record in records if (job := sketch_job(record))]
    if not jobs or encoder_name() is None:
        return [], []
    from scraper.stories.vectors import sketch_revision

    made = await asyncio.gather(
        *(pool.run(sketch_revision, job, url=job.id) for job in jobs), return_exceptions=True
    )
    failed = [one for one in made if isinstance(one, BaseException)]
    return [one for one in made if isinstance(one, StorySketch)], failed
