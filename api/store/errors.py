"""What can be wrong with the database as a whole."""

from classifier.errors import ScamNoticeError


class DatabaseError(ScamNoticeError):
    """Root of the errors of the store."""


class DatabaseUnreachable(DatabaseError):
    """Nothing answers at the URL, or the URL names no database we know."""


class DatabaseNotAtHead(DatabaseError):
    """The schema is older than the program; `scam-notice database upgrade` brings it up."""


class DatabaseAhead(DatabaseError):
    """The schema knows revisions that this program does not: a newer program has written it."""
