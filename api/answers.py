"""Assessments as JSON, and many notices judged so that a bad one fails alone. All of it runs in a scoring thread."""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import ValidationError

from api import metrics
from api.error_handlers import from_invalid_notice, from_validation
from api.problems import Problem
from api.schemas import AssessmentBody, AssessmentRequest
from api.scoring import Judge
from classifier.errors import InvalidNotice
from classifier.notice import Notice
from classifier.result import Assessment

LOG: Final = logging.getLogger("scam_notice.many")
Keep = Callable[[Assessment], bool]
ASKED_FOR: Final = ("why", "stored")
_FIELDS: Final = tuple(name for name in AssessmentBody.model_fields if name not in ASKED_FOR)


@dataclass(frozen=True, slots=True)
class BadInput:
    """Stands for an item that was no JSON at all."""

    code: str


def fields_of(assessment: Assessment, judge: Judge, asked: AssessmentRequest, keep: Keep) -> dict[str, Any]:
    """`Assessment.to_dict` by orjson's own reading of dataclasses (a fifth of the time), and what was asked for."""
    metrics.judged(assessment)
    fields: dict[str, Any] = {name: getattr(assessment, name) for name in _FIELDS}
    if asked.why:
        fields["why"] = judge.why(assessment.notice)
    if asked.store is not None:
        fields["stored"] = asked.store and keep(assessment)
    return fields


def to_json(fields: Any) -> bytes:
    """UTF-8 JSON."""
    return orjson.dumps(fields)


def item_of(line: bytes) -> Any:
    """The value of one JSON line, or BadInput."""
    try:
        return json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (UnicodeDecodeError, RecursionError):
        return BadInput("unreadable_body")
    except ValueError:
        return BadInput("invalid_json")


def judge_items(judge: Judge, items: Sequence[Any], keep: Keep) -> list[dict[str, Any]]:
    """One result an item, in order: an assessment's fields, or `{"error": …}` for one that cannot be judged."""
    results: list[dict[str, Any]] = [{}] * len(items)
    by_prior: dict[float | None, list[tuple[int, AssessmentRequest, Notice]]] = defaultdict(list)
    for place, item in enumerate(items):
        try:
            asked, notice = checked_item(item)
        except Problem as problem:
            results[place] = _bad(problem)
        else:
            by_prior[asked.prior].append((place, asked, notice))
    for prior, group in by_prior.items():
        for (place, asked, _), assessment in zip(group, _judged(judge, group, prior), strict=True):
            results[place] = _result(judge, asked, assessment, keep)
    return results


def _result(judge: Judge, asked: AssessmentRequest, assessment: Assessment | Problem, keep: Keep) -> dict[str, Any]:
    if isinstance(assessment, Problem):
        return _bad(assessment)
    try:
        return fields_of(assessment, judge, asked, keep)
    except Problem as problem:
        return _bad(problem)
    except Exception as error:
        LOG.error("%s while answering one notice", type(error).__name__)
        return _bad(Problem("internal_error"))


def checked_item(item: Any) -> tuple[AssessmentRequest, Notice]:
    """One item of many as a request and its notice. Raises Problem."""
    if isinstance(item, BadInput):
        raise Problem(item.code)
    try:
        asked = AssessmentRequest.model_validate(item)
        return asked, asked.notice()
    except ValidationError as error:
        raise from_validation(error.errors(), at=0) from error
    except InvalidNotice as error:
        raise from_invalid_notice(error) from error


def _judged(
    judge: Judge, group: Sequence[tuple[int, AssessmentRequest, Notice]], prior: float | None
) -> Sequence[Assessment | Problem]:
    notices = [notice for _, _, notice in group]
    try:
        return judge.assess_many(notices, prior=prior)
    except Exception as error:
        # One of them trips the judge. Which, only judging each can tell; the message may hold its text.
        LOG.error("%s while judging %d notices together; each is judged again", type(error).__name__, len(notices))
    return [_alone(judge, notice, prior) for notice in notices]


def _alone(judge: Judge, notice: Notice, prior: float | None) -> Assessment | Problem:
    try:
        return judge.assess_many([notice], prior=prior)[0]
    except Exception as error:
        LOG.error("%s while judging one notice", type(error).__name__)
        return Problem("internal_error")


def _bad(problem: Problem) -> dict[str, Any]:
    metrics.BAD_ROWS.inc()
    return bad_item(problem)


def bad_item(problem: Problem) -> dict[str, Any]:
    """What stands in the place of one that cannot be judged."""
    errors = [error.model_dump() for error in problem.errors]
    return {"error": {"code": problem.code, "detail": problem.detail, "errors": errors}}
