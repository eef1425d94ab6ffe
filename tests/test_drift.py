"""Drift says calm where nothing has changed, and what has changed where something has."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from classifier import Assessor, corpus
from classifier.cli import app
from classifier.columns import Columns
from classifier.drift import Sample, drift, report_text, sample, stability_index
from classifier.errors import UnreadableInput
from classifier.near_copies import near_copies
from classifier.rows import Row

SCAM = "【重要】{who}の未納料金{yen}円があります。本日中に{tel}までご連絡なき場合、法的手続きへ移行します。"


@pytest.fixture(scope="module")
def messages() -> list[corpus.Example]:
    written = [r for r in corpus.read_authored() if corpus.split_of(r.group) == "test"]
    random.Random(3).shuffle(written)
    return list(corpus.build(written))


@pytest.fixture(scope="module")
def halves(assessor: Assessor, messages: list[corpus.Example]) -> tuple[Sample, Sample]:
    old, new = ([row(e) for e in messages[start : start + 300]] for start in (0, 300))
    return sample(assessor, old, Columns()), sample(assessor, new, Columns())


def row(example: corpus.Example, text: str | None = None) -> Row:
    return Row({"text": text or example.text, "channel": example.channel})


def test_two_halves_of_one_inbox_are_calm(halves: tuple[Sample, Sample]) -> None:
    report = drift(*halves)
    assert report["worry"] == "calm", report
    assert report["scores"]["stability_index"] < report["scores"]["chance"]
    assert report_text(report).startswith("Nothing to worry about")


def test_other_senders_move_the_scores(
    assessor: Assessor, messages: list[corpus.Example], halves: tuple[Sample, Sample]
) -> None:
    scams = [row(e) for e in messages if e.label == "scam"][:200]
    report = drift(halves[0], sample(assessor, scams, Columns()))
    assert [report[name]["worry"] for name in ("scores", "scam_likely")] == ["act", "act"]
    assert report["scores"]["stability_index"] > 0.25


def test_a_new_story_shows_in_the_words(
    assessor: Assessor, messages: list[corpus.Example], halves: tuple[Sample, Sample]
) -> None:
    story = "メタバース住民票のアバター更新手数料について、ウォレットへ送金してください。"
    rows = [row(e, e.text + story) for e in messages[300:500]]
    words = drift(halves[0], sample(assessor, rows, Columns()))["words"]
    assert words["worry"] != "calm"
    assert {"アバター", "メタ", "メタバース"} & {word for word, _ in words["new_words"]}


def test_a_wave_of_copies_is_seen_whatever_was_drawn_anew(
    assessor: Assessor, messages: list[corpus.Example], halves: tuple[Sample, Sample]
) -> None:
    wave = [
        SCAM.format(who=f"動画サイト{n % 3}", yen=f"{29 + n},800", tel=f"03-{5000 + n}-{1000 + n}") for n in range(60)
    ]
    rows = [row(e) for e in messages[300:500]] + [Row({"text": text, "channel": "sms"}) for text in wave]
    report = drift(halves[0], sample(assessor, rows, Columns()))
    assert report["campaign"]["worry"] == "act"
    assert report["campaign"]["largest"][1] == 60
    assert "look at the largest groups" in report_text(report)


def test_near_copies() -> None:
    base = "お客様の会費のお支払いが確認できません。至急ご連絡ください。連絡なき場合は法的手続きに移ります。"
    texts = [base, "全く別の文章です。今日は雨でした。", base + "株式会社あ", "", base.replace("至急", "大至急"), "別"]
    assert near_copies(texts) == [[0, 2, 4]]
    assert near_copies([]) == near_copies(["一つだけ"]) == []


def test_the_index_is_zero_for_the_same_and_grows() -> None:
    scores = np.random.RandomState(0).rand(4000)
    assert stability_index(scores, scores) == 0.0
    assert stability_index(scores, scores**1.1) < 0.1 < 0.25 < stability_index(scores, scores**3)
    assert np.isfinite(stability_index(np.zeros(10), np.ones(10)))


def test_bad_rows_are_counted_and_left_out(assessor: Assessor) -> None:
    found = sample(assessor, [Row({"text": "未納料金です"}), Row({}), Row({}, "broken"), Row({"text": ""})], Columns())
    assert (found.count, found.errors) == (1, 3)
    with pytest.raises(UnreadableInput, match="--text"):
        sample(assessor, [Row({})], Columns())


def test_the_command(tmp_path: Path) -> None:
    for name in ("old", "new"):
        lines = [json.dumps({"本文": f"会議は{n}時からです。"}, ensure_ascii=False) for n in range(5)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    arguments = ["drift", str(tmp_path / "old.jsonl"), str(tmp_path / "new.jsonl"), "--text", "本文"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith("No shift shows, but there are too few")
    assert "fewer than 100 messages" in shown.output
    report: dict[str, Any] = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert report["worry"] == "calm"
    assert report["old"]["rows"] == 5
