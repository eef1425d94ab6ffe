"""What words mean, learnt from the words that they stand beside in the training texts.

「身柄を押さえる」 and 「令状が出る」 share no character with 「逮捕」, yet they stand in the same company. Positive
pointwise mutual information of neighbours, its rows reduced by singular values: Levy, Goldberg and Dagan, *Improving
Distributional Similarity with Lessons Learned from Word Embeddings* (2015). What it earned: datasets/TRIALS.md.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from classifier.sparse_rows import kept_entries
from classifier.terms import WordTerms

Integers = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]
Clause = Sequence[str]
_DIMENSIONS: Final = 200
# Words up to so many places apart are neighbours, each place less by one over its number.
_REACH: Final = 5
# What stands less often has no company to be known by.
_OFTEN: Final = 5
# Rare neighbours count for less than chance would have them (Levy and others, "context distribution smoothing").
_SMOOTHING: Final = 0.75
_TINY: Final = 1e-9


class WordVectors:
    """Texts as vectors of length 1: the sum of their words' vectors, rare words for more."""

    def fit(self, notices: Sequence[Sequence[Clause]]) -> Self:
        """`notices`: the words of each clause of each notice."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        counts = Counter(word for clauses in notices for words in clauses for word in words)
        numbers = {word: n for n, word in enumerate(sorted(w for w, count in counts.items() if count >= _OFTEN))}
        weights = TfidfVectorizer(analyzer=list, vocabulary=numbers, sublinear_tf=True, dtype=np.float32)
        self._terms = WordTerms.of(weights.fit([words for clauses in notices for words in clauses]))
        self._words = "\n".join(numbers)
        company = _company(_in_a_row(notices, numbers), len(numbers))
        space = TruncatedSVD(min(_DIMENSIONS, len(numbers) - 1), n_iter=3, random_state=0)
        vectors = space.fit_transform(company) / np.sqrt(space.singular_values_)
        self._vectors = _of_length_one(vectors.astype(np.float32))
        return self

    def transform(self, clauses: Sequence[Clause]) -> Vectors:
        """Shape (clauses, dimensions); zeros for a clause of unknown words."""
        return _of_length_one(np.asarray(self._terms.transform(clauses) @ self._vectors))

    def of_columns(self, column_of: Callable[[str], int | None], width: int) -> "ColumnVectors":
        """The same for rows of `width` columns, some of which count a word: `column_of` says which."""
        numbered = ((column_of(word), number) for number, word in enumerate(self._words.split("\n")))
        found = sorted((column, number) for column, number in numbered if column is not None)
        columns, numbers = (np.array([pair[place] for pair in found], dtype=np.int64) for place in (0, 1))
        return ColumnVectors(columns, self._vectors[numbers], width)


class ColumnVectors:
    """Rows of counts as vectors of length 1: the sum of the vectors of the words that some columns count."""

    def __init__(self, columns: Integers, vectors: Vectors, width: int) -> None:
        """`columns` ascend; each has its row in `vectors`."""
        self._row_of = np.full(width, -1, dtype=np.int32)
        self._row_of[columns] = np.arange(len(columns), dtype=np.int32)
        self._vectors = vectors

    def kept(self, new: npt.NDArray[np.int32], width: int) -> "ColumnVectors":
        """For rows of which some columns are left out: `new` has the number of each that is kept, -1 for others."""
        there = np.flatnonzero((self._row_of >= 0) & (new >= 0))
        return ColumnVectors(new[there].astype(np.int64), self._vectors[self._row_of[there]], width)

    def __call__(self, matrix: sp.csr_matrix) -> Vectors:
        """Shape (rows, dimensions)."""
        rows = self._row_of[matrix.indices]
        return _of_length_one(np.asarray(kept_entries(matrix, rows >= 0, rows, len(self._vectors)) @ self._vectors))


def _in_a_row(notices: Sequence[Sequence[Clause]], numbers: dict[str, int]) -> Integers:
    """The numbers of all words, -1 for rare ones, and between notices for as long as words reach."""
    found: list[int] = []
    for clauses in notices:
        found += (numbers.get(word, -1) for words in clauses for word in words)
        found += [-1] * _REACH
    return np.array(found, dtype=np.int64)


def _company(row: Integers, words: int) -> Any:
    """How much more often than by chance words are neighbours, as positive pointwise mutual information, shape
    (words, words)."""
    together = sp.csr_matrix((words, words), dtype=np.float64)
    for distance in range(1, _REACH + 1):
        left, right = row[:-distance], row[distance:]
        known = (left >= 0) & (right >= 0)
        weights = np.full(int(known.sum()), 1.0 / distance)
        together += sp.csr_matrix((weights, (left[known], right[known])), shape=(words, words))
    pairs = (together + together.T).tocoo()
    often = np.maximum(np.bincount(pairs.row, pairs.data, words), _TINY)
    chance = often**_SMOOTHING
    chance /= chance.sum()
    information = np.log(pairs.data / (often[pairs.row] * chance[pairs.col]))
    matrix = sp.csr_matrix((np.maximum(information, 0.0), (pairs.row, pairs.col)), shape=(words, words))
    matrix.eliminate_zeros()
    return matrix


def _of_length_one(rows: Vectors) -> Vectors:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.maximum(lengths, _TINY)[:, None], dtype=np.float32)
