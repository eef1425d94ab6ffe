"""The OpenAPI document: what FastAPI finds in the routes, and what only we can say."""

from functools import cache
from typing import Any, Final

from fastapi import FastAPI

from api import problems
from api.schemas import AssessmentRequest, BadItem, BatchRequest, StreamLine
from api.scoring import Scoring

_REF: Final = "#/components/schemas/{model}"
_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "`scam-notice keys add NAME --scope assess|batch|staff` が出した鍵",
}


def install_description(app: FastAPI) -> None:
    """Makes `app.openapi` answer with the whole document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for model in (AssessmentRequest, BatchRequest, StreamLine, BadItem):
            schema = model.model_json_schema(ref_template=_REF)
            schemas.update({**schema.pop("$defs", {}), model.__name__: schema})
        schemas.update(problems.schemas())
        components["securitySchemes"] = {"key": _BEARER}
        _declare_keys(document)
        _add_true_answer(document, app.state.scoring)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _declare_keys(document: dict[str, Any]) -> None:
    """A key may or must be sent where one of the wrong scope is refused."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if "403" in operation["responses"]:
                needed = path.endswith(("/batch", "/stream")) or path.startswith(("/v1/cases", "/v1/campaigns"))
                operation["security"] = [{"key": []}] if needed else [{}, {"key": []}]


def _add_true_answer(document: dict[str, Any], scoring: Scoring) -> None:
    """The example of an answer is the judge's own answer to the example of a request, and its own card."""
    if not scoring.ready:
        return
    answer = _true_answer(scoring)
    operations = document["paths"]
    operations["/v1/assessments"]["post"]["responses"]["200"]["content"]["application/json"]["example"] = answer
    bad = {"code": "text_empty", "detail": problems.KINDS["text_empty"].detail, "errors": []}
    many = {"results": [answer, {"error": bad}]}
    operations["/v1/assessments/batch"]["post"]["responses"]["200"]["content"]["application/json"]["example"] = many
    operations["/v1/model"]["get"]["responses"]["200"]["content"]["application/json"]["example"] = scoring.judge.card


@cache
def _true_answer(scoring: Scoring) -> Any:
    example = AssessmentRequest.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index]
    asked = AssessmentRequest.model_validate(example)
    return scoring.judge.assess_many([asked.notice()])[0].to_dict()
