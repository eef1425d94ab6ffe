"""One error shape for every route and every bad input, and nothing of the input in it."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_browser import served
from api_double import JudgeDouble
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

import classifier.notice
from api import Settings, create_app
from api.logs import JsonLines
from api.problems import KINDS, MEDIA_TYPE

CANARY = "CANARY7c1f"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def _client() -> TestClient:
    return TestClient(create_app(Settings(_env_file=None), JudgeDouble(explode_on="explode")))


@pytest.fixture
def client() -> TestClient:
    return _client()


def _assert_problem(answer: Any, status: int | None = None, code: str | None = None) -> None:
    assert answer.headers["content-type"] == MEDIA_TYPE
    body = answer.json()
    assert list(body) == ["type", "title", "status", "detail", "code", "instance", "request_id", "errors"]
    assert body["status"] == answer.status_code
    assert body["type"] == f"/problems/{body['code']}"
    assert body["code"] in KINDS
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"].endswith(body["request_id"])
    assert re.search(r"[ぁ-ん]", body["detail"]), "people read the detail"
    assert all(list(error) == ["field", "code", "detail"] for error in body["errors"])
    if status is not None:
        assert (answer.status_code, body["code"]) == (status, code)


def _text(value: str) -> bytes:
    return b'{"text": ' + value.encode() + b"}"


# method, path, content type, body, status, code
TABLE = [
    ("GET", f"/{CANARY}", None, None, 404, "not_found"),
    ("GET", f"/v1/{CANARY}", None, None, 404, "not_found"),
    ("GET", "/v1/assessments/", None, None, 404, "not_found"),
    ("GET", f"/problems/{CANARY}", None, None, 404, "not_found"),
    ("GET", f"/static/{CANARY}", None, None, 404, "not_found"),
    ("GET", "/static/%00", None, None, 404, "not_found"),
    ("GET", "/static/%2e%2e/app.py", None, None, 404, "not_found"),
    ("GET", "/static/" + "a" * 5000, None, None, 404, "not_found"),
    ("GET", "/v1/assessments", None, None, 405, "method_not_allowed"),
    ("DELETE", "/", None, None, 405, "method_not_allowed"),
    ("POST", "/livez", JSON, b"{}", 405, "method_not_allowed"),
    ("POST", "/v1/red-flags", JSON, b"{}", 405, "method_not_allowed"),
    ("POST", "/static/page.css", JSON, b"{}", 405, "method_not_allowed"),
    ("POST", "/v1/assessments", JSON, b"", 422, "body_missing"),
    ("POST", "/v1/assessments", JSON, b"null", 422, "body_not_object"),
    ("POST", "/v1/assessments", JSON, b"{", 400, "invalid_json"),
    ("POST", "/v1/assessments", JSON, f'{{"text": "{CANARY}'.encode(), 400, "invalid_json"),
    ("POST", "/v1/assessments", JSON, b"\x00\x01\x02", 400, "invalid_json"),
    ("POST", "/v1/assessments", JSON, b'{"text": "\xff\xfe"}', 400, "unreadable_body"),
    ("POST", "/v1/assessments", JSON, '{"text": "未納"}'.encode("cp932"), 400, "unreadable_body"),
    ("POST", "/v1/assessments", JSON, b"[" * 200_000, 400, "unreadable_body"),
    ("POST", "/v1/assessments", JSON, b'{"a":' * 100_000, 400, "unreadable_body"),
    ("POST", "/v1/assessments", JSON, b"9" * 5000, 400, "unreadable_body"),
    ("POST", "/v1/assessments", JSON, f'["{CANARY}"]'.encode(), 422, "body_not_object"),
    ("POST", "/v1/assessments", JSON, f'"{CANARY}"'.encode(), 422, "body_not_object"),
    ("POST", "/v1/assessments", JSON, b"{}", 422, "text_missing"),
    ("POST", "/v1/assessments", JSON, _text("null"), 422, "text_not_string"),
    ("POST", "/v1/assessments", JSON, _text("1"), 422, "text_not_string"),
    ("POST", "/v1/assessments", JSON, _text("NaN"), 422, "text_not_string"),
    ("POST", "/v1/assessments", JSON, _text(f'["{CANARY}"]'), 422, "text_not_string"),
    ("POST", "/v1/assessments", JSON, _text('""'), 422, "text_empty"),
    ("POST", "/v1/assessments", JSON, _text(r'" \u3000\n\u200b\u0000\u0007"'), 422, "text_empty"),
    ("POST", "/v1/assessments", JSON, _text(rf'"{CANARY}\ud800"'), 422, "text_not_unicode"),
    ("POST", "/v1/assessments", JSON, b'{"text": "\xed\xa0\x80"}', 422, "text_not_unicode"),
    ("POST", "/v1/assessments", JSON, _text(f'"{"a" * 200_000}"'), 413, "text_too_long"),
    ("POST", "/v1/assessments", JSON, _text(f'"{"a" * 1_100_000}"'), 413, "body_too_large"),
    ("POST", "/v1/assessments", "text/plain", CANARY.encode(), 415, "unsupported_media_type"),
    ("POST", "/v1/assessments", None, b'{"text": "x"}', 415, "unsupported_media_type"),
    ("POST", "/v1/assessments", FORM, f"text={CANARY}".encode(), 415, "unsupported_media_type"),
    ("POST", "/v1/assessments", CANARY, b"{}", 415, "unsupported_media_type"),
    ("POST", "/v1/assessments", JSON, _text('"explode"'), 500, "internal_error"),
    ("POST", "/", JSON, b"{}", 415, "unsupported_media_type"),
    ("GET", f"/{CANARY}/", None, None, 404, "not_found"),
    ("POST", "/", "multipart/form-data; boundary=x", b"--x--", 415, "unsupported_media_type"),
    ("POST", "/", FORM, b"text=%ff", 400, "unreadable_body"),
    ("POST", "/", FORM, b"text=\xe3\x81\x82", 400, "unreadable_body"),
    ("POST", "/", FORM, b"a=1&" * 300, 400, "unreadable_body"),
    ("POST", "/", FORM, b"text=explode", 500, "internal_error"),
]


@pytest.mark.parametrize(
    ("method", "path", "content_type", "body", "status", "code"),
    TABLE,
    ids=[f"{number}-{row[-1]}" for number, row in enumerate(TABLE)],
)
def test_error_shape(
    client: TestClient,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    content_type: str | None,
    body: bytes | None,
    status: int,
    code: str,
) -> None:
    with caplog.at_level(logging.INFO, "scam_notice"):
        headers = {"content-type": content_type} if content_type else {}
        answer = client.request(method, path, content=body, headers=headers)
    _assert_problem(answer, status, code)
    assert CANARY not in answer.text
    assert "explode" not in answer.text
    ours = "\n".join(JsonLines().format(r) for r in caplog.records if r.name.startswith("scam_notice"))
    assert CANARY not in ours
    assert not re.search(r"\bexplode\b", ours), "an exception's message is not logged either"
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", "GET, HEAD, POST"),
        ("/v1/assessments", "POST"),
        ("/v1/model", "GET, HEAD"),
        ("/static/page.css", "GET, HEAD"),
    ],
)
def test_allow_names_every_method(client: TestClient, path: str, allowed: str) -> None:
    assert client.delete(path).headers["allow"] == allowed


# field, bad value, code
FIELDS = [
    ("channel", "fax", "unknown_channel"),
    ("channel", {}, "unknown_channel"),
    ("channel", ["sms"], "unknown_channel"),
    ("subject", 1, "subject_not_string"),
    ("subject", "\ud800", "subject_not_unicode"),
    ("sender", [CANARY], "sender_not_string"),
    ("sender", CANARY + "\udfff", "sender_not_unicode"),
    ("received_on", CANARY, "received_on_not_date"),
    ("received_on", 1795305600, "received_on_not_date"),
    ("received_on", "2026-02-30", "received_on_not_date"),
    ("received_on", "20261122", "received_on_not_date"),
    ("received_on", "2026-11-22T00:00:00", "received_on_not_date"),
    ("answers", [CANARY], "answers_not_object"),
    ("answers", {CANARY: CANARY}, "bad_answer"),
    ("answers", {CANARY: "maybe", CANARY + "2": 1}, "bad_answer"),
    ("answers", {"\ud800": "yes"}, "bad_answer"),
    ("prior", 0, "prior_out_of_range"),
    ("prior", 1, "prior_out_of_range"),
    ("prior", -0.5, "prior_out_of_range"),
    ("prior", "0.5", "prior_out_of_range"),
    ("prior", True, "prior_out_of_range"),
    ("prior", float("nan"), "prior_out_of_range"),
    ("prior", float("inf"), "prior_out_of_range"),
    ("prior", 10**400, "prior_out_of_range"),
]


@pytest.mark.parametrize(("field", "value", "code"), FIELDS)
def test_bad_field(client: TestClient, field: str, value: object, code: str) -> None:
    body = json.dumps({"text": CANARY, field: value})
    answer = client.post("/v1/assessments", content=body, headers={"content-type": JSON})
    _assert_problem(answer, 422, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert CANARY not in answer.text


def test_several_bad_fields_are_all_named(client: TestClient) -> None:
    answer = client.post("/v1/assessments", json={"channel": CANARY, "prior": 2})
    _assert_problem(answer, 422, "invalid_field")
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("text", "text_missing"),
        ("channel", "unknown_channel"),
        ("prior", "prior_out_of_range"),
    ]


def test_every_code_of_the_library_is_in_the_catalogue() -> None:
    source = Path(classifier.notice.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'InvalidNotice\(\s*f?"([a-z_{}]+)"', source))
    assert "text_empty" in codes
    codes = {code.replace("{name}", name) for code in codes for name in ("subject", "sender")}
    assert codes <= KINDS.keys()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = ["text", "channel", "subject", "sender", "received_on", "answers", "prior"]
BODIES = JSON_VALUES | st.dictionaries(st.sampled_from(NAMES), JSON_VALUES, max_size=7)
_SHARED = _client()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BODIES)
def test_any_json_gives_an_answer_or_a_problem(body: object) -> None:
    answer = _SHARED.post("/v1/assessments", content=json.dumps(body), headers={"content-type": JSON})
    assert answer.status_code < 500
    if answer.status_code >= 400:
        _assert_problem(answer)


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from([JSON, FORM, "text/html", ""]), st.sampled_from(["/v1/assessments", "/"])
)
def test_any_bytes_give_an_answer_or_a_problem(body: bytes, content_type: str, path: str) -> None:
    answer = _SHARED.post(path, content=body, headers={"content-type": content_type})
    assert answer.status_code < 500
    if answer.status_code >= 400 and path != "/":
        _assert_problem(answer)


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=50))
def test_any_path_gives_an_answer_or_a_problem(path: str) -> None:
    for prefix in ("/", "/static/", "/problems/"):
        answer = _SHARED.get(prefix + httpx2.QueryParams({"": path}).__str__()[1:])
        assert answer.status_code < 500
        if answer.status_code >= 400:
            _assert_problem(answer)


def test_a_browser_reads_the_same_words_as_a_page(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert KINDS["not_found"].detail in answer.text
    assert "#9110" in answer.text
    _assert_problem(client.get("/v1/nowhere", headers={"accept": "text/html"}), 404, "not_found")


@pytest.mark.parametrize("code", KINDS)
def test_every_type_leads_somewhere(client: TestClient, code: str) -> None:
    page = client.get(f"/problems/{code}")
    assert page.status_code == 200
    assert KINDS[code].title in page.text


def test_openapi_declares_what_can_happen(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    declared = document["paths"]["/v1/assessments"]["post"]["responses"]
    assert set(declared) == {"200", "400", "401", "403", "413", "415", "422", "429", "500", "503"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    examples: dict[str, Any] = {}
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status in ("200", "201"):
                    continue
                content = response["content"][MEDIA_TYPE]
                assert content["schema"] == {"$ref": "#/components/schemas/ProblemBody"}
                assert all(example["value"]["status"] == int(status) for example in content["examples"].values())
                examples |= content["examples"]
    # Every code that the table above met on the JSON route is declared with its true words.
    for method, path_, _, _, _, code in TABLE:
        if method == "POST" and path_ == "/v1/assessments":
            assert examples[code]["value"]["title"] == KINDS[code].title
    assert {code for _, _, code in FIELDS} <= examples.keys()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(create_app(Settings(_env_file=None), JudgeDouble())) as url:
        yield url


def test_chunked_body_is_cut_off_at_the_limit(address: str) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 65536
            yield b" " * 65536

    try:
        answer = httpx2.post(f"{address}/v1/assessments", content=chunks(), headers={"content-type": JSON})
    except httpx2.WriteError:  # the server had already answered and hung up
        assert sent < 30_000_000
    else:
        _assert_problem(answer, 413, "body_too_large")
    assert httpx2.get(f"{address}/livez").status_code == 200


def test_declared_length_is_refused_before_reading(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(
            b"POST /v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000000\r\n\r\n{"
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in answer
