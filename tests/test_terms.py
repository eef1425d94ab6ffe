"""scikit-learn's own numbers, to the last bit, without scikit-learn; alone and among others."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from classifier.scorers import KernelScorer, LinearScorer
from classifier.terms import CharacterTerms, WordTerms, pair

TEXTS = ["未納が  あります。\n\n至急", "お支払い", "会議は十時 からです", "𠮷野家で 🐡 を", "", "a  b\t\tc", "料金料金"]
OPTIONS = {"sublinear_tf": True, "dtype": np.float32}


def assert_same(one: sp.csr_matrix, other: sp.csr_matrix) -> None:
    other = other.copy()
    other.sort_indices()
    assert one.shape == other.shape
    assert one.dtype == other.dtype
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@pytest.mark.parametrize("lengths", [(1, 1), (1, 3), (2, 2), (2, 3)])
@given(new=st.lists(st.text(alphabet="未納料金がの会議 \n\x00A𠮷🐡z\uffff", max_size=12), max_size=5))
def test_characters(lengths: tuple[int, int], new: list[str]) -> None:
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=lengths, **OPTIONS).fit(TEXTS)
    terms = CharacterTerms.of(vectorizer)
    texts = [*new, *TEXTS, "未納" * 3000]
    assert_same(terms.transform(texts), vectorizer.transform(texts))
    assert_same(terms.transform([]), sp.csr_matrix((0, len(vectorizer.vocabulary_)), dtype=np.float32))


def split(text: str) -> list[str]:
    return text.split()


def with_pairs(text: str) -> list[str]:
    return split(text) + [pair(a, b) for a, b in pairwise(split(text))]


@pytest.mark.parametrize("analyse", [split, with_pairs])
@given(new=st.lists(st.text(alphabet="ab z🐡", max_size=12), max_size=5))
def test_words(analyse: Callable[[str], list[str]], new: list[str]) -> None:
    vectorizer = TfidfVectorizer(analyzer=analyse, **OPTIONS).fit([*TEXTS, "a b a b", "b z"])
    terms = WordTerms.of(vectorizer)
    texts = [*new, *TEXTS, "b b a 🐡"]
    assert_same(terms.transform(map(split, texts)), vectorizer.transform(texts))
    assert_same(terms.transform([]), sp.csr_matrix((0, len(vectorizer.vocabulary_)), dtype=np.float32))


def test_what_is_weighed_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="sublinear_tf"):
        CharacterTerms.of(TfidfVectorizer(analyzer="char").fit(TEXTS))


@pytest.mark.parametrize("classes", [2, 4])
def test_linear_models(classes: int) -> None:
    random = np.random.RandomState(0)
    matrix = sp.random(80, 30, density=0.3, random_state=random, format="csr", dtype=np.float32)
    labels = random.randint(classes, size=80)
    model = LogisticRegression().fit(matrix, labels)
    scorer = LinearScorer.of(model)
    np.testing.assert_array_equal(scorer.decision_function(matrix), model.decision_function(matrix))
    np.testing.assert_allclose(scorer.predict_proba(matrix), model.predict_proba(matrix), rtol=2e-6)


def test_kernel_models_alone_and_among_others() -> None:
    random = np.random.RandomState(0)
    rows = random.rand(700, 9).astype(np.float32)
    model = SVC(gamma=0.7, C=10.0).fit(rows, rows.sum(axis=1) > 4.5)
    scorer = KernelScorer.of(model)
    values = scorer.decision_function(rows)
    np.testing.assert_allclose(values, model.decision_function(rows), atol=1e-9)
    np.testing.assert_array_equal(values, np.concatenate([scorer.decision_function(row[None]) for row in rows]))
    assert scorer.decision_function(rows[:0]).shape == (0,)
