"""Many cases from one table: CSV as Japanese Excel writes it, or xlsx. A bad row is named and costs no other."""

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
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
_LABELS: Final[dict[str, dict[str, str]]] = {
    **{name: CHOICES[name] for name in _CHOSEN},
    "channel": {str(key): words for key, words in CHANNEL_LABELS.items()},
}
# 「封書・手紙」 may also be written 「封書」 or 「手紙」.
_WORDS: Final[dict[str, dict[str, str]]] = {
    name: {part: key for key, words in labels.items() for part in (*words.split("・"), words)}
    for name, labels in _LABELS.items()
}
_FIELDS: Final = frozenset(HEADINGS.values())
_NO_HEADING: Final = "見出しのない列"
_NO_TABLE: Final = "この表は読めません。ExcelかCSVで保存して、もう一度選んでください。"


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` yields (row number in the file, fields). Read to its end, `left_out` names the columns with something in
    them that nothing reads."""

    rows: Iterator[tuple[int, Fields]]
    left_out: dict[str, None]


def read_table(content: bytes) -> Table:
    """Raises InvalidCase where there is no such table or no 「本文」, here or while the rows are read."""
    rows = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    fields = [HEADINGS.get(heading.strip(), heading.strip()) for heading in next(rows, [])]
    if "text" not in fields:
        raise InvalidCase("file", "1行目に「本文」の見出しがありません。見出しを書いて、もう一度選んでください。")
    left_out: dict[str, None] = {}
    return Table(_rows(rows, fields, left_out), left_out)


def unread_words(row: Fields) -> dict[str, str]:
    """`{"age_band": "年代を読めません。…"}` for what is written where only certain words may stand."""
    return {
        field: f"{heading}を読めません。{'、'.join(_LABELS[field].values())}のどれかにしてください。"
        for heading, field in HEADINGS.items()
        if field in _WORDS and not set(_WORDS[field].values()).issuperset(row.all(field))
    }


def _rows(rows: Iterator[list[str]], fields: list[str], left_out: dict[str, None]) -> Iterator[tuple[int, Fields]]:
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS + 1:
            raise InvalidCase("file", f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。")
        written = {field: value for field, value in zip_longest(fields, row, fillvalue="") if value.strip()}
        left_out.update((field or _NO_HEADING, None) for field in written if field not in _FIELDS)
        values = {field: _values(field, value) for field, value in written.items() if field in _FIELDS}
        if values:
            yield number, Fields(values)


def _values(field: str, value: str) -> list[str]:
    words = _WORDS.get(field)
    if words is None:
        return [value]
    parts = re.split("[、,\n]", value) if field == "happened" else [value]
    written = [unicodedata.normalize("NFKC", part).strip() for part in parts]
    return [words.get(part, part) for part in written]


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
