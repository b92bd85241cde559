"""Which thread of a destination later messages answer."""

from sqlmodel import Session

from tracker.store.schema.message_tables import MessageThread


def thread_handle(session: Session, destination: str, thread: str) -> str | None:
    """Return what a destination calls a thread; None where it has none yet."""
    row = session.get(MessageThread, (destination, thread))
    return row.handle if row else None


def keep_thread(session: Session, destination: str, thread: str, handle: str) -> None:
    """Note what a destination calls a thread, in place of what it was before."""
    session.merge(MessageThread(destination=destination, thread=thread, handle=handle))
