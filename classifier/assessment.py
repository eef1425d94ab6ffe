"""From notices to assessments. The flow of DESIGN.md, in its order:

Notice ─ normalise ─ tokenise ─┬─ features ─ model ─ calibrate ─ score, scheme, kind
                               └─ red/green flags ─ policy ─ verdict, stance ─ guidance ─ Assessment
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, Literal, Self, cast

from classifier.bundle import DEFAULT_BUNDLE, open_bundle
from classifier.circumstances import circumstances, is_summons
from classifier.counter_evidence import cancel
from classifier.deadlines import deadline_for, today
from classifier.errors import BundleMismatch
from classifier.extract import extract
from classifier.flag_reader import FlagReader, Places
from classifier.green_flags import find_green_flags
from classifier.guidance import GuidanceBase
from classifier.knowledge import KNOWLEDGE
from classifier.model import Judgement, NoticeModel
from classifier.notice import Notice
from classifier.policy import Cutoffs, because, decide
from classifier.reading import Reading
from classifier.red_flags import Context, decided, find_red_flags
from classifier.result import AnswerBy, Assessment, SchemeGuess, Versions
from classifier.stories import told_receipt
from classifier.vocabulary import SCHEME_LABELS, Channel, DocumentKind
from classifier.why import Reason, reasons

RULES: Final = (
    "red_flags.toml",
    "green_flags.toml",
    "counter_evidence.toml",
    "policy.toml",
    "contacts.toml",
    "glyphs.toml",
    "payment_methods.toml",
)


class Assessor:
    """Judges notices with a trained model. `Assessor.load()` takes the shipped bundle.

    Safe to share between threads once made.
    """

    def __init__(
        self,
        model: NoticeModel,
        flag_reader: FlagReader,
        card: Mapping[str, Any],
        guidance: GuidanceBase,
        model_version: str,
    ) -> None:
        self._flag_reader = flag_reader
        self.card = dict(card)
        self.model = model
        self._cutoffs = Cutoffs(**card["cutoffs"])
        self._guidance = guidance
        self.versions = Versions(model=model_version, rules=rules_version(), guidance=guidance.version)

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The bundle at `path` (default: the shipped one).

        Raises BundleMissing, or BundleMismatch where a file or library differs from its manifest.
        """
        bundle = open_bundle(path or DEFAULT_BUNDLE)
        model, flag_reader = bundle.artefact("model"), bundle.artefact("flags")
        if not isinstance(model, NoticeModel) or not isinstance(flag_reader, FlagReader):
            raise BundleMismatch(f"{bundle.path}: holds no notice model; run `scam-notice train` to build it anew")
        return cls(model, flag_reader, bundle.card, GuidanceBase.load(), bundle.version)

    def assess(
        self,
        text: str,
        *,
        channel: Channel = "unknown",
        subject: str | None = None,
        sender: str | None = None,
        received_on: date | None = None,
        answers: dict[str, str] | None = None,
        prior: float | None = None,
        read_on: date | None = None,
    ) -> Assessment:
        """One notice: a batch of one. Raises InvalidNotice where nothing can be assessed."""
        notice = Notice(text, channel, subject, sender, received_on, answers or {})
        return self.assess_many([notice], prior=prior, read_on=read_on)[0]

    def assess_many(
        self, notices: Sequence[Notice], *, prior: float | None = None, read_on: date | None = None
    ) -> list[Assessment]:
        """Assessments in the order of the notices.

        `prior` is the share of scams where the notices come from, in (0, 1); None keeps the base rate
        that the score is stated for (model card). `read_on` is the day by which a deadline has passed or
        not, today in Japan where it is None; nothing else depends on it.
        """
        if not notices:
            return []
        day = read_on or today()
        readings = [Reading(notice) for notice in notices]
        judgement = self.model.judge(readings, prior=prior)
        scam = judgement.scores >= self._cutoffs.scam_likely
        read = self._flag_reader.read(readings, judgement.log_odds, judgement.kinds, scam)
        return [self._assess(reading, judgement, row, read[row], day) for row, reading in enumerate(readings)]

    def assess_frame(
        self,
        frame: Any,
        text: str = "text",
        *,
        channel: str | None = None,
        subject: str | None = None,
        sender: str | None = None,
        received_on: str | None = None,
        answers: str | None = None,
        read_on: date | None = None,
        shape: Literal["nested", "flat"] = "nested",
        prior: float | None = None,
        progress: bool | None = None,
    ) -> Any:
        """A pandas, polars or pyarrow table with the assessment's columns added: `frames.assess_frame`."""
        # One notice needs neither Arrow nor narwhals.
        from classifier.frames import assess_frame

        return assess_frame(
            self, frame, text=text, channel=channel, subject=subject, sender=sender, received_on=received_on,
            answers=answers, read_on=read_on, shape=shape, prior=prior, progress=progress,
        )  # fmt: skip

    def judge(self, notices: Sequence[Notice]) -> Judgement:
        """What the model alone says, with the probabilities of all kinds and schemes; for measuring."""
        return self.model.judge([Reading(notice) for notice in notices])

    def why(self, notice: Notice, count: int = 6) -> tuple[Reason, ...]:
        """The stretches that moved the score most, strongest first."""
        return reasons(self.model, notice, count)

    def _assess(self, reading: Reading, judgement: Judgement, row: int, read: Places, day: date) -> Assessment:
        score = float(judgement.scores[row])
        band = self._cutoffs.band(score)
        column = int(judgement.kinds[row].argmax())
        kind = cast(DocumentKind, self._kind_names[column])
        scheme = self._scheme(judgement, row) if score >= 0.5 else None

        # Signs that genuine notices show too are looked for where a scam is the likelier reading: asked earlier, they
        # doubled what was shown on genuine notices and found no more (datasets/TRIALS.md).
        context = Context(kind, suspicious=bool(judgement.log_odds[row] >= 0.0))
        found = decided(find_red_flags(reading, context), read, reading, context)
        green_flags = find_green_flags(reading)
        red_flags, cancelled = cancel(found, green_flags, reading, kind, band)

        facts = circumstances(reading, red_flags, green_flags)
        deadline = None if is_summons(reading) else _deadline(reading, facts, day)
        if deadline is not None and deadline.passed:
            facts |= {"deadline_passed"}
        flags = [flag.id for flag in red_flags]
        related = partial(self._guidance.related, reading.normalised.text)
        decision = decide(band, kind, scheme.id if scheme else None, flags, facts, reading.notice.answers, related)
        return Assessment(
            notice=reading.notice,
            score=score,
            verdict=decision.verdict,
            stance=decision.stance,
            document_kind=kind,
            document_kind_probability=float(judgement.kinds[row, column]),
            scheme=scheme if decision.verdict != "undecidable" else None,
            red_flags=red_flags,
            green_flags=green_flags,
            cancelled_flags=cancelled,
            extracted=extract(reading),
            guidance=self._guidance.select(decision.topics, because(decision.topics, flags)),
            questions=decision.questions,
            cautions=(*((deadline.text,) if deadline else ()), *decision.cautions),
            answer_by=deadline,
            policy=decision.row,
            versions=self.versions,
        )

    def _scheme(self, judgement: Judgement, row: int) -> SchemeGuess:
        column = int(judgement.schemes[row].argmax())
        name = self._scheme_names[column]
        return SchemeGuess(name, SCHEME_LABELS[name], float(judgement.schemes[row, column]))

    @cached_property
    def _kind_names(self) -> list[str]:
        return self.model.kind_names

    @cached_property
    def _scheme_names(self) -> list[str]:
        return self.model.scheme_names


def _deadline(reading: Reading, facts: frozenset[str], day: date) -> AnswerBy | None:
    """A day of receipt that has not come is a slip of the pen and gives no deadline; one that is told in the text
    counts before the one beside it, which may be the day of asking."""
    notice = reading.notice
    received_on = told_receipt(reading, day) or notice.received_on
    handed_over = notice.answers.get("special_delivery") == "yes" and "other_procedure" not in facts
    if "court_reply" not in facts and not handed_over:
        return None
    if received_on is None or received_on > day:
        return None
    deadline = deadline_for(received_on, day)
    return AnswerBy(deadline.day.isoformat(), deadline.passed, deadline.sentence)


def rules_version() -> str:
    """Twelve hexadecimal digits that stand for the curated rules."""
    digest = hashlib.sha256()
    for name in RULES:
        digest.update((KNOWLEDGE / name).read_bytes())
    return digest.hexdigest()[:12]
