"""The page for people in a real browser: paste, keyboard, phone, print."""

from collections.abc import Iterator

import pypdfium2
import pytest
from api_browser import SCREENSHOTS, screenshot, served
from api_double import HOSTILE, LONG, POSTCARD, JudgeDouble
from playwright.sync_api import Browser, Page, expect

from api import Settings, create_app
from classifier import Assessor
from classifier.vocabulary import VERDICT_LABELS, Stance, Verdict


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(create_app(Settings(_env_file=None), JudgeDouble())) as url:
        yield url


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """320 px wide without JavaScript, unless the test's `view` mark says otherwise."""
    options = {"width": 320, "script": False} | getattr(request, "param", {})
    context = browser.new_context(
        viewport={"width": options["width"], "height": 720}, java_script_enabled=options["script"], locale="ja-JP"
    )
    page = context.new_page()
    elsewhere: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(("http://127.0.0.1:", "data:")) else elsewhere.append(r.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert elsewhere == []
    assert [text for text in complaints if "422" not in text] == [], "a complaint would be a broken CSP or file"


def _no_sideways_scroll(page: Page) -> None:
    # Playwright's own evaluation works where the page's scripts are off.
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("page", [{"width": 320}, {"width": 1200}], indirect=True)
def test_paste_and_read(page: Page, address: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.goto(address)
    _no_sideways_scroll(page)
    screenshot(page, f"form-{width}")
    page.get_by_role("button", name="確かめる").click()
    expect(page.get_by_label("届いた文章")).to_be_focused()
    expect(page.locator("#text-error")).to_be_visible()
    _no_sideways_scroll(page)
    screenshot(page, f"error-{width}")
    text = POSTCARD + LONG
    page.get_by_label("届いた文章").fill(text)
    page.get_by_label("はがき", exact=True).check()
    page.get_by_role("button", name="確かめる").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("詐欺の疑いが強い")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    assert page.locator(".notice-text").evaluate("e => e.textContent") == text
    assert page.locator(".notice-text a").count() == 0
    _no_sideways_scroll(page)
    screenshot(page, f"result-{width}")
    page.get_by_text("文章を直して、もう一度確かめる").click()
    expect(page.locator(".again").get_by_label("届いた文章")).to_have_value(text)
    expect(page.locator(".again").get_by_label("はがき", exact=True)).to_be_checked()
    page.get_by_role("group", name="もうお金を払いましたか").get_by_label("はい", exact=True).check()
    page.get_by_role("button", name="答えを入れて").click()
    # Nobody is asked twice; what was told stands there and can be changed.
    expect(page.get_by_role("heading", name="教えていただいたこと")).to_be_visible()
    expect(page.locator(".told li").last).to_have_text("もうお金を払いましたか。 はい")
    expect(page.get_by_role("group", name="もうお金を払いましたか")).to_be_hidden()
    page.get_by_text("答えを直す").click()
    expect(page.get_by_role("group", name="もうお金を払いましたか").get_by_label("はい", exact=True)).to_be_checked()
    page.get_by_role("group", name="もうお金を払いましたか").get_by_label("いいえ", exact=True).check()
    _no_sideways_scroll(page)
    screenshot(page, f"answered-{width}")
    page.get_by_role("button", name="直した答えで").click()
    expect(page.locator(".told li").last).to_have_text("もうお金を払いましたか。 いいえ")
    assert page.locator(".notice-text").evaluate("e => e.textContent") == text


def test_keyboard_alone_is_enough(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("届いた文章")).to_be_focused()
    page.keyboard.insert_text("本日中に払ってください")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="写真から読む")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("わからない")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("チャット・LINE")).to_be_checked()
    for _ in range(12):  # a date field has several stops of its own
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
        # WCAG 2.4.11: what has the focus does not lie under the bar with the two numbers.
        bottom = page.evaluate("document.activeElement.getBoundingClientRect().bottom")
        assert bottom <= page.evaluate("document.querySelector('.desks').getBoundingClientRect().top") + 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("詐欺の疑いが強い")
    expect(page.locator(".notice-text")).to_contain_text("本日中")


@pytest.mark.parametrize("page", [{"script": True}], indirect=True)
def test_what_was_pasted_cannot_act(page: Page, address: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail("the text ran a script"))
    page.goto(address)
    page.get_by_label("届いた文章").fill(HOSTILE.replace("\x00", ""))
    page.get_by_role("button", name="確かめる").click()
    assert page.locator(".notice-text").evaluate("e => e.textContent") == HOSTILE.replace("\x00", "")
    assert page.locator("main a[href*=evil], main script").count() == 0


def test_fingers_find_everything(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("届いた文章").fill(POSTCARD)
    page.get_by_role("button", name="確かめる").click()
    targets = page.locator("main :is(a, button, summary, label.choice):visible, .desks a")
    assert targets.count() > 10
    for target in targets.all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, target.inner_text()
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16


@pytest.mark.parametrize("page", [{"width": 320}], indirect=True)
def test_twice_as_large_letters_still_fit(page: Page, address: str) -> None:
    """WCAG 1.4.4 and 1.4.10 at once: 320 px and letters of 34 px."""
    page.goto(address)
    page.get_by_label("届いた文章").fill(POSTCARD)
    # A measurement while the answer is still loading finds a page without any width.
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="確かめる").click()
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    _no_sideways_scroll(page)
    screenshot(page, "result-320-large")


# What the bundle says most about: five pieces of advice, ten signs.
FULL = (
    """【最終通告】民事訴訟告知通達書
訴訟番号 (わ)第2284号
このたび、貴方の未納されている総合消費料金に関し、契約会社から訴訟の申し立てがなされました。本書到着後もご連絡がない場合は、原告側の主張が全面的に受理され、執行官立会いのもと給与、預金および不動産の差押えを行います。
取下げ期限 令和8年11月25日
国民訴訟相談管理局 電話 03-0000-4471(受付 9:00~18:00)""",
    "【重要】ご利用料金のお支払い確認が取れておりません。本日中に050-0000-1188までご連絡ください。"
    "ご連絡なき場合は法的手続きに移行します。動画サポート",
    "お客様のカードを第三者が使った可能性があるため、ご利用を一部制限しております。24時間以内にこちらで"
    "ご本人様確認をお願いいたします。 https://card-kakunin.example/verify?id=8831 ご確認がない場合、カードは"
    "永久に停止されます。暗証番号とカード番号をご入力ください。お電話は 050-0000-2277 まで。",
)


def test_prints_on_one_sheet(page: Page, assessor: Assessor) -> None:
    """However much there is to say: the two numbers end the sheet."""
    with served(create_app(Settings(_env_file=None), assessor)) as address:
        for number, text in enumerate((POSTCARD, *FULL)):
            page.goto(address)
            page.get_by_label("届いた文章").fill(text)
            page.get_by_role("button", name="確かめる").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("詐欺の疑いが強い")
            place = SCREENSHOTS / f"result-{number}.pdf"
            page.pdf(path=place, prefer_css_page_size=True, print_background=True)
            with pypdfium2.PdfDocument(place) as sheets:
                assert len(sheets) == 1, text
                words = sheets[0].get_textpage().get_text_range()
            assert "電話で相談する" in words
            assert page.locator(".guidance h3").last.inner_text() in words.replace("\r\n", "")
            assert page.locator(".flags strong").nth(2).inner_text() in words
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 703, "height": 900})  # what lies between the margins
            bottom = "Math.max(...[...document.querySelectorAll('section')].map(e => e.getBoundingClientRect().bottom))"
            top = "document.querySelector('.desks').getBoundingClientRect().top"
            assert page.evaluate(f"{bottom} <= {top}"), "nothing lies under the numbers"
            page.emulate_media(media="null")


@pytest.mark.parametrize(
    ("verdict", "stance", "score"),
    [
        ("suspicious", "verify_independently", 0.55),
        ("undecidable", "answer_by_deadline", 0.4),
        ("no_scam_signs", "nothing_special", 0.02),
    ],
)
def test_each_verdict_has_its_own_look(page: Page, verdict: Verdict, stance: Stance, score: float) -> None:
    with served(create_app(Settings(_env_file=None), JudgeDouble(verdict, stance, score))) as url:
        page.goto(url)
        page.get_by_label("届いた文章").fill("x")
        page.get_by_role("button", name="確かめる").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(VERDICT_LABELS[verdict])
        screenshot(page, f"verdict-{verdict}", whole=False)
