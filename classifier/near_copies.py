"""Notices that are near-copies of one text: the waves in which the same words go out to many people.

MinHash over runs of characters finds candidates without comparing all with all (Broder 1997). It is asked of
`Reading.model_text`, in which hosts, numbers and sums are masked: senders draw those anew for every message.
"""

from collections.abc import Sequence
from typing import Final

from rensa import RMinHash, RMinHashLSH
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# The share of common runs from which two texts count as copies; a changed sum or name leaves about 0.8.
ALIKE: Final = 0.7
_RUN: Final = 4
_PERMUTATIONS: Final = 128
_BANDS: Final = 32
_SEED: Final = 1


def near_copies(texts: Sequence[str], alike: float = ALIKE) -> list[list[int]]:
    """Groups of places in `texts`, largest first, each of two texts or more; a copy of a copy counts."""
    hashes: list[RMinHash] = []
    index = RMinHashLSH(threshold=alike, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    pairs: list[tuple[int, int]] = []
    for number, text in enumerate(texts):
        own = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        own.update(_runs(text))
        pairs += [(other, number) for other in index.query(own) if hashes[other].jaccard(own) >= alike]
        index.insert(number, own)
        hashes.append(own)
    if not pairs:
        return []
    ones, others = zip(*pairs, strict=True)
    graph = coo_matrix(([1] * len(pairs), (ones, others)), shape=(len(texts), len(texts)))
    groups: dict[int, list[int]] = {}
    for number, group in enumerate(connected_components(graph, directed=False)[1]):
        groups.setdefault(int(group), []).append(number)
    return sorted((group for group in groups.values() if len(group) > 1), key=lambda group: (-len(group), group))


def _runs(text: str) -> list[str]:
    dense = "".join(text.split())
    return [dense[start : start + _RUN] for start in range(max(1, len(dense) - _RUN + 1))]
