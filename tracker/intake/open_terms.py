"""Reads a versions or snapshots repository of Open Terms Archive, or one that `tracker export git` wrote.

A file is `Service/Terms type.md` (`.html`, `.pdf` in snapshots), a commit a record of one or more files. What kind of
record it is stands in the subject, where the text came from in trailers. Unless told otherwise a document keeps its
history when its file is renamed, and when its service goes on under another name: where a file begins with the very
text another of the same type ended with.
"""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path

from tracker.counting import counted
from tracker.fetch.model import Page
from tracker.intake.git import Commit, Repository, Touch
from tracker.intake.model import KIND, Described, Item, ident_of, known_type, plain_name
from tracker.sources.values import BadValue, read_ident, read_url
from tracker.words import RecordKind

#: How the subjects of records begin, today and in older collections.
SUBJECTS = {
    "First record of": RecordKind.FIRST,
    "Start tracking": RecordKind.FIRST,
    "Record new changes of": RecordKind.CHANGE,
    "Update": RecordKind.CHANGE,
    "Apply technical or declaration upgrade on": RecordKind.TECHNICAL,
    "Refilter": RecordKind.TECHNICAL,
}

#: Trailers and lines that name the address a text was taken from.
_LOCATIONS = ("X-source-document-location", "Source-document-location")
_SAVED_AS = {".md": "text/markdown", ".html": "text/html", ".pdf": "application/pdf", ".txt": "text/plain"}
#: Services that one text may begin or end at; what more of them show, such as an error page, is nobody's own.
_MOST_SHARING = 3
_LARGEST_PLACE = 300  #: characters of a path that is taken for one of a document


@dataclass(frozen=True, slots=True)
class _Record:
    """One state of a file. Small: a large repository has a million."""

    moment: datetime
    blob: bytes
    commit: bytes
    kind: RecordKind | None
    location: str


@dataclass(slots=True)
class _History:
    """The states of one document, under all the paths it had."""

    path: str
    records: list[_Record] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)  #: earlier ones
    source: str = ""  #: id that our own export gives
    newest: _Record | None = None  #: the last in time of those that were added

    def add(self, record: _Record) -> None:
        """Put a state behind the others."""
        self.records.append(record)
        if self.newest is None or record.moment >= self.newest.moment:
            self.newest = record

    @property
    def service(self) -> str:
        return _names(self.path)[0]

    @property
    def title(self) -> str:
        return _names(self.path)[1]

    @property
    def is_recorded(self) -> bool:
        return any(record.kind is not None for record in self.records)

    def shows(self, touch: Touch) -> bool:
        """Return whether the last state in time is the one that a merge has: it chose that, and brings no other."""
        return self.newest is not None and self.newest.blob == bytes.fromhex(touch.blob)

    def take(self, other: "_History") -> None:
        """Put the states of an earlier document before those of this one."""
        self.records = other.records + self.records
        self.paths = [*other.paths, other.path, *self.paths]


class OpenTermsArchive:
    """A collection of Open Terms Archive as a clone.

    Args:
        folder: of the clone, bare or not.
        limit: bytes of one text; larger ones are left out and named.
        join: whether a document that was renamed, or whose service was, goes on as one; else each name is a document.

    """

    unit = "versions"
    grouped = True

    def __init__(self, folder: Path, limit: int, *, join: bool = True) -> None:
        self._repository = Repository(folder)
        self._limit, self._join = limit, join
        self._position = 0
        self.total: int | None = None
        self.notes: list[str] = []
        self.broken = 0

    @property
    def position(self) -> int:
        """Return how many versions were yielded."""
        return self._position

    def items(self) -> Iterator[Item]:
        """Yield every version, document by document, each in time order.

        Raises:
            UsageError: git cannot read the repository.

        """
        with self._repository:
            histories = self._joined(self._histories())
            self.total = sum(len(history.records) for history in histories)
            if self.total and self._repository.is_shallow:
                begin = min(record.moment for history in histories for record in history.records)
                self.notes.append(
                    f"the clone is shallow and begins at {begin:%Y-%m-%d}; git fetch --unshallow brings the rest"
                )
            for history, document in self._described(histories):
                for record in _in_time(history.records):
                    self._position += 1
                    place = f"{history.path} at {record.commit.hex()[:12]}"
                    yield Item(document, record.moment, record.location, place, _Reader(self, history.path, record))

    def page(self, path: str, record: _Record) -> Page:
        """Return one state of a file as a capture.

        Raises:
            Unreadable: git does not have it, or it is too large.

        """
        body = self._repository.content(record.blob.hex(), self._limit)
        media_type = _SAVED_AS.get(Path(path).suffix.lower()) or mimetypes.guess_type(path)[0] or "text/plain"
        headers = [("Content-Type", f"{media_type}; charset=utf-8" if media_type.startswith("text/m") else media_type)]
        if record.kind is not None:
            headers.append((KIND, record.kind.value))
        headers.append(("X-Git-Commit", record.commit.hex()))
        return Page(record.location, record.location, 200, tuple(headers), body, record.moment)

    def _histories(self) -> list[_History]:
        """Return the documents of the repository with their states, each in the order of commits."""
        by_path: dict[str, _History] = {}
        found: dict[int, _History] = {}
        words: dict[str, str] = {}  # one copy of what is said a thousand times
        for commit in self._repository.commits():
            kind = _kind(commit.subject)
            touches = [touch for touch in commit.touches if _is_document(touch.path)]
            # What is said beside the subject is of one document; the first commit of a shallow clone holds all of them.
            is_record = len(touches) == 1
            location = _location(commit) if is_record else ""
            location = words.setdefault(location, location)
            for touch in touches:
                history = self._of(touch, by_path)
                found[id(history)] = history
                # Where names stay apart, a new one begins with the text that it took over.
                if touch.status == "D" or (touch.same and self._join):
                    continue
                if commit.is_merge and history.shows(touch):
                    continue
                history.add(_record(commit, touch, kind, location))
                history.source = history.source or (_own_source(commit) if is_record else "")
        return list(found.values())

    def _of(self, touch: Touch, by_path: dict[str, _History]) -> _History:
        """Return the document that a touched file is of."""
        if self._join and touch.status == "R" and touch.before in by_path and touch.path not in by_path:
            history = by_path[touch.path] = by_path.pop(touch.before)
            history.paths.append(history.path)
            history.path = touch.path
            self.notes.append(f"joined: {touch.before} was renamed to {touch.path}")
        return by_path.setdefault(touch.path, _History(touch.path))

    def _joined(self, histories: list[_History]) -> list[_History]:
        """Return the documents that are records, with those joined whose service goes on under another name."""
        kept = [history for history in histories if history.records]
        recorded = [history for history in kept if history.is_recorded]
        if recorded and len(recorded) < len(kept):
            self.notes.append(f"left out: {counted(len(kept) - len(recorded), 'file')} that no record ever touched")
            kept = recorded
        successors = _successors(kept) if self._join else []
        for earlier, later in successors:
            later.take(earlier)
            self.notes.append(f"joined: {earlier.path} goes on as {later.path}")
        gone = {id(earlier) for earlier, _ in successors}
        return [history for history in kept if id(history) not in gone]

    def _described(self, histories: list[_History]) -> Iterator[tuple[_History, Described]]:
        taken: set[str] = set()
        for history in histories:
            service, title = _names(history.path)
            ident = history.source or ident_of(service, title)
            if ident in taken:
                ident = f"{ident[:90]}-{sha256(history.path.encode('utf-8', 'replace')).hexdigest()[:6]}"
            taken.add(ident)
            url = next((record.location for record in reversed(history.records) if record.location), "")
            former = dict.fromkeys(ident_of(*_names(path)) for path in history.paths)
            formerly = tuple(name for name in former if name != ident)
            yield history, Described(ident, f"{service} {title}".strip(), service, known_type(title), url, formerly)


class _Reader:
    """Reads one state of a file when it is asked for."""

    __slots__ = ("_archive", "_path", "_record")

    def __init__(self, archive: OpenTermsArchive, path: str, record: _Record) -> None:
        self._archive, self._path, self._record = archive, path, record

    def __call__(self) -> Page:
        return self._archive.page(self._path, self._record)


def _names(path: str) -> tuple[str, str]:
    """Return the service and the type of terms that a path names."""
    service, _, file = path.partition("/")
    return plain_name(service), plain_name(file.rpartition(".")[0])


def _kind(subject: str) -> RecordKind | None:
    return next((kind for words, kind in SUBJECTS.items() if subject.startswith(words)), None)


def _is_document(path: str) -> bool:
    parts = path.split("/")
    named = all(part.strip() and not part.startswith(".") for part in parts)
    return len(parts) == 2 and named and len(path) <= _LARGEST_PLACE and bool(Path(parts[1]).suffix)


def _is_address(text: str) -> bool:
    try:
        return len(text) <= 2_000 and bool(read_url(text))
    except BadValue:
        return False


def _record(commit: Commit, touch: Touch, kind: RecordKind | None, location: str) -> _Record:
    moment = commit.moment
    told = commit.trailers("Observed-at") if commit.trailers("Record-id") else []
    if told:
        try:
            exact = datetime.fromisoformat(told[0]).astimezone(UTC)
        except (ValueError, OverflowError):
            exact = moment
        # The trailer only tells what the commit's own time is too coarse for.
        moment = exact if abs(exact - moment) < timedelta(seconds=1) else moment
    return _Record(moment, bytes.fromhex(touch.blob), bytes.fromhex(commit.ident), kind, location)


def _location(commit: Commit) -> str:
    """Return the address that the text of a record was taken from, a blank where it does not say."""
    return next((url for name in _LOCATIONS for url in commit.trailers(name) if _is_address(url)), "")


def _own_source(commit: Commit) -> str:
    """Return the id of the source where the commit is one of our own export, else a blank."""
    if not commit.trailers("Record-id"):
        return ""
    try:
        return read_ident(next(iter(commit.trailers("Source")), ""))
    except BadValue:
        return ""


def _in_time(records: list[_Record]) -> Iterator[_Record]:
    """Yield records in time order, those of one second a microsecond apart in the order of their commits."""
    last: datetime | None = None
    for record in sorted(records, key=lambda found: found.moment):
        moment = record.moment if last is None else max(record.moment, last + timedelta(microseconds=1))
        last = moment
        yield (
            record
            if moment == record.moment
            else _Record(moment, record.blob, record.commit, record.kind, record.location)
        )


def _successors(histories: list[_History]) -> list[tuple[_History, _History]]:
    """Return the documents that go on as another, each with that other.

    A service was renamed where a document of one begins, after the last record of a document of the same type of the
    other, with the very text that one ended with. Then its other documents that end and begin likewise go on too, even
    where the rename changed their texts.
    """
    renamed = _renamed(histories)
    by_name = {(history.service, _type(history)): history for history in histories}
    found: list[tuple[_History, _History]] = []
    used: set[int] = set()
    for later in histories:
        for before in sorted(renamed.get(later.service, ())):
            candidate = by_name.get((before, _type(later)))
            if candidate is not None and id(candidate) not in used and _precedes(candidate, later):
                used.add(id(candidate))
                found.append((candidate, later))
                break
    # Those that end first are joined first, so that a document renamed twice is one in the end.
    return sorted(found, key=lambda pair: pair[0].records[-1].moment)


def _renamed(histories: list[_History]) -> dict[str, set[str]]:
    """Return by the name of a service those it went by before, as its texts tell."""
    begins: dict[tuple[str, bytes], list[_History]] = {}
    ends: dict[tuple[str, bytes], list[_History]] = {}
    for history in histories:
        begins.setdefault((_type(history), history.records[0].blob), []).append(history)
        ends.setdefault((_type(history), history.records[-1].blob), []).append(history)
    found: dict[str, set[str]] = {}
    for text, after in begins.items():
        before = ends.get(text, [])
        if max(len(before), len(after)) <= _MOST_SHARING:
            for earlier, later in product(before, after):
                if _precedes(earlier, later):
                    found.setdefault(later.service, set()).add(earlier.service)
    return found


def _type(history: _History) -> str:
    return history.title.casefold()


def _precedes(earlier: _History, later: _History) -> bool:
    return earlier.service != later.service and earlier.records[-1].moment < later.records[0].moment
