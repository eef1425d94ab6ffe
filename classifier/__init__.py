"""Scores received demands in Japanese for the red flags of fictitious billing, and says what to do now."""

from typing import TYPE_CHECKING

from classifier.errors import BundleMismatch, BundleMissing, InvalidNotice, ScamNoticeError
from classifier.notice import Notice
from classifier.result import Assessment

if TYPE_CHECKING:
    from classifier.assessment import Assessor

__all__ = ["Assessment", "Assessor", "BundleMismatch", "BundleMissing", "InvalidNotice", "Notice", "ScamNoticeError"]


def __getattr__(name: str) -> object:
    """`Assessor` brings half a second of libraries: a starting worker first has to see whether it is still wanted."""
    if name != "Assessor":
        raise AttributeError(f"module 'classifier' has no attribute {name!r}")
    from classifier.assessment import Assessor

    return Assessor
