"""The JSON side: the contract of `/v1`, health, headers, the request line."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_double import POSTCARD, JudgeDouble
from fastapi import FastAPI
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from api import Settings, create_app, server
from api.answers import ASKED_FOR
from api.logs import JsonLines
from api.schemas import AssessmentBody
from classifier import Assessor, Notice
from classifier.guidance import GuidanceBase
from classifier.knowledge import flag_ids

CANARY = "カナリア7c1f"


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)


@pytest.fixture
def judge() -> JudgeDouble:
    return JudgeDouble()


@pytest.fixture
def client(settings: Settings, judge: JudgeDouble) -> Iterator[TestClient]:
    with TestClient(create_app(settings, judge)) as started:
        yield started


@pytest.fixture(scope="module")
def real_app() -> FastAPI:
    return create_app(Settings(_env_file=None), Assessor.load())


def test_assessment_is_to_dict_exactly(client: TestClient, judge: JudgeDouble) -> None:
    answer = client.post("/v1/assessments", json={"text": POSTCARD, "channel": "postcard"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    expected = judge.assess_many([Notice(POSTCARD, "postcard")])[0].to_dict()
    assert answer.json() == expected


def test_every_field_reaches_the_judge(client: TestClient, judge: JudgeDouble) -> None:
    sent = {
        "text": POSTCARD,
        "channel": "email",
        "subject": "至急",
        "sender": "info@mail.example",
        "received_on": "2026-11-22",
        "answers": {"special_delivery": "no"},
        "prior": 0.2,
        "row_id": "unknown fields are ignored",
    }
    assert client.post("/v1/assessments", json=sent).status_code == 200
    assert judge.seen == [Notice.from_mapping(sent)]
    assert judge.priors == [0.2]


def test_null_means_left_out(client: TestClient, judge: JudgeDouble) -> None:
    names = ("channel", "subject", "sender", "received_on", "answers", "prior")
    assert client.post("/v1/assessments", json={"text": "x"} | dict.fromkeys(names)).status_code == 200
    assert judge.seen == [Notice("x")]


def test_spans_count_code_points(client: TestClient) -> None:
    # 👨‍👩‍👧 is five code points, 𠮷 one: UTF-16 would count ten more units than there are.
    text = "👨‍👩‍👧𠮷野家 本日中に払え"
    flags = client.post("/v1/assessments", json={"text": text}).json()["red_flags"]
    spans = [span for flag in flags for span in flag["spans"]]
    assert spans
    assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)


def test_declared_answer_is_the_real_answer(judge: JudgeDouble) -> None:
    answer = judge.assess_many([Notice(POSTCARD)])[0].to_dict()
    assert [name for name in AssessmentBody.model_fields if name not in ASKED_FOR] == list(answer)
    adapter = TypeAdapter(AssessmentBody)
    declared = adapter.dump_python(adapter.validate_python(answer), mode="json", exclude=set(ASKED_FOR))
    assert declared == answer


def test_red_flags_lists_the_whole_catalogue(client: TestClient) -> None:
    flags = client.get("/v1/red-flags").json()["red_flags"]
    assert {flag["id"] for flag in flags} == flag_ids()
    assert all(flag["label"] and flag["explanation"] and flag["severity"] for flag in flags)


def test_guidance_lists_every_topic_with_its_sources(client: TestClient) -> None:
    answer = client.get("/v1/guidance").json()
    base = GuidanceBase.load()
    assert answer["version"] == base.version
    assert [unit["topic"] for unit in answer["guidance"]] == list(base.topics)
    assert all(unit["steps"] and unit["sources"] for unit in answer["guidance"])


def test_model_is_the_card(client: TestClient, judge: JudgeDouble) -> None:
    assert client.get("/v1/model").json() == judge.card


def test_health_with_a_judge(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_without_a_bundle_it_lives_but_is_not_ready(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(_env_file=None, bundle=tmp_path / "nowhere")
    with TestClient(create_app(settings)) as client:
        assert client.get("/livez").status_code == 200
        for answer in (
            client.get("/readyz"),
            client.get("/v1/model"),
            client.post("/v1/assessments", json={"text": "x"}),
        ):
            assert answer.status_code == 503
            assert answer.json()["code"] == "model_not_ready"
            assert answer.headers["retry-after"]
        assert client.get("/").status_code == 200
        page = client.post("/", data={"text": CANARY})
        assert page.status_code == 503
        assert CANARY in page.text, "what was typed is kept for the next try"
    assert "BundleMissing" in caplog.text


def test_bundle_is_loaded_at_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Path | None] = []

    def load(path: Path | None = None) -> JudgeDouble:
        given.append(path)
        return JudgeDouble()

    monkeypatch.setattr(Assessor, "load", load)
    app = create_app(settings)
    assert TestClient(app).get("/readyz").status_code == 503
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 200
    assert given == [None]


@pytest.mark.parametrize("path", ["/", "/v1/red-flags", "/nowhere", "/static/page.css", "/livez"])
def test_every_answer_is_careful(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert headers["x-request-id"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abcd-1234.x_y", True), ("short", False), ("a" * 65, False), ("a b c d e f g", False), ("-leading-dash", False)],
)
def test_request_id(client: TestClient, given: str, kept: bool) -> None:
    answer = client.get("/nowhere", headers={"X-Request-ID": given})
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_one_line_a_request(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "scam_notice"):
        answer = client.post("/v1/assessments?q=" + CANARY, json={"text": CANARY, "sender": CANARY})
        client.request("CANARY7C1F", "/" + CANARY, headers={"X-Request-ID": CANARY.encode().hex()[:4] + "!"})
    lines = [record.__dict__["fields"] for record in caplog.records if record.name == "scam_notice.request"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/v1/assessments", 200),
        ("OTHER", "-", 404),
    ]
    assert lines[0]["request_id"] == answer.headers["x-request-id"]
    assert lines[0]["ms"] >= 0
    ours = "\n".join(map(JsonLines().format, caplog.records))
    assert CANARY not in ours
    assert "CANARY" not in ours


def test_a_notice_changes_threads_once(settings: Settings, judge: JudgeDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into its lane. A plain `def` among the dependencies would go through a thread of its own: 50 µs, three times."""
    client = TestClient(create_app(settings, judge))

    async def handed_over(work: object, *_: object, **__: object) -> object:
        raise AssertionError(f"{work} waits for a thread")

    monkeypatch.setattr("anyio.to_thread.run_sync", handed_over)
    assert client.post("/v1/assessments", json={"text": POSTCARD}).status_code == 200
    assert client.post("/", data={"text": POSTCARD}).status_code == 200


def test_no_tracer_is_asked_for(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """FastAPI sends spans to whatever OTEL_… names; a span names the path, and ours must stay here."""

    def asked() -> None:
        raise AssertionError("a tracer was asked for")

    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", asked)
    assert client.post("/v1/assessments", json={"text": POSTCARD}).status_code == 200


def test_openapi_needs_no_network(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert "https://" not in json.dumps(document)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAM_NOTICE_PORT", "9001")
    monkeypatch.setenv("SCAM_NOTICE_MAX_BODY_BYTES", "10")
    settings = Settings(_env_file=None)
    assert settings.port == 9001
    answer = TestClient(create_app(settings, JudgeDouble())).post("/v1/assessments", json={"text": "x" * 10})
    assert answer.status_code == 413


def test_serve_keeps_uvicorns_access_log_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAM_NOTICE_HOST", "127.0.0.2")
    calls: list[dict[str, object]] = []
    server.main(["--port", "8123"], run=lambda app, **options: calls.append(options))
    (options,) = calls
    assert options["access_log"] is False
    assert (options["host"], options["port"]) == ("127.0.0.2", 8123), "what is not given comes from the settings"


def test_the_real_judge_answers(real_app: FastAPI) -> None:
    client = TestClient(real_app)
    answer = client.post("/v1/assessments", json={"text": POSTCARD, "channel": "postcard"})
    assert answer.status_code == 200
    body = answer.json()
    AssessmentBody.model_validate(body)
    assert body["verdict"] in {"scam_likely", "suspicious"}
    assert all(POSTCARD[s["start"] : s["end"]] == s["text"] for flag in body["red_flags"] for s in flag["spans"])
    assert client.post("/v1/assessments", json={"text": POSTCARD, "channel": "postcard"}).json() == body
    page = client.post("/", data={"text": POSTCARD, "channel": "postcard"})
    assert page.status_code == 200
    assert body["verdict_label"] in page.text
    card = client.get("/v1/model").json()
    assert card["frozen_test"]
    described = client.get("/openapi.json").json()["paths"]["/v1/model"]["get"]["responses"]["200"]
    assert described["content"]["application/json"]["example"] == card, "the example is the card itself"
