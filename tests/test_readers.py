"""What the readers say of a notice does not depend on which others it comes with."""

import numpy as np

from classifier.readers import _sum_in_order


def test_a_row_sums_alone_as_among_others() -> None:
    """To the last bit; `sum` adds the chosen columns of one row in another order than those of many."""
    shares = np.random.default_rng(0).random((400, 47))
    chosen = np.arange(47) % 2 == 0
    among_others = _sum_in_order(shares[:, chosen])
    alone = np.concatenate([_sum_in_order(row[None, chosen]) for row in shares])
    assert (alone == among_others).all()
    assert not all(shares[n : n + 1, chosen].sum(axis=1)[0] == shares[:, chosen].sum(axis=1)[n] for n in range(400))
    assert np.allclose(alone, shares[:, chosen].sum(axis=1))
