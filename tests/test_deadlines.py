"""The day by which a payment order must be answered, and what is said when it has passed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Assessor, Notice
from classifier.deadlines import deadline_for, objection_deadline

ORDER = (
    "東京簡易裁判所\n令和8年(ロ)第123号\n支払督促\n債務者は債権者に金120,000円を支払え。督促異議申立書を同封します。"
)


@pytest.mark.parametrize(
    ("received", "deadline"),
    [
        ("2026-11-02", "2026-11-16"),  # a Monday, nothing in the way
        ("2026-11-06", "2026-11-20"),  # a Friday
        ("2026-11-07", "2026-11-24"),  # Saturday 21, Sunday 22, 勤労感謝の日 23
        ("2026-11-08", "2026-11-24"),  # Sunday
        ("2026-11-09", "2026-11-24"),  # 勤労感謝の日
        ("2026-04-15", "2026-04-30"),  # 昭和の日
        ("2026-04-19", "2026-05-07"),  # 憲法記念日 on a Sunday: 振替休日 on 6 May
        ("2026-09-07", "2026-09-24"),  # 敬老の日, 国民の休日, 秋分の日
        ("2026-12-14", "2026-12-28"),  # the last working day of the year
        ("2026-12-15", "2027-01-04"),  # 29 December
        ("2026-12-18", "2027-01-04"),  # New Year's Day
        ("2026-12-20", "2027-01-04"),  # 3 January, a Sunday
        ("2026-12-21", "2027-01-04"),
        ("2027-12-16", "2028-01-04"),  # 30 December
        ("2024-02-15", "2024-02-29"),  # leap day
    ],
)
def test_objection_deadline(received: str, deadline: str) -> None:
    assert objection_deadline(date.fromisoformat(received)) == date.fromisoformat(deadline)


def test_objection_deadline_is_never_early_nor_far() -> None:
    day = date(2024, 1, 1)
    previous = objection_deadline(day)
    while day < date(2029, 1, 1):
        deadline = objection_deadline(day)
        assert timedelta(days=14) <= deadline - day <= timedelta(days=24)
        assert deadline >= previous
        assert deadline.weekday() < 5
        previous, day = deadline, day + timedelta(days=1)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 1)), st.integers(0, 400))
def test_a_deadline_has_passed_only_after_its_last_day(received: date, later: int) -> None:
    read_on = received + timedelta(days=later)
    deadline = deadline_for(received, read_on)
    assert deadline.passed == (read_on > deadline.day)
    assert deadline.moved == (deadline.day != received + timedelta(days=14))


@pytest.mark.parametrize(
    ("received", "read_on", "says", "says_not"),
    [
        ("2026-11-02", "2026-11-03", ["2026年11月16日(月)です", "民事訴訟法391条", "民法140条"], ["95条3項", "過ぎて"]),
        ("2026-11-07", "2026-11-08", ["2026年11月24日(火)です", "民事訴訟法95条3項"], ["過ぎて"]),
        ("2026-11-02", "2026-11-16", ["2026年11月16日(月)です"], ["過ぎて"]),
        ("2026-11-02", "2026-11-17", ["2026年11月16日(月)でした", "過ぎていても", "裁判所に電話"], []),
    ],
)
def test_the_sentence_names_day_weekday_and_rule(
    received: str, read_on: str, says: list[str], says_not: list[str]
) -> None:
    sentence = deadline_for(date.fromisoformat(received), date.fromisoformat(read_on)).sentence
    assert [words for words in says if words not in sentence] == []
    assert [words for words in says_not if words in sentence] == []


@pytest.mark.parametrize(
    ("day", "topics"),
    [
        ("2026-11-10", ["court_real_objection", "court_paper_check"]),
        ("2026-12-10", ["court_real_objection", "court_deadline_passed"]),
    ],
)
def test_a_passed_deadline_leads_to_what_remains(assessor: Assessor, day: str, topics: list[str]) -> None:
    notice = Notice(ORDER, "letter", received_on=date(2026, 11, 2))
    [told] = assessor.assess_many([notice], read_on=date.fromisoformat(day))
    assert [unit.topic for unit in told.guidance][:2] == topics
    assert told.stance == "answer_by_deadline"
    assert "2026年11月16日(月)" in told.cautions[0]
    assert told.answer_by is not None
    assert (told.answer_by.day, told.answer_by.passed) == ("2026-11-16", day > "2026-11-16")
    assert told.to_dict()["answer_by"]["text"] == told.cautions[0]


def test_the_day_of_reading_moves_neither_score_nor_verdict(assessor: Assessor) -> None:
    notice = Notice(ORDER, "letter", received_on=date(2026, 11, 2))
    early, late = (assessor.assess_many([notice], read_on=date(2026, month, 10))[0] for month in (11, 12))
    assert (early.score, early.verdict, early.policy) == (late.score, late.verdict, late.policy)


@pytest.mark.parametrize("received", [date(2026, 12, 1), date.max])
def test_a_day_that_has_not_come_gives_no_deadline(assessor: Assessor, received: date) -> None:
    notice = Notice(ORDER, "letter", received_on=received)
    [told] = assessor.assess_many([notice], read_on=date(2026, 11, 2))
    assert told.guidance[0].topic == "court_real_objection"
    assert told.answer_by is None
