"""Campaigns as people change them, on both databases: every change can be taken back, and nothing is lost by it."""

import contextlib
import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, select, text
from sqlalchemy.exc import DBAPIError
from staff_pages import Browserless
from starlette.testclient import TestClient

from api.staff import campaign_changes
from api.staff.audit import COMMAND_LINE
from api.staff.campaigns import campaign_line
from api.staff.errors import NothingToUndo
from api.store import Store
from api.store.cases import AuditEvent, Campaign, CampaignChange, Case

DRAWN = "【{}】未納料金が{}円あります。{}までにお支払いがない場合、訴訟手続きに移行します。連絡先 {}"
PARCEL = "宅配便です。お荷物をお届けにあがりましたが不在のため持ち帰りました。{}日までにご確認ください"


@pytest.fixture
def sato(staff_client: TestClient) -> Browserless:
    """Logged in; campaign 1 has the cases 1 to 3, campaign 2 the cases 4 and 5."""
    person = Browserless(staff_client, "sato")
    for parts in (
        ("大手サイト", "12,000", "11月24日", "03-0000-1111"),
        ("大手サイト", "298,000", "12月1日", "050-0000-2222"),
        ("有料動画", "49,800", "11月30日", "03-0000-3333"),
    ):
        person.new_case(DRAWN.format(*parts))
    for day in (3, 5):
        person.new_case(PARCEL.format(day))
    return person


def _store(staff_client: TestClient) -> Store:
    return staff_client.app.state.store  # type: ignore[attr-defined,no-any-return]


def _state(store: Store) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """Everything that undoing must bring back."""
    with store.read() as session:
        cases = session.execute(select(Case.id, Case.campaign_id, Case.campaign_reason).order_by(Case.id)).all()
        named = session.execute(
            select(Campaign.id, Campaign.name, Campaign.known, Campaign.merged_into).order_by(Campaign.id)
        ).all()
    return cases, named


def _last(store: Store) -> int:
    with store.read() as session:
        return session.scalars(select(CampaignChange.id).order_by(CampaignChange.id.desc())).first() or 0


@pytest.mark.parametrize(
    ("path", "fields", "shows"),
    [("/staff/campaigns/1/name", {"name": "未納SMS"}, "名前: なし → 未納SMS"),
     ("/staff/campaigns/1/known", {}, "確認ずみにしました"),
     ("/staff/campaigns/2/merge", {"into": "1"}, "まとまり2をここに入れました(2件)"),
     ("/staff/campaigns/1/split", {"case": ["1"]}, "1件を外しました")],
)  # fmt: skip
def test_whatever_is_done_is_undone_and_done_again(
    staff_client: TestClient, sato: Browserless, path: str, fields: dict[str, object], shows: str
) -> None:
    store = _store(staff_client)
    before = _state(store)
    assert sato.post(path, fields).status_code == 303
    done = _state(store)
    assert done != before
    assert shows in sato.get("/staff/campaigns/1").text
    tanaka = Browserless(staff_client, "tanaka")
    change = _last(store)
    answer = tanaka.post("/staff/campaigns/1/undo", {"change": str(change)})
    assert answer.status_code == 303
    assert _state(store) == before
    page = tanaka.get(answer.headers["location"]).text
    assert "取り消し済み" in page
    assert "tanakaさんが取り消しました" in page
    assert tanaka.post("/staff/campaigns/1/undo", {"change": str(change)}).status_code == 409
    assert tanaka.post("/staff/campaigns/1/undo", {"change": str(_last(store))}).status_code == 303
    assert _state(store) == done, "an undo can be undone"
    with store.read() as session:
        of_campaigns = select(AuditEvent.action, AuditEvent.actor).where(AuditEvent.action.like("campaign%"))
        rows = session.execute(of_campaigns.order_by(AuditEvent.id)).all()
    assert [tuple(row) for row in rows] == [
        ("campaign_changed", "user:sato"), ("campaign_undone", "user:tanaka"), ("campaign_undone", "user:tanaka"),
    ]  # fmt: skip


def test_a_split_is_undone_and_its_number_still_leads_somewhere(staff_client: TestClient, sato: Browserless) -> None:
    store = _store(staff_client)
    founded = sato.post("/staff/campaigns/1/split", {"case": ["1", "2"]}).headers["location"].partition("?")[0]
    assert "まとまり1から分けました(2件)" in sato.get(founded).text
    sato.post(f"{founded}/undo", {"change": str(_last(store))})
    assert "全3件" in sato.get("/staff/campaigns/1").text
    assert sato.get(founded).headers["location"] == "/staff/campaigns/1"


def test_what_came_since_a_merge_stays(staff_client: TestClient, sato: Browserless) -> None:
    store = _store(staff_client)
    sato.post("/staff/campaigns/2/merge", {"into": "1"})
    merged = _last(store)
    late = sato.new_case(DRAWN.format("有料動画", "1,000", "12月3日", "03-0000-4444"))
    sato.post("/staff/campaigns/1/undo", {"change": str(merged)})
    with store.read() as session:
        assert campaign_line(session, 1).count == 4
        assert campaign_line(session, 2).count == 2
        assert session.get_one(Case, late).campaign_id == 1


def test_nothing_newer_is_trodden_on(staff_client: TestClient, sato: Browserless) -> None:
    store = _store(staff_client)
    sato.post("/staff/campaigns/1/name", {"name": "先の名前"})
    first = _last(store)
    sato.post("/staff/campaigns/1/name", {"name": "後の名前"})
    late = sato.post("/staff/campaigns/1/undo", {"change": str(first)})
    assert late.status_code == 409
    assert "新しい変更から先に取り消してください" in late.text
    assert sato.post("/staff/campaigns/2/undo", {"change": str(first)}).status_code == 409, "another campaign's change"
    sato.post("/staff/campaigns/2/merge", {"into": "1"})
    merged = _last(store)
    sato.post("/staff/campaigns/1/split", {"case": ["4"]})
    assert sato.post("/staff/campaigns/1/undo", {"change": str(merged)}).status_code == 409, "case 4 has left since"
    assert sato.post("/staff/campaigns/1/undo", {"change": "x"}).status_code == 409


ACTS = st.tuples(
    st.sampled_from(["name", "known", "merge", "split"]), st.integers(1, 4), st.integers(1, 4),
    st.sets(st.integers(1, 8), min_size=1),
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(acts=st.lists(ACTS, min_size=1, max_size=8))
def test_any_row_of_changes_undone_from_the_last_is_as_if_nothing_was(
    sqlite_template: Path, acts: list[tuple[str, int, int, set[int]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "campaigns.sqlite3")
        with contextlib.closing(Store.open(f"sqlite:///{folder}/campaigns.sqlite3")) as store:
            _do_and_undo(store, acts)


def _do_and_undo(store: Store, acts: list[tuple[str, int, int, set[int]]]) -> None:
    now = dt.datetime.now(dt.UTC)
    with store.write() as session:
        session.add_all(Campaign(id=number, name="", known=False, created_at=now) for number in range(1, 5))
        session.flush()
        session.add_all(
            Case(id=number, status="open", created_at=now, updated_at=now, created_by="x", channel="sms", happened=[],
                 vulnerable=False, opt_out=False, summary="", score=0.5, verdict="suspicious", stance="nothing_special",
                 document_kind="other", court=False, harm_key=1, note="", review="none", blind=False,
                 campaign_id=(number + 1) // 2, campaign_reason="本文87%一致")
            for number in range(1, 9)
        )  # fmt: skip
    before = _state(store)
    for kind, one, other, cases in acts:
        with store.write() as session:
            if kind == "name":
                campaign_changes.rename(session, COMMAND_LINE, one, f"名前{other}")
            elif kind == "known":
                campaign_changes.mark_known(session, COMMAND_LINE, one)
            elif kind == "merge":
                campaign_changes.merge(session, COMMAND_LINE, one, other)
            else:
                campaign_changes.split(session, COMMAND_LINE, one, sorted(cases))
    with store.read() as session:
        done = session.execute(
            select(CampaignChange.id, CampaignChange.campaign_id).order_by(CampaignChange.id.desc())
        ).all()
        assert session.scalar(select(Case.id).join(Campaign).where(Campaign.merged_into.is_not(None))) is None
    for change, campaign in done:
        with store.write() as session:
            campaign_changes.undo(session, COMMAND_LINE, campaign, change)
    cases_now, campaigns_now = _state(store)
    assert cases_now == before[0]
    assert campaigns_now[:4] == before[1], "and a campaign that a split founded has gone back into the first"
    assert all(line.merged_into for line in campaigns_now[4:])


@pytest.mark.parametrize("verb", ["UPDATE campaign_changes SET kind = 'x'", "DELETE FROM campaign_changes"])
def test_the_database_itself_keeps_these_changes(staff_client: TestClient, sato: Browserless, verb: str) -> None:
    sato.post("/staff/campaigns/1/known")
    with pytest.raises(DBAPIError, match="only grows"), _store(staff_client).write() as session:
        session.execute(text(verb))


def test_a_change_that_is_not_there(store: Store) -> None:
    with pytest.raises(NothingToUndo), store.write() as session:
        campaign_changes.undo(session, COMMAND_LINE, 1, 1)
