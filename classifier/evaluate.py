"""How good it is on labelled notices: ranking, verdicts, calibration, flags, guidance, worst mistakes.

Takes any JSONL with `text` and `label`; the more of a notice record it has, the more is reported. Counts
stand beside every rate, with 95 % intervals (Wilson 1927).
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from classifier.errors import UnreadableInput
from classifier.notice import Notice
from classifier.policy import Cutoffs
from classifier.result import Assessment

if TYPE_CHECKING:
    from classifier.assessment import Assessor

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_WORST: Final = 12


def interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a rate of `hits` in `total`; (0, 1) where there is nothing."""
    if total == 0:
        return 0.0, 1.0
    z = 1.96
    rate = hits / total
    centre = rate + z * z / (2 * total)
    spread = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def rate(hits: int, total: int) -> dict[str, Any]:
    """A rate with its counts and interval, ready for JSON."""
    low, high = interval(hits, total)
    return {
        "hits": hits,
        "of": total,
        "rate": round(hits / total, 4) if total else None,
        "low": round(low, 4),
        "high": round(high, 4),
    }


def calibration_error(scam: Bools, scores: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins, in [0, 1]."""
    total = 0.0
    for bin_number in range(bins):
        low, high = bin_number / bins, (bin_number + 1) / bins
        inside = (scores >= low) & ((scores < high) | (high == 1.0))
        if inside.any():
            total += inside.mean() * abs(scores[inside].mean() - scam[inside].mean())
    return float(total)


def figures(scam: Bools, scores: Floats, cutoffs: Cutoffs) -> dict[str, Any]:
    """The figures of scores alone; both arrays of shape (n,)."""
    genuine_scores = np.sort(scores[~scam])[::-1]
    at_one_percent = float(genuine_scores[int(0.01 * len(genuine_scores))]) if len(genuine_scores) else 0.0
    return {
        "scams": int(scam.sum()),
        "genuine": int((~scam).sum()),
        "auc": round(float(roc_auc_score(scam, scores)), 4) if 0 < scam.sum() < len(scam) else None,
        "recall_at_1_percent_false_alarms": rate(int((scores[scam] > at_one_percent).sum()), int(scam.sum())),
        "scam_likely_on_scams": rate(int((scores[scam] >= cutoffs.scam_likely).sum()), int(scam.sum())),
        "suspicious_or_more_on_scams": rate(int((scores[scam] >= cutoffs.suspicious).sum()), int(scam.sum())),
        "scam_likely_on_genuine": rate(int((scores[~scam] >= cutoffs.scam_likely).sum()), int((~scam).sum())),
        "suspicious_or_more_on_genuine": rate(int((scores[~scam] >= cutoffs.suspicious).sum()), int((~scam).sum())),
        "calibration_error": round(calibration_error(scam, scores), 4),
    }


def read_labelled(path: Path) -> list[dict[str, Any]]:
    """Labelled records. Raises UnreadableInput naming the line that is not one."""
    records = []
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
        if not isinstance(record, dict) or record.get("label") not in ("scam", "genuine") or "text" not in record:
            raise UnreadableInput(f"{path}:{number}: needs `text`, and `label` scam or genuine")
        records.append(record)
    if not records:
        raise UnreadableInput(f"{path}: holds no record")
    return records


def evaluate(assessor: "Assessor", records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The whole report over labelled records."""
    assessments = assessor.assess_many([Notice.from_mapping(dict(record)) for record in records])
    scam = np.array([record["label"] == "scam" for record in records])
    scores = np.array([a.score for a in assessments])
    cutoffs = Cutoffs(**assessor.card["cutoffs"])
    report = {"score": figures(scam, scores, cutoffs)}
    report["verdicts"] = _verdicts(records, assessments)
    report["by_kind"] = _by(records, assessments, "document_kind")
    report["by_channel"] = _by(records, assessments, "channel")
    if all("document_kind" in r for r in records):
        report["kind_top1"] = rate(
            sum(r["document_kind"] == a.document_kind for r, a in zip(records, assessments, strict=True)), len(records)
        )
    if any("stance_ok" in r for r in records):
        report["stance"] = _stances(records, assessments)
    if any("topics_must" in r for r in records):
        report["guidance"] = _topics(records, assessments)
    if any(r.get("red_flags") or r.get("flags") for r in records):
        report["flags"] = flag_report(records, assessments)
    report["mistakes"] = _mistakes(records, assessments)
    return report


def _verdicts(records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for record, assessment in zip(records, assessments, strict=True):
        table[record["label"]][assessment.verdict] += 1
    return {label: dict(counts) for label, counts in table.items()}


def _by(
    records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment], field: str
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[tuple[Mapping[str, Any], Assessment]]] = defaultdict(list)
    for record, assessment in zip(records, assessments, strict=True):
        groups[f"{record['label']}/{record.get(field) or '-'}"].append((record, assessment))
    return {
        name: {"count": len(pairs), **dict(sorted(Counter(a.verdict for _, a in pairs).items()))}
        for name, pairs in sorted(groups.items())
    }


def _stances(records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]) -> dict[str, Any]:
    pairs = [(r, a) for r, a in zip(records, assessments, strict=True) if "stance_ok" in r]
    right = sum(a.stance in r["stance_ok"] for r, a in pairs)
    harmful = [r.get("id") for r, a in pairs if r["label"] == "genuine" and a.stance == "do_not_respond"]
    return {"accepted": rate(right, len(pairs)), "do_not_respond_on_genuine": harmful}


def _topics(records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]) -> dict[str, Any]:
    wanted = found = 0
    harmful: list[str] = []
    for record, assessment in zip(records, assessments, strict=True):
        shown = [unit.topic for unit in assessment.guidance]
        wanted += len(record.get("topics_must", []))
        found += sum(topic in shown[:3] for topic in record.get("topics_must", []))
        harmful += [f"{record.get('id')}:{topic}" for topic in record.get("topics_bad", []) if topic in shown]
    return {"must_in_first_three": rate(found, wanted), "harmful_shown": harmful}


def flag_report(records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]) -> dict[str, Any]:
    """Precision and recall of red flags by overlap with annotated spans, per flag.

    A sign in a genuine notice that is shown as cancelled is found, and counts for nothing else.
    """
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    severity: dict[str, str] = {}
    shown_on_genuine = strong_on_genuine = genuine = 0
    for record, assessment in zip(records, assessments, strict=True):
        marks = [(m["flag"], m["start"], m["end"]) for m in record.get("red_flags", record.get("flags", []))]
        shown: list[tuple[str, int | None, int | None]] = []
        for flag in assessment.red_flags:
            severity[flag.id] = flag.severity
            shown += [(flag.id, s.start, s.end) for s in flag.spans] or [(flag.id, None, None)]
        cancelled = [(f.id, s.start, s.end) for f in assessment.cancelled_flags for s in f.spans]
        for place in shown:
            (right if any(_same(place, mark) for mark in marks) else wrong)[place[0]] += 1
        for mark in marks:
            if not any(_same(place, mark) for place in (*shown, *cancelled)):
                missed[mark[0]] += 1
        if record["label"] == "genuine":
            genuine += 1
            shown_on_genuine += len(assessment.red_flags)
            strong_on_genuine += any(flag.severity == "strong" for flag in assessment.red_flags)
    ids = sorted(set(right) | set(wrong) | set(missed))
    table = {i: {"right": right[i], "wrong": wrong[i], "missed": missed[i]} for i in ids}
    tp, fp, fn = sum(right.values()), sum(wrong.values()), sum(missed.values())
    return {
        "precision": rate(tp, tp + fp),
        "recall": rate(tp, tp + fn),
        "f1": round(2 * tp / (2 * tp + fp + fn), 4) if tp else 0.0,
        "mean_shown_on_genuine": round(shown_on_genuine / genuine, 3) if genuine else None,
        "strong_on_genuine": rate(strong_on_genuine, genuine),
        "per_flag": table,
    }


def _same(place: tuple[str, int | None, int | None], mark: tuple[str, int | None, int | None]) -> bool:
    if place[0] != mark[0]:
        return False
    if place[1] is None or mark[1] is None or place[2] is None or mark[2] is None:
        return True
    return place[1] < mark[2] and mark[1] < place[2]


def _mistakes(
    records: Sequence[Mapping[str, Any]], assessments: Sequence[Assessment]
) -> dict[str, list[dict[str, Any]]]:
    pairs = list(zip(records, assessments, strict=True))
    alarms = sorted((p for p in pairs if p[0]["label"] == "genuine"), key=lambda p: -p[1].score)
    misses = sorted((p for p in pairs if p[0]["label"] == "scam"), key=lambda p: p[1].score)
    return {
        "genuine_scored_highest": [_line(*p) for p in alarms[:_WORST]],
        "scams_scored_lowest": [_line(*p) for p in misses[:_WORST]],
    }


def _line(record: Mapping[str, Any], assessment: Assessment) -> dict[str, Any]:
    return {
        "id": record.get("id"),
        "score": round(assessment.score, 3),
        "verdict": assessment.verdict,
        "kind": assessment.document_kind,
        "expected_kind": record.get("document_kind"),
        "channel": record.get("channel"),
        "begins": str(record["text"])[:60].replace("\n", " "),
    }


def report_text(report: Mapping[str, Any], name: str) -> str:
    """The report for people."""
    score = report["score"]
    lines = [
        f"{name}: {score['scams']} scams, {score['genuine']} genuine",
        f"AUC {score['auc']}   calibration error {score['calibration_error']}",
    ]
    for key in (
        "recall_at_1_percent_false_alarms",
        "scam_likely_on_scams",
        "suspicious_or_more_on_scams",
        "scam_likely_on_genuine",
        "suspicious_or_more_on_genuine",
    ):
        lines.append(f"{key.replace('_', ' '):36s} {_rate_text(score[key])}")
    for label, counts in report["verdicts"].items():
        lines.append(f"verdicts on {label}: " + ", ".join(f"{v} {n}" for v, n in sorted(counts.items())))
    if "kind_top1" in report:
        lines.append(f"document kind right                  {_rate_text(report['kind_top1'])}")
    if "stance" in report:
        lines.append(f"stance accepted                      {_rate_text(report['stance']['accepted'])}")
        lines.append(
            f"do_not_respond on genuine: {', '.join(map(str, report['stance']['do_not_respond_on_genuine'])) or 'none'}"
        )
    if "guidance" in report:
        lines.append(f"must-have topic in first three       {_rate_text(report['guidance']['must_in_first_three'])}")
        lines.append(f"harmful topics shown: {', '.join(report['guidance']['harmful_shown']) or 'none'}")
    if "flags" in report:
        flags = report["flags"]
        lines.append(
            f"flag precision {_rate_text(flags['precision'])}  recall {_rate_text(flags['recall'])}  F1 {flags['f1']}"
        )
        lines.append(
            f"flags shown per genuine notice {flags['mean_shown_on_genuine']}, "
            f"strong on {_rate_text(flags['strong_on_genuine'])}"
        )
        lines += [
            f"  {i:26s} right {c['right']:4d} wrong {c['wrong']:4d} missed {c['missed']:4d}"
            for i, c in flags["per_flag"].items()
        ]
    for title, rows in report["mistakes"].items():
        lines.append(title.replace("_", " "))
        lines += [
            f"  {r['score']:.3f} {r['verdict']:13s} {r['id']} {r['channel']} "
            f"{r['kind']} ({r['expected_kind']}) {r['begins']}"
            for r in rows
        ]
    return "\n".join(lines)


def _rate_text(value: Mapping[str, Any]) -> str:
    shown = "-" if value["rate"] is None else f"{value['rate']:.1%}"
    return f"{shown} ({value['hits']}/{value['of']}, 95% {value['low']:.1%}-{value['high']:.1%})"
