"""The history as a Git repository in the manner of Open Terms Archive: a commit for each time a text was new.

The same history gives the same commit ids, on any machine. Names come from sources files and pages, so none of them
chooses a path: they are cleaned, and the repository is bare, so that nothing of it is checked out here.
"""

import os
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

from sqlmodel import Session

from tracker.errors import ExportError, UsageError, unwritable
from tracker.extract.writing import write_markdown
from tracker.history.steps import runs
from tracker.history.texts import stored_blocks
from tracker.printable import one_line
from tracker.store.history.evidence import extraction_behind, snapshots_of
from tracker.store.schema.tables import SourceRow
from tracker.store.texts.versions import read_version

BRANCH = "refs/heads/main"
AUTHOR = "tracker <tracker@localhost>"
#: Set in the configuration of repositories that were written here; others are left alone.
MARK = "tracker.export"
#: The trailer that names a record; in this repository and in that one the same.
RECORD = "Record-id"

#: Bytes of a name of a folder or file; file systems take 255.
MOST_NAME = 120
#: What some file system, shell or Git itself reads in another way.
_UNSAFE = frozenset('/\\:*?"<>|~`$')


@dataclass(frozen=True, slots=True)
class Record:
    """A time at which a source showed a text that it had not shown just before."""

    source: SourceRow
    version_id: int
    text_sha256: str
    observed_at: datetime
    first: bool

    @property
    def ident(self) -> str:
        """Return what tells this record from any other, in every store that holds the same history."""
        told = f"{self.source.id}\n{self.observed_at.astimezone(UTC).isoformat()}\n{self.text_sha256}"
        return sha256(told.encode()).hexdigest()


def write_repository(session: Session, sources: Sequence[SourceRow], folder: Path) -> int:
    """Write the history of sources to a bare repository, or add to it what is new; return how many commits.

    Args:
        session: of a reader.
        sources: those whose history is written; for one repository always the same, or more with a later history.
        folder: of the repository; it may be missing or empty.

    Raises:
        UsageError: Git is missing, the folder holds something else, or history was learned (by a back-fill, or of one
            more source) that lies before the last commit, which is never rewritten.
        ExportError: Git failed, as on a full disk; the repository is as it was before, and a new one is gone again.

    """
    known = _known(folder)
    records = _records(session, sources)
    if [record.ident for record in records[: len(known)]] != known:
        raise UsageError(
            f"{folder} holds another history: earlier versions were learned or read again since, or other sources are "
            "asked for; commits are never rewritten, so write to a new folder"
        )
    new = records[len(known) :]
    with _undone(folder):
        if not (folder / "HEAD").is_file():
            _git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
            _git(folder, "config", MARK, "1")
        if new:
            _import(folder, _stream(session, new, paths_of(sources), goes_on=bool(known)))
    return len(new)


def paths_of(sources: Iterable[SourceRow]) -> dict[int, str]:
    """Return the file of each source by its key: organisation, then type of document.

    Where two would be the same file, also on a file system that takes capitals for small letters, the one that came
    into the store later has its id in the name.
    """
    found: dict[int, str] = {}
    taken: set[str] = set()
    for source in sorted(sources, key=lambda row: row.key or 0):
        assert source.key is not None
        folder = safe_name(source.organisation) or safe_name(source.name) or "Unnamed"
        title = safe_name(source.document_type) or "Document"
        path = f"{folder}/{title}.md"
        if path.casefold() in taken:
            path = f"{folder}/{title} ({safe_name(source.id)}).md"
        taken.add(path.casefold())
        found[source.key] = path
    return found


def safe_name(text: str) -> str:
    """Return a text as the name of a folder or file that is one on every system and leads nowhere; maybe empty."""
    plain = unicodedata.normalize("NFC", text)
    name = one_line("".join(" " if char in _UNSAFE else char for char in plain)).strip(". ")
    return name.encode()[:MOST_NAME].decode(errors="ignore").strip(". ")


def _records(session: Session, sources: Iterable[SourceRow]) -> list[Record]:
    found = []
    for source in sources:
        assert source.key is not None
        for place, run in enumerate(runs(session, source.key)):
            version = run.entry.version
            assert version.id is not None
            found.append(Record(source, version.id, version.text_sha256, run.first_seen, place == 0))
    return sorted(found, key=lambda record: (record.observed_at, record.source.id))


def _stream(session: Session, records: Iterable[Record], paths: dict[int, str], *, goes_on: bool) -> Iterator[bytes]:
    """Yield the input of `git fast-import`, one commit at a time."""
    for record in records:
        assert record.source.key is not None
        path = paths[record.source.key]
        text = write_markdown(stored_blocks(read_version(session, record.version_id))).encode("utf-8", "replace")
        when = f"{AUTHOR} {int(record.observed_at.timestamp())} +0000"
        head = f"commit {BRANCH}\nauthor {when}\ncommitter {when}\n"
        parent = f"from {BRANCH}^0\n" if goes_on else ""
        goes_on = False
        message = _message(session, record, path).encode("utf-8", "replace")
        yield head.encode() + _data(message) + f"{parent}M 100644 inline {path}\n".encode() + _data(text)
    yield b"done\n"


def _message(session: Session, record: Record, path: str) -> str:
    """Return what was recorded in one line, then where it comes from as trailers."""
    assert record.source.key is not None
    service, _, title = path.removesuffix(".md").partition("/")
    # Only of what was seen then: no later look at the same text changes its commit.
    extraction = extraction_behind(session, record.source.key, record.version_id, record.observed_at)
    trailers = [
        ("Source", safe_name(record.source.id)),
        ("Observed-at", record.observed_at.astimezone(UTC).isoformat()),
        ("Text-sha256", record.text_sha256),
    ]
    if extraction is not None:
        trailers += [("Extractor", extraction.extractor_version)]
        for snapshot in snapshots_of(session, extraction):
            trailers += [("Origin", snapshot.archive or snapshot.origin), ("Snapshot-sha256", snapshot.payload_sha256)]
    trailers.append((RECORD, record.ident))
    subject = f"{'First record of' if record.first else 'Record new changes of'} {service} {title}"
    return subject + "\n\n" + "".join(f"{name}: {' '.join(value.split())}\n" for name, value in trailers)


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"


def _known(folder: Path) -> list[str]:
    """Return the records that a repository of ours holds, the oldest first; none where there is none yet."""
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return []
    except OSError as error:
        raise unwritable(folder, error) from None
    if not (folder / "HEAD").is_file() or not _git(folder, "config", "--default", "", "--get", MARK).strip():
        raise UsageError(f"{folder} is not empty and was not written by `tracker export git`; name another folder")
    if not _git(folder, "for-each-ref", BRANCH).strip():
        return []
    told = _git(folder, "log", "--reverse", f"--format=%(trailers:key={RECORD},valueonly)", BRANCH)
    return told.split()


@contextmanager
def _undone(folder: Path) -> Iterator[None]:
    """Leave a repository as it was where writing to it fails, and none where there was none.

    Git names new commits last, when all else is written.
    """
    there = folder.exists()
    fresh = not there or not any(folder.iterdir())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        yield
    except BaseException:
        for path in folder.iterdir() if fresh else (*folder.rglob("tmp_*"), *folder.glob("fast_import_crash_*")):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if not there:
            folder.rmdir()
        raise


def _import(folder: Path, parts: Iterator[bytes]) -> None:
    # What Git complains of goes to a file: a pipe that nobody reads while the other is written would stop both.
    with tempfile.TemporaryFile() as told:
        process = _start(folder, ["fast-import", "--quiet", "--done", "--date-format=raw"], told)
        assert process.stdin is not None
        try:
            for part in parts:
                process.stdin.write(part)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early; its exit status and what it told say why
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            told.seek(0)
            raise ExportError(f"git fast-import failed: {told.read(2_000).decode(errors='replace').strip()}")


def _start(folder: Path, args: Sequence[str], told: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 -- no shell, and no argument that was fetched
            ["git", f"--git-dir={folder.resolve()}", *args],  # noqa: S607 -- the one of the user's path
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            env=_environment(),
        )
    except FileNotFoundError as error:
        raise UsageError("Git is not installed; `tracker export git` needs it") from error


def _git(folder: Path, *args: str) -> str:
    with tempfile.TemporaryFile() as told:
        process = _start(folder, args, told)
        process.communicate()
        told.seek(0)
        out = told.read().decode(errors="replace")
    if process.returncode:
        raise ExportError(f"git {args[0]} failed in {folder}: {out[:2_000].strip()}")
    return out


def _environment() -> dict[str, str]:
    """Return the environment without what would point Git elsewhere or let a user's settings change the result."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
