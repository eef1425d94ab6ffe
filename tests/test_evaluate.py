"""Figures: counts beside rates, intervals, and the audits that keep the corpus honest."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier import Assessor, audit, corpus
from classifier.audit import Text
from classifier.errors import UnreadableInput
from classifier.evaluate import read_labelled
from classifier.flag_measures import flag_report
from classifier.measures import calibration_error, figures, interval, rate
from classifier.policy import Cutoffs
from classifier.result import RedFlag, Span


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 300, 0.0, 0.0127), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_interval(hits: int, total: int, low: float, high: float) -> None:
    assert interval(hits, total) == pytest.approx((low, high), abs=1e-3)


def test_a_rate_of_nothing_has_no_value() -> None:
    assert rate(0, 0)["rate"] is None


def test_figures_of_a_perfect_ranking() -> None:
    scam = np.array([True] * 5 + [False] * 5)
    scores = np.array([0.99, 0.98, 0.97, 0.96, 0.5, 0.4, 0.3, 0.02, 0.01, 0.0])
    found = figures(scam, scores, Cutoffs(suspicious=0.2, scam_likely=0.9))
    assert found["auc"] == 1.0
    assert found["scam_likely_on_scams"]["hits"] == 4
    assert found["suspicious_or_more_on_genuine"]["hits"] == 2
    assert found["scam_likely_on_genuine"]["hits"] == 0


def test_calibration_error() -> None:
    assert calibration_error(np.array([True, False] * 50), np.full(100, 0.5)) == pytest.approx(0.0)
    assert calibration_error(np.array([False] * 10), np.full(10, 1.0)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no record"),
        ("{", ":1: not JSON"),
        ('{"text": "x"}', ":1: needs"),
        ('{"text": "x", "label": "spam"}', ":1: needs"),
    ],
)
def test_a_labelled_file_that_is_none_is_named(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(UnreadableInput, match=says):
        read_labelled(path)


def record(number: int, text: str, group: str) -> str:
    return json.dumps(
        {"id": f"t-{number}", "label": "genuine", "channel": "sms", "document_kind": "other", "author": "t",
         "text": text, "group": group}
    )  # fmt: skip


def test_near_copies_across_groups_are_found(tmp_path: Path) -> None:
    one = "本日は雨のため運動会を来週の日曜日に延期いたします。持ち物は同じです。"
    path = tmp_path / "x.jsonl"
    path.write_text(
        "\n".join(
            [
                record(1, one, "a"),
                record(2, one + "お弁当も。", "b"),
                record(3, one, "a"),
                record(4, "別の話です。", "c"),
            ]
        )
    )
    pairs = audit.near_copies(corpus.read_authored([path]))
    assert {frozenset(pair[:2]) for pair in pairs} == {frozenset({"t-1", "t-2"}), frozenset({"t-2", "t-3"})}


def test_habits_that_mark_the_label_are_seen() -> None:
    tidy = [Text(f"お知らせです。\n\n{n}件あります。\n\n以上です。", False, "email", f"g{n}") for n in range(80)]
    dense = [Text(f"お知らせです{n}件あります以上です", True, "email", f"s{n}") for n in range(80)]
    mixed = [Text(t.text, n % 2 == 0, "sms", t.group) for n, t in enumerate(tidy + dense)]
    found = audit.habits(tidy + dense + mixed)
    assert found["email"]["auc"] > 0.95
    assert found["sms"]["auc"] < 0.65


def test_the_corpus_has_no_near_copies() -> None:
    assert audit.near_copies(corpus.read_authored()) == []


def shown(flag: str, *spans: tuple[int, int], severity: str = "strong") -> RedFlag:
    return RedFlag(flag, flag, severity, "", tuple(Span(a, b, "x" * (b - a)) for a, b in spans))  # type: ignore[arg-type]


def test_flags_are_measured_by_place_and_by_absence(assessor: Assessor) -> None:
    plain = assessor.assess("本日中にお支払いください。", channel="sms")
    found = [
        replace(plain, red_flags=(shown("short_deadline", (0, 4), (10, 12)), shown("no_creditor")), cancelled_flags=()),
        replace(plain, red_flags=(shown("lookalike_domain", (0, 9)), shown("sender_mismatch", (3, 9)))),
    ]
    records = [
        {"label": "scam", "flags": [mark("short_deadline", 2, 6), mark("no_creditor"), mark("no_amount")]},
        {"label": "genuine", "flags": [mark("seizure_threat", 0, 3)]},
    ]
    report = flag_report(records, found, {"short_deadline": "medium"})
    rows = report["per_flag"]
    assert [rows["short_deadline"][name] for name in ("right", "wrong", "missed", "shown_in")] == [1, 1, 0, 1]
    assert rows["short_deadline"]["overlap"] == pytest.approx(2 / 6, abs=0.001)
    assert (rows["no_creditor"]["right"], rows["no_amount"]["missed"], rows["seizure_threat"]["missed"]) == (1, 1, 1)
    assert rows["lookalike_domain"]["conflicts"] == rows["sender_mismatch"]["conflicts"] == 1
    assert report["precision"]["hits"] == 2
    assert report["strong_on_genuine"]["hits"] == 1


def mark(flag: str, start: int | None = None, end: int | None = None) -> dict[str, object]:
    return {"flag": flag, "start": start, "end": end}
