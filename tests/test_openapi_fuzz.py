"""schemathesis over the whole OpenAPI: no 5xx, no undocumented answer. `make fuzz` runs the same for long."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from api_double import JudgeDouble
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from api import Settings, create_app
from api.access import Keys
from api.problems import MEDIA_TYPE
from api.store import Store
from api.store.api_keys import add_key

EXAMPLES = int(os.environ.get("SCAM_NOTICE_FUZZ_EXAMPLES", "15"))
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


@schemathesis.serializer("application/jsonl")
def json_lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


OPERATIONS = [
    "POST /v1/assessments",
    "POST /v1/assessments/batch",
    "POST /v1/assessments/stream",
    "POST /v1/assessments/file",
    "GET /v1/red-flags",
    "GET /v1/guidance",
    "GET /v1/model",
    "GET /livez",
    "GET /readyz",
    "GET /metrics",
    "POST /v1/cases",
    "GET /v1/cases",
    "GET /v1/cases/export",
    "GET /v1/cases/{case_id}",
    "PATCH /v1/cases/{case_id}",
    "GET /v1/cases/{case_id}/history",
    "GET /v1/campaigns",
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    url = f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'fuzz.sqlite3'}"
    made = create_app(
        Settings(_env_file=None, database=url, rate_per_address=0, rate_per_key=0, opt_in=True), JudgeDouble()
    )
    made.state.store = Store.open(url)
    made.state.keys = Keys(made.state.store)
    yield made
    made.state.store.close()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_documented(app: FastAPI, label: str) -> None:
    key = add_key(app.state.store, label, ["assess", "batch", "staff"])
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    found = {result.ok().label: result.ok() for result in schema.get_all_operations()}
    assert sorted(found) == sorted(OPERATIONS), "a new route is fuzzed too"

    method, _, path = label.partition(" ")
    declared = app.openapi()["paths"][path][method.lower()]["responses"]

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(
        found[label].as_strategy(generation_mode=GenerationMode.POSITIVE)
        | found[label].as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def answered_as_declared(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {key}"})
        if answer.headers["content-type"] == [MEDIA_TYPE]:
            code = answer.json()["code"]
            assert code in declared[str(answer.status_code)]["content"][MEDIA_TYPE]["examples"], f"{label}: {code}"

    answered_as_declared()
