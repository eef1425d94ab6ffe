"""Drafts that people copy and correct: the consultation record, and a warning to the public about a campaign."""

from collections.abc import Sequence
from typing import Final

from api.staff.campaigns import CampaignLine
from api.staff.case_view import CaseView, japanese_day
from api.staff.choices import channel_label, label
from api.staff.masking import masked
from api.store.cases import Case
from classifier.result import Assessment
from classifier.vocabulary import SCHEME_LABELS

_OPEN: Final = "(未記入)"


def consultation_record(case: Case, assessment: Assessment, view: CaseView) -> str:
    """The fields that a Japanese centre's consultation record asks for, one a line; masked as the page is."""
    scheme = SCHEME_LABELS.get(case.scheme or "", "")
    subject = f"{scheme or '覚えのない請求'}({channel_label(case.channel)})"
    claimed = case.amount_claimed or max((amount.yen for amount in assessment.extracted.amounts), default=None)
    happened = "・".join(label("happened", value) for value in case.happened)
    sender = view.text(assessment.extracted.sender)
    story = f"{japanese_day(case.received_on) or '日は不明'}、{channel_label(case.channel)}で届いた。"
    if sender:
        story += f"名乗りは「{sender}」。"
    if claimed:
        story += f"{claimed:,}円を求められた。"
    if happened:
        story += f"相談者がしたこと: {happened}。"
    rows = [
        ("受付日", japanese_day(case.created_at)),
        ("受付方法", label("reached_by", case.reached_by) or _OPEN),
        ("相談者", label("relation", case.relation) or _OPEN),
        ("契約当事者の年代", label("age_band", case.age_band) or _OPEN),
        ("市区町村", case.municipality or _OPEN),
        ("件名", subject),
        ("商品・役務", "商品一般" if case.disposition == "fictitious_billing" else _OPEN),
        ("販売購入形態", _OPEN),
        ("契約・請求金額", f"{claimed:,}円" if claimed else _OPEN),
        ("既払額", f"{case.amount_paid:,}円" if case.amount_paid is not None else _OPEN),
        ("事業者名", sender or _OPEN),
        ("相談概要", story),
        ("判断", label("disposition", case.disposition) or _OPEN),
        ("処理結果", label("result", case.result) or _OPEN),
        ("処理概要", view.text(case.note) or _OPEN),
    ]
    return "\n".join(f"{name}: {value}" for name, value in rows)


def public_warning(line: CampaignLine, cases: Sequence[Case]) -> str:
    """A warning about a campaign. It is made of counts and of our own words; no word of any notice is in it."""
    schemes = [SCHEME_LABELS[case.scheme] for case in cases if case.scheme in SCHEME_LABELS]
    scheme = max(set(schemes), key=schemes.count) if schemes else "身に覚えのない請求"
    channels = [channel_label(case.channel) for case in cases if case.channel != "unknown"]
    channel = max(set(channels), key=channels.count) if channels else "はがきやメール"
    paid = sum(1 for case in cases if "paid" in case.happened)
    lines = [
        f"【注意】{scheme}に似た{channel}が届いています",
        "",
        f"{japanese_day(line.first_at)}から、同じような文章の相談が{line.count}件ありました。",
    ]
    if paid:
        lines.append(f"このうち{paid}件では、お金を払ってしまっていました。")
    lines += [
        "",
        "■ 届いたら",
        "・書いてある電話番号やリンクは、使わないでください。",
        "・お金を払う前に、相談してください。",
        "・裁判所の名前で届いたものは、捨てずに持っていてください。本物なら、2週間のうちに答える必要があります。",
        "",
        "■ 相談するところ",
        "・消費者ホットライン 188",
        "・警察の相談 #9110",
    ]
    if line.campaign.name:
        lines.insert(1, f"({masked(line.campaign.name)})")
    return "\n".join(lines)
