"""The trained judgement: score, document kind and scheme of a notice.

The score is a logistic regression over `NoticeFeatures`, calibrated on groups that no fit has seen
(Platt 1999: a sigmoid over the decision value). It is stated for `BASE_RATE`; another base rate p moves
it by Bayes' rule: logit(score') = logit(score) - logit(BASE_RATE) + logit(p).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from classifier.features import NoticeFeatures
from classifier.reading import Reading
from classifier.vocabulary import Label

BASE_RATE: Final = 0.4
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says of n notices: arrays of length n, and (n, k) for the k kinds and schemes."""

    scores: Floats
    kinds: Floats
    schemes: Floats


class NoticeModel:
    """Score, kind and scheme behind one `judge`. Fit with `fit`, then `calibrate` on other groups."""

    def __init__(self, features: NoticeFeatures | None = None, *, strength: float = 20.0) -> None:
        self.features = features or NoticeFeatures()
        self.strength = strength

    def fit(
        self,
        readings: Sequence[Reading],
        labels: Sequence[Label],
        kinds: Sequence[str],
        schemes: Sequence[str | None],
        weights: Floats | None = None,
    ) -> Self:
        """Fits the three classifiers. `schemes` counts for scams only. Weights: one a reading."""
        weight = np.ones(len(readings)) if weights is None else weights
        matrix = self.features.fit_transform(readings)
        scam = np.array([label == "scam" for label in labels])
        self.score_ = _logistic(self.strength, "balanced").fit(matrix, scam, weight)
        self.kind_ = _logistic(self.strength, "balanced", tolerance=1e-4).fit(matrix, np.array(kinds), weight)
        self.scheme_ = _logistic(self.strength, None, tolerance=1e-4).fit(
            matrix[scam], np.array([s for s, is_scam in zip(schemes, scam, strict=True) if is_scam]), weight[scam]
        )
        self.slope_, self.intercept_ = 1.0, 0.0
        return self

    def calibrate(self, readings: Sequence[Reading], labels: Sequence[Label]) -> Self:
        """Fits the sigmoid on texts whose groups `fit` has not seen, weighted to `BASE_RATE`."""
        scam = np.array([label == "scam" for label in labels])
        weight = np.where(scam, BASE_RATE / scam.mean(), (1 - BASE_RATE) / (1 - scam.mean()))
        values = self.decision_values(readings).reshape(-1, 1)
        sigmoid = LogisticRegression(C=1e4, max_iter=1000).fit(values, scam, weight)
        self.slope_, self.intercept_ = float(sigmoid.coef_[0, 0]), float(sigmoid.intercept_[0])
        return self

    def decision_values(self, readings: Sequence[Reading]) -> Floats:
        """Uncalibrated values, shape (n,); above 0 speaks for a scam."""
        return np.asarray(self.score_.decision_function(self.features.transform(readings)), dtype=np.float64)

    def judge(self, readings: Sequence[Reading], *, prior: float | None = None) -> Judgement:
        """Scores, kinds and schemes; `prior` is the share of scams expected where the notices come from."""
        matrix = self.features.transform(readings)
        logits = self.slope_ * np.asarray(self.score_.decision_function(matrix), dtype=np.float64) + self.intercept_
        if prior is not None:
            logits = logits - _logit(BASE_RATE) + _logit(prior)
        return Judgement(
            scores=1.0 / (1.0 + np.exp(-logits)),
            kinds=np.asarray(self.kind_.predict_proba(matrix), dtype=np.float64),
            schemes=np.asarray(self.scheme_.predict_proba(matrix), dtype=np.float64),
        )

    @property
    def kind_names(self) -> list[str]:
        """Document kinds in the order of the columns of `Judgement.kinds`."""
        return [str(name) for name in self.kind_.classes_]

    @property
    def scheme_names(self) -> list[str]:
        """Schemes in the order of the columns of `Judgement.schemes`."""
        return [str(name) for name in self.scheme_.classes_]


def _logistic(strength: float, class_weight: str | None, *, tolerance: float = 1e-5) -> Any:
    """Tolerance decides here: at 1e-3 the solver stops far from the optimum (datasets/TRIALS.md)."""
    return LogisticRegression(C=strength, class_weight=class_weight, max_iter=3000, tol=tolerance)


def _logit(probability: float) -> float:
    if not 0.0 < probability < 1.0:
        raise ValueError(f"prior is a share between 0 and 1, not {probability}")
    return float(np.log(probability / (1.0 - probability)))
