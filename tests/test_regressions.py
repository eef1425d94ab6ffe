"""Every mistake that was mended is a row in `regressions.jsonl` and stays mended."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifier import Assessor

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "regressions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["issue"])
def test_it_stays_mended(row: dict[str, Any], assessor: Assessor) -> None:
    result = assessor.assess(row["text"], channel=row["channel"])
    topics = [unit.topic for unit in result.guidance]
    assert result.stance in row["stance"], result.policy
    assert topics[0] == row.get("first_topic", topics[0])
    assert result.verdict != row.get("not_verdict")
    assert not {flag.id for flag in result.red_flags} & set(row.get("not_flags", ()))
    assert not set(topics) & set(row.get("not_topics", ()))
    assert set(row.get("topics", ())) <= set(topics)
