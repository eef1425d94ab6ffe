"""Simpler means beside the model: they rank, say what is missing, and name what they were judged on."""

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from classifier import baselines
from classifier.baselines import FROZEN, KEYWORDS, benchmark, report_text
from classifier.corpus import Example
from classifier.errors import UnreadableInput
from classifier.notice import Notice

SCAMS = [
    "訴訟最終通告のお知らせ。本日中にご連絡なき場合、執行官立会いのもと差押えを執行します。",
    "未納料金がございます。本日中にご連絡がない場合、法的手続へ移行します。",
    "有料コンテンツの登録料が未納です。コンビニで電子マネーを買い、番号をお知らせください。",
    "裁判の取り下げは本日中に、総合情報サイトの退会窓口まで至急お電話ください。",
]
GENUINE = [
    "図書館からのお知らせです。ご予約の本が届きましたので、窓口でお受け取りください。",
    "明日の会議は10時から第二会議室で始めます。資料をご持参ください。",
    "町内会の清掃は日曜日の朝8時からです。軍手をお持ちください。",
    "お荷物をお預かりしています。ご都合のよい日に再配達をお申し込みください。",
]
ASSESSOR = SimpleNamespace(
    versions=SimpleNamespace(model="made-up"),
    card={"data": {"authored_by_split": {"train": 8}}},
    judge=lambda notices: SimpleNamespace(scores=np.array([float("料金" in notice.text) for notice in notices])),
)


def example(number: int, text: str, label: str, split: str, origin: str = "authored") -> Example:
    return Example(
        id=f"t-{number}", text=text, label=label, channel="sms", scheme=None, document_kind="other", flags=(),
        green=(), group=f"t-{number}", origin=origin, variant=0, author="t", split=split, note="",
    )  # fmt: skip


def corpus() -> list[Example]:
    found = [
        example(number, text, label, split)
        for label, texts in (("scam", SCAMS), ("genuine", GENUINE))
        for split in ("train", "calibration", "test")
        for number, text in enumerate(texts if split == "train" else [texts[1][:-1], texts[2][:-1]])
    ]
    return [*found, example(9, SCAMS[0], "scam", "train", "composed")]


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "fasttext", None)


def scores(
    fit: Callable[[Sequence[str], np.ndarray, Path], Callable[[Sequence[str]], np.ndarray]], folder: Path
) -> tuple[np.ndarray, np.ndarray]:
    score = fit([*SCAMS * 5, *GENUINE * 5], np.array([True] * 20 + [False] * 20), folder)
    return score(SCAMS), score(GENUINE)


@pytest.mark.parametrize("fit", [baselines.keywords, baselines.naive_bayes])
def test_scams_rank_above_genuine_texts(fit: Callable[..., Callable[..., np.ndarray]], tmp_path: Path) -> None:
    scam, genuine = scores(fit, tmp_path)
    assert scam.shape == genuine.shape == (4,)
    assert scam.min() > genuine.max()


def test_bogofilter_ranks_scams_above_genuine_texts(tmp_path: Path) -> None:
    scam, genuine = scores(baselines.bogofilter, tmp_path)
    assert scam.min() > genuine.max()


def test_the_keywords_differ() -> None:
    assert len(KEYWORDS) == len(set(KEYWORDS)) == 36


@pytest.mark.usefixtures("nothing_installed")
def test_a_missing_tool_is_reported() -> None:
    report = benchmark(ASSESSOR, corpus(), {})
    assert {row["name"]: row["problem"] for row in report["rows"]} == {
        "keywords": None,
        "naive Bayes on words": None,
        "fastText": "not installed",
        "bogofilter": "not installed",
        "SpamAssassin Bayes": "not installed",
        "rspamd Bayes": "not installed",
        "scam-notice": None,
    }
    for markdown in (False, True):
        assert report_text(report, markdown=markdown).count("not installed") == 4


def test_a_tool_that_fails_is_reported_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = []

    def fit(training: Sequence[str], scam: np.ndarray, folder: Path) -> Callable[[Sequence[str]], np.ndarray]:
        folders.append(folder)
        (folder / "words").write_text("x")
        return lambda texts: np.zeros(len(texts) - 1)

    monkeypatch.setattr(baselines, "BASELINES", (baselines.Baseline("broken", fit),))
    report = benchmark(ASSESSOR, corpus(), {})
    assert report["rows"][0]["problem"] == "failed: 3 answers to 4 notices"
    assert "failed: 3 answers to 4 notices" in report_text(report)
    assert folders
    assert not folders[0].exists()


@pytest.mark.usefixtures("nothing_installed")
def test_the_report_names_data_and_counts() -> None:
    own = [{"text": SCAMS[1], "label": "scam"}, *({"text": text, "label": "genuine"} for text in GENUINE)]
    report = benchmark(ASSESSOR, corpus(), {"own.jsonl": own})
    assert report["training"] == {"scams": 4, "genuine": 4}, "authored texts of the training split alone"
    assert report["data"] == {FROZEN: {"scams": 2, "genuine": 2}, "own.jsonl": {"scams": 1, "genuine": 4}}
    ours = report["rows"][-1]["data"]["own.jsonl"]
    assert ours["auc"]["value"] == 1.0
    assert ours["recall_at_1_percent_false_alarms"]["hits"] == 1
    text = report_text(report)
    assert f"{FROZEN}: 2 scams, 2 genuine" in text
    assert "own.jsonl: 1 scams, 4 genuine" in text
    assert "made-up" in text
    assert "| scam-notice | 1.0000 (95% 1.0000-1.0000) | 100.0% (1/1" in report_text(report, markdown=True)


def test_one_label_is_no_ranking() -> None:
    with pytest.raises(UnreadableInput, match=r"own\.jsonl: holds one label"):
        benchmark(ASSESSOR, corpus(), {"own.jsonl": [{"text": "x", "label": "scam"}]})


def test_headers_are_read_as_text() -> None:
    assert baselines._text(Notice("本文", subject="件")) == "件名:件\n本文"
