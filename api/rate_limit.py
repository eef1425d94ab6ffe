"""How often one caller may come: the generic cell rate algorithm over a table of fixed size.

Each caller has a cell that holds the time at which its allowance would be whole again. The table is an
anonymous shared mapping: workers forked later see one another's counts, a flood of addresses takes no
memory, and nothing of a caller is kept but a place in a table under a salt that dies with the process.
Two callers in one cell share an allowance: with 10,000 active ones in 2²⁰ cells that meets 1 in 100.
"""

import hashlib
import math
import mmap
import secrets
from typing import Final

_CELLS: Final = 1 << 20


class RateLimit:
    """`allow` says whether a caller may come now, or how many seconds to wait."""

    def __init__(self, cells: int = _CELLS) -> None:
        self._cells = memoryview(mmap.mmap(-1, cells * 8)).cast("d")
        self._salt = secrets.token_bytes(16)

    def wait(self, caller: str, per_minute: int, now: float) -> int:
        """0 where the caller may come at `now` (seconds, monotonic), else whole seconds until it may.

        A whole minute's allowance may be used at once. 0 `per_minute` sets no limit. Two workers that
        touch a cell in the same microsecond may let one request too many pass; no lock is worth that.
        """
        if not per_minute:
            return 0
        digest = hashlib.blake2b(caller.encode("utf-8", "replace"), digest_size=8, key=self._salt).digest()
        cell = int.from_bytes(digest, "big") % len(self._cells)
        whole = max(self._cells[cell], now) + 60.0 / per_minute
        if whole - now > 60.0 + 1e-6:
            return max(1, math.ceil(whole - now - 60.0))
        self._cells[cell] = whole
        return 0
