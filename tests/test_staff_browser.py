"""The staff's pages in a real browser: keys, input methods, two people, no script at all, axe on every page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_browser import SCREENSHOTS, served
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from staff_pages import PASSWORD, add_people, staff_app

from api.store import Store

SMS = "【重要】未納料金がございます。本日中にご連絡なき場合、訴訟最終告知のうえ、差し押さえます。担当 {}"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = f"sqlite:///{tmp_path_factory.mktemp('staff') / 'browser.sqlite3'}"
    store = Store.open(url)
    add_people(store)
    store.close()
    with served(staff_app(url)) as place:
        yield place


def _person(browser: Browser, address: str, name: str, **options: Any) -> Page:
    page = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768}, **options).new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{address}/staff")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff")
    return page


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = _person(browser, address, "sato")
    yield page
    page.context.close()


def _new_case(page: Page, address: str, text: str) -> str:
    page.goto(f"{address}/staff/cases/new")
    page.fill("#text", text)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/staff/cases/*?done=created")
    return page.url.partition("?")[0]


def test_from_paste_to_disposition_in_few_keys(page: Page) -> None:
    """n, paste, Ctrl+Enter, 1, q, Ctrl+Enter: eight keys, counting Ctrl, besides the text."""
    page.keyboard.press("n")
    page.wait_for_url("**/staff/cases/new")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.insert_text(SMS.format("佐藤"))
    expect(page.locator("#preview .suggestion")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "staff-new.png", full_page=True)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/staff/cases/*?done=created")
    place = page.url.partition("?")[0]
    page.keyboard.press("1")
    page.keyboard.press("q")
    page.screenshot(path=SCREENSHOTS / "staff-case.png", full_page=True)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**?done=saved")
    page.goto(place)
    expect(page.locator(".case-head")).to_contain_text("完了・架空請求・助言")
    page.keyboard.press("z")
    page.wait_for_url("**?done=undone")
    expect(page.locator(".case-head")).to_contain_text("受付")
    expect(page.locator(".case-head")).not_to_contain_text("架空請求")


def test_keys_are_quiet_while_somebody_writes(page: Page, address: str) -> None:
    _new_case(page, address, SMS.format("鈴木"))
    page.keyboard.press("m")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("1q s?n")
    expect(page.locator("#note")).to_have_value("1q s?n")
    assert page.locator("[name=disposition]:checked").count() == 0
    # an input method at work: Enter takes the conversion and must send nothing, digits choose a candidate
    page.evaluate(
        """() => {
            const note = document.getElementById("note");
            note.dispatchEvent(new CompositionEvent("compositionstart", {bubbles: true}));
            const press = (place, key, ctrlKey) =>
              place.dispatchEvent(new KeyboardEvent("keydown", {key, ctrlKey, bubbles: true, isComposing: true}));
            press(note, "Enter", true);
            press(note, "s", false);
            press(document.body, "1", false);
            note.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}));
        }"""
    )
    assert page.locator("[name=disposition]:checked").count() == 0
    assert page.url.endswith("done=created")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    assert page.locator("[name=disposition]:checked").get_attribute("value") == "other_scam"


def test_keys_are_ones_own(browser: Browser, address: str) -> None:
    """Another key, no key at all, and the usual ones again: for this person, in any browser."""
    page = _person(browser, address, "tanaka")
    page.keyboard.press("?")
    page.wait_for_url("**/staff/help")
    page.click("text=キーを変える・使わない")
    page.fill("#key-new_case", "x")
    page.fill("#key-save", "x")
    page.click("button.main")
    expect(page.locator("[role=alert]")).to_contain_text("同じキー「x」です")
    expect(page.locator("#key-save")).to_have_value("x")
    page.fill("#key-save", "")
    page.click("button.main")
    expect(page.locator("[role=status]")).to_be_visible()
    other = _person(browser, address, "tanaka")
    other.goto(f"{address}/staff/help")
    other.keyboard.press("n")
    other.wait_for_timeout(200)
    assert other.url.endswith("/staff/help"), "the usual key is no key any more"
    other.keyboard.press("x")
    other.wait_for_url("**/staff/cases/new")
    page.uncheck("[name=on]")
    page.click("button.main")
    page.wait_for_url("**done=saved")
    other.goto(f"{address}/staff/help")
    for key in ("x", "?", "n", "j"):
        other.keyboard.press(key)
    other.wait_for_timeout(200)
    assert other.url.endswith("/staff/help"), "single keys can be switched off"
    assert other.locator("kbd").all_text_contents() == ["Ctrl+Enter", "Enter", "Ctrl+Enter", "Esc"]
    mine = _person(browser, address, "sato")
    mine.keyboard.press("n")
    mine.wait_for_url("**/staff/cases/new")
    page.click("text=はじめのキーにもどす")
    page.wait_for_url("**done=saved")
    page.keyboard.press("n")
    page.wait_for_url("**/staff/cases/new")
    for opened in (page, other, mine):
        opened.context.close()


def test_a_real_input_method_composition_sends_nothing(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/cases/new")
    session = page.context.new_cdp_session(page)
    page.focus("#text")
    session.send("Input.imeSetComposition", {"selectionStart": 3, "selectionEnd": 3, "text": "みのう"})
    page.wait_for_timeout(700)
    assert page.locator("#preview .suggestion").count() == 0, "nothing is asked for half a word"
    session.send("Input.insertText", {"text": "未納料金があります。"})
    expect(page.locator("#preview .suggestion")).to_be_visible()
    assert page.url.endswith("/staff/cases/new")


def test_two_browsers_on_one_case(browser: Browser, page: Page, address: str) -> None:
    place = _new_case(page, address, SMS.format("田中"))
    other = _person(browser, address, "tanaka")
    other.goto(place)
    expect(other.locator(".alert")).to_contain_text("satoさんがこの案件を開いています")
    other.check("[name=disposition][value=other_scam]")
    other.fill("#note", "先に書いた")
    other.keyboard.press("Control+Enter")
    other.wait_for_url("**?done=saved")
    page.check("[name=disposition][value=genuine_claim]")
    page.fill("#note", "後から書いた")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".conflict")).to_contain_text("先に書いた")
    expect(page.locator(".conflict")).to_contain_text("後から書いた")
    expect(page.locator("#note")).to_have_value("後から書いた")
    page.screenshot(path=SCREENSHOTS / "staff-conflict.png", full_page=True)
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("s")
    page.wait_for_timeout(100)
    page.locator("[data-save]").click()
    page.wait_for_url("**done=saved")
    page.goto(place)
    expect(page.locator(".history")).to_contain_text("判断: その他の詐欺 → 本物の請求")
    other.context.close()


def test_everything_by_forms_alone(browser: Browser, address: str) -> None:
    page = _person(browser, address, "suzuki", java_script_enabled=False)
    page.click("text=新しい案件")
    page.fill("#text", SMS.format("なし"))
    page.click("button.main")
    page.check("[name=disposition][value=fictitious_billing]")
    page.check("[name=result][value=information]")
    page.locator("button[value=stay]").click()
    assert "完了・架空請求・情報提供" in str(page.locator(".case-head").text_content())
    page.locator(".history button").first.click()
    assert "取り消しました" in str(page.locator(".done").text_content())
    page.click("text=名前や番号を出す")
    assert "見たことを記録しました" in str(page.locator(".left .alert").text_content())
    assert page.locator(".needs-script:visible").count() == 0
    page.click(".site a")
    page.fill("[name=q]", "未納")
    page.click("text=絞りこむ")
    assert page.locator("tbody tr").count() >= 1
    page.context.close()


def test_every_page_is_accessible_and_fits_a_narrow_window(page: Page, address: str, tmp_path: Path) -> None:
    for name in ("一人目", "二人目"):
        case = _new_case(page, address, SMS.format(name))
    page.context.clear_cookies()
    places = ["/staff/login", "/staff", "/staff?q=未納", "/staff/cases/new", case.removeprefix(address),
              "/staff/campaigns", "/staff/campaigns/1", "/staff/report", "/staff/audit", "/staff/help", "/staff/keys",
              "/staff/people", "/staff/password"]  # fmt: skip
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    for place in places:
        page.goto(address + place)
        if place == "/staff/login":
            assert Axe().run(page).violations_count == 0
            page.fill("#name", "kanri")
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url("**/staff")
            continue
        found = Axe().run(page)
        assert found.violations_count == 0, (place, found.generate_report())
        page.screenshot(path=SCREENSHOTS / f"staff{place.replace('/', '-').partition('?')[0]}.png", full_page=True)
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, place
        page.set_viewport_size({"width": 1366, "height": 768})
    assert errors == []


def test_the_queue_is_walked_by_keys(page: Page, address: str) -> None:
    place = _new_case(page, address, SMS.format("最後"))
    page.goto(f"{address}/staff?sort=newest")
    page.keyboard.press("j")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(place)
    page.goto(f"{address}/staff")
    page.keyboard.press("/")
    expect(page.locator("[name=q]")).to_be_focused()
