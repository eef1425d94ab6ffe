"""The twelve acceptance texts, through command line and HTTP alike. They are never trained on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from classifier import Assessor

EXAMPLES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "acceptance.jsonl").read_text(encoding="utf-8").splitlines()
]


def check(case: dict[str, Any], result: dict[str, Any]) -> None:
    topics = [unit["topic"] for unit in result["guidance"]]
    if case["expect"] == "scam_likely":
        assert result["verdict"] == "scam_likely"
        assert result["stance"] == "do_not_respond"
        assert result["red_flags"], "a scam without a reason persuades nobody"
    else:
        assert result["verdict"] != "scam_likely"
        assert result["stance"] != "do_not_respond"
        assert "fictitious_do_not_contact" not in topics or result["document_kind"] == "consultation"
    if case["expect"] == "verify, never ignore":
        assert result["stance"] in ("verify_independently", "answer_by_deadline")
    if case["id"] == "x06":
        assert result["stance"] == "answer_by_deadline"
        assert topics[0] == "court_real_objection"
        assert any("2週間" in step for step in result["guidance"][0]["steps"])
    for flag in result["red_flags"]:
        for span in flag["spans"]:
            assert case["text"][span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["id"])
def test_by_command_line(case: dict[str, Any]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "classifier", "assess", "-", "--channel", case["channel"], "--json"],
        input=case["text"], capture_output=True, text=True, check=True, encoding="utf-8",
    )  # fmt: skip
    check(case, json.loads(done.stdout))


@pytest.fixture(scope="module")
def client(assessor: Assessor) -> Any:
    with TestClient(create_app(Settings(), assessor)) as client:
        yield client


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["id"])
def test_by_http(case: dict[str, Any], client: TestClient) -> None:
    answer = client.post("/v1/assessments", json={"text": case["text"], "channel": case["channel"]})
    assert answer.status_code == 200
    check(case, answer.json())
