"""The page for people: its words, its order, what it must never do."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise, product

import pytest
from api_double import GUIDANCE, HOSTILE, LONG, POSTCARD, JudgeDouble
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api import Settings, create_app
from api.page_form import CHANNEL_LABELS, PageForm
from api.page_view import WORDING, ResultView
from api.templating import API, STATIC
from classifier import Assessment, Notice
from classifier.vocabulary import CHANNELS, STANCES, VERDICT_LABELS, Stance, Verdict


def _app(judge: JudgeDouble | None = None) -> FastAPI:
    return create_app(Settings(_env_file=None), judge or JudgeDouble())


@pytest.fixture
def judge() -> JudgeDouble:
    return JudgeDouble()


@pytest.fixture
def client(judge: JudgeDouble) -> TestClient:
    return TestClient(_app(judge))


class _Elements(HTMLParser):
    """Every start tag with its attributes, and the text of the notice."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_form_asks_for_little_and_says_what_it_does(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    elements = _Elements(page.text)
    assert elements.all("html") == [{"lang": "ja"}]
    assert [a["value"] for a in elements.all("input") if a.get("name") == "channel"] == list(CHANNEL_LABELS)
    assert set(CHANNEL_LABELS) == set(CHANNELS)
    assert "保存も記録もしません" in page.text
    assert not elements.all("script")
    labelled = {a["for"] for a in elements.all("label") if "for" in a}
    assert {a["id"] for a in elements.all("textarea")} | {"received_on", "file"} == labelled


@pytest.mark.parametrize("path", ["/", "/nowhere", "/problems/text_empty"])
def test_both_numbers_are_on_every_page(client: TestClient, path: str) -> None:
    page = client.get(path, headers={"accept": "text/html"}).text
    links = {a["href"] for a in _Elements(page).all("a")}
    assert {"tel:188", "tel:%239110"} <= links


def test_result_comes_in_the_order_of_need(client: TestClient) -> None:
    page = client.post("/", data={"text": POSTCARD, "channel": "postcard"}).text
    order = [
        "<h1",
        "詐欺の疑いが強い",
        "とても高い</strong>(約97%)",
        "いま、すること",
        *(unit.title for unit in GUIDANCE),
        "もう少し教えてください",
        "そう考えた理由",
        "ありもしない法律の言葉",
        "本物の書類にもよくあるところ",
        "見つけたけれど、数えなかったところ",
        'class="notice-text"',
        "気をつけること",
        "電話で相談する",
    ]
    places = [page.index(words, page.index("<main")) for words in order]
    assert places == sorted(places)
    levels = [int(tag[1]) for tag, _ in _Elements(page).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_a_story_gets_no_word_on_its_being_safe(judge: JudgeDouble) -> None:
    (assessment,) = judge.assess_many([Notice("母が電話で番号を聞かれたそうです。どうすればいいですか。")])
    told = replace(assessment, document_kind="consultation", verdict="no_scam_signs")
    assert told.is_story
    view = ResultView(told)
    assert view.title == "お話として読みました"
    assert not replace(told, verdict="suspicious").is_story
    assert ResultView(replace(told, verdict="suspicious")).title == "不審な点がある"


def test_a_story_is_not_spoken_to_as_if_a_paper_lay_there() -> None:
    class Listener(JudgeDouble):
        def assess_many(self, notices: Sequence[Notice], *, prior: float | None = None) -> list[Assessment]:
            found = super().assess_many(notices, prior=prior)
            return [replace(each, document_kind="consultation") for each in found]

    for stance, verdict in product(STANCES, VERDICT_LABELS):
        page = TestClient(_app(Listener(verdict, stance))).post("/", data={"text": "母に電話がありました"}).text
        assert WORDING["stance"][stance]["title"] in page
        assert "本物の場合も" not in page
        assert "ここに書いてある" not in page
        assert "紙や封筒" not in page
        assert ">書いた文章</h3>" in page


def test_the_score_says_that_it_knows_no_answers(client: TestClient) -> None:
    """A real court's envelope moves the verdict and leaves the score: 「不審な点…とても高い」 read like a mistake."""
    words = "文章だけから見た、詐欺の見込み"
    assert words in client.post("/", data={"text": POSTCARD, "answer_court_sender": "yes"}).text
    for answers in ({}, {"answer_court_sender": "unknown"}):
        assert words not in client.post("/", data={"text": POSTCARD, **answers}).text


def test_nobody_is_asked_twice(client: TestClient) -> None:
    first = client.post("/", data={"text": POSTCARD, "answer_already_paid": "unknown"}).text
    asked, told = first.split("教えていただいたこと")
    assert "特別送達" in asked[asked.index("もう少し教えてください") :]
    assert "もうお金を払いましたか。 <strong>わからない</strong>" in told
    again = {"text": POSTCARD, "answer_already_paid": "no", "answer_special_delivery": "no"}
    page = client.post("/", data=again).text
    assert "もう少し教えてください" not in page
    assert page.count("<strong>いいえ</strong>") == 2


def test_only_public_desks_can_be_called(client: TestClient) -> None:
    page = client.post("/", data={"text": POSTCARD + LONG}).text
    links = [a["href"] for a in _Elements(page).all("a") if not str(a["href"]).startswith("/guidance/")]
    assert sorted(set(links), key=str) == ["#main", "/", "tel:%239110", "tel:0570-078374", "tel:188"]
    assert links.count("tel:188") == 2, "once in the advice, once below; a unit does not repeat a desk"
    assert "広報紙の番号" in page
    assert 'name="format-detection" content="telephone=no' in page


def test_what_was_pasted_is_shown_not_run(client: TestClient) -> None:
    page = client.post("/", data={"text": HOSTILE}).text
    assert "<script>" not in page
    assert "evil.example/&#34;&gt;" in page
    assert "{{ 7*7 }}" in page
    assert not _Elements(page).all("script")


def test_marks_are_numbered_where_they_end(judge: JudgeDouble) -> None:
    view = ResultView(judge.assess_many([Notice("本日中に給与・動産物の差し押さえ!")])[0])
    shown = [(piece.text, piece.severity, piece.numbers) for piece in view.pieces()]
    assert shown == [
        ("本日中", "strong", "1"),
        ("に給与・動産物の差し押さえ", "strong", "2"),
        ("!", None, ""),
    ]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["本日中", "訴訟最終告知", "差し押さえ", "𠮷", "\n", "👨‍👩‍👧", "か\u3099", " あ"]), min_size=1
    )
)
def test_pieces_join_to_the_text(parts: list[str]) -> None:
    text = "x" + "".join(parts)
    view = ResultView(JudgeDouble().assess_many([Notice(text)])[0])
    assert "".join(piece.text for piece in view.pieces()) == text


def test_a_page_full_of_marks_takes_no_minutes(client: TestClient) -> None:
    text = "本日中 " * 20_000
    view = ResultView(JudgeDouble().assess_many([Notice(text)])[0])
    assert len(view.pieces()) == 40_000
    assert client.post("/", data={"text": text}).status_code == 200


@pytest.mark.parametrize("verdict", VERDICT_LABELS)
@pytest.mark.parametrize("stance", STANCES)
def test_every_verdict_and_stance_has_its_words(verdict: Verdict, stance: Stance) -> None:
    page = TestClient(_app(JudgeDouble(verdict, stance, 0.4))).post("/", data={"text": "x"}).text
    assert WORDING["verdict"][verdict]["summary"] in page
    assert WORDING["stance"][stance]["title"] in page
    assert f'class="verdict {verdict}"' in page


def test_no_word_of_the_page_promises_safety() -> None:
    sources = [API / "wording.toml", *API.glob("templates/*.html")]
    for path in sources:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        for word in ("安全", "安心", "無視", "大丈夫"):
            assert word not in "\n".join(lines), path.name


def test_only_a_strong_scam_score_is_called_very_high() -> None:
    def words(score: float) -> tuple[str, str]:
        view = ResultView(JudgeDouble(score=score).assess_many([Notice("x")])[0])
        return view.likelihood, view.percent

    assert [words(score) for score in (1.0, 0.99, 0.9, 0.6, 0.3, 0.1, 0.09, 0.0)] == [
        ("とても高い", "99%以上"),
        ("とても高い", "99%以上"),
        ("とても高い", "約90%"),
        ("高い", "約60%"),
        ("中くらい", "約30%"),
        ("低い", "約10%"),
        ("とても低い", "約9%"),
        ("とても低い", "1%未満"),
    ]


# submitted fields, field with the message, status
WRONG = [
    ({"text": ""}, "text", 422),
    ({"text": " \u3000\n"}, "text", 422),
    ({}, "text", 422),
    ({"text": "あ" * 100_001}, "text", 413),
    ({"text": "あ" * 400_000}, "text", 413),
    ({"text": "残る文章", "channel": "fax"}, "channel", 422),
    ({"text": "残る文章", "received_on": "きのう"}, "received_on", 422),
    ({"text": "残る文章", "received_on": "2026-02-30"}, "received_on", 422),
]


@pytest.mark.parametrize(("fields", "wrong", "status"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_error_stands_beside_its_field(client: TestClient, fields: dict[str, str], wrong: str, status: int) -> None:
    page = client.post("/", data=fields, headers={"content-type": "application/x-www-form-urlencoded"})
    assert page.status_code == status
    elements = _Elements(page.text)
    (message,) = [a for a in elements.all("p") if a.get("class") == "error"]
    assert message["id"] == f"{wrong}-error"
    (described,) = [a for _, a in elements.tags if a.get("aria-invalid") == "true"]
    assert f"{wrong}-error" in str(described["aria-describedby"])
    assert len([a for _, a in elements.tags if "autofocus" in a]) == 1
    if fields.get("text") == "残る文章":
        assert "残る文章</textarea>" in page.text
    assert re.search(r"<title>\s*直すところがあります", page.text)


@pytest.mark.parametrize("typed", ["2026-11-22", "2026/11/22", "2026年11月22日", "２０２６/１１/２２", " 2026-11-22 "])
def test_dates_are_taken_as_people_write_them(typed: str) -> None:
    notice = PageForm.of({"text": "x", "received_on": typed}).notice()
    assert notice is not None
    assert str(notice.received_on) == "2026-11-22"


def test_answers_travel_with_the_text(client: TestClient, judge: JudgeDouble) -> None:
    sent = {
        "text": "\r\n一行目\r\n二行目",
        "channel": "letter",
        "received_on": "2026-11-20",
        "answer_special_delivery": "yes",
        "answer_no_longer_asked": "no",
        "answer_already_paid": "perhaps",
    }
    page = client.post("/", data=sent).text
    (notice,) = judge.seen
    assert notice.text == "\n一行目\n二行目"
    assert notice.answers == {"special_delivery": "yes", "no_longer_asked": "no"}
    inputs = _Elements(page).all("input")
    assert {"type": "hidden", "name": "answer_no_longer_asked", "value": "no"} in inputs
    assert {"type": "hidden", "name": "text", "value": "\n一行目\n二行目"} in inputs
    assert [a["value"] for a in inputs if a.get("name") == "answer_special_delivery" and "checked" in a] == ["yes"]
    assert [a["value"] for a in inputs if a.get("name") == "answer_already_paid" and "checked" in a] == ["unknown"]


def test_page_asks_nothing_from_elsewhere() -> None:
    for path in [*API.glob("templates/*.html"), *STATIC.iterdir()]:
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|url\(|@import|\|\s*safe|style=", text), path.name


def test_colours_have_contrast() -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", (STATIC / "page.css").read_text(encoding="utf-8")))
    pairs = [("ink", "paper"), ("soft", "paper"), ("accent", "paper"), ("strong", "paper"), ("ink", "card")]
    pairs += [(tone, f"{tone}-wash") for tone in ("strong", "medium", "unsure", "accent")]
    pairs += [("ink", f"{tone}-wash") for tone in ("strong", "medium", "unsure", "accent")]
    for dark, light in pairs:
        assert _contrast(colours[dark], colours[light]) >= 4.5, (dark, light)
    assert _contrast(colours["edge"], colours["card"]) >= 3, "borders of fields"


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
