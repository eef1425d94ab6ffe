"""What outlives a day: backups, an old database with rows in it, the label set."""

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from staff_pages import Browserless, staffed
from typer.testing import CliRunner

from api.commands import app
from api.store import DatabaseAhead, Store, upgrade
from api.store.api_keys import add_key, list_keys
from api.store.backup import BackupFailed, backup, restore
from api.store.cases import AuditEvent, Case, CaseText
from api.store.engine import new_engine

TEXT = "山田太郎様 【重要】未納料金がございます。本日中にご連絡なき場合、訴訟となります。090-1234-5678 {}"


def _decided(database: str) -> list[int]:
    """Six closed cases: scam, genuine, opted out, disputed, undecided, still open."""
    with staffed(database) as client:
        sato = Browserless(client, "sato")
        ids = [sato.new_case(TEXT.format(number), opt_out="1" if number == 2 else "") for number in range(6)]
        decisions = ("fictitious_billing", "other_scam", "fictitious_billing", "genuine_claim", "undecided")
        for case, disposition in zip(ids, decisions, strict=False):
            sato.post(f"/staff/cases/{case}/decision", {"version": "1", "disposition": disposition, "result": "advice"})
    return ids


def test_labels_are_decided_masked_and_only_from_the_willing(database: str, tmp_path: Path) -> None:
    ids = _decided(database)
    out = tmp_path / "labels.jsonl"
    done = CliRunner().invoke(app, ["export-labels", str(out), "--database", database])
    assert done.exit_code == 0, done.output
    assert "2 notices, version" in done.output
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(r["id"], r["label"]) for r in records] == [(f"case-{ids[0]}", "scam"), (f"case-{ids[1]}", "scam")]
    assert "山田" not in out.read_text(encoding="utf-8")
    assert "1234" not in out.read_text(encoding="utf-8")
    assert len({r["group"] for r in records}) == 1, "copies stay on one side of every split"
    manifest = json.loads((tmp_path / "labels.jsonl.manifest.json").read_text(encoding="utf-8"))
    assert manifest["labels"] == {"scam": 2}
    again = tmp_path / "again.jsonl"
    CliRunner().invoke(app, ["export-labels", str(again), "--database", database])
    assert again.read_bytes() == out.read_bytes()
    store = Store.open(database)
    with store.read() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("labels_exported") == 2
    store.close()


def test_a_backup_brings_everything_back(database: str, tmp_path: Path) -> None:
    _decided(database)
    store = Store.open(database)

    def content() -> list[object]:
        with store.read() as session:
            cases = session.execute(select(Case.id, Case.version, Case.disposition).order_by(Case.id)).all()
            texts = session.execute(select(CaseText.case_id, CaseText.text).order_by(CaseText.case_id)).all()
            events = session.execute(select(AuditEvent.id, AuditEvent.action).order_by(AuditEvent.id)).all()
        return [*cases, *texts, *events]

    before = content()
    file = tmp_path / "copy.backup"
    backup(database, file)
    with pytest.raises(BackupFailed, match="is there already"):
        backup(database, file)
    with store.write() as session:
        session.execute(update(Case).values(disposition=None))
        session.execute(text("DELETE FROM case_texts"))
    assert content() != before
    store.close()
    restore(database, file)
    assert content() == before
    store.close()


def test_a_backup_that_cannot_be_used_costs_nothing(database: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.backup"
    broken.write_bytes(b"SQLite format 3\x00 and then nothing of it")
    store = Store.open(database)
    add_key(store, "kept", ["staff"])
    store.close()
    with pytest.raises(BackupFailed):
        restore(database, broken)
    with pytest.raises(BackupFailed, match="no such backup"):
        restore(database, tmp_path / "nothing.backup")
    store = Store.open(database)
    assert [key.name for key in list_keys(store)] == ["kept"]
    if store.engine.dialect.name == "sqlite":
        newer = tmp_path / "newer.backup"
        backup(database, newer)
        engine = new_engine(f"sqlite:///{newer}")
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO alembic_version VALUES ('future')"))
        engine.dispose()
        with pytest.raises(DatabaseAhead):
            restore(database, newer)
        assert [key.name for key in list_keys(store)] == ["kept"]
    store.close()


def test_an_old_database_comes_up_with_its_rows(empty_database: str) -> None:
    """A service that ran before there were cases: its keys stand after the upgrade, and cases can be made."""
    engine = new_engine(empty_database)
    upgrade(engine, "service@head")
    add_key(Store(engine), "old", ["assess"])
    upgrade(engine)
    store = Store(engine)
    assert [key.name for key in list_keys(store)] == ["old"]
    now = dt.datetime.now(dt.UTC)
    with store.write() as session:
        session.add(AuditEvent(at=now, actor="x", action="login", case_id=None, detail={}, request_id="-"))
    engine.dispose()
