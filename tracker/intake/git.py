"""Reads a Git repository of anybody's making through the system's git: no checkout, no hook, no filter, no network.

Names, messages and contents are hostile; none of them becomes an argument, a path or a program.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from tracker.errors import UsageError
from tracker.intake.model import Unreadable

#: Starts a commit in the output asked for; cannot stand in a hash, and a path follows a raw entry, never another.
_MARK = b"\x01commit "
_READ = 65_536
#: How the modes of files begin; others are of symbolic links and of submodules.
_FILE = "100"
#: Bytes of one commit message or path that are taken in.
_MOST_TOLD = 1_000_000
#: Of a repository's own settings, what would run a program or reach out.
_SAFE = (
    "--no-pager",
    "--no-replace-objects",
    "-c",
    "protocol.allow=never",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "core.hooksPath=/dev/null",
)


@dataclass(frozen=True, slots=True)
class Touch:
    """One file that a commit added, changed, removed or renamed; neither a symbolic link nor a submodule."""

    status: str  #: A, M, D, R (renamed), C (copied) or T (another type)
    path: str
    blob: str  #: hash of the new content; zeros for a removed file
    before: str = ""  #: path before a rename
    same: bool = False  #: renamed or copied without a change


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit with what it touched."""

    ident: str
    moment: datetime  #: of its author
    message: str
    touches: tuple[Touch, ...]
    is_merge: bool = False  #: then what it touched is told against one of its parents

    @property
    def subject(self) -> str:
        """Return the first line of the message."""
        return self.message.strip().partition("\n")[0]

    def trailers(self, name: str) -> list[str]:
        """Return the values of the trailers of a name, in order."""
        wanted = name.lower() + ":"
        lines = (line.strip() for line in self.message.splitlines()[1:])
        return [line[len(wanted) :].strip() for line in lines if line.lower().startswith(wanted)]


def is_repository(folder: Path) -> bool:
    """Return whether a folder is a Git repository, bare or with a working tree; whether it is sound, git says."""
    return (folder / ".git").exists() or ((folder / "HEAD").is_file() and (folder / "objects").is_dir())


class Repository:
    """A repository on disk, bare or with a working tree, which is not looked at.

    Raises:
        UsageError: there is no Git repository, or no git.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = _git_dir(folder)
        self._blobs: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Repository":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what reads contents."""
        process, self._blobs = self._blobs, None
        if process is not None:
            _end(process)

    @property
    def is_shallow(self) -> bool:
        """Return whether it is a clone without the older commits."""
        process = self._start(["rev-parse", "--is-shallow-repository"], stdin=subprocess.DEVNULL)
        return process.communicate()[0].strip() == b"true"

    def commits(self) -> Iterator[Commit]:
        """Yield the commits of HEAD, parents before children; one at a time in memory.

        A merge is yielded for each parent from which it differs: what it holds may be of either, or of neither.

        Raises:
            UsageError: git cannot read the repository.

        """
        args = ["log", "--reverse", "--topo-order", "-m", "--raw", "--no-abbrev", "-z", "-M", "--root"]
        args += ["--no-ext-diff", "--no-textconv", "--no-mailmap", "--encoding=UTF-8", "--no-color"]
        args += ["--no-show-signature", "--no-notes", "--format=%x01commit %H %at %P%x00%B%x00", "HEAD", "--"]
        process = self._start(args, stdin=subprocess.DEVNULL)
        assert process.stdout is not None
        try:
            yield from _parsed(_tokens(process.stdout))
            if process.wait():
                raise UsageError(f"git cannot read the history of {self.folder}; is the clone complete?")
        finally:
            _end(process)

    def content(self, blob: str, limit: int) -> bytes:
        """Return the content of a file of at most `limit` bytes.

        Raises:
            Unreadable: it is missing, damaged or larger.

        """
        if self._blobs is None or self._blobs.poll() is not None:
            self._blobs = self._start(["cat-file", "--batch"], stdin=subprocess.PIPE)
        process = self._blobs
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(blob.encode("ascii") + b"\n")
            process.stdin.flush()
            head = process.stdout.readline(_READ).split()
        except BrokenPipeError:
            head = []
        if len(head) != 3 or not head[2].isdigit():
            if not head or head[-1] != b"missing":
                self.close()
            raise Unreadable(f"git does not have {blob[:12]}; is the clone complete?")
        size = int(head[2])
        if size > limit or head[1] != b"blob":
            _skip(process.stdout, size + 1)
            raise Unreadable(f"{size:,} bytes are more than the {limit:,} that are read")
        content = process.stdout.read(size + 1)
        if len(content) != size + 1:
            self.close()
            raise Unreadable(f"git cannot read {blob[:12]}")
        return content[:-1]

    def _start(self, args: list[str], *, stdin: int) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(  # noqa: S603 -- no shell; every argument is ours but the folder of the user
                ["git", *_SAFE, f"--git-dir={self.folder}", *args],  # noqa: S607 -- the one of the user's path
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        except FileNotFoundError as error:
            raise UsageError("Git is not installed; importing a repository needs it") from error


def _git_dir(folder: Path) -> Path:
    if not is_repository(folder):
        raise UsageError(f"{folder} is no Git repository; clone the collection first and name the clone")
    # Of a working tree that shares a repository it is a file, which git follows.
    inside = folder / ".git"
    return (inside if inside.exists() else folder).resolve()


def _environment() -> dict[str, str]:
    """Return the environment without what would point Git elsewhere or let settings change what is read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    fixed = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1"}
    return kept | fixed | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between NULs; of an endless piece only its start."""
    rest = b""
    while chunk := stream.read(_READ):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        rest = rest[:_MOST_TOLD]
    if rest.strip():
        yield rest


def _parsed(tokens: Iterator[bytes]) -> Iterator[Commit]:
    head: bytes | None = None
    message = b""
    touches: list[Touch] = []
    for token in tokens:
        token = token.lstrip(b"\n")
        if token.startswith(_MARK):
            if head is not None:
                yield _commit(head, message, touches)
            head, message, touches = token.removeprefix(_MARK), next(tokens, b""), []
        elif token.startswith(b":") and head is not None:
            touch = _touch(token, tokens)
            if touch is not None:
                touches.append(touch)
    if head is not None:
        yield _commit(head, message, touches)


def _commit(head: bytes, message: bytes, touches: list[Touch]) -> Commit:
    ident, seconds, *parents = head.split(b" ")
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    told = message.decode("utf-8", "replace")
    return Commit(ident.decode("ascii", "replace"), moment, told, tuple(touches), is_merge=len(parents) > 1)


def _touch(entry: bytes, tokens: Iterator[bytes]) -> Touch | None:
    """Return what an entry says was touched, None where it is no file."""
    fields = entry.decode("ascii", "replace").split(" ")
    mode, blob, status = (fields[1], fields[3], fields[4]) if len(fields) == 5 else ("", "", "?")
    first = next(tokens, b"").decode("utf-8", "replace")
    second = next(tokens, b"").decode("utf-8", "replace") if status[:1] in {"R", "C"} else ""
    if not mode.startswith(_FILE) and status[:1] != "D":
        return None
    if second:
        return Touch(status[0], second, blob, before=first, same=status[1:] == "100")
    return Touch(status[:1], first, blob)


def _skip(stream: IO[bytes], size: int) -> None:
    while size > 0 and (chunk := stream.read(min(size, _READ))):
        size -= len(chunk)


def _end(process: "subprocess.Popen[Any]") -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    if process.poll() is None:
        process.terminate()
    process.wait()
