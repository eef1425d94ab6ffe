"""What personal data looks like to somebody who has not asked to see it."""

from typing import Any

from classifier.mask import LABELS, MaskKind, mask, places


def without_my_number(text: str) -> str:
    """The text to be stored: holding a My Number is restricted by law (番号法19条, 20条)."""
    pieces: list[str] = []
    position = 0
    for start, end, kind in places(text):
        if kind == "my_number":
            pieces += (text[position:start], LABELS[kind])
            position = end
    return "".join((*pieces, text[position:]))


def masked(text: str | None) -> str | None:
    """Names, numbers, addresses replaced by what they were."""
    return None if text is None else mask(text).text


def masked_part(text: str, start: int, end: int, hidden: list[tuple[int, int, MaskKind]]) -> str:
    """A stretch of the text without what is `hidden` in the whole: alone, 山田太郎 does not show what it is."""
    pieces: list[str] = []
    at = start
    for first, last, kind in hidden:
        if start < last and first < end:
            pieces += (text[at : max(at, first)], LABELS[kind])
            at = min(last, end)
    return mask("".join((*pieces, text[at:end]))).text


def masked_assessment(fields: dict[str, Any], text: str) -> dict[str, Any]:
    """An assessment's fields with every quotation from its notice `text` masked; offsets stay those of the text."""
    hidden = places(text)
    quoted = {
        name: [
            {
                **flag,
                "spans": [
                    {**span, "text": masked_part(text, span["start"], span["end"], hidden)} for span in flag["spans"]
                ],
            }
            for flag in fields[name]
        ]
        for name in ("red_flags", "green_flags", "cancelled_flags")
    }
    extracted = {name: _masked_value(value) for name, value in fields["extracted"].items()}
    return {**fields, **quoted, "extracted": extracted}


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value).text
    if isinstance(value, list):
        return [_masked_value(item) for item in value]
    return value
