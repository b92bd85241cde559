"""Reads the longitudinal corpus of Princeton and Leuven: Markdown files that begin with a notice of the archive.

The corpus is a Git repository with a commit per version, or a folder of such files. When a text was archived, whose it
is and at which address stands in its notice; where one has none, the commit and the file's name say it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from tracker.errors import UsageError
from tracker.fetch.model import Page
from tracker.intake.git import Repository, is_repository
from tracker.intake.model import Described, Item, Unreadable, ident_of, plain_name
from tracker.intake.stamps import Notice
from tracker.sources.values import BadValue, read_url

SUFFIXES = (".md", ".markdown", ".txt")
_HEADERS = (("Content-Type", "text/markdown; charset=utf-8"),)


@dataclass(slots=True)
class _History:
    path: str
    states: list[tuple[datetime, bytes]] = field(default_factory=list)  #: time of the commit, hash of the content
    blobs: set[bytes] = field(default_factory=set)  #: the hashes among them

    def add(self, moment: datetime, blob: bytes) -> None:
        """Put a state behind the others."""
        self.states.append((moment, blob))
        self.blobs.add(blob)


#: Hashes of texts by document, address and time.
_Taken = dict[tuple[str, str, datetime], int]


class PrincetonCorpus:
    """The corpus, or a part of it.

    Args:
        folder: a clone, bare or not, or a folder of files.
        limit: bytes of one text.

    """

    unit = "versions"

    def __init__(self, folder: Path, limit: int) -> None:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder")
        self._folder, self._limit = folder, limit
        self._is_git = is_repository(folder)
        self.grouped = self._is_git
        self.total: int | None = None
        self.notes: list[str] = []
        self.broken = 0
        self._position = 0

    @property
    def position(self) -> int:
        """Return how many versions were yielded."""
        return self._position

    def items(self) -> Iterator[Item]:
        """Yield every version, file by file.

        Raises:
            UsageError: git cannot read the repository, or the folder holds no such file.

        """
        yield from self._of_repository() if self._is_git else self._of_folder()

    def _of_repository(self) -> Iterator[Item]:
        with Repository(self._folder) as repository:
            histories = list(_histories(repository).values())
            self.total = sum(len(history.states) for history in histories)
            if self.total and repository.is_shallow:
                self.notes.append("the clone is shallow, older versions are missing; git fetch --unshallow brings them")
            for history in histories:
                document: Described | None = None
                taken = _Taken()
                for moment, blob in history.states:
                    self._position += 1
                    try:
                        body = repository.content(blob.hex(), self._limit)
                    except Unreadable as error:
                        self._unreadable(history.path, str(error))
                        continue
                    item = _item(body, history.path, moment, document)
                    document = item.document
                    if self._is_first(item, body, taken):
                        yield item

    def _of_folder(self) -> Iterator[Item]:
        paths = sorted(path for path in self._folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        if not paths:
            raise UsageError(f"{self._folder} holds no Markdown or text file and is no Git repository")
        self.total = len(paths)
        taken = _Taken()
        for path in paths:
            self._position += 1
            name = path.relative_to(self._folder).as_posix()
            try:
                with path.open("rb") as file:
                    body = file.read(self._limit + 1)
            except OSError as error:
                self._unreadable(name, error.strerror or str(error))
                continue
            if len(body) > self._limit:
                self._unreadable(name, f"more than the {self._limit:,} bytes that are read")
            elif Notice(body).moment is None:
                self.notes.append(f"{name}: no notice says when it was archived")
            else:
                item = _item(body, name, datetime.fromtimestamp(0, UTC), None)
                if self._is_first(item, body, taken):
                    yield item

    def _is_first(self, item: Item, body: bytes, taken: _Taken) -> bool:
        """Return whether no other text of a document was of the same time and address; one that is left out is told."""
        told = taken.setdefault((item.document.id, item.url, item.moment), hash(body))
        if told != hash(body):
            self.notes.append(f"{item.place}: left out, another text says that it is of the same time and address")
        return told == hash(body)

    def _unreadable(self, name: str, why: str) -> None:
        self.broken += 1
        self.notes.append(f"{name}: {why}")


def _histories(repository: Repository) -> dict[int, _History]:
    """Return the files of a repository with their states in the order of commits, renamed ones as one."""
    by_path: dict[str, _History] = {}
    found: dict[int, _History] = {}
    for commit in repository.commits():
        for touch in commit.touches:
            if not touch.path.lower().endswith(SUFFIXES) or PurePosixPath(touch.path).stem.lower() == "readme":
                continue
            if touch.status == "R" and touch.before in by_path and touch.path not in by_path:
                by_path[touch.path] = by_path.pop(touch.before)
                by_path[touch.path].path = touch.path
            history = by_path.setdefault(touch.path, _History(touch.path))
            found[id(history)] = history
            # A text names its own time, so one that a merge takes over from a branch says nothing new.
            known = commit.is_merge and bytes.fromhex(touch.blob) in history.blobs
            if touch.status != "D" and not touch.same and not known:
                history.add(commit.moment, bytes.fromhex(touch.blob))
    return found


def _item(body: bytes, path: str, committed: datetime, document: Described | None) -> Item:
    notice = Notice(body)
    moment = notice.moment or committed
    url = notice.url
    try:
        read_url(url)
    except BadValue:
        url = ""
    if document is None:
        holder = plain_name(notice.holder or PurePosixPath(path).stem)
        document = Described(ident_of(holder), f"{holder} Privacy Policy", holder, "Privacy Policy", url)
    page = Page(url, url, 200, _HEADERS, body, moment)
    return Item(document, moment, url, f"{path} of {moment:%Y-%m-%d}", _given(page))


def _given(page: Page) -> Callable[[], Page]:
    return lambda: page
