"""What the readers say of a notice does not depend on which others it comes with."""

import numpy as np
from sklearn.neural_network import MLPClassifier

from classifier.readers import _sum_in_order
from classifier.scorers import PerceptronScorer


def test_a_row_sums_alone_as_among_others() -> None:
    """To the last bit; `sum` adds the chosen columns of one row in another order than those of many."""
    shares = np.random.default_rng(0).random((400, 47))
    chosen = np.arange(47) % 2 == 0
    among_others = _sum_in_order(shares[:, chosen])
    alone = np.concatenate([_sum_in_order(row[None, chosen]) for row in shares])
    assert (alone == among_others).all()
    assert not all(shares[n : n + 1, chosen].sum(axis=1)[0] == shares[:, chosen].sum(axis=1)[n] for n in range(400))
    assert np.allclose(alone, shares[:, chosen].sum(axis=1))


def test_a_perceptron_says_what_scikit_learn_says() -> None:
    """And to the last bit the same for a row alone and among others."""
    rng = np.random.default_rng(0)
    rows, labels = rng.random((300, 37)).astype(np.float32), rng.random((300, 11)) < 0.3
    model = MLPClassifier((50,), max_iter=300, tol=0.1, n_iter_no_change=3, random_state=0).fit(rows, labels)
    scorer = PerceptronScorer.of(model)
    among_others = scorer.decision_function(rows)
    assert np.allclose(1 / (1 + np.exp(-among_others)), model.predict_proba(rows), atol=1e-5)
    assert (np.concatenate([scorer.decision_function(row[None]) for row in rows]) == among_others).all()
