"""Every error the tracker raises on purpose.

TrackerError
├── UsageError                 what the user gave is wrong: exit status 2
│   ├── SettingsError
│   ├── SourcesError           carries a list of `Problem`s, each with line and field
│   ├── VendorListError        likewise
│   ├── UnknownSourceError
│   ├── UnknownVersionError
│   ├── UnknownChangeError
│   └── LexiconError
├── FetchError                 no bytes of the document; `kind` says why
│   └── RobotsForbidden
├── ArchiveError
│   ├── ArchiveRateLimited     wait `retry_after` seconds before anything else is asked of this archive
│   ├── ArchiveUnavailable     try again later
│   ├── CaptureExcluded        permanent
│   └── NotPlayable            permanent for this capture
├── ExtractionError            bytes, but no text of a policy in them; `kind` says why
├── StoreError
│   ├── SchemaError            the store is newer or older than this program
│   ├── StoreBusyError         another daemon holds the store
│   └── DamagedError           a stored hash does not fit its content
│       └── PayloadRemoved     nothing is damaged: a retention rule removed the bytes
├── TimestampError             an authority gave no time stamp, or one that proves nothing
└── DeliveryError              a message was not accepted; it stays in the outbox
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.words import FailureKind

#: What a disk says that takes no more.
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class TrackerError(Exception):
    """Base of all; catch it at the edge of a program that embeds the tracker."""


class UsageError(TrackerError):
    """What was asked for cannot be done as asked; the message says what to write instead."""


class ExportError(TrackerError):
    """The history could not be written to where it was to go; nothing half-written is left there."""


class SettingsError(UsageError):
    """A setting is wrong. Mend `tracker.toml` or the `TRACKER_` variable that the message names."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file a user wrote."""

    file: str
    line: int | None
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        text = f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class SourcesError(UsageError):
    """The sources file cannot be used. Mend each of `problems` and run `tracker sources check`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class VendorListError(UsageError):
    """A list of vendors, or what was found for them, has mistakes. Mend each of `problems` in the list."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class UnknownSourceError(UsageError):
    """No source has this id. `tracker sources list` shows the ids."""


class UnknownVersionError(UsageError):
    """A source has no version of this number. `tracker log SOURCE` shows the numbers."""


class UnknownChangeError(UsageError):
    """No change has this id, or one that begins with it. `tracker changes --all` shows the ids."""


class LexiconError(UsageError):
    """A lexicon file or overlay has a bad entry. The message names file and entry."""


class FetchError(TrackerError):
    """The document could not be fetched; `kind` says why, `retry_after` (seconds) when the host named a time."""

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.kind = kind
        self.status = status
        self.retry_after = retry_after
        super().__init__(message)


class RobotsForbidden(FetchError):
    """The host's robots.txt asks us not to fetch this page. Ask the host, or set `robots = "ignore"` for the source."""

    def __init__(self, message: str) -> None:
        super().__init__(FailureKind.ROBOTS, message)


class ArchiveError(TrackerError):
    """A web archive did not give what was asked for."""


class ArchiveRateLimited(ArchiveError):
    """The archive asked us to stop or closed the door; ask it nothing for `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class ArchiveUnavailable(ArchiveError):
    """The archive failed or timed out after retries; the same request may work later."""


class CaptureExcluded(ArchiveError):
    """The archive may not show this address. Permanent: do not ask again."""


class NotPlayable(ArchiveError):
    """The archive lists this capture but does not play it. Permanent: remember it, do not ask again."""


class ExtractionError(TrackerError):
    """Bytes arrived, but no policy text could be read from them; `kind` says why."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class StoreError(TrackerError):
    """The store could not be used."""


class SchemaError(StoreError):
    """The store's schema does not fit: run `tracker db upgrade`, or install the newer release that wrote it."""


class StoreBusyError(StoreError):
    """Another daemon runs on this store. Stop it first; commands such as `tracker check` run safely beside it."""


class DamagedError(StoreError):
    """A stored hash does not fit its content. `tracker verify` names everything that is damaged."""


class PayloadRemoved(DamagedError):
    """A retention rule removed the bytes of this capture; its hash, its place in the chain and its text remain."""


class TimestampError(TrackerError):
    """There is no time stamp, or it does not prove what it should; the message says why.

    Nothing is lost: `tracker evidence` writes the bundle without one. Run it again, or name another authority.
    """


class DeliveryError(TrackerError):
    """A message was not accepted by its destination; the text holds no secret.

    It stays in the outbox and is tried again, not before `retry_after` seconds where the destination named a time.
    `for_good` says that another try brings nothing: mend what the message names, then `tracker alerts retry`;
    `no_such_address` that the server knows nobody of this address, whatever is sent to it.
    """

    def __init__(
        self,
        message: str,
        *,
        for_good: bool = False,
        retry_after: float | None = None,
        no_such_address: bool = False,
    ) -> None:
        self.for_good = for_good
        self.no_such_address = no_such_address
        self.retry_after = retry_after
        super().__init__(message)


def unwritable(target: object, error: OSError) -> Exception:
    """Return what to raise where a file or folder that was named cannot be written.

    It should have been named otherwise; a full disk, however, is no mistake of who named it, and stays what it is.
    """
    return error if error.errno in NO_SPACE else UsageError(f"cannot write {target}: {error.strerror}")
