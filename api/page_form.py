"""What a person typed into the page, kept so that nothing typed is lost to an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from api.files import ReadFile
from classifier.errors import InvalidNotice
from classifier.notice import ANSWERS, MAX_HEADER, Notice, read_date
from classifier.vocabulary import CHANNELS, Channel

CHANNEL_LABELS: Final[dict[Channel, str]] = {
    "postcard": "はがき",
    "letter": "封書・手紙",
    "sms": "SMS",
    "email": "メール",
    "popup": "画面の表示",
    "chat": "チャット・LINE",
    "unknown": "わからない",
}
_ANSWER_FIELD: Final = re.compile(r"answer_([a-z0-9_]{1,60})")
TOO_LONG: Final = "文章が長すぎます。大事なところだけを貼り付けてください(100,000文字まで)。"
# The library's messages name JSON fields; these speak to someone looking at a form.
_MESSAGES: Final = {
    "text_empty": "文章がありません。届いた文章を、ここに貼り付けてください。",
    "text_not_unicode": "読めない文字があります。もう一度コピーして、貼り付けてください。",
    "text_too_long": TOO_LONG,
}
NO_FILE: Final = "ファイルがないか、中が空です。ファイルを選んでから、「ファイルを読む」を押してください。"
_UNREAD_FILE: Final = "ファイルは、まだ読んでいません。もう一度選んで、「ファイルを読む」を押してください。"
_DATE_MESSAGE: Final = "日付を読めません。例のように書いてください。例: 2026-11-22"


@dataclass(slots=True)
class PageForm:
    """The fields as typed; `notice()` fills `errors` (field → message) and `status`."""

    text: str = ""
    channel: str = "unknown"
    received_on: str = ""
    subject: str = ""
    sender: str = ""
    why: bool = False
    store: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    chosen: bool = False  # a file was chosen; its name alone came along
    file: ReadFile | None = None
    added: bool = False  # the file's text stands below text that was there before
    errors: dict[str, str] = field(default_factory=dict)
    status: int = 200

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "PageForm":
        """From the submitted fields; unknown ones are ignored."""
        answers = {
            match[1]: value
            for name, value in fields.items()
            if (match := _ANSWER_FIELD.fullmatch(name)) and value in ANSWERS
        }
        # Browsers send every line break of a textarea as CRLF; what was pasted had LF.
        text = fields.get("text", "").replace("\r\n", "\n")
        return cls(
            text=text,
            channel=fields.get("channel", "unknown"),
            received_on=fields.get("received_on", "").strip(),
            subject=fields.get("subject", "")[:MAX_HEADER],
            sender=fields.get("sender", "")[:MAX_HEADER],
            why="why" in fields,
            store="store" in fields,
            answers=answers,
            chosen=bool(fields.get("file")),
        )

    def with_file(self, file: ReadFile) -> Self:
        """With what a file says, to be looked through before it is sent; the second photograph of a letter is added."""
        self.added = bool(self.text.strip())
        self.text = f"{self.text.rstrip()}\n\n{file.text}" if self.added else file.text
        self.channel = file.channel if file.channel != "unknown" else self.channel
        self.subject, self.sender = file.subject or self.subject, file.sender or self.sender
        self.file = file
        return self

    def notice(self) -> Notice | None:
        """The notice, or None after noting beside which fields the trouble stands."""
        if self.chosen:
            self._note("file", _UNREAD_FILE, 422)
            if not self.text.strip():
                return None
        channel: Channel = "unknown"
        if self.channel in CHANNELS:
            channel = self.channel
        else:
            self._note("channel", "どうやって届いたかを、もう一度選んでください。", 422)
            self.channel = "unknown"
        received_on = None
        if self.received_on:
            received_on = read_date(self.received_on)
            if received_on is None:
                self._note("received_on", _DATE_MESSAGE, 422)
        try:
            notice = Notice(
                self.text, channel, self.subject or None, self.sender or None, received_on, dict(self.answers)
            )
        except InvalidNotice as error:
            self._note("text", _MESSAGES.get(error.code, str(error)), 413 if error.code == "text_too_long" else 422)
            return None
        return None if self.errors else notice

    def _note(self, name: str, message: str, status: int) -> None:
        self.errors[name] = message
        self.status = max(self.status, status)
