"""The OpenAPI document: what FastAPI finds in the routes, and what only we can say."""

from functools import cache
from typing import Any, Final

from fastapi import FastAPI

from api import problems
from api.examples import Example, true_answers
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
        _add_true_answers(document, app.state.scoring)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _declare_keys(document: dict[str, Any]) -> None:
    """A key may or must be sent where one of the wrong scope is refused."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if "403" in operation["responses"]:
                needed = path.endswith(("/batch", "/stream")) or path.startswith(("/v1/cases", "/v1/campaigns"))
                operation["security"] = [{"key": []}] if needed else [{}, {"key": []}]


def _add_true_answers(document: dict[str, Any], scoring: Scoring) -> None:
    """The example of an answer is our own answer to the example of a request."""
    for example in _true_answers(scoring) if scoring.ready else ():
        answer = document["paths"][example.path][example.method]["responses"][example.status]
        answer["content"].setdefault(example.media_type, {})["example"] = example.value


@cache
def _true_answers(scoring: Scoring) -> list[Example]:
    return true_answers(scoring.judge)
