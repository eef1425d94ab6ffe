"""Many notices: `POST /v1/assessments/batch` at once, `POST /v1/assessments/stream` line by line."""

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.access import may_batch
from api.answers import BadInput, item_of, judge_items, to_json
from api.opt_in import OptInDependency
from api.problems import Problem, responses
from api.routes.assessments import NOTICE_PROBLEMS, SERVICE_PROBLEMS, json_only
from api.schemas import MAX_BATCH, AssessmentRequest, BatchBody, BatchRequest
from api.scoring import Judge, ScoringDependency
from api.streaming import lines_of
from api.turns import Turn

router: Final = APIRouter(prefix="/v1", tags=["assessments"], dependencies=[Depends(may_batch)])
# Judged in one piece, between which single notices get their turn: about 0.1 s.
PIECE: Final = 32
JSON_LINES: Final = "application/jsonl"
_LINE_TYPES: Final = frozenset({JSON_LINES, "application/x-ndjson", "application/json-lines", "application/jsonlines"})


def _body_of(model: Any, media_type: str) -> dict[str, Any]:
    """The routes read their bodies themselves, so what FastAPI would have declared is said here."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    examples = model.model_config["json_schema_extra"]["examples"]
    lines = media_type == JSON_LINES
    example = "\n".join(json.dumps(value, ensure_ascii=False) for value in examples) if lines else examples[0]
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema, "example": example}}}}


@router.post(
    "/assessments/batch",
    summary="1,000通までまとめて確かめる",
    dependencies=[Depends(json_only)],
    response_model=BatchBody,
    responses=responses(
        "invalid_json", "unreadable_body", "notices_missing", "too_many_notices", *NOTICE_PROBLEMS, *SERVICE_PROBLEMS
    ),
    openapi_extra=_body_of(BatchRequest, "application/json"),
)
async def batch(request: Request, scoring: ScoringDependency, opt_in: OptInDependency) -> Response:
    """Results in the order of the notices. A bad one has `error` in its place and costs the others nothing."""
    with Turn(request.app.state.streams):
        notices = _notices(await request.body())
        pieces = []
        for start in range(0, len(notices), PIECE):
            work = partial(_piece, items=notices[start : start + PIECE], keep=opt_in.keep)
            pieces.append(await scoring.run(work))
        return Response(b'{"results":[' + b",".join(pieces) + b"]}", media_type="application/json")


@router.post(
    "/assessments/stream",
    summary="1行に1通ずつ、終わりなく確かめる (JSON Lines)",
    response_class=Response,
    responses={
        200: {
            "description": "1行に1通の結果。順番は送られたとおり",
            "content": {JSON_LINES: {"schema": {"$ref": "#/components/schemas/StreamLine"}}},
        },
        **responses(*SERVICE_PROBLEMS),
    },
    openapi_extra=_body_of(AssessmentRequest, JSON_LINES),
)
async def stream(request: Request, scoring: ScoringDependency, opt_in: OptInDependency) -> Response:
    """Reads only as fast as its answers are taken, so read while you write (`curl -T -` does). Empty lines are skipped.

    A line that cannot be judged is answered with `error`; one longer than the body limit too, without being held.
    """
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in _LINE_TYPES:
        raise Problem("unsupported_media_type", f"この形式は受け取れません。Content-Typeを{JSON_LINES}にしてください。")
    _ = scoring.judge
    turn = Turn(request.app.state.streams).taken()
    body = aiter(request.stream())
    # Asking for the first piece is what sends "100 Continue"; a client that expects it would else send nothing.
    first = await anext(body, b"")

    async def answers() -> AsyncIterator[bytes]:
        with turn:
            async for lines in lines_of(_again(first, body), PIECE):
                items = [BadInput("line_too_long") if line is None else item_of(line) for line in lines]
                yield await scoring.run(partial(_lines, items=items, keep=opt_in.keep))

    return _Duplex(answers(), media_type=JSON_LINES)


class _Duplex(StreamingResponse):
    """Answers while the body is still being read. Starlette's own would read the body itself, waiting for the
    client to hang up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One answer."""
        await self.stream_response(send)


async def _again(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _notices(body: bytes) -> list[Any]:
    raw = item_of(body)
    if isinstance(raw, BadInput):
        raise Problem(raw.code)
    if not isinstance(raw, dict):
        raise Problem(
            "body_not_object", 'JSONのオブジェクトで送ってください。例: {"notices": [{"text": "届いた文章"}]}'
        )
    notices = raw.get("notices")
    if not isinstance(notices, list):
        raise Problem("notices_missing")
    if len(notices) > MAX_BATCH:
        raise Problem("too_many_notices")
    return notices


def _piece(judge: Judge, items: list[Any], keep: Any) -> bytes:
    return b",".join(map(to_json, judge_items(judge, items, keep)))


def _lines(judge: Judge, items: list[Any], keep: Any) -> bytes:
    return b"".join(to_json(result) + b"\n" for result in judge_items(judge, items, keep))
