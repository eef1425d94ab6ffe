"""Bytes to text: the encodings that Japanese texts and mails come in."""

import re
from typing import Final

# What is written in a header, and what was meant: cp932 holds ①㈱髙, which Shift_JIS and plain JIS do not.
_MEANT: Final = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "euc-jp": "euc_jis_2004",
    "x-euc-jp": "euc_jis_2004",
    "utf8": "utf-8",
}
_ESCAPE: Final = re.compile(rb"\x1b\$[@B]|\x1b\([BJI]")
# A row of JIS X 0208 between escapes; rows 13 and 89 to 92 are NEC's own.
_JIS_ROW: Final = re.compile(rb"\x1b\$[@B]([\x21-\x7e\r\n]*)(?:\x1b\([BJ]|$)")


def decode(raw: bytes, charset: str | None = None) -> str:
    """The text of `raw`; what no encoding explains becomes U+FFFD. Never raises.

    What cannot be chance comes first, then the declared charset where it decodes without a fault: senders of
    scams declare what they like.
    """
    candidates = [*_certain(raw), *([charset] if charset else []), *_likely(raw)]
    for name in candidates:
        text = _strict(raw, name)
        if text is not None:
            return text
    name = charset if charset and _known(charset) else candidates[-1]
    return raw.decode(_codec(name), "replace")


def _certain(raw: bytes) -> list[str]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if raw.isascii():
        return ["iso-2022-jp"] if _ESCAPE.search(raw) else []
    return ["utf-8-sig"]  # other bytes are next to never correct UTF-8


def _likely(raw: bytes) -> list[str]:
    # Bytes may be correct in both cp932 and EUC-JP; the one with more kana and fewer half-width ones was meant.
    ambiguous = sorted(("cp932", "euc-jp"), key=lambda name: _oddness(raw, name))
    return [*ambiguous, "utf-8"]


def _oddness(raw: bytes, charset: str) -> float:
    """How unlike Japanese `raw` reads in `charset`; 1 where it does not decode."""
    text = _strict(raw[:20_000], charset) or _strict(raw[:19_999], charset)
    if not text:
        return 1.0
    odd = sum("\uff61" <= character <= "\uff9f" or "\ue000" <= character <= "\uf8ff" for character in text)
    plain = sum("\u3041" <= character <= "\u30fe" for character in text)
    return (odd - plain) / len(text)


def _strict(raw: bytes, charset: str) -> str | None:
    if not _known(charset):
        return None
    codec = _codec(charset)
    try:
        return _jis(raw) if codec == "iso2022_jp_ext" else raw.decode(codec)
    except (UnicodeDecodeError, ValueError):
        return None


def _jis(raw: bytes) -> str:
    """ISO-2022-JP with NEC's ①㈱髙: each row of two-byte characters goes through cp932, which has them all."""

    def row(match: re.Match[bytes]) -> bytes:
        return b"".join(_to_cp932(line) for line in re.split(rb"(\r?\n)", match[1]))

    whole = _JIS_ROW.sub(row, raw)
    if b"\x1b" in whole:  # half-width kana and rarer sets
        return raw.decode("iso2022_jp_ext")
    return whole.decode("cp932")


def _to_cp932(line: bytes) -> bytes:
    if line in (b"\n", b"\r\n"):
        return line
    converted = bytearray()
    for high, low in zip(line[::2], line[1::2], strict=True):
        converted.append(((high - 0x21) >> 1) + (0x81 if high < 0x5F else 0xC1))
        low += 0x1F if high % 2 else 0x7E
        converted.append(low + 1 if high % 2 and low >= 0x7F else low)
    return bytes(converted)


def _known(charset: str) -> bool:
    try:
        "".encode(_codec(charset))
    except (LookupError, ValueError):
        return False
    return _codec(charset) not in ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")


def _codec(charset: str) -> str:
    name = charset.strip().strip("\"'").lower().replace("_", "-")
    return _MEANT.get(name, name)
