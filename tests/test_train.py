"""Training is deterministic, divides no group, and its cut-offs follow from the stated costs."""

from pathlib import Path

import numpy as np
import pytest

from classifier import bundle, corpus, train
from classifier.features import NoticeFeatures
from classifier.leave_out import leave_out
from classifier.model import BASE_RATE, NoticeModel
from classifier.notice import Notice
from classifier.reading import Reading


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the corpus: enough to train on, quick."""
    every = [r for r in corpus.read_authored() if corpus.seeded("few", r.group).random() < 0.1]
    monkeypatch.setattr(corpus, "read_authored", lambda paths=None: every)


@pytest.mark.usefixtures("few")
def test_the_same_inputs_give_the_same_bundle(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert train.train(tmp_path / name, lambda line: None)
    assert bundle.bundle_version(tmp_path / "a") == bundle.bundle_version(tmp_path / "b")
    assert not train.train(tmp_path / "a", lambda line: None), "nothing changed, nothing to train"
    assert train.train(tmp_path / "a", lambda line: None, force=True)


def test_changed_texts_are_trained_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = train.inputs_hash()
    changed = tmp_path / "notices"
    changed.mkdir()
    (changed / "x.jsonl").write_text("{}")
    monkeypatch.setattr(corpus, "NOTICES", changed)
    assert train.inputs_hash() != before


def test_cut_offs_are_where_the_cheaper_verdict_changes() -> None:
    cutoffs, cost = train.cutoffs_from_costs(), train.COSTS

    def expected(p: float) -> dict[str, float]:
        return {
            "scam_likely": (1 - p) * cost["genuine_scam_likely"],
            "suspicious": (1 - p) * cost["genuine_suspicious"] + p * cost["scam_suspicious"],
            "no_scam_signs": p * cost["scam_no_scam_signs"],
        }

    def cheapest(p: float) -> str:
        return min(expected(p), key=lambda verdict: expected(p)[verdict])

    assert cheapest(cutoffs.scam_likely + 0.001) == "scam_likely"
    assert cheapest(cutoffs.scam_likely - 0.001) == "suspicious"
    assert cheapest(cutoffs.suspicious + 0.001) == "suspicious"
    assert cheapest(cutoffs.suspicious - 0.001) == "no_scam_signs"


def toy() -> NoticeModel:
    scams = [f"未納料金があります。本日中に連絡しないと差し押さえます。{n}番" for n in range(12)]
    others = [f"会議は{n}時からです。資料を持ってきてください。" for n in range(12)]
    readings = [Reading(Notice(t)) for t in scams + others]
    labels = ["scam"] * 12 + ["genuine"] * 12
    kinds = ["unpaid_fee_claim", "collector_letter"] * 6 + ["business_mail", "personal"] * 6
    model = NoticeModel(NoticeFeatures(min_count=1), common=1)
    model.fit(readings, labels, kinds, ["unpaid_content", "collector_lawyer"] * 6 + [None] * 12)  # type: ignore[arg-type]
    return model.calibrate(readings, labels)  # type: ignore[arg-type]


def test_prior_moves_the_log_odds_by_a_constant() -> None:
    model = toy()
    readings = [Reading(Notice(t)) for t in ("未納料金があります。", "会議は10時からです。", "本日中に資料を")]

    def log_odds(prior: float | None) -> np.ndarray:
        scores = model.judge(readings, prior=prior).scores
        return np.log(scores / (1 - scores))

    shift = np.log(0.05 / 0.95) - np.log(BASE_RATE / (1 - BASE_RATE))
    np.testing.assert_allclose(log_odds(0.05) - log_odds(None), shift, atol=1e-6)
    np.testing.assert_allclose(log_odds(BASE_RATE), log_odds(None), atol=1e-9)
    for wrong in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="prior"):
            model.judge(readings, prior=wrong)


def test_probabilities_are_probabilities() -> None:
    judgement = toy().judge([Reading(Notice("あ")), Reading(Notice("未納" * 500))])
    assert ((judgement.scores >= 0) & (judgement.scores <= 1)).all()
    np.testing.assert_allclose(judgement.kinds.sum(axis=1), 1)
    np.testing.assert_allclose(judgement.schemes.sum(axis=1), 1)


def test_kind_odds_stay_finite_where_one_label_takes_all() -> None:
    """Shares in single precision may add up to more than 1; log(1 - sum) was not a number."""
    model = toy()
    readings = [Reading(Notice("未納料金があります。" * 400)), Reading(Notice("会議"))]
    matrix = model.common_(model.features.transform(readings))
    model.kind_.model_.weights = model.kind_.model_.weights * 1000
    odds, kinds = model.kind_.read(matrix)
    assert np.isfinite(odds).all()
    np.testing.assert_allclose(kinds.sum(axis=1), 1, atol=1e-5)


@pytest.mark.usefixtures("few")
def test_a_family_left_out_is_judged_by_what_the_others_teach() -> None:
    report = leave_out(list(corpus.build(corpus.read_authored())), ["sextortion", "tax_notice/letter"])
    left = {row["left_out"]: row for row in report["rows"]}
    assert report["families"]["classes"] == 1
    every = sum(r.scheme == "sextortion" for r in corpus.read_authored())
    assert left["sextortion"]["above_line"]["of"] == every
    assert 0.5 < left["sextortion"]["auc"] <= 1.0
