"""Git repositories of collections, made of plain data through `git fast-import`."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Made:
    """One commit to make."""

    subject: str
    at: datetime
    files: dict[str, str | bytes] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    body: str = ""
    branch: str = "main"
    mark: int = 0  #: by which later commits name this one
    parents: tuple[int, ...] = ()  #: marks of those it follows where that is not the last one of its branch; more merge


def make_repository(folder: Path, commits: Sequence[Made]) -> Path:
    """Write a bare repository with these commits, the first of them first."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)], check=True)
    stream = b"".join(_commit(commit) for commit in commits) + b"done\n"
    command = ["git", f"--git-dir={folder}", "fast-import", "--quiet", "--done", "--date-format=raw"]
    subprocess.run(command, input=stream, check=True)
    return folder


def _commit(commit: Made) -> bytes:
    when = f"Bot <bot@example.org> {int(commit.at.timestamp())} +0000"
    message = f"{commit.subject}\n\n{commit.body}".encode()
    mark = f"mark :{commit.mark}\n" if commit.mark else ""
    head = f"commit refs/heads/{commit.branch}\n{mark}author {when}\ncommitter {when}\n"
    parts = [head.encode(), _data(message)]
    parts += [f"{'merge' if place else 'from'} :{parent}\n".encode() for place, parent in enumerate(commit.parents)]
    parts += [f"D {path}\n".encode() for path in commit.removed]
    for path, text in commit.files.items():
        parts.append(f'M 100644 inline "{path}"\n'.encode())
        parts.append(_data(text if isinstance(text, bytes) else text.encode()))
    return b"".join(parts)


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"
