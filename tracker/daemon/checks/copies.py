"""Has a public archive keep the pages of a change that was confirmed as material: a third party's word for it.

Planned in the transaction that confirms the change, so that a crash loses nothing. A page may be asked for twice if the
process dies between the archive's answer and our mark; the archive then points to the copy it just made.
"""

import socket
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from tracker.daemon.runtime import Runtime
from tracker.errors import ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded
from tracker.fetch.addresses import ForbiddenAddressError, refuse_private
from tracker.fetch.saving import PageSaver, SavedPage
from tracker.hosts import host_of, is_public_address, port_of
from tracker.sources.model import Source
from tracker.store.schema.copy_tables import ArchiveCopy
from tracker.store.schema.tables import Change
from tracker.store.work.copies import (
    mark_asked,
    mark_copy_failed,
    mark_saved,
    plan_copy_rows,
    put_off_copy,
    take_copy,
)
from tracker.store.work.events import log_event
from tracker.words import ChangeState, Origin

log = structlog.get_logger(__name__)

#: How long a taken copy is ours; longer than a turn at the archive and its slowest answer take.
LEASE = timedelta(minutes=5)

#: Copies worked on in one round; the archive takes a handful a minute.
AT_ONCE = 10

#: Time between two looks at what became of a page, and after which the archive has forgotten its work.
LOOK_EVERY, FORGOTTEN = timedelta(seconds=30), timedelta(hours=1)

#: Waits between tries double from the first to the longest; so many tries are made, over about a week.
FIRST_WAIT, LONGEST_WAIT, ATTEMPTS = timedelta(minutes=5), timedelta(days=1), 15


def plan_copies(session: Session, runtime: Runtime, source: Source, change: Change) -> int:
    """Enter the pages of a confirmed material change that an archive is to keep, and return how many.

    Call it inside the transaction that confirms the change. What came from an archive is there already.
    """
    confirmed = change.state == ChangeState.CONFIRMED.value and change.origin == Origin.LIVE.value
    if not (runtime.settings.save_to_archive and confirmed and change.alert):
        return 0
    session.flush()
    urls = [page.url for page in source.pages if is_public_address(page.url)]
    return plan_copy_rows(session, change.id, urls, runtime.clock.now())


def save_due(runtime: Runtime) -> int:
    """Work on the copies that are due, and return how many were made. Several may run on one store."""
    saver, saved = runtime.saver, 0
    if saver is None:
        return 0
    for _ in range(AT_ONCE):
        now = runtime.clock.now()
        with runtime.database.write() as session:
            copy = take_copy(session, now, now + LEASE)
        if copy is None:
            break
        try:
            saved += _work(runtime, saver, copy)
        except ArchiveRateLimited as error:
            with runtime.database.write() as session:
                put_off_copy(session, _id(copy), runtime.clock.now() + timedelta(seconds=error.retry_after))
            log.info("the archive asks us to wait", seconds=error.retry_after)
            break
        except CaptureExcluded as error:
            _failed(runtime, copy, str(error), None)
        except ArchiveUnavailable as error:
            tries = copy.attempts + 1
            again = (
                None if tries >= ATTEMPTS else runtime.clock.now() + min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
            )
            _failed(runtime, copy, str(error), again)
    return saved


def _work(runtime: Runtime, saver: PageSaver, copy: ArchiveCopy) -> bool:
    """Ask the archive for the next step of a copy; return whether it is made."""
    found: str | SavedPage | None
    if copy.job is None:
        _refuse_private(copy.url)
        found = saver.submit(copy.url)
    elif copy.asked_at is not None and runtime.clock.now() - copy.asked_at > FORGOTTEN:
        raise ArchiveUnavailable("the archive never said what became of the page")
    else:
        found = saver.look(copy.job)
    now = runtime.clock.now()
    with runtime.database.write() as session:
        if isinstance(found, SavedPage):
            mark_saved(session, _id(copy), found.memento, found.at)
        elif found is not None:
            mark_asked(session, _id(copy), found, now, now + LOOK_EVERY)
        else:
            put_off_copy(session, _id(copy), now + LOOK_EVERY)
    if isinstance(found, SavedPage):
        log.info("kept by the archive", url=copy.url, change=copy.change_id, copy=found.memento)
    return isinstance(found, SavedPage)


def _refuse_private(url: str) -> None:
    """Keep what is inside a network inside, whatever `allow_private_addresses` says: the archive is the world."""
    try:
        refuse_private(host_of(url), port_of(url))
    except ForbiddenAddressError as error:
        raise CaptureExcluded(f"{error}: no archive is told of it") from error
    except (socket.gaierror, ValueError) as error:
        raise ArchiveUnavailable("the host's name cannot be resolved") from error


def _failed(runtime: Runtime, copy: ArchiveCopy, reason: str, again_at: datetime | None) -> None:
    now = runtime.clock.now()
    with runtime.database.write() as session:
        mark_copy_failed(session, _id(copy), reason, again_at)
        if again_at is None:
            change = session.get(Change, copy.change_id)
            key = None if change is None else change.source_key
            log_event(session, now, key, "copy_failed", f"{copy.url} was not kept by the archive: {reason}")
    log.warning("not kept by the archive", url=copy.url, change=copy.change_id, reason=reason, dead=again_at is None)


def _id(copy: ArchiveCopy) -> int:
    assert copy.id is not None
    return copy.id
