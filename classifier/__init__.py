"""Scores received demands in Japanese for the red flags of fictitious billing, and says what to do now."""

from classifier.assessment import Assessor
from classifier.errors import BundleMismatch, BundleMissing, InvalidNotice, ScamNoticeError
from classifier.notice import Notice
from classifier.result import Assessment

__all__ = ["Assessment", "Assessor", "BundleMismatch", "BundleMissing", "InvalidNotice", "Notice", "ScamNoticeError"]
