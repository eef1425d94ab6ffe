"""What an assessment is made of. Everything here is immutable and renders itself."""

import itertools
from dataclasses import dataclass, field, fields
from html import escape
from typing import Any, Final, Literal

from classifier.notice import Notice
from classifier.vocabulary import VERDICT_LABELS, DocumentKind, Severity, Stance, Verdict

Fact = Literal["sender", "creditor", "amount", "deadline", "payment", "contact", "reference"]


@dataclass(frozen=True, slots=True)
class Span:
    """`text` stands at `[start:end]` (code points) of the notice's own text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A catalogued sign against the notice; without spans it is something that is missing."""

    id: str
    label: str
    severity: Severity
    explanation: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class GreenFlag:
    """A catalogued sign that speaks for the notice. Signs can be forged; none proves anything."""

    id: str
    label: str
    explanation: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class CancelledFlag:
    """A red flag that is there and counts for nothing, with the reason."""

    id: str
    label: str
    reason: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SchemeGuess:
    """The family of domain fraud schemes that the notice resembles; probability in [0, 1]."""

    id: str
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money in yen and where it stands."""

    yen: int
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DueDate:
    """A limit: the day as ISO 8601, None where the words alone do not tell, and where they stand."""

    day: str | None
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ExtractedPlace:
    """`text[start:end]` of the notice says this fact."""

    fact: Fact
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """Facts read from the notice. Contacts are defanged: shown, never to be followed.

    `deadlines` are the notice's own words, `due_dates` the days they mean, `places` where every fact stands.
    """

    sender: str | None = None
    creditor: str | None = None
    amounts: tuple[Amount, ...] = ()
    deadlines: tuple[str, ...] = ()
    due_dates: tuple[DueDate, ...] = ()
    payment_methods: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    places: tuple[ExtractedPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A desk that can help, and for whom. `hours` is empty where the source names none."""

    name: str
    phone: str
    hours: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of advice rests: a document, its section, and the date it speaks for."""

    document: str
    section: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """One unit of advice, most urgent first within an assessment."""

    id: str
    topic: str
    title: str
    steps: tuple[str, ...]
    contacts: tuple[Contact, ...]
    because: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer would change what to do."""

    id: str
    text: str
    answers: tuple[str, ...] = ("yes", "no", "unknown")


@dataclass(frozen=True, slots=True)
class AnswerBy:
    """The last day to answer a possible 支払督促: ISO date, and the sentence to read out."""

    day: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What produced the assessment: hashes of model, rules and guidance."""

    model: str
    rules: str
    guidance: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """One notice, read: score, verdict, reasons in its own words, and what to do now.

    `score` is the calibrated probability in [0, 1] that the notice is a scam. `policy` names the row
    of the policy table that turned score, kind and flags into verdict and stance; the rules never
    change the score. `document_kind_probability` belongs to `document_kind`.
    """

    notice: Notice
    score: float
    verdict: Verdict
    stance: Stance
    document_kind: DocumentKind
    document_kind_probability: float
    scheme: SchemeGuess | None
    red_flags: tuple[RedFlag, ...]
    green_flags: tuple[GreenFlag, ...]
    cancelled_flags: tuple[CancelledFlag, ...]
    extracted: Extracted
    guidance: tuple[Guidance, ...]
    questions: tuple[Question, ...]
    cautions: tuple[str, ...]
    policy: str
    versions: Versions
    answer_by: AnswerBy | None = None
    verdict_label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict_label", VERDICT_LABELS[self.verdict])

    def to_dict(self) -> dict[str, Any]:
        """The assessment as JSON-ready fields (DESIGN.md, Assessment as JSON); without the text."""
        names = (
            "score",
            "verdict",
            "verdict_label",
            "stance",
            "document_kind",
            "document_kind_probability",
            "scheme",
            "red_flags",
            "green_flags",
            "cancelled_flags",
            "extracted",
            "guidance",
            "questions",
            "cautions",
            "answer_by",
            "policy",
            "versions",
        )
        return {name: _plain(getattr(self, name)) for name in names}

    @property
    def is_story(self) -> bool:
        """Whether somebody tells or asks, and demands nothing: a word on signs of a scam would mislead them."""
        return self.document_kind == "consultation" and self.verdict == "no_scam_signs"

    def segments(self) -> list[tuple[str, tuple[str, ...]]]:
        """The notice's text cut where flags begin and end: `[(piece, ids of its red flags), …]`.

        The pieces joined give the text back unchanged.
        """
        text = self.notice.text
        spans = [(s.start, s.end, flag.id) for flag in self.red_flags for s in flag.spans]
        cuts = sorted({0, len(text), *(p for start, end, _ in spans for p in (start, end))})
        return [
            (text[a:b], tuple(i for start, end, i in spans if start <= a and b <= end))
            for a, b in itertools.pairwise(cuts)
        ]

    def __repr__(self) -> str:
        flags = ", ".join(flag.label for flag in self.red_flags) or "-"
        return f"<Assessment {self.verdict_label} score={self.score:.3f} kind={self.document_kind} flags: {flags}>"

    def _repr_html_(self) -> str:
        """For notebooks: verdict, the text with flagged stretches marked, and what to do."""
        labels = {flag.id: flag.label for flag in self.red_flags}
        body = "".join(
            f'<mark title="{escape("・".join(labels[i] for i in ids))}">{escape(piece)}</mark>'
            if ids
            else escape(piece)
            for piece, ids in self.segments()
        )
        steps = "".join(
            f"<li><b>{escape(unit.title)}</b><br>{'<br>'.join(escape(step) for step in unit.steps)}</li>"
            for unit in self.guidance
        )
        return (
            f"<div><p><b>{escape(self.verdict_label)}</b> (詐欺の確率 {self.score:.1%})</p>"
            f'<pre style="white-space:pre-wrap">{body}</pre><ol>{steps}</ol></div>'
        )


def _plain(value: Any) -> Any:
    """Lists for tuples and dictionaries for the classes of this module; `asdict` would copy every string twice."""
    kind = type(value)
    if kind is tuple:
        return [item if type(item) in _PLAIN else _plain(item) for item in value]
    names = _FIELDS.get(kind)
    if names is None:
        return value
    return {name: item if type(item := getattr(value, name)) in _PLAIN else _plain(item) for name in names}


_PLAIN: Final = frozenset((str, int, float, bool, type(None)))
_FIELDS: Final = {
    kind: tuple(own.name for own in fields(kind))
    for kind in (
        Span, RedFlag, GreenFlag, CancelledFlag, SchemeGuess, Amount, DueDate, ExtractedPlace, Extracted, Contact,
        Source, Guidance, Question, AnswerBy, Versions,
    )
}  # fmt: skip
