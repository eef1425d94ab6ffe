"""How well red flags stand where annotators marked them, flag by flag.

A shown place is right where it shares a character with a mark of the same flag; a flag of absence has no
place and is right where the notice carries it. Conventions of marking: at most three places a flag, the
shortest stretch that shows it, one of two rival flags per stretch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from classifier.measures import rate
from classifier.result import Assessment, Span

Place = tuple[int, int] | None
# Two readings of the same words: a counsellor marks one of them on a stretch.
RIVALS: Final = (
    ("lookalike_domain", "sender_mismatch"),
    ("lookalike_domain", "redirect_link"),
    ("sender_mismatch", "redirect_link"),
    ("seizure_threat", "instant_enforcement"),
)


@dataclass(slots=True)
class _Tally:
    severity: str = ""
    right: int = 0
    wrong: int = 0
    missed: int = 0
    shown_in: int = 0
    marked_in: int = 0
    conflicts: int = 0
    shared: list[float] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        return {
            "severity": self.severity or None,
            "right": self.right,
            "wrong": self.wrong,
            "missed": self.missed,
            "precision": rate(self.right, self.right + self.wrong),
            "recall": rate(self.right, self.right + self.missed),
            "shown_in": self.shown_in,
            "marked_in": self.marked_in,
            "overlap": round(sum(self.shared) / len(self.shared), 3) if self.shared else None,
            "conflicts": self.conflicts,
        }


def flag_report(
    records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment], severities: Mapping[str, str]
) -> dict[str, Any]:
    """Precision and recall of red flags, all together, of the strong ones, and per flag.

    Per flag: `shown_in` and `marked_in` count notices (coverage), `overlap` is the mean share of characters that a
    right place and its mark have in common, `conflicts` counts shown places that a rival flag takes too. A sign in a
    genuine notice that is shown as cancelled is found, and counts for nothing else.
    """
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    genuine = on_genuine = strong_on_genuine = 0
    for record, assessment in zip(records, assessments, strict=True):
        marks = _by_flag((m["flag"], m["start"], m["end"]) for m in record.get("red_flags", record.get("flags", [])))
        shown = {flag.id: _places(flag.spans) or [None] for flag in assessment.red_flags}
        hidden = {flag.id: _places(flag.spans) for flag in assessment.cancelled_flags}
        for flag in shown.keys() | marks.keys():
            _count(tallies[flag], shown.get(flag, []), marks.get(flag, []), hidden.get(flag, []))
        for one, other in RIVALS:
            clashes = sum(any(_same(a, b) for b in shown.get(other, [])) for a in shown.get(one, []))
            if clashes:
                tallies[one].conflicts += clashes
                tallies[other].conflicts += clashes
        if record["label"] == "genuine":
            genuine += 1
            on_genuine += len(assessment.red_flags)
            strong_on_genuine += any(flag.severity == "strong" for flag in assessment.red_flags)
    for flag, tally in tallies.items():
        tally.severity = severities.get(flag, "")
    every, strong = list(tallies.values()), [t for t in tallies.values() if t.severity == "strong"]
    return {
        **_together(every),
        "strong": _together(strong),
        "mean_shown_on_genuine": round(on_genuine / genuine, 3) if genuine else None,
        "strong_on_genuine": rate(strong_on_genuine, genuine),
        "per_flag": {flag: tallies[flag].row() for flag in sorted(tallies)},
    }


def _places(spans: Sequence[Span]) -> list[Place]:
    return [(span.start, span.end) for span in spans]


def _by_flag(marks: Iterable[tuple[str, int | None, int | None]]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for flag, start, end in marks:
        found[flag].append(None if start is None or end is None else (start, end))
    return found


def _count(tally: _Tally, shown: Sequence[Place], marks: Sequence[Place], hidden: Sequence[Place]) -> None:
    tally.shown_in += bool(shown)
    tally.marked_in += bool(marks)
    for place in shown:
        matched = [mark for mark in marks if _same(place, mark)]
        tally.right += bool(matched)
        tally.wrong += not matched
        if matched:
            tally.shared.append(max(_in_common(place, mark) for mark in matched))
    tally.missed += sum(not any(_same(place, mark) for place in (*shown, *hidden)) for mark in marks)


def _together(tallies: Sequence[_Tally]) -> dict[str, Any]:
    right, wrong, missed = (sum(getattr(t, name) for t in tallies) for name in ("right", "wrong", "missed"))
    return {
        "precision": rate(right, right + wrong),
        "recall": rate(right, right + missed),
        "f1": round(2 * right / (2 * right + wrong + missed), 4) if right else 0.0,
    }


def _same(place: Place, mark: Place) -> bool:
    return place is None or mark is None or (place[0] < mark[1] and mark[0] < place[1])


def _in_common(place: Place, mark: Place) -> float:
    if place is None or mark is None:
        return 1.0
    inner = min(place[1], mark[1]) - max(place[0], mark[0])
    return inner / (max(place[1], mark[1]) - min(place[0], mark[0]))
