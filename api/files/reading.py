"""Which kind of file it is, by its first bytes and not by its name, and what notice it holds."""

from dataclasses import dataclass
from typing import Final, Literal

from api.files.html import visible_text
from api.files.mail import looks_like_mail, read_mail
from api.files.opening import pdf_text, picture_text
from api.files.remark import Remark
from api.files.text import decode
from api.problems import Problem
from classifier.notice import MAX_CHARACTERS
from classifier.vocabulary import Channel

FileKind = Literal["text", "mail", "pdf", "picture"]
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
# Programs, archives and office files: no text however one looks at them.
_NEVER_TEXT: Final = (
    b"PK\x03\x04",
    b"MZ",
    b"\x7fELF",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\xd0\xcf\x11\xe0",
    b"OggS",
    b"ID3",
)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file says. Text that was recognised in a picture wants a person's eye before it is judged."""

    kind: FileKind
    text: str
    channel: Channel = "unknown"
    subject: str | None = None
    sender: str | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def to_be_corrected(self) -> bool:
        """Whether somebody must compare the text with the paper first."""
        return self.kind == "picture"


def read_file(raw: bytes) -> ReadFile:
    """The notice in a file. Blocks, for up to a minute with a picture. Raises Problem, never anything else."""
    if raw.startswith(b"%PDF-") or b"%PDF-" in raw[:1024]:
        return _of("pdf", pdf_text(raw))
    if _is_picture(raw):
        return _of("picture", picture_text(raw))
    if raw.startswith(_NEVER_TEXT):
        raise Problem("file_kind_unknown")
    if looks_like_mail(raw):
        mail = read_mail(raw)
        return _of("mail", mail.text, "email", mail.subject, mail.sender, mail.remarks)
    text = decode(raw)
    if text.count("\x00") or text.count("\ufffd") > len(text) / 20:
        raise Problem("file_kind_unknown")
    if "<html" in text[:2000].lower() or "<!doctype html" in text[:200].lower():
        seen = visible_text(text)
        return _of("text", seen.text, remarks=seen.remarks)
    return _of("text", text.replace("\r\n", "\n"))


def _of(
    kind: FileKind,
    text: str,
    channel: Channel = "unknown",
    subject: str | None = None,
    sender: str | None = None,
    remarks: tuple[Remark, ...] = (),
) -> ReadFile:
    text = text.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise Problem("file_without_text")
    if len(text) > MAX_CHARACTERS:
        raise Problem("text_too_long")
    return ReadFile(kind, text, channel, subject, sender, remarks)


def _is_picture(raw: bytes) -> bool:
    webp = raw.startswith(b"RIFF") and raw[8:12] == b"WEBP"
    heif = raw[4:8] == b"ftyp" and raw[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif")
    return raw.startswith(_PICTURES) or webp or heif
