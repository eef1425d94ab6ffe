"""An uploaded file, held in memory only: a letter must not lie on a disk because somebody asked about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from anyio import to_thread
from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.files import ReadFile, read_file
from api.problems import Problem
from api.turns import Turn
from classifier.notice import MAX_CHARACTERS

_MAX_FIELDS: Final = 20
# The page's file goes along with whatever was typed before.
_MAX_FIELD_BYTES: Final = 4 * MAX_CHARACTERS


class _InMemory(MultiPartParser):
    """Never spools to a temporary file; the body limit has bounded what comes."""

    spool_max_size = 1 << 40


@dataclass(frozen=True, slots=True)
class Upload:
    """The file as it came, and the other fields of the form."""

    raw: bytes
    fields: dict[str, str]

    async def read(self) -> ReadFile:
        """What the file says. Raises Problem."""
        if not self.raw:
            raise Problem("file_missing")
        return await to_thread.run_sync(read_file, self.raw)


@asynccontextmanager
async def upload(request: Request) -> AsyncIterator[Upload]:
    """The field `file` of a multipart form, and one of the few places for reading it. Raises Problem."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        raise Problem(
            "unsupported_media_type", "ファイルはmultipart/form-dataで、fileという項目に入れて送ってください。"
        )
    with Turn(request.app.state.streams):
        yield Upload(*await read_parts(request))


async def read_parts(request: Request) -> tuple[bytes, dict[str, str]]:
    """The bytes of the field `file`, empty where there is none, and the other fields. Raises Problem."""
    parser = _InMemory(
        request.headers, request.stream(), max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, KeyError, UnicodeDecodeError, LookupError) as error:
        raise Problem("unreadable_body") from error
    try:
        file = form.get("file")
        raw = await file.read() if isinstance(file, UploadFile) else b""
        return raw, {name: value for name, value in form.multi_items() if isinstance(value, str)}
    finally:
        await form.close()
