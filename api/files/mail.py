"""A mail as its receiver saw it, and what its headers give away. Broken mails are the rule among scams."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from typing import Final

from api.files.html import visible_text
from api.files.limits import MAIL_DEPTH, MAIL_PARTS, MAIL_TEXT_BYTES
from api.files.remark import Remark, same_owner
from api.files.text import decode
from api.problems import Problem
from classifier.contacts import defang, find_contacts, host_kind
from classifier.knowledge import read_toml
from classifier.normalise import normalise
from classifier.notice import MAX_HEADER

# A name that says "organisation" in Japanese: 三井住友カード, 東京都主税局, 〇〇裁判所
_ORGANISATION: Final = re.compile(
    r"株式会社|\(株\)|銀行|信用金庫|カード|証券|保険|電力|ガス|水道|郵便|運輸|急便|税務署|国税|主税局|年金|市役所|区役所|裁判所|警察|省|庁|機構|協会|サポート|センター"
)
_HEADER_LINE: Final = re.compile(rb"[!-9;-~]{1,60}:")


@dataclass(frozen=True, slots=True)
class Mail:
    """What the receiver saw, and remarks on what he did not."""

    text: str
    subject: str | None
    sender: str | None
    remarks: tuple[Remark, ...]


def looks_like_mail(raw: bytes) -> bool:
    """Whether the first lines are mail headers, one of them From, Received, Subject or MIME-Version."""
    head = raw.lstrip()[:4000].replace(b"\r\n", b"\n").split(b"\n\n")[0]
    lines = [line for line in head.split(b"\n") if line and line[:1] not in b" \t"]
    names = {line.partition(b":")[0].lower() for line in lines if _HEADER_LINE.match(line)}
    return len(names) >= 2 and bool(names & {b"from", b"received", b"subject", b"mime-version", b"return-path"})


def read_mail(raw: bytes) -> Mail:
    """Raises Problem `file_too_complex` for a mail that unfolds without end, `file_without_text` for an empty one."""
    if raw.count(b"boundary=") > MAIL_PARTS or raw.lower().count(b"message/rfc822") > MAIL_PARTS:
        raise Problem("file_too_complex")
    try:
        message = _innermost(BytesParser(policy=compat32).parsebytes(raw.lstrip()))
        plain, html = _bodies(message)
    except RecursionError as error:
        raise Problem("file_too_complex") from error
    visible = visible_text(html) if html.strip() else None
    # Where a mail has both, people read the HTML; the plain part of a scam is often some harmless text.
    text = visible.text if visible and visible.text else plain.strip()
    if not text:
        raise Problem("file_without_text")
    links = visible.remarks if visible else ()
    return Mail(text, _header(message, "Subject"), _sender(message), (*_sender_remarks(message), *links))


def _innermost(message: Message) -> Message:
    """The mail that was forwarded as an attachment, if any: it is the one that is asked about."""
    for _ in range(MAIL_DEPTH):
        forwarded = next((part for part in _parts(message) if part.get_content_type() == "message/rfc822"), None)
        payload = forwarded.get_payload() if forwarded else None
        if not isinstance(payload, list) or not payload or not isinstance(payload[0], Message):
            return message
        message = payload[0]
    raise Problem("file_too_complex")


def _parts(message: Message) -> Iterator[Message]:
    """The leaves and forwarded mails, in order."""
    todo: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while todo:
        part, depth = todo.pop()
        seen += 1
        if depth > MAIL_DEPTH or seen > MAIL_PARTS:
            raise Problem("file_too_complex")
        payload = part.get_payload()
        if part.get_content_type() != "message/rfc822" and isinstance(payload, list):
            todo += [(inner, depth + 1) for inner in reversed(payload) if isinstance(inner, Message)]
        else:
            yield part


def _bodies(message: Message) -> tuple[str, str]:
    plain: list[str] = []
    html: list[str] = []
    size = 0
    for part in _parts(message):
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
            continue
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes):
            continue
        size += len(raw)
        if size > MAIL_TEXT_BYTES:
            raise Problem("file_too_complex")
        charset = part.get_param("charset")
        text = decode(raw, charset if isinstance(charset, str) else None)
        (html if kind == "text/html" else plain).append(text)
    return "\n".join(plain), "\n".join(html)


def _header(message: Message, name: str) -> str | None:
    """A header in words, however it was encoded; None where there is none."""
    value = message.get(name)
    if value is None:
        return None
    pieces = []
    try:
        found = decode_header(value)
    except ValueError:  # broken base64 in an encoded word
        found = [(str(value), None)]
    for piece, charset in found:
        raw = piece if isinstance(piece, bytes) else piece.encode("ascii", "surrogateescape")
        pieces.append(decode(raw, charset if charset != "unknown-8bit" else None))
    text = re.sub(r"\s+", " ", "".join(pieces)).strip().encode("utf-8", "replace").decode()
    return text[:MAX_HEADER] or None


def _sender(message: Message) -> str | None:
    return _header(message, "From") or _header(message, "Sender")


def _address(message: Message, name: str) -> tuple[str, str]:
    """(display name, host) of an address header; empty where there is none."""
    found = getaddresses([_header(message, name) or ""])
    display, address = found[0] if found else ("", "")
    return display, address.rpartition("@")[2].strip("> ").lower() if "@" in address else ""


def _sender_remarks(message: Message) -> Iterator[Remark]:
    name, host = _address(message, "From")
    if not host:
        yield Remark("sender_missing", "差出人のメールアドレスが、書いてありません。")
        return
    named = [found.host for found in find_contacts(normalise(name).text).links]
    named += [found.host for found in find_contacts(normalise(name).text).mails]
    kind = host_kind(host, mail=True)
    if any(not same_owner(claimed, host) for claimed in named):
        yield Remark("sender_name_elsewhere", f"差出人の名前と、本当のアドレス「{defang(host)}」が合いません。")
    elif kind != "official" and _names_brand(name):
        yield Remark(
            "sender_not_its_own",
            f"差出人は会社の名前ですが、アドレス「{defang(host)}」は、その会社のものと確かめられません。",
        )
    elif kind in ("free_mail", "imitation") and _ORGANISATION.search(normalise(name).text):
        yield Remark("sender_not_its_own", f"差出人は会社や役所の名前ですが、アドレスは「{defang(host)}」です。")
    reply = _address(message, "Reply-To")[1]
    if reply and not same_owner(reply, host):
        yield Remark("reply_goes_elsewhere", f"返事は、差出人とちがう「{defang(reply)}」に届きます。")


def _names_brand(name: str) -> bool:
    words = set(re.findall(r"[a-z]{4,}", normalise(name).text))
    return bool(words & set(read_toml("contacts.toml")["brands"]["latin"]))
