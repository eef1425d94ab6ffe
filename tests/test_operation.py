"""What an operator looks at: counts, readiness, the reference of the API."""

import re

from api_browser import chromium, served
from api_service import CANARY, Service
from starlette.testclient import TestClient


def test_metrics_count_without_a_word_of_the_text(client: TestClient, service: Service) -> None:
    def value(line: str) -> float:
        found = re.search(rf"^{re.escape(line)} (\S+)$", client.get("/metrics").text, re.M)
        return float(found[1]) if found else 0.0

    verdicts = 'scam_notice_verdicts_total{channel="sms",verdict="scam_likely"}'
    requests = 'scam_notice_requests_total{method="POST",route="/v1/assessments",status="200"}'
    before = value(verdicts), value(requests)
    client.post("/v1/assessments", json={"text": CANARY, "channel": "sms"})
    client.post("/", data={"text": CANARY, "channel": "sms"})
    client.post(
        "/v1/assessments/batch", json={"notices": [{"text": CANARY, "channel": "sms"}]}, headers=service.auth("batch")
    )
    assert value(verdicts) - before[0] == 3
    assert value(requests) - before[1] == 1
    assert value("scam_notice_queue_depth") == 0
    assert CANARY not in client.get("/metrics").text


def test_ready_only_with_a_database_at_head(url: str) -> None:
    service = Service(url)
    with TestClient(service.app) as client:
        assert client.get("/readyz").status_code == 200
        with service.store.write() as session:
            session.connection().exec_driver_sql("DELETE FROM alembic_version")
        behind = client.get("/readyz")
        assert (behind.status_code, behind.json()["code"]) == (503, "database_not_ready")
        assert client.get("/livez").status_code == 200
        assert client.post("/v1/assessments", json={"text": "x"}).status_code == 200, "assessing needs no database"
    service.store.close()


def test_docs_draw_themselves_without_the_network(service: Service) -> None:
    with served(service.app) as address, chromium() as browser:
        page = browser.new_page()
        elsewhere: list[str] = []
        errors: list[str] = []
        page.on("request", lambda r: None if r.url.startswith((address, "data:")) else elsewhere.append(r.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}/docs")
        page.get_by_text("/v1/assessments/batch").wait_for()
        page.get_by_text("/v1/assessments/stream").wait_for()
        assert (elsewhere, errors) == ([], [])


def test_examples_of_the_description_are_true(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    single = document["paths"]["/v1/assessments"]["post"]
    request = document["components"]["schemas"]["AssessmentRequest"]["examples"][0]
    shown = single["responses"]["200"]["content"]["application/json"]["example"]
    assert client.post("/v1/assessments", json=request).json() == shown
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert "500" in operation["responses"], path
            assert operation["summary"]
