"""From what the model said and what stands in the text to verdict, stance and advice.

The decisions are data (`knowledge/policy.toml`); this module finds the first row that fits, adds what flags and
circumstances call for, and applies the reader's answers. The score passes through untouched: the row's id says
what the policy did.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Any, Final

from classifier.circumstances import CIRCUMSTANCES
from classifier.errors import KnowledgeError
from classifier.knowledge import read_toml
from classifier.result import Question
from classifier.vocabulary import Band, DocumentKind, Stance, Verdict

# Ranks topics for the text at hand, best first; only those given may be named.
Related = Callable[[Collection[str]], Sequence[str]]

_BAND_VERDICT: Final[dict[Band, Verdict]] = {"high": "scam_likely", "middle": "suspicious", "low": "no_scam_signs"}
_DESKS: Final = "consult_desks"
_NEAR: Final = 3
_MOST: Final = 5
_MOST_ANSWERED: Final = 6
_MOST_QUESTIONS: Final = 3
_TABLES: Final = ("row", "addition", "answer", "question")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the table decided; `row` is the id of the row that did, `topics` the advice, most urgent first."""

    verdict: Verdict
    stance: Stance
    topics: tuple[str, ...]
    questions: tuple[Question, ...]
    cautions: tuple[str, ...]
    row: str


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Scores from which a notice is suspicious, and likely a scam."""

    suspicious: float
    scam_likely: float

    def band(self, score: float) -> Band:
        """Where a score lies."""
        if score >= self.scam_likely:
            return "high"
        return "middle" if score >= self.suspicious else "low"


@dataclass(frozen=True, slots=True)
class _Case:
    """All that rows may look at. `flags` holds only those that the table names, so that like cases are decided once."""

    band: Band
    kind: DocumentKind
    scheme: str | None
    flags: frozenset[str]
    facts: frozenset[str]
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    verdict: Verdict
    stance: Stance
    row: str
    topics: tuple[str, ...]


def decide(
    band: Band,
    kind: DocumentKind,
    scheme: str | None,
    flags: Collection[str],
    facts: Collection[str],
    answers: Mapping[str, str],
    related: Related | None = None,
) -> Decision:
    """The first row that fits, with its additions, changed by the reader's answers. Total: the last row fits all.

    `facts` are names of `circumstances`; `related` completes the rows that leave room for it.
    """
    given = tuple(sorted(answers.items()))
    case = _Case(band, kind, scheme, frozenset(flags) & _named_flags(), frozenset(facts), given)
    outcome = _outcome(case)
    topics = outcome.topics
    if related is not None and (wanted := _table_row(outcome.row).get("related")):
        topics = _completed(topics, wanted, related)
    if outcome.verdict in ("scam_likely", "suspicious"):  # 「目立ったしるしはありません」 would contradict it
        topics = tuple(dict.fromkeys("utility_lender_check" if t == "nothing_special" else t for t in topics))
    return Decision(
        verdict=outcome.verdict,
        stance=outcome.stance,
        topics=_agreeing(topics)[: _MOST_ANSWERED if answers else _MOST],
        questions=_questions(case),
        cautions=_cautions(outcome.verdict, case.facts),
        row=outcome.row,
    )


def because(topics: Sequence[str], flags: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By topic, those of the shown flags that call for it, in their order; none where the kind alone does."""
    causes: dict[str, list[str]] = _table()["because"]
    return {topic: tuple(flag for flag in flags if flag in causes.get(topic, ())) for topic in topics}


@lru_cache(maxsize=8192)
def _outcome(case: _Case) -> _Outcome:
    row = next(_fitting("row", case))
    verdict: Verdict = row.get("verdict", _BAND_VERDICT[case.band])
    stance: Stance = row["stance"]
    topics = [*(row.get("link_topics", []) if "has_link" in case.facts else []), *row["topics"]]
    if "has_link" not in case.facts:
        topics = [topic for topic in topics if topic != "do_not_open_link"]
    topics = list(dict.fromkeys(topics))
    desks_near = _DESKS in topics[:_NEAR]
    for addition in _fitting("addition", case):
        added = addition["topics"]
        kept = [topic for topic in topics if topic not in added or topics.index(topic) < addition["place"]]
        topics = [*kept[: addition["place"]], *(t for t in added if t not in kept), *kept[addition["place"] :]]
    if desks_near and _DESKS not in topics[:_NEAR]:  # whom to ask is read by those who read three lines
        topics = [topic for topic in topics if topic != _DESKS]
        topics.insert(_NEAR - 1, _DESKS)
    answers = dict(case.answers)
    for change in _fitting("answer", case) if answers else ():
        if answers.get(change["question"]) == change["answer"]:
            stance, verdict = change.get("stance", stance), change.get("verdict", verdict)
            rest = (t for t in topics if t not in change.get("drop", ()))
            topics = list(dict.fromkeys((*change.get("topics_first", ()), *rest)))
    return _Outcome(verdict, stance, row["id"], tuple(topics))


def _completed(topics: Sequence[str], wanted: Mapping[str, Any], related: Related) -> tuple[str, ...]:
    """The topics of a row with those found in the text at their place.

    A topic that heads a chain brings its chain: who disputes a loan also pays not one yen and asks the bureaus.
    """
    rules = _table()["retrieval"]
    best, *others = related(wanted["among"]) or ("",)
    others = [t for t in others if t not in rules["only_as_best"] and [best, t] not in rules["apart"]]
    found = [t for t in (best, *others) if t][: wanted["most"]]
    for earlier, later in rules["before"]:
        if earlier in found and later in found[: found.index(earlier)]:
            found.remove(earlier)
            found.insert(found.index(later), earlier)
    for chain in _table()["chain"]:
        if found and found[0] == chain["topics"][0]:
            found = [*chain["topics"], *found[1:]]
    place = wanted["place"]
    return tuple(dict.fromkeys((*topics[:place], *found, *topics[place:])))


@lru_cache(maxsize=8192)
def _agreeing(topics: tuple[str, ...]) -> tuple[str, ...]:
    """Without those that contradict an earlier one: who is told not to call is not told to dispute the debt."""
    kept: list[str] = []
    for topic in topics:
        if not any({topic, other} == set(pair) for other in kept for pair in _table()["contradiction"]["pairs"]):
            kept.append(topic)
    return tuple(kept)


def _fitting(table: str, case: _Case) -> Iterator[dict[str, Any]]:
    """The rows of a table that fit, in order."""
    for row, flags, facts, not_facts in _rows(table, case.band, case.kind, case.scheme):
        if (
            (flags is None or not flags.isdisjoint(case.flags))
            and facts <= case.facts
            and not_facts.isdisjoint(case.facts)
        ):
            yield row


@cache
def _rows(
    table: str, band: Band, kind: DocumentKind, scheme: str | None
) -> list[tuple[dict[str, Any], frozenset[str] | None, frozenset[str], frozenset[str]]]:
    """Those that band, kind and scheme let fit, each with the flags, facts and absent facts that it asks for."""
    return [
        (
            row,
            frozenset(row["any_flag"]) if "any_flag" in row else None,
            frozenset(row.get("facts", ())),
            frozenset(row.get("not_facts", ())),
        )
        for row in _table()[table]
        if band in row.get("band", (band,))
        and kind in row.get("kinds", (kind,))
        and kind not in row.get("not_kinds", ())
        and scheme in row.get("schemes", (scheme,))
    ]


@lru_cache(maxsize=8192)
def _questions(case: _Case) -> tuple[Question, ...]:
    """Those that fit and whose answer would change the stance or what to do first; at most three."""
    asked = (q for q in _fitting("question", case) if _matters(q["id"], case))
    return tuple(Question(q["id"], q["text"]) for q in islice(asked, _MOST_QUESTIONS))


def _matters(question: str, case: _Case) -> bool:
    others = tuple(pair for pair in case.answers if pair[0] != question)

    def told(*answer: str) -> tuple[Stance, str]:
        given = tuple(sorted((*others, *((question, a) for a in answer))))
        outcome = _outcome(_Case(case.band, case.kind, case.scheme, case.flags, case.facts, given))
        return outcome.stance, outcome.topics[0]

    return any(told(answer) != told() for answer in ("yes", "no"))


def _cautions(verdict: Verdict, facts: Collection[str]) -> tuple[str, ...]:
    texts: dict[str, str] = _table()["caution"]
    names = ["despair", "provisional_execution", "old_debt", "old_paper"]
    names.insert(1, "printed_deadline" if "printed_deadline" in facts else "court_reply")
    said = dict.fromkeys(texts[name] for name in names if name in facts)
    return (*said, *(texts[name] for name in (verdict, "personal_data") if name in texts))


@cache
def _table() -> dict[str, Any]:
    table = read_toml("policy.toml")
    for row in (row for name in _TABLES for row in table[name]):
        for fact in (*row.get("facts", ()), *row.get("not_facts", ())):
            if fact not in CIRCUMSTANCES:
                raise KnowledgeError(f"policy.toml: {row.get('id', row)} asks for unknown fact {fact!r}")
    return table


@cache
def _table_row(row: str) -> dict[str, Any]:
    return next(r for r in _table()["row"] if r["id"] == row)


@cache
def _named_flags() -> frozenset[str]:
    return frozenset(flag for name in _TABLES for row in _table()[name] for flag in row.get("any_flag", ()))
