"""From what the model said and what stands in the text to verdict, stance and advice.

The decisions are data (`knowledge/policy.toml`); this module reads the facts that the table names and
finds the first row that fits. The score passes through untouched: the row's id says what the policy did.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from classifier.errors import KnowledgeError
from classifier.knowledge import read_toml
from classifier.reading import Reading
from classifier.result import GreenFlag, Question, RedFlag
from classifier.vocabulary import Band, DocumentKind, Stance, Verdict

FACTS: Final = (
    "court_document",
    "court_reply",
    "fake_court_sign",
    "has_link",
    "well_formed",
    "thin",
    "not_japanese",
    "contact_only",
    "tells_of_demand",
    "court_form",
    "on_paper",
    "strong_sign",
    "clear_sign",
)
# Billing and delivery services of genuine senders have hosts unlike the name; an imitation is verified by `contacts`.
_UNLIKE_HOST: Final = ("sender_mismatch", "lookalike_domain")
_BAND_VERDICT: Final[dict[Band, Verdict]] = {"high": "scam_likely", "middle": "suspicious", "low": "no_scam_signs"}
_COURT: Final = re.compile(r"裁判所|[簡地家高]裁")
_PROCEDURE: Final = re.compile(
    r"支払督促|訴状|呼出状|口頭弁論|仮執行|答弁書|督促異議|調停期日|期日呼出|差押命令|競売|判決|少額訴訟|審判|裁判員|送達"
)
_CASE_NUMBER: Final = re.compile(
    r"(?:令和|平成|昭和)(?:元|[\d*●〇]{1,2})年\s?\([ァ-ヶ少家わろはい]{1,3}\)\s?第?\s?[\d*●〇]{1,7}号"
)
# 支払督促 in so many words is enough, however it is told; 訴状 only where nothing of the fictitious postcard stands by.
_PAYMENT_ORDER: Final = re.compile(r"支払督促|しはらいとくそく|仮執行(?:の)?宣言|督促異議")
_SUMMONS: Final = re.compile(r"訴状|呼出状|口頭弁論|答弁書")
_ARRIVED: Final = re.compile(r"裁判所|(?:簡|地|家)裁|届|送られ|来た|きました|特別送達")
# A lender that says it will apply for one sends no payment order: 支払督促の申立てを検討いたします
_ANNOUNCED: Final = re.compile(
    r"支払督促(?:等|など|や[^。]{1,10})?(?:の|を|に)?(?:申し?立て?|手続|移行|裁判所|簡易裁判所)[^。]{0,24}"
    r"|支払督促[・、や](?:訴訟|少額訴訟)[^。]{0,24}|(?:訴訟|少額訴訟)[・、や]支払督促[^。]{0,24}|訴状[^。\n]{0,12}(?:提出|準備|作成)[^。]{0,12}"
)
_FICTITIOUS: Final = re.compile(
    r"最終告知|取り?下げ(?:最終)?期日|通達|はがき|ハガキ|葉書|取り?下げ(?:費用|の?相談)|sms|ショートメール"
)
_NOT_ADDRESSED: Final = re.compile(r"第三債務者|証人|裁判員|債権者(?:各位|の皆|である)|申立人代理人|陳述書")
_DEMAND_STORY: Final = re.compile(r"督促|借|ローン|契約した|カード会社|家賃|保証会社|債権回収|滞納")
_LINK_WORDS: Final = re.compile(r"リンク|url|qr|ボタン|タップ|クリック|アクセス|\[[^\]]{2,14}\]|こちらから|▼|▶|➡")
_JAPANESE: Final = re.compile(r"[ぁ-んァ-ヶ一-鿿々]")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the table decided; `row` is the id of the row that did."""

    verdict: Verdict
    stance: Stance
    topics: tuple[str, ...]
    questions: tuple[Question, ...]
    cautions: tuple[str, ...]
    row: str


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Scores from which a notice is suspicious, and likely a scam."""

    suspicious: float
    scam_likely: float

    def band(self, score: float) -> Band:
        """Where a score lies."""
        if score >= self.scam_likely:
            return "high"
        return "middle" if score >= self.suspicious else "low"


def facts_of(reading: Reading, red: Sequence[RedFlag], green: Sequence[GreenFlag]) -> frozenset[str]:
    """The facts that rows may ask for, read from the text and its flags."""
    text = reading.squeezed.text
    visible = re.sub(r"\s", "", text)
    form = bool(_CASE_NUMBER.search(text)) and bool(_COURT.search(text))
    told = _ANNOUNCED.sub("", text)
    order = bool(_PAYMENT_ORDER.search(told))
    summons = bool(_SUMMONS.search(told) and _ARRIVED.search(text) and (form or not _FICTITIOUS.search(text)))
    court_document = form or order or summons or bool(_COURT.search(text) and _PROCEDURE.search(text))
    contacts = reading.contacts
    on_paper = reading.notice.channel in ("letter", "postcard", "unknown")
    strong = any(flag.severity == "strong" for flag in red)
    found = {
        "court_document": court_document,
        "court_form": form,
        "court_reply": (order or summons) and not _NOT_ADDRESSED.search(text),
        "fake_court_sign": any(flag.id in _table()["fake_court_flags"] for flag in red),
        "has_link": bool(contacts.links or contacts.mails or _LINK_WORDS.search(text)),
        "on_paper": on_paper,
        "strong_sign": strong,
        "clear_sign": any(f.severity == "strong" and f.spans and f.id not in _UNLIKE_HOST for f in red)
        or "imitation" in {*(c.kind for c in contacts.links), *(c.kind for c in contacts.mails)},
        "well_formed": on_paper and not strong and len(green) >= 4 and not contacts.links,
        "thin": len(visible) < 12,
        "not_japanese": len(_JAPANESE.findall(visible)) < 0.15 * len(visible),
        "contact_only": len(visible) < 60 and bool(contacts.phones) and not re.search(r"[\d,]+円", text),
        "tells_of_demand": bool(_DEMAND_STORY.search(text)),
    }
    return frozenset(name for name, holds in found.items() if holds)


def decide(
    band: Band,
    kind: DocumentKind,
    scheme: str | None,
    flags: Collection[str],
    facts: Collection[str],
    answers: Mapping[str, str],
) -> Decision:
    """The first row that fits, changed by the reader's answers. Total: the last row fits everything."""
    row = next(row for row in _table()["row"] if _fits(row, band, kind, scheme, flags, facts))
    verdict: Verdict = row.get("verdict", _BAND_VERDICT[band])
    stance: Stance = row["stance"]
    topics = [*(row.get("link_topics", []) if "has_link" in facts else []), *row["topics"]]
    if "has_link" not in facts:
        topics = [topic for topic in topics if topic != "do_not_open_link"]
    for change in _table()["answer"]:
        if answers.get(change["question"]) == change["answer"] and _fits(change, band, kind, scheme, flags, facts):
            stance, verdict = change.get("stance", stance), change.get("verdict", verdict)
            topics = [*change["topics_first"], *(t for t in topics if t not in change.get("drop", ()))]
    return Decision(
        verdict=verdict,
        stance=stance,
        topics=tuple(dict.fromkeys(topics))[: 6 if answers else 5],
        questions=tuple(_questions(band, kind, scheme, flags, facts, answers)),
        cautions=_cautions(verdict, facts),
        row=row["id"],
    )


def _fits(
    row: Mapping[str, Any],
    band: Band,
    kind: DocumentKind,
    scheme: str | None,
    flags: Collection[str],
    facts: Collection[str],
) -> bool:
    return (
        band in row.get("band", (band,))
        and kind in row.get("kinds", (kind,))
        and scheme in row.get("schemes", (scheme,))
        and ("any_flag" not in row or any(flag in flags for flag in row["any_flag"]))
        and all(fact in facts for fact in row.get("facts", ()))
        and not any(fact in facts for fact in row.get("not_facts", ()))
    )


def _questions(
    band: Band,
    kind: DocumentKind,
    scheme: str | None,
    flags: Collection[str],
    facts: Collection[str],
    answers: Mapping[str, str],
) -> Sequence[Question]:
    fitting = [q for q in _table()["question"] if _fits(q, band, kind, scheme, flags, facts)]
    return [Question(q["id"], q["text"]) for q in fitting][:3]


def _cautions(verdict: Verdict, facts: Collection[str]) -> tuple[str, ...]:
    texts: dict[str, str] = _table()["caution"]
    names = [name for name in ("court_reply",) if name in facts] + [verdict]
    return (*tuple(texts[name] for name in names if name in texts), texts["personal_data"])


@cache
def _table() -> dict[str, Any]:
    table = read_toml("policy.toml")
    for row in (*table["row"], *table["answer"], *table["question"]):
        for fact in (*row.get("facts", ()), *row.get("not_facts", ())):
            if fact not in FACTS:
                raise KnowledgeError(f"policy.toml: {row.get('id', row)} asks for unknown fact {fact!r}")
    return table
