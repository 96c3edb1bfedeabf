"""The nouns of Darial: one frozen type for each stage of the way of the data.

Source, Rules       what sources.toml says           Entry, Feed          what a feed said
Page, NotModified   what the network gave            Headline, Article    what extraction found
Record              the public contract, schema 1    PollDraft            one poll, ready to commit

Nothing here does work. Times are aware UTC datetimes; absent values are None or empty, never missing.
"""

from scraper.model.article import (
    Article,
    Entry,
    ExtractedArticle,
    Extraction,
    Feed,
    FeedOrigin,
    Headline,
    Image,
    Kind,
    Media,
    NotModified,
    Page,
    Post,
    Record,
    Status,
    Validators,
    Where,
)  # fmt: skip
from scraper.model.source import (
    EditRate,
    ExtractionStats,
    Failure,
    Fallback,
    FeedRef,
    FeedState,
    Gap,
    Healing,
    JsonList,
    Pending,
    PollDraft,
    PublicationRate,
    Revisit,
    Rules,
    RunningMean,
    RunningRate,
    Source,
    SourceState,
)  # fmt: skip

__all__ = [
    "Article", "EditRate", "Entry", "ExtractedArticle", "Extraction", "ExtractionStats", "Failure",
    "Fallback", "Feed", "FeedOrigin", "FeedRef", "FeedState", "Gap", "Headline", "Healing", "Image", "JsonList", "Kind", "Media",
    "NotModified", "Page", "Pending", "PollDraft", "Post", "PublicationRate", "Record", "Revisit", "Rules",
    "RunningMean", "RunningRate", "Source", "SourceState", "Status", "Validators", "Where",
]  # fmt: skip
