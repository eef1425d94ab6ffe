"""The trained judgement as a scikit-learn classifier of texts, for pipelines and scikit-learn's own tools."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d

from classifier.assessment import Assessor
from classifier.errors import InvalidNotice
from classifier.model import BASE_RATE
from classifier.notice import Notice
from classifier.vocabulary import Channel

Floats = npt.NDArray[np.float64]
# Readings of a few hundred texts at a time: their derived parts are held until the chunk is judged.
_CHUNK = 500


class ScamNoticeClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Scam or genuine, for a sequence of texts or Notices of any length.

    The model comes trained; `fit` learns nothing from the texts. Parameters: `labels` are what y calls a genuine
    notice and a scam, in that order and in sorted order; `prior` is the share of scams where the texts come from
    (None: the model's base rate); `channel` holds for texts that are no Notice; `bundle` is the path of a model
    other than the shipped one. `decision_function` gives calibrated log odds of a scam, above 0 from even odds on.
    Where to cut is for FixedThresholdClassifier or TunedThresholdClassifierCV to say, at the price of each error.
    """

    def __init__(
        self,
        *,
        labels: tuple[Any, Any] = ("genuine", "scam"),
        prior: float | None = None,
        channel: Channel = "unknown",
        bundle: Path | str | None = None,
    ) -> None:
        self.labels = labels
        self.prior = prior
        self.channel = channel
        self.bundle = bundle

    def fit(self, X: Any, y: Any = None) -> Self:
        """Checks the parameters, and that y holds no other labels. Raises ValueError."""
        if self.prior is not None and not 0.0 < self.prior < 1.0:
            raise ValueError(f"prior is a share between 0 and 1, not {self.prior}")
        classes = np.asarray(self.labels)
        if classes.shape != (2,) or not classes[0] < classes[1]:
            raise ValueError(f"labels are two, in sorted order: what y calls genuine and scam; not {self.labels!r}")
        texts = self._notices(X)
        if y is not None:
            check_classification_targets(y)
            given = column_or_1d(y, warn=True)
            check_consistent_length(texts, given)
            if strange := set(np.unique(given).tolist()) - set(classes.tolist()):
                raise ValueError(f"y holds {sorted(strange)[0]!r}; name your labels with labels=(genuine, scam)")
        return self

    def decision_function(self, X: Any) -> Floats:
        """Log odds of a scam, shape (n,). Raises InvalidNotice for a text that cannot be assessed."""
        notices = self._notices(X)
        if not notices:
            return np.zeros(0)
        parts = [notices[start : start + _CHUNK] for start in range(0, len(notices), _CHUNK)]
        odds = np.concatenate([_assessor(self.bundle).judge(part).log_odds for part in parts])
        return odds if self.prior is None else odds - _logit(BASE_RATE) + _logit(self.prior)

    def predict_proba(self, X: Any) -> Floats:
        """Calibrated probabilities in the order of `classes_`, shape (n, 2)."""
        scam = 1.0 / (1.0 + np.exp(-self.decision_function(X)))
        return np.stack([1.0 - scam, scam], axis=1)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The likelier label of each text, shape (n,)."""
        above = self.decision_function(X) > 0.0
        return np.asarray(np.asarray(self.labels)[above.astype(int)])

    def _notices(self, X: Any) -> list[Notice]:
        if isinstance(X, str):
            raise ValueError("one text was given; give a sequence of texts")
        if getattr(X, "ndim", 1) != 1:
            raise ValueError(f"X has {X.ndim} dimensions; give one text a row, e.g. the column of a frame")
        texts: Sequence[Any] = X.tolist() if hasattr(X, "tolist") else list(X)
        notices = []
        for number, text in enumerate(texts):
            try:
                notices.append(text if isinstance(text, Notice) else Notice(text, self.channel))
            except InvalidNotice as error:
                raise InvalidNotice(error.code, f"{number + 1}番目: {error}") from error
        return notices

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """`labels` as an array: known without fitting."""
        return np.asarray(self.labels)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        tags.classifier_tags.multi_class = False
        return tags


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))


@cache
def _assessor(bundle: Path | str | None) -> Assessor:
    """One a process and bundle: estimators are cloned and pickled without their model."""
    return Assessor.load(None if bundle is None else Path(bundle))
