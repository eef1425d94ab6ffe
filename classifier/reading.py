"""One notice, read once: folded text, contact points, and the text as the model sees it.

Everything later (features, flags, extraction) takes a Reading, so nothing is normalised twice.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any, Final

from classifier.contacts import Contacts, find_contacts
from classifier.narration import pasted
from classifier.normalise import Normalised, normalise, squeeze
from classifier.notice import Notice
from classifier.patterns import Encoded
from classifier.sentences import clauses
from classifier.tokenise import words

# The model reads one private-use character for a contact point of each kind instead of the host or
# number itself: hosts and numbers are drawn anew by every sender, their kind is what carries over.
_MASKS: Final = {
    kind: chr(0xE000 + number)
    for number, kind in enumerate(
        (
            "official",
            "imitation",
            "shortener",
            "relay",
            "free_mail",
            "organisation",
            "plain",
            "odd",
            "mail_official",
            "mail_imitation",
            "mail_free_mail",
            "mail_other",
            "landline",
            "mobile",
            "ip_phone",
            "toll_free",
            "navi",
            "foreign",
            "public_desk",
        )
    )
}
_ORGANISATION: Final = re.compile(r"\.(?:co|or|ne|ac|go|lg|ed|gr|ad)\.jp$")
_PLAIN: Final = re.compile(r"\.(?:jp|com|net|org)$")
_DIGITS: Final = str.maketrans("123456789", "000000000")
_LONG_DIGITS: Final = re.compile("0{7,}")


@dataclass(frozen=True)
class Reading:
    """A notice with all that is derived from its text alone; derived parts are made when first used.

    `memo` keeps what later modules derive from the text alone, so that it too is made once.
    """

    notice: Notice
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def normalised(self) -> Normalised:
        """The folded text with its map back."""
        return normalise(self.notice.text)

    @cached_property
    def squeezed(self) -> Normalised:
        """The folded text without white space inside phrases; what the flag patterns read."""
        return squeeze(self.normalised)

    def encoded(self, read: Normalised) -> Encoded:
        """The folded or the squeezed text as pattern sets read it."""
        if read.text not in self.memo:
            self.memo[read.text] = Encoded(read.text)
        encoded: Encoded = self.memo[read.text]
        return encoded

    @cached_property
    def contacts(self) -> Contacts:
        """Links, mail addresses and telephone numbers, in the folded text."""
        return find_contacts(self.normalised.text)

    @cached_property
    def _masked(self) -> list[tuple[int, int, str]]:
        contacts = self.contacts
        marks = [(c.start, c.end, _link_mask(c.host, c.kind)) for c in contacts.links]
        marks += [(c.start, c.end, _MASKS.get(f"mail_{c.kind}", _MASKS["mail_other"])) for c in contacts.mails]
        marks += [(c.start, c.end, _MASKS[c.kind]) for c in contacts.phones]
        return sorted(marks)

    @cached_property
    def _without_digits(self) -> str:
        return self.normalised.text.translate(_DIGITS)

    def stretch(self, start: int, end: int) -> str:
        """The folded text from `start` to `end` as the model reads it: contact points replaced by their kind,
        digits by 0."""
        text, pieces, position = self._without_digits, list[str](), start
        # A letter may hold thousands of links and as many clauses, each of which asks for its own.
        first, last = (bisect_left(self._masked, edge, key=itemgetter(0)) for edge in (start, end))
        for mark_start, mark_end, mask in self._masked[first:last]:
            if position <= mark_start:
                pieces += (text[position:mark_start], mask)
                position = mark_end
        pieces.append(text[position:end])
        return _LONG_DIGITS.sub("000000", "".join(pieces))

    @cached_property
    def pasted(self) -> tuple[int, int]:
        """The stretch of the folded text without what the reader wrote around the notice."""
        return pasted(self.normalised.text)

    @cached_property
    def model_text(self) -> str:
        """The notice as the model reads it: headers in front, without what somebody wrote around the paste."""
        headers = [
            f"{name}:{normalise(value).text}\n"
            for name, value in (("件名", self.notice.subject), ("差出人", self.notice.sender))
            if value
        ]
        return "".join(headers).translate(_DIGITS) + self.stretch(*self.pasted)

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        """The stretches of the folded text that a person would point at."""
        return clauses(self.normalised.text)

    @cached_property
    def words(self) -> list[str]:
        """The words of `model_text`."""
        return words(self.model_text)


def _link_mask(host: str, kind: str) -> str:
    if kind in _MASKS:
        return _MASKS[kind]
    stem = host.removesuffix(".example")
    if _ORGANISATION.search(stem):
        return _MASKS["organisation"]
    return _MASKS["plain" if _PLAIN.search(stem) or "." not in stem else "odd"]
