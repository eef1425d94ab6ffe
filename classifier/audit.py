"""Audits of the corpus: does it teach the notices, or the habits of those who wrote them?

*Habits*: a classifier that sees layout and punctuation only must stay near chance within each channel.
*Shapes*: how strongly a host ending, a kind of number, a header marks the label, beside the same on real
notices where a labelled file is given. *Transfer*: a fixed plain model trained on authored texts, tested
on that file, over a growing share of the groups. *Near-copies* and *repeated sentences* across groups.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy.sparse as sp
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from classifier.contacts import find_contacts
from classifier.corpus import Authored, Example
from classifier.normalise import normalise
from classifier.slots import SLOT, seeded

HABITS_LIMIT: Final = 0.75
SHAPES_LIMIT: Final = 0.10
COPY_LIMIT: Final = 0.6
REAL_COPY_LIMIT: Final = 0.35
REPEAT_LENGTH: Final = 20
REPEAT_LIMIT: Final = 8
# Wording that statutes and forms fix; everybody writes it alike.
STATUTORY: Final = (
    *("仮執行", "督促異議", "この支払督促", "債務者は", "請求の趣旨", "地方税法", "国税徴収法", "行政不服審査法"),
    *("処分があったことを知った日の翌日", "答弁書", "民事訴訟法"),
)
_PLACEHOLDERS: Final = (
    (re.compile(r"h[tx]{2}ps?://\S+|www\.\S+"), "U"),
    (re.compile(r"[\w.+-]+@[\w.-]+"), "U"),
    (re.compile(r"[\d０-９][\d０-９,，.-]*"), "0"),
)
_MARKS: Final = "。、,.!?！？()()「」『』【】[]<>〈〉《》■□●○◆◇▼★※→⇒▶・…~〜=＝-ー―_/:：;|│￥¥*#＊"


@dataclass(frozen=True, slots=True)
class Text:
    """The few fields that the audits need, from an example or from a labelled record."""

    text: str
    scam: bool
    channel: str
    group: str


def of_examples(examples: Sequence[Example]) -> list[Text]:
    """Audit texts of built examples."""
    return [Text(e.text, e.label == "scam", e.channel, e.group) for e in examples]


def of_records(records: Sequence[Mapping[str, Any]]) -> list[Text]:
    """Audit texts of labelled records."""
    return [
        Text(r["text"], r["label"] == "scam", r.get("channel", "unknown"), str(r.get("id", n)))
        for n, r in enumerate(records)
    ]


def habits(texts: Sequence[Text], folds: int = 5) -> dict[str, Any]:
    """AUC of a layout-only classifier within each channel that has 60 texts of either label."""
    found = {}
    for channel in sorted({t.channel for t in texts}):
        part = [t for t in texts if t.channel == channel]
        label = np.array([t.scam for t in part])
        if min(label.sum(), (~label).sum()) < 60:
            continue
        matrix = np.array([_layout(t.text) for t in part])
        scores = np.zeros(len(part))
        for fit, test in GroupKFold(folds).split(matrix, label, [t.group for t in part]):
            model = HistGradientBoostingClassifier(max_iter=80, max_depth=3, random_state=0)
            scores[test] = model.fit(matrix[fit], label[fit]).predict_proba(matrix[test])[:, 1]
        found[channel] = {"texts": len(part), "auc": round(float(roc_auc_score(label, scores)), 3)}
    return found


def _layout(text: str) -> list[float]:
    for pattern, placeholder in _PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    size = max(1, len(text))
    lines = text.split("\n")
    lengths = [len(line) for line in lines if line.strip()] or [0]
    counts = Counter(text)
    return [
        len(lines) / size, sum(not line.strip() for line in lines) / len(lines),
        float(np.mean(lengths)), float(np.std(lengths)), float(max(lengths)), float(min(lengths)),
        sum(line[:1] in " 　" for line in lines) / len(lines),
        sum(line.rstrip().endswith("。") for line in lines) / len(lines),
        counts[" "] / size, counts["　"] / size,
        sum("！" <= c <= "～" for c in text) / size, sum("!" <= c <= "~" for c in text) / size,
        *(counts[mark] / size for mark in _MARKS),
    ]  # fmt: skip


_ODD_ENDING: Final = re.compile(r"\.(cn|top|xyz|shop|icu|cc|vip|info|club)$")
_SHAPES: Final[dict[str, Callable[[str], float]]] = {
    "link": lambda t: len(find_contacts(t).links),
    "link, odd ending": lambda t: any(_ODD_ENDING.search(x.host) for x in find_contacts(t).links),
    "link, .com": lambda t: any(x.host.endswith(".com") for x in find_contacts(t).links),
    "link, .co.jp": lambda t: any(x.host.endswith(".co.jp") for x in find_contacts(t).links),
    "link, shortener": lambda t: any(x.kind == "shortener" for x in find_contacts(t).links),
    "mail address": lambda t: len(find_contacts(t).mails),
    **{
        f"phone, {kind}": lambda t, kind=kind: any(p.kind == kind for p in find_contacts(t).phones)  # type: ignore[misc]
        for kind in ("landline", "mobile", "ip_phone", "toll_free", "navi", "foreign")
    },
    "amount": lambda t: bool(re.search(r"\d円", t)),
    "date": lambda t: bool(re.search(r"\d月\d+日|\d{4}/\d", t)),
    "era year": lambda t: bool(re.search(r"(?:令和|平成)[\d元]+年", t)),
    "masked": lambda t: bool(re.search(r"[●○〇*]{2,}", t)),
    "subject header": lambda t: bool(re.search(r"件名[::]|subject:", t)),
    "name with 様": lambda t: bool(re.search(r"(?<!お客)(?<!皆)(?<!会員)様", t)),
    "お客様": lambda t: "お客様" in t,
    "greeting": lambda t: bool(re.search(r"平素|お世話に|拝啓|いつも.{0,14}ありがとう", t)),
    "courtesy": lambda t: bool(re.search(r"いたします|ございます|申し上げ|いただき|くださいますよう", t)),
    "【】": lambda t: "【" in t,
    "length": len,
}  # fmt: skip


def shapes(texts: Sequence[Text]) -> dict[str, float]:
    """For each shape, the mean over channels of its AUC for "scam" (0.5: no association)."""
    prepared = [(normalise(t.text).text, t) for t in texts]
    table = {}
    for name, measure in _SHAPES.items():
        values = defaultdict(list)
        for text, source in prepared:
            values[source.channel].append((float(measure(text)), source.scam))
        aucs, weights = [], []
        for pairs in values.values():
            label = np.array([scam for _, scam in pairs])
            if min(label.sum(), (~label).sum()) >= 5:
                aucs.append(roc_auc_score(label, [value for value, _ in pairs]))
                weights.append(len(pairs))
        if aucs:
            table[name] = round(float(np.average(aucs, weights=weights)), 3)
    return table


def transfer(
    texts: Sequence[Text], real: Sequence[Text], shares: Sequence[float] = (0.25, 0.5, 0.75, 1.0)
) -> list[dict[str, Any]]:
    """The plain model's AUC and recall at 1 % false alarms on `real`, trained on a share of the groups."""
    groups = sorted({t.group for t in texts}, key=lambda g: seeded("transfer", g).random())
    label = np.array([t.scam for t in real])
    rows = []
    for share in shares:
        chosen = set(groups[: int(len(groups) * share)])
        part = [t for t in texts if t.group in chosen]
        vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), min_df=2, sublinear_tf=True)
        matrix = vectors.fit_transform(t.text for t in part)
        model = LogisticRegression(C=20, class_weight="balanced", max_iter=3000, tol=1e-5)
        model.fit(matrix, [t.scam for t in part])
        scores = model.decision_function(vectors.transform(t.text for t in real))
        limit = np.sort(scores[~label])[::-1][int(0.01 * (~label).sum())]
        rows.append(
            {
                "share": share,
                "texts": len(part),
                "auc": round(float(roc_auc_score(label, scores)), 4),
                "recall_at_1_percent": round(float((scores[label] > limit).mean()), 3),
            }
        )
    return rows


def near_copies(records: Sequence[Authored], limit: float = COPY_LIMIT) -> list[tuple[str, str, float]]:
    """Pairs of texts of different groups whose character 5-grams overlap by Jaccard >= `limit`."""
    matrix, sizes = _grams([_flat(r.text) for r in records])
    order = np.argsort(sizes, kind="stable")
    records = [records[place] for place in order]
    matrix, sizes = matrix[order], sizes[order]
    pairs = []
    for start in range(0, len(records), 400):
        # A text of fewer 5-grams than this share of another's cannot hold so much of it.
        block = slice(start, start + 400)
        end = int(np.searchsorted(sizes, sizes[block][-1] / limit, side="right"))
        common = (matrix[block] @ matrix[start:end].T).tocoo()
        for row, column, shared in zip(common.row, common.col, common.data, strict=True):
            a, b = start + int(row), start + int(column)
            if a < b and records[a].group != records[b].group:
                overlap = shared / (sizes[a] + sizes[b] - shared)
                if overlap >= limit:
                    pairs.append((records[a].id, records[b].id, round(float(overlap), 2)))
    return sorted(pairs, key=lambda pair: -pair[2])


def copies_of(
    records: Sequence[Authored], real: Sequence[Text], limit: float = REAL_COPY_LIMIT
) -> list[tuple[str, str, float]]:
    """Authored texts too close to a text of a labelled file: (id, that text's id, overlap)."""
    matrix, sizes = _grams([_flat(r.text) for r in records] + [_flat(t.text) for t in real])
    own, other = matrix[: len(records)], matrix[len(records) :]
    common = (own @ other.T).tocoo()
    pairs = []
    for row, column, shared in zip(common.row, common.col, common.data, strict=True):
        overlap = shared / (sizes[row] + sizes[len(records) + column] - shared)
        if overlap >= limit:
            pairs.append((records[row].id, real[column].group, round(float(overlap), 2)))
    return sorted(pairs, key=lambda pair: -pair[2])


def repeated_sentences(records: Sequence[Authored]) -> list[tuple[str, int]]:
    """Sentences of `REPEAT_LENGTH` characters and more that stand in more than `REPEAT_LIMIT` texts."""
    texts: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for sentence in re.split(r"[。\n]", _unmarked(record.text)):
            if len(SLOT.sub("", sentence).strip()) >= REPEAT_LENGTH and not any(word in sentence for word in STATUTORY):
                texts[sentence.strip()].add(record.group)
    repeated = [(sentence, len(groups)) for sentence, groups in texts.items() if len(groups) > REPEAT_LIMIT]
    return sorted(repeated, key=lambda pair: -pair[1])


def tables(records: Sequence[Authored]) -> dict[str, Any]:
    """Counts: label by author, channel, kind and scheme; lengths; flags."""

    def by(field: Callable[[Authored], str | None]) -> dict[str, dict[str, int]]:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for record in records:
            counts[field(record) or "-"][record.label] += 1
        return {name: dict(c) for name, c in sorted(counts.items())}

    lengths = {
        label: [
            int(np.percentile([len(_flat(r.text)) for r in records if r.label == label], q))
            for q in (5, 25, 50, 75, 95)
        ]
        for label in ("genuine", "scam")
    }
    marks = Counter(
        flag for r in records for found in re.findall(r"\[\[([a-z_,]+)\|", r.text) for flag in found.split(",")
    )
    marks.update(flag for r in records for flag in r.absent)
    return {
        "texts": len(records), "groups": len({r.group for r in records}), "author": by(lambda r: r.author),
        "channel": by(lambda r: r.channel), "kind": by(lambda r: r.document_kind), "scheme": by(lambda r: r.scheme),
        "length_percentiles_5_25_50_75_95": lengths, "flags": dict(marks.most_common()),
    }  # fmt: skip


def _unmarked(text: str) -> str:
    return re.sub(r"\[\[[a-z_,]+\||\]\]", "", text)


def _flat(text: str) -> str:
    return re.sub(r"\s", "", SLOT.sub("#", _unmarked(text)))


def _grams(texts: Sequence[str]) -> tuple[sp.csr_matrix, Any]:
    vectors = CountVectorizer(analyzer="char", ngram_range=(5, 5), binary=True, lowercase=False, dtype=np.float32)
    matrix = vectors.fit_transform(text if len(text) >= 5 else text.ljust(5, "#") for text in texts).tocsr()
    return matrix, np.asarray(matrix.sum(axis=1)).ravel()


def audit(
    records: Sequence[Authored], examples: Sequence[Example], real: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any]:
    """All audits; those against real notices where a labelled file is given."""
    texts = of_examples(examples)
    report: dict[str, Any] = {
        "tables": tables(records),
        "habits": habits(texts),
        "shapes": {name: {"corpus": value} for name, value in shapes(texts).items()},
        "near_copies": near_copies(records),
        "repeated_sentences": repeated_sentences(records),
    }
    if real is not None:
        others = of_records(real)
        for name, value in shapes(others).items():
            report["shapes"].setdefault(name, {})["real"] = value
        report["transfer"] = transfer(texts, others)
        report["copies_of_real"] = copies_of(records, others)
    return report


def report_text(report: Mapping[str, Any]) -> str:
    """The report for people; what breaks a limit is marked with !"""
    lines = [f"{report['tables']['texts']} texts in {report['tables']['groups']} groups"]
    lines += [
        f"{name}: {json.dumps(report['tables'][name], ensure_ascii=False)}"
        for name in ("author", "channel", "scheme", "length_percentiles_5_25_50_75_95")
    ]
    for channel, row in report["habits"].items():
        lines.append(
            f"{'!' if row['auc'] > HABITS_LIMIT else ' '} habits, {channel}: AUC {row['auc']} ({row['texts']} texts)"
        )
    for name, row in report["shapes"].items():
        corpus, real = row.get("corpus"), row.get("real")
        stronger = corpus is not None and real is not None and abs(corpus - 0.5) - abs(real - 0.5) > SHAPES_LIMIT
        lines.append(
            f"{'!' if stronger else ' '} shape, {name}: corpus {corpus}, real {real if real is not None else '-'}"
        )
    for row in report.get("transfer", []):
        lines.append(
            f"  transfer, {row['share']:.0%} ({row['texts']} texts): "
            f"AUC {row['auc']}, recall at 1% {row['recall_at_1_percent']}"
        )
    for key in ("near_copies", "copies_of_real", "repeated_sentences"):
        found = report.get(key, [])
        lines.append(f"{'!' if found else ' '} {key.replace('_', ' ')}: {len(found)}")
        lines += [f"    {row}" for row in found[:40]]
    return "\n".join(lines)
