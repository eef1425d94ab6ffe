"""Dispositions as a label set for retraining: decided, not disputed, masked, without those who said no.

The same database gives the same bytes; the manifest beside the file names them.
"""

import datetime as dt
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.staff.audit import Actor, record
from api.staff.choices import GENUINE_DISPOSITIONS, SCAM_DISPOSITIONS
from api.staff.masking import masked
from api.store.cases import Case, CaseText

_FORMAT: Final = 1


def labels(session: Session, *, reviewed_only: bool = False) -> Iterator[dict[str, Any]]:
    """One record a case, oldest first, in the fields of a notice record (DESIGN.md).

    Left out: cases that are not closed, undecided ones, those that wait for a second pair of eyes or on which the
    two disagreed, and those marked `opt_out`. `group` ties the cases of a campaign, so that no split divides it.
    """
    asked = (
        select(Case, CaseText.text)
        .join(CaseText, CaseText.case_id == Case.id)
        .where(
            Case.status == "closed",
            Case.opt_out.is_(False),
            Case.disposition.in_(SCAM_DISPOSITIONS | GENUINE_DISPOSITIONS),
            Case.review.in_(["agreed"] if reviewed_only else ["none", "agreed"]),
        )
        .order_by(Case.id)
    )
    for case, text in session.execute(asked).yield_per(500):
        yield {
            "id": f"case-{case.id}",
            "text": masked(text),
            "label": "scam" if case.disposition in SCAM_DISPOSITIONS else "genuine",
            "channel": case.channel,
            "group": f"campaign-{case.campaign_id}" if case.campaign_id else f"case-{case.id}",
            "origin": "case",
            "disposition": case.disposition,
            "reviewed": case.review == "agreed",
            "blind": case.blind,
            "decided_on": case.decided_at.date().isoformat() if case.decided_at else None,
        }


def export_labels(session: Session, actor: Actor, target: Path, *, reviewed_only: bool = False) -> dict[str, Any]:
    """Writes `target` and `target.manifest.json`, whole or not at all; returns the manifest."""
    counts: Counter[str] = Counter()
    digest = hashlib.sha256()
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as stream:
            for line in labels(session, reviewed_only=reviewed_only):
                encoded = json.dumps(line, ensure_ascii=False).encode() + b"\n"
                counts[line["label"]] += 1
                digest.update(encoded)
                stream.write(encoded)
        manifest = {
            "format": _FORMAT,
            "version": digest.hexdigest()[:12],
            "sha256": digest.hexdigest(),
            "records": counts.total(),
            "labels": dict(sorted(counts.items())),
            "reviewed_only": reviewed_only,
            "made_on": dt.datetime.now(dt.UTC).date().isoformat(),
        }
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    target.with_name(f"{target.name}.manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    record(session, actor, "labels_exported", records=counts.total(), version=manifest["version"])
    return manifest
