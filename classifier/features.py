"""What the model sees of a notice: characters, fugashi words, what these mean, and catalogued flags.

Which of them, and how strong, was tried and measured: `datasets/TRIALS.md`.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from itertools import pairwise
from typing import Any, Final, Self

import numpy as np
import scipy.sparse as sp

from classifier.green_flags import find_green_flags
from classifier.knowledge import read_toml
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.red_flags import proposed_flags
from classifier.sparse_rows import SparseRows, side_by_side
from classifier.terms import CharacterTerms, WordTerms, pair
from classifier.word_vectors import WordVectors

_MANY: Final = 5000


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
        from joblib.externals.loky import ProcessPoolExecutor
        from sklearn.feature_extraction.text import TfidfVectorizer

        common = {"min_df": self.min_count, "sublinear_tf": True, "dtype": np.float32}
        by_characters = TfidfVectorizer(analyzer="char", ngram_range=self.characters, lowercase=False, **common)
        by_words = TfidfVectorizer(analyzer=_terms, **common)
        self.flags_ = _flag_names()
        # Signs take as long as all counting; where there is much to read they are looked for beside it.
        with ProcessPoolExecutor(1) if len(readings) > _MANY else nullcontext() as beside:
            signs = beside and beside.submit(_signs, [reading.notice for reading in readings])
            characters = by_characters.fit_transform(r.model_text for r in readings)
            words = by_words.fit_transform((r.words, self.word_length) for r in readings)
            flags = self._cells(signs.result()) if signs else self._flags(readings)
        self.characters_, self.words_ = CharacterTerms.of(by_characters), WordTerms.of(by_words)
        self.meanings_ = WordVectors().fit([[r.words] for r in readings])
        matrix = sp.hstack([characters, words, flags.matrix()]).tocsr()
        before = characters.shape[1]

        def column_of(word: str) -> int | None:
            column: int | None = by_words.vocabulary_.get(word)
            return None if column is None else before + column

        self.column_meanings_ = self.meanings_.of_columns(column_of, matrix.shape[1])
        return matrix

    def transform(self, readings: Sequence[Reading]) -> sp.csr_matrix:
        """The matrix for texts that may be new."""
        characters = self.characters_.rows(r.model_text for r in readings)
        words = self.words_.rows(r.words for r in readings)
        return side_by_side([characters, words, self._flags(readings)])

    def _flags(self, readings: Sequence[Reading]) -> SparseRows:
        return self._cells([_signs_of(reading) for reading in readings])

    def _cells(self, signs: Sequence[set[str]]) -> SparseRows:
        columns = {name: column for column, name in enumerate(self.flags_)}
        cells = [sorted(columns[name] for name in names) for names in signs]
        return SparseRows.of_cells(cells, self.flag_weight, len(columns))


def _signs(notices: Sequence[Notice]) -> list[set[str]]:
    return [_signs_of(Reading(notice)) for notice in notices]


def _signs_of(reading: Reading) -> set[str]:
    return {*proposed_flags(reading), *(flag.id for flag in find_green_flags(reading))}


def _flag_names() -> list[str]:
    return [flag["id"] for name in ("red_flags.toml", "green_flags.toml") for flag in read_toml(name)["flag"]]


def _terms(words_and_length: tuple[list[str], int]) -> list[str]:
    """Words, and pairs of neighbouring words when the length allows."""
    tokens, length = words_and_length
    if length < 2:
        return tokens
    return tokens + [pair(a, b) for a, b in pairwise(tokens)]
