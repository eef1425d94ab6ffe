"""What evasion and honest noise do to the verdicts: each transformation of `noise` on labelled texts.

A scam pasted with three lines of narration around it, or quoted with >, is still a scam; a warning that
quotes it is not. Labels stay; only the form is disturbed. Seeded by record, so that a run repeats itself.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.measures import rate
from classifier.noise import TRANSFORMATIONS
from classifier.notice import Notice
from classifier.policy import Cutoffs
from classifier.slots import seeded

if TYPE_CHECKING:
    from classifier.assessment import Assessor


def robustness(assessor: "Assessor", records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """For each transformation: `scam_likely` on scams and on genuine notices, and the change in points."""
    notices = [Notice.from_mapping(dict(record)) for record in records]
    scam = np.array([record["label"] == "scam" for record in records])
    cutoff = Cutoffs(**assessor.card["cutoffs"]).scam_likely

    def shares(disturbed: Sequence[Notice]) -> tuple[dict[str, Any], dict[str, Any]]:
        likely = assessor.judge(disturbed).scores >= cutoff
        return rate(int(likely[scam].sum()), int(scam.sum())), rate(int(likely[~scam].sum()), int((~scam).sum()))

    recall, alarms = shares(notices)
    table = {"as written": {"recall": recall, "false_alarms": alarms, "recall_change": 0.0, "false_alarm_change": 0.0}}
    for name, transformation in TRANSFORMATIONS.items():
        disturbed = [
            Notice(transformation(n.text, seeded("robustness", name, str(i))) or "。", n.channel)
            for i, n in enumerate(notices)
        ]
        now_recall, now_alarms = shares(disturbed)
        table[name] = {
            "recall": now_recall,
            "false_alarms": now_alarms,
            "recall_change": _points(now_recall, recall),
            "false_alarm_change": _points(now_alarms, alarms),
        }
    return table


def _points(now: Mapping[str, Any], before: Mapping[str, Any]) -> float:
    return round(100 * ((now["rate"] or 0.0) - (before["rate"] or 0.0)), 1)
