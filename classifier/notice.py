"""The received text and the rules for what can be assessed at all."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from classifier.errors import InvalidNotice
from classifier.vocabulary import CHANNELS, Channel

MAX_CHARACTERS: Final = 100_000
MAX_HEADER: Final = 1_000
ANSWERS: Final = ("yes", "no", "unknown")
# 2026-11-22, 2026/11/22, 2026年11月22日; full-width digits are folded before.
_DATE: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


def read_date(typed: str) -> dt.date | None:
    """`"２０２６/11/22"` → 2026-11-22; None where it is no day."""
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", typed))
    if match is None:
        return None
    try:
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Notice:
    """One received text.

    `text` is what the receiver pasted, unchanged; every span of an assessment is a half-open range
    of code points in it. `answers` maps question ids to "yes", "no" or "unknown". Raises
    InvalidNotice where nothing can be assessed: no visible text, over `MAX_CHARACTERS`, a lone
    surrogate (not text), an unknown channel, a field of the wrong type.
    """

    text: str
    channel: Channel = "unknown"
    subject: str | None = None
    sender: str | None = None
    received_on: dt.date | None = None
    answers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise InvalidNotice(
                "text_not_string", f"本文は文字列で渡してください({type(self.text).__name__}が渡されました)。"
            )
        if len(self.text) > MAX_CHARACTERS:
            raise InvalidNotice(
                "text_too_long",
                f"本文が長すぎます({len(self.text):,}文字)。{MAX_CHARACTERS:,}文字以内に分けてください。",
            )
        _require_unicode("text", self.text)
        if not any(_visible(character) for character in self.text):
            raise InvalidNotice("text_empty", "本文がありません。届いた文章を貼り付けてください。")
        if self.channel not in CHANNELS:
            raise InvalidNotice("unknown_channel", f"channelは{'・'.join(get_args(Channel))}のどれかにしてください。")
        for name in ("subject", "sender"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise InvalidNotice(f"{name}_not_string", f"{name}は文字列で渡してください。")
            if value is not None:
                if len(value) > MAX_HEADER:
                    raise InvalidNotice(
                        f"{name}_too_long", f"{name}が長すぎます。{MAX_HEADER:,}文字以内にしてください。"
                    )
                _require_unicode(name, value)
        if self.received_on is not None and not isinstance(self.received_on, dt.date):
            raise InvalidNotice("received_on_not_date", "received_onは日付で渡してください(例 2026-11-22)。")
        if not isinstance(self.answers, dict):
            raise InvalidNotice("answers_not_object", "answersは質問のidと答えの組で渡してください。")
        for key, value in self.answers.items():
            if not isinstance(key, str) or value not in ANSWERS:
                raise InvalidNotice("bad_answer", "answersの答えはyes・no・unknownのどれかにしてください。")

    @classmethod
    def from_mapping(cls, raw: dict[str, Any]) -> "Notice":
        """A notice from JSON-like fields; `received_on` may be an ISO date, or one that `read_date` reads.

        Unknown keys are ignored.
        """
        received = raw.get("received_on")
        if isinstance(received, str):
            try:
                received = read_date(received) or dt.date.fromisoformat(received)
            except ValueError as error:
                raise InvalidNotice("received_on_not_date", "received_onは2026-11-22の形で渡してください。") from error
        channel = raw.get("channel")
        answers = raw.get("answers")
        return cls(
            text=raw.get("text", ""),
            channel="unknown" if channel is None else channel,
            subject=raw.get("subject"),
            sender=raw.get("sender"),
            received_on=received,
            answers={} if answers is None else answers,
        )


def _require_unicode(name: str, value: str) -> None:
    """A lone surrogate is half a character: no encoding can write it down."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidNotice(
            f"{name}_not_unicode",
            f"{name}の{error.start + 1}文字目が文字として読めません。もう一度コピーしてください。",
        ) from error


def _visible(character: str) -> bool:
    return character.isprintable() and not character.isspace() and character not in "\u00ad\u2800\u3164\uffa0"
