"""Asks a time stamp authority for a stamp over bytes that it does not get to see (RFC 3161 over HTTP)."""

from tracker.errors import FetchError, TimestampError
from tracker.fetch.posting import Poster
from tracker.settings import Settings
from tracker.timestamps import MOST_BYTES, Stamp, check_stamp, question

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


def stamped(settings: Settings, message: bytes) -> tuple[bytes, Stamp]:
    """Return the answer of the authority that `timestamp_authority` names, and what it says.

    Raises:
        TimestampError: it cannot be reached, refuses, or its answer does not fit the question.

    """
    assert settings.timestamp_authority is not None
    asked = question(message)
    poster = Poster(settings)
    try:
        answer = poster.post(settings.timestamp_authority, asked.body, _HEADERS, most=MOST_BYTES)
    except FetchError as error:
        raise TimestampError(f"{settings.timestamp_authority}: {error}") from error
    finally:
        poster.close()
    if answer.status != 200:
        raise TimestampError(f"{settings.timestamp_authority}: it answered HTTP {answer.status}")
    try:
        return answer.body, check_stamp(answer.body, message, nonce=asked.nonce)
    except TimestampError as error:
        raise TimestampError(f"{settings.timestamp_authority}: {error}") from error
