"""What the model sees of a notice: characters, fugashi words and catalogued flags.

Which of them, and how strong, was tried and measured: `datasets/TRIALS.md`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from classifier.green_flags import find_green_flags
from classifier.knowledge import read_toml
from classifier.reading import Reading
from classifier.red_flags import proposed_flags
from classifier.terms import CharacterTerms, WordTerms


class NoticeFeatures:
    """Readings to a sparse matrix of shape (n_notices, n_features), rows of bounded norm.

    Parameters are numbers of characters or words; `min_count` drops what stands in fewer texts;
    `flag_weight` is what one flag counts beside a text vector of norm 1.
    """

    def __init__(
        self,
        characters: tuple[int, int] = (1, 3),
        word_length: int = 2,
        min_count: int = 3,
        flag_weight: float = 0.15,
    ) -> None:
        self.characters = characters
        self.word_length = word_length
        self.min_count = min_count
        self.flag_weight = flag_weight

    def fit(self, readings: Sequence[Reading], y: object = None) -> Self:
        """Learns which n-grams count and how much."""
        self.fit_transform(readings, y)
        return self

    def fit_transform(self, readings: Sequence[Reading], y: object = None, **_: Any) -> sp.csr_matrix:
        """Fits and transforms in one pass over the texts."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        common = {"min_df": self.min_count, "sublinear_tf": True, "dtype": np.float32}
        by_characters = TfidfVectorizer(analyzer="char", ngram_range=self.characters, lowercase=False, **common)
        by_words = TfidfVectorizer(analyzer=_terms, **common)
        self.flags_ = _flag_names()
        characters = by_characters.fit_transform(r.model_text for r in readings)
        words = by_words.fit_transform((r.words, self.word_length) for r in readings)
        self.characters_, self.words_ = CharacterTerms.of(by_characters), WordTerms.of(by_words)
        return sp.hstack([characters, words, self._flags(readings)]).tocsr()

    def transform(self, readings: Sequence[Reading]) -> sp.csr_matrix:
        """The matrix for texts that may be new."""
        characters = self.characters_.transform(r.model_text for r in readings)
        words = self.words_.transform((r.words, self.word_length) for r in readings)
        return sp.hstack([characters, words, self._flags(readings)]).tocsr()

    def _flags(self, readings: Sequence[Reading]) -> sp.csr_matrix:
        columns = {name: column for column, name in enumerate(self.flags_)}
        matrix = sp.lil_matrix((len(readings), len(columns)), dtype=np.float32)
        for row, reading in enumerate(readings):
            found = [flag.id for flag in proposed_flags(reading)]
            found += [flag.id for flag in find_green_flags(reading)]
            for name in found:
                matrix[row, columns[name]] = self.flag_weight
        return matrix.tocsr()


def _flag_names() -> list[str]:
    return [flag["id"] for name in ("red_flags.toml", "green_flags.toml") for flag in read_toml(name)["flag"]]


def _terms(words_and_length: tuple[list[str], int]) -> list[str]:
    """Words, and pairs of neighbouring words when the length allows."""
    tokens, length = words_and_length
    if length < 2:
        return tokens
    return tokens + [f"{a}\x1f{b}" for a, b in pairwise(tokens)]
