"""A judge that knows three phrases, so that the HTTP face can be tested without a trained model."""

import re
from collections.abc import Sequence
from typing import Any

from classifier.notice import Notice
from classifier.result import (
    Amount,
    Assessment,
    CancelledFlag,
    Contact,
    Extracted,
    GreenFlag,
    Guidance,
    Question,
    RedFlag,
    SchemeGuess,
    Source,
    Span,
    Versions,
)
from classifier.vocabulary import Severity, Stance, Verdict
from classifier.why import Reason

VERSIONS = Versions("model-double", "rules-double", "guidance-double")

HOSTILE = '</div></textarea><script>alert(1)</script><a href="http://evil.example/">"押す\' & {{ 7*7 }}\u202e\x00本日中'
LONG = "http://evil.example/" + "a" * 400 + "0312345678" * 40
POSTCARD = """訴訟最終告知のお知らせ

管理番号(わ)ま312
この度、ご通知いたしましたのは、お客様が契約会社に対して料金が未納のままとなっており、民事訴訟の申し立てをされた事をご報告いたします。

ご連絡なき場合、本日中に給与・動産物の差し押さえを強制的に執行いたします。
取り下げ最終期日 令和8年11月24日
お問い合わせ 03-0000-0000
http://soshou.example/kakunin?id=312
"""


# id, label, severity, explanation, pattern; the last one is something that is missing and has no place.
_RED: tuple[tuple[str, str, Severity, str, str], ...] = (
    (
        "pseudo_legal_term",
        "ありもしない法律の言葉",
        "strong",
        "裁判所は、この言葉を使いません。",
        "訴訟最終告知|民事訴訟の申し立て",
    ),
    ("urgent_deadline", "急がせる", "medium", "考える時間を、なくそうとしています。", "本日中"),
    (
        "seizure_threat",
        "差し押さえで、おどす",
        "strong",
        "判決などがないと、差し押さえはできません。",
        "本日中に給与・動産物の差し押さえ|差し押さえ",
    ),
    ("no_creditor_name", "会社の名前がない", "weak", "だれへの料金か、書いてありません。", r"(?!)"),
)


class JudgeDouble:
    """Marks fixed phrases; verdict and stance are chosen by the test. Fails on `explode_on`."""

    def __init__(
        self,
        verdict: Verdict = "scam_likely",
        stance: Stance = "do_not_respond",
        score: float = 0.973,
        explode_on: str | None = None,
    ) -> None:
        self.verdict = verdict
        self.stance = stance
        self.score = score
        self.explode_on = explode_on
        self.seen: list[Notice] = []
        self.priors: list[float | None] = []

    @property
    def card(self) -> dict[str, Any]:
        return {"name": "double", "base_rate": 0.05}

    @property
    def versions(self) -> Versions:
        return VERSIONS

    def assess_many(self, notices: Sequence[Notice], *, prior: float | None = None) -> list[Assessment]:
        self.seen += notices
        self.priors.append(prior)
        return [self._assess(notice) for notice in notices]

    def why(self, notice: Notice, count: int = 6) -> tuple[Reason, ...]:
        return (Reason(Span(0, 1, notice.text[:1]), 0.5),)

    def _assess(self, notice: Notice) -> Assessment:
        text = notice.text
        if self.explode_on and self.explode_on in text:
            raise KeyError(text)
        red = tuple(
            RedFlag(id_, label, severity, explanation, _spans(pattern, text))
            for id_, label, severity, explanation, pattern in _RED
        )
        green = GreenFlag(
            "case_number", "番号がある", "本物にもあります。番号は、まねできます。", _spans("管理番号", text)
        )
        phone = CancelledFlag(
            "odd_sender_number", "会社らしくない番号", "固定電話の番号です。", _spans("03-0000-0000", text)
        )
        return Assessment(
            notice=notice,
            score=self.score,
            verdict=self.verdict,
            stance=self.stance,
            document_kind="court_paper",
            document_kind_probability=0.91,
            scheme=SchemeGuess("litigation_postcard", "訴訟はがき", 0.97),
            red_flags=tuple(flag for flag in red if flag.spans or flag.id == "no_creditor_name"),
            green_flags=(green,) if green.spans else (),
            cancelled_flags=(phone,) if phone.spans else (),
            extracted=Extracted(amounts=(Amount(298000, (0, 2)),), deadlines=("令和8年11月24日",)),
            guidance=GUIDANCE,
            questions=(
                Question(
                    "special_delivery",
                    "「特別送達」で届きましたか。〈郵便局の人から手わたしで受け取り、名前を書く届き方〉",
                ),
                Question("already_paid", "もうお金を払いましたか。"),
            ),
            cautions=("書いてある番号やリンクは、この画面では押せないようにしています。",),
            policy="double",
            versions=VERSIONS,
        )


def _spans(pattern: str, text: str) -> tuple[Span, ...]:
    return tuple(Span(m.start(), m.end(), m[0]) for m in re.finditer(pattern, text))


_SOURCE = Source("003_c7c733b557857981.txt", "架空請求", "2023-08")
GUIDANCE = (
    Guidance(
        "court_fake_1",
        "court_fake",
        "書いてある番号に電話しないでください",
        ("電話をすると、お金を払うように言われます。", "はがきは、捨てずにとっておいてください。"),
        (),
        ("pseudo_legal_term",),
        (_SOURCE,),
    ),
    Guidance(
        "court_check_1",
        "court_check",
        "裁判所から届いたものか、自分で確かめてください",
        (
            "裁判所の電話番号を、裁判所の公式サイトで調べてください。",
            "本物の支払督促なら、受け取ってから2週間のうちに「異議」を出せます。",
        ),
        (Contact("法テラス", "0570-078374", "平日9時〜21時、土曜9時〜17時"),),
        (),
        (_SOURCE,),
    ),
    Guidance(
        "where_to_ask_1",
        "where_to_ask",
        "ひとりで決めずに、相談してください",
        ("近くの消費生活センターにつながります。",),
        (
            Contact("消費者ホットライン", "188"),
            Contact("警察の相談", "#9110"),
            Contact("住んでいる町の役所", "広報紙の番号"),
        ),
        (),
        (_SOURCE, Source("000_2c7f9fe53736359a.txt", "お問い合わせ", "")),
    ),
)
