"""Measures agree with known values, and a whole report can be written from them."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from classifier import Assessor, measures
from classifier.evaluate import evaluate
from classifier.model_card import card_text
from classifier.policy import Cutoffs
from classifier.report import report_text, write_report
from classifier.robustness import robustness
from classifier.train import COSTS

RECORDS = [
    {"id": "a", "label": "scam", "channel": "sms", "scheme": "unpaid_content", "document_kind": "unpaid_fee_claim",
     "text": "有料動画の未納料金があります。本日中にご連絡なき場合、法的手続きに移行します。03-1234-5678"},
    {"id": "b", "label": "scam", "channel": "postcard", "scheme": "litigation_postcard", "document_kind": "court_paper",
     "text": "訴訟最終告知のお知らせ\n国民訴訟通達センター\n取下げ最終期日 本日"},
    {"id": "c", "label": "genuine", "channel": "email", "document_kind": "business_mail",
     "text": "明日の会議は10時からに変更になりました。資料は共有フォルダにあります。"},
    {"id": "d", "label": "genuine", "channel": "chat", "document_kind": "personal",
     "text": "昨日の飲み会、一人4,200円でした。来週でいいので渡してください。"},
]  # fmt: skip


def test_area_is_the_usual_one_with_an_interval_around_it() -> None:
    rng = np.random.default_rng(0)
    scam = rng.random(400) < 0.4
    scores = rng.normal(scam.astype(float), 1.0).round(1)
    found = measures.area(scam, scores)
    assert found is not None
    assert found["value"] == pytest.approx(roc_auc_score(scam, scores), abs=1e-4)
    assert 0.5 < found["low"] < found["value"] < found["high"] < 1.0
    assert measures.area(np.array([True, True]), np.array([0.1, 0.2])) is None


def test_the_curve_ends_where_everything_is_called_a_scam() -> None:
    curve = measures.curve(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1]))
    assert curve["recall"] == [0.5, 1.0, 1.0]
    assert curve["false_alarms"] == [0.0, 0.5, 1.0]
    assert curve["precision"][-1] == 0.5


def test_expected_cost_counts_each_wrong_verdict_once() -> None:
    scam, scores = np.array([True, True, False, False]), np.array([0.95, 0.05, 0.95, 0.5])
    assert measures.expected_cost(scam, scores, Cutoffs(suspicious=0.1, scam_likely=0.9), COSTS) == (60 + 60 + 6) / 4


def test_top_counts_only_rows_with_a_right_name() -> None:
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.3, 0.3, 0.4]])
    assert measures.top(["x", "y", None], ["x", "y", "z"], shares, 1)["hits"] == 1
    assert measures.top(["x", "y", None], ["x", "y", "z"], shares, 2) | {"low": 0, "high": 0} == {
        "hits": 2, "of": 2, "rate": 1.0, "low": 0, "high": 0
    }  # fmt: skip


def test_a_report_is_written_whole(assessor: Assessor, tmp_path: Path) -> None:
    report = evaluate(assessor, RECORDS, reasons=True)
    report["robustness"] = robustness(assessor, RECORDS)
    written = {path.name for path in write_report(report, "four", tmp_path)}
    assert {"report.txt", "report.json", "roc.png", "precision_recall.png", "reliability.png"} <= written
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["score"]["scams"] == 2
    text = report_text(report, "four")
    for part in ("four: 2 scams, 2 genuine", "robustness", "narrated", "scheme top3", "genuine scored highest"):
        assert part in text
    assert all("why" in row for rows in report["mistakes"].values() for row in rows)
    assert report["robustness"]["as written"]["recall"]["of"] == 2


def test_the_card_says_what_the_bundle_was_measured_at(assessor: Assessor) -> None:
    text = card_text(assessor.card)
    test = assessor.card["frozen_test"]
    assert f"({test['scams']} scams, {test['genuine']} genuine" in text
    assert str(test["auc"]) in text
    assert all(weakness in text for weakness in assessor.card["weaknesses"])
