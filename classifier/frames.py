"""Data frames: pandas, polars or pyarrow in, the same kind out, with the assessment's columns added.

One code path through narwhals. Nothing of the frame that came in is changed; pandas keeps its index.
"""

import warnings
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import narwhals.stable.v2 as nw
from narwhals.exceptions import DuplicateError
from tqdm import TqdmWarning

from classifier.columns import Columns
from classifier.errors import UnusableFrame
from classifier.records import Judge, Shape, added_fields, added_schema, free_name
from classifier.rows import Row

with warnings.catch_warnings():
    # Without ipywidgets a notebook gets the bar of a terminal, and nobody needs to be told.
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm

CHUNK: Final = 500
# Shorter frames are done before a progress bar is read.
_LONG: Final = 2_000


def assess_frame(
    judge: Judge,
    frame: Any,
    *,
    text: str = "text",
    channel: str | None = None,
    subject: str | None = None,
    sender: str | None = None,
    received_on: str | None = None,
    answers: str | None = None,
    read_on: date | None = None,
    shape: Shape = "nested",
    prior: float | None = None,
    progress: bool | None = None,
) -> Any:
    """`frame` with the columns of `records.added_schema(shape)`, `error` among them; rows in order.

    `text` names the column of the notices, `channel` a column or one channel for all, `subject`, `sender`,
    `received_on` and `answers` those of the other parts; a part that is not named is read from the column of its own
    name, if there is one. A day of receipt that cannot be read costs its row that alone, and `error` says so;
    `read_on` is the day by which a deadline has passed or not, today in Japan by default. `shape="nested"` gives
    flags and guidance as list and struct columns, `"flat"` one value a column. A name that the frame already uses
    gets `assessed_` in front. `progress`: a bar always or never; by default for frames of more than 2,000 rows.

    Raises UnusableFrame for anything but an eager pandas, polars or pyarrow table that has the columns.
    """
    table = _table(frame)
    columns = Columns(text, channel, subject, sender, received_on, answers)
    if (missing := columns.missing(table.columns)) is not None:
        part, name = missing
        there = ", ".join(map(str, table.columns))
        raise UnusableFrame(f"no column {name!r} among {there}; name the column with {part}=")
    schema = added_schema(shape)
    shown = len(table) > _LONG if progress is None else progress
    values: dict[str, list[Any]] = {name: [] for name in schema.names}
    with tqdm(total=len(table), unit="row", disable=not shown) as bar:
        for rows in _chunks(table, columns.used(table.columns)):
            for added in added_fields(judge, rows, columns, shape, prior, read_on):
                for name, column in values.items():
                    column.append(added.get(name))
            bar.update(len(rows))
    kinds = nw.from_native(schema.empty_table(), eager_only=True).schema
    new = [
        nw.new_series(free_name(name, table.columns), column, kinds[name], backend=table.implementation)
        for name, column in values.items()
    ]
    return table.with_columns(*new).to_native()


def _table(frame: Any) -> nw.DataFrame[Any]:
    try:
        table: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise UnusableFrame(
            f"{type(frame).__name__} is no table of pandas, polars or pyarrow; "
            "collect a lazy frame, or put a column or batch into a table, first"
        ) from error
    except DuplicateError as error:
        raise UnusableFrame(f"{' '.join(str(error).split())}; give every column a name of its own") from error
    if getattr(getattr(table.to_native(), "columns", None), "nlevels", 1) > 1:
        raise UnusableFrame("the columns have names of several levels; give every column one name")
    if len(set(table.columns)) < len(table.columns):
        raise UnusableFrame("two columns share a name; give every column a name of its own")
    return table


def _chunks(table: nw.DataFrame[Any], names: list[str]) -> Iterator[list[Row]]:
    for start in range(0, len(table), CHUNK):
        part = table[start : start + CHUNK]
        # By place: pandas may call a column 0, and part[0] is a row.
        columns = [_values(part[:, table.columns.index(name)]) for name in names]
        yield [Row(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def _values(column: nw.Series[Any]) -> list[Any]:
    """Python values; what pandas writes for a missing one (NaN, NaT, NA) as None."""
    missing = column.is_null().to_list()
    return [None if gone else value for value, gone in zip(column.to_list(), missing, strict=True)]
