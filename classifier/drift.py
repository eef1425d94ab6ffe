"""Whether new messages are still like those of before: scores, words, undecidable ones, campaigns.

A model ages where the messages change. Nobody can tell from unlabelled messages how many are judged wrongly;
these figures say whether there is reason to look. Each stands beside what chance alone would give.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, fisher_exact

from classifier.assessment import Assessor
from classifier.columns import Columns
from classifier.errors import InvalidNotice, UnreadableInput
from classifier.measures import rate
from classifier.near_copies import near_copies
from classifier.reading import Reading
from classifier.rows import Row

Worry = Literal["calm", "look", "act"]
Floats = npt.NDArray[np.float64]
_CHUNK: Final = 500
_BINS: Final = 10
# Population stability index: the usual limits for a shift to look at, and for one to act on.
PSI_LOOK: Final = 0.1
PSI_ACT: Final = 0.25
# Points by which a share has to move, beside being more than chance.
POINTS: Final = {"undecidable": 0.02, "campaign": 0.10, "scam_likely": 0.10}
NOVELTY_LOOK: Final = 0.05
NOVELTY_ACT: Final = 0.15
# A campaign is a text that came this often.
CAMPAIGN: Final = 3
# New messages that hold a word before it is news and not somebody's name.
_RECURRING: Final = 5
_RARE: Final = 1e-4
_FEWEST: Final = 100
_SHOWN_WORDS: Final = 12
_SAID: Final = {
    "scores": {
        "calm": "the scores are spread as before",
        "look": "the scores are spread differently: read some messages of the part that grew",
        "act": "the scores are spread very differently: other senders, another channel, or a new fashion; "
        "label a hundred new messages and run `scam-notice evaluate` on them",
    },
    "words": {
        "calm": "the words are those of before",
        "look": "words that were not there before: see the list; a new scheme often shows here first",
        "act": "many words were never seen before: what the model learnt may not cover these messages; "
        "label some and run `scam-notice evaluate`",
    },
    "undecidable": {
        "calm": "about as many messages as before leave the text alone too little to go by",
        "look": "the share that text alone cannot decide has moved: see whether messages arrive cut or as pictures",
        "act": "the share that text alone cannot decide has moved far: see how the messages reach you",
    },
    "campaign": {
        "calm": "near-copies are about as frequent as before",
        "look": "the share of near-copies has moved: a wave is going out, or one has ended",
        "act": "the share of near-copies has moved far: look at the largest groups first",
    },
    "scam_likely": {
        "calm": "the share called scam_likely has moved by less than 10 points, or by no more than chance",
        "look": "the share called scam_likely has moved: see whether more scams came, or the model errs more",
        "act": "the share called scam_likely has moved far: see whether more scams came, or the model errs more",
    },
}


@dataclass(slots=True)
class Sample:
    """What is compared: scores, verdicts, words by message, and how many stand in campaigns."""

    scores: Floats
    verdicts: Counter[str]
    words: list[frozenset[str]] = field(repr=False)
    in_campaigns: int
    largest_campaign: int
    errors: int

    @property
    def count(self) -> int:
        """Messages that could be assessed."""
        return len(self.scores)


def sample(assessor: Assessor, rows: Iterable[Row], columns: Columns) -> Sample:
    """Assesses the rows; those that cannot be assessed are counted and left out.

    Raises UnreadableInput where none can be.
    """
    scores: list[float] = []
    verdicts: Counter[str] = Counter()
    words: list[frozenset[str]] = []
    texts: list[str] = []
    errors = 0
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        notices = []
        for row in chunk:
            with suppress(InvalidNotice):
                notices += [] if row.error else [columns.notice(row.fields)]
        errors += len(chunk) - len(notices)
        for notice, assessment in zip(notices, assessor.assess_many(notices), strict=True):
            reading = Reading(notice)
            scores.append(assessment.score)
            verdicts[assessment.verdict] += 1
            words.append(frozenset(word for word in reading.words if _speaks(word)))
            texts.append(reading.model_text)
    if not scores:
        raise UnreadableInput(f"none of {errors} rows could be assessed; look at --text and --channel")
    campaigns = [group for group in near_copies(texts) if len(group) >= CAMPAIGN]
    sizes = [len(group) for group in campaigns]
    return Sample(np.array(scores), verdicts, words, sum(sizes), max(sizes, default=0), errors)


def _speaks(word: str) -> bool:
    """Whether a word is one at all, not a number, a mark or a masked contact."""
    return len(word) > 1 and word.isalpha()


def drift(old: Sample, new: Sample) -> dict[str, Any]:
    """The figures by name, each with `worry` (calm, look, act) and what that means; ready for JSON."""
    figures = {
        "scores": _scores(old, new),
        "words": _words(old, new),
        "undecidable": _share(old, new, "undecidable", old.verdicts["undecidable"], new.verdicts["undecidable"]),
        "campaign": _share(old, new, "campaign", old.in_campaigns, new.in_campaigns)
        | {"largest": [old.largest_campaign, new.largest_campaign]},
        "scam_likely": _share(old, new, "scam_likely", old.verdicts["scam_likely"], new.verdicts["scam_likely"]),
    }
    for name, figure in figures.items():
        figure["meaning"] = _SAID[name][figure["worry"]]
    worries = [figure["worry"] for figure in figures.values()]
    return {
        "old": {"rows": old.count, "errors": old.errors, "verdicts": dict(old.verdicts)},
        "new": {"rows": new.count, "errors": new.errors, "verdicts": dict(new.verdicts)},
        "too_few": min(old.count, new.count) < _FEWEST,
        "worry": "act" if "act" in worries else "look" if "look" in worries else "calm",
        **figures,
    }


def stability_index(old: Floats, new: Floats) -> float:
    """Population stability index over the tenths of the old scores; 0 where both are spread alike."""
    edges = np.unique(np.quantile(old, np.linspace(0, 1, _BINS + 1)[1:-1]))
    shares = []
    for scores in (old, new):
        counts = np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(edges) + 1)
        # Half a message in every bin: an empty one would make the index infinite.
        shares.append((counts + 0.5) / (len(scores) + 0.5 * (len(edges) + 1)))
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _scores(old: Sample, new: Sample) -> dict[str, Any]:
    index = stability_index(old.scores, new.scores)
    # Were nothing changed, the index would be about chi-square times 1/n + 1/m.
    chance = float(chi2.ppf(0.99, _BINS - 1) * (1 / old.count + 1 / new.count))
    worry = _worry(index, max(PSI_LOOK, chance), max(PSI_ACT, chance))
    medians = [round(float(np.median(s.scores)), 4) for s in (old, new)]
    return {"stability_index": round(index, 4), "chance": round(chance, 4), "medians": medians, "worry": worry}


def _words(old: Sample, new: Sample) -> dict[str, Any]:
    known: frozenset[str] = frozenset().union(*old.words)
    counts = Counter(word for words in new.words for word in words - known)
    # Were nothing changed, all k messages with a word would be new ones with probability (share of the new)^k.
    by_chance = math.log(_RARE) / math.log(new.count / (new.count + old.count))
    enough = max(_RECURRING, math.ceil(by_chance))
    fresh = Counter({word: count for word, count in counts.items() if count >= enough})
    share = sum(not words.isdisjoint(fresh) for words in new.words) / new.count
    shown = [[word, count] for word, count in fresh.most_common(_SHOWN_WORDS)]
    worry = _worry(share, NOVELTY_LOOK, NOVELTY_ACT)
    return {"novelty": round(share, 4), "messages_a_word": enough, "new_words": shown, "worry": worry}


def _share(old: Sample, new: Sample, name: str, before: int, now: int) -> dict[str, Any]:
    table = [[before, old.count - before], [now, new.count - now]]
    moved = abs(now / new.count - before / old.count)
    by_chance = bool(fisher_exact(table).pvalue > 0.01)
    worry: Worry = "calm" if by_chance else _worry(moved, POINTS[name], 2 * POINTS[name])
    return {"old": rate(before, old.count), "new": rate(now, new.count), "worry": worry}


def _worry(value: float, look: float, act: float) -> Worry:
    return "act" if value >= act else "look" if value >= look else "calm"


def report_text(report: Mapping[str, Any]) -> str:
    """Conclusion first, then a line a figure and what it means."""
    heads = {
        "calm": "Nothing to worry about: the new messages are like the old ones.",
        "look": "Have a look: something has moved.",
        "act": "Act: the new messages are not those that the model was measured on.",
    }
    lines = [heads[report["worry"]]]
    if report["too_few"]:
        # Few messages that look alike prove nothing.
        lines = ["No shift shows, but there are too few messages to say."] if report["worry"] == "calm" else lines
        lines.append(f"One side has fewer than {_FEWEST} messages: only large shifts show.")
    for side in ("old", "new"):
        lines.append(f"{side}: {report[side]['rows']:,} messages; {report[side]['errors']:,} could not be assessed")
    scores, words = report["scores"], report["words"]
    lines += _lines("scores", scores, f"stability index {scores['stability_index']} (chance {scores['chance']})")
    share, times = words["novelty"], words["messages_a_word"]
    lines += _lines("words", words, f"{share:.1%} of messages have words that are new and came {times} times or more")
    if words["new_words"]:
        lines.append("       " + "、".join(f"{word} {count}" for word, count in words["new_words"]))
    for name in ("undecidable", "campaign", "scam_likely"):
        old, new = report[name]["old"], report[name]["new"]
        shares = [f"{r['rate']:.1%} ({r['hits']}/{r['of']}, 95% {r['low']:.1%}-{r['high']:.1%})" for r in (old, new)]
        lines += _lines(name, report[name], " → ".join(shares))
    return "\n".join(lines)


def _lines(name: str, figure: Mapping[str, Any], shown: str) -> list[str]:
    return [f"[{figure['worry']:4s}] {name}: {shown}", f"       {figure['meaning']}"]
