"""Write records as a Parquet file, every key a column, nested as in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from scraper.codec import to_builtins
from scraper.model import Record
from storage.table_schema import arrow_schema

GROUP_RECORDS = 2_000  # in one row group, and in memory at a time


def write_parquet(records: Iterable[Record], out: IO[bytes]) -> int:
    """Write a whole file to ``out``, which need not be seekable, and return the number of records."""
    import pyarrow.parquet as pq

    schema = arrow_schema()
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for table in _tables(records, schema):
            writer.write_table(table)
            count += table.num_rows
    return count


def write_parquet_days(records: Iterable[Record], folder: Path) -> None:
    """Write files by the day of ``first_seen`` (UTC): ``day=2026-11-23/part-0.parquet``. Days that are there are replaced."""
    import pyarrow as pa
    import pyarrow.dataset as ds

    schema = arrow_schema()
    wide = schema.append(pa.field("day", pa.string()))

    def batches() -> Iterator[Any]:
        for table in _tables(records, schema):
            days = [str(moment.date()) for moment in table.column("first_seen").to_pylist()]
            yield from table.append_column("day", pa.array(days, pa.string())).to_batches()

    ds.write_dataset(
        batches(),
        folder,
        schema=wide,
        format="parquet",
        partitioning=ds.partitioning(pa.schema([("day", pa.string())]), flavor="hive"),
        existing_data_behavior="delete_matching",
        basename_template="part-{i}.parquet",
    )


def _tables(records: Iterable[Record], schema: Any) -> Iterator[Any]:
    import pyarrow as pa

    for group in _groups(records):
        rows = [to_builtins(record, builtin_types=(datetime,)) for record in group]
        yield pa.Table.from_pylist(rows, schema)


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(records)
    while group := list(islice(left, GROUP_RECORDS)):
        yield group
