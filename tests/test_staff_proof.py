"""A small sample of the long proofs (`make staff-proof`), and the plans by which the queue stays quick."""

import pytest
from sqlalchemy import text
from staff_proof import interleavings, kills

from api.staff import listing
from api.store import Store


def test_no_update_is_lost_in_random_order(database: str) -> None:
    assert "none lost" in interleavings(database, 3, seed=7)


def test_a_killed_process_loses_nothing_acknowledged(database: str) -> None:
    assert "all there and whole" in kills(database, 2, seed=7)


VIEWS = [
    *listing.VIEWS.values(),
    listing.Filter(q="未納"),
    listing.Filter(q="未納 督促"),
    listing.Filter(q="督促", sort="newest"),
    listing.Filter(q="督促", sort="oldest"),
    listing.Filter(disposition="other_scam"),
    listing.Filter(campaign=1, sort="newest"),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(listing.query_string(view)))
def test_every_list_is_read_off_an_index_in_its_order(store: Store, view: listing.Filter) -> None:
    asked = listing.everything(view).limit(50)
    compiled = asked.compile(store.engine, compile_kwargs={"literal_binds": True})
    with store.read() as session:
        plan = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
    assert not [step for step in plan if step in ("SCAN cases", "SCAN case_words")] or view.sort != "harm", plan
