"""Write records as a Parquet file, every key a column, nested as in JSON. The only import of pyarrow."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import IO, Any, Literal, get_args, get_origin

from scraper.codec import field_types, to_builtins
from scraper.errors import ConfigError
from scraper.model import Record

GROUP_RECORDS = 2_000  # in one row group, and in memory at a time


def write_parquet(records: Iterable[Record], out: IO[bytes]) -> int:
    """Write a whole file to ``out``, which need not be seekable, and return the number of records."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as e:
        raise ConfigError(["--format parquet needs pyarrow: pip install 'darial[parquet]'"]) from e
    schema = pa.schema([(name, _arrow(type_, pa)) for name, type_ in field_types(Record).items()])
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(records):
            rows = [to_builtins(record, builtin_types=(datetime,)) for record in group]
            writer.write_table(pa.Table.from_pylist(rows, schema))
            count += len(rows)
    return count


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(records)
    while group := list(islice(left, GROUP_RECORDS)):
        yield group


def _arrow(type_: Any, pa: Any) -> Any:
    """Return the column type of the type of a field."""
    kind, inside = get_origin(type_), get_args(type_)
    if kind is types.UnionType:  # X | None; every column may be empty
        return _arrow(inside[0], pa)
    if kind is Literal:
        return _arrow(type(inside[0]), pa)
    if kind is tuple:
        return pa.list_(_arrow(inside[0], pa))
    plain = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    if type_ is datetime:
        return pa.timestamp("us", tz="UTC")
    return plain.get(type_) or pa.struct(
        [(name, _arrow(inner, pa)) for name, inner in field_types(type_).items()]
    )
