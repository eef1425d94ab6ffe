"""Must-have and harmful advice on labelled notices of the corpus, as `scam-notice evaluate FILE` prints it."""

from pathlib import Path
from typing import Any

import pytest

from classifier import Assessor
from classifier.errors import UnreadableInput
from classifier.evaluate import evaluate, read_labelled
from classifier.guidance import GuidanceBase

LABELS = Path(__file__).resolve().parent.parent / "datasets" / "guidance"
FITTED, BLIND = LABELS / "labels.jsonl", LABELS / "labels-blind.jsonl"
TOPICS = set(GuidanceBase.load().topics)


@pytest.fixture(scope="module")
def records() -> dict[Path, list[dict[str, Any]]]:
    return {path: read_labelled(path) for path in (FITTED, BLIND)}


def test_the_labels_name_notices_of_the_corpus(records: dict[Path, list[dict[str, Any]]]) -> None:
    assert {path: len(rows) for path, rows in records.items()} == {FITTED: 200, BLIND: 60}
    assert {row["split"] for row in records[FITTED]} == {"train"}
    assert {row["split"] for row in records[BLIND]} == {"test"}
    for row in (row for rows in records.values() for row in rows):
        wanted = {topic for must in row["topics_must"] for topic in must.split("|")}
        assert wanted <= TOPICS
        assert set(row["topics_bad"]) <= TOPICS
        assert not wanted & set(row["topics_bad"]), row["id"]


@pytest.mark.parametrize(("path", "must", "stance", "ignored"), [(FITTED, 0.97, 0.95, 0), (BLIND, 0.95, 0.9, 1)])
def test_what_must_be_said_is_said_first(
    path: Path, must: float, stance: float, ignored: int, records: dict[Path, list[dict[str, Any]]], assessor: Assessor
) -> None:
    report = evaluate(assessor, records[path])
    assert report["guidance"]["harmful_shown"] == []
    assert report["guidance"]["must_in_first_three"]["rate"] >= must
    assert report["stance"]["accepted"]["rate"] >= stance
    assert len(report["stance"]["do_not_respond_on_genuine"]) <= ignored


def test_a_label_for_no_notice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "no-such-1", "topics_must": []}\n', encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"labels.jsonl:1: no text, and the corpus has no notice 'no-such-1'"):
        read_labelled(path)
