"""The whole policy table walked: no combination may harm."""

from itertools import combinations, product

import pytest

from classifier.green_flags import find_green_flags
from classifier.guidance import GuidanceBase
from classifier.knowledge import flag_ids, read_toml
from classifier.notice import Notice
from classifier.policy import FACTS, Cutoffs, decide, facts_of
from classifier.reading import Reading
from classifier.red_flags import Context, find_red_flags
from classifier.vocabulary import DOCUMENT_KINDS, SCHEME_LABELS, STANCES, VERDICT_LABELS

BANDS = ("high", "middle", "low")
PAPERS = {
    "court_paper", "tax_notice", "pension_notice", "utility_bill", "lender_demand", "collector_letter", "lawyer_letter",
    "government_notice", "invoice",
}  # fmt: skip
ANSWERS = [{}, {"special_delivery": "yes"}, {"recognise": "no"}, {"recognise": "yes"}, {"already_acted": "yes"}]
FACT_SETS = [frozenset(c) for size in range(4) for c in combinations(FACTS, size)]


def every_decision() -> list[tuple]:  # type: ignore[type-arg]
    schemes = [None, "mynumber_harvest", "advance_fee", "litigation_postcard"]
    return [
        (band, kind, scheme, flags, facts, answers, decide(band, kind, scheme, flags, facts, answers))
        for band, kind, scheme, flags, facts, answers in product(
            BANDS, DOCUMENT_KINDS, schemes, ((), ("prepaid_code",)), FACT_SETS, ANSWERS
        )
    ]


@pytest.fixture(scope="module")
def decisions() -> list[tuple]:  # type: ignore[type-arg]
    return every_decision()


def test_every_combination_is_decided_in_known_words(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    topics = set(GuidanceBase.load().topics)
    for *_, decision in decisions:
        assert decision.verdict in VERDICT_LABELS
        assert decision.stance in STANCES
        assert decision.topics
        assert set(decision.topics) <= topics
        assert len(decision.topics) == len(set(decision.topics)) <= 6
        assert len(decision.questions) <= 3


def test_no_undoubted_paper_is_told_to_be_ignored(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    for band, kind, _, flags, _, _, decision in decisions:
        if band == "low" and not flags:
            assert decision.stance != "do_not_respond", (kind, decision.row)
            if kind not in ("consultation",):
                assert "fictitious_do_not_contact" not in decision.topics, (kind, decision.row)


def test_a_doubtful_paper_is_checked_not_ignored(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    for band, kind, scheme, flags, facts, _, decision in decisions:
        if band == "middle" and kind in PAPERS and not flags and "fake_court_sign" not in facts and scheme is None:
            assert decision.stance != "do_not_respond", (kind, sorted(facts), decision.row)


def test_a_paper_that_looks_complete_is_never_told_to_be_ignored(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    for _, kind, _, flags, facts, _, decision in decisions:
        if kind in PAPERS - {"court_paper"} and "well_formed" in facts and not flags:
            assert decision.stance != "do_not_respond", (kind, sorted(facts), decision.row)


def test_a_possible_payment_order_gets_its_answer_first(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    for band, kind, _, _, facts, _, decision in decisions:
        fake = band == "high" and "fake_court_sign" in facts
        about = kind == "warning_article" and band != "high"
        if "court_reply" in facts and ("court_form" in facts or not (fake or about)):
            assert decision.stance == "answer_by_deadline", (kind, sorted(facts), decision.row)
            assert decision.topics[0] == "court_real_objection"
            assert any("2週間" in caution for caution in decision.cautions)


def test_special_delivery_overrides_everything(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    for *_, answers, decision in decisions:
        if answers.get("special_delivery") == "yes":
            assert decision.stance == "answer_by_deadline"
            assert decision.topics[0] == "court_real_objection"
            assert "fictitious_do_not_contact" not in decision.topics


def test_blackmail_is_never_answered(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    for band, kind, _, _, facts, answers, decision in decisions:
        if (
            kind == "blackmail"
            and band != "low"
            and not facts & {"thin", "not_japanese", "court_reply", "court_document", "court_form"}
        ) and not answers:
            assert decision.stance == "do_not_respond"
            assert decision.topics[0] == "blackmail_do_not_pay"


def test_paid_already_comes_first(decisions: list[tuple]) -> None:  # type: ignore[type-arg]
    for *_, facts, answers, decision in decisions:
        if answers == {"already_acted": "yes"}:
            assert decision.topics[1 if "court_reply" in facts else 0] == "already_paid"


def test_the_unknown_loan_is_disputed_in_order() -> None:
    decision = decide("low", "lender_demand", None, (), frozenset(), {"recognise": "no"})
    assert decision.stance == "verify_independently"
    assert decision.topics == (
        "dispute_creditor", "not_one_yen", "bureau_check", "police_report", "consult_desks", "no_debt_lawsuit",
    )  # fmt: skip


def test_the_score_cut_offs_part_the_bands() -> None:
    cutoffs = Cutoffs(suspicious=0.2, scam_likely=0.9)
    assert [cutoffs.band(s) for s in (0.0, 0.19, 0.2, 0.89, 0.9, 1.0)] == [
        "low",
        "low",
        "middle",
        "middle",
        "high",
        "high",
    ]


def test_the_table_names_only_what_exists() -> None:
    table = read_toml("policy.toml")
    for row in (*table["row"], *table["answer"], *table["question"]):
        assert set(row.get("kinds", ())) <= set(DOCUMENT_KINDS)
        assert set(row.get("schemes", ())) <= set(SCHEME_LABELS)
        assert set(row.get("any_flag", ())) <= flag_ids()
    assert set(table["fake_court_flags"]) <= flag_ids()
    assert len({row["id"] for row in table["row"]}) == len(table["row"])


COURT_PAPERS = [
    ("東京簡易裁判所\n令和8年(ロ)第123号\n支払督促\n債務者は金額を支払え。", {"court_document", "court_reply"}),
    ("口頭弁論期日呼出状及び答弁書催告状\n大阪地方裁判所第3民事部 書記官", {"court_document", "court_reply"}),
    ("令和7年(ル)第88号 債権差押命令 第三債務者 横浜地方裁判所", {"court_document"}),
    ("裁判員候補者名簿への記載のお知らせ 札幌地方裁判所", {"court_document"}),
    ("支払 督促\n福岡簡易裁判所\n仮 執 行 宣 言", {"court_document", "court_reply"}),
    ("訴訟最終告知のお知らせ 民間訴訟通達管理センター 訴状が提出されました", {"fake_court_sign"}),
    ("水道料金のお知らせ", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), COURT_PAPERS)
def test_facts_about_courts_are_read_from_the_text(text: str, expected: set[str]) -> None:
    reading = Reading(Notice(text, "letter"))
    red = find_red_flags(reading, Context("court_paper", suspicious=True))
    facts = facts_of(reading, red, find_green_flags(reading))
    assert facts & {"court_document", "court_reply", "fake_court_sign"} == expected
