"""Measures of scores against labels: counts stand beside every rate, 95 % intervals beside every figure.

Rates: Wilson's interval (1927). Area under the ROC curve: DeLong, DeLong and Clarke-Pearson (1988).
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from classifier.policy import Cutoffs

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_Z: Final = 1.96
# What costs nothing.
_RIGHT: Final = ("scam_scam_likely", "genuine_no_scam_signs")
FALSE_ALARM_RATES: Final = (0.001, 0.005, 0.01, 0.02, 0.05)


def interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a rate of `hits` in `total`; (0, 1) where there is nothing."""
    if total == 0:
        return 0.0, 1.0
    share = hits / total
    centre = share + _Z * _Z / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z * _Z / (4 * total * total))
    scale = 1 + _Z * _Z / total
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


def area(scam: Bools, scores: Floats) -> dict[str, Any] | None:
    """Area under the ROC curve with its interval; None where one label is missing."""
    own, others = scores[scam], scores[~scam]
    if not len(own) or not len(others):
        return None
    ranks = rankdata(np.concatenate([own, others]))
    above = (ranks[: len(own)] - rankdata(own)) / len(others)
    below = 1 - (ranks[len(own) :] - rankdata(others)) / len(own)
    value = float(above.mean())
    variance = sum(float(part.var(ddof=1)) / len(part) for part in (above, below) if len(part) > 1)
    spread = _Z * math.sqrt(variance)
    return {
        "value": round(value, 4),
        "low": round(max(0.0, value - spread), 4),
        "high": round(min(1.0, value + spread), 4),
    }


def recall_at(scam: Bools, scores: Floats, false_alarms: float) -> dict[str, Any]:
    """Share of scams above the line that at most this share of the genuine notices exceeds."""
    genuine = np.sort(scores[~scam])[::-1]
    line = float(genuine[int(false_alarms * len(genuine))]) if len(genuine) else 0.0
    return rate(int((scores[scam] > line).sum()), int(scam.sum()))


def curve(scam: Bools, scores: Floats) -> dict[str, list[float]]:
    """False alarms, recall and precision at every cut-off that divides the notices, highest first."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    hits, alarms = np.cumsum(scam[order])[last], np.cumsum(~scam[order])[last]
    return {
        "false_alarms": [round(float(v), 5) for v in alarms / max(1, (~scam).sum())],
        "recall": [round(float(v), 5) for v in hits / max(1, scam.sum())],
        "precision": [round(float(v), 5) for v in hits / (hits + alarms)],
    }


def reliability(scam: Bools, scores: Floats, bins: int = 10) -> list[dict[str, Any]]:
    """For each bin of scores that holds any: its count, mean score and share of scams."""
    number = np.minimum((scores * bins).astype(int), bins - 1)
    return [
        {
            "count": int((number == b).sum()),
            "mean_score": round(float(scores[number == b].mean()), 4),
            "scams": rate(int(scam[number == b].sum()), int((number == b).sum())),
        }
        for b in range(bins)
        if (number == b).any()
    ]


def calibration_error(scam: Bools, scores: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins, in [0, 1]."""
    number = np.minimum((scores * bins).astype(int), bins - 1)
    return float(
        sum(
            (number == b).mean() * abs(scores[number == b].mean() - scam[number == b].mean())
            for b in range(bins)
            if (number == b).any()
        )
    )


def expected_cost(scam: Bools, scores: Floats, cutoffs: Cutoffs, costs: dict[str, float]) -> float:
    """Mean cost of the verdicts, in units of the cost table (model card)."""
    total = 0.0
    for label, chosen in (("scam", scam), ("genuine", ~scam)):
        own = scores[chosen]
        likely = own >= cutoffs.scam_likely
        suspicious = ~likely & (own >= cutoffs.suspicious)
        for verdict, count in (
            ("scam_likely", likely.sum()),
            ("suspicious", suspicious.sum()),
            ("no_scam_signs", len(own) - likely.sum() - suspicious.sum()),
        ):
            if f"{label}_{verdict}" not in _RIGHT:
                total += costs[f"{label}_{verdict}"] * float(count)
    return total / len(scores)


def figures(scam: Bools, scores: Floats, cutoffs: Cutoffs) -> dict[str, Any]:
    """The figures of scores alone; both arrays of shape (n,)."""

    def share(chosen: Bools, cutoff: float) -> dict[str, Any]:
        return rate(int((scores[chosen] >= cutoff).sum()), int(chosen.sum()))

    found = area(scam, scores)
    return {
        "scams": int(scam.sum()),
        "genuine": int((~scam).sum()),
        "auc": found["value"] if found else None,
        "auc_interval": [found["low"], found["high"]] if found else None,
        "recall_at_1_percent_false_alarms": recall_at(scam, scores, 0.01),
        "scam_likely_on_scams": share(scam, cutoffs.scam_likely),
        "suspicious_or_more_on_scams": share(scam, cutoffs.suspicious),
        "scam_likely_on_genuine": share(~scam, cutoffs.scam_likely),
        "suspicious_or_more_on_genuine": share(~scam, cutoffs.suspicious),
        "calibration_error": round(calibration_error(scam, scores), 4),
    }


def top(right: Sequence[str | None], names: Sequence[str], shares: Floats, among: int) -> dict[str, Any]:
    """How often the right name stands among the `among` likeliest; rows without a right name do not count."""
    order = np.argsort(-shares, axis=1)[:, :among]
    hits = [name in {names[c] for c in row} for name, row in zip(right, order, strict=True) if name is not None]
    return rate(sum(hits), len(hits))
