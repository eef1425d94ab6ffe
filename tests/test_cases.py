"""`/v1/cases` as machines use it, on both databases."""

import datetime as dt
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_double import POSTCARD, JudgeDouble
from openpyxl import load_workbook
from sqlalchemy import select
from starlette.testclient import TestClient

from api import Settings, create_app
from api.staff.masking import masked_part
from api.store import Store
from api.store.api_keys import add_key
from api.store.cases import AuditEvent, Case
from classifier import Assessor
from classifier.deadlines import today
from classifier.mask import places

SMS = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。03-0000-5518"
DEMAND = (
    "支払督促\n東京簡易裁判所 裁判所書記官\n債権者 株式会社サンプル\n債務者は、債権者に対し、金298,000円を支払え。"
    "この支払督促送達の日から2週間以内に督促異議を申し立てないときは、仮執行の宣言をする。"
)


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    settings = Settings(_env_file=None, database=database, rate_per_address=0, rate_per_key=0)
    with TestClient(create_app(settings, JudgeDouble())) as started:
        yield started


@pytest.fixture
def key(store: Store) -> dict[str, str]:
    return {"Authorization": f"Bearer {add_key(store, 'reception', ['staff'])}"}


def _add(client: TestClient, key: dict[str, str], text: str = POSTCARD, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/cases", json={"text": text, **fields}, headers=key)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_a_case_from_text_alone(client: TestClient, key: dict[str, str]) -> None:
    answer = client.post("/v1/cases", json={"text": POSTCARD}, headers=key)
    assert answer.status_code == 201
    case = answer.json()
    assert (case["version"], case["status"], case["campaign"]) == (1, "open", None)
    assert case["assessment"]["verdict"] == "scam_likely"
    assert case["priority"]["rank"] == 1
    assert "裁判所の書類かもしれません" in case["priority"]["reason"]
    assert answer.headers["location"] == f"/v1/cases/{case['id']}"
    again = client.get(answer.headers["location"], headers=key)
    assert again.headers["etag"] == answer.headers["etag"] == '"1"'
    assert again.json()["assessment"]["red_flags"] == case["assessment"]["red_flags"]


def test_every_field_of_the_intake_comes_back(client: TestClient, key: dict[str, str]) -> None:
    fields: dict[str, Any] = {
        "channel": "postcard", "received_on": "2026-11-20", "reached_by": "phone", "relation": "family",
        "age_band": "80s", "municipality": "八千代市", "happened": ["called", "paid"], "amount_claimed": 298000,
        "amount_paid": 50000, "pay_on": "2026-12-01", "vulnerable": True, "note": "娘さんから電話。",
        "subject": "お知らせ", "sender": "管理センター", "answers": {"recognise": "no"},
    }  # fmt: skip
    case = _add(client, key, **fields)
    found = client.get(f"/v1/cases/{case['id']}", headers=key).json()
    assert {name: found[name] for name in fields} == fields


BAD_FIELDS: list[tuple[dict[str, Any], int, str]] = [
    ({}, 422, "text_missing"),
    ({"text": " "}, 422, "text_empty"),
    ({"text": "あ" * 100_001}, 413, "text_too_long"),
    ({"text": SMS, "channel": "pigeon"}, 422, "unknown_channel"),
    ({"text": SMS, "received_on": "yesterday"}, 422, "received_on_not_date"),
    ({"text": SMS, "age_band": "old"}, 422, "invalid_field"),
    ({"text": SMS, "happened": ["slept"]}, 422, "invalid_field"),
    ({"text": SMS, "amount_paid": -1}, 422, "invalid_field"),
    ({"text": SMS, "amount_paid": "1000"}, 422, "invalid_field"),
    ({"text": SMS, "municipality": "あ" * 41}, 422, "invalid_field"),
    ({"text": SMS, "received_on": "2999-01-01"}, 422, "received_on_to_come"),
    ({"text": SMS, "amount_payed": 50000}, 422, "unknown_field"),
    ({"text": SMS, "disposition": "fictitious_billing"}, 422, "unknown_field"),  # only a change may decide
]
# What a change may hold: the same, but not the text.
BAD_CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"text": SMS}, "unknown_field", "text"),
    ({"dispositon": "架空請求"}, "unknown_field", "dispositon"),
    ({"note": "a", "Tanaka Hanako": 1}, "unknown_field", "?"),  # whatever it is, it does not look like a field
    ({"received_on": "2999-01-01"}, "received_on_to_come", "received_on"),
    ({"received_on": "2026/11/01"}, "received_on_not_date", "received_on"),
]


def test_a_bad_field_is_named(client: TestClient, key: dict[str, str]) -> None:
    for body, status, code in BAD_FIELDS:
        answer = client.post("/v1/cases", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_bad_change_is_named_and_changes_nothing(client: TestClient, key: dict[str, str]) -> None:
    place = f"/v1/cases/{_add(client, key)['id']}"
    for body, code, field in BAD_CHANGES:
        answer = client.patch(place, json=body, headers={**key, "If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert "Tanaka" not in answer.text
    assert client.get(place, headers=key).json()["version"] == 1


def test_today_in_japan_has_come(client: TestClient, key: dict[str, str]) -> None:
    assert _add(client, key, received_on=today().isoformat())["received_on"] == today().isoformat()


def test_only_a_staff_key_opens(client: TestClient, store: Store) -> None:
    other = {"Authorization": f"Bearer {add_key(store, 'batch', ['batch', 'assess'])}"}
    paths = [path for path in client.get("/openapi.json").json()["paths"].items() if "/ca" in path[0]]
    seen = 0
    for path, operations in paths:
        for method in operations:
            body: dict[str, Any] = {"json": {"text": SMS}} if method in ("post", "patch") else {}
            place = path.replace("{case_id}", "1")
            assert client.request(method, place, **body).status_code == 401
            assert client.request(method, place, headers=other, **body).status_code == 403
            seen += 1
    assert seen == 7


def test_the_same_idempotency_key_makes_one_case(client: TestClient, key: dict[str, str]) -> None:
    headers = {**key, "Idempotency-Key": "7c1f"}
    first = client.post("/v1/cases", json={"text": SMS}, headers=headers)
    second = client.post("/v1/cases", json={"text": SMS}, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    other = client.post("/v1/cases", json={"text": POSTCARD}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(client.get("/v1/cases", headers=key).json()["items"]) == 1


def test_twins_with_one_idempotency_key_make_one_case(client: TestClient, key: dict[str, str]) -> None:
    headers = {**key, "Idempotency-Key": "twins"}

    def send(_: int) -> Any:
        answer = client.post("/v1/cases", json={"text": SMS}, headers=headers)
        while answer.status_code == 503:  # busy: as a client would, once more with the same key
            answer = client.post("/v1/cases", json={"text": SMS}, headers=headers)
        return answer

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_stale_change_is_refused(client: TestClient, key: dict[str, str]) -> None:
    case = _add(client, key)
    place = f"/v1/cases/{case['id']}"
    assert client.patch(place, json={"note": "x"}, headers=key).status_code == 428
    mine = client.patch(place, json={"note": "先"}, headers={**key, "If-Match": '"1"'})
    assert (mine.status_code, mine.headers["etag"]) == (200, '"2"')
    stale = client.patch(place, json={"note": "後"}, headers={**key, "If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.headers["etag"]) == (412, "stale_version", '"2"')
    for odd in ('"x"', "1", "*", '"99999999999999999999"'):
        assert client.patch(place, json={"note": "後"}, headers={**key, "If-Match": odd}).status_code == 412
    assert client.get(place, headers=key).json()["note"] == "先"


def test_writers_at_once_lose_no_update(client: TestClient, key: dict[str, str]) -> None:
    """Eight at a time add their letter to the note, each reading anew after a 412."""
    place = f"/v1/cases/{_add(client, key)['id']}"

    def add(letter: str) -> None:
        while True:
            read = client.get(place, headers=key)
            body = {"note": read.json()["note"] + letter}
            answer = client.patch(place, json=body, headers={**key, "If-Match": read.headers["etag"]})
            if answer.status_code == 200:
                return
            assert answer.status_code == 412

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, "abcdefgh"))
    assert sorted(client.get(place, headers=key).json()["note"]) == list("abcdefgh")
    assert client.get(place, headers=key).headers["etag"] == '"9"'


def test_a_decision_closes_and_its_history_tells_it(client: TestClient, key: dict[str, str]) -> None:
    place = f"/v1/cases/{_add(client, key)['id']}"
    body = {"disposition": "架空請求", "result": "advice", "note": "無視してよいと助言。"}  # words or key
    case = client.patch(place, json=body, headers={**key, "If-Match": '"1"'}).json()
    assert (case["status"], case["priority"]["rank"], case["decided_by"]) == ("closed", 9, "key:reception")
    [step] = client.get(f"{place}/history", headers=key).json()["items"]
    assert step["fields"]["disposition"] == [None, "fictitious_billing"]
    assert step["fields"]["status"] == ["open", "closed"]
    assert step["actor"] == "key:reception"


def test_pages_by_key_show_every_case_once(client: TestClient, key: dict[str, str]) -> None:
    for number in range(7):
        _add(
            client,
            key,
            f"{number}番目の、まったく別のお知らせです。" * (number + 1),
            age_band="80s" if number % 2 else "20s",
        )
    for sort in ("harm", "newest", "oldest"):
        seen: list[int] = []
        cursor = None
        for _ in range(10):
            asked = {"sort": sort, "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = client.get("/v1/cases", params=asked, headers=key).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
            _add(client, key, "間に来た、別の案件です。", happened=["nothing"]) if len(seen) == 2 else None
        assert len(seen) == len(set(seen))
        assert len(seen) >= 7
    assert client.get("/v1/cases?cursor=x", headers=key).json()["code"] == "invalid_field"
    assert client.get("/v1/cases?status=lost", headers=key).status_code == 422


def test_words_are_found(client: TestClient, key: dict[str, str]) -> None:
    demand = _add(client, key, DEMAND)["id"]
    sms = _add(client, key, SMS + " http://miharai.example/pay")["id"]

    def search(q: str, sort: str = "harm") -> list[int]:
        return [i["id"] for i in client.get("/v1/cases", params={"q": q, "sort": sort}, headers=key).json()["items"]]

    for q, expected in [
        ("督促", [demand]), ("支払督促", [demand]), ("異議", [demand]), ("未納", [sms]), ("料金", [sms]),
        ("未納 料金", [sms]), ("未納 督促", []), ("03-0000-5518", [sms]), ("０３００００５５１８", [sms]),
        ("miharai.example", [sms]), ("298000", [demand]), ("298,000円", [demand]), ("の", []), ("%", []),
        ("宇宙", []), ("ゴジラ", []), ("サンプル", [demand]),
    ]:  # fmt: skip
        assert search(q) == expected, q
        assert search(q, "newest") == expected, q


def test_filters_and_the_queue_of_the_day(client: TestClient, key: dict[str, str], store: Store) -> None:
    young = _add(client, key, SMS, age_band="20s", channel="sms")["id"]
    old = _add(client, key, SMS + "別件", age_band="80s", channel="email")["id"]
    ids = [item["id"] for item in client.get("/v1/cases", headers=key).json()["items"]]
    assert set(ids) == {young, old}
    assert [i["id"] for i in client.get("/v1/cases?channel=sms", headers=key).json()["items"]] == [young]
    assert client.get("/v1/cases?status=closed", headers=key).json()["items"] == []
    # a day passes: what was far is near
    with store.write() as session:
        case = session.get_one(Case, young)
        case.court, case.deadline = False, dt.date.today() + dt.timedelta(days=2)
        case.stance = "answer_by_deadline"
        case.recalculate_on = dt.date.today()
        case.harm_key = 7 * 10**10
    first = client.get("/v1/cases?rank=2", headers=key).json()["items"]
    assert [item["id"] for item in first] == [young]
    assert "書類の期限まであと" in first[0]["priority"]["reason"]


def test_copies_become_a_campaign(client: TestClient, key: dict[str, str]) -> None:
    drawn = "【{}】未納料金が{}円あります。{}までにお支払いがない場合、訴訟手続きに移行します。連絡先 {}"
    first = _add(client, key, drawn.format("大手サイト", "12,000", "11月24日", "03-0000-1111"))
    second = _add(client, key, drawn.format("大手サイト", "298,000", "12月1日", "050-0000-2222"))
    assert first["campaign"] is None
    assert second["campaign"]["nth"] == 2
    assert second["version"] == 1
    assert "一致" in second["campaign"]["reason"]
    other = _add(
        client, key, "ぜんぜん違う話です。荷物が届いたので、050-0000-2222まで連絡してくださいという内容でした。"
    )
    assert other["campaign"]["id"] == second["campaign"]["id"]
    assert other["campaign"]["reason"] == "同じ電話番号"
    assert _add(client, key, "市役所からのお知らせです。敬老会を開きます。ぜひお越しください。")["campaign"] is None
    [campaign] = client.get("/v1/campaigns", headers=key).json()["items"]
    assert (campaign["count"], campaign["recent"], campaign["alert"]) == (3, 3, True)
    again = client.get(f"/v1/cases/{first['id']}", headers=key).json()
    assert again["campaign"]["nth"] == 1
    assert again["version"] == 1, "joining a campaign decides nothing about the case"


def test_personal_data_is_masked_until_asked_for(client: TestClient, key: dict[str, str], store: Store) -> None:
    text = (
        "山田太郎様 マイナンバー 123456789018 を 090-1234-5678 まで電話でお知らせください。口座 普通 1234567\n"
        "債務者 鈴木花子\n氏名：佐藤 一郎を差し押さえ"
    )
    case = _add(client, key, text, note="山田太郎様からの電話。マイナンバーは123456789018と聞いた。")
    place = f"/v1/cases/{case['id']}"
    shown = client.get(place, headers=key)
    for secret in ("山田太郎", "鈴木花子", "佐藤 一郎", "090-1234-5678", "1234567", "123456789018"):
        assert secret not in shown.text
        assert secret not in client.get("/v1/cases", headers=key).text
    unmasked = client.get(f"{place}?unmask=true", headers=key).text
    assert "山田太郎" in unmasked
    assert "123456789018" not in unmasked, "a My Number is nowhere in the database"
    with store.read() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[0] == "case_created"
    assert actions.count("case_unmasked") == 1
    assert "case_viewed" in actions


def test_a_quotation_is_masked_as_in_its_text() -> None:
    """Alone, 「山田太郎」 does not show that it is a name; a quotation may also begin or end within one."""
    text = "債務者 山田太郎 本日中に"
    for (start, end), left in {(4, 8): "〔名前〕", (6, 13): "〔名前〕 本日中に", (0, 6): "債務者 〔名前〕"}.items():
        assert masked_part(text, start, end, places(text)) == left


def test_exports_open_in_a_japanese_excel(client: TestClient, key: dict[str, str]) -> None:
    _add(client, key, "=HYPERLINK(1) 未納料金のお知らせ", municipality="八千代市", note="+81は国際電話")
    _add(client, key, SMS, amount_claimed=298000, received_on="2026-11-20")
    csv = client.get("/v1/cases/export?format=csv&sort=oldest", headers=key)
    assert csv.content.startswith("\ufeff番号,受付日時".encode())
    lines = csv.content.decode("utf-8-sig").split("\r\n")
    assert len(lines) == 4
    assert "'=HYPERLINK(1)" in lines[1]
    xlsx = client.get("/v1/cases/export?format=xlsx&sort=oldest", headers=key)
    sheet = load_workbook(io.BytesIO(xlsx.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:2] == ("番号", "受付日時")
    assert rows[1][13] == "=HYPERLINK(1) 未納料金のお知らせ"
    assert sheet["N2"].data_type == "s", "a notice never runs as a formula"
    assert rows[2][11] == 298000
    assert rows[2][5] == dt.datetime(2026, 11, 20)


def test_a_real_demand_stands_first_whatever_its_score(database: str, key: dict[str, str], assessor: Assessor) -> None:
    settings = Settings(_env_file=None, database=database, rate_per_address=0, rate_per_key=0)
    with TestClient(create_app(settings, assessor)) as client:
        _add(client, key, SMS, channel="sms", happened=["paid"], age_band="80s")
        demand = _add(
            client, key, DEMAND, channel="letter", received_on=(dt.date.today() - dt.timedelta(9)).isoformat()
        )
        _add(client, key, SMS + "担当 佐藤", channel="sms", happened=["about_to_pay"])
        queue = client.get("/v1/cases?sort=harm", headers=key).json()["items"]
    assert queue[0]["id"] == demand["id"]
    assert queue[0]["score"] < queue[1]["score"]
    assert "裁判所の書類かもしれません" in queue[0]["priority"]["reason"]
    assert [item["priority"]["rank"] for item in queue] == [1, 3, 4]
