"""Takes a changed sources file over while the daemon runs."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import structlog

from tracker.errors import Problem, SourcesError
from tracker.sources.load import decode_sources, parse_sources, read_file
from tracker.sources.model import SourcesFile

log = structlog.get_logger(__name__)


class SourcesWatcher:
    """Looks at a sources file again and again; the last valid content stays in force while the file is invalid.

    The first `poll` or `load` gives the file's content. Each distinct invalid content is logged once.
    """

    def __init__(self, path: Path, environ: Mapping[str, str] | None = None) -> None:
        self.path = path
        self.current: SourcesFile | None = None  #: the last valid content
        self.problems: tuple[Problem, ...] = ()  #: what is wrong with the file as it is now
        self._environ = os.environ if environ is None else environ
        self._stamp: tuple[int, int, int] | None = None
        self._digest = ""

    def load(self) -> SourcesFile:
        """Return the file's content, which is in force from here on.

        Raises:
            SourcesError: with every problem of the file.

        """
        try:
            self._stamp, data = self._stamp_of(), read_file(self.path)
        except OSError as error:
            raise SourcesError([self._unreadable(error)]) from None
        return self._take(data)

    def poll(self) -> SourcesFile | None:
        """Return the new content when it changed and is valid, else None; never raises for what the file holds."""
        try:
            stamp = self._stamp_of()
            if stamp == self._stamp:
                return None
            data = read_file(self.path)
        except OSError as error:
            self._stamp = None
            problem = self._unreadable(error)
            self._refuse([problem], problem.message)
            return None
        self._stamp = stamp
        digest = hashlib.sha256(data).hexdigest()
        if digest == self._digest:
            return None
        before = self.current
        try:
            parsed = self._take(data)
        except SourcesError as error:
            self._refuse(error.problems, digest)
            return None
        return None if parsed == before else parsed

    def _stamp_of(self) -> tuple[int, int, int]:
        about = self.path.stat()
        return about.st_mtime_ns, about.st_size, about.st_ino

    def _unreadable(self, error: OSError) -> Problem:
        return Problem(str(self.path), None, "", f"cannot be read: {error.strerror or 'unknown error'}")

    def _take(self, data: bytes) -> SourcesFile:
        """Put content in force; raise SourcesError, with nothing changed, where it has mistakes."""
        parsed = parse_sources(decode_sources(data, str(self.path)), str(self.path), self._environ)
        self._digest = hashlib.sha256(data).hexdigest()
        self.problems = ()
        self.current = parsed
        return parsed

    def _refuse(self, problems: "list[Problem] | tuple[Problem, ...]", digest: str) -> None:
        if digest != self._digest:
            self._digest = digest
            self.problems = tuple(problems)
            log.error("sources file refused, the old set stays", problems=[str(problem) for problem in problems])
