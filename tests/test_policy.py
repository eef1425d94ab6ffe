"""The policy table: no combination may harm, answers change what to do, questions are worth their answer."""

import copy
from collections.abc import Iterator
from itertools import islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import policy
from classifier.circumstances import CIRCUMSTANCES
from classifier.errors import KnowledgeError
from classifier.guidance import GuidanceBase
from classifier.harm import BANDS, Situation, broken, possible, walk
from classifier.knowledge import flag_ids, read_toml
from classifier.policy import Cutoffs, because, decide
from classifier.vocabulary import DOCUMENT_KINDS, SCHEME_LABELS, Band, DocumentKind

BASE = GuidanceBase.load()
TABLE = read_toml("policy.toml")
QUESTIONS = sorted({question["id"] for question in TABLE["question"]})
# Of the three million situations that `scam-notice guidance --prove` walks, every 211th.
EVERY = 211


def test_no_situation_is_harmed() -> None:
    walked = 0
    for situation in islice(walk(2), None, None, EVERY):
        walked += 1
        assert broken(situation, situation.decide(), BASE) == [], situation
    assert walked > 10_000


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(BANDS),
    st.sampled_from(DOCUMENT_KINDS),
    st.sampled_from([None, *SCHEME_LABELS]),
    st.lists(st.sampled_from(sorted(flag_ids())), max_size=4, unique=True),
    st.frozensets(st.sampled_from(CIRCUMSTANCES)),
    st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(["yes", "no", "unknown"])),
)
def test_no_wild_combination_is_harmed(
    band: Band,
    kind: DocumentKind,
    scheme: str | None,
    flags: list[str],
    facts: frozenset[str],
    answers: dict[str, str],
) -> None:
    if not possible(facts):
        facts -= {"other_procedure"}
    situation = Situation(band, kind, scheme, tuple(flags), facts, tuple(sorted(answers.items())))
    assert broken(situation, situation.decide(), BASE) == []


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict]:  # type: ignore[type-arg]
    """A table that a test may spoil."""
    spoiled = copy.deepcopy(TABLE)
    for cached in (policy._outcome, policy._rows, policy._questions, policy._table_row, policy._named_flags):
        cached.cache_clear()  # type: ignore[attr-defined]
    monkeypatch.setattr(policy, "_table", lambda: spoiled)
    yield spoiled
    for cached in (policy._outcome, policy._rows, policy._questions, policy._table_row, policy._named_flags):
        cached.cache_clear()  # type: ignore[attr-defined]


def _row(table: dict, id_: str) -> dict:  # type: ignore[type-arg]
    return next(row for row in table["row"] if row["id"] == id_)


@pytest.mark.parametrize(
    ("row", "change", "situation", "rule"),
    [
        (
            "tax_genuine_looking",
            {"stance": "do_not_respond"},
            Situation("low", "tax_notice", None, (), frozenset({"demands_money", "particulars"}), ()),
            "a genuine-looking paper is never ignored",
        ),
        (
            "court_answer",
            {"topics": ["consult_desks", "court_real_objection", "dont_leave_it"]},
            Situation("low", "court_paper", None, (), frozenset({"court_document", "court_reply"}), ()),
            "a possible payment order gets its answer first",
        ),
        (
            "blackmail",
            {"stance": "verify_independently"},
            Situation("high", "blackmail", None, (), frozenset(), ()),
            "blackmail is not answered",
        ),
        (
            "tax_scam_unclear",
            {"stance": "do_not_respond"},
            Situation("high", "tax_notice", None, (), frozenset({"has_link"}), ()),
            "a lender's, collector's, lawyer's, utility's or office's paper is ignored only at a clear sign",
        ),
        (
            "bill_genuine_looking",
            {"topics": ["fictitious_do_not_contact", "consult_desks", "utility_lender_check"]},
            Situation("low", "utility_bill", None, (), frozenset({"demands_money", "particulars"}), ()),
            "nobody is told not to call who may hear from a real sender",
        ),
        (
            "bill_genuine_looking",
            {"topics": ["court_real_objection", "consult_desks", "utility_lender_check"]},
            Situation("low", "utility_bill", None, (), frozenset({"demands_money", "particulars"}), ()),
            "an objection is asked only where two weeks may run",
        ),
    ],
)
def test_a_spoiled_table_is_caught(
    table: dict,  # type: ignore[type-arg]
    row: str,
    change: dict,  # type: ignore[type-arg]
    situation: Situation,
    rule: str,
) -> None:
    assert broken(situation, situation.decide(), BASE) == []
    _row(table, row).update(change)
    policy._outcome.cache_clear()
    policy._rows.cache_clear()
    assert rule in broken(situation, situation.decide(), BASE)


def test_the_unknown_loan_is_disputed_in_order() -> None:
    for facts in (frozenset(), frozenset({"demands_money", "particulars"}), frozenset({"old_debt"})):
        decision = decide("low", "lender_demand", None, (), facts, {"recognise": "no"})
        assert decision.stance == "verify_independently"
        assert decision.topics == (
            "dispute_creditor", "not_one_yen", "bureau_check", "police_report", "consult_desks", "no_debt_lawsuit",
        )  # fmt: skip


ANSWERED = [
    # band, kind, circumstances, answers, stance, first topic
    ("high", "collector_letter", "clear_sign", {}, "do_not_respond", "fictitious_do_not_contact"),
    ("high", "collector_letter", "clear_sign", {"recognise": "yes"}, "do_not_respond", "utility_lender_check"),
    ("high", "unpaid_fee_claim", "has_link", {}, "do_not_respond", "fictitious_do_not_contact"),
    ("high", "unpaid_fee_claim", "has_link", {"recognise": "yes"}, "verify_independently", "utility_lender_check"),
    ("low", "lender_demand", "old_debt", {"recognise": "yes"}, "verify_independently", "old_debt_consult"),
    ("low", "lender_demand", "old_paper", {"recognise": "yes"}, "verify_independently", "old_debt_consult"),
    ("high", "court_paper", "fake_court_sign", {}, "do_not_respond", "fictitious_do_not_contact"),
    ("high", "court_paper", "fake_court_sign", {"court_sender": "no"}, "do_not_respond", "court_fake"),
    ("high", "court_paper", "fake_court_sign", {"court_sender": "yes"}, "answer_by_deadline", "court_paper_check"),
    ("middle", "court_paper", "court_document", {"special_delivery": "no"}, "verify_independently", "court_fake"),
    ("low", "court_paper", "court_reply", {"special_delivery": "no"}, "answer_by_deadline", "court_real_objection"),
    ("high", "court_paper", "other_procedure", {"special_delivery": "yes"}, "answer_by_deadline", "court_paper_check"),
    ("high", "account_notice", "clear_sign", {"already_acted": "yes"}, "do_not_respond", "already_paid"),
]


@pytest.mark.parametrize(("band", "kind", "fact", "answers", "stance", "first"), ANSWERED)
def test_answers_change_what_to_do(
    band: Band, kind: DocumentKind, fact: str, answers: dict[str, str], stance: str, first: str
) -> None:
    decision = decide(band, kind, None, (), {fact}, answers)
    assert (decision.stance, decision.topics[0]) == (stance, first)


def test_who_has_not_acted_is_not_told_what_to_stop() -> None:
    asked = decide("high", "account_notice", None, (), {"has_link", "clear_sign"}, {"already_acted": "no"})
    assert "already_paid" not in asked.topics


def test_every_question_is_worth_its_answer() -> None:
    asked: set[str] = set()
    for situation in islice(walk(1), None, None, 31):
        if situation.answers:
            continue
        decision = situation.decide()
        for question in decision.questions:
            asked.add(question.id)
            told = {
                (changed.stance, changed.topics[0])
                for answer in ("yes", "no")
                for changed in [decide(*_of(situation), {question.id: answer})]
            }
            assert told != {(decision.stance, decision.topics[0])}, (situation, question.id)
    assert asked == set(QUESTIONS)


def _of(situation: Situation) -> tuple:  # type: ignore[type-arg]
    return situation.band, situation.kind, situation.scheme, situation.flags, situation.facts


def test_what_is_found_in_the_text_completes_the_rows_that_leave_room() -> None:
    def found(among: object) -> tuple[str, ...]:
        return ("card_loss_stop", "fictitious_do_not_contact")

    told = decide("low", "consultation", None, (), frozenset(), {}, found)
    assert told.topics[:4] == ("card_loss_stop", "police_report", "card_reissue", "consult_desks")
    assert "fictitious_do_not_contact" not in told.topics, "only shown where it fits best"
    bill = frozenset({"demands_money", "particulars"})
    assert decide("low", "utility_bill", None, (), bill, {}, found) == decide("low", "utility_bill", None, (), bill, {})


def test_contradictions_are_dropped() -> None:
    told = decide(
        "low", "consultation", None, (), frozenset(), {}, lambda _: ("fictitious_do_not_contact", "dispute_creditor")
    )
    assert "dispute_creditor" not in told.topics


def test_a_unit_names_only_the_flags_that_call_for_it() -> None:
    flags = ["redirect_link", "credential_request", "short_deadline"]
    assert because(["do_not_open_link", "never_tell_pin", "consult_desks"], flags) == {
        "do_not_open_link": ("redirect_link", "credential_request"),
        "never_tell_pin": ("credential_request",),
        "consult_desks": (),
    }


def test_the_score_cut_offs_part_the_bands() -> None:
    cutoffs = Cutoffs(suspicious=0.2, scam_likely=0.9)
    bands = [cutoffs.band(score) for score in (0.0, 0.19, 0.2, 0.89, 0.9, 1.0)]
    assert bands == ["low", "low", "middle", "middle", "high", "high"]


def test_the_table_names_only_what_exists() -> None:
    topics = set(BASE.topics)
    for row in (*TABLE["row"], *TABLE["addition"], *TABLE["answer"], *TABLE["question"]):
        assert {*row.get("kinds", ()), *row.get("not_kinds", ())} <= set(DOCUMENT_KINDS)
        assert set(row.get("schemes", ())) <= set(SCHEME_LABELS)
        assert set(row.get("any_flag", ())) <= flag_ids()
        named = ("topics", "link_topics", "topics_first", "drop")
        assert {topic for name in named for topic in row.get(name, ())} <= topics
        assert set(row.get("related", {}).get("among", ())) <= topics
    assert {topic for chain in TABLE["chain"] for topic in chain["topics"]} <= topics
    assert {topic for pair in TABLE["contradiction"]["pairs"] for topic in pair} <= topics
    assert set(TABLE["fake_court_flags"]) <= flag_ids()
    assert set(TABLE["because"]) <= topics
    assert {flag for flags in TABLE["because"].values() for flag in flags} <= flag_ids()
    assert len({row["id"] for row in TABLE["row"]}) == len(TABLE["row"])


def test_every_row_is_reached() -> None:
    """A row that its own conditions do not reach is a rule that nobody can check."""
    for row in TABLE["row"]:
        own = product(
            row.get("band", BANDS),
            row.get("kinds", DOCUMENT_KINDS),
            row.get("schemes", [None]),
            row.get("any_flag", [""]),
        )
        facts = [frozenset({*row.get("facts", ()), also}) for also in CIRCUMSTANCES]
        assert any(
            Situation(*seen, (flag,), held, ()).decide().row == row["id"] for (*seen, flag), held in product(own, facts)
        ), row["id"]


def test_a_misspelt_circumstance_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = copy.deepcopy(TABLE)
    spoiled["row"][0]["facts"] = ["court_replies"]
    monkeypatch.setattr(policy, "read_toml", lambda _: spoiled)
    with pytest.raises(KnowledgeError, match="court_replies"):
        policy._table.__wrapped__()
