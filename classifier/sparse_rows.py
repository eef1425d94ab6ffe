"""Sparse rows as three arrays, and several blocks of them side by side.

scipy does the same in many small steps, each of which checks what it is given: for one notice they cost more than all
that is computed with them. What comes out is its `csr_matrix`, entry for entry in the same order.
"""

from collections.abc import Sequence
from copy import copy
from functools import reduce
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

_EMPTY: Final = sp.csr_matrix((0, 0), dtype=np.float32)


class SparseRows(NamedTuple):
    """Row r holds `values[ends[r]:ends[r + 1]]` in `columns` of the same range, ascending; the others are zero."""

    values: npt.NDArray[np.float32]
    columns: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int64]
    width: int

    @classmethod
    def of_cells(cls, cells: Sequence[Sequence[int]], value: float, width: int) -> "SparseRows":
        """The same value in all the given columns of each row; columns ascending."""
        columns = [column for row in cells for column in row]
        ends = np.zeros(len(cells) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in cells], out=ends[1:])
        return cls(np.full(len(columns), value, dtype=np.float32), np.array(columns, dtype=np.int32), ends, width)

    @classmethod
    def of_dense(cls, block: npt.NDArray[np.float64]) -> "SparseRows":
        """Every entry of a dense block of shape (rows, width), zeros too."""
        rows, width = block.shape
        columns = np.empty((rows, width), dtype=np.int32)
        columns[:] = np.arange(width, dtype=np.int32)
        ends = np.arange(rows + 1, dtype=np.int64) * width
        return cls(block.astype(np.float32).ravel(), columns.ravel(), ends, width)

    def matrix(self) -> sp.csr_matrix:
        """As scipy has it."""
        return side_by_side([self])


def side_by_side(blocks: Sequence[SparseRows]) -> sp.csr_matrix:
    """The blocks' rows, each followed by the same row of the next block."""
    ends = reduce(np.add, [block.ends for block in blocks])
    values = np.empty(ends[-1], dtype=np.float32)
    columns = np.empty(ends[-1], dtype=np.int32)
    # Where each row's next entries go.
    starts = ends[:-1].copy()
    before = 0
    for block in blocks:
        counts = block.ends[1:] - block.ends[:-1]
        places = (starts - block.ends[:-1]).repeat(counts) + np.arange(len(block.values))
        values[places] = block.values
        columns[places] = block.columns + np.int32(before)
        starts += counts
        before += block.width
    return csr(values, columns, ends, before)


def csr(values: Any, columns: Any, ends: Any, width: int) -> sp.csr_matrix:
    """A matrix of rows whose columns ascend."""
    # scipy's constructor checks what is known here; for one notice that takes three times as long as a product.
    matrix = copy(_EMPTY)
    matrix.data, matrix.indices, matrix.indptr = values, columns, ends.astype(np.int32)
    matrix._shape = (len(ends) - 1, width)
    matrix.has_sorted_indices = True
    return matrix


def kept_entries(matrix: sp.csr_matrix, kept: npt.NDArray[np.bool_], columns: Any, width: int) -> sp.csr_matrix:
    """Those entries of a matrix that are `kept`, in `columns`."""
    ends = np.concatenate(([0], kept.cumsum()))[matrix.indptr]
    return csr(matrix.data[kept], columns[kept], ends, width)
