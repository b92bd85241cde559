"""Validators of a source's pages, for conditional requests."""

from sqlmodel import Session, select

from tracker.store.schema.tables import PageState

#: The last character a header may hold on its way out.
LATIN_1_END = 0xFF


def page_state(session: Session, source_key: int, url: str) -> PageState | None:
    """Return what is remembered of a page; its `snapshot_id` is None where the body is gone."""
    query = select(PageState).where(PageState.source_key == source_key, PageState.url == url)
    return session.exec(query).first()


def remember_page(
    session: Session, source_key: int, url: str, *, etag: str | None, last_modified: str | None, snapshot_id: int
) -> PageState:
    """Remember the validators a page came with, in place of those before, and the snapshot that holds its body.

    One with control characters or beyond Latin-1 could not be sent back as it came, so it counts as not given.
    """
    state = page_state(session, source_key, url) or PageState(source_key=source_key, url=url)
    state.etag = _sendable(etag)
    state.last_modified = _sendable(last_modified)
    state.snapshot_id = snapshot_id
    session.add(state)
    session.flush()
    return state


def _sendable(validator: str | None) -> str | None:
    if validator is None or not validator.isprintable() or any(ord(character) > LATIN_1_END for character in validator):
        return None
    return validator
