"""Do clauses read flags better than patterns do? Each half of the authors judged by what the other half teaches.

Decides nothing by itself: its figures say which flags the catalogue should leave to the clauses
(`read_by = "clauses"`), and are kept in datasets/TRIALS.md.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from classifier.corpus import Example
from classifier.features import NoticeFeatures
from classifier.flag_reader import FlagReader, Places
from classifier.knowledge import flag_ids
from classifier.model import NoticeModel
from classifier.red_flags import Context, find_red_flags, overlap
from classifier.slots import seeded
from classifier.train import absent_of, marks_of
from classifier.train import readings as read

# Log odds of about the score from which the shipped model says so.
_TAKEN_FOR_A_SCAM: Final = 1.9


def flag_trial(examples: Sequence[Example]) -> list[dict[str, Any]]:
    """For each flag with a place: marks, and precision, recall and F1 of patterns and of clauses, on unseen authors."""
    readings = read(examples)
    marks = [marks_of(e) for e in examples]
    features = NoticeFeatures().fit(readings)
    odds, kinds = NoticeModel(features).unseen(
        features.transform(readings),
        [e.label for e in examples],
        [e.document_kind for e in examples],
        [e.author for e in examples],
    )
    ids = [flag for flag in sorted(flag_ids()) if any(flag == name for own in marks for name, _, _ in own)]
    by_clauses: dict[int, Places] = {}
    half = np.array([seeded("half", e.author).random() < 0.5 for e in examples])
    for side in (half, ~half):
        taught, judged = np.flatnonzero(side).tolist(), np.flatnonzero(~side).tolist()
        reader = FlagReader(features.meanings_, ids).fit(
            [readings[n] for n in taught],
            [marks[n] for n in taught],
            [absent_of(examples[n]) for n in taught],
            odds[taught],
            kinds[taught],
        )
        taken = odds[judged] >= _TAKEN_FOR_A_SCAM
        found = reader.read([readings[n] for n in judged], odds[judged], kinds[judged], taken)
        by_clauses |= dict(zip(judged, found, strict=True))
    by_patterns = [
        {
            flag.id: [(s.start, s.end) for s in flag.spans]
            for flag in find_red_flags(reading, Context(e.document_kind, bool(o >= 0.0)))
        }
        for reading, e, o in zip(readings, examples, odds, strict=True)
    ]
    rows = []
    for flag in ids:
        own = [[(start, end) for name, start, end in m if name == flag] for m in marks]
        rows.append(
            {
                "flag": flag,
                "marks": sum(map(len, own)),
                "patterns": _measured(own, [places.get(flag, []) for places in by_patterns]),
                "clauses": _measured(own, [by_clauses[n].get(flag, []) for n in range(len(examples))]),
            }
        )
    return rows


def _measured(
    marks: Sequence[Sequence[tuple[int, int]]], shown: Sequence[Sequence[tuple[int, int]]]
) -> dict[str, float]:
    right = sum(any(overlap(s, m) for m in own) for own, places in zip(marks, shown, strict=True) for s in places)
    found = sum(any(overlap(s, m) for s in places) for own, places in zip(marks, shown, strict=True) for m in own)
    all_shown, all_marks = sum(map(len, shown)), sum(map(len, marks))
    precision, recall = right / max(1, all_shown), found / max(1, all_marks)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}


def line_of(row: dict[str, Any]) -> str:
    """One flag in a line."""
    shown = "   ".join(
        f"{name} P {row[name]['precision']:.2f} R {row[name]['recall']:.2f} F1 {row[name]['f1']:.2f}"
        for name in ("patterns", "clauses")
    )
    better = "clauses" if row["clauses"]["f1"] >= row["patterns"]["f1"] + 0.02 else "patterns"
    return f"{row['flag']:26s}{row['marks']:5d} marks   {shown}   {better}"
