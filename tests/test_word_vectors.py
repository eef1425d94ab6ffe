"""Words that stand in the same company mean alike; a row is the same alone and among others."""

import numpy as np
import pytest

from classifier.word_vectors import WordVectors

COMPANY = [
    ["警察", "が", "逮捕", "する", "令状"],
    ["警察", "が", "拘束", "する", "令状"],
    ["荷物", "を", "配達", "する", "玄関"],
    ["荷物", "を", "配送", "する", "玄関"],
]


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    return WordVectors().fit([[words] for words in COMPANY * 8])


@pytest.mark.parametrize(("word", "like", "unlike"), [("逮捕", "拘束", "配達"), ("配送", "配達", "拘束")])
def test_who_stands_in_the_same_company_means_alike(vectors: WordVectors, word: str, like: str, unlike: str) -> None:
    own, near, far = vectors.transform([[word], [like], [unlike]])
    assert own @ near > own @ far


def test_a_clause_means_the_same_alone_and_among_others(vectors: WordVectors) -> None:
    together = vectors.transform([*COMPANY, ["見たことのない語"], []])
    for row, words in zip(together, COMPANY, strict=False):
        assert (vectors.transform([words])[0] == row).all()
    assert np.allclose(np.linalg.norm(together[:4], axis=1), 1.0, atol=1e-5)
    assert not together[4:].any()


def test_columns_of_counts_mean_what_their_words_mean(vectors: WordVectors) -> None:
    import scipy.sparse as sp

    columns = {"逮捕": 1, "荷物": 3}
    meant = vectors.of_columns(columns.get, 5)
    row = sp.csr_matrix(np.array([[9.0, 2.0, 9.0, 0.0, 9.0]], dtype=np.float32))
    assert np.allclose(meant(row), vectors.transform([["逮捕"]]), atol=1e-5)
    kept = meant.kept(np.array([-1, 0, -1, 1, -1], dtype=np.int32), 2)
    assert np.allclose(
        kept(sp.csr_matrix(np.array([[0.0, 1.0]], dtype=np.float32))), vectors.transform([["荷物"]]), atol=1e-5
    )
