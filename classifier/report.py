"""The evaluation report for people: as text, and as pictures where matplotlib is installed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_CONFUSIONS: Final = 12
_RATES: Final = (
    ("recall at 1% false alarms", "recall_at_1_percent_false_alarms"),
    ("scam_likely on scams", "scam_likely_on_scams"),
    ("scam_likely or suspicious on scams", "suspicious_or_more_on_scams"),
    ("scam_likely on genuine", "scam_likely_on_genuine"),
    ("scam_likely or suspicious on genuine", "suspicious_or_more_on_genuine"),
)


def report_text(report: Mapping[str, Any], name: str) -> str:
    """The whole report, a line a fact."""
    return "\n".join(_lines(report, name))


def _lines(report: Mapping[str, Any], name: str) -> Iterator[str]:
    score = report["score"]
    yield f"{name}: {score['scams']} scams, {score['genuine']} genuine"
    low, high = score["auc_interval"] or ("-", "-")
    yield f"AUC {score['auc']} (95% {low}-{high})   calibration error {score['calibration_error']}"
    for title, key in _RATES:
        yield f"{title:38s}{rate_text(score[key])}"
    for line, recall in report["recall_at"].items():
        yield f"recall at {float(line):5.1%} false alarms         {rate_text(recall)}"
    for label, counts in report["verdicts"].items():
        yield f"verdicts on {label}: " + ", ".join(f"{v} {n}" for v, n in sorted(counts.items()))
    yield f"{'undecidable':38s}{rate_text(report['undecidable'])}"
    yield f"mean cost of a verdict {report['expected_cost']} (costs: model card)"
    for key in ("kind_top1", "kind_top3", "scheme_top1", "scheme_top3"):
        if key in report:
            yield f"{key.replace('_', ' '):38s}{rate_text(report[key])}"
    for name_ in ("kind", "scheme"):
        if rows := report.get(f"{name_}_confusions"):
            yield f"{name_} most often taken for another: " + ", ".join(
                f"{row['is']}→{row['taken_for']} {row['count']}/{row['of']}" for row in rows[:_CONFUSIONS]
            )
    for channel, row in report["calibration_by_channel"].items():
        yield f"calibration error, {channel:19s}{row['calibration_error']} ({row['count']} notices)"
    yield "reliability: " + ", ".join(
        f"{bin['mean_score']:.2f}→{bin['scams']['rate']:.2f} ({bin['count']})" for bin in report["reliability"]
    )
    yield from _advice(report)
    yield from _flags(report)
    for name_, table in (("channel", "by_channel"), ("document kind", "by_document_kind"), ("scheme", "by_scheme")):
        if table in report:
            yield f"verdicts by {name_}"
            yield from (
                f"  {group:36s}{row['count']:5d}  " + ", ".join(f"{v} {n}" for v, n in row.items() if v != "count")
                for group, row in report[table].items()
            )
    if "robustness" in report:
        yield "robustness (scam_likely on scams, on genuine notices, change in points)"
        for transformation, row in report["robustness"].items():
            yield (
                f"  {transformation:18s}{row['recall']['rate']:7.1%} {row['recall_change']:+6.1f}"
                f"   {row['false_alarms']['rate']:7.1%} {row['false_alarm_change']:+6.1f}"
            )
    for title, rows in report["mistakes"].items():
        yield title.replace("_", " ")
        for row in rows:
            yield (
                f"  {row['score']:.3f} {row['verdict']:13s} {row['id']} {row['channel']} "
                f"{row['kind']} ({row['expected_kind']}) {row['begins']}"
            )
            yield from (f"        {reason['effect']:+.2f} {reason['text']}" for reason in row.get("why", []))


def table(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures of several reports side by side, as a Markdown table; a dash where a file does not say."""
    rows: list[list[str]] = [["", *reports], ["---"] * (len(reports) + 1)]
    rows.append(
        ["texts: scam / genuine", *(f"{r['score']['scams']} / {r['score']['genuine']}" for r in reports.values())]
    )
    rows.append(["ranking (AUC)", *(_area_text(r["score"]) for r in reports.values())])
    for name, *path in _TABLE:
        cells = []
        for report in reports.values():
            value: Any = report
            for key in path:
                value = value.get(key) if isinstance(value, Mapping) else None
            cells.append("–" if value is None else rate_text(value) if isinstance(value, Mapping) else str(value))
        rows.append([name, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


_TABLE: Final = (
    ("scams caught at 1 % false alarms", "score", "recall_at_1_percent_false_alarms"),
    ("scams called `scam_likely`", "score", "scam_likely_on_scams"),
    ("scams called `scam_likely` or `suspicious`", "score", "suspicious_or_more_on_scams"),
    ("genuine called `scam_likely`", "score", "scam_likely_on_genuine"),
    ("genuine called `scam_likely` or `suspicious`", "score", "suspicious_or_more_on_genuine"),
    ("`undecidable`", "undecidable"),
    ("calibration error (ECE)", "score", "calibration_error"),
    ("document kind right", "kind_top1"),
    ("document kind among the first three", "kind_top3"),
    ("scheme right", "scheme_top1"),
    ("scheme among the first three", "scheme_top3"),
    ("red flags: precision", "flags", "precision"),
    ("red flags: recall", "flags", "recall"),
    ("strong red flags: precision", "flags", "strong", "precision"),
    ("strong red flags: recall", "flags", "strong", "recall"),
    ("red flags shown per genuine notice", "flags", "mean_shown_on_genuine"),
    ("genuine notices with a strong red flag", "flags", "strong_on_genuine"),
    ("stance accepted by the annotator", "stance", "accepted"),
    ("must-have advice within the first three", "guidance", "must_in_first_three"),
)


def _area_text(score: Mapping[str, Any]) -> str:
    low, high = score["auc_interval"] or ("-", "-")
    return f"{score['auc']} (95% {low}-{high})"


def _advice(report: Mapping[str, Any]) -> Iterator[str]:
    if "stance" in report:
        yield f"{'stance accepted':38s}{rate_text(report['stance']['accepted'])}"
        harmful = report["stance"]["do_not_respond_on_genuine"]
        yield f"do_not_respond on genuine: {', '.join(map(str, harmful)) or 'none'}"
    if "guidance" in report:
        yield f"{'must-have topic in first three':38s}{rate_text(report['guidance']['must_in_first_three'])}"
        yield f"harmful topics shown: {', '.join(report['guidance']['harmful_shown']) or 'none'}"


def _flags(report: Mapping[str, Any]) -> Iterator[str]:
    if "flags" not in report:
        return
    flags = report["flags"]
    for title, part in (("flag", flags), ("strong flag", flags["strong"])):
        yield f"{title} precision {rate_text(part['precision'])}  recall {rate_text(part['recall'])}  F1 {part['f1']}"
    yield (
        f"flags shown per genuine notice {flags['mean_shown_on_genuine']}, strong on "
        f"{rate_text(flags['strong_on_genuine'])}"
    )
    yield "  places right, wrong, missed; notices shown in, marked in; characters in common; places a rival takes too"
    for flag, row in flags["per_flag"].items():
        overlap = "   -" if row["overlap"] is None else f"{row['overlap']:4.2f}"
        yield (
            f"  {flag:26s} right {row['right']:4d} wrong {row['wrong']:4d} missed {row['missed']:4d}"
            f"   shown {row['shown_in']:4d} marked {row['marked_in']:4d}   common {overlap}   rivals {row['conflicts']}"
        )


def rate_text(value: Mapping[str, Any]) -> str:
    """A rate with its counts and interval: 92.0% (23/25, 95% 75.0%-97.8%)."""
    shown = "-" if value["rate"] is None else f"{value['rate']:.1%}"
    return f"{shown} ({value['hits']}/{value['of']}, 95% {value['low']:.1%}-{value['high']:.1%})"


def write_report(report: Mapping[str, Any], name: str, folder: Path) -> list[Path]:
    """Writes report.txt, report.json and, where matplotlib is installed, pictures; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    text, data = folder / "report.txt", folder / "report.json"
    text.write_text(report_text(report, name) + "\n", encoding="utf-8")
    data.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [text, data, *draw(report, folder)]


def draw(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """ROC curve, precision by recall, and reliability as PNG files; none where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        return []
    curve, bins = report["curve"], report["reliability"]
    pictures = []
    for name, x_name, y_name, x, y in (
        ("roc", "false alarms", "recall", curve["false_alarms"], curve["recall"]),
        ("precision_recall", "recall", "precision", curve["recall"], curve["precision"]),
        ("reliability", "mean score", "share of scams", [b["mean_score"] for b in bins], [_share(b) for b in bins]),
    ):
        figure = Figure(figsize=(5, 5), layout="constrained")
        axes = figure.add_subplot(xlabel=x_name, ylabel=y_name, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), title=name)
        axes.grid(alpha=0.3)
        axes.plot(x, y, marker="o" if name == "reliability" else None)
        if name == "reliability":
            axes.plot([0, 1], [0, 1], color="0.7")
            axes.vlines(x, [b["scams"]["low"] for b in bins], [b["scams"]["high"] for b in bins], color="0.5")
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=120)
        pictures.append(path)
    return pictures


def _share(bin: Mapping[str, Any]) -> float:
    return float(bin["scams"]["rate"])
