"""The staff's pages without script, on both databases: forms, conflicts, undo, reviews, campaigns, files, the audit."""

import io
import re

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from staff_pages import Browserless, staffed
from starlette.testclient import TestClient

from api.staff.typed import read_yen
from api.store.cases import AuditEvent, Case

SMS = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。03-0000-5518"
DRAWN = "【{}】未納料金が{}円あります。{}までにお支払いがない場合、訴訟手続きに移行します。連絡先 {}"


@pytest.fixture
def sato(staff_client: TestClient) -> Browserless:
    return Browserless(staff_client, "sato")


def test_what_was_typed_is_never_lost(sato: Browserless) -> None:
    typed = {
        "text": SMS,
        "amount_claimed": "たくさん",
        "pay_on": "そのうち",
        "note": "長い話のメモ",
        "happened": ["paid"],
    }
    answer = sato.post("/staff/cases/new", typed)
    assert answer.status_code == 422
    for words in (SMS, "たくさん", "そのうち", "長い話のメモ", "請求された額を読めません", "払う予定の日を読めません"):
        assert words in answer.text
    assert 'value="paid" checked' in answer.text
    empty = sato.post("/staff/cases/new", {"text": " ", "note": "長い話のメモ"})
    assert empty.status_code == 422
    assert "文章がありません" in empty.text
    assert "長い話のメモ" in empty.text


@pytest.mark.parametrize(
    ("typed", "yen"),
    [("298,000円", 298_000), ("２９８，０００", 298_000), ("30万円", 300_000), ("30万5000", 305_000), ("¥1,000", 1000),
     ("0", 0), ("たくさん", None), ("-1", None), ("1.5万", None), ("9" * 20, None)],
)  # fmt: skip
def test_amounts_as_people_write_them(typed: str, yen: int | None) -> None:
    assert read_yen(typed) == yen


def test_decide_see_undo(sato: Browserless) -> None:
    case = sato.new_case(SMS, age_band="80s", received_on="2026年11月20日", amount_claimed="30万円")
    place = f"/staff/cases/{case}"
    page = sato.get(place).text
    for words in ("モデルの提案", "決めるのは相談員です", "読み上げる案内", "似ている手口", "点数を動かした言葉",
                  "<mark", "70歳以上です", "受付日: ", "請求金額: 300,000円"):  # fmt: skip
        assert words in page, words
    decided = {"disposition": "fictitious_billing", "result": "advice", "note": "助言した"}
    done = sato.post(f"{place}/decision", {"version": "1", "status_before": "open", "status": "open", **decided})
    assert done.status_code == 303
    page = sato.get(place).text
    assert "判断: なし → 架空請求" in page
    assert "状態: 受付 → 完了" in page
    change = re.findall(r'name="change" value="(\d+)"', page)[0]
    assert sato.post(f"{place}/undo", {"version": "2", "change": change}).status_code == 303
    page = sato.get(place).text
    assert "取り消し済み" in page
    assert "判断: 架空請求 → なし" in page
    again = sato.post(f"{place}/undo", {"version": "3", "change": change})
    assert again.status_code == 409
    redo = re.findall(r'name="change" value="(\d+)"', page)[0]
    assert sato.post(f"{place}/undo", {"version": "3", "change": redo}).status_code == 303
    assert "架空請求</strong>" in sato.get(place).text, "undoing an undo brings the decision back"


def test_two_people_on_one_case(staff_client: TestClient, sato: Browserless) -> None:
    tanaka = Browserless(staff_client, "tanaka")
    case = sato.new_case(SMS)
    place = f"/staff/cases/{case}"
    assert "がこの案件を開いています" not in sato.get(place).text
    assert "satoさんがこの案件を開いています" in tanaka.get(place).text
    assert (
        tanaka.post(f"{place}/decision", {"version": "1", "disposition": "other_scam", "note": "先の人"}).status_code
        == 303
    )
    late = sato.post(f"{place}/decision", {"version": "1", "disposition": "genuine_claim", "note": "後の人"})
    assert late.status_code == 412
    assert "ほかの人が先に変えました" in late.text
    table = late.text[late.text.index('class="conflict"') : late.text.index("届いた文章</h2>")]
    assert "その他の詐欺" in table
    assert "本物の請求" in table
    assert "先の人" in table
    assert "後の人" in table
    assert 'value="genuine_claim" data-key="3" checked' in late.text, "what was typed stands in the form"
    assert 'name="version" value="2"' in late.text
    assert (
        sato.post(f"{place}/decision", {"version": "2", "disposition": "genuine_claim", "note": "後の人"}).status_code
        == 303
    )


def test_a_second_pair_of_eyes(staff_client: TestClient, sato: Browserless) -> None:
    suzuki = Browserless(staff_client, "suzuki")
    case = sato.new_case(SMS)
    place = f"/staff/cases/{case}"
    sato.post(f"{place}/decision", {"version": "1", "disposition": "genuine_claim", "result": "advice"})
    assert "二重確認: 待っています" in sato.get(place).text, "against a sure suggestion two people decide"
    assert f'href="{place}"' in suzuki.get("/staff?review=wanted").text
    assert suzuki.post(f"{place}/review", {"version": "2", "agrees": "no"}).status_code == 303
    page = sato.get(place).text
    assert "違う判断でした" in page
    assert "対応中" in page
    other = suzuki.new_case(SMS + "別の件です")
    suzuki.post(f"/staff/cases/{other}/decision", {"version": "1", "disposition": "undecided", "review": "1"})
    own = suzuki.post(f"/staff/cases/{other}/review", {"version": "2", "agrees": "yes"})
    assert own.status_code == 409
    assert "判断した人とは別の人が" in own.text, re.findall(r'class="error"[^<]*<', own.text)


def test_a_blind_case_hides_the_suggestion_until_decided(database: str) -> None:
    with staffed(database, blind_share=1.0) as staff_client:
        sato = Browserless(staff_client, "sato")
        place = f"/staff/cases/{sato.new_case(SMS)}"
        page = sato.get(place).text
        assert "詐欺の見込み" not in page[page.index('<h2 id="suggestion-title"') :]
        assert "<mark" not in page
        assert "判断のあとに出ます" in sato.get("/staff").text
        sato.post(f"{place}/decision", {"version": "1", "disposition": "fictitious_billing"})
        assert "詐欺の見込み" in sato.get(place).text
        assert "1件のうち1件が同じ(100%)" in sato.get("/staff/report").text
        second = f"/staff/cases/{sato.new_case(SMS + '二通目')}"
        assert sato.post(f"{second}/score", {"version": "1"}).status_code == 303
        assert "<mark" in sato.get(second).text


def test_names_and_numbers_only_on_request(staff_client: TestClient, sato: Browserless) -> None:
    case = sato.new_case("山田太郎様 本日中に090-1234-5678へお電話ください。訴訟最終告知", note="山田太郎様から電話")
    place = f"/staff/cases/{case}"
    for path in (place, "/staff", "/staff?q=訴訟"):
        page = sato.get(path).text
        assert "山田太郎" not in page
        assert "1234-5678" not in page
    shown = sato.post(f"{place}/unmask", {"version": "1"})
    assert "山田太郎" in shown.text
    assert "090-1234-5678" in shown.text
    assert "山田太郎" not in sato.get(place).text
    suzuki = Browserless(staff_client, "suzuki")
    audit = suzuki.get(f"/staff/audit?case={case}&action=case_unmasked").text
    assert audit.count("<tr>") == 2
    assert "user:sato" in audit
    csv = suzuki.get("/staff/audit/export").content.decode("utf-8-sig")
    assert "名前や番号を出した" in csv
    assert "山田" not in csv


def test_answers_judge_again(sato: Browserless) -> None:
    case = sato.new_case(SMS)
    place = f"/staff/cases/{case}"
    answer = sato.post(f"{place}/answers", {"version": "1", "answer_special_delivery": "yes", "answer_x": "nonsense"})
    assert answer.status_code == 303
    page = sato.get(place).text
    assert re.search(r'name="answer_special_delivery" value="yes" checked', page)
    assert "質問への答え: なし → 1件" in page


def test_campaigns_are_named_merged_and_split(staff_client: TestClient, sato: Browserless) -> None:
    ids = [sato.new_case(DRAWN.format(*parts)) for parts in (
        ("大手サイト", "12,000", "11月24日", "03-0000-1111"), ("大手サイト", "298,000", "12月1日", "050-0000-2222"),
        ("有料動画", "49,800", "11月30日", "03-0000-3333"))]  # fmt: skip
    other = [
        sato.new_case(f"宅配便です。お荷物をお届けにあがりましたが不在のため持ち帰りました。{n}日までにご確認ください")
        for n in (3, 5)
    ]
    assert "同じ文章が増えています" in sato.get("/staff").text
    assert "同じ文章の<strong>3件目" in sato.get(f"/staff/cases/{ids[2]}").text
    assert "一致" in sato.get(f"/staff/cases/{ids[2]}").text
    sato.post("/staff/campaigns/1/name", {"name": "未納SMS"})
    assert "同じ文章が増えています" not in sato.get("/staff").text
    page = sato.get("/staff/campaigns/1").text
    warning = page[page.index('<textarea id="warning"') :]
    assert "3件ありました" in warning
    for text in ("大手サイト", "0000", "298,000", "移行します"):
        assert text not in warning[: warning.index("</textarea>")], "a warning holds no word of a notice"
    sato.post("/staff/campaigns/2/merge", {"into": "1"})
    assert sato.get("/staff/campaigns/2").headers["location"] == "/staff/campaigns/1"
    assert "全5件" in sato.get("/staff/campaigns/1").text
    answer = sato.post("/staff/campaigns/1/split", {"case": [str(number) for number in other]})
    assert "全2件" in sato.get(answer.headers["location"]).text
    assert "全3件" in sato.get("/staff/campaigns/1").text
    assert sato.post("/staff/campaigns/1/merge", {"into": "x"}).status_code == 404
    late = sato.new_case(DRAWN.format("有料動画", "1,000", "12月3日", "03-0000-4444"))
    assert "未納SMS" in sato.get(f"/staff/cases/{late}").text


def test_views_are_saved_for_oneself(staff_client: TestClient, sato: Browserless) -> None:
    sato.post("/staff/views", {"name": "高齢の方", "query": "age_band=80s&status=active"})
    page = sato.get("/staff").text
    assert 'href="/staff?age_band=80s&amp;status=active"' in page
    assert "高齢の方" not in Browserless(staff_client, "tanaka").get("/staff").text
    view = re.findall(r"/staff/views/(\d+)/delete", page)[0]
    Browserless(staff_client, "tanaka").post(f"/staff/views/{view}/delete")
    assert "高齢の方" in sato.get("/staff").text
    sato.post(f"/staff/views/{view}/delete")
    assert "高齢の方" not in sato.get("/staff").text


def test_a_table_becomes_cases(staff_client: TestClient, sato: Browserless) -> None:
    csv = (
        "本文,届き方,受け取った日,年代,これまでにしたこと,請求額,メモ\r\n"
        f'"{SMS}",SMS,2026/11/20,70代,"電話・返信した、払った","298,000円",家族から\r\n'
        ",SMS,,,,,本文がない\r\n"
        '"二行の\n文章です",はがき,,,,たくさん,\r\n'
        "三つ目のお知らせです,手紙,,,,,\r\n"
        "四つ目のお知らせです,伝書鳩,2999/1/1,古い,寝た,,\r\n"
    )
    for content in (csv.encode("utf-8-sig"), csv.encode("cp932")):
        answer = sato.post("/staff/cases/bulk", files={"file": ("cases.csv", content, "text/csv")})
        assert answer.status_code == 200
        assert "2件の案件をつくりました。3行は読めませんでした" in answer.text
        for words in ("届き方を読めません", "年代を読めません", "これまでにしたことを読めません", "これから来る日"):
            assert words in answer.text
        assert "読まなかった列" not in answer.text
        assert "3行目" in answer.text
        assert "請求された額を読めません" in answer.text
    with staff_client.app.state.store.read() as session:  # type: ignore[attr-defined]
        first = session.scalars(select(Case).order_by(Case.id)).first()
    assert first is not None
    assert (first.channel, first.age_band, first.happened, first.amount_claimed) == (
        "sms",
        "70s",
        ["called", "paid"],
        298_000,
    )
    book = Workbook()
    assert book.active is not None
    book.active.append(["本文", "請求額", "請求学", "担当", "備考", None, None])
    book.active.append([SMS, 12000, None, "<b>佐藤</b>", None, None, "外"])
    file = io.BytesIO()
    book.save(file)
    answer = sato.post("/staff/cases/bulk", files={"file": ("案件.xlsx", file.getvalue())})
    assert "1件の案件をつくりました" in answer.text
    assert "読まなかった列: 「担当」「見出しのない列」" in answer.text
    for bad in (b"\x00\x01", b"PK\x03\x04", "件名\r\nx".encode()):
        answer = sato.post("/staff/cases/bulk", files={"file": ("x.xlsx" if bad[:2] == b"PK" else "x.csv", bad)})
        assert answer.status_code == 422


def test_a_mail_is_read_into_the_form(sato: Browserless) -> None:
    mail = (
        b"From: =?iso-2022-jp?B?GyRCNElNfSU7JXMlPyE8GyhC?= <info@kanri.example>\r\nSubject: test\r\n"
        b"Content-Type: text/plain; charset=shift_jis\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ) + "訴訟最終告知のお知らせ".encode("cp932")
    answer = sato.post("/staff/cases/read", files={"file": ("x.eml", mail)})
    assert answer.status_code == 200
    assert "ファイルを読みました" in answer.text
    assert "訴訟最終告知のお知らせ</textarea>" in answer.text
    assert '<option value="email" selected>' in answer.text
    assert "管理センター" in answer.text
    bad = sato.post("/staff/cases/read", files={"file": ("x.exe", b"MZ\x00\x01")})
    assert bad.status_code == 422
    assert 'id="notice_file-error"' in bad.text


def test_the_audit_tells_everything(staff_client: TestClient, sato: Browserless) -> None:
    case = sato.new_case(SMS)
    place = f"/staff/cases/{case}"
    sato.get(place)
    sato.post(f"{place}/decision", {"version": "1", "disposition": "other_scam", "note": "秘密のメモ"})
    sato.get("/staff/cases/export?format=csv")
    with staff_client.app.state.store.read() as session:  # type: ignore[attr-defined]
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.actor == "user:sato").order_by(AuditEvent.id)
        ).all()
    assert [event.action for event in events] == [
        "login",
        "case_created",
        "case_viewed",
        "case_changed",
        "cases_exported",
    ]
    assert events[3].detail["fields"] == ["decided_by", "disposition", "note"]
    assert all(event.request_id not in ("", "-") for event in events)
    assert "秘密" not in str([event.detail for event in events])


def test_a_search_is_in_the_audit_once_and_masked(staff_client: TestClient, sato: Browserless) -> None:
    for number in range(51):
        sato.new_case(f"{SMS} {number}通目のお知らせ")

    def looks(actor: str = "user:sato") -> list[dict[str, object]]:
        with staff_client.app.state.store.read() as session:  # type: ignore[attr-defined]
            wanted = select(AuditEvent).where(AuditEvent.action == "cases_listed", AuditEvent.actor == actor)
            return [event.detail for event in session.scalars(wanted.order_by(AuditEvent.id))]

    first = sato.get("/staff?q=未納&status=open")
    following = re.findall(r'href="(/staff\?[^"]*cursor=[^"]*)"', first.text)[0].replace("&amp;", "&")
    assert "案件の表" in sato.get(following).text
    assert "案件の表" in sato.get("/staff?q=未納&status=open").text
    assert looks() == [{"asked": {"q": "未納", "status": "open"}, "shown": 50}], "pages and reloads are one look"
    cursor = following.rpartition("cursor=")[2]
    sato.get(f"/staff?q=山田太郎様 090-1234-5678&status=open&cursor={cursor}")
    asked = str(looks()[1:])
    assert "山田太郎" not in asked
    assert "1234" not in asked
    assert "電話番号" in asked, "another search is seen even where it comes with the cursor of the first"
    Browserless(staff_client, "tanaka").get("/staff?q=未納&status=open")
    assert looks("user:tanaka") == looks()[:1], "everybody's own"
    suzuki = Browserless(staff_client, "suzuki")
    page = suzuki.get("/staff/audit?action=cases_listed").text
    assert "案件の一覧を見た" in page
    assert "探した言葉: 未納" in page
    suzuki.get("/staff/audit?action=cases_listed")
    looked = suzuki.get("/staff/audit?action=audit_viewed").text
    assert looked.count("<td>操作の記録を見た</td>") == 1, "this very look is not yet there"
