"""What people do to a source by hand: done and entered into the trail in one transaction, however they asked for it."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlmodel import Session

from tracker.errors import UsageError
from tracker.store.history.sources import check_soon, mute, pause, resume
from tracker.store.people.trail import append
from tracker.store.schema.tables import SourceRow
from tracker.store.work.mutes import withdraw_muted

#: Until then a source is muted that is muted without an end.
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class SourceDeed(StrEnum):
    """What is done."""

    PAUSE = "pause"
    RESUME = "resume"
    CHECK = "check"
    MUTE = "mute"
    UNMUTE = "unmute"


def do_to_source(
    session: Session, ident: str, deed: SourceDeed, *, by: str, now: datetime, until: datetime | None = None
) -> SourceRow:
    """Do something to a source and return it. A mute withdraws what waits to be sent for the first time.

    Args:
        session: of a writer.
        ident: the source's id.
        deed: what.
        by: who does.
        now: when.
        until: of a mute, in the time zone of who set it; None mutes without an end.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: it cannot be checked, since it is paused or not followed any more, or the end of a mute has passed.

    """
    if deed is SourceDeed.CHECK:
        row = check_soon(session, ident, now)
    elif deed is SourceDeed.MUTE:
        if until is not None and until <= now:
            raise UsageError("the end of the mute has passed already")
        row = mute(session, ident, (until or FOR_EVER).astimezone(UTC))
        withdraw_muted(session, now, row.key)
    elif deed is SourceDeed.UNMUTE:
        row = mute(session, ident, None)
    else:
        row = (pause if deed is SourceDeed.PAUSE else resume)(session, ident)
    detail = {"until": f"{until:%Y-%m-%d}" if until else ""} if deed is SourceDeed.MUTE else {}
    append(session, at=now, actor=by, action=f"source.{deed}", source=row.id, subject=row.id, detail=detail)
    return row
