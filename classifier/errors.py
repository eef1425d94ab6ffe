"""Errors, each named after its problem. The message says what, where and what to do next."""


class ScamNoticeError(Exception):
    """Root of every error that this library raises on purpose."""


class InvalidNotice(ScamNoticeError):
    """A notice cannot be assessed: no text, too long, or fields of the wrong kind.

    `code` is a stable English word for machines; the message is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BundleMissing(ScamNoticeError):
    """There is no trained bundle at the given place."""


class BundleMismatch(ScamNoticeError):
    """The bundle's files or library versions differ from its manifest; nothing was unpickled."""


class KnowledgeError(ScamNoticeError):
    """A curated file under `classifier/knowledge/` contradicts itself."""


class CorpusError(ScamNoticeError):
    """An authored notice cannot be read: bad JSON, unknown slot, flag or kind."""


class UnreadableInput(ScamNoticeError):
    """A file or stream could not be read as notices."""


class UnwritableOutput(ScamNoticeError):
    """An output cannot be written: no room, no permission; what was finished before is kept."""


class UnusableFrame(ScamNoticeError):
    """A data frame cannot be assessed: not a table we read, no text column, or names that stand twice."""


class WorkerLost(ScamNoticeError):
    """A process that was assessing rows is gone; what was finished is kept."""


class ClusterUnreachable(ScamNoticeError):
    """No Dask scheduler answers at the address, or Dask is not installed."""
