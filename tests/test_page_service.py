"""The page's newer parts in a real browser: files, furigana, why, storing; and every page under axe (WCAG 2.2 AA)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_browser import screenshot, served
from api_double import POSTCARD, JudgeDouble
from api_files import HTML, mail, png
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from starlette.testclient import TestClient

from api import Settings, create_app
from api.files import opening
from api.furigana import readings, with_furigana
from api.store import Store
from api.store.opted_in import OptedInNotice

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
MAIL = mail(HTML.encode(), "utf-8", kind="html", extra=b"Reply-To: x@other.example\r\n")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = f"sqlite:///{tmp_path_factory.mktemp('page') / 'page.sqlite3'}"
    with served(create_app(Settings(_env_file=None, database=database, opt_in=True), JudgeDouble())) as url:
        yield url


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    options: dict[str, Any] = {"width": 320, "script": False} | getattr(request, "param", {})
    context = browser.new_context(
        viewport={"width": options["width"], "height": 720},
        java_script_enabled=options["script"],
        bypass_csp=options["script"],  # axe is put into the page from outside; the page itself has no script
        locale="ja-JP",
    )
    yield context.new_page()
    context.close()


def _no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{item['id']}: {node['html'][:120]}" for item in found for node in item["nodes"]]


@pytest.mark.parametrize("page", [{"width": 320, "script": True}, {"width": 1200, "script": True}], indirect=True)
def test_axe_finds_nothing(page: Page, address: str) -> None:
    page.goto(address)
    assert _violations(page) == []
    page.get_by_role("button", name="確かめる").click()
    expect(page.locator("#text-error")).to_be_visible()
    assert _violations(page) == []
    page.get_by_label("届いた文章").fill(POSTCARD)
    page.get_by_label("なぜこの点数か").check()
    page.get_by_role("button", name="確かめる").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("詐欺の疑いが強い")
    page.get_by_text("文章を直して、もう一度確かめる").click()
    assert _violations(page) == []
    page.get_by_role("button", name="ふりがなをつける").click()
    assert _violations(page) == []
    page.goto(f"{address}/problems/text_empty")
    assert _violations(page) == []
    page.goto(address)
    page.locator("#file").set_input_files({"name": "a.eml", "mimeType": "message/rfc822", "buffer": MAIL})
    page.get_by_role("button", name="ファイルを読む").click()
    expect(page.locator(".remarks")).to_be_visible()
    assert _violations(page) == []


def test_mail_is_read_looked_through_and_judged(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("ファイルから読む").set_input_files(
        {"name": "a.eml", "mimeType": "message/rfc822", "buffer": MAIL}
    )
    page.get_by_role("button", name="ファイルを読む").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_label("届いた文章")).to_contain_text("口座を停止しました")
    expect(page.get_by_label("メール", exact=True)).to_be_checked()
    expect(page.locator(".remarks")).to_contain_text("login[.]bank-kakunin[.]example")
    assert page.locator("main a").count() == 0
    _no_sideways_scroll(page)
    screenshot(page, "file-read-320")
    page.get_by_role("button", name="確かめる").click()
    expect(page.locator(".notice-text")).to_contain_text("口座を停止しました")
    assert page.locator("form input[name=sender]").first.get_attribute("value") == "info@mail.example"


def test_photograph_is_read_and_wants_a_persons_eye(page: Page, address: str, browser: Browser) -> None:
    letter = browser.new_page(viewport={"width": 600, "height": 160}, device_scale_factor=2)
    letter.set_content("<body style=\"font: 30px 'Noto Sans CJK JP'; padding: 30px\">本日中にご連絡ください</body>")
    picture = letter.screenshot()
    letter.close()
    page.goto(address)
    page.get_by_label("ファイルから読む").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture})
    page.get_by_role("button", name="ファイルを読む").click()
    expect(page.get_by_text("紙と見くらべて")).to_be_visible()
    expect(page.get_by_label("届いた文章")).to_have_value("本日中にご連絡ください")
    screenshot(page, "picture-read-320", whole=False)


def test_file_errors_stand_beside_the_field(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="ファイルを読む").click()
    expect(page.locator("#file-error")).to_contain_text("ファイルを選んで")
    expect(page.get_by_label("ファイルから読む")).to_be_focused()
    _no_sideways_scroll(page)
    screenshot(page, "file-error-320", whole=False)


def test_nothing_typed_is_lost_to_a_file(page: Page, address: str) -> None:
    def choose(name: str, content: bytes, button: str) -> None:
        page.get_by_label("ファイルから読む").set_input_files({"name": name, "mimeType": "", "buffer": content})
        page.get_by_role("button", name=button).click()

    page.goto(address)
    page.get_by_label("届いた文章").fill("表の文章")
    page.get_by_label("はがき", exact=True).check()
    choose("a.zip", b"PK\x03\x04", "ファイルを読む")
    expect(page.locator("#file-error")).to_contain_text("読めるのは")
    expect(page.get_by_label("届いた文章")).to_have_value("表の文章")
    # Pressing the other button sends the file's name alone: it must not look as if the file had been judged.
    choose("b.txt", "裏の文章".encode("cp932"), "確かめる")
    expect(page.locator("#file-error")).to_contain_text("まだ読んでいません")
    expect(page.get_by_label("届いた文章")).to_have_value("表の文章")
    choose("b.txt", "裏の文章".encode("cp932"), "ファイルを読む")
    expect(page.get_by_text("前からあった文章の下に")).to_be_visible()
    expect(page.get_by_label("届いた文章")).to_have_value("表の文章\n\n裏の文章")
    expect(page.get_by_label("はがき", exact=True)).to_be_checked()
    page.get_by_role("button", name="確かめる").click()
    expect(page.locator(".notice-text")).to_have_text("表の文章\n\n裏の文章")


def test_a_file_chosen_but_not_read_is_said_beside_it() -> None:
    client = TestClient(create_app(Settings(_env_file=None), JudgeDouble()))
    page = client.post("/", data={"text": "", "file": "letter.pdf"})
    assert page.status_code == 422
    assert 'id="file-error"' in page.text
    assert 'id="text-error"' not in page.text
    empty = client.post("/file", data={"text": "残る文章"}, files={"file": ("a.txt", b"")})
    assert empty.status_code == 422
    assert "中が空です" in empty.text
    assert "項目の名前" not in empty.text, "words for programmers"
    assert "残る文章</textarea>" in empty.text
    assert "ふりがなをつける" in page.text
    assert "ふりがなをつける" not in empty.text, "the link would lose the text"
    # As much as the page itself takes may go along.
    text = "あ" * 99_000
    assert f"{text}\n\nい</textarea>" in client.post("/file", data={"text": text}, files={"file": ("a", "い")}).text


def test_file_by_keyboard_alone(page: Page, address: str, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("本日中に払ってください", encoding="cp932")
    page.goto(address)
    page.bring_to_front()
    chosen = page.get_by_label("ファイルから読む")
    page.get_by_role("button", name="確かめる").focus()
    page.keyboard.press("Tab")
    expect(chosen).to_be_focused()
    chosen.set_input_files(letter)  # Space would open the browser's own dialog, and waiting for that is a race
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="ファイルを読む")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("届いた文章")).to_have_value("本日中に払ってください")


@pytest.mark.parametrize("page", [{"width": 320}], indirect=True)
def test_furigana_is_switched_on_without_script_and_stays(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="ふりがなをつける").click()
    assert page.locator("label ruby").count() > 0
    assert page.locator("button ruby").count() == 0
    page.get_by_label("届").fill(POSTCARD)
    page.get_by_role("button", name="確かめる").click()
    expect(page.locator("h1 rt").first).to_have_text("さぎ")
    assert page.locator(".notice-text ruby").count() == 0
    _no_sideways_scroll(page)
    screenshot(page, "result-furigana-320")
    page.get_by_role("button", name="ふりがなを消す").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("詐欺の疑いが強い")
    assert page.locator("ruby").count() == 0
    assert page.locator(".notice-text").evaluate("e => e.textContent") == POSTCARD


@pytest.mark.parametrize("page", [{"width": 320, "script": True}], indirect=True)  # for axe alone
def test_the_fuller_form_comes_on_request_and_stays(page: Page, address: str) -> None:
    """The short steps first, the facts beside them for those who ask, the choice kept; the page has no script."""
    page.goto(address)
    page.get_by_label("届いた文章").fill(POSTCARD)
    page.get_by_role("button", name="確かめる").click()
    steps = page.locator(".guidance > li").first.locator("ul").first.text_content()
    assert page.locator(".fuller").count() == 0
    page.get_by_role("button", name="くわしい説明も出す").click()
    expect(page.locator(".guidance > li").first.locator("ul").first).to_have_text(str(steps))
    assert page.locator(".fuller").first.locator("li").count() >= 3
    assert page.locator(".notice-text").evaluate("e => e.textContent") == POSTCARD
    _no_sideways_scroll(page)
    assert _violations(page) == []
    screenshot(page, "result-fuller-320")
    page.emulate_media(media="print")
    expect(page.locator(".fuller").first).to_be_hidden()  # the sheet keeps to the short form
    page.emulate_media(media="screen")
    page.goto(address)
    page.get_by_label("届いた文章").fill(POSTCARD)
    page.get_by_role("button", name="確かめる").click()
    assert page.locator(".fuller").count() >= 1, "kept for the next notice"
    page.get_by_role("button", name="やさしい説明だけにする").click()
    expect(page.get_by_role("button", name="くわしい説明も出す")).to_be_visible()
    assert page.locator(".fuller").count() == 0


def test_why_is_shown_to_those_who_ask(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("届いた文章").fill(POSTCARD)
    page.get_by_label("なぜこの点数か").check()
    page.get_by_role("button", name="確かめる").click()
    expect(page.get_by_role("heading", name="なぜこの点数か")).to_be_visible()
    expect(page.locator(".why li")).to_contain_text("点数を少し上げた")
    screenshot(page, "result-why-320")


def test_storing_is_offered_only_where_the_operator_does(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("届いた文章").fill("山田太郎様 本日中に09000000001へ")
    page.get_by_label("文章を役立ててよい").check()
    page.get_by_role("button", name="確かめる").click()
    expect(page.get_by_text("文章を保存しました")).to_be_visible()
    with TestClient(create_app(Settings(_env_file=None), JudgeDouble())) as client:
        assert "役立ててよい" not in client.get("/").text
        assert "保存しませんでした" in client.post("/", data={"text": "x", "store": "1"}).text


def test_stored_from_the_page_is_masked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    with TestClient(create_app(Settings(_env_file=None, database=url, opt_in=True), JudgeDouble())) as client:
        client.post("/", data={"text": "山田太郎様 本日中に09000000001へ", "store": "1"})
        client.post("/", data={"text": "保存しない文章"})
    store = Store.open(url)
    with store.read() as session:
        assert list(session.scalars(select(OptedInNotice.text))) == ["〔名前〕様 本日中に〔電話番号〕へ"]
    store.close()


def test_pictures_are_offered_only_where_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(create_app(Settings(_env_file=None), JudgeDouble()))
    for there in (True, False):
        monkeypatch.setattr("api.routes.page.reads_pictures", lambda there=there: there)
        assert ("image/*" in client.get("/").text) is there
    monkeypatch.setattr(opening, "reads_pictures", lambda: False)
    page = client.post("/file", files={"file": ("a.png", png(9, 9))})
    assert page.status_code == 415
    assert "書き写して" in page.text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("払う", "払(はら)う"),
        ("申し込み", "申(もう)し込(こ)み"),
        ("支払督促", "支払督促(しはらいとくそく)"),
        ("何も言う私", "何(なに)も言(い)う私(わたし)"),
        ("11月22日", "11月(がつ)22日(にち)"),
        ("6か月", "6か月(げつ)"),
        ("差し押さえ", "差(さ)し押(お)さえ"),
        ("身に覚えのない", "身(み)に覚(おぼ)えのない"),
        ("  余白  ", "  余白(よはく)  "),
    ],
)
def test_readings(text: str, read: str) -> None:
    assert "".join(f"{piece}({kana})" if kana else piece for piece, kana in readings(text)) == read


def test_furigana_changes_nothing_but_the_readings() -> None:
    page = '<!doctype html>\n<p title="詐欺">&lt;詐欺&gt; &amp; A&#39;s</p><button>払う</button><br><img alt="字"/>'
    annotated = with_furigana(page)
    assert (
        annotated.replace("<ruby>", "").replace("</ruby>", "").replace("<rp>(</rp><rt>さぎ</rt><rp>)</rp>", "") == page
    )
    assert "<button>払う</button>" in annotated


def test_furigana_runs_nothing_that_was_pasted() -> None:
    client = TestClient(create_app(Settings(_env_file=None), JudgeDouble()))
    hostile = "払</ruby></q></div><script>alert('字')</script>&lt;script&gt;本日中<img src=x onerror=字>"
    page = client.post("/", data={"text": hostile, "sender": hostile, "why": "1", "furigana": "on"}).text
    assert "<ruby>" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "&amp;lt;script" in page
