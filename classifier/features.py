"""What the model sees of a notice: characters and fugashi words, weighted by TF-IDF.

Question: characters, words or both? Data: the authored texts, tested on authored groups that no fit
has seen; the rows of trials stand in `datasets/TRIALS.md`. Decision: both.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.reading import Reading


class NoticeFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Readings to a sparse matrix of shape (n_notices, n_features), rows of bounded norm.

    Parameters are numbers of characters or words; `min_count` drops what stands in fewer texts.
    """

    def __init__(self, characters: tuple[int, int] = (1, 3), word_length: int = 2, min_count: int = 3) -> None:
        self.characters = characters
        self.word_length = word_length
        self.min_count = min_count

    def fit(self, readings: Sequence[Reading], y: object = None) -> Self:
        """Learns which n-grams count and how much."""
        self.fit_transform(readings, y)
        return self

    def fit_transform(self, readings: Sequence[Reading], y: object = None, **_: Any) -> sp.csr_matrix:
        """Fits and transforms in one pass over the texts."""
        self.characters_ = TfidfVectorizer(
            analyzer="char",
            ngram_range=self.characters,
            min_df=self.min_count,
            sublinear_tf=True,
            lowercase=False,
            dtype=np.float32,
        )
        self.words_ = TfidfVectorizer(analyzer=_terms, min_df=self.min_count, sublinear_tf=True, dtype=np.float32)
        matrix = sp.hstack(
            [
                self.characters_.fit_transform(r.model_text for r in readings),
                self.words_.fit_transform(self._words(readings)),
            ]
        ).tocsr()
        for part in (self.characters_, self.words_):
            part.vocabulary_ = {term: int(column) for term, column in part.vocabulary_.items()}
        return matrix

    def transform(self, readings: Sequence[Reading]) -> sp.csr_matrix:
        """The matrix for texts that may be new."""
        return sp.hstack(
            [
                self.characters_.transform(r.model_text for r in readings),
                self.words_.transform(self._words(readings)),
            ]
        ).tocsr()

    def _words(self, readings: Sequence[Reading]) -> Iterable[tuple[list[str], int]]:
        return ((r.words, self.word_length) for r in readings)


def _terms(words_and_length: tuple[list[str], int]) -> list[str]:
    """Words, and pairs of neighbouring words when the length allows."""
    tokens, length = words_and_length
    if length < 2:
        return tokens
    return tokens + [f"{a}\x1f{b}" for a, b in pairwise(tokens)]
