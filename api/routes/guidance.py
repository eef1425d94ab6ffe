"""The base of advice: `/v1/guidance` for programs, `/guidance` and a page per unit for staff who check a sentence."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.guidance_base import guidance_base
from api.page_view import source_in_words, tel
from api.problems import Problem, responses
from api.schemas import GuidanceBody, GuidanceFact, GuidanceUnitBody
from api.templating import TEMPLATES
from classifier.guidance import Fact, GuidanceBase, GuidanceUnit

router: Final = APIRouter(prefix="/v1", tags=["knowledge"])
pages: Final = APIRouter(include_in_schema=False)

MAX_QUERY: Final = 500
_Search = Annotated[
    str | None, Query(max_length=MAX_QUERY, description="さがす言葉。省くと全部", examples=["支払督促が届いた"])
]


@router.get(
    "/guidance",
    summary="することの一覧と検索",
    responses=responses("invalid_field", "key_unknown", "too_many_requests", "database_not_ready"),
)
def guidance(q: _Search = None) -> GuidanceBody:
    """Every unit of advice, or those that speak of `q`, best first, each with the facts it rests on."""
    return found_guidance(q)


@pages.get("/guidance")
def guidance_page(request: Request, q: str = "") -> Response:
    """The list, searchable without a script; a longer search than `MAX_QUERY` is cut, not refused."""
    base = guidance_base()
    words = q.strip()[:MAX_QUERY]
    context = {
        "q": words,
        "units": _found(base, words),
        "set_aside": [] if words else base.set_aside,
        "source": _source,
    }
    return TEMPLATES.TemplateResponse(request, "guidance.html", context)


@pages.get("/guidance/{topic}")
def unit_page(request: Request, topic: str) -> Response:
    """One unit: what to say, when, whom to call, and every fact with its source."""
    base = guidance_base()
    if topic not in base.topics:
        raise Problem("not_found")
    unit = base.unit(topic)
    facts = [(fact, base.replaced_by(fact)) for fact in base.facts_of(unit)]
    context = {"unit": unit, "facts": facts, "source": _source, "tel": tel, "version": base.version}
    return TEMPLATES.TemplateResponse(request, "guidance_unit.html", context)


def found_guidance(words: str | None) -> GuidanceBody:
    """The answer to a search."""
    base = guidance_base()
    return GuidanceBody(guidance=[_body(unit, base) for unit in _found(base, words)], version=base.version)


def _found(base: GuidanceBase, words: str | None) -> list[GuidanceUnit]:
    return list(base.search(words, 10)) if words else [base.unit(topic) for topic in base.topics]


def _body(unit: GuidanceUnit, base: GuidanceBase) -> GuidanceUnitBody:
    [shown] = base.select([unit.topic], {})
    return GuidanceUnitBody(
        id=unit.id,
        topic=unit.topic,
        title=unit.title,
        steps=list(unit.steps),
        contacts=list(shown.contacts),
        because=[],
        sources=list(shown.sources),
        staff=unit.staff,
        applies=unit.applies,
        never=unit.never,
        beyond=unit.beyond,
        facts=[_fact(fact, base.replaced_by(fact)) for fact in base.facts_of(unit)],
    )


def _fact(fact: Fact, replaces: tuple[Fact, ...] = ()) -> GuidanceFact:
    source = fact.source
    return GuidanceFact(
        id=fact.id,
        document=source.document,
        section=source.section,
        fact=fact.fact,
        as_of=fact.as_of,
        replaces=[_fact(old) for old in replaces],
    )


def _source(fact: Fact) -> str:
    return source_in_words(fact.source)
