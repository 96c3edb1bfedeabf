"""The types of a record's fields for data frames: Arrow's, which polars, DuckDB and pandas understand."""

from __future__ import annotations

import types
from datetime import datetime
from typing import Any, Literal, get_args, get_origin

from scraper.codec import field_types
from scraper.model import Record


def arrow_schema(*, times_as_text: bool = False) -> Any:
    """Return the ``pyarrow.Schema`` of a record, as in Parquet files; with times as the JSON has them if asked.

    Raises ModuleNotFoundError without pyarrow (the extra ``parquet``).
    """
    import pyarrow as pa

    moment = pa.string() if times_as_text else pa.timestamp("us", tz="UTC")
    return pa.schema([(name, _arrow(type_, moment, pa)) for name, type_ in field_types(Record).items()])


def _arrow(type_: Any, moment: Any, pa: Any) -> Any:
    """Return the column type of the type of a field."""
    kind, inside = get_origin(type_), get_args(type_)
    if kind is types.UnionType:  # X | None; every column may be empty
        return _arrow(inside[0], moment, pa)
    if kind is Literal:
        return _arrow(type(inside[0]), moment, pa)
    if kind is tuple:
        return pa.list_(_arrow(inside[0], moment, pa))
    if type_ is datetime:
        return moment
    plain = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return plain.get(type_) or pa.struct(
        [(name, _arrow(inner, moment, pa)) for name, inner in field_types(type_).items()]
    )
