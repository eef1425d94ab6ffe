"""Many cases from one table: CSV as Japanese Excel writes it, or xlsx. A bad row is named and costs no other."""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from api.page_form import CHANNEL_LABELS
from api.staff.choices import CHOICES
from api.staff.errors import InvalidCase
from api.staff.gate import Fields

MOST_ROWS: Final = 1_000
# What the first line may say, and the field of the form it fills.
HEADINGS: Final = {
    "本文": "text",
    "届き方": "channel",
    "件名": "subject",
    "差出人": "sender",
    "受け取った日": "received_on",
    "経路": "reached_by",
    "相談者": "relation",
    "年代": "age_band",
    "市区町村": "municipality",
    "これまでにしたこと": "happened",
    "請求額": "amount_claimed",
    "払った額": "amount_paid",
    "払う予定の日": "pay_on",
    "メモ": "note",
}
_CHOSEN: Final = ("reached_by", "relation", "age_band", "happened")
_WORDS: Final[dict[str, dict[str, str]]] = {
    **{name: {words: key for key, words in CHOICES[name].items()} for name in _CHOSEN},
    "channel": {words: key for key, words in CHANNEL_LABELS.items()},
}
_NO_TABLE: Final = "この表は読めません。ExcelかCSVで保存して、もう一度選んでください。"


def read_table(content: bytes) -> Iterator[tuple[int, Fields]]:
    """`(row number in the file, fields)`. Raises InvalidCase where there is no such table or no 「本文」."""
    rows = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    first = next(rows, [])
    fields = [HEADINGS.get(heading.strip(), heading.strip()) for heading in first]
    if "text" not in fields:
        raise InvalidCase("file", "1行目に「本文」の見出しがありません。見出しを書いて、もう一度選んでください。")
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS + 1:
            raise InvalidCase("file", f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。")
        values = {field: _values(field, value) for field, value in zip(fields, row, strict=False) if value.strip()}
        if values:
            yield number, Fields(values)


def _values(field: str, value: str) -> list[str]:
    words = _WORDS.get(field)
    if words is None:
        return [value]
    parts = re.split("[、,\n]", value) if field == "happened" else [value]
    return [words.get(part.strip(), part.strip()) for part in parts]


def _csv(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            yield from csv.reader(io.StringIO(text, newline=""))
        except csv.Error as error:
            raise InvalidCase("file", _NO_TABLE) from error
        return
    raise InvalidCase("file", _NO_TABLE)


def _xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        # A workbook is a zip file: a small one may unpack to gigabytes.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > 100 * 1024 * 1024:
                raise InvalidCase("file", _NO_TABLE)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InvalidCase("file", _NO_TABLE) from error
    for row in book.worksheets[0].iter_rows(values_only=True):
        yield [_shown(value) for value in row]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
