"""Three ways of reading the same features; the model's score weighs what each of them says.

They err on different texts, so together they rank better than any alone (datasets/TRIALS.md):
wording (which words and characters speak for a scam), kind (does it resemble the scams or the genuine
notices of one kind), and likeness (is it close, in meaning and signs, to scams or to genuine notices).

A notice gets the same value to the last bit alone and among others: no row goes through a dense matrix
product, whose sums depend on how many rows stand beside it. scikit-learn is imported where something is fitted:
one notice waits for nothing that it does not need.
"""

from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from classifier.scorers import KernelScorer, LinearScorer
from classifier.sparse_rows import kept_entries
from classifier.word_vectors import ColumnVectors

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_TINY: Final = 1e-9


class CommonColumns:
    """Keeps the text columns that stand in at least `min_count` rows, and all columns from `text_columns` on."""

    def __init__(self, matrix: sp.csr_matrix, text_columns: int, min_count: int) -> None:
        counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
        kept = np.flatnonzero((counts >= min_count) | (np.arange(matrix.shape[1]) >= text_columns))
        self.text_columns = int((kept < text_columns).sum())
        self._new = np.full(matrix.shape[1], -1, dtype=np.int32)
        self._new[kept] = np.arange(len(kept), dtype=np.int32)
        self._count = len(kept)

    def meanings(self, columns: ColumnVectors) -> ColumnVectors:
        """What the kept columns mean."""
        return columns.kept(self._new, self._count)

    def __call__(self, matrix: sp.csr_matrix) -> sp.csr_matrix:
        """The kept columns. Costs what the rows hold, not what the matrix is wide: a notice comes alone."""
        columns = self._new[matrix.indices]
        return kept_entries(matrix, columns >= 0, columns, self._count)


def _sum_in_order(rows: Floats) -> Floats:
    """Of each row. `sum` adds the columns of one row in another order than those of many: the last bit would differ."""
    return np.asarray(rows.cumsum(axis=1)[:, -1])


class WordingReader:
    """Logistic regression over every feature."""

    def __init__(self, strength: float) -> None:
        self.strength = strength

    def fit(self, matrix: sp.csr_matrix, scam: Bools) -> Self:
        """Tolerance decides here: at 1e-3 the solver stops far from the optimum (datasets/TRIALS.md)."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=self.strength, class_weight="balanced", max_iter=3000, tol=1e-5)
        self.model_ = LinearScorer.of(model.fit(matrix, scam))
        return self

    def values(self, matrix: sp.csr_matrix) -> Floats:
        """Log odds of a scam, shape (n,)."""
        return np.asarray(self.model_.decision_function(matrix), dtype=np.float64)


class KindReader:
    """Multinomial logistic regression over pairs of label and document kind."""

    def __init__(self, strength: float) -> None:
        self.strength = strength

    def fit(self, matrix: sp.csr_matrix, scam: Bools, kinds: npt.NDArray[np.str_]) -> Self:
        """One class for each kind among scams and each among genuine notices."""
        from sklearn.linear_model import LogisticRegression

        pairs = np.array([f"{int(s)}/{k}" for s, k in zip(scam, kinds, strict=True)])
        model = LogisticRegression(C=self.strength, class_weight="balanced", max_iter=1000, tol=1e-3)
        model.fit(matrix, pairs)
        model.coef_ = model.coef_.astype(np.float32)
        self.model_ = LinearScorer.of(model)
        names = [str(pair)[2:] for pair in self.model_.classes_]
        self.kind_names = sorted(set(names))
        of_kind = [[n for n, name in enumerate(names) if name == kind] for kind in self.kind_names]
        # A kind is a column among genuine notices, among scams, or both.
        self._first, self._last = (np.array([columns[place] for columns in of_kind]) for place in (0, -1))
        self._of_scam = np.array([str(pair).startswith("1/") for pair in self.model_.classes_])
        return self

    def read(self, matrix: sp.csr_matrix) -> tuple[Floats, Floats]:
        """Log odds of a scam, shape (n,), and probabilities of the kinds, shape (n, kinds)."""
        shares = np.asarray(self.model_.predict_proba(matrix), dtype=np.float64)
        scam, genuine = _sum_in_order(shares[:, self._of_scam]), _sum_in_order(shares[:, ~self._of_scam])
        kinds = shares[:, self._first] + np.where(self._first == self._last, 0.0, shares[:, self._last])
        return np.log(scam + _TINY) - np.log(genuine + _TINY), kinds


class LikenessReader:
    """Support vector machine with a Gaussian kernel over latent semantic components, meanings of words, and signs."""

    def __init__(self, components: int = 100, width: float = 1.0, sign_weight: float = 0.25) -> None:
        self.components = components
        self.width = width
        self.sign_weight = sign_weight

    def fit(
        self, matrix: sp.csr_matrix, text_columns: int, meanings: ColumnVectors, sign_unit: float, scam: Bools
    ) -> Self:
        """`text_columns` come first in the matrix; the signs after them are worth `sign_unit` each."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.svm import SVC

        self.text_columns, self._scale = text_columns, self.sign_weight / sign_unit
        self._meanings = meanings
        text = matrix[:, :text_columns]
        space = TruncatedSVD(min(self.components, *(n - 1 for n in text.shape)), n_iter=2, random_state=0).fit(text)
        self.axes_ = np.ascontiguousarray(space.components_.T, dtype=np.float32)
        # Where the whole kernel fits into the cache, nothing of it is computed twice: half the time.
        machine = SVC(C=10.0, gamma=self.width, class_weight="balanced", cache_size=2000)
        self.machine_ = KernelScorer.of(machine.fit(self._place(matrix), scam))
        return self

    def values(self, matrix: sp.csr_matrix) -> Floats:
        """Signed distance in kernel space, shape (n,); above 0 speaks for a scam."""
        return np.asarray(self.machine_.decision_function(self._place(matrix)), dtype=np.float64)

    def _place(self, matrix: sp.csr_matrix) -> Any:
        said = matrix.indices < self.text_columns
        text = np.asarray(kept_entries(matrix, said, matrix.indices, self.text_columns) @ self.axes_)
        norms = np.sqrt(np.einsum("ij,ij->i", text, text))
        text /= np.where(norms > _TINY, norms, 1)[:, None]
        signs = np.zeros((matrix.shape[0], matrix.shape[1] - self.text_columns), dtype=np.float32)
        rows = np.arange(matrix.shape[0]).repeat(matrix.indptr[1:] - matrix.indptr[:-1])[~said]
        signs[rows, matrix.indices[~said] - self.text_columns] = matrix.data[~said] * self._scale
        return np.hstack([text, signs, self._meanings(matrix)])
