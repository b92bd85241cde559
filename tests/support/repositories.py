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
    parts = [f"commit refs/heads/main\nauthor {when}\ncommitter {when}\n".encode(), _data(message)]
    parts += [f"D {path}\n".encode() for path in commit.removed]
    for path, text in commit.files.items():
        parts.append(f'M 100644 inline "{path}"\n'.encode())
        parts.append(_data(text if isinstance(text, bytes) else text.encode()))
    return b"".join(parts)


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"
