"""Lines from a body that may never end, held a few at a time."""

from collections.abc import AsyncIterator
from typing import Final

# A text of 100,000 characters written as \uXXXX escapes is 600 KB.
LINE_BYTES: Final = 1024 * 1024


async def lines_of(
    body: AsyncIterator[bytes], at_once: int, line_bytes: int = LINE_BYTES
) -> AsyncIterator[list[bytes | None]]:
    """The body's lines that are not empty, up to `at_once` together; None for one over `line_bytes`.

    Whole lines are handed on as soon as they have come, never held back for more: somebody who types
    one line gets its answer. At most one line and one received chunk are held.
    """
    rest, skipping = b"", False
    async for chunk in body:
        *whole, rest = (rest + chunk).split(b"\n")
        lines: list[bytes | None] = []
        for line in whole:
            if skipping:  # the end of a line that was already given up
                skipping = False
            elif len(line) > line_bytes:
                lines.append(None)
            elif line.strip():
                lines.append(line)
        if len(rest) > line_bytes:
            if not skipping:
                lines.append(None)
            rest, skipping = b"", True
        for start in range(0, len(lines), at_once):
            yield lines[start : start + at_once]
    if rest.strip() and not skipping:
        yield [rest]
