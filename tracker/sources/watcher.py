"""Takes a changed sources file over while the daemon runs."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import structlog

from tracker.errors import Problem, SourcesError
from tracker.sources.load import decode_sources, parse_sources
from tracker.sources.model import SourcesFile

log = structlog.get_logger(__name__)


class SourcesWatcher:
    """Looks at a sources file again and again; the last valid content stays in force while the file is invalid.

    The first `poll` gives the file's content. Each distinct invalid content is logged once.
    """

    def __init__(self, path: Path, environ: Mapping[str, str] | None = None) -> None:
        self.path = path
        self.current: SourcesFile | None = None  #: the last valid content
        self.problems: tuple[Problem, ...] = ()  #: what is wrong with the file as it is now
        self._environ = os.environ if environ is None else environ
        self._stamp: tuple[int, int, int] | None = None
        self._digest = ""

    def poll(self) -> SourcesFile | None:
        """Return the new content when it changed and is valid, else None; never raises for what the file holds."""
        try:
            about = self.path.stat()
            stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
            if stamp == self._stamp:
                return None
            data = self.path.read_bytes()
        except OSError as error:
            self._stamp = None
            reason = f"cannot be read: {error.strerror or 'unknown error'}"
            self._refuse([Problem(str(self.path), None, "", reason)], reason)
            return None
        self._stamp = stamp
        digest = hashlib.sha256(data).hexdigest()
        if digest == self._digest:
            return None
        try:
            parsed = parse_sources(decode_sources(data, str(self.path)), str(self.path), self._environ)
        except SourcesError as error:
            self._refuse(error.problems, digest)
            return None
        self._digest = digest
        self.problems = ()
        if parsed == self.current:
            return None
        self.current = parsed
        return parsed

    def _refuse(self, problems: "list[Problem] | tuple[Problem, ...]", digest: str) -> None:
        if digest != self._digest:
            self._digest = digest
            self.problems = tuple(problems)
            log.error("sources file refused, the old set stays", problems=[str(problem) for problem in problems])
