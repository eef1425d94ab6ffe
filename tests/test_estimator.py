"""The estimator drops into scikit-learn: its checks that need no table of numbers, pipelines, scoring, pickling."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import FixedThresholdClassifier, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

from classifier import Assessor, InvalidNotice, Notice
from classifier.estimator import ScamNoticeClassifier

SCAM = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。"
GENUINE = "明日の会議は10時からに変わりました。よろしくお願いします。"
TEXTS = [SCAM, GENUINE, SCAM.replace("未納", "未払"), "今夜はカレーだよ。帰りに牛乳を買ってきてね。"]
LABELS = ["scam", "genuine", "scam", "genuine"]

# scikit-learn runs no more than the first on an estimator of texts; these too need no matrix.
CHECKS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
    estimator_checks.check_mixin_order,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_of_scikit_learn(check: Callable[[str, Any], None]) -> None:
    check("ScamNoticeClassifier", ScamNoticeClassifier())


def test_probabilities_are_the_assessors(assessor: Assessor) -> None:
    proba = ScamNoticeClassifier(channel="sms").predict_proba(TEXTS)
    assert proba.shape == (4, 2)
    np.testing.assert_allclose(proba[:, 1], [assessor.assess(t, channel="sms").score for t in TEXTS], rtol=1e-9)
    notices = ScamNoticeClassifier().predict_proba([Notice(t, "sms") for t in TEXTS])
    np.testing.assert_array_equal(notices, proba)
    rebased = ScamNoticeClassifier(channel="sms", prior=0.01).predict_proba(TEXTS)[:, 1]
    expected = [assessor.assess_many([Notice(t, "sms")], prior=0.01)[0].score for t in TEXTS]
    np.testing.assert_allclose(rebased, expected, rtol=1e-9)


def test_alone_reversed_and_pickled_it_says_the_same() -> None:
    model = ScamNoticeClassifier()
    values = model.decision_function(TEXTS)
    np.testing.assert_array_equal(model.decision_function(TEXTS[::-1])[::-1], values)
    np.testing.assert_array_equal([model.decision_function([t])[0] for t in TEXTS], values)
    raw = pickle.dumps(model)
    assert len(raw) < 1_000, "the model is no part of the pickle"
    np.testing.assert_array_equal(pickle.loads(raw).decision_function(np.array(TEXTS)), values)
    assert model.decision_function([]).shape == (0,)


@pytest.mark.parametrize("labels", [("genuine", "scam"), (0, 1), (False, True)])
def test_it_answers_in_your_labels(labels: tuple[Any, Any]) -> None:
    y = [labels[label == "scam"] for label in LABELS]
    model = ScamNoticeClassifier(labels=labels).fit(TEXTS, y)
    assert model.predict(TEXTS).tolist() == y
    assert model.classes_.tolist() == list(labels)
    assert model.score(pd.Series(TEXTS), y) == 1.0


def test_it_drops_into_a_pipeline() -> None:
    column = FunctionTransformer(lambda frame: frame["本文"])
    pipeline = make_pipeline(column, ScamNoticeClassifier(channel="sms"))
    frame = pd.DataFrame({"本文": TEXTS}, index=[3, 1, 1, 7])
    assert cross_val_score(pipeline, frame, LABELS, cv=2).tolist() == [1.0, 1.0]
    strict = FixedThresholdClassifier(ScamNoticeClassifier(), threshold=0.999999, pos_label="scam").fit(TEXTS, LABELS)
    assert set(strict.predict(TEXTS)) == {"genuine"}
    assert clone(pipeline).fit(frame, LABELS).predict(frame).tolist() == LABELS


@pytest.mark.parametrize(
    ("parameters", "given", "says"),
    [
        ({"prior": 1.0}, (TEXTS, LABELS), "between 0 and 1"),
        ({"labels": ("scam", "genuine")}, (TEXTS, LABELS), "sorted order"),
        ({}, (TEXTS, ["ham", "scam", "ham", "scam"]), "labels="),
        ({}, (TEXTS, LABELS[:3]), "inconsistent"),
        ({}, (SCAM, ["scam"]), "a sequence of texts"),
        ({}, (np.array([TEXTS]), ["scam"]), "2 dimensions"),
    ],
)
def test_what_cannot_be_fitted(parameters: dict[str, Any], given: tuple[Any, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ScamNoticeClassifier(**parameters).fit(*given)


def test_a_bad_text_is_named_by_its_place() -> None:
    with pytest.raises(InvalidNotice, match="2番目"):
        ScamNoticeClassifier().predict([SCAM, ""])
