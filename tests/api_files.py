"""Files as people have them, made on the spot: mails in the encodings of Japanese mailers, PDFs, pictures, bombs."""

import base64
import struct
import zlib

TEXT = "株式会社サンプル\n未納料金があります。本日中にご連絡ください。\n連絡なき場合、法的手続きに移ります。\n"
HTML = (
    "<html><head><style>p{color:red}</style></head><body><p>お客様の口座を停止しました。</p>"
    '<div style="display:none">天気の話です</div><p>本日中に<a href="https://login.bank-kakunin.example/p?id=1">'
    "https://www.bank.example/</a>で確認してください。<br>担当</p><script>alert(1)</script></body></html>"
)


def mail(
    body: bytes,
    charset: str,
    *,
    kind: str = "plain",
    encoding: str = "8bit",
    sender: bytes = b"info@mail.example",
    extra: bytes = b"",
    subject: bytes = b"test",
) -> bytes:
    if encoding == "base64":
        body = base64.encodebytes(body)
    return (
        b"Received: from x\r\nFrom: " + sender + b"\r\nTo: me@home.example\r\nSubject: " + subject + b"\r\n" + extra
        + f"MIME-Version: 1.0\r\nContent-Type: text/{kind}; charset={charset}\r\n".encode()
        + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
    )  # fmt: skip


def encoded_word(words: str, charset: str, codec: str) -> bytes:
    return f"=?{charset}?B?{base64.b64encode(words.encode(codec)).decode()}?=".encode()


def nested_mail(depth: int) -> bytes:
    head = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    return head + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Content-Type: text/plain\r\n\r\nhello"


def nested_multipart(depth: int) -> bytes:
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(depth)
    )
    return b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n" + parts + b"Content-Type: text/plain\r\n\r\nx"


def png(width: int, height: int, row: bytes | None = None) -> bytes:
    """A grey picture; of one tone it is a thousandth of its pixels."""
    packer = zlib.compressobj(9)
    line = b"\0" + (row or b"\xff" * width)
    data = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pdf(pages: int = 1, trailer: bytes = b"", content: bytes = b"") -> bytes:
    """A PDF of empty pages, or of Latin text drawn by `content`."""
    kids = b" ".join(b"%d 0 R" % (number + 4) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
    ]
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R /Resources << /Font << /F << "
    objects += [page + b"/Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"] * pages
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R " % (len(objects) + 1) + trailer
    return out + table + end + b" >>\nstartxref\n%d\n%%%%EOF" % len(out)


LOCKED_PDF = pdf(
    trailer=b"/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] "
    b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32 + b"> >>"
)
