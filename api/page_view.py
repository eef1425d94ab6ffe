"""An assessment as the result page shows it: which words lead, where the numbered marks stand."""

import re
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from api.guidance_base import guidance_base
from api.templating import API
from classifier.result import Assessment, Contact, Guidance, Question, Source, Span
from classifier.vocabulary import Severity
from classifier.why import MAX_CHARACTERS, Reason

# The words of the page: verdict.<verdict>, stance.<stance>, likelihood = [{from, words}, …].
WORDING: Final[dict[str, Any]] = tomllib.loads((API / "wording.toml").read_text(encoding="utf-8"))
ANSWER_LABELS: Final = {"yes": "はい", "no": "いいえ", "unknown": "わからない"}
_GRAVEST_FIRST: Final[tuple[Severity, ...]] = ("strong", "medium", "weak")
_QUOTES_SHOWN: Final = 3
# "188", "#9110", "0570-078374": a number that a telephone can call as it stands.
_DIALABLE: Final = re.compile(r"#?[0-9][0-9-]{1,14}")

_YEAR_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the notice. `severity` is that of its gravest flag; None is plain text.

    `numbers` names the reasons that end here, "1・3", and is empty inside a longer stretch.
    """

    text: str
    severity: Severity | None
    numbers: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Where a flag was found, in the notice's words; `more` counts the places not shown."""

    texts: tuple[str, ...]
    more: int


class ResultView:
    """Reads an assessment for `result.html`; decides nothing."""

    def __init__(self, assessment: Assessment, why: tuple[Reason, ...] | None = None, *, stored: bool = False) -> None:
        self.assessment = assessment
        self.why = why
        self.stored = stored
        story = assessment.is_story
        self.narrated = assessment.document_kind == "consultation"
        self.verdict: dict[str, str] = WORDING["story"] if story else WORDING["verdict"][assessment.verdict]
        self.title: str = self.verdict["title"] if story else assessment.verdict_label
        self.stance: dict[str, str] = WORDING["stance"][assessment.stance]
        if self.narrated:  # no paper lies before somebody who tells of a telephone call
            self.verdict = self.verdict | WORDING["story"].get(assessment.verdict, {})
            self.stance = self.stance | WORDING["story"].get(assessment.stance, {})
        self.answers = {question.id: assessment.notice.answers.get(question.id) for question in assessment.questions}

    @property
    def too_long_for_why(self) -> int:
        """The most characters that reasons are computed for where the notice has more, else 0."""
        return MAX_CHARACTERS if len(self.assessment.notice.text) > MAX_CHARACTERS else 0

    @property
    def likelihood(self) -> str:
        """0.993 → "とても高い"."""
        bands = WORDING["likelihood"]
        return next(str(band["words"]) for band in bands if self.assessment.score >= band["from"])

    @property
    def percent(self) -> str:
        """0.993 → "99%以上"."""
        return percent(self.assessment.score)

    def guidance(self) -> list[tuple[Guidance, list[Contact]]]:
        """Each unit with the desks no earlier unit has named: nearly every unit ends with 188."""
        named: set[str] = set()
        units = []
        for unit in self.assessment.guidance:
            fresh = [contact for contact in unit.contacts if contact.phone not in named]
            named.update(contact.phone for contact in fresh)
            units.append((unit, fresh))
        return units

    def sources(self, unit: Guidance) -> list[str]:
        """`["解説記事…「相談窓口」「放置のリスク」(2023年8月)", …]`, one line a document."""
        sections: dict[tuple[str, str], list[str]] = {}
        for source in unit.sources:
            sections.setdefault((source.document, source.as_of), []).append(source.section)
        return [
            WORDING["document"].get(document, document)
            + "".join(f"「{section}」" for section in names if section)
            + (f"({_YEAR_MONTH.sub(_in_words, as_of)})" if as_of else "")
            for (document, as_of), names in sections.items()
        ]

    def facts_of(self, unit: Guidance) -> list[str]:
        """What the unit rests on, a sentence each: the fuller form beside its short steps."""
        base = guidance_base()
        return [fact.fact for fact in base.facts_of(base.unit(unit.topic))] if unit.topic in base.topics else []

    def pieces(self) -> list[Piece]:
        """The text in stretches; joined, they are what was pasted.

        One sweep, not `Assessment.segments`, whose time grows with the square of the spans: a page of
        30,000 times 「本日中」 must not hold a thread for minutes.
        """
        text = self.assessment.notice.text
        steps: dict[int, list[tuple[int, int]]] = {0: [], len(text): []}  # place → (rank, opens +1 or closes -1)
        ends: dict[int, list[int]] = {}
        for number, flag in enumerate(self.assessment.red_flags, 1):
            rank = _GRAVEST_FIRST.index(flag.severity)
            for span in flag.spans:
                steps.setdefault(span.start, []).append((rank, 1))
                steps.setdefault(span.end, []).append((rank, -1))
                ends.setdefault(span.end, []).append(number)
        open_spans = [0] * len(_GRAVEST_FIRST)
        pieces = []
        for start, end in pairwise(sorted(steps)):
            for rank, step in steps[start]:
                open_spans[rank] += step
            severity = next((s for s, count in zip(_GRAVEST_FIRST, open_spans, strict=True) if count), None)
            numbers = "・".join(map(str, dict.fromkeys(ends.get(end, ()))))
            pieces.append(Piece(text[start:end], severity, numbers))
        return pieces

    def moved(self, reason: Reason) -> str:
        """How much a stretch moved the score, in words: log odds of 2 turn 50 % into 88 %."""
        size = abs(reason.effect)
        degree = "とても" if size >= 2 else "少し" if size < 0.7 else ""
        return degree + ("上げた" if reason.effect > 0 else "下げた")

    def quote(self, spans: tuple[Span, ...]) -> Quote:
        """The first few different places of a flag."""
        texts = tuple(dict.fromkeys(span.text for span in spans))
        return Quote(texts[:_QUOTES_SHOWN], max(0, len(texts) - _QUOTES_SHOWN))

    def tel(self, phone: str) -> str | None:
        """The `tel:` address of a public desk; None if it cannot be dialled."""
        return tel(phone)

    def options(self, question: Question) -> list[tuple[str, str]]:
        """`[("yes", "はい"), …]`"""
        return [(answer, ANSWER_LABELS.get(answer, answer)) for answer in question.answers]

    def asked(self) -> list[Question]:
        """The questions that nobody has answered yet."""
        return [question for question in self.assessment.questions if self.answers[question.id] is None]

    def told(self) -> list[tuple[Question, str]]:
        """Those that were answered, with the answer in words; 「わからない」 is an answer too."""
        given = ((question, self.answers[question.id]) for question in self.assessment.questions)
        return [(question, ANSWER_LABELS[answer]) for question, answer in given if answer is not None]

    @property
    def answers_count(self) -> bool:
        """Whether answers stand beside the text: the score knows the text alone."""
        return any(answer != "unknown" for answer in self.assessment.notice.answers.values())

    def carried_answers(self) -> dict[str, str]:
        """Answers given before to questions that are no longer asked; the form sends them along."""
        return {id_: answer for id_, answer in self.assessment.notice.answers.items() if id_ not in self.answers}


def tel(phone: str) -> str | None:
    """ "#9110" → "tel:%239110"; None for what is no number."""
    return f"tel:{phone.replace('#', '%23')}" if _DIALABLE.fullmatch(phone) else None


def source_in_words(source: Source) -> str:
    """「解説記事…「相談窓口」(2023年8月)」"""
    section = f"「{source.section}」" if source.section else ""
    as_of = f"({_YEAR_MONTH.sub(_in_words, source.as_of)})" if source.as_of else ""
    return f"{WORDING['document'].get(source.document, source.document)}{section}{as_of}"


def percent(score: float) -> str:
    """0.993 → "99%以上". Never 0% or 100%: no text alone is that sure."""
    if score >= 0.99:
        return "99%以上"
    if score < 0.01:
        return "1%未満"
    return f"約{round(score * 100)}%"


def _in_words(match: re.Match[str]) -> str:
    """2023-08 → 2023年8月"""
    return f"{match[1]}年{int(match[2])}月"
