"""What can go wrong with people and cases, each named after its problem."""

from classifier.errors import ScamNoticeError


class StaffError(ScamNoticeError):
    """Root of the errors of the staff queue."""


class UserExists(StaffError):
    """There is an account of that name."""


class UnknownUser(StaffError):
    """There is no account of that name."""


class BadName(StaffError):
    """An account cannot be called that."""


class UnknownRole(StaffError):
    """There is no role of that name."""


class BadCode(StaffError):
    """The one-time code is wrong, used or too old, or too many were tried."""


class BadPassword(StaffError):
    """The password is too short or too long to be taken."""


class InvalidCase(StaffError):
    """A field of a case holds something it cannot hold. `field` names it; the message is for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class CaseNotFound(StaffError):
    """There is no case of that number."""


class StaleVersion(StaffError):
    """Somebody else has changed the case since it was read. `version` is the one that stands now."""

    def __init__(self, version: int) -> None:
        super().__init__("ほかの人が先に変えました。いまの内容を確かめて、もう一度決めてください。")
        self.version = version


class NothingToUndo(StaffError):
    """The change is not there, is undone already, or something newer rests on it."""


class IdempotencyConflict(StaffError):
    """The same Idempotency-Key came with another body."""


class CampaignNotFound(StaffError):
    """There is no campaign of that number."""
