"""Hold what is known while a body is chosen, and the body itself. Pure data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scraper.codec import Struct
from scraper.extract.block_scores import Weights
from scraper.extract.blocks import Layout
from scraper.extract.prose_run import ProseRun


class Body(Struct, frozen=True, kw_only=True):
    """The chosen blocks in order, the element that holds most of them (-1: none), and why other blocks were left out."""

    blocks: tuple[int, ...] = ()
    flow: int = 0  # where the text itself begins, after a lead that stands apart
    container: int = -1
    title_at: int = -1
    prose: float = 0.0
    weights: Sequence[float] = ()  # prose of each block of the page
    estimate: float = 0.0  # prose that stands where a text stands, whatever names say
    reasons: dict[int, str]


class Choice(Struct):
    """What is known while the blocks of one container are judged. ``run`` limits where the text may begin and end."""

    layout: Layout
    weights: Weights
    titles: list[int]
    container: int
    run: ProseRun | None = None
    notices: Sequence[int] = ()  # blocks of the container that are notices of the site
    context: Mapping[int, int] = {}  # junk flags of the elements inside the container
