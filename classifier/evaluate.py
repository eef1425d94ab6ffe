"""How good it is on labelled notices: ranking, verdicts, calibration, kinds, flags, guidance, mistakes.

Takes any JSONL with `text` and `label`; the more of a notice record it has, the more is reported.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from classifier import corpus, measures
from classifier.errors import UnreadableInput
from classifier.flag_measures import flag_report
from classifier.knowledge import flag_severities
from classifier.measures import Bools, Floats, rate
from classifier.notice import Notice
from classifier.policy import Cutoffs
from classifier.result import Assessment

if TYPE_CHECKING:
    from classifier.assessment import Assessor

_WORST: Final = 12
# A channel with fewer texts of either label says little about its calibration.
_ENOUGH: Final = 40


def read_labelled(path: Path) -> list[dict[str, Any]]:
    """Labelled records. Raises UnreadableInput naming the line that is not one.

    A record that holds an `id` of the corpus and no `text` gets text, label and the rest from there.
    """
    records = []
    authored: dict[str, corpus.Authored] | None = None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"{path}: cannot be read as UTF-8 text ({error}); give a JSONL file") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise UnreadableInput(f"{path}:{number}: not JSON ({error.msg})") from error
        if isinstance(record, dict) and "text" not in record and "id" in record:
            if authored is None:
                authored = {notice.id: notice for notice in corpus.read_authored()}
            if record["id"] not in authored:
                raise UnreadableInput(f"{path}:{number}: no text, and the corpus has no notice {record['id']!r}")
            [example] = corpus.build([authored[record["id"]]])
            record = example.as_record() | record
        if not isinstance(record, dict) or record.get("label") not in ("scam", "genuine") or "text" not in record:
            raise UnreadableInput(f"{path}:{number}: needs `text`, and `label` scam or genuine")
        records.append(record)
    if not records:
        raise UnreadableInput(f"{path}: holds no record")
    return records


def evaluate(assessor: "Assessor", records: Sequence[Mapping[str, Any]], *, reasons: bool = False) -> dict[str, Any]:
    """The whole report over labelled records; with `reasons`, the worst mistakes say what moved the score."""
    notices = [Notice.from_mapping(dict(record)) for record in records]
    assessments = assessor.assess_many(notices)
    scam = np.array([record["label"] == "scam" for record in records])
    scores = np.array([a.score for a in assessments])
    cutoffs = Cutoffs(**assessor.card["cutoffs"])
    report: dict[str, Any] = {
        "score": measures.figures(scam, scores, cutoffs),
        "recall_at": {str(r): measures.recall_at(scam, scores, r) for r in measures.FALSE_ALARM_RATES},
        "expected_cost": round(measures.expected_cost(scam, scores, cutoffs, assessor.card["costs"]), 3),
        "reliability": measures.reliability(scam, scores),
        "curve": measures.curve(scam, scores),
        "verdicts": _verdicts(records, assessments),
        "undecidable": rate(sum(a.verdict == "undecidable" for a in assessments), len(assessments)),
        "by_channel": _by(records, assessments, "channel"),
        "calibration_by_channel": _calibration_by_channel(records, scam, scores),
    }
    for field in ("document_kind", "scheme"):
        if any(field in r for r in records):
            report[f"by_{field}"] = _by(records, assessments, field)
    report |= _kinds_and_schemes(assessor, notices, records)
    if any("stance_ok" in r for r in records):
        report["stance"] = _stances(records, assessments)
    if any("topics_must" in r for r in records):
        report["guidance"] = _topics(records, assessments)
    if any(r.get("red_flags") or r.get("flags") for r in records):
        report["flags"] = flag_report(records, assessments, flag_severities())
    report["mistakes"] = _mistakes(records, assessments)
    if reasons:
        for row in (row for rows in report["mistakes"].values() for row in rows):
            why = assessor.why(notices[row["record"]], 3)
            row["why"] = [{"effect": r.effect, "text": r.span.text.strip()} for r in why]
    return report


def _kinds_and_schemes(
    assessor: "Assessor", notices: Sequence[Notice], records: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    judgement = assessor.judge(notices)
    kinds = [r.get("document_kind") for r in records]
    schemes = [r.get("scheme") if r["label"] == "scam" else None for r in records]
    for name, right, names, shares in (
        ("kind", kinds, assessor.model.kind_names, judgement.kinds),
        ("scheme", schemes, assessor.model.scheme_names, judgement.schemes),
    ):
        if any(right):
            found |= {f"{name}_top{among}": measures.top(right, names, shares, among) for among in (1, 3)}
            found[f"{name}_confusions"] = _confusions(right, [names[n] for n in shares.argmax(axis=1)])
    return found


def _confusions(right: Sequence[str | None], said: Sequence[str]) -> list[dict[str, Any]]:
    """What was taken for what, most frequent first."""
    counts = Counter((r, s) for r, s in zip(right, said, strict=True) if r and r != s)
    of = Counter(filter(None, right))
    return [{"is": r, "taken_for": s, "count": n, "of": of[r]} for (r, s), n in counts.most_common()]


def _verdicts(records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for record, assessment in zip(records, assessments, strict=True):
        table[record["label"]][assessment.verdict] += 1
    return {label: dict(counts) for label, counts in table.items()}


def _by(
    records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment], field: str
) -> dict[str, dict[str, Any]]:
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for record, assessment in zip(records, assessments, strict=True):
        groups[f"{record['label']}/{record.get(field) or '-'}"][assessment.verdict] += 1
    return {name: {"count": counts.total(), **dict(sorted(counts.items()))} for name, counts in sorted(groups.items())}


def _calibration_by_channel(records: Sequence[Mapping[str, Any]], scam: Bools, scores: Floats) -> dict[str, Any]:
    channels = np.array([str(r.get("channel") or "unknown") for r in records])
    table = {}
    for channel in sorted(set(channels)):
        own = channels == channel
        if min(scam[own].sum(), (~scam[own]).sum()) >= _ENOUGH:
            error = measures.calibration_error(scam[own], scores[own])
            table[channel] = {"count": int(own.sum()), "calibration_error": round(error, 4)}
    return table


def _stances(records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]) -> dict[str, Any]:
    pairs = [(r, a) for r, a in zip(records, assessments, strict=True) if "stance_ok" in r]
    right = sum(a.stance in r["stance_ok"] for r, a in pairs)
    harmful = [r.get("id") for r, a in pairs if r["label"] == "genuine" and a.stance == "do_not_respond"]
    return {"accepted": rate(right, len(pairs)), "do_not_respond_on_genuine": harmful}


def _topics(records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]) -> dict[str, Any]:
    """`topics_must` within the first three; "a|b" is met by either, where a reader would be served as well by both."""
    wanted = found = 0
    harmful: list[str] = []
    for record, assessment in zip(records, assessments, strict=True):
        shown = [unit.topic for unit in assessment.guidance]
        wanted += len(record.get("topics_must", []))
        found += sum(not set(shown[:3]).isdisjoint(topic.split("|")) for topic in record.get("topics_must", []))
        harmful += [f"{record.get('id')}:{topic}" for topic in record.get("topics_bad", []) if topic in shown]
    return {"must_in_first_three": rate(found, wanted), "harmful_shown": harmful}


def _mistakes(
    records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]
) -> dict[str, list[dict[str, Any]]]:
    rows = [_line(n, r, a) for n, (r, a) in enumerate(zip(records, assessments, strict=True))]
    alarms = [row for row in rows if records[row["record"]]["label"] == "genuine"]
    misses = [row for row in rows if records[row["record"]]["label"] == "scam"]
    return {
        "genuine_scored_highest": sorted(alarms, key=lambda row: -row["score"])[:_WORST],
        "scams_scored_lowest": sorted(misses, key=lambda row: row["score"])[:_WORST],
    }


def _line(number: int, record: Mapping[str, Any], assessment: Assessment) -> dict[str, Any]:
    return {
        "record": number,
        "id": record.get("id"),
        "score": round(assessment.score, 3),
        "verdict": assessment.verdict,
        "kind": assessment.document_kind,
        "expected_kind": record.get("document_kind"),
        "channel": record.get("channel"),
        "begins": str(record["text"])[:60].replace("\n", " "),
    }
