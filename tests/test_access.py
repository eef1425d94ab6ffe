"""Who may do what: keys, scopes, how often, and what production refuses."""

from typing import Any

import pytest
from api_service import Service
from starlette.testclient import TestClient

from api import Settings
from api.rate_limit import RateLimit
from api.settings import UnsafeSettings
from api.store import Store
from api.store.api_keys import BadKeyRequest, add_key, find_key, list_keys, revoke_key

# method, path, scope of the key, status, code
ACCESS = [
    ("POST", "/v1/assessments", None, 200, None),
    ("POST", "/v1/assessments", "assess", 200, None),
    ("POST", "/v1/assessments/batch", None, 401, "key_missing"),
    ("POST", "/v1/assessments/batch", "assess", 403, "scope_missing"),
    ("POST", "/v1/assessments/batch", "batch", 200, None),
    ("POST", "/v1/assessments/stream", None, 401, "key_missing"),
    ("POST", "/v1/assessments/stream", "staff", 403, "scope_missing"),
    ("GET", "/metrics", None, 200, None),
]


@pytest.mark.parametrize(("method", "path", "scope", "status", "code"), ACCESS)
def test_who_may_do_what(
    client: TestClient, service: Service, method: str, path: str, scope: str | None, status: int, code: str | None
) -> None:
    headers = service.auth(scope) if scope else {}
    body = {"notices": []} if path.endswith("batch") else {"text": "x"}
    answer = client.request(method, path, json=body, headers=headers)
    assert answer.status_code == status
    if code:
        assert answer.json()["code"] == code
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


def test_closed_assess_and_metrics(url: str) -> None:
    service = Service(url, open_assess=False, production=True, secret="s" * 32)
    with TestClient(service.app) as client:
        refused = client.post("/v1/assessments", json={"text": "x"})
        assert (refused.status_code, refused.json()["code"]) == (401, "key_missing")
        for scope, status in (("assess", 200), ("batch", 200), ("staff", 403)):
            assert client.post("/v1/assessments", json={"text": "x"}, headers=service.auth(scope)).status_code == status
        assert client.post("/", data={"text": "x"}).status_code == 200, "people always get in"
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers=service.auth("staff")).status_code == 200
    service.store.close()


@pytest.mark.parametrize("presented", ["", "x", "sn_000000000000_" + "a" * 43, "sn_" + "é" * 20, "\x00"])
def test_wrong_keys_are_refused_everywhere(client: TestClient, service: Service, presented: str) -> None:
    header = {"Authorization": f"Bearer {presented}".encode()}
    for path in ("/v1/red-flags", "/v1/assessments"):
        answer = client.request("POST" if path.endswith("ts") else "GET", path, json={"text": "x"}, headers=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")


def test_keys_are_kept_as_hashes_and_end_when_revoked(store: Store) -> None:
    """On SQLite and on PostgreSQL."""
    key = add_key(store, "市役所 batch", ["batch", "assess"])
    found = find_key(store, key)
    assert found is not None
    assert found.scopes == {"assess", "batch"}
    with store.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM api_keys").all())
    assert key not in rows
    assert key.rsplit("_", 1)[1] not in rows
    assert find_key(store, key[:-1] + ("A" if key[-1] != "A" else "B")) is None
    for name, scopes in (
        ("市役所 batch", ["batch"]),
        ("new", ["admin"]),
        ("new", []),
        ("a\nb", ["batch"]),
        ("", ["batch"]),
    ):
        with pytest.raises(BadKeyRequest):
            add_key(store, name, scopes)
    revoke_key(store, "市役所 batch")
    assert find_key(store, key) is None
    with pytest.raises(BadKeyRequest):
        revoke_key(store, "市役所 batch")
    assert [shown.name for shown in list_keys(store)] == ["市役所 batch"]


def test_revoked_key_is_refused_by_a_running_service(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access.KEY_SECONDS", 0.0)
    body = {"notices": []}
    assert client.post("/v1/assessments/batch", json=body, headers=service.auth("batch")).status_code == 200
    revoke_key(service.store, service.keys["batch"].split("_")[1])
    assert client.post("/v1/assessments/batch", json=body, headers=service.auth("batch")).status_code == 401


def test_rate_limits_with_retry_after(url: str) -> None:
    service = Service(url, rate_per_address=3, rate_per_key=5)
    with TestClient(service.app) as client:
        codes = [client.post("/v1/assessments", json={"text": "x"}).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        refused = client.get("/v1/red-flags")
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        guessed = client.get("/v1/model", headers={"Authorization": "Bearer sn_000000000000_" + "a" * 43})
        assert guessed.status_code == 429, "guessing keys counts for the address"
        keyed = [client.get("/v1/model", headers=service.auth("assess")).status_code for _ in range(6)]
        assert keyed == [200] * 5 + [429]
        assert client.get("/livez").status_code == 200
    service.store.close()


def test_allowance_comes_back_with_time() -> None:
    rates = RateLimit()
    assert [rates.wait("a", 60, 100.0) for _ in range(61)] == [0] * 60 + [1]
    assert rates.wait("a", 60, 101.0) == 0
    assert rates.wait("a", 60, 101.0) == 1
    assert rates.wait("b", 60, 101.0) == 0
    assert rates.wait("a", 0, 101.0) == 0
    assert sum(rates.wait("a", 60, 1000.0) == 0 for _ in range(100)) == 60


# settings, keys, what the refusal names
UNSAFE: list[tuple[dict[str, Any], int, str | None]] = [
    ({}, 0, None),
    ({"host": "0.0.0.0"}, 0, None),
    ({"production": True}, 1, "SCAM_NOTICE_SECRET"),
    ({"production": True, "secret": "short"}, 1, "SCAM_NOTICE_SECRET"),
    ({"production": True, "secret": "s" * 32}, 0, None),
    ({"production": True, "secret": "s" * 32, "host": "0.0.0.0"}, 0, "keys add"),
    ({"production": True, "secret": "s" * 32, "host": "::"}, 0, "keys add"),
    ({"production": True, "secret": "s" * 32, "host": "notice.example"}, 0, "keys add"),
    ({"production": True, "secret": "s" * 32, "host": "0.0.0.0"}, 1, None),
    ({"production": True, "secret": "s" * 32, "host": "::1"}, 0, None),
]


@pytest.mark.parametrize(("given", "keys", "named"), UNSAFE)
def test_production_refuses_what_is_unsafe(given: dict[str, Any], keys: int, named: str | None) -> None:
    settings = Settings(_env_file=None, **given)
    if named is None:
        settings.check(keys)
        return
    with pytest.raises(UnsafeSettings, match=named):
        settings.check(keys)
