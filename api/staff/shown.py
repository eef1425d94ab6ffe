"""A case as JSON: the line of a list, and the whole."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.staff.bodies import CaseLine
from api.staff.campaigns import CampaignLine, standing
from api.staff.masking import masked, masked_assessment
from api.staff.placing import place_of
from api.store.cases import Case, CaseChange, CaseText
from classifier.vocabulary import VERDICT_LABELS

_COMPUTED: Final = frozenset({"verdict_label", "priority"})
_COLUMNS: Final = tuple(name for name in CaseLine.model_fields if name not in _COMPUTED)


def case_line(case: Case) -> dict[str, Any]:
    """What a list holds; nothing of the text but its masked beginning."""
    place = place_of(case)
    return {
        **{name: getattr(case, name) for name in _COLUMNS},
        "verdict_label": VERDICT_LABELS[case.verdict],  # type: ignore[index]
        "priority": {"rank": place.rank, "reason": place.reason},
    }


def case_whole(session: Session, case: Case, *, unmasked: bool = False) -> dict[str, Any]:
    """The case with text, note, assessment and campaign; personal data is masked unless asked for."""
    stored = session.scalars(select(CaseText).where(CaseText.case_id == case.id)).one()
    found = standing(session, case)
    hide = (lambda text: text) if unmasked else masked
    return {
        **case_line(case),
        "opt_out": case.opt_out,
        "note": hide(case.note),
        "text": hide(stored.text),
        "subject": hide(stored.subject),
        "sender": hide(stored.sender),
        "masked": not unmasked,
        "answers": stored.answers,
        "assessment": stored.assessment if unmasked else masked_assessment(stored.assessment, stored.text),
        "campaign": found,
    }


def change_line(change: CaseChange) -> dict[str, Any]:
    """One step of the history, its words masked."""
    names = ("id", "version", "at", "actor", "undoes")
    fields = {
        name: [masked(value) if isinstance(value, str) else value for value in pair]
        for name, pair in change.fields.items()
    }
    return {**{name: getattr(change, name) for name in names}, "fields": fields}


def campaign_fields(line: CampaignLine) -> dict[str, Any]:
    """A campaign with its counts."""
    return {
        "id": line.campaign.id,
        "name": line.campaign.name,
        "known": line.campaign.known,
        "count": line.count,
        "recent": line.recent,
        "first_at": line.first_at,
        "last_at": line.last_at,
        "alert": line.alert,
    }
