"""Every error the service can answer with: RFC 9457 `application/problem+json`, one shape.

A problem is found by its `code`, which never changes; the Japanese words may be improved. Nothing a
client sent is ever part of a problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the catalogue. `title` says what is wrong, `detail` also what to do."""

    status: int
    title: str
    detail: str


KINDS: Final[dict[str, Kind]] = {
    # the request as a whole
    "invalid_json": Kind(
        400, "JSONとして読めません", "送られたデータがJSONの形になっていません。かっこや引用符を確かめてください。"
    ),
    "unreadable_body": Kind(
        400, "データを読めません", "送られたデータを読めません。文字コードをUTF-8にして、入れ子を浅くしてください。"
    ),
    "key_missing": Kind(
        401, "鍵が必要です", "ここを使うには鍵が必要です。Authorization: Bearer のあとに鍵をつけて送ってください。"
    ),
    "key_unknown": Kind(
        401,
        "鍵が正しくありません",
        "その鍵は使えません。鍵が正しいか、取り消されていないかを、管理する人に聞いてください。",
    ),
    "scope_missing": Kind(
        403, "この鍵では使えません", "その鍵では、ここは使えません。必要な範囲の鍵を、管理する人に頼んでください。"
    ),
    "login_needed": Kind(401, "ログインしてください", "ログインが要ります。もう一度ログインしてください。"),
    "csrf_refused": Kind(
        403,
        "このフォームは使えません",
        "古い画面か、ほかのサイトから送られました。画面を開き直して、もう一度送ってください。",
    ),
    "forbidden": Kind(403, "この役割ではできません", "あなたの役割では、できません。主任か管理者に頼んでください。"),
    "case_not_found": Kind(404, "案件がありません", "その番号の案件はありません。番号を確かめてください。"),
    "campaign_not_found": Kind(404, "まとまりがありません", "その番号のまとまりはありません。一覧から選んでください。"),
    "nothing_to_undo": Kind(409, "いまはできません", "いまの状態では、できません。履歴を見直してください。"),
    "stale_version": Kind(
        412, "ほかの人が先に変えました", "読んだあとに、ほかの人が変えました。読み直して、もう一度送ってください。"
    ),
    "version_missing": Kind(428, "版が要ります", "If-Matchに、読んだときのETagを入れて送ってください。"),
    "idempotency_key_reused": Kind(
        422,
        "キーが別の内容で使われています",
        "そのIdempotency-Keyは、別の内容で使われています。新しいキーで送ってください。",
    ),
    "not_found": Kind(404, "ページがありません", "このアドレスには何もありません。アドレスを確かめてください。"),
    "method_not_allowed": Kind(
        405, "この方法では使えません", "このアドレスは、その方法では使えません。使える方法はAllowヘッダーにあります。"
    ),
    "body_too_large": Kind(
        413, "データが大きすぎます", "送られたデータが大きすぎます。文章を分けて、もう一度送ってください。"
    ),
    "too_many_notices": Kind(
        413,
        "文章が多すぎます",
        "1回に送れるのは1,000通までです。分けて送るか、/v1/assessments/streamを使ってください。",
    ),
    "line_too_long": Kind(413, "行が長すぎます", "1行が長すぎます。1行に1通だけを入れてください。"),
    "unsupported_media_type": Kind(
        415, "この形式は受け取れません", "この形式のデータは受け取れません。Content-Typeを確かめてください。"
    ),
    "body_missing": Kind(422, "データがありません", "データが空です。textに届いた文章を入れて送ってください。"),
    "notices_missing": Kind(
        422, "文章の一覧がありません", '文章の一覧をnoticesに入れてください。例: {"notices": [{"text": "届いた文章"}]}'
    ),
    "body_not_object": Kind(
        422, "データの形が違います", 'JSONのオブジェクトで送ってください。例: {"text": "届いた文章"}'
    ),
    "invalid_field": Kind(
        422, "項目の値が正しくありません", "値の形が違う項目があります。errorsを見て直してください。"
    ),
    "unknown_field": Kind(
        422,
        "知らない項目があります",
        "知らない名前の項目があります。errorsのfieldの名前を確かめて、直すか、除いてください。",
    ),
    # the notice and its fields; the codes are those of classifier.errors.InvalidNotice
    "invalid_notice": Kind(422, "この文章は確かめられません", "この文章は確かめられません。内容を直してください。"),
    "text_missing": Kind(422, "本文がありません", "textがありません。届いた文章をtextに入れてください。"),
    "text_empty": Kind(422, "本文がありません", "本文がありません。届いた文章を貼り付けてください。"),
    "text_not_string": Kind(422, "本文が文字列ではありません", "textは文字列で送ってください。"),
    "text_not_unicode": Kind(
        422, "本文に読めない文字があります", "本文に文字として読めないところがあります。もう一度コピーしてください。"
    ),
    "text_too_long": Kind(413, "本文が長すぎます", "本文が長すぎます。100,000文字以内に分けてください。"),
    "unknown_channel": Kind(
        422,
        "届き方の値が正しくありません",
        "channelはpostcard・letter・sms・email・popup・chat・unknownのどれかにしてください。",
    ),
    "subject_not_unicode": Kind(
        422, "件名に読めない文字があります", "subjectに文字として読めないところがあります。もう一度コピーしてください。"
    ),
    "subject_not_string": Kind(422, "件名が文字列ではありません", "subjectは文字列で送ってください。"),
    "sender_not_unicode": Kind(
        422,
        "差出人に読めない文字があります",
        "senderに文字として読めないところがあります。もう一度コピーしてください。",
    ),
    "subject_too_long": Kind(422, "件名が長すぎます", "subjectは1,000文字以内にしてください。"),
    "sender_too_long": Kind(422, "差出人が長すぎます", "senderは1,000文字以内にしてください。"),
    "sender_not_string": Kind(422, "差出人が文字列ではありません", "senderは文字列で送ってください。"),
    "received_on_not_date": Kind(
        422, "受け取った日が日付ではありません", "received_onは2026-11-22の形で送ってください。"
    ),
    "received_on_to_come": Kind(
        422, "受け取った日がこれから来る日です", "received_onがこれから来る日になっています。日付を確かめてください。"
    ),
    "answers_not_object": Kind(
        422, "答えの形が違います", "answersは質問のidと答えの組で送ってください。答えはyes・no・unknownのどれかです。"
    ),
    "bad_answer": Kind(422, "答えの値が正しくありません", "answersの答えはyes・no・unknownのどれかにしてください。"),
    "prior_out_of_range": Kind(
        422, "priorの値が正しくありません", "priorは0より大きく1より小さい数にしてください。例: 0.05"
    ),
    "flag_not_boolean": Kind(422, "値の形が違います", "whyとstoreは、trueかfalseにしてください。"),
    # an uploaded file
    "file_missing": Kind(
        422, "ファイルがありません", "ファイルを選んで、もう一度送ってください。項目の名前はfileです。"
    ),
    "file_kind_unknown": Kind(
        415, "このファイルは読めません", "読めるのは、文章(.txt)、メール(.eml)、PDF、写真(JPEG・PNGなど)です。"
    ),
    "file_unreadable": Kind(
        422, "ファイルを読めません", "ファイルがこわれているか、読めない形です。文章をコピーして、貼り付けてください。"
    ),
    "file_protected": Kind(
        422,
        "鍵のかかったファイルです",
        "パスワードのかかったファイルは読めません。文章をコピーして、貼り付けてください。",
    ),
    "file_without_text": Kind(
        422,
        "文章が見つかりません",
        "ファイルの中に文章が見つかりません。見えるとおりに書き写して、貼り付けてください。",
    ),
    "file_too_complex": Kind(
        413,
        "ファイルが大きすぎます",
        "開くと大きくなりすぎるファイルです。必要なページだけにするか、小さい写真にしてください。",
    ),
    "pictures_not_read": Kind(
        415,
        "写真の文字は読めません",
        "この場所では、写真の文字を読む準備がありません。見えるとおりに書き写して、貼り付けてください。",
    ),
    # too much at once
    "too_many_requests": Kind(
        429, "回数が多すぎます", "短い時間に何度も送られました。Retry-Afterの秒数だけ待って、もう一度送ってください。"
    ),
    "busy": Kind(503, "いま混み合っています", "いま混み合っています。少し待って、もう一度送ってください。"),
    "took_too_long": Kind(
        503, "時間がかかりすぎました", "時間がかかりすぎたので、やめました。少し待って、もう一度送ってください。"
    ),
    # the service itself
    "internal_error": Kind(
        500, "こちらの不具合です", "こちらの不具合で答えられません。少し待って、もう一度試してください。"
    ),
    "model_not_ready": Kind(
        503, "まだ準備ができていません", "判定の準備ができていません。少し待って、もう一度試してください。"
    ),
    "database_not_ready": Kind(
        503, "記録の場所が使えません", "記録の場所(データベース)が使えません。少し待って、もう一度試してください。"
    ),
    "http_error": Kind(400, "受け付けられません", "この要求は受け付けられません。送る内容を確かめてください。"),
}

# What a status means when the framework raised it, not we.
_BY_STATUS: Final = {
    400: "unreadable_body",
    401: "key_missing",
    403: "scope_missing",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_field",
    429: "too_many_requests",
    500: "internal_error",
    503: "busy",
}


class FieldError(BaseModel):
    """One field of the request that must change."""

    field: str = Field(description="the field's name in the request", examples=["channel"])
    code: str
    detail: str


class ProblemBody(BaseModel):
    """RFC 9457 problem details. `code` is stable English for machines, `detail` Japanese for people."""

    type: str = Field(description="URI reference of the kind of problem; the page there explains it")
    title: str
    status: int
    detail: str
    code: str
    instance: str = Field(description="URI reference of this one occurrence")
    request_id: str = Field(description="the same as the X-Request-ID header; give it when reporting")
    errors: list[FieldError] = Field(default_factory=list, description="empty unless fields are wrong")


class Problem(HTTPException):
    """Raise anywhere inside a request to answer with the catalogue entry `code`.

    It is an HTTPException because FastAPI turns any other exception met while reading a body into
    a bare 400, and the body limit raises there.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        self.code = code
        self.kind = KINDS[code]
        self.errors = list(errors)
        super().__init__(self.kind.status, detail or self.kind.detail, headers)

    def body(self, request_id: str) -> ProblemBody:
        """What the client reads."""
        return ProblemBody(
            type=f"/problems/{self.code}",
            title=self.kind.title,
            status=self.status_code,
            detail=self.detail,
            code=self.code,
            instance=f"/requests/{request_id}",
            request_id=request_id,
            errors=self.errors,
        )

    @classmethod
    def of(cls, error: HTTPException) -> "Problem":
        """The problem for an exception the framework raised; its own English words are dropped."""
        if isinstance(error, cls):
            return error
        problem = cls(_BY_STATUS.get(error.status_code, "http_error"), headers=dict(error.headers or {}))
        problem.status_code = error.status_code
        return problem


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that can answer with these problems."""
    declared: dict[int | str, dict[str, Any]] = {}
    for code in (*codes, "internal_error"):
        kind = KINDS[code]
        entry = declared.setdefault(
            kind.status,
            {"description": kind.title, "content": {MEDIA_TYPE: {"schema": SCHEMA_REF, "examples": {}}}},
        )
        example = Problem(code).body("0123456789abcdef0123456789abcdef")
        entry["content"][MEDIA_TYPE]["examples"][code] = {"summary": kind.title, "value": example.model_dump()}
    return declared


SCHEMA_REF: Final = {"$ref": "#/components/schemas/ProblemBody"}


def schemas() -> dict[str, Any]:
    """What `SCHEMA_REF` points to, for the components of the OpenAPI document."""
    schema = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "ProblemBody": schema}
