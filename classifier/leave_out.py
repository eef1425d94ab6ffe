"""How the model does on what it has never seen: a whole family of scams, or a form of genuine notice, left out.

A text of a new family, or a genuine notice of a form that nobody wrote, is what reality brings; the
ordinary split, where every family stands on both sides, says nothing about it. Each run trains without the
texts of one class and judges all of them. The line to pass is drawn where 1 % of the genuine texts of the
calibration and test groups, which no run trains on, stand above. What ships leaves nothing out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from classifier.corpus import Example
from classifier.features import NoticeFeatures
from classifier.measures import rate
from classifier.model import NoticeModel
from classifier.notice import Notice
from classifier.reading import Reading

LINE: Final = 0.01
# A form with fewer texts says little about itself, and leaving it out changes little.
ENOUGH: Final = 60
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Class:
    """Texts that one run leaves out: a scam family, or genuine notices of one kind in one channel."""

    name: str
    scam: bool
    members: Bools


def classes(examples: Sequence[Example]) -> list[Class]:
    """All families, and all forms (kind/channel) of genuine notices with `ENOUGH` texts."""
    names = [e.scheme if e.label == "scam" else f"{e.document_kind}/{e.channel}" for e in examples]
    scam = [e.label == "scam" for e in examples]
    counts = Counter(zip(names, scam, strict=True))
    return [
        Class(str(name), is_scam, np.array([(n, s) == (name, is_scam) for n, s in zip(names, scam, strict=True)]))
        for (name, is_scam), count in sorted(counts.items(), key=lambda item: (not item[0][1], str(item[0][0])))
        if is_scam or count >= ENOUGH
    ]


def leave_out(
    examples: Sequence[Example], only: Sequence[str] = (), say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """One run a class of authored texts; `only` names the classes to run, none all.

    The n-grams that count are chosen once, from the training groups of all classes.
    """
    unseen = np.array([e.split != "train" for e in examples])
    readings = [Reading(Notice(e.text, e.channel)) for e in examples]
    features = NoticeFeatures().fit([r for r, held in zip(readings, unseen, strict=True) if not held])
    matrix = features.transform(readings)
    scam = np.array([e.label == "scam" for e in examples])
    rows = []
    for left in [c for c in classes(examples) if not only or c.name in only]:
        values = _values(features, matrix, examples, ~unseen & ~left.members, unseen & ~left.members)
        others = values[unseen & ~left.members & (scam != left.scam)]
        genuine = others if left.scam else values[unseen & ~left.members & ~scam]
        line = np.sort(genuine)[::-1][int(LINE * len(genuine))]
        own = values[left.members]
        label = np.r_[np.full(len(own), left.scam), np.full(len(others), not left.scam)]
        row = {
            "left_out": left.name,
            "label": "scam" if left.scam else "genuine",
            "above_line": rate(int((own > line).sum()), len(own)),
            "auc": round(float(roc_auc_score(label, np.r_[own, others])), 4),
        }
        rows.append(row)
        say(line_of(row))
    return {"line": LINE, "rows": rows, **_summary(rows)}


def _values(
    features: NoticeFeatures, matrix: Any, examples: Sequence[Example], fitting: Bools, calibrating: Bools
) -> npt.NDArray[np.float64]:
    chosen = [e for e, taken in zip(examples, fitting, strict=True) if taken]
    model = NoticeModel(features).fit_matrix(
        matrix[fitting], [e.label for e in chosen], [e.document_kind for e in chosen], [e.scheme for e in chosen]
    )
    model.calibrate_matrix(matrix[calibrating], [e.label for e, c in zip(examples, calibrating, strict=True) if c])
    return model.decision_values(matrix)


def _summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def pooled(label: str) -> dict[str, Any]:
        own = [row for row in rows if row["label"] == label]
        return {
            "classes": len(own),
            "above_line": rate(sum(r["above_line"]["hits"] for r in own), sum(r["above_line"]["of"] for r in own)),
            "mean_auc": round(float(np.mean([r["auc"] for r in own])), 4) if own else None,
        }

    return {"families": pooled("scam"), "forms": pooled("genuine")}


def line_of(row: dict[str, Any]) -> str:
    """One run in a line."""
    above = row["above_line"]
    return (
        f"{row['label']:8s}{row['left_out']:32s}above the line {above['hits']:4d} of {above['of']:4d}  AUC {row['auc']}"
    )


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """The summary for people."""
    for name, what in (("families", "scam families left out"), ("forms", "genuine forms left out")):
        own = report[name]
        if own["classes"]:
            above = own["above_line"]
            interval = f"95% {above['low']:.1%}-{above['high']:.1%}"
            yield (
                f"{own['classes']} {what}: {above['rate']:.1%} above the line "
                f"({above['hits']}/{above['of']}, {interval}), mean AUC {own['mean_auc']}"
            )
