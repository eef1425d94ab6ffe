"""The description's examples: every answer shown is what the real route answers to the request shown beside it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from api_double import JudgeDouble
from starlette.testclient import TestClient

from api import Settings, create_app
from api.examples import QUESTION, SHOWN
from api.store.api_keys import add_key

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?Z?)?")
CASE = "/v1/cases/{case_id}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    url = f"sqlite:///{tmp_path_factory.mktemp('described') / 'x.sqlite3'}"
    with TestClient(create_app(Settings(_env_file=None, database=url, rate_per_address=0), JudgeDouble())) as started:
        key = add_key(started.app.state.store, "reception", ["batch", "staff"])  # type: ignore[attr-defined]
        started.headers["Authorization"] = f"Bearer {key}"
        yield started


@pytest.fixture(scope="module")
def paths(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return found


def _request(client: TestClient, operation: dict[str, Any]) -> Any:
    """The body that the description shows."""
    ((_, content),) = operation["requestBody"]["content"].items()
    if "example" in content:
        return content["example"]
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    return schemas[content["schema"]["$ref"].rpartition("/")[2]]["examples"][0]


def _shown(operation: dict[str, Any], status: str = "200", media_type: str = "application/json") -> Any:
    return operation["responses"][status]["content"][media_type]["example"]


def _without_times(value: Any) -> Any:
    """Two runs never share a moment."""
    if isinstance(value, str):
        return _TIME.sub("…", value)
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_times(item) for name, item in value.items()}
    return value


def test_every_operation_shows_an_answer_and_its_request(paths: dict[str, Any], client: TestClient) -> None:
    for path, operations in paths.items():
        for method, operation in operations.items():
            good = [found for status, found in operation["responses"].items() if status.startswith("2")]
            shown = [content for answer in good for content in answer["content"].values() if "example" in content]
            assert shown, (method, path)
            if "requestBody" in operation:
                assert _request(client, operation), (method, path)
            for status, found in operation["responses"].items():
                if not status.startswith("2"):
                    assert found["content"]["application/problem+json"]["examples"], (method, path, status)


def test_assessments_are_answered_as_shown(client: TestClient, paths: dict[str, Any]) -> None:
    single, batch, stream, file = (
        paths[f"/v1/assessments{part}"]["post"] for part in ("", "/batch", "/stream", "/file")
    )
    assert client.post("/v1/assessments", json=_request(client, single)).json() == _shown(single)
    answer = client.post("/v1/assessments/batch", json=_request(client, batch)).json()
    assert answer == _shown(batch)
    assert [next(iter(result)) for result in answer["results"]] == ["score", "score", "error"]
    lines = {"content": _request(client, stream) + "\n", "headers": {"content-type": "application/jsonl"}}
    assert client.post("/v1/assessments/stream", **lines).text == _shown(stream, media_type="application/jsonl")
    mail = _request(client, file)["file"].encode()
    assert client.post("/v1/assessments/file", files={"file": ("a.eml", mail)}).json() == _shown(file)


def test_knowledge_is_answered_as_shown(client: TestClient, paths: dict[str, Any]) -> None:
    catalogue = client.get("/v1/red-flags").json()
    assert _shown(paths["/v1/red-flags"]["get"]) == {"red_flags": catalogue["red_flags"][:SHOWN]}
    guidance = client.get("/v1/guidance", params={"q": QUESTION}).json()
    assert _shown(paths["/v1/guidance"]["get"]) == {**guidance, "guidance": guidance["guidance"][:1]}
    assert paths["/v1/guidance"]["get"]["parameters"][0]["schema"]["examples"] == [QUESTION]
    for path in ("/v1/model", "/livez", "/readyz"):
        assert client.get(path).json() == _shown(paths[path]["get"]), path
    metrics = client.get("/metrics").text
    assert all(line in metrics for line in _shown(paths["/metrics"]["get"], media_type="text/plain").splitlines())


def test_cases_are_answered_as_shown(client: TestClient, paths: dict[str, Any]) -> None:
    body = _request(client, paths["/v1/cases"]["post"])
    client.post("/v1/cases", json=body)
    place = CASE.format(case_id=2)
    answers = {
        ("post", "/v1/cases"): client.post("/v1/cases", json=body),
        ("get", "/v1/cases"): client.get("/v1/cases?limit=1"),
        ("get", CASE): client.get(place),
        ("patch", CASE): client.patch(place, json=_request(client, paths[CASE]["patch"]), headers={"If-Match": '"1"'}),
        ("get", f"{CASE}/history"): client.get(f"{place}/history"),
        ("get", "/v1/campaigns"): client.get("/v1/campaigns"),
    }
    for (method, path), answer in answers.items():
        shown = _shown(paths[path][method], str(answer.status_code))
        assert _without_times(answer.json()) == _without_times(shown), (method, path)
    assert "山田太郎" not in client.get(place).text
    table = _shown(paths["/v1/cases/export"]["get"], media_type="text/csv; charset=utf-8")
    real = client.get("/v1/cases/export?status=closed").content.decode()
    assert _without_times(real) == _without_times(table)
