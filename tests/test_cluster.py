"""The same work on a Dask cluster: the same bytes, a lost worker costs time and no rows, strangers are refused."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster

from classifier import Assessor, batch, workers
from classifier.batch import assess_file, work_of
from classifier.chunks import assess_batches, batches_schema
from classifier.columns import Columns
from classifier.errors import BundleMismatch, ClusterUnreachable
from classifier.records import Summary
from classifier.result import Versions
from classifier.workers import dask

SCAM = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。"
TEXTS = [SCAM, "明日の会議は10時からに変わりました。", "", "お荷物のお届けにあがりましたが不在の為持ち帰りました。"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as local:
        yield local


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    rows = [{"no": n, "text": f"{TEXTS[n % 4]}{n or ''}" if n % 4 != 2 else "", "channel": "sms"} for n in range(600)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_worker_lost_midway_costs_no_row(
    cluster: LocalCluster, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 20)
    alone, together = source.with_name("alone.jsonl"), source.with_name("together.jsonl")
    expected = assess_file(source, alone, work_of(Columns()))
    killed: list[int] = []

    def kill_one(so_far: Summary) -> None:
        if so_far.rows >= 100 and not killed:
            with Client(cluster.scheduler_address) as client:
                killed.extend(list(client.run(os.getpid).values())[:1])
            os.kill(killed[0], signal.SIGKILL)

    summary = assess_file(
        source, together, work_of(Columns()), engine=lambda: dask(cluster.scheduler_address), progress=kill_one
    )
    assert killed
    assert together.read_bytes() == alone.read_bytes()
    assert summary == expected
    assert (summary.rows, summary.errors) == (600, 150)


def test_from_the_shell(cluster: LocalCluster, source: Path) -> None:
    target = source.with_name("out.parquet")
    command = [sys.executable, "-m", "classifier", "batch", str(source), str(target), "--dask"]
    done = subprocess.run([*command, cluster.scheduler_address], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(target, columns=["no"])["no"].to_pylist() == list(range(600))


def test_a_worker_with_another_model_is_refused(cluster: LocalCluster, source: Path) -> None:
    work = replace(work_of(Columns()), versions=Versions("another", "rules", "guidance"))
    with pytest.raises(BundleMismatch, match="on every worker"):
        assess_file(source, source.with_name("out.jsonl"), work, engine=lambda: dask(cluster.scheduler_address))


def test_record_batches_in_and_out(cluster: LocalCluster, assessor: Assessor) -> None:
    """What Spark's mapInArrow takes as it is; here on Dask's workers."""
    work = work_of(Columns("本文", "sms"), shape="flat")
    table = pa.table({"番号": [1, 2, 3, 4], "本文": TEXTS, "score": ["a", "b", "c", "d"]})
    with Client(cluster.scheduler_address) as client:
        futures = client.map(_assessed, [(work, part) for part in table.to_batches(max_chunksize=3)], pure=False)
        out = pa.Table.from_batches([part for parts in client.gather(futures) for part in parts])
    assert out.schema.equals(batches_schema(work, table.schema))
    assert out.select(table.column_names).equals(table)
    rows: list[dict[str, Any]] = out.to_pylist()
    assert rows[0]["assessed_score"] == assessor.assess(SCAM, channel="sms").score
    assert [row["error"] is None for row in rows] == [True, True, False, True]
    assert list(assess_batches(work, [])) == []


def _assessed(work_and_batch: Any) -> list[pa.RecordBatch]:
    work, part = work_and_batch
    return list(assess_batches(work, [part]))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere"])
def test_nobody_answers(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_CONNECT_SECONDS", 1)
    with pytest.raises(ClusterUnreachable, match="check address"), dask(address):
        pass


def test_a_scheduler_without_workers_is_said_at_once() -> None:
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(ClusterUnreachable, match="no workers"),
        dask(empty.scheduler_address),
    ):
        pass
