"""Reads when and of what a text was archived, from notices and names that archives and people leave."""

import re
from datetime import UTC, date, datetime, time
from urllib.parse import unquote

from tracker.extract.markdown import without_notice
from tracker.moments import moment_of

_REPLAY = re.compile(r"/web/(\d{14})[a-z_]*/(.+)\Z")
_HOLDER = re.compile(r"transformed from the (\S{1,255}) ")
_WAYBACK_COMMENT = re.compile(rb"FILE ARCHIVED ON (\d\d:\d\d:\d\d [A-Z][a-z]{2} \d\d, \d{4})")
_IN_NAME = re.compile(r"(?<!\d)(\d{14}|\d{8}|\d{4}-\d\d-\d\d)(?!\d)")
_END = 20_000  #: bytes at the end of a page in which an archive's comment stands
_START = 4_000  #: characters of a text in which a notice stands


class Notice:
    """What the notice on top of a text says; blank where it does not.

    Args:
        body: of the text.

    """

    def __init__(self, body: bytes) -> None:
        start = body[: 4 * _START].decode("utf-8-sig", "replace")[:_START]
        day, address, rest = without_notice(start)
        found = _HOLDER.search(start[: len(start) - len(rest)])
        self.holder = found[1] if found else ""  #: whose policy it is, mostly a domain
        self.url = ""  #: the original address
        self.moment: datetime | None = None
        replay = _REPLAY.search(address or "")
        if replay is not None:
            self.moment, self.url = read_stamp(replay[1]), unquote(replay[2])
        if self.moment is None and day is not None:
            self.moment = read_stamp(day)


def read_stamp(text: str) -> datetime | None:
    """Return the time of 14 digits, or the start of the day of 8 digits or an ISO date; None where it is none."""
    if len(text) == 14:
        return moment_of(text)
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


def stamp_of_page(body: bytes) -> datetime | None:
    """Return when a page was archived as a comment at its end says, as pages saved from the Wayback Machine have it."""
    found = _WAYBACK_COMMENT.search(body[-_END:])
    if found is None:
        return None
    try:
        return datetime.strptime(found[1].decode("ascii"), "%H:%M:%S %b %d, %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def stamp_in_name(name: str) -> tuple[datetime | None, str]:
    """Return the time that a file's name holds, and the name without it."""
    for found in _IN_NAME.finditer(name):
        moment = read_stamp(found[1])
        if moment is not None:
            rest = f"{name[: found.start()]} {name[found.end() :]}".strip(" ._-")
            return moment, rest
    return None, name
