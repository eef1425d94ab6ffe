"""What the policy table must never do, as rules over its decisions, and the walk over all of its combinations.

The rules are those of the domain briefing (§4) and of the design's "do no harm". `walk` goes through every band,
kind, scheme and flag that the table tells apart, every set of up to `most` circumstances, and every answer;
`broken` names the rules that a decision breaks. `scam-notice guidance --prove` runs the whole walk; the tests run a
smaller one.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Final

from classifier.circumstances import CIRCUMSTANCES
from classifier.guidance import GuidanceBase
from classifier.knowledge import read_toml
from classifier.policy import Decision, decide
from classifier.vocabulary import DOCUMENT_KINDS, STANCES, VERDICT_LABELS, Band, DocumentKind

BANDS: Final[tuple[Band, ...]] = ("high", "middle", "low")
# What may be a genuine paper of an authority, lender or supplier, as opposed to bait or private words.
PAPERS: Final = frozenset(
    (
        "court_paper",
        "tax_notice",
        "pension_notice",
        "government_notice",
        "utility_bill",
        "lender_demand",
        "collector_letter",
        "lawyer_letter",
        "invoice",
    )
)
_ABOUT: Final = ("warning_article", "consultation")
_TABLES: Final = ("row", "addition", "answer", "question")


@dataclass(frozen=True, slots=True)
class Situation:
    """One combination of all that the table looks at."""

    band: Band
    kind: DocumentKind
    scheme: str | None
    flags: tuple[str, ...]
    facts: frozenset[str]
    answers: tuple[tuple[str, str], ...]

    def decide(self) -> Decision:
        """What the table says of it."""
        return decide(self.band, self.kind, self.scheme, self.flags, self.facts, dict(self.answers))


def walk(most: int = 2) -> Iterator[Situation]:
    """Every situation with up to `most` circumstances and at most one answer, and two answers without circumstances.

    Schemes and flags are walked one at a time: no row asks for two of them together.
    """
    table = read_toml("policy.toml")
    schemes = sorted({scheme for row in _entries(table) for scheme in row.get("schemes", ())})
    flags = sorted({flag for row in _entries(table) for flag in row.get("any_flag", ())})
    signs: list[tuple[str | None, tuple[str, ...]]] = [(None, ()), ("litigation_postcard", ())]
    signs += [*((scheme, ()) for scheme in schemes), *((None, (flag,)) for flag in flags)]
    answers = _answers(table, 1)
    sizes = range(most + 1)
    facts = [frozenset(held) for size in sizes for held in combinations(CIRCUMSTANCES, size) if possible(held)]
    for band, kind, (scheme, flag), held, given in product(BANDS, DOCUMENT_KINDS, signs, facts, answers):
        yield Situation(band, kind, scheme, flag, held, given)
    for band, kind, (scheme, flag), given in product(BANDS, DOCUMENT_KINDS, signs, _answers(table, 2)):
        yield Situation(band, kind, scheme, flag, frozenset(), given)


def possible(facts: Collection[str]) -> bool:
    """Whether a text can show these together: one procedure's period excludes the other's, a summons is answered."""
    held = set(facts)
    if "court_reply" in held:
        return "other_procedure" not in held
    return "printed_deadline" not in held


def _answers(table: Mapping[str, Any], count: int) -> list[tuple[tuple[str, str], ...]]:
    questions = sorted({question["id"] for question in table["question"]})
    chosen: list[tuple[tuple[str, str], ...]] = [()] if count == 1 else []
    for asked in combinations(questions, count):
        chosen += [tuple(zip(asked, given, strict=True)) for given in product(("yes", "no", "unknown"), repeat=count)]
    return chosen


def _entries(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (row for name in _TABLES for row in table[name])


def broken(situation: Situation, decision: Decision, base: GuidanceBase) -> list[str]:
    """The rules that the decision breaks, in words; empty where it is sound."""
    return [rule for rule, holds in _rules(situation, decision, base).items() if not holds]


def _rules(situation: Situation, decision: Decision, base: GuidanceBase) -> dict[str, bool]:
    facts, topics, answers = situation.facts, decision.topics, dict(situation.answers)
    ignored = decision.stance == "do_not_respond"
    paper = situation.kind in PAPERS
    clear = bool({"clear_sign", "fake_court_sign"} & facts) or bool(situation.flags)
    about = situation.kind in _ABOUT or "reader_tells" in facts
    fake_court = situation.band == "high" and "fake_court_sign" in facts
    article = situation.kind == "warning_article" and situation.band != "high"
    possible_order = "court_reply" in facts and ("court_form" in facts or not (fake_court or article))
    time = "期日" if "printed_deadline" in facts else "2週間"
    first = topics[0]
    numbers = {desk.phone for topic in topics for desk in base.unit(topic).contacts}
    return {
        "verdict and stance are known words": decision.verdict in VERDICT_LABELS and decision.stance in STANCES,
        "three to five units, six after answers": 3 <= len(topics) <= (6 if answers else 5) or bool(answers),
        "no unit twice": len(topics) == len(set(topics)),
        "at most three questions": len(decision.questions) <= 3,
        "188 and #9110 are within reach": {"188", "#9110"} <= numbers,
        "a genuine-looking paper is never ignored": not (paper and situation.band == "low" and ignored),
        "a doubtful paper without a clear sign is never ignored": not (
            paper and situation.band == "middle" and not clear and situation.scheme is None and ignored
        ),
        "a paper that looks complete is never ignored": not (
            paper and situation.kind != "court_paper" and "well_formed" in facts and not situation.flags and ignored
        ),
        "a lender's, collector's, lawyer's, utility's or office's paper is ignored only at a clear sign": not (
            paper
            and situation.kind != "court_paper"
            and ignored
            and not clear
            and situation.scheme not in ("mynumber_harvest",)
        ),
        "a possible payment order gets its answer first": not possible_order
        or (first == "court_real_objection" and decision.stance == "answer_by_deadline"),
        "its time is said": not possible_order or any(time in caution for caution in decision.cautions),
        "an objection is asked only where two weeks may run": "court_real_objection" not in topics
        or "court_reply" in facts
        or answers.get("special_delivery") == "yes",
        "a passed deadline leads on": not (possible_order and "deadline_passed" in facts)
        or "court_deadline_passed" in topics,
        "a doubtful court paper comes with the way to make sure": not (
            situation.kind == "court_paper" and situation.band != "low"
        )
        or bool({"court_fake", "court_paper_check"} & set(topics))
        or bool({"thin", "not_japanese"} & facts),
        "what was handed over by the post is answered": answers.get("special_delivery") != "yes"
        or (decision.stance == "answer_by_deadline" and first in ("court_real_objection", "court_paper_check")),
        "blackmail is not answered": not (situation.kind == "blackmail" and situation.band != "low")
        or ignored
        or bool({"court_reply", "court_form", "court_document", "thin", "not_japanese"} & facts)
        or bool({"special_delivery", "court_sender"} & {q for q, a in answers.items() if a == "yes"}),
        "who has paid is told first what to stop": answers.get("already_acted") != "yes"
        or "already_paid" in topics[: 6 if "court_reply" in facts or len(answers) > 1 else 1],
        "nobody is told not to call who may hear from a real sender": not (
            situation.band == "low" and not about and "fictitious_do_not_contact" in topics
        ),
        "no paper of a tax or pension office is called not owed": not (
            situation.kind in ("tax_notice", "pension_notice", "court_paper")
            and {"not_your_debt", "not_one_yen"} & set(topics)
        ),
        "nothing said contradicts": not any(
            set(pair) <= set(topics) for pair in read_toml("policy.toml")["contradiction"]["pairs"]
        ),
    }
