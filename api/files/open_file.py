"""Opens one PDF or picture and prints what is in it; run as a process of its own, with limits, by `api.files.opening`.

    open_file.py pdf|picture MEMORY_BYTES SECONDS PAGES PIXELS SIDE < file

A PDF gives its text, a picture comes out as a grey PNG, upright and not larger than SIDE. Exit codes: 0 done,
3 broken, 4 locked by a password, 5 too large. It imports nothing of the project, so that it starts in 0.1 s.
"""

import io
import resource
import sys
import warnings
from typing import Final

BROKEN: Final = 3
LOCKED: Final = 4
TOO_LARGE: Final = 5


def main() -> None:
    """Reads standard input, writes standard output."""
    kind, memory, seconds, pages, pixels, side = sys.argv[1], *map(int, sys.argv[2:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    raw = sys.stdin.buffer.read()
    try:
        out = _pdf(raw, pages) if kind == "pdf" else _picture(raw, pixels, side)
    except MemoryError:
        sys.exit(TOO_LARGE)
    sys.stdout.buffer.write(out)


def _pdf(raw: bytes, pages: int) -> bytes:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(raw)
        if len(document) > pages:
            sys.exit(TOO_LARGE)
        texts = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    except pypdfium2.PdfiumError as error:
        sys.exit(LOCKED if "password" in str(error).lower() else BROKEN)
    return "\n".join(texts).replace("\r\n", "\n").encode("utf-8", "replace")


def _picture(raw: bytes, pixels: int, side: int) -> bytes:
    import pillow_heif
    from PIL import Image, ImageOps, UnidentifiedImageError

    pillow_heif.register_heif_opener()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF")) as opened:
            if opened.width * opened.height > pixels:
                sys.exit(TOO_LARGE)
            opened.draft("L", (side, side))
            picture = ImageOps.exif_transpose(opened).convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        sys.exit(TOO_LARGE)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, IndexError, EOFError):
        sys.exit(BROKEN)
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


if __name__ == "__main__":
    main()
