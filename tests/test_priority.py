"""Harm first: one table of cases, each pair in the order in which a counsellor must see them."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.staff.placing import deadline_of
from api.staff.priority import Facts, priority

UNKNOWN = "裁判所の書類かもしれません。届いた日を聞いて、期限を確かめます"
TODAY = dt.date(2026, 11, 22)


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


def case(score: float = 0.5, came: int = 0, **known: object) -> Facts:
    return Facts(came_on=day(came), score=score, **known)  # type: ignore[arg-type]


# Most urgent first; every line is a case that must stand above the next.
IN_ORDER = [
    ("court deadline passed yesterday", case(0.02, court=True, deadline=day(-1))),
    ("court deadline today, score low", case(0.01, court=True, deadline=day(0))),
    ("court deadline in 3 days, signs of a scam", case(0.99, court=True, deadline=day(3), stance="do_not_respond")),
    ("court paper of yesterday, day of receipt unknown", case(0.03, came=3, court=True)),
    ("court deadline in 7 days", case(0.01, court=True, deadline=day(7))),
    ("tax notice, last day tomorrow", case(0.01, deadline=day(1))),
    ("tax notice, 3 days left", case(0.3, deadline=day(3))),
    ("pays today", case(0.9, pay_on=day(0))),
    ("pays in 3 days", case(0.99, pay_on=day(3))),
    ("has paid", case(0.5, came=-1, happened=["called", "paid"])),
    ("has entered data, came later", case(0.99, happened=["entered_data"])),
    ("80 years old", case(0.9, age_band="80s")),
    ("lives alone and cannot read it", case(0.2, vulnerable=True)),
    ("court deadline in 12 days, score low", case(0.01, court=True, deadline=day(12))),
    ("scam without haste", case(0.98, age_band="30s")),
    ("scam that says 本日中", case(0.97, deadline=day(0), stance="do_not_respond")),
    ("less likely", case(0.4)),
    ("nothing in it", case(0.01, happened=["nothing"])),
    ("closed court paper", case(0.99, court=True, deadline=day(0), closed=True)),
]


@pytest.mark.parametrize(("above", "below"), list(pairwise(IN_ORDER)), ids=lambda line: line[0])
def test_harm_comes_first(above: tuple[str, Facts], below: tuple[str, Facts]) -> None:
    assert priority(above[1], TODAY).key < priority(below[1], TODAY).key


@pytest.mark.parametrize(
    ("facts", "rank", "reason"),
    [
        (case(0.01, court=True, deadline=day(3)), 1, "裁判所の書類かもしれません。期限まであと3日(11月25日)"),
        (case(0.01, court=True, deadline=day(-2)), 1, "裁判所の書類かもしれません。期限を2日すぎています(11月20日)"),
        (case(0.01, deadline=day(-400)), 7, "急ぐしるしはありません"),
        (case(0.01, court=True, deadline=day(-400)), 1, UNKNOWN),
        (case(0.01, court=True), 1, UNKNOWN),
        (case(0.1, deadline=day(0)), 2, "書類の期限は今日(11月22日)"),
        (case(0.9, pay_on=day(1), happened=["paid"], age_band="70s"), 3,
         "お金が動く予定まであと1日(11月23日)。もう払いました。70歳以上です"),
        (case(0.9, happened=["about_to_pay"]), 3, "これから払う予定です"),
        (case(0.9, pay_on=day(9), vulnerable=True), 5, "見守りが要ります"),
        (case(0.93), 7, "詐欺の見込み 約93%"),
        (case(0.2), 7, "急ぐしるしはありません"),
        (case(0.2, closed=True), 9, "完了しました"),
    ],
)  # fmt: skip
def test_the_reason_is_in_words(facts: Facts, rank: int, reason: str) -> None:
    found = priority(facts, TODAY)
    assert (found.rank, found.reason) == (rank, reason)


_FACTS = st.builds(
    Facts,
    came_on=st.integers(-400, 0).map(day),
    score=st.floats(0, 1),
    court=st.booleans(),
    stance=st.sampled_from(["do_not_respond", "verify_independently", "answer_by_deadline", "nothing_special"]),
    deadline=st.none() | st.integers(-30, 40).map(day),
    happened=st.lists(st.sampled_from(["nothing", "called", "paid", "entered_data", "about_to_pay"]), max_size=3),
    pay_on=st.none() | st.integers(-10, 40).map(day),
    age_band=st.sampled_from([None, "20s", "80s"]),
    vulnerable=st.booleans(),
)


@given(_FACTS)
def test_no_score_puts_anything_above_a_near_court_deadline(other: Facts) -> None:
    near = Facts(came_on=TODAY, score=0.0, court=True, deadline=TODAY)
    if not other.court:
        assert priority(near, TODAY).key < priority(other, TODAY).key


@given(_FACTS, st.integers(0, 40))
def test_a_place_changes_on_the_day_it_says_and_not_before(facts: Facts, later: int) -> None:
    found = priority(facts, TODAY)
    if found.until is None or day(later) < found.until:
        assert priority(facts, day(later)).key == found.key
    assert found.until is None or found.until > TODAY


@given(_FACTS, st.integers(0, 40))
def test_waiting_never_moves_a_case_down(facts: Facts, later: int) -> None:
    assert priority(facts, day(later)).rank <= priority(facts, TODAY).rank


@pytest.mark.parametrize(
    ("phrases", "received", "expected"),
    [
        (["令和8年11月24日まで", "11月30日必着"], day(-2), day(2)),
        (["期日:令和8年12月1日"], day(0), dt.date(2026, 12, 1)),
        (["1月10日まで"], dt.date(2026, 12, 20), dt.date(2027, 1, 10)),
        (["12月28日まで"], dt.date(2027, 1, 4), dt.date(2026, 12, 28)),
        (["２０２６年１２月５日(土)まで"], day(0), dt.date(2026, 12, 5)),
        (["本日中"], day(0), day(0)),
        (["明日12時まで"], day(0), day(1)),
        (["翌営業日まで"], day(0), day(2)),  # Sunday; Monday is 勤労感謝の日
        (["24時間以内"], day(0), day(1)),
        (["36時間以内"], day(0), day(2)),
        (["3日以内"], day(0), day(3)),
        (["2週間以内"], day(0), day(14)),
        (["今月末まで"], day(0), dt.date(2026, 11, 30)),
        (["13月40日まで"], day(0), None),
        (["2月30日まで"], day(0), None),
        (["至急"], day(0), None),
        ([], day(0), None),
        (["11月1日まで", "11月10日まで"], day(0), dt.date(2026, 11, 10)),
        (["令和元年5月1日まで"], day(0), dt.date(2019, 5, 1)),
    ],
)
def test_phrases_become_days(phrases: list[str], received: dt.date, expected: dt.date | None) -> None:
    assert deadline_of("。".join(phrases), received) == expected
