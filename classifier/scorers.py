"""What scikit-learn's linear and kernel models have learnt, applied without it.

Importing scikit-learn takes longer than everything else that one notice needs; its fitted models are a few
arrays. A row gets the same bits alone and among others, and however many threads the linear algebra may use.
"""

from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
# Entries that meet a row in one product or sum: under the size from which OpenBLAS gives it to several threads.
_BLOCK: Final = 8_400
# Rows at a time: their kernel values stay in the processor's cache.
_ROWS: Final = 16


class LinearScorer:
    """A fitted LogisticRegression: log odds and probabilities of sparse rows. `weights`: (features, classes)."""

    def __init__(self, coefficients: Any, intercepts: Any, classes: Any) -> None:
        # Features first and in one piece: the other way round every product begins with a copy of the whole.
        self.weights = np.ascontiguousarray(np.asarray(coefficients).T)
        self._intercepts = np.asarray(intercepts)
        self.classes_ = np.asarray(classes)

    @classmethod
    def of(cls, model: Any) -> Self:
        """Of a fitted LogisticRegression."""
        return cls(model.coef_, model.intercept_, model.classes_)

    def decision_function(self, matrix: sp.csr_matrix) -> Any:
        """Shape (n,) for two classes, else (n, classes)."""
        values = matrix @ self.weights + self._intercepts
        return values.ravel() if values.shape[1] == 1 else values

    def predict_proba(self, matrix: sp.csr_matrix) -> Any:
        """Shares of the classes, shape (n, classes); rows sum to 1."""
        values = matrix @ self.weights + self._intercepts
        if values.shape[1] == 1:
            second = 1.0 / (1.0 + np.exp(-values))
            return np.hstack([1.0 - second, second])
        values -= values.max(axis=1, keepdims=True)
        np.exp(values, values)
        values /= values.sum(axis=1, keepdims=True)
        return values


class RowProducts:
    """Scalar products of dense rows with the rows of a matrix: to the last bit the same, whatever stands beside."""

    def __init__(self, matrix: Any) -> None:
        count, width = matrix.shape
        height = max(1, _BLOCK // width)
        blocks = -(-count // height)
        # Rows of nothing but zeros fill the last block.
        padded = np.zeros((blocks * height, width), dtype=matrix.dtype)
        padded[:count] = matrix
        self._blocks = padded.reshape(blocks, height, width)

    def norms(self) -> Any:
        """Squared lengths of the matrix' rows, those that fill the last block among them."""
        return np.vecdot(self._blocks, self._blocks).ravel()

    def __call__(self, rows: Any) -> Any:
        """Shape (rows, the matrix' rows and those that fill the last block)."""
        # A product of its own for every row and block: sums in a larger one depend on what stands beside.
        products = np.matmul(self._blocks[:, None], rows[None, :, :, None])
        return np.ascontiguousarray(products[..., 0].transpose(1, 0, 2)).reshape(len(rows), -1)


class KernelScorer:
    """A fitted SVC of two classes with a Gaussian kernel: signed distances of dense rows."""

    def __init__(self, vectors: Floats, weights: Floats, intercept: float, width: float) -> None:
        self._vectors = RowProducts(np.asarray(vectors, dtype=np.float64))
        self._norms = self._vectors.norms()
        self._weights = np.zeros(len(self._norms))
        self._weights[: len(vectors)] = weights
        self._intercept, self._width = intercept, width

    @classmethod
    def of(cls, model: Any) -> Self:
        """Of a fitted SVC(kernel="rbf") with a number for gamma."""
        return cls(model.support_vectors_, model.dual_coef_[0], float(model.intercept_[0]), float(model.gamma))

    def decision_function(self, rows: Any) -> Floats:
        """Shape (n,). |x - s|² is taken apart into |x|² + |s|² - 2 x·s: three times as fast."""
        rows = np.asarray(rows, dtype=np.float64)
        parts = [self._values(rows[start : start + _ROWS]) for start in range(0, len(rows), _ROWS)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _values(self, rows: Floats) -> Floats:
        kernel = self._vectors(rows)
        kernel *= 2.0
        np.subtract(np.vecdot(rows, rows)[:, None] + self._norms, kernel, out=kernel)
        np.maximum(kernel, 0.0, out=kernel)
        kernel *= -self._width
        np.exp(kernel, out=kernel)
        # One after another: a longer sum OpenBLAS would give to as many threads as there are.
        values = np.zeros(len(rows))
        for start in range(0, len(self._weights), _BLOCK):
            values += np.vecdot(kernel[:, start : start + _BLOCK], self._weights[start : start + _BLOCK])
        return np.asarray(values + self._intercept, dtype=np.float64)


class PerceptronScorer:
    """A fitted MLPClassifier with one hidden layer of rectifiers and an independent answer for each label."""

    def __init__(self, layers: tuple[Any, Any], offsets: tuple[Any, Any]) -> None:
        self._hidden, self._answers = (RowProducts(np.asarray(layer.T, dtype=np.float32)) for layer in layers)
        self._offsets = offsets

    @classmethod
    def of(cls, model: Any) -> Self:
        """Of a MLPClassifier(activation="relu") fitted to several labels a row."""
        return cls(tuple(model.coefs_), tuple(model.intercepts_))

    def decision_function(self, rows: Any) -> Floats:
        """Log odds of each label, shape (n, labels)."""
        first, second = self._offsets
        hidden = np.maximum(self._hidden(rows)[:, : len(first)] + first, 0)
        return np.asarray(self._answers(hidden)[:, : len(second)] + second, dtype=np.float64)
