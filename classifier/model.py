"""The trained judgement: score, document kind and scheme of a notice.

The score weighs what three readers of `NoticeFeatures` say, calibrated on groups that no fit has seen
(Platt 1999: a sigmoid over the weighed value). It is stated for `BASE_RATE`; another base rate p moves
it by Bayes' rule: logit(score') = logit(score) - logit(BASE_RATE) + logit(p).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from classifier.features import NoticeFeatures
from classifier.readers import CommonColumns, KindReader, LikenessReader, WordingReader
from classifier.reading import Reading
from classifier.scorers import LinearScorer
from classifier.vocabulary import Label

BASE_RATE: Final = 0.4
# Wording, kind, likeness: chosen by leaving authors out (datasets/TRIALS.md), not fitted.
WEIGHTS: Final = (0.375, 0.25, 0.375)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says of n notices: arrays of length n, and (n, k) for the k kinds and schemes.

    `log_odds` are those at `BASE_RATE`, whatever prior the scores are stated for.
    """

    scores: Floats
    log_odds: Floats
    kinds: Floats
    schemes: Floats


class NoticeModel:
    """Score, kind and scheme behind one `judge`. Fit with `fit`, then `calibrate` on other groups."""

    def __init__(
        self,
        features: NoticeFeatures | None = None,
        *,
        strength: float = 20.0,
        kind_strength: float = 10.0,
        common: int = 24,
    ) -> None:
        self.features = features or NoticeFeatures()
        self.strength = strength
        self.kind_strength = kind_strength
        self.common = common

    def fit(
        self,
        readings: Sequence[Reading],
        labels: Sequence[Label],
        kinds: Sequence[str],
        schemes: Sequence[str | None],
    ) -> Self:
        """Fits the readers and the scheme. `schemes` counts for scams only."""
        return self.fit_matrix(self.features.fit_transform(readings), labels, kinds, schemes)

    def fit_matrix(
        self,
        matrix: sp.csr_matrix,
        labels: Sequence[Label],
        kinds: Sequence[str],
        schemes: Sequence[str | None],
        composed: Sequence[bool] | None = None,
    ) -> Self:
        """`fit` on a matrix that `features` made: runs that leave texts out share one.

        `composed` rows teach wording only: beside the texts they were made from, likeness and kind learn nothing from
        them, in three to six times the time (datasets/TRIALS.md).
        """
        from joblib import Parallel, delayed
        from sklearn.linear_model import LogisticRegression

        scam = np.array([label == "scam" for label in labels])
        plain = np.ones(len(scam), dtype=bool) if composed is None else ~np.asarray(composed, dtype=bool)
        self.wording_ = WordingReader(self.strength).fit(matrix, scam)
        signs = len(self.features.flags_)
        self.common_ = CommonColumns(matrix, matrix.shape[1] - signs, self.common)
        common = self.common_(matrix)
        scheme = LogisticRegression(C=self.strength, max_iter=1000, tol=1e-3)
        taught, own = scam & plain, common[plain]
        # Two threads read it: neither may have to put its columns in order.
        own.sum_duplicates()
        fitted = Parallel(n_jobs=2, prefer="threads")(
            (
                delayed(LikenessReader().fit)(
                    own,
                    self.common_.text_columns,
                    self.common_.meanings(self.features.column_meanings_),
                    self.features.flag_weight,
                    scam[plain],
                ),
                delayed(KindReader(self.kind_strength).fit)(own, scam[plain], np.array(kinds)[plain]),
                delayed(scheme.fit)(common[taught], np.array([str(s) for s in schemes])[taught]),
            )
        )
        self.likeness_: LikenessReader = fitted[0]
        self.kind_: KindReader = fitted[1]
        self.scheme_ = LinearScorer.of(fitted[2])
        self.centres_, self.scales_ = np.zeros(len(WEIGHTS)), np.ones(len(WEIGHTS))
        self.slope_, self.intercept_ = 1.0, 0.0
        return self

    def calibrate(self, readings: Sequence[Reading], labels: Sequence[Label]) -> Self:
        """Fits the sigmoid on texts whose groups `fit` has not seen, weighted to `BASE_RATE`."""
        return self.calibrate_matrix(self.features.transform(readings), labels)

    def calibrate_matrix(self, matrix: sp.csr_matrix, labels: Sequence[Label]) -> Self:
        """`calibrate` on a matrix that `features` made."""
        from sklearn.linear_model import LogisticRegression

        scam = np.array([label == "scam" for label in labels])
        weight = np.where(scam, BASE_RATE / scam.mean(), (1 - BASE_RATE) / (1 - scam.mean()))
        values = self._read(matrix)[0]
        self.centres_, self.scales_ = values.mean(axis=0), values.std(axis=0)
        sigmoid = LogisticRegression(C=1e4, max_iter=1000).fit(self._weighed(values).reshape(-1, 1), scam, weight)
        self.slope_, self.intercept_ = float(sigmoid.coef_[0, 0]), float(sigmoid.intercept_[0])
        return self

    def decision_values(self, matrix: sp.csr_matrix) -> Floats:
        """Uncalibrated values, shape (n,), of a matrix that `features` made; the higher, the more like a scam."""
        return self._weighed(self._read(matrix)[0])

    def judge(self, readings: Sequence[Reading], *, prior: float | None = None) -> Judgement:
        """Scores, kinds and schemes; `prior` is the share of scams expected where the notices come from."""
        values, kinds, schemes = self._read(self.features.transform(readings))
        odds = self._odds(values)
        shifted = odds if prior is None else odds - _logit(BASE_RATE) + _logit(prior)
        return Judgement(1.0 / (1.0 + np.exp(-shifted)), odds, kinds, schemes)

    def unseen(
        self, matrix: sp.csr_matrix, labels: Sequence[Label], kinds: Sequence[str], groups: Sequence[str]
    ) -> tuple[Floats, Floats]:
        """Log odds, shape (n,), and kinds, shape (n, k), of texts from fits that have not seen their groups.

        Two folds, a processor each; wording alone for the odds. What learns from the score and the kind beside other
        things needs them as they will be for texts that are new. The columns of the kinds are the sorted `kinds`.
        """
        from joblib import Parallel, delayed
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GroupKFold

        scam, kind = np.array([label == "scam" for label in labels]), np.array(kinds)
        common = CommonColumns(matrix, matrix.shape[1] - len(self.features.flags_), self.common)(matrix)
        names = sorted(set(kinds))
        values, shares = np.zeros(len(scam)), np.zeros((len(scam), len(names)))

        def judge(fitting: Any, held: Any) -> None:
            values[held] = WordingReader(self.strength).fit(matrix[fitting], scam[fitting]).values(matrix[held])
            reader = KindReader(self.kind_strength).fit(common[fitting], scam[fitting], kind[fitting])
            shares[np.ix_(held, [names.index(name) for name in reader.kind_names])] = reader.read(common[held])[1]

        Parallel(n_jobs=2, prefer="threads")(
            delayed(judge)(*fold) for fold in GroupKFold(2).split(matrix, scam, groups)
        )
        sigmoid = LogisticRegression(C=1e4, max_iter=1000).fit(values.reshape(-1, 1), scam)
        return np.asarray(sigmoid.decision_function(values.reshape(-1, 1)), dtype=np.float64), shares

    def log_odds(self, readings: Sequence[Reading]) -> Floats:
        """Calibrated log odds of a scam at `BASE_RATE`, shape (n,)."""
        return self._odds(self._read(self.features.transform(readings))[0])

    def _odds(self, values: Floats) -> Floats:
        return self.slope_ * self._weighed(values) + self.intercept_

    def _read(self, matrix: sp.csr_matrix) -> tuple[Floats, Floats, Floats]:
        common = self.common_(matrix)
        kind_values, kinds = self.kind_.read(common)
        values = np.stack([self.wording_.values(matrix), kind_values, self.likeness_.values(common)], axis=1)
        return values, kinds, np.asarray(self.scheme_.predict_proba(common), dtype=np.float64)

    def _weighed(self, values: Floats) -> Floats:
        return np.asarray(((values - self.centres_) / self.scales_ * np.array(WEIGHTS)).sum(axis=1), dtype=np.float64)

    @property
    def kind_names(self) -> list[str]:
        """Document kinds in the order of the columns of `Judgement.kinds`."""
        return self.kind_.kind_names

    @property
    def scheme_names(self) -> list[str]:
        """Schemes in the order of the columns of `Judgement.schemes`."""
        return [str(name) for name in self.scheme_.classes_]


def _logit(probability: float) -> float:
    if not 0.0 < probability < 1.0:
        raise ValueError(f"prior is a share between 0 and 1, not {probability}")
    return float(np.log(probability / (1.0 - probability)))
