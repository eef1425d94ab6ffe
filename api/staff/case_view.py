"""A stored case as its page shows it: the assessment as it was made, masked unless somebody asked to see."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter

from api.guidance_base import guidance_base
from api.page_view import Piece, Quote, ResultView
from api.staff.choices import label
from api.staff.masking import masked, masked_part
from api.store.cases import CampaignChange, Case, CaseText
from classifier.deadlines import JAPAN
from classifier.mask import LABELS, MaskKind, places
from classifier.notice import Notice
from classifier.result import Assessment, Guidance, Span

_ADAPTER: Final = TypeAdapter(Assessment)
_WEEKDAYS: Final = "月火水木金土日"


def stored_assessment(case: Case, stored: CaseText) -> Assessment:
    """The assessment that was made then, by the model of then."""
    notice = Notice(
        stored.text, case.channel, stored.subject, stored.sender, case.received_on, dict(stored.answers)  # type: ignore[arg-type]
    )  # fmt: skip
    fields = {name: value for name, value in stored.assessment.items() if name != "verdict_label"}
    return _ADAPTER.validate_python({**fields, "notice": notice})


class CaseView(ResultView):
    """Reads a case for its template; decides nothing."""

    def __init__(self, assessment: Assessment, *, unmasked: bool) -> None:
        super().__init__(assessment)
        self.unmasked = unmasked
        self._hidden = [] if unmasked else places(assessment.notice.text)

    def pieces(self) -> list[Piece]:
        """The stretches of the notice, with personal data replaced by what it was."""
        whole = super().pieces()
        return whole if self.unmasked else list(_cut(whole, self.assessment.notice.text, self._hidden))

    def quote(self, spans: tuple[Span, ...]) -> Quote:
        """The first places of a flag."""
        if self.unmasked:
            return super().quote(spans)
        text = self.assessment.notice.text
        return super().quote(
            tuple(replace(span, text=masked_part(text, span.start, span.end, self._hidden)) for span in spans)
        )

    def text(self, value: str | None) -> str:
        """Any other words of the case."""
        return value or "" if self.unmasked else masked(value) or ""

    def staff_text(self, unit: Guidance) -> str:
        """The fuller form for counsellors; empty where the advice has changed since and the topic is gone."""
        base = guidance_base()
        return base.unit(unit.topic).staff if unit.topic in base.topics else ""

    def facts(self) -> list[tuple[str, str]]:
        """`[("請求額", "298,000円"), …]` as they stand in the notice."""
        found = self.assessment.extracted
        rows = [
            ("名乗り", self.text(found.sender)),
            ("請求元", self.text(found.creditor)),
            ("金額", "、".join(f"{amount.yen:,}円" for amount in found.amounts[:5])),
            ("期限の言葉", "、".join(self.text(value) for value in found.deadlines[:5])),
            ("連絡先", "、".join(self.text(value) for value in found.contacts[:5])),
            ("番号", "、".join(self.text(value) for value in found.references[:5])),
        ]
        return [(name, value) for name, value in rows if value]


def _cut(whole: list[Piece], text: str, hidden: list[tuple[int, int, MaskKind]]) -> Iterator[Piece]:
    """Each masked place becomes its label, in the piece where it begins."""
    start = 0
    for piece in whole:
        end = start + len(piece.text)
        at, parts = start, list[str]()
        for first, last, kind in hidden:
            if last <= start or first >= end:
                continue
            if first >= start:
                parts += (text[at:first], LABELS[kind])
            at = min(last, end)
        parts.append(text[at:end])
        yield Piece("".join(parts), piece.severity, piece.numbers)
        start = end


def japanese_day(day: dt.date | dt.datetime | None) -> str:
    """`date(2026, 11, 22)` → "2026年11月22日(日)"."""
    if day is None:
        return ""
    if isinstance(day, dt.datetime):
        day = day.astimezone(JAPAN).date()
    return f"{day.year}年{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})"


def japanese_time(moment: dt.datetime | None) -> str:
    """In Japan's time: "11月22日 17:05"."""
    if moment is None:
        return ""
    local = moment.astimezone(JAPAN)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def change_words(fields: dict[str, list[Any]]) -> list[str]:
    """`{"disposition": [None, "fictitious_billing"]}` → ["判断: なし → 架空請求"]."""
    return [
        f"{FIELD_LABELS.get(name, name)}: {value_words(name, before)} → {value_words(name, after)}"
        for name, (before, after) in fields.items()
        if name not in ("decided_by", "reviewed_by")
    ]


def campaign_words(change: CampaignChange, seen_from: int) -> str:
    """One change of a campaign in words: "まとまり2をここに入れました(3件)"."""
    cases, here = f"({len(change.cases)}件)", change.campaign_id == seen_from
    if change.kind == "named":
        fields = change.campaigns.get(str(change.campaign_id), {})
        before, after = fields.get("name", ["", ""])
        return f"名前: {before or 'なし'} → {after or 'なし'}"
    if change.kind == "merged":
        other = f"まとまり{change.other_id}をここに" if here else f"まとまり{change.campaign_id}に"
        return f"{other}入れました{cases}"
    if change.kind == "split":
        if change.other_id is None:
            return "1件を外しました"
        return (f"まとまり{change.other_id}に" if here else f"まとまり{change.campaign_id}から") + f"分けました{cases}"
    return "確認ずみにしました"


def value_words(name: str, value: Any) -> str:
    """One field's value for people."""
    if value is None or value in ("", [], {}):
        return "なし"
    if name in ("status", "disposition", "result", "reached_by", "relation", "age_band"):
        return label(name, value)
    if name == "happened":
        return "・".join(label("happened", item) for item in value)
    if name == "review":
        return {"none": "なし", "wanted": "待ち", "agreed": "同じ判断", "disagreed": "違う判断"}[str(value)]
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if name in ("amount_claimed", "amount_paid"):
        return f"{value:,}円"
    if name == "answers":
        return f"{len(value)}件"
    if name == "note":
        return f"{str(masked(value))[:60]}"
    return str(value)


FIELD_LABELS: Final = {
    "status": "状態",
    "disposition": "判断",
    "result": "処理結果",
    "note": "メモ",
    "review": "二重確認",
    "channel": "届き方",
    "received_on": "受け取った日",
    "reached_by": "経路",
    "relation": "相談者",
    "age_band": "年代",
    "municipality": "市区町村",
    "happened": "これまでにしたこと",
    "amount_claimed": "請求額",
    "amount_paid": "払った額",
    "pay_on": "払う予定の日",
    "vulnerable": "見守り",
    "opt_out": "学習に使わない",
    "answers": "質問への答え",
}
