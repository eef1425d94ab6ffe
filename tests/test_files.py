"""Files as people have them, read as notices; those made to hurt, refused."""

import io
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from api_browser import chromium
from api_double import JudgeDouble
from api_files import HTML, LOCKED_PDF, TEXT, encoded_word, mail, nested_mail, nested_multipart, pdf, png
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from api import Settings, create_app
from api.files import limits, opening, read_file
from api.files.text import decode
from api.problems import Problem

LETTER = "裁判所からのお知らせ\n未納料金があります\n本日中にご連絡ください"
# name, charset declared, codec in truth, transfer encoding
MAILS = [
    ("iso-2022-jp", "iso2022_jp", "7bit"),
    ("ISO-2022-JP", "iso2022_jp", "base64"),
    ("Shift_JIS", "cp932", "8bit"),
    ("cp932", "cp932", "base64"),
    ("EUC-JP", "euc_jp", "8bit"),
    ("utf-8", "utf-8", "base64"),
    ("us-ascii", "cp932", "8bit"),  # declared falsely
    ("utf-8", "iso2022_jp", "7bit"),
    ("shift_jis", "utf-8", "8bit"),
    ("x-unknown-9", "euc_jp", "base64"),
    ('"', "utf-8", "8bit"),
]


@pytest.mark.parametrize(("declared", "codec", "encoding"), MAILS)
def test_mail_in_every_encoding(declared: str, codec: str, encoding: str) -> None:
    subject = encoded_word("【重要】未納のお知らせ", "ISO-2022-JP", "iso2022_jp")
    found = read_file(mail(TEXT.encode(codec), declared, encoding=encoding, subject=subject))
    assert (found.kind, found.channel) == ("mail", "email")
    assert found.text == TEXT.strip().replace("\r\n", "\n")
    assert found.subject == "【重要】未納のお知らせ"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"])
def test_text_in_every_encoding(codec: str) -> None:
    assert read_file(TEXT.encode(codec)).text == TEXT.strip()


def test_letters_that_only_windows_has() -> None:
    for letters in ("株式会社①㈱髙橋", "№12 ㍻"):
        assert decode(letters.encode("cp932"), "shift_jis") == letters
    assert decode(b"\x1b$B-!-j\x1b(B", "iso-2022-jp") == "①㈱"  # NEC row 13 in a mail that says JIS


def test_html_shows_what_was_seen_and_where_links_lead() -> None:
    found = read_file(mail(HTML.encode(), "utf-8", kind="html"))
    assert found.text == (
        "お客様の口座を停止しました。\n本日中にhttps://www.bank.example/ https://login.bank-kakunin.example/p?id=1 "
        "で確認してください。\n担当"
    )
    (remark,) = found.remarks
    assert remark.code == "link_leads_elsewhere"
    assert "login[.]bank-kakunin[.]example" in remark.detail


# From, Reply-To, codes of the remarks
SENDERS = [
    (b"info@mail.example", b"", []),
    (b"", b"", ["sender_missing"]),
    (b'"Amazon.co.jp" <a@mail.example>', b"", ["sender_name_elsewhere"]),
    (b'"service@bank.example" <x@spam.example>', b"", ["sender_name_elsewhere"]),
    (b"Amazon <no-reply@amazon.co.jp>", b"", []),
    (b"PayPay <abc@spam.example>", b"", ["sender_not_its_own"]),
    (encoded_word("サンプル銀行", "utf-8", "utf-8") + b" <a@gmail.com>", b"", ["sender_not_its_own"]),
    (encoded_word("山田太郎", "utf-8", "utf-8") + b" <a@gmail.com>", b"", []),
    (b"info@mail.example", b"x@other.example", ["reply_goes_elsewhere"]),
    (b"info@a.bank.co.jp", b"help@b.bank.co.jp", []),
]


@pytest.mark.parametrize(("sender", "reply", "codes"), SENDERS)
def test_sender_against_the_claimed_name(sender: bytes, reply: bytes, codes: list[str]) -> None:
    extra = b"Reply-To: " + reply + b"\r\n" if reply else b""
    found = read_file(mail(TEXT.encode(), "utf-8", sender=sender, extra=extra))
    assert [remark.code for remark in found.remarks] == codes


def test_forwarded_mail_is_the_one_that_is_asked_about() -> None:
    inner = mail(TEXT.encode("iso2022_jp"), "iso-2022-jp", encoding="7bit", sender=b"bad@spam.example")
    outer = (
        b"From: mother@home.example\r\nSubject: help\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nlook\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--x--\r\n"
    )
    found = read_file(outer)
    assert found.sender == "bad@spam.example"
    assert found.text == TEXT.strip()


# file, code
REFUSED = [
    (b"", "file_without_text"),
    (b" \n\n", "file_without_text"),
    (b"PK\x03\x04" + b"\0" * 100, "file_kind_unknown"),
    (b"MZ" + bytes(range(256)) * 4, "file_kind_unknown"),
    (bytes(range(256)) * 10, "file_kind_unknown"),
    (b"\0" * 1000, "file_kind_unknown"),
    ("あ".encode() * 100_001, "text_too_long"),
    (pdf(), "file_without_text"),
    (pdf(pages=limits.PDF_PAGES + 1), "file_too_complex"),
    (b"%PDF-1.4\n" + b"x" * 500, "file_unreadable"),
    (LOCKED_PDF, "file_protected"),
    (nested_mail(limits.MAIL_DEPTH + 1), "file_too_complex"),
    (nested_mail(5000), "file_too_complex"),
    (nested_multipart(limits.MAIL_DEPTH + 2), "file_too_complex"),
    (nested_multipart(3000), "file_too_complex"),
    (mail(b"x" * (limits.MAIL_TEXT_BYTES + 1), "utf-8"), "file_too_complex"),
    (mail(b"<div>" * 200_000, "utf-8", kind="html"), "file_too_complex"),
    (mail(b"<div>" * limits.HTML_TAGS, "utf-8", kind="html"), "file_without_text"),
]


@pytest.mark.parametrize(("raw", "code"), REFUSED, ids=[f"{n}-{row[1]}" for n, row in enumerate(REFUSED)])
def test_refused(raw: bytes, code: str) -> None:
    started = time.process_time()
    with pytest.raises(Problem) as refused:
        read_file(raw)
    assert refused.value.code == code
    assert time.process_time() - started < 5


# A picture of 400 megapixels in 0.4 MB; one that lies about its size; half a picture.
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (png(20_000, 20_000), "file_too_complex"),
        (png(64, 64)[:-60], "file_unreadable"),
        (b"\xff\xd8\xff", "file_unreadable"),
    ],
)
def test_pictures_refused(raw: bytes, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "reads_pictures", lambda: True)
    with pytest.raises(Problem) as refused:
        read_file(raw)
    assert refused.value.code == code


def test_without_a_reader_pictures_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "reads_pictures", lambda: False)
    with pytest.raises(Problem) as refused:
        read_file(png(10, 10))
    assert refused.value.code == "pictures_not_read"
    assert "書き写して" in refused.value.detail


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"From: a\r\nSubject: b\r\n", b"From: a@b\r\nContent-Type: "]))
def test_any_bytes_are_read_or_refused(raw: bytes, head: bytes) -> None:
    try:
        found = read_file(head + raw)
    except Problem:
        return
    found.text.encode("utf-8")


@pytest.fixture(scope="module")
def printed() -> Iterator[tuple[bytes, bytes]]:
    """A letter as a browser prints it, and as a camera would see it."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 700, "height": 300}, device_scale_factor=2)
        style = "font: 28px 'Noto Sans CJK JP'; white-space: pre; padding: 30px"
        page.set_content(f'<html lang=ja><body style="{style}">{LETTER}</body></html>')
        yield page.pdf(), page.screenshot()
        page.close()


def test_pdf_with_text(printed: tuple[bytes, bytes]) -> None:
    found = read_file(printed[0])
    assert (found.kind, found.text) == ("pdf", LETTER)
    assert not found.to_be_corrected


@pytest.mark.parametrize("turned", [0, 90])
def test_picture_is_recognised_and_wants_correction(printed: tuple[bytes, bytes], turned: int) -> None:
    """Also where the telephone was held sideways and did not say so."""
    if shutil.which("tesseract") is None:
        pytest.fail("tesseract is missing: apt-get install tesseract-ocr tesseract-ocr-jpn", pytrace=False)
    seen = io.BytesIO()
    Image.open(io.BytesIO(printed[1])).rotate(turned, expand=True).save(seen, "PNG")
    found = read_file(seen.getvalue())
    assert found.to_be_corrected
    assert "未納料金" in found.text
    assert "からのお知らせ\n" in found.text


@pytest.fixture
def judge() -> JudgeDouble:
    return JudgeDouble()


@pytest.fixture
def client(judge: JudgeDouble) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(_env_file=None), judge)) as started:
        yield started


def test_route_answers_with_text_remarks_and_assessment(client: TestClient, judge: JudgeDouble) -> None:
    raw = mail(HTML.encode(), "utf-8", kind="html", extra=b"Reply-To: x@other.example\r\n")
    answer = client.post("/v1/assessments/file", files={"file": ("悪い.eml", raw)}, data={"received_on": "2026-11-22"})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    assert body["kind"] == "mail"
    assert [remark["code"] for remark in body["remarks"]] == ["reply_goes_elsewhere", "link_leads_elsewhere"]
    spans = [span for flag in body["assessment"]["red_flags"] for span in flag["spans"]]
    assert spans
    assert all(body["text"][span["start"] : span["end"]] == span["text"] for span in spans)
    (notice,) = judge.seen
    assert (notice.channel, notice.sender, str(notice.received_on)) == ("email", "info@mail.example", "2026-11-22")


# what is sent, status, code
BAD_FORMS: list[tuple[dict[str, Any], int, str]] = [
    ({"data": {"channel": "sms"}}, 415, "unsupported_media_type"),
    ({"json": {}}, 415, "unsupported_media_type"),
    ({"files": {"other": ("a.txt", b"x")}}, 422, "file_missing"),
    ({"files": {"file": ("a.txt", b"")}}, 422, "file_missing"),
    ({"files": {"file": ("a.txt", b"x")}, "data": {"channel": "fax"}}, 422, "unknown_channel"),
    ({"files": {"file": ("a.txt", b"x")}, "data": {"received_on": "x"}}, 422, "received_on_not_date"),
    ({"files": {"file": ("a.zip", b"PK\x03\x04")}}, 415, "file_kind_unknown"),
    ({"files": {"file": ("a.txt", b"x" * 10_500_000)}}, 413, "body_too_large"),
    ({"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, 400, "unreadable_body"),
    (
        {
            "content": b'--x\r\nContent-Disposition: form-data; name="a\x12"\r\rb\r\n\r\n{}\r\n--x--',
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
        400,
        "unreadable_body",
    ),
    ({"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data"}}, 400, "unreadable_body"),
    (
        {"content": b"--x\r\n\xff\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        400,
        "unreadable_body",
    ),
]


@pytest.mark.parametrize(("sent", "status", "code"), BAD_FORMS, ids=[f"{n}-{r[2]}" for n, r in enumerate(BAD_FORMS)])
def test_bad_forms(client: TestClient, sent: dict[str, Any], status: int, code: str) -> None:
    answer = client.post("/v1/assessments/file", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
