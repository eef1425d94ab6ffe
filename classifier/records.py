"""Assessments as fields beside a row's own.

Files, frames and clusters share this: one row in, the same row with more fields out.
"""

import datetime as dt
import types
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Final, Literal, Protocol, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from classifier.columns import Columns
from classifier.errors import InvalidNotice
from classifier.notice import Notice
from classifier.result import Assessment
from classifier.rows import Row

Shape = Literal["nested", "flat"]
ERROR: Final = "error"
_FLAT: Final = pa.schema(
    [
        ("score", pa.float64()),
        ("verdict", pa.string()),
        ("verdict_label", pa.string()),
        ("stance", pa.string()),
        ("document_kind", pa.string()),
        ("scheme", pa.string()),
        ("scheme_probability", pa.float64()),
        ("red_flags", pa.string()),
        ("red_flag_words", pa.string()),
        ("green_flags", pa.string()),
        ("guidance", pa.string()),
        ("answer_by", pa.string()),
        ("policy", pa.string()),
        ("model_version", pa.string()),
        (ERROR, pa.string()),
    ]
)


class Judge(Protocol):
    """What assesses notices: an Assessor, or a stand-in in a test."""

    def assess_many(
        self, notices: Sequence[Notice], *, prior: float | None = None, read_on: dt.date | None = None
    ) -> list[Assessment]:
        """Assessments in the order of the notices."""


@dataclass(slots=True)
class Summary:
    """What a run came to: `errors` are rows without an assessment, `undated` those of which only the day is lost."""

    rows: int = 0
    errors: int = 0
    undated: int = 0
    resumed: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    schemes: Counter[str] = field(default_factory=Counter)
    columns: set[str] = field(default_factory=set)

    @property
    def undecidable(self) -> int:
        """Rows that the text alone cannot decide."""
        return self.verdicts["undecidable"]

    def count(self, added: Mapping[str, Any]) -> None:
        """Counts what was added to one row."""
        self.rows += 1
        if "verdict" not in added:
            self.errors += 1
            return
        self.undated += ERROR in added
        self.verdicts[str(added["verdict"])] += 1
        scheme = added["scheme"]
        if scheme is not None:
            self.schemes[str(scheme["id"] if isinstance(scheme, Mapping) else scheme)] += 1

    def add(self, other: "Summary") -> None:
        """Adds what another run, or part of this one, came to."""
        self.rows += other.rows
        self.errors += other.errors
        self.undated += other.undated
        self.resumed += other.resumed
        self.verdicts += other.verdicts
        self.schemes += other.schemes
        self.columns |= other.columns


def added_fields(
    judge: Judge,
    rows: Sequence[Row],
    columns: Columns,
    shape: Shape = "nested",
    prior: float | None = None,
    read_on: dt.date | None = None,
) -> list[dict[str, Any]]:
    """What each row gets: the fields of its assessment, or `error` where it cannot be assessed. In order.

    A day of receipt that cannot be read costs the row its day alone: it gets the assessment and `error`.
    """
    notices: list[Notice | None] = []
    errors: list[str | None] = []
    for row in rows:
        notice, error = None, row.error
        if error is None:
            try:
                notice = columns.notice(row.fields)
                error = columns.unread_day(row.fields)
            except InvalidNotice as problem:
                error = f"{problem.code}: {problem}"
        notices.append(notice)
        errors.append(error)
    write = flat if shape == "flat" else Assessment.to_dict
    whole = [notice for notice in notices if notice is not None]
    assessments = iter(judge.assess_many(whole, prior=prior, read_on=read_on))
    return [
        ({} if notice is None else write(next(assessments))) | ({} if error is None else {ERROR: error})
        for notice, error in zip(notices, errors, strict=True)
    ]


def beside(own: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its new fields. A name that the row already uses stays the row's."""
    return {**own, **{free_name(name, own): value for name, value in added.items()}}


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or with `assessed_` in front as often as it takes: score -> assessed_score."""
    while name in taken:
        name = f"assessed_{name}"
    return name


def flat(assessment: Assessment) -> dict[str, Any]:
    """One value a column, lists as words with commas between: for spreadsheets and grouping."""
    scheme = assessment.scheme
    words = [span.text for flag in assessment.red_flags for span in flag.spans]
    return {
        "score": assessment.score,
        "verdict": assessment.verdict,
        "verdict_label": assessment.verdict_label,
        "stance": assessment.stance,
        "document_kind": assessment.document_kind,
        "scheme": scheme.id if scheme else None,
        "scheme_probability": scheme.probability if scheme else None,
        "red_flags": ",".join(flag.id for flag in assessment.red_flags),
        "red_flag_words": " / ".join(" ".join(word.split()) for word in words),
        "green_flags": ",".join(flag.id for flag in assessment.green_flags),
        "guidance": ",".join(unit.id for unit in assessment.guidance),
        "answer_by": assessment.answer_by.day if assessment.answer_by else None,
        "policy": assessment.policy,
        "model_version": assessment.versions.model,
    }


@cache
def added_schema(shape: Shape = "nested") -> pa.Schema:
    """Names and Arrow types of what a row gets, `error` last; nested fields as lists and structs."""
    if shape == "flat":
        return _FLAT
    hints = get_type_hints(Assessment)
    names = [f.name for f in fields(Assessment) if f.name not in ("notice", "verdict_label")]
    names.insert(names.index("verdict") + 1, "verdict_label")
    return pa.schema([*((name, _arrow(hints[name])) for name in names), (ERROR, pa.string())])


_SIMPLE: Final[dict[object, Callable[[], pa.DataType]]] = {
    str: pa.string,
    float: pa.float64,
    int: pa.int64,
    bool: pa.bool_,
}


def _arrow(hint: Any) -> pa.DataType:
    """The Arrow type of a field of a result class."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]()
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return pa.string()
    if origin in (Union, types.UnionType):
        return _arrow(next(argument for argument in arguments if argument is not type(None)))
    if origin is tuple:
        return pa.list_(_arrow(arguments[0]))
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return pa.struct([(f.name, _arrow(hints[f.name])) for f in fields(hint)])
    raise TypeError(f"no Arrow type for {hint}")
