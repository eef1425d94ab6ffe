"""What a demand leaves out, read from the whole of it: to whom the money is owed, and under which contract.

Rules that look for names and numbers (`absences`) erred more and found less on authors that nobody had read
(datasets/TRIALS.md). Which absences are read so stands in the catalogue (`read_by = "notice"`).
"""

from collections.abc import Collection, Sequence
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from classifier.scorers import LinearScorer
from classifier.sparse_rows import SparseRows, csr, side_by_side

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
# From this probability on: one of them is a strong sign, and saying of a letter that it lacks what stands in it costs
# trust.
_MISSING_FROM: Final = 0.55
# With fewer marks a flag is not learnt; with fewer marked clauses it stays with its patterns.
ENOUGH: Final = 25
_STRENGTH: Final = 3.0
_TINY: Final = 1e-9


class AbsenceReader:
    """One logistic regression an absence over the characters of all clauses of a notice, and over what it is."""

    def __init__(self, flags: Collection[str]) -> None:
        self.flags = sorted(flags)

    def fit(self, said: SparseRows, counts: Sequence[int], notices: Floats, absent: Sequence[Collection[str]]) -> Self:
        """`said` holds a row for each clause, `counts` how many of them each notice has, `notices`, shape (n, w),
        what the model thinks of each, `absent` the ids of what it lacks."""
        from sklearn.linear_model import LogisticRegression

        labels = {flag: np.array([flag in own for own in absent]) for flag in self.flags}
        self.flags = [flag for flag in self.flags if labels[flag].sum() >= ENOUGH]
        matrix = _beside(said, counts, notices)
        self._scorers = [
            LinearScorer.of(
                LogisticRegression(C=_STRENGTH, solver="liblinear", tol=1e-3, random_state=0).fit(matrix, labels[flag])
            )
            for flag in self.flags
        ]
        return self

    def read(self, said: SparseRows, counts: Sequence[int], notices: Floats) -> Bools:
        """Which of `flags` each notice shows, shape (n, flags)."""
        if not self.flags:
            return np.zeros((len(counts), 0), dtype=bool)
        matrix = _beside(said, counts, notices)
        values = np.column_stack([scorer.decision_function(matrix) for scorer in self._scorers])
        return np.asarray(values >= np.log(_MISSING_FROM / (1 - _MISSING_FROM)), dtype=bool)


def _beside(said: SparseRows, counts: Sequence[int], notices: Floats) -> sp.csr_matrix:
    """The sum of each notice's clauses at length 1, what the notice is behind it."""
    ends = np.concatenate(([0], np.cumsum(counts)))
    clauses = np.arange(ends[-1], dtype=np.int32)
    whole = csr(np.ones(ends[-1], dtype=np.float32), clauses, ends, int(ends[-1])) @ said.matrix()
    whole.sort_indices()
    lengths = np.sqrt(np.asarray(whole.multiply(whole).sum(axis=1), dtype=np.float64).ravel())
    values = whole.data / np.maximum(lengths, _TINY).repeat(np.diff(whole.indptr)).astype(np.float32)
    texts = SparseRows(values, whole.indices, whole.indptr.astype(np.int64), said.width)
    return side_by_side([texts, SparseRows.of_dense(notices)])
