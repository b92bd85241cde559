"""Templates of messages: the built-in ones, and in their place those of a folder of the user's own.

Own templates run in a sandbox and see the message alone: no settings, no secrets, no files but those of their folder.
One that breaks is named with file and line when a program starts; if it breaks later, the built-in one says it.
"""

import traceback
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tracker.alerts.wording import line
from tracker.errors import SettingsError

log = structlog.get_logger(__name__)

#: What a folder may hold beside parts, whose names begin with an underscore.
SUBJECT, MAIL, TEXT, SLACK = "subject.jinja", "mail.html.jinja", "text.jinja", "slack.jinja"
NAMES = (SUBJECT, MAIL, TEXT, SLACK)

#: Before the names of those that come along: own ones may extend them as `tracker/mail.html.jinja`.
PREFIX = "tracker"

#: Characters that an own template may give: more than the one that comes along needs for a full digest, or it is a
#: mistake in a loop.
MOST_TEXT = 8_000_000

DETAIL_LENGTH = 300


class BrokenTemplateError(Exception):
    """An own template cannot be used; the text names file and line. Never leaves this package's callers."""


class Templates:
    """The templates of an installation. Safe to share between threads; changed files are read anew."""

    def __init__(self, folder: Path | None = None, *, strict: bool = False) -> None:
        self.folder = folder.expanduser() if folder is not None else None
        self._strict = strict
        self._broken: dict[str, bool] = {}  #: what was broken, and whether somebody took note
        shipped = PrefixLoader({PREFIX: PackageLoader("tracker.alerts.render", ".")})
        own = [FileSystemLoader(self.folder)] if self.folder is not None else []
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([shipped, *own]),
            autoescape=lambda name: name is None or name.endswith(".html.jinja"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def has(self, name: str) -> bool:
        """Return whether the folder holds a template."""
        return self.folder is not None and (self.folder / name).is_file()

    def shipped(self, name: str, values: Mapping[str, Any]) -> str:
        """Return what a template that comes along says."""
        return self._environment.get_template(f"{PREFIX}/{name}").render(values)

    def own(self, name: str, values: Mapping[str, Any]) -> str:
        """Return what a template of the folder says.

        Raises:
            BrokenTemplateError: it cannot be read, has a mistake, reaches for what it may not, or says nothing.

        """
        parts: list[str] = []
        length = 0
        try:
            for part in self._environment.get_template(name).generate(values):
                parts.append(part)
                length += len(part)
                if length > MOST_TEXT:
                    raise BrokenTemplateError(f"{self._path(name)}: says more than {MOST_TEXT:,} characters")
        except BrokenTemplateError:
            raise
        except Exception as error:
            # A template may do anything wrong that Python code can.
            raise BrokenTemplateError(self._told(name, error)) from None
        text = "".join(parts)
        if not text.strip():
            raise BrokenTemplateError(f"{self._path(name)}: says nothing")
        return text

    def own_or_none(self, name: str, values: Mapping[str, Any]) -> str | None:
        """Return what a template of the folder says; None where there is none, or it is broken and `troubles` tells.

        Raises:
            SettingsError: it is broken, and these templates are strict.

        """
        if not self.has(name):
            return None
        try:
            return self.own(name, values)
        except BrokenTemplateError as error:
            if self._strict:
                raise SettingsError(f"templates: {error}") from None
            log.warning("template is broken, the built-in one is used", reason=str(error))
            self._broken.setdefault(str(error), False)
            return None

    def troubles(self) -> list[str]:
        """Return what was found broken and not returned before."""
        fresh = [text for text, taken in list(self._broken.items()) if not taken]
        self._broken.update(dict.fromkeys(fresh, True))
        return fresh

    def strangers(self) -> list[str]:
        """Return what is wrong with the folder itself: it is missing, or holds files that are no template."""
        if self.folder is None:
            return []
        if not self.folder.is_dir():
            return [f"{self.folder}: is no folder"]
        names = sorted(path.name for path in self.folder.glob("*.jinja"))
        unknown = [name for name in names if name not in NAMES and not name.startswith("_")]
        return [
            f"{self.folder / name}: is no template; there are {', '.join(NAMES)}, and parts that begin with _"
            for name in unknown
        ]

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / name

    def _told(self, name: str, error: Exception) -> str:
        path, number = str(self._path(name)), 0
        if isinstance(error, TemplateSyntaxError):
            path, number = error.filename or path, error.lineno
        else:
            # The innermost place that is in a file of the user's, not in code that it called.
            for frame in traceback.extract_tb(error.__traceback__):
                if frame.filename.endswith(".jinja"):
                    path, number = frame.filename, frame.lineno or 0
        place = f"{path}:{number}" if number else path
        return f"{place}: {line(str(error), DETAIL_LENGTH) or type(error).__name__}"


@lru_cache(maxsize=8)
def templates_in(folder: Path | None) -> Templates:
    """Return the templates of a folder, or those that come along."""
    return Templates(folder)
