"""A view as a file that opens right in a Japanese Excel: CSV with its mark, or xlsx. Everything is masked."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from api.staff.choices import channel_label, label
from api.staff.masking import masked
from api.staff.placing import place_of
from api.store.cases import Case
from classifier.deadlines import JAPAN
from classifier.vocabulary import SCHEME_LABELS, VERDICT_LABELS

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEADINGS: Final = (
    "番号", "受付日時", "状態", "順位の理由", "届き方", "受け取った日", "経路", "相談者", "年代", "市区町村",
    "これまでにしたこと", "請求額", "払った額", "本文のはじめ", "詐欺の見込み", "モデルの見立て", "似ている手口",
    "期限", "判断", "処理結果", "メモ", "判断した人", "判断日時", "二重確認", "まとまり",
)  # fmt: skip
_REVIEW: Final = {"none": "", "wanted": "待ち", "agreed": "同じ判断", "disagreed": "違う判断"}
# Excel runs a cell that begins so; a notice may begin with anything.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def row(case: Case) -> list[Any]:
    """One case in the order of `HEADINGS`; numbers and dates stay numbers and dates."""
    return [
        case.id,
        _local(case.created_at),
        label("status", case.status),
        place_of(case).reason,
        channel_label(case.channel),
        case.received_on,
        label("reached_by", case.reached_by),
        label("relation", case.relation),
        label("age_band", case.age_band),
        case.municipality,
        "、".join(label("happened", value) for value in case.happened),
        case.amount_claimed,
        case.amount_paid,
        case.summary,
        round(case.score, 3),
        VERDICT_LABELS[case.verdict],  # type: ignore[index]
        SCHEME_LABELS.get(case.scheme or "", ""),
        case.deadline,
        label("disposition", case.disposition),
        label("result", case.result),
        masked(case.note),
        case.decided_by,
        _local(case.decided_at),
        _REVIEW[case.review],
        case.campaign_id,
    ]


def as_csv(cases: Iterable[Case]) -> Iterator[bytes]:
    """UTF-8 with the mark that Excel looks for, CRLF, one piece a hundred rows."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(HEADINGS)
    for number, case in enumerate(cases, 1):
        writer.writerow([_cell(value) for value in row(case)])
        if number % 100 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def as_xlsx(cases: Iterable[Case]) -> bytes:
    """One sheet with a frozen, bold heading. Text is written as text, never as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("案件")
    sheet.freeze_panes = "A2"
    for number, width in enumerate((8, 17, 9, 40, 12, 12, 9, 9, 9, 12, 22, 12, 12, 44, 11, 18, 26, 12, 14, 16, 40)):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    headings = []
    for heading in HEADINGS:
        cell = WriteOnlyCell(sheet, heading)
        cell.font = Font(bold=True)
        headings.append(cell)
    sheet.append(headings)
    for case in cases:
        cells = []
        for value in row(case):
            cell = WriteOnlyCell(sheet, _printable(value))
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _printable(value: Any) -> Any:
    """XML has no room for control characters."""
    if isinstance(value, str):
        return "".join(letter for letter in value if letter.isprintable() or letter in "\n\t")
    return value


def _local(moment: dt.datetime | None) -> dt.datetime | None:
    """The time on the counsellor's clock, without a zone: Excel knows none."""
    return None if moment is None else moment.astimezone(JAPAN).replace(tzinfo=None, microsecond=0)
