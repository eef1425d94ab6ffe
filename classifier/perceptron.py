"""A second reader of clauses: what they mean, where the first one counts their characters.

A perceptron over latent components of a clause's characters, the meaning of its words (`word_vectors`), what the
notice is, where the clause stands and what patterns propose. Its log odds and those of the regressions, averaged, find
more and err less (datasets/TRIALS.md).
"""

import warnings
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from classifier.scorers import PerceptronScorer
from classifier.sparse_rows import kept_entries
from classifier.word_vectors import Vectors

Floats = npt.NDArray[np.float64]
_COMPONENTS: Final = 300
_HIDDEN: Final = 256
# Further rounds gain nothing (datasets/TRIALS.md).
_ROUNDS: Final = 12
# Latent components, and meanings of words, have unit length in a clause; beside the other inputs they need more weight.
_MEANING_WEIGHT: Final = 4.0
_TINY: Final = 1e-6


class ClausePerceptron:
    """Log odds of every flag at once for rows of `FlagReader`'s features."""

    def __init__(self, text_columns: int, other_columns: int) -> None:
        """The clause's own characters stand before `text_columns`, its neighbours' from there on to
        `other_columns`, everything else after."""
        self._text_columns, self._other_columns = text_columns, other_columns

    def fit(self, matrix: sp.csr_matrix, meanings: Vectors, labels: npt.NDArray[np.bool_]) -> Self:
        """`meanings`: what the clauses' words mean, shape (clauses, dimensions); `labels`: which flags each clause
        shows, shape (clauses, flags)."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        text = matrix[:, : self._text_columns]
        space = TruncatedSVD(min(_COMPONENTS, *(n - 1 for n in text.shape)), n_iter=2, random_state=0).fit(text)
        self._axes = np.ascontiguousarray(space.components_.T, dtype=np.float32)
        model = MLPClassifier((_HIDDEN,), batch_size=128, max_iter=_ROUNDS, random_state=0)
        with warnings.catch_warnings():
            # It is stopped early on purpose.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self._inputs(matrix, meanings), labels.astype(np.int64))
        self._scorer = PerceptronScorer.of(model)
        return self

    def values(self, matrix: sp.csr_matrix, meanings: Vectors) -> Floats:
        """Log odds of the flags, shape (clauses, flags)."""
        return self._scorer.decision_function(self._inputs(matrix, meanings))

    def _inputs(self, matrix: sp.csr_matrix, meanings: Vectors) -> Any:
        said = matrix.indices < self._text_columns
        characters = np.asarray(kept_entries(matrix, said, matrix.indices, self._text_columns) @ self._axes)
        lengths = np.sqrt(np.einsum("ij,ij->i", characters, characters))
        characters *= (_MEANING_WEIGHT / np.maximum(lengths, _TINY))[:, None]
        other = matrix.indices >= self._other_columns
        width = matrix.shape[1] - self._other_columns
        return np.hstack(
            [
                characters,
                kept_entries(matrix, other, matrix.indices - self._other_columns, width).toarray(),
                _MEANING_WEIGHT * meanings,
            ],
            dtype=np.float32,
        )
